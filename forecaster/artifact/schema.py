"""Say what a model file must hold, and audit a file before anything is built from it.

Raise `SCHEMA` when a released version could no longer read a new file correctly: a key, an array, a type or a meaning
changes. (A wider bound needs no new number, as old versions refuse it in a clear sentence, and neither does a new
option of training.) Then

1. write `upgrade` in a module `upgrades/from_<old number>.py`, which turns the content of the old schema into one that
   means the same in the next, and add it to `UPGRADES`: an upgraded document passes the same checks as a new one;
2. change the tables here and in `forecaster.artifact.expected_arrays`, and `docs/artifact.md`, and set `SCHEMA` to the
   next number;
3. write small models with `tests/artifact/make_golden.py` and keep them next to those of all older schemas: the tests
   load each of them and compare its forecast.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.expected_arrays import check_arrays
from forecaster.artifact.option_checks import check_period, option_checks, value_checks
from forecaster.artifact.refusal import refusal, refuse_first_broken
from forecaster.artifact.upgrades import from_1, from_2, from_3, from_4, from_5, from_6, from_7, from_8
from forecaster.artifact.validators import (
    check_digest_or_none,
    check_time,
    check_zone,
    flag,
    number,
    one_of,
    optional,
    partial_record,
    record,
    scalar,
    sequence,
    table,
    text,
    whole,
)
from forecaster.calendars.calendar import Calendar
from forecaster.calendars.schedule import COUNTED, UNEQUAL
from forecaster.errors import ModelRefusedError
from forecaster.forecasting.defaults import levels
from forecaster.forecasting.effects.panel_effects import PanelEffects
from forecaster.forecasting.holdout import FINE_TUNED, LEARNED, NETWORK, PRETRAINED, RIDGE
from forecaster.forecasting.methods.baselines import BASELINES, THETA
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.forecasting.prices.features import KNOTS, STATICS
from forecaster.forecasting.recipe import inputs_per_step
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import MANY_TO_ONE, ONE_TO_ONE, Architecture, values_per_window
from forecaster.series.calendar_features import HARMONICS, feature_width
from forecaster.series.categories import MOST_CATEGORIES, with_indicator_names
from forecaster.series.scaling import LEVEL, RETURNS
from forecaster.size_limits import MOST_COLUMNS, MOST_SERIES, MOST_VALUES_OF_A_WINDOW
from forecaster.spec import AGGREGATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.artifact.document import Document

SCHEMA = 9
UPGRADES = {
    1: from_1.upgrade,
    2: from_2.upgrade,
    3: from_3.upgrade,
    4: from_4.upgrade,
    5: from_5.upgrade,
    6: from_6.upgrade,
    7: from_7.upgrade,
    8: from_8.upgrade,
}
"""Functions that turn the content of an older schema into that of the next, by the older number."""

SMALLEST, LARGEST = 1e-300, 1e300
"""Bounds of numbers that may have any size: finite, and far enough from overflow to be multiplied."""
BLEND_TOLERANCE = 1e-6
"""Largest difference between 1 and the sum of the weights of a blend: rounding of a few weights is far below."""

OPTIONS = value_checks()
"""The checks of what the recipe and the networks take from the options of training, or derive in their place."""
POSITIVE = number(SMALLEST, LARGEST)
PERCENT, SHARE = number(0, 100), number(0, 1)
NAME = text(1000)
COLUMNS = sequence(NAME, 0, MOST_COLUMNS)
METHODS = frozenset({*LEARNED, *BASELINES})


def check_calendar(value: Any, name: str) -> None:
    """Check for a calendar; `Calendar` itself checks its bounds."""
    try:
        Calendar.from_dict(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise refusal(f"its {name} is not a calendar") from error


def check_effects(value: Any, name: str) -> None:
    """Check for the effects of the calendar on each series, whose numbers stand in an array; zeros would fit them."""
    try:
        PanelEffects.from_dict(value, np.zeros(PanelEffects.count_numbers(value)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise refusal(f"its {name} are not those of a calendar") from error


def check_blend(value: Any, name: str) -> None:
    """Check for the weights of some methods, whose sum is 1."""
    table(SHARE, len(METHODS))(value, name)
    if not value.keys() <= METHODS or abs(sum(value.values()) - 1) > BLEND_TOLERANCE:
        raise refusal(f"its {name} is not of weights of {', '.join(sorted(METHODS))} that together are 1")


META = record(
    program=record(forecaster=NAME, numpy=NAME, pandas=NAME),
    specification=partial_record(**option_checks()),
    selection=record(
        time=optional(NAME),
        targets=COLUMNS,
        series=optional(NAME),
        observed=COLUMNS,
        known=COLUMNS,
        date_format=optional(NAME),
        decimal=optional(one_of(".", ",")),
        delimiter=optional(text(3)),
        encoding=optional(NAME),
        header=optional(whole(0, 10**9)),
        calendar=optional(NAME),
        every=optional(check_period),
        agg=optional(one_of(*AGGREGATIONS)),
    ),
    time_style=record(layout=text(100, least=0), zone=check_zone, standard=flag),
    decisions=sequence(record(name=NAME, value=scalar, reason=text()), 0, 100),
    recipe=record(
        horizon=OPTIONS["horizon"],
        lookback=OPTIONS["lookback"],
        season=OPTIONS["season"],
        mode=OPTIONS["mode"],
        log=flag,
        segment=OPTIONS["segment"],
        steps=whole(1, 100_000),
        stride=OPTIONS["season"],
        recent_rows=whole(1, 1_000_000_000),
        members=whole(0, 100),
        epochs=whole(0, 1_000_000),
        updates=whole(0, 1_000_000),
        batch=OPTIONS["batch"],
        rate=SHARE,
        early_stopping=flag,
        all_rows=flag,
        seed=OPTIONS["seed"],
        observed=COLUMNS,
        known=COLUMNS,
        calendar=sequence(one_of(*HARMONICS), 0, len(HARMONICS)),
        pretrained=check_digest_or_none,
        fine_tuned=whole(0, 100),
        tuning_updates=whole(0, 1_000_000),
        bootstrap=flag,
        minimum=optional(OPTIONS["minimum"]),
        maximum=optional(OPTIONS["maximum"]),
        holidays=text(1000, least=0),
    ),
    network=record(
        inputs=whole(1, 100_000_000),
        steps=whole(1, 100_000),
        outputs=whole(1, 110_000),
        hidden=OPTIONS["hidden"],
        layers=OPTIONS["layers"],
        cell=OPTIONS["cell"],
        activation=OPTIONS["activation"],
        embedding=whole(0, 4096),
        skip=flag,
        arch=OPTIONS["arch"],
        bidirectional=flag,
        dropout=OPTIONS["dropout"],
        residual=flag,
        irregular=flag,
        quantiles=whole(1, len(TAUS)),
        head=whole(0, 8192),
        context=whole(0, 1_000_000),
    ),
    series=sequence(NAME, 1, MOST_SERIES),
    calendars=sequence(check_calendar, 1, MOST_SERIES),
    categories=table(sequence(NAME, 1, MOST_CATEGORIES), MOST_COLUMNS),
    static=COLUMNS,
    time=one_of("datetime", "integer"),
    usual_spread=POSITIVE,
    blend=check_blend,
    horizon_exponent=SHARE,
    uses_own_quantiles=flag,
    furthest_lead_time=optional(number(0, LARGEST)),
    verdict=record(
        sentences=sequence(text(), 0, 20),
        skill=optional(number(-LARGEST, LARGEST)),
        p_value=optional(SHARE),
        baseline=one_of(*BASELINES),
        coverage=record(**{"80": optional(PERCENT), "95": optional(PERCENT)}),
        origins=whole(0, 10**9),
    ),
    scores=sequence(table(scalar, 100), 0, 1000),
    training=sequence(
        record(
            epochs=OPTIONS["epochs"],
            best_epoch=whole(0, 1_000_000),
            loss=optional(number(-LARGEST, LARGEST)),
            clipped=optional(SHARE),
            seed=OPTIONS["seed"],
        ),
        0,
        100,
    ),
    effects=check_effects,
    volatility_epochs=optional(whole(0, 1_000_000)),
    fingerprint=record(
        rows=whole(1, 10**12), series=whole(1, MOST_SERIES), start=check_time, end=check_time, sha256=text(64)
    ),
)


def audit_document(document: Document) -> Document:
    """Check every key, type, size and number of a document, and return it as one of the present schema.

    Raises:
        ModelRefusedError: Something differs from what this version writes.

    """
    try:
        while document.schema in UPGRADES:
            meta, arrays = UPGRADES[document.schema](document.meta, document.arrays)
            document = replace(document, schema=document.schema + 1, meta=meta, arrays=arrays)
        if document.schema != SCHEMA:
            newer = "newer" if document.schema > SCHEMA else "unknown"
            raise refusal(f"its schema {document.schema} is {newer}, this version reads up to {SCHEMA}")
        META(document.meta, "")
        _check_agreement(document.meta)
        check_arrays(document.meta, document.arrays)
    except ModelRefusedError as error:
        raise error.at(document.place) from error
    return document


def _check_agreement(meta: Mapping[str, Any]) -> None:
    """Check that the parts of `meta` agree with each other."""
    series, irregular = meta["series"], meta["network"]["irregular"]
    columns, features = meta["recipe"]["observed"] + meta["recipe"]["known"], meta["recipe"]["calendar"]
    kinds, categories = {fields["kind"] for fields in meta["calendars"]}, meta["categories"]
    counted, unequal = {kind in COUNTED for kind in kinds}, {kind in UNEQUAL for kind in kinds}
    dated = {"T" in meta["fingerprint"][end] for end in ("start", "end")}
    _check_network(meta)
    effects = any(each is not None for each in meta["effects"]["series"])
    levels_on_steps = meta["recipe"]["mode"] == LEVEL and not irregular
    agreements = {
        "two series have one name": len(set(series)) == len(series),
        "two columns have one name": len(set(columns)) == len(columns),
        "categories are of other columns": set(with_indicator_names([*categories], categories)) <= set(columns),
        "static columns are not known": set(meta["static"]) <= set(meta["recipe"]["known"]),
        "unequal steps have no other columns": not (irregular and columns + features),
        "features of the calendar are of dates, each once": len(set(features)) == len(features)
        and not (features and meta["time"] == "integer"),
        "there are more calendars than series": len(meta["calendars"]) <= len(series),
        "the calendars are of another kind than the time": counted == {meta["time"] == "integer"},
        "the calendars are of another kind than the network": unequal == {irregular},
        "the reach is of another kind than the network": (meta["furthest_lead_time"] is not None) == irregular,
        "the blend is of another kind than the network": not (irregular and meta["blend"].keys() & {THETA, RIDGE}),
        "effects are of other series": len(meta["effects"]["series"]) == len(series),
        "effects are of other values": not (effects and (meta["time"] == "integer" or not levels_on_steps)),
        "the least value is not below the largest": _minimum_below_maximum(meta["recipe"]),
        "the blend is of other networks": meta["blend"].keys().isdisjoint(_absent_methods(meta)),
        "the training rows are of another kind than the time": dated == {meta["time"] == "datetime"},
    }
    refuse_first_broken(agreements)


def _minimum_below_maximum(recipe: Mapping[str, Any]) -> bool:
    """Return whether values fit between the limits of a recipe."""
    return None in (recipe["minimum"], recipe["maximum"]) or recipe["minimum"] < recipe["maximum"]


def _absent_methods(meta: Mapping[str, Any]) -> set[str]:
    """Return the learned methods that a model of such a recipe does not have."""
    recipe = meta["recipe"]
    of_networks = {NETWORK, RIDGE} if recipe["pretrained"] and not recipe["members"] else set()
    of_pretrained = set() if recipe["pretrained"] else {PRETRAINED}
    return of_networks | of_pretrained | (set() if recipe["fine_tuned"] else {FINE_TUNED})


def _check_network(meta: Mapping[str, Any]) -> None:
    """Check that the sizes of the network follow from the recipe."""
    recipe, predicts_volatility = meta["recipe"], meta["volatility_epochs"] is not None
    try:
        network = Architecture(**meta["network"])
    except ValueError as error:
        raise refusal(f"its network does not exist: {error}") from error
    if recipe["pretrained"]:
        _check_pretrained(meta)
    if recipe["pretrained"] and not recipe["members"]:
        _check_nothing_new(meta, network)
        return
    segment, plain = recipe["segment"], network.arch == MANY_TO_ONE and not network.irregular
    own = inputs_per_step(segment, len(recipe["observed"] + recipe["known"]))
    takes, outputs, context = {own, own + 1}, recipe["horizon"] * network.quantiles, 0
    if plain and recipe["mode"] == LEVEL:
        context = levels.context_size(len(recipe["known"]) + feature_width(recipe["calendar"]), recipe["horizon"])
    if predicts_volatility:
        takes, outputs = {2 * segment + STATICS}, len(KNOTS)
    elif network.irregular:
        takes = {2}
    elif network.arch == ONE_TO_ONE:
        outputs = 1
    agreements = {
        "the network keeps too many values of a window": values_per_window(network) <= MOST_VALUES_OF_A_WINDOW,
        "the lookback is not its segments": segment * recipe["steps"] == recipe["lookback"],
        "price moves are for returns and many-to-one": not predicts_volatility or (recipe["mode"] == RETURNS and plain),
        "unequal steps come in segments": not network.irregular or segment == 1,
        "the network takes other segments": network.inputs in takes,
        "the network takes another number of steps": network.steps == recipe["steps"],
        "the network has other quantiles": network.quantiles in ({1} if predicts_volatility else {1, len(TAUS)}),
        "the network has another horizon": network.outputs == outputs,
        "the network knows other columns ahead": network.context == context,
        "the networks are not as many as their records": len(meta["training"])
        == (0 if predicts_volatility else recipe["members"]),
        "nothing is tuned": bool(recipe["pretrained"]) or not recipe["fine_tuned"] + recipe["tuning_updates"],
        "nothing was trained": min(recipe["members"], recipe["updates"]) > 0
        and (predicts_volatility or recipe["epochs"] > 0),
    }
    refuse_first_broken(agreements)


def _check_pretrained(meta: Mapping[str, Any]) -> None:
    """Check the recipe of a model in which pretrained networks forecast."""
    recipe = meta["recipe"]
    agreements = {
        "a pretrained network is for levels": recipe["mode"] == LEVEL and meta["volatility_epochs"] is None,
        "a pretrained network knows no other columns": not recipe["observed"] + recipe["known"],
        "nothing was tuned": (recipe["fine_tuned"] > 0) == (recipe["tuning_updates"] > 0),
    }
    refuse_first_broken(agreements)


def _check_nothing_new(meta: Mapping[str, Any], network: Architecture) -> None:
    """Check the recipe of a model that has no networks but pretrained ones."""
    recipe = meta["recipe"]
    agreements = {
        "the network is not the pretrained one": network == ARCHITECTURE,
        "no network of its own is trained": not meta["training"],
        "a pretrained network knows no calendar": not recipe["calendar"],
        "the forecasts start at every step": recipe["stride"] == 1,
    }
    refuse_first_broken(agreements)
