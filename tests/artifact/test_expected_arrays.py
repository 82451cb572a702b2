"""The arrays of a model: one that is damaged, missing or superfluous is refused by name."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from forecaster.artifact.document import Document
from forecaster.artifact.schema import SCHEMA, audit_document
from forecaster.errors import ModelRefusedError
from forecaster.forecasting.methods.bootstrap import NONE, VALUES
from forecaster.nn.architecture import parameter_count

ODD = "is of another type or shape"


def accept(parts: Any) -> None:
    audit_document(Document(SCHEMA, parts.meta, parts.arrays, ""))


def refuse(parts: Any, match: str) -> None:
    with pytest.raises(ModelRefusedError, match=f"this model is refused: {match}"):
        accept(parts)


DAMAGED = [
    ("weights", lambda a: a.astype(np.float64), f"its array weights {ODD}"),
    ("weights", lambda a: a[:, :-1], f"its array weights {ODD}"),
    ("weights", lambda a: a[0], f"its array weights {ODD}"),
    ("weights", lambda a: a.T, f"its array weights {ODD}"),
    *(
        (
            name,
            lambda a, sign=sign: np.where(np.arange(a.size).reshape(a.shape) == 1, sign * 1.1e30, a),
            f"its array {name} has a ",
        )
        for name in ("transform_offset", "tail_values", "ridge", "held_out", "growth", "tail_known")
        for sign in (1, -1)
    ),
    ("ridge", lambda a: a[:1], f"its array ridge {ODD}"),
    ("ridge", lambda a: a[:, :-1], f"its array ridge {ODD}"),
    ("ridge_ahead", lambda a: a[:1], f"its array ridge_ahead {ODD}"),
    ("ridge_ahead", lambda a: a[:, :-1], f"its array ridge_ahead {ODD}"),
    ("covariate_kind", lambda a: a + 1, "a column is of no kind"),
    ("covariate_kind", lambda a: a - 1, "a column is of no kind"),
    ("covariate_kind", lambda a: a.astype(np.float64), f"its array covariate_kind {ODD}"),
    ("covariate_kind", lambda a: a[:2], f"its array covariate_kind {ODD}"),
    ("covariate_offset", lambda a: a - 1, "a negative number is added before a column's logarithms"),
    ("covariate_offset", lambda a: a.T, f"its array covariate_offset {ODD}"),
    ("covariate_unit", lambda a: a * 0, "a column has no size"),
    ("covariate_unit", lambda a: a[:, :1], f"its array covariate_unit {ODD}"),
    ("covariate_centre", lambda a: a[0], f"its array covariate_centre {ODD}"),
    ("covariate_size", lambda a: -a, "a column has no size"),
    ("covariate_size", lambda a: a.astype(np.float32), f"its array covariate_size {ODD}"),
    ("drawn", lambda a: a + 1, "what is drawn of a series is of no kind"),
    ("drawn", lambda a: a - 1, "what is drawn of a series is of no kind"),
    ("drawn", lambda a: a.astype(np.float64), f"its array drawn {ODD}"),
    ("drawn", lambda a: a[:1], f"its array drawn {ODD}"),
    ("spread", lambda a: a * 0, "a spread is not positive"),
    ("spread", lambda a: -a, "a spread is not positive"),
    ("spread", lambda a: a.astype(np.int64), f"its array spread {ODD}"),
    ("spread", lambda a: a[:1], f"its array spread {ODD}"),
    ("transform_kind", lambda a: a + 2, "a unit is of no kind"),
    ("transform_kind", lambda a: a - 2, "a unit is of no kind"),
    ("transform_kind", lambda a: a.astype(np.float64), f"its array transform_kind {ODD}"),
    ("transform_kind", lambda a: a[:1], f"its array transform_kind {ODD}"),
    ("transform_offset", lambda a: -a, "a negative number is added before logarithms"),
    ("transform_offset", lambda a: a[:, None], f"its array transform_offset {ODD}"),
    ("transform_size", lambda a: a * [1, 0], "a unit has no size"),
    ("transform_size", lambda a: a[:1], f"its array transform_size {ODD}"),
    ("slope", lambda a: a[:, None], f"its array slope {ODD}"),
    ("held_out", lambda a: a[:, :1], f"its array held_out {ODD}"),
    ("held_out", lambda a: a[0], f"its array held_out {ODD}"),
    ("held_out", lambda a: a[:2], "the scores have no cutoffs"),
    ("held_out", lambda _: np.ones((1001, 2)), "there are too many scores"),
    ("held_out_cutoff", lambda a: a[:2], "the scores have no cutoffs"),
    ("held_out_cutoff", lambda a: a[::-1], "the cutoffs of scores fall"),
    ("held_out_cutoff", lambda a: a.astype(np.float64), f"its array held_out_cutoff {ODD}"),
    ("growth", lambda a: a[::-1], "the growth falls, or begins below 1"),
    ("growth", lambda a: a - 0.5, "the growth falls, or begins below 1"),
    ("growth", lambda a: a[1:], f"its array growth {ODD}"),
    ("earlier", lambda a: -a, "an earlier score is negative"),
    ("earlier", lambda a: a[:, ::-1], "earlier scores do not rise"),
    ("earlier", lambda a: np.vstack([a, a]), "earlier scores are of another horizon"),
    ("earlier", lambda a: a[0], f"its array earlier {ODD}"),
    ("earlier", lambda _: np.ones((1, 1001)), "there are too many earlier scores"),
    ("calendar_of", lambda a: a - 1, "a series has no calendar"),
    ("calendar_of", lambda a: a + 1, "a series has no calendar"),
    ("calendar_of", lambda a: a.astype(np.float64), f"its array calendar_of {ODD}"),
    ("tail_ds", lambda a: a[:-1], "the rows have no places"),
    ("tail_ds", lambda a: a[::-1], "the times of a series do not rise"),
    ("tail_ds", lambda a: a * 0, "the times of a series do not rise"),
    ("tail_ds", lambda a: a + np.iinfo(np.int64).max - 4, "a time is out of bounds"),
    ("tail_ds", lambda a: a + np.iinfo(np.int64).min, "a time is out of bounds"),
    ("tail_values", lambda a: a[1:], "the rows have no places"),
    ("tail_values", lambda a: a - 0.25, "a value has no logarithm"),
    ("tail_indptr", lambda a: a + 1, "the rows have no places"),
    ("tail_indptr", lambda a: a - 1, "the rows have no places"),
    ("tail_indptr", lambda a: a[::-1], "the rows have no places"),
    ("tail_indptr", lambda a: a * [1, 0, 1], "a series has no rows"),
    ("tail_indptr", lambda a: a * [1, 3, 1], "a series has no rows"),
    ("tail_indptr", lambda a: a * [1, -1, 1], "a series has no rows"),
    ("tail_indptr", lambda a: a[1:], f"its array tail_indptr {ODD}"),
    ("tail_observed", lambda a: a[:, 1:], "the observed values are not as many as the rows"),
    ("tail_observed", lambda a: np.vstack([a, a]), f"its array tail_observed {ODD}"),
    ("tail_observed", lambda a: a[0], f"its array tail_observed {ODD}"),
    ("tail_known", lambda a: a[:, 1:], "the known values have no places"),
    ("tail_known", lambda a: a[1:], f"its array tail_known {ODD}"),
    ("tail_known", lambda a: a.astype(np.int64), f"its array tail_known {ODD}"),
    ("tail_known_indptr", lambda a: a + 1, "the known values have no places"),
    ("tail_known_indptr", lambda a: a * [1, -1, 1], "the places of known values fall"),
    ("tail_known_indptr", lambda a: np.append(a[:1], [11, 10]), "the places of known values fall"),
    ("tail_known_indptr", lambda a: np.append(a[:1], [2, 10]), "the known values do not reach the last row"),
    ("tail_known_indptr", lambda a: np.append(a[:1], [7, 10]), "the known values do not reach the last row"),
    ("tail_known_indptr", lambda a: a[1:], f"its array tail_known_indptr {ODD}"),
]
DAMAGED_PRICES = [
    ("weights", lambda a: np.vstack([a, a]), f"its array weights {ODD}"),
    ("volatility_decay", lambda a: a * 0, "a decay is not between 0 and 1"),
    ("volatility_decay", lambda a: a**0, "a decay is not between 0 and 1"),
    ("volatility_decay", lambda a: a[:1], f"its array volatility_decay {ODD}"),
    ("volatility_floor", lambda a: a * 0, "a move has no size"),
    ("volatility_floor", lambda a: a[:1], f"its array volatility_floor {ODD}"),
    ("volatility_leverage", lambda a: a[:1], f"its array volatility_leverage {ODD}"),
    ("volatility_slope", lambda a: a[:, None], f"its array volatility_slope {ODD}"),
    ("volatility_quantiles", lambda a: -a, "quantiles do not rise"),
    ("volatility_quantiles", lambda a: a[:1], f"its array volatility_quantiles {ODD}"),
    ("volatility_quantiles", lambda a: a[:, 1:], f"its array volatility_quantiles {ODD}"),
    ("volatility_quantiles", lambda a: a[..., 1:], f"its array volatility_quantiles {ODD}"),
    ("volatility_close_variance", lambda a: -a, "a move across a close has no size"),
    ("volatility_close_variance", lambda a: a[:, 1:], f"its array volatility_close_variance {ODD}"),
]


@pytest.mark.parametrize(("name", "damage", "reason"), DAMAGED)
def test_a_damaged_array_is_refused(parts: Any, name: str, damage: Any, reason: str) -> None:
    parts.arrays[name] = damage(parts.arrays[name])
    refuse(parts, reason)


@pytest.mark.parametrize(("name", "damage", "reason"), DAMAGED_PRICES)
def test_a_damaged_array_of_prices_is_refused(prices: Any, name: str, damage: Any, reason: str) -> None:
    accept(prices)
    prices.arrays[name] = damage(prices.arrays[name])
    refuse(prices, reason)


@pytest.mark.parametrize("kind", ["parts", "prices"])
def test_every_absent_and_every_additional_array_is_refused(kind: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(kind)
    good = dict(model.arrays)
    for name, array in good.items():
        model.arrays = {other: values for other, values in good.items() if other != name}
        if name != "earlier":
            refuse(model, "its arrays are not weights, spread, transform_kind")
        model.arrays = good | {f"{name}_": array}
        refuse(model, "its arrays are not weights, spread, transform_kind")


def test_there_may_be_no_earlier_scores(parts: Any) -> None:
    accept(parts)
    parts.meta["uses_own_quantiles"] = True
    refuse(parts, "trusting intervals lean on earlier scores")
    del parts.arrays["earlier"]
    accept(parts)


def test_a_ridge_has_a_place_in_the_blend(parts: Any) -> None:
    parts.meta["blend"] = {"network": 1.0}
    refuse(parts, "its arrays are not weights, spread")
    del parts.arrays["ridge"]
    refuse(parts, "its arrays are not weights, spread")
    del parts.arrays["ridge_ahead"]
    accept(parts)
    parts.meta["blend"] = {"network": 0.5, "ridge": 0.5}
    refuse(parts, "its arrays are not weights, spread")


def test_places_of_known_values_cannot_overflow(parts: Any) -> None:
    """Differences of 64 bits come round: each of these is at least as large as a series has rows."""
    high, low = np.iinfo(np.int64).max, np.iinfo(np.int64).min
    parts.meta["series"] = [f"series {i}" for i in range(5)]
    parts.meta["effects"]["series"] = [None] * 5
    places = np.array([0, high, low, -1, 7, 10])
    with np.errstate(all="ignore"):
        assert (np.diff(places) > 0).all()
    for name in ("spread", "transform_kind", "transform_offset", "transform_size", "slope", "drawn", "calendar_of"):
        parts.arrays[name] = np.repeat(parts.arrays[name][:1], 5)
    for name in ("covariate_kind", "covariate_offset", "covariate_unit", "covariate_centre", "covariate_size"):
        parts.arrays[name] = np.repeat(parts.arrays[name][:, :1], 5, axis=1)
    parts.arrays |= {"transform_kind": np.zeros(5, np.int64), "tail_indptr": np.array([0, 1, 2, 3, 4, 7])}
    parts.arrays |= {"tail_ds": np.array([0, 0, 0, 0, 1, 2, 3]), "tail_known_indptr": np.array([0, 1, 2, 3, 4, 10])}
    accept(parts)
    parts.arrays["tail_known_indptr"] = places
    refuse(parts, "the places of known values fall")


def test_series_are_drawn_where_the_recipe_lets_them_and_there_are_rows(parts: Any) -> None:
    parts.meta["recipe"]["bootstrap"] = False
    refuse(parts, "a series is drawn that may not be")
    parts.arrays["drawn"] = np.array([NONE, NONE])
    accept(parts)
    parts.meta["recipe"]["bootstrap"] = True
    accept(parts)
    parts.arrays["drawn"] = np.array([VALUES, NONE])
    accept(parts)
    parts.arrays |= {"tail_indptr": np.array([0, 2, 7]), "tail_ds": np.array([1, 2, 0, 1, 2, 3, 4])}
    parts.arrays["tail_known_indptr"] = np.array([0, 2, 10])
    refuse(parts, "a series is drawn from too few rows")


def test_covariates_may_be_all_observed_or_all_known(parts: Any) -> None:
    for kind, other in (("observed", "known"), ("known", "observed")):
        model = copy.deepcopy(parts)
        model.meta["recipe"][other] = []
        model.meta |= {"categories": {}, "static": []}
        columns = len(model.meta["recipe"][kind])
        model.meta["network"] |= {"inputs": 3 + 3 * columns, "context": 2 * columns * (kind == "known")}
        model.arrays["weights"] = np.ones((2, parameter_count(**model.meta["network"])), dtype=np.float32)
        model.arrays["ridge"] = np.ones((2, 5 + 5 * columns))
        gone = [f"tail_{other}", *(["tail_known_indptr", "ridge_ahead"] if other == "known" else [])]
        refuse(model, "its arrays are not weights")
        for name in gone:
            del model.arrays[name]
        for name in ("kind", "offset", "unit", "centre", "size"):
            model.arrays[f"covariate_{name}"] = np.ones_like(model.arrays[f"covariate_{name}"][:columns])
        accept(model)


def test_values_of_zero_and_less_are_fine_without_logarithms(parts: Any) -> None:
    parts.meta["recipe"]["log"] = False
    refuse(parts, "a unit is of no kind")
    parts.arrays["transform_kind"] = np.zeros(2, dtype=np.int64)
    parts.arrays["tail_values"] -= 100
    accept(parts)
