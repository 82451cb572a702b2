"""The audit: a good model passes; every wrong key, type, size or number is refused by name."""

from __future__ import annotations

import copy
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.artifact import expected_arrays, schema
from forecaster.artifact.document import Document
from forecaster.artifact.schema import audit_document
from forecaster.calendars.calendar import Calendar
from forecaster.calendars.units import EARLIEST_TIME, LATEST_TIME
from forecaster.calendars.week import EarlierHours, Week
from forecaster.errors import ModelRefusedError, Place
from forecaster.nn.architecture import parameter_count
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Iterator

DATES = {"start": "2024-01-01T00:00:00.000000", "end": "2024-01-05T00:00:00.000000"}
"""The span of the training rows of a model with dates."""
WRONG = (None, True, 0, -1, 2**63, 0.5, -1e301, "", "x", "x" * 10_001, [], [None], {}, {"x": 1})


def refuse(parts: Any, match: str) -> None:
    with pytest.raises(ModelRefusedError, match=match) as caught:
        audit_document(Document(schema.SCHEMA, parts.meta, parts.arrays, "", Place(file="m.joblib")))
    assert caught.value.exit_code == 76
    assert str(caught.value).startswith("m.joblib: this model is refused: ")
    assert str(caught.value).endswith("; train it again with `forecast train`")


def accept(parts: Any) -> None:
    audit_document(Document(schema.SCHEMA, parts.meta, parts.arrays, ""))


def test_a_good_model_passes(parts: Any) -> None:
    accept(parts)


def test_a_model_with_dates_passes(parts: Any) -> None:
    parts.meta |= {"time": "datetime", "calendars": [Calendar("daily", 1).to_dict(), Calendar("weekly", 1).to_dict()]}
    parts.meta["fingerprint"] |= DATES
    parts.arrays["calendar_of"] = np.array([1, 0])
    accept(parts)
    parts.arrays["tail_ds"] = np.array([EARLIEST_TIME, 0, LATEST_TIME, 1, 2, 3, 4])
    accept(parts)  # half a million weeks
    parts.arrays["calendar_of"] = np.array([0, 1])
    refuse(parts, "its rows have too many steps between them")
    parts.arrays["tail_ds"] = np.array([np.iinfo(np.int64).min, 0, 1, 1, 2, 3, 4])
    refuse(parts, "a time is out of bounds")


def test_weeks_of_too_many_slots_are_refused(parts: Any) -> None:
    week = Week(1, 0, ((0, 604_799),), tuple(EarlierHours(n, ((0, 604_799),)) for n in range(20)))
    seconds = Calendar("intraday", 1, week).to_dict()
    parts.meta |= {"time": "datetime", "calendars": [seconds]}
    parts.meta["fingerprint"] |= DATES
    accept(parts)
    parts.meta["calendars"] *= 2
    refuse(parts, "its calendars have too many open slots")


@pytest.mark.parametrize(("number", "word"), [(0, "unknown"), (-5, "unknown"), (10, "newer")])
def test_another_schema_is_refused(parts: Any, number: int, word: str) -> None:
    with pytest.raises(ModelRefusedError, match=f"its schema {number} is {word}, this version reads up to 9"):
        audit_document(Document(number, parts.meta, parts.arrays, ""))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value of a tree."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*path, key)
        yield from places(part, (*path, key))


def parent(meta: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        meta = meta[key]
    return meta


def free(path: tuple[Any, ...]) -> bool:
    """Return whether keys and values are not fixed there."""
    return (path[0] == "scores" and len(path) > 2) or (path[0] in {"blend", "categories"} and len(path) > 1)


def test_every_absent_and_every_additional_key_is_refused(parts: Any) -> None:
    good, tried = copy.deepcopy(parts.meta), 0
    for path in places(good):
        if isinstance(path[-1], str) and not free(path):
            parts.meta = copy.deepcopy(good)
            del parent(parts.meta, path)[path[-1]]
            if path[0] == "specification" and len(path) > 1:
                accept(parts)  # the option has its default
            else:
                refuse(parts, r"is not a (record|calendar)|effects are not")
            parts.meta = copy.deepcopy(good)
            parent(parts.meta, path)[f"{path[-1]} "] = 1
            refuse(parts, r"is not a (record|calendar)|effects are not")
            tried += 2
    assert tried > 150


MAY_BE_OTHERWISE = {
    *(f"specification.{field.name}" for field in fields(Specification) if not field.metadata),
    *("specification.lookback", "specification.hidden", "specification.epochs", "selection.time", "selection.series"),
    *("selection.date_format", "selection.delimiter", "selection.encoding", "selection.header", "selection.calendar"),
    *("selection.decimal", "selection.every", "selection.agg", "calendars.0.exchange"),
    *("specification.segment", "specification.early_stopping", "specification.time_limit"),
    *("recipe.minimum", "recipe.maximum"),
    *("training.0.loss", "training.1.loss", "training.0.clipped", "training.1.clipped"),
    *("verdict.skill", "verdict.p_value", "verdict.coverage.80", "verdict.coverage.95"),
    *("decisions.0.value", "scores.0.model", "scores.0.mae", "scores.0.smape", "scores.0.mase"),
    *("calendars.0.holidays", "calendars.0.half_days"),  # a calendar knows its own types
}
"""Where the good model has one of several types that are right, None among them."""


def test_every_value_of_a_wrong_type_or_size_is_refused(parts: Any) -> None:
    good, refused, otherwise = copy.deepcopy(parts.meta), 0, set()
    for path in places(good):
        for wrong in WRONG:
            parts.meta = copy.deepcopy(good)
            place = parent(parts.meta, path)
            right, place[path[-1]] = place[path[-1]], wrong
            try:
                accept(parts)
            except ModelRefusedError:
                refused += 1
                continue
            if type(wrong) is not type(right):
                otherwise.add(".".join(map(str, path)))
    assert refused > 1200
    assert otherwise <= MAY_BE_OTHERWISE


PLAIN = {"outputs": 2, "quantiles": 1, "head": 0, "embedding": 0, "context": 0}


@pytest.mark.parametrize(
    ("room", "changes", "reason"),
    [
        ("recipe", {"segment": 4}, "the lookback is not its segments"),
        ("recipe", {"segment": 1, "steps": 4}, "the network takes other segments"),
        ("network", {"inputs": 1}, "the network takes other segments"),
        ("network", {"hidden": 4096, "steps": 1000}, "the network keeps too many values of a window"),
        ("network", {"inputs": 4}, "the network takes other segments"),
        ("network", {"steps": 1}, "the network takes another number of steps"),
        ("network", {"outputs": 33}, "the network has another horizon"),
        ("network", {"outputs": 2}, "its network does not exist: 2 outputs are not 11 quantiles"),
        ("network", {"quantiles": 2}, "the network has other quantiles"),
        ("network", {"quantiles": 1}, "the network has another horizon"),
        ("recipe", {"horizon": 3}, "the network has another horizon"),
        ("recipe", {"members": 3}, "the networks are not as many as their records"),
        ("network", {"hidden": 3}, "its array weights is of another type or shape"),
        ("network", {"cell": "lstm"}, "its array weights is of another type or shape"),
        ("network", {"hidden": 4096, "layers": 16}, "its array weights is of another type or shape"),
        ("network", {"skip": False}, "its array weights is of another type or shape"),
        ("network", {"head": 0}, "its array weights is of another type or shape"),
        ("network", {"arch": "many-to-many"}, "its network does not exist: quantiles, a dense layer"),
        ("network", PLAIN | {"arch": "many-to-many"}, "its array weights is of another type or shape"),
        ("network", PLAIN | {"arch": "one-to-many"}, "its network does not exist: one-to-many has one step"),
        ("network", PLAIN | {"arch": "many-to-many", "bidirectional": True}, "many-to-many does not read both ways"),
        ("network", PLAIN | {"irregular": True}, "unequal steps come in segments"),
        ("network", {"context": 0}, "the network knows other columns ahead"),
        ("network", {"context": 5}, "the network knows other columns ahead"),
        ("network", {"arch": "many-to-many", "quantiles": 1, "head": 0}, "its network does not exist: quantiles, a"),
        ("recipe", {"known": ["promo"]}, "the network takes other segments"),
        ("recipe", {"observed": []}, "the network takes other segments"),
        ("recipe", {"minimum": 9.0, "maximum": 9.0}, "the least value is not below the largest"),
        ("recipe", {"minimum": 0.0}, "a value lies outside the limits"),
        ("recipe", {"maximum": 8.5}, "a value lies outside the limits"),
        ("recipe", {"maximum": float("inf")}, "its recipe.maximum is not a number from -1e"),
        ("recipe", {"observed": ["promo"]}, "two columns have one name"),
        ("recipe", {"known": ["weather=frost", "weather=frost"]}, "two columns have one name"),
        ("recipe", {"calendar": ["month"]}, "the network knows other columns ahead"),
        ("recipe", {"calendar": ["year"]}, r"its recipe.calendar\[0\] is not one of hour, "),
        ("recipe", {"calendar": ["month"] * 5}, "its recipe.calendar is not a list of 0 to 4 parts"),
        ("recipe", {"observed": ["volume"] * 10_001}, "its recipe.observed is not a list of 0 to 10000 parts"),
        ("selection", {"known": ["promo"] * 10_001}, "its selection.known is not a list of 0 to 10000 parts"),
        ("selection", {"decimal": ";"}, "its selection.decimal is not one of ., ,"),
        ("selection", {"delimiter": "four"}, "its selection.delimiter is not a text of 1 to 3 characters"),
        ("selection", {"every": "fortnight"}, "its selection.every is not a period"),
        ("selection", {"agg": "median"}, "its selection.agg is not one of sum, mean"),
        ("selection", {"header": -1}, "its selection.header is not a whole number from 0 to"),
        ("time_style", {"layout": "D" * 101}, "its time_style.layout is not a text of 0 to 100 characters"),
        ("time_style", {"layout": None}, "its time_style.layout is not a text of 0 to 100 characters"),
        ("time_style", {"zone": "Z"}, "its time_style.zone is not UTC, an offset such as"),
        ("time_style", {"zone": "+02:00\n"}, "its time_style.zone is not UTC, an offset such as"),
        ("time_style", {"zone": 2}, "its time_style.zone is not UTC, an offset such as"),
        ("time_style", {"zone": "Europe/../Berlin"}, "its time_style.zone is not UTC, an offset such as"),
        (
            "time_style",
            {"zone": "Europe/Nowhere"},
            "its time_style.zone Europe/Nowhere is not in",
        ),
    ],
)
def test_parts_that_contradict_each_other_are_refused(parts: Any, room: str, changes: Any, reason: str) -> None:
    parts.meta[room] |= changes
    refuse(parts, reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"series": ["ONE", "ONE"]}, "two series have one name"),
        ({"series": ["ONE"]}, "effects are of other series"),
        ({"series": ["ONE"], "effects": {"named": [], "series": [None]}}, "of another type or shape"),
        ({"series": []}, "its series is not a list of 1 to"),
        ({"calendars": [Calendar("integer", 1).to_dict()] * 3}, "there are more calendars than series"),
        ({"calendars": [Calendar("daily", 1).to_dict()]}, "the calendars are of another kind than the time"),
        ({"calendars": [{"kind": "integer"}]}, r"its calendars\[0\] is not a calendar"),
        ({"calendars": [7]}, r"its calendars\[0\] is not a calendar"),
        ({"calendars": [[]]}, r"its calendars\[0\] is not a calendar"),
        ({"time": "datetime"}, "the calendars are of another kind than the time"),
        ({"time": "date"}, "its time is not one of datetime, integer"),
        ({"training": {}}, "its training is not a list of 0 to 100 parts"),
        ({"training": []}, "the networks are not as many as their records"),
        ({"volatility_epochs": 3}, "price moves are for returns and many-to-one"),
        ({"furthest_lead_time": 3.0}, "the reach is of another kind than the network"),
        ({"usual_spread": 0.0}, "its usual_spread is not a number from 1e-300 to 1e\\+300"),
    ],
)
def test_series_and_calendars(parts: Any, changes: Any, reason: str) -> None:
    parts.meta |= changes
    refuse(parts, reason)


@pytest.mark.parametrize(
    ("blend", "reason"),
    [
        (
            {},
            "its blend is not of weights of drift, fine_tuned_network, last_value, network, pretrained_network, ",
        ),
        ({"network": 0.5}, "its blend is not of weights of .* that together are 1"),
        ({"network": 0.5, "median": 0.5}, "its blend is not of weights of .* that together are 1"),
        ({"network": 1.5, "theta": -0.5}, "its blend.network is not a number from 0 to 1"),
        ({"network": True}, "its blend.network is not a number from 0 to 1"),
        ({"network": 1}, "its blend.network is not a number from 0 to 1"),
        ({f"method {i}": 0.1 for i in range(10)}, "its blend is not a record of at most 8 keys"),
        ([], "its blend is not a record of at most 8 keys"),
    ],
)
def test_blends(parts: Any, blend: Any, reason: str) -> None:
    parts.meta["blend"] = blend
    refuse(parts, reason)


def test_a_blend_misses_one_by_a_rounding_at_most(parts: Any) -> None:
    parts.meta["blend"] = {"network": 0.5, "ridge": 0.5 + 1e-9}
    accept(parts)
    parts.meta["blend"]["ridge"] += 1e-5
    refuse(parts, "its blend is not of weights")


def test_unequal_steps_have_neither_theta_nor_ridge(parts: Any) -> None:
    parts.meta["network"] |= PLAIN | {"irregular": True, "inputs": 2, "steps": 4}
    parts.meta["recipe"] |= {"segment": 1, "steps": 4}
    parts.meta |= {"furthest_lead_time": 3.0, "calendars": [Calendar("irregular", 1).to_dict()], "time": "datetime"}
    parts.meta["fingerprint"] |= DATES
    refuse(parts, "unequal steps have no other columns")
    parts.meta["recipe"] |= {"observed": [], "known": []}
    parts.meta |= {"categories": {}, "static": []}
    refuse(parts, "the blend is of another kind than the network")
    parts.meta["blend"] = {"network": 0.5, "drift": 0.5}
    refuse(parts, "its arrays are not weights, spread")


@pytest.mark.parametrize(
    ("room", "changes", "reason"),
    [
        ("network", {"inputs": 5}, "the network takes other segments"),
        ("network", {"outputs": 2}, "the network has another horizon"),
        ("network", {"quantiles": 7}, "the network has other quantiles"),
        ("network", {"head": 0, "arch": "many-to-many"}, "price moves are for returns and many-to-one"),
        ("network", {"hidden": 3}, "its array weights is of another type or shape"),
        ("recipe", {"mode": "level"}, "price moves are for returns and many-to-one"),
        ("recipe", {"segment": 1, "lookback": 2}, "the network takes other segments"),
        ("recipe", {"members": 1}, "its array weights is of another type or shape"),
    ],
)
def test_prices_have_a_network_of_their_own(prices: Any, room: str, changes: Any, reason: str) -> None:
    accept(prices)
    prices.meta[room] |= changes
    refuse(prices, reason)


def test_networks_of_prices_have_no_records(prices: Any) -> None:
    prices.meta["training"] = [{"epochs": 5, "best_epoch": 3, "loss": 0.5, "clipped": 0.25, "seed": 0}] * 2
    refuse(prices, "the networks are not as many as their records")


def test_features_of_the_calendar_are_of_dates_each_once(parts: Any) -> None:
    parts.meta["recipe"]["calendar"], parts.meta["network"]["context"] = ["month"], 12
    refuse(parts, "features of the calendar are of dates, each once")
    parts.meta |= {"time": "datetime", "calendars": [Calendar("daily", 1).to_dict()]}
    parts.meta["fingerprint"] |= DATES
    refuse(parts, "its array weights is of another type or shape")
    parts.arrays["weights"] = np.ones((2, parameter_count(**parts.meta["network"])), dtype=np.float32)
    parts.arrays["ridge_ahead"] = np.ones((2, 6))
    accept(parts)
    parts.meta["recipe"]["calendar"], parts.meta["network"]["context"] = ["month", "month"], 20
    refuse(parts, "features of the calendar are of dates, each once")


def test_no_size_is_used_before_it_is_checked(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expected_arrays, "parameter_count", lambda **_: pytest.fail("sized"))
    for key in ("inputs", "hidden", "layers", "outputs", "embedding", "steps", "context"):
        for wrong in (-1, 10**9, True, 2.0, "2"):
            parts.meta["network"] |= {key: wrong}
            refuse(parts, f"its network.{key} is not a whole number")
            parts.meta["network"] |= {key: 2}


def test_a_fine_tuned_network_beside_others(tuned: Any) -> None:
    accept(tuned)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fine_tuned": 0}, "nothing was tuned"),
        ({"tuning_updates": 0}, "nothing was tuned"),
        ({"fine_tuned": 2}, "its array fine_tuned is of another type or shape"),
        ({"fine_tuned": 0, "tuning_updates": 0}, "the blend is of other networks"),
        ({"pretrained": ""}, "nothing is tuned"),
        ({"mode": "returns"}, "a pretrained network is for levels"),
        ({"known": ["promo"]}, "a pretrained network knows no other columns"),
    ],
)
def test_fine_tuned_networks_rest_on_a_pretrained_one(tuned: Any, changes: dict[str, Any], reason: str) -> None:
    tuned.meta["recipe"] |= changes
    refuse(tuned, reason)


@pytest.mark.parametrize(
    ("name", "array", "reason"),
    [
        ("levels_kind", np.array([2, 0]), "a unit is of no kind"),
        ("levels_offset", np.array([-1.0, 0.0]), "a negative number is added before logarithms"),
        ("levels_size", np.array([0.0, 1.0]), "a unit has no size"),
        ("fine_tuned", np.ones((1, 5), np.float16), "its array fine_tuned is of another type or shape"),
    ],
)
def test_arrays_of_fine_tuned_networks(tuned: Any, name: str, array: Any, reason: str) -> None:
    tuned.arrays[name] = array
    refuse(tuned, reason)


def test_categories_and_static_columns_are_covariates(parts: Any) -> None:
    parts.meta["categories"] = {"weather": ["sun", "hail"]}
    refuse(parts, "categories are of other columns")
    parts.meta["categories"] = {"weather": [f"sky {i}" for i in range(51)]}
    refuse(parts, "its categories.weather is not")
    parts.meta |= {"categories": {"weather": ["frost"]}, "static": ["volume"]}
    refuse(parts, "static columns are not known")
    parts.meta["static"] = ["promo", "weather=frost"]
    accept(parts)


@pytest.mark.parametrize("end", ["start", "end"])
@pytest.mark.parametrize(
    "time", ["a", "../x", "2024-02-30T00:00:00.000000", "NaT", "now", "2024-01", "5\n", "\u0665", "--1"]
)
def test_the_span_of_the_training_rows_is_of_times_or_steps(parts: Any, end: str, time: str) -> None:
    parts.meta["fingerprint"][end] = time
    refuse(parts, rf"its fingerprint\.{end} is not a time or a step|is too long or not printable")


def test_the_span_of_the_training_rows_is_of_the_kind_of_all_times(parts: Any) -> None:
    parts.meta["fingerprint"] |= DATES
    refuse(parts, "the training rows are of another kind than the time")
