"""The blend: the gate on prices, the weights of other series, and the sentence about them."""

from __future__ import annotations

from dataclasses import replace
from math import comb
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.blend import (
    HEAD_START_SERIES,
    OTHER_PRIOR_WEIGHT,
    PRIOR_WEIGHTS,
    PRIOR_WINDOWS,
    Blend,
    _compositions,
    _least_loss_weights,
    choose_blend,
    clip_positive,
)
from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.holdout import Holdout
from forecaster.forecasting.uncertainty.significance import diebold_mariano
from forecaster.series.panel import panel_from_series
from forecaster.series.scaling import fit_scaling
from forecaster.series.transforms import LOG
from forecaster.spec import Specification

if TYPE_CHECKING:
    from forecaster.forecasting.recipe import Recipe

MANY = 10**9
"""Series that leave nothing of the head start to be earned."""
LEARNED_AND_BASELINES = ("network", "ridge", "theta", "last_value", "drift", "seasonal_naive")


def recipe_of(mode: str, **asked: object) -> Recipe:
    walk = 100 + np.cumsum(np.random.default_rng(0).normal(size=200))
    return derive_recipe(panel_from_series([("a", np.arange(200), walk)]), Specification(horizon=1, mode=mode, **asked))


LEVEL, PRICES = recipe_of("level"), recipe_of("returns")
RETURNS = recipe_of("returns", arch="many-to-many")
"""A network that learns where prices move to, and not only how far."""


def holdout(windows: int = 1000, **sizes: float) -> Holdout:
    """Make methods whose independent errors have about these mean sizes, and 9 if none is given."""
    rng = np.random.default_rng(0)
    actual = 50 + rng.normal(size=(windows, 1))
    forecasts = {name: actual + sizes.get(name, 9.0) * rng.normal(size=(windows, 1)) for name in LEARNED_AND_BASELINES}
    return Holdout(actual, forecasts, np.zeros(windows, int), np.arange(windows)[::-1] + 1, np.ones(windows))


@pytest.mark.parametrize(("recipe", "rest"), [(RETURNS, "last_value"), (PRICES, "network")])
def test_a_price_without_skill_keeps_its_last_value(recipe: Recipe, rest: str) -> None:
    for learned in (1.0, 1.2):
        sizes = {"network": 1.0, "ridge": 1.0} | {"network" if recipe is RETURNS else "ridge": learned}
        assert choose_blend(holdout(last_value=1.0, **sizes), recipe, MANY) == Blend({rest: 1.0})


@pytest.mark.parametrize(
    ("recipe", "learned", "rest"), [(RETURNS, "network", "last_value"), (PRICES, "ridge", "network")]
)
def test_a_price_with_clear_skill_is_shrunk_by_its_t_value(recipe: Recipe, learned: str, rest: str) -> None:
    data = holdout(last_value=1.0, **{learned: 0.8})
    comparison = diebold_mariano(data.losses("last_value") - data.losses(learned), 0)
    assert comparison is not None
    assert comparison.statistic > 2.33
    expected = 1 - comparison.statistic**-2
    assert choose_blend(data, recipe, MANY).weights == pytest.approx({learned: expected, rest: 1 - expected})


def test_the_gate_is_against_the_best_naive_method() -> None:
    data = holdout(last_value=2.0, drift=1.0, network=1.0)
    assert choose_blend(data, RETURNS, MANY) == Blend({"last_value": 1.0})


def test_too_few_cutoffs_open_no_gate() -> None:
    data = holdout(1, last_value=1.0, network=0.0)
    assert choose_blend(data, RETURNS, MANY) == Blend({"last_value": 1.0})


@pytest.mark.parametrize("windows", [1, 2, 30, 1000])
@pytest.mark.parametrize("series", [1, 5, MANY])
@pytest.mark.parametrize("sizes", [{}, {"network": 1.0}, {"ridge": 0.0}, {"theta": 1.0, "drift": 0.5}])
def test_weights_are_shares_of_one_whole(windows: int, series: int, sizes: dict[str, float]) -> None:
    weights = choose_blend(holdout(windows, **sizes), LEVEL, series).weights
    assert sum(weights.values()) == pytest.approx(1, abs=1e-12)
    assert all(0 < weight <= 1 for weight in weights.values())
    assert {"network", "theta"} <= set(weights)
    assert len(set(weights) & {"last_value", "drift", "seasonal_naive"}) == 1


def test_independent_errors_share_the_weight() -> None:
    weights = choose_blend(holdout(network=9, theta=1, ridge=1, last_value=20), LEVEL, MANY).weights
    assert weights["theta"] == pytest.approx(0.5, abs=0.06)
    assert weights["ridge"] == pytest.approx(0.5, abs=0.06)


def test_with_a_single_window_prior_weights_and_typical_errors_decide() -> None:
    data = holdout(1, network=50.0, theta=2.0, ridge=1.0, last_value=3.0)
    methods = ("network", "theta", "ridge", data.best(("last_value", "drift", "seasonal_naive")))
    believed = np.array([PRIOR_WEIGHTS.get(method, OTHER_PRIOR_WEIGHT) for method in methods])
    typical = believed / np.array([data.typical_error(method) for method in methods]) ** 2
    expected = PRIOR_WINDOWS / (1 + PRIOR_WINDOWS) * typical / typical.sum()
    found = np.array([choose_blend(data, LEVEL, MANY).weight_of(method) for method in methods])
    # what is left over, a share of one in PRIOR_WINDOWS + 1, is as this window would have it, in tenths
    tenths = 10 * (1 + PRIOR_WINDOWS) * (found - expected)
    np.testing.assert_allclose(tenths, tenths.round(), atol=1e-6)
    assert tenths.sum() == pytest.approx(10)


def test_the_head_start_of_the_network_grows_with_the_number_of_series() -> None:
    data = holdout(network=0.9, theta=1.0, last_value=5.0)
    none, half, whole = (
        choose_blend(data, LEVEL, series).weight_of("network") for series in (0, HEAD_START_SERIES, MANY)
    )
    assert none < half < whole
    assert half == pytest.approx(none + (1 - none) / 4)
    assert whole == pytest.approx(none + (1 - none) / 2)


def test_a_network_with_large_errors_has_no_head_start() -> None:
    data = holdout(network=30.0, theta=1.0)
    assert choose_blend(data, LEVEL, MANY) == choose_blend(data, LEVEL, 0)
    assert choose_blend(data, LEVEL, MANY).weight_of("network") < 0.01


def test_a_perfect_baseline_gets_all_weight() -> None:
    weights = choose_blend(holdout(last_value=0.0), LEVEL, MANY).weights
    assert weights["last_value"] == pytest.approx(1, abs=1e-9)


def test_where_everything_is_perfect_nothing_is_divided_by_zero() -> None:
    exact = holdout(5, **dict.fromkeys(LEARNED_AND_BASELINES, 0.0))
    weights = choose_blend(exact, LEVEL, MANY).weights
    assert sum(weights.values()) == pytest.approx(1)


def test_unequal_steps_have_neither_theta_nor_ridge() -> None:
    data = holdout(network=1.0, drift=2.0)
    few = {name: made for name, made in data.forecasts.items() if name not in {"theta", "ridge"}}
    assert set(choose_blend(replace(data, forecasts=few), LEVEL, MANY).weights) == {"network", "drift"}


def test_one_series_without_a_scale_does_not_dominate_the_blend() -> None:
    one = holdout(200, network=0.5, theta=2.0, ridge=2.0)
    mad = one.forecasts | {"network": one.forecasts["network"] + 1e6}
    many = Holdout(
        np.tile(one.actual, (10, 1)),
        {name: np.concatenate([one.forecasts[name]] * 9 + [mad[name]]) for name in one.forecasts},
        np.repeat(np.arange(10), 200),
        np.tile(one.distance, 10),
        np.ones(2000),
    )
    assert many.losses("network").mean() > 1000 * many.losses("theta").mean()
    assert many.typical_error("network") < 3


def test_every_composition_once_and_more_of_the_first_method_first() -> None:
    found = _compositions(10, 4)
    assert len(found) == comb(13, 3) == len({tuple(row) for row in found})
    assert (found >= 0).all()
    assert (found.sum(axis=1) == 10).all()
    assert found[0].tolist() == [10, 0, 0, 0]
    assert found[-1].tolist() == [0, 0, 0, 10]
    assert (np.diff(found[:, 0]) <= 0).all()
    assert _compositions(2, 2).tolist() == [[2, 0], [1, 1], [0, 2]]


def test_evenly_spread_values_choose_where_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    data, methods = holdout(1000, network=1.0, theta=1.0), ["network", "theta"]
    every = Holdout(
        data.actual[::2],
        {name: made[::2] for name, made in data.forecasts.items()},
        data.series[::2],
        data.distance[::2],
        data.denominator[::2],
    )
    all_of_half, whole = _least_loss_weights(every, methods), _least_loss_weights(data, methods)
    monkeypatch.setattr("forecaster.forecasting.blend.MOST_VALUES", 500)
    assert _least_loss_weights(data, methods)[1] == all_of_half[1] != whole[1]


def test_a_positive_series_stays_above_a_tenth_of_its_last_value() -> None:
    panel = panel_from_series([("up", np.arange(9), np.arange(1.0, 10)), ("zero", np.arange(9), np.arange(9.0) - 4)])
    scaling = fit_scaling(panel, "level", log=True)
    point = np.array([[8.0, 0.5, -3.0], [4.0, 0.0, -9.0]])
    held = clip_positive(point, np.array([9.0, 4.0]), scaling, np.array([0, 1]))
    assert held.tolist() == [[8.0, 0.9, 0.9], [4.0, 0.0, -9.0]]


def test_values_as_low_as_a_series_had_before_are_not_clipped() -> None:
    peaky, nightly = np.tile([1.0, 0.5, 3, 9, 9, 9], 3), np.tile([0.0, 40, 50, 60, 70, 80], 3)
    panel = panel_from_series([("peaky", np.arange(18), peaky), ("nightly", np.arange(18), nightly)])
    scaling = fit_scaling(panel, "level", log=True)
    assert scaling.transform.kind.tolist() == [LOG, LOG]
    point = np.array([[0.6, 0.1], [2.0, -1.0]])
    held = clip_positive(point, np.array([9.0, 80.0]), scaling, np.array([0, 1]))
    np.testing.assert_allclose(held, [[0.6, 0.5], [2.0, 0.0]], rtol=1e-12)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ({"last_value": 1.0}, "the last value, as what was learned has not earned a place in it."),
        ({"network": 1.0}, "that of the network, which nothing made better on held-out rows."),
        (
            {"network": 0.25, "seasonal_naive": 0.75},
            "75 % seasonal naive and 25 % network, weighed by their errors on held-out rows.",
        ),
        (
            {"network": 0.2, "theta": 0.46, "ridge": 0.34, "drift": 1e-6},
            "46 % Theta, 34 % ridge and 20 % network, weighed by their errors on held-out rows.",
        ),
    ],
)
def test_the_sentence_names_the_methods_of_the_blend(weights: dict[str, float], sentence: str) -> None:
    assert Blend(weights).describe() == f"The point forecast is {sentence}"


def test_losses_are_means_of_each_cutoff_in_order_of_time() -> None:
    data = Holdout(
        np.zeros((4, 1)),
        {"m": np.array([[1.0], [3], [5], [7]])},
        np.array([0, 0, 1, 1]),
        np.array([2, 1, 2, 1]),
        np.array([1.0, 1, 1, 7]),
    )
    assert data.losses("m").tolist() == [3.0, 2.0]
