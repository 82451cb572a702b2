"""The blend: the gate on prices, the weights of other series, and the sentence about them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.blend import (
    ALONE,
    HEAD_START_SERIES,
    OTHER_PRIOR_WEIGHT,
    PRIOR_WEIGHTS,
    PRIOR_WINDOWS,
    TUNED_SERIES,
    Blend,
    _least_loss_weights,
    choose_blend,
    clip_to_limits,
)
from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.holdout import Holdout
from forecaster.forecasting.uncertainty.significance import diebold_mariano
from forecaster.series.limits import Limits
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
    assert weights["theta"] == pytest.approx(0.5, abs=0.07)
    assert weights["ridge"] == pytest.approx(0.5, abs=0.07)


def test_with_a_single_window_prior_weights_and_typical_errors_decide() -> None:
    data = holdout(1, network=5.0, theta=2.0, ridge=1.0, last_value=3.0)
    methods = ("network", "theta", "ridge", data.best(("last_value", "drift", "seasonal_naive")))
    prior = np.array([ALONE.get(method, OTHER_PRIOR_WEIGHT) for method in methods])
    prior /= np.array([data.typical_error(method) for method in methods]) ** 2
    found = np.array([choose_blend(data, LEVEL, 0).weight_of(method) for method in methods])
    np.testing.assert_allclose(found, prior / prior.sum(), atol=2 / PRIOR_WINDOWS)


def test_more_windows_move_the_weights_further_from_the_prior_ones() -> None:
    far = [
        choose_blend(holdout(windows, network=1.0, theta=0.9, last_value=9.0), LEVEL, MANY).weight_of("theta")
        for windows in (2, 20, 2000)
    ]
    assert far == sorted(far)
    assert far[-1] > far[0] + 0.05


def test_the_weights_have_the_least_sum_of_loss_and_distance_from_the_prior() -> None:
    data, methods = holdout(300, network=1.0, theta=1.2, last_value=2.0), ["network", "theta", "last_value"]
    prior = np.array([0.5, 0.3, 0.2])
    found = _least_loss_weights(data, methods, prior)

    def cost(weights: np.ndarray) -> float:
        mixed = sum(w * data.forecasts[m] for w, m in zip(weights, methods, strict=True))
        loss = np.abs(mixed - data.actual).mean()
        return 300 * np.log(loss) + PRIOR_WINDOWS * (weights * np.log(weights / prior)).sum()

    least = cost(found)
    rng = np.random.default_rng(0)
    for _ in range(200):
        other = found * np.exp(rng.normal(0, 0.1, 3))
        assert cost(other / other.sum()) >= least - 1e-3


def test_the_prior_weight_of_a_network_grows_with_the_number_of_series() -> None:
    data = holdout(3, network=1.0, theta=1.0, last_value=5.0)
    found = [choose_blend(data, LEVEL, series).weight_of("network") for series in (0, HEAD_START_SERIES, MANY)]
    assert found == sorted(found)
    assert found[2] > 1.1 * found[0]


def test_the_prior_weight_of_a_fine_tuned_network_grows_with_the_number_of_series() -> None:
    data = with_pretrained(30)
    data.forecasts.update(dict.fromkeys(("fine_tuned_network", "network"), data.forecasts["pretrained_network"]))
    one, half, many = (
        choose_blend(data, LEVEL, series).weight_of("fine_tuned_network") for series in (1, TUNED_SERIES, MANY)
    )
    assert one < half < many
    assert many > PRIOR_WEIGHTS["fine_tuned_network"] / 2


def with_pretrained(windows: int = 1000, **sizes: float) -> Holdout:
    """Make held-out windows with pretrained and fine-tuned networks, too."""
    data, rng = holdout(windows, **sizes), np.random.default_rng(1)
    for name in ("pretrained_network", "fine_tuned_network"):
        data.forecasts[name] = data.actual + sizes.get(name, 9.0) * rng.normal(size=(windows, 1))
    return data


def test_what_was_trained_and_is_surely_worse_than_the_pretrained_network_has_no_weight() -> None:
    data = with_pretrained(fine_tuned_network=1.5, pretrained_network=1.0, network=0.9, ridge=2.0)
    weights = choose_blend(data, LEVEL, MANY).weights
    assert not weights.keys() & {"fine_tuned_network", "ridge"}
    assert weights.keys() >= {"network", "pretrained_network", "theta"}


def test_what_is_not_surely_worse_may_help() -> None:
    data = with_pretrained(8, fine_tuned_network=1.7, pretrained_network=1.0, network=1.0)
    assert data.window_losses("fine_tuned_network").mean() > data.window_losses("pretrained_network").mean()
    assert choose_blend(data, LEVEL, MANY).weights.keys() >= {"fine_tuned_network", "network", "pretrained_network"}


def test_a_network_with_large_errors_has_hardly_any_weight() -> None:
    assert choose_blend(holdout(network=30.0, theta=1.0), LEVEL, MANY).weight_of("network") < 0.01
    assert choose_blend(holdout(2, network=300.0, theta=1.0), LEVEL, MANY).weight_of("network") < 0.05


def test_a_perfect_baseline_gets_all_weight() -> None:
    weights = choose_blend(holdout(last_value=0.0), LEVEL, MANY).weights
    assert weights["last_value"] == pytest.approx(1, abs=1e-3)


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


def test_evenly_spread_values_choose_where_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    data, methods = holdout(1000, network=1.0, theta=1.0), ["network", "theta"]
    every = Holdout(
        data.actual[::2],
        {name: made[::2] for name, made in data.forecasts.items()},
        data.series[::2],
        data.distance[::2],
        data.denominator[::2],
    )
    prior = np.array([0.5, 0.5])
    all_of_half, whole = _least_loss_weights(every, methods, prior), _least_loss_weights(data, methods, prior)
    monkeypatch.setattr("forecaster.forecasting.blend.MOST_VALUES", 500)
    few = _least_loss_weights(data, methods, prior)
    np.testing.assert_allclose(few, all_of_half, atol=0.02)
    assert np.abs(few - whole).max() > 0.001


def test_a_positive_series_stays_above_a_tenth_of_its_last_value() -> None:
    panel = panel_from_series([("up", np.arange(9), np.arange(1.0, 10)), ("zero", np.arange(9), np.arange(9.0) - 4)])
    scaling = fit_scaling(panel, "level", log=True)
    point = np.array([[8.0, 0.5, -3.0], [4.0, 0.0, -9.0]])
    held = clip_to_limits(point, np.array([9.0, 4.0]), scaling, np.array([0, 1]))
    assert held.tolist() == [[8.0, 0.9, 0.9], [4.0, 0.0, -9.0]]


def test_forecasts_stay_within_the_limits_of_their_series() -> None:
    panel = panel_from_series([("up", np.arange(9), np.arange(1.0, 10)), ("zero", np.arange(9), np.arange(9.0) - 4)])
    scaling = fit_scaling(panel, "level", log=True).with_limits(Limits(-4, 9))
    point = np.array([[8.0, 9.5, -3.0], [4.0, 12.0, -9.0]])
    held = clip_to_limits(point, np.array([9.0, 4.0]), scaling, np.array([0, 1]))
    assert held.tolist() == [[8.0, 9.0, 0.9], [4.0, 9.0, -4.0]]


def test_values_as_low_as_a_series_had_before_are_not_clipped() -> None:
    peaky, nightly = np.tile([1.0, 0.5, 3, 9, 9, 9], 3), np.tile([0.0, 40, 50, 60, 70, 80], 3)
    panel = panel_from_series([("peaky", np.arange(18), peaky), ("nightly", np.arange(18), nightly)])
    scaling = fit_scaling(panel, "level", log=True)
    assert scaling.transform.kind.tolist() == [LOG, LOG]
    point = np.array([[0.6, 0.1], [2.0, -1.0]])
    held = clip_to_limits(point, np.array([9.0, 80.0]), scaling, np.array([0, 1]))
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
            {"fine_tuned_network": 0.7, "pretrained_network": 0.3},
            "70 % fine-tuned network and 30 % pretrained network, weighed by their errors on held-out rows.",
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


def test_quantiles_are_averaged_as_the_points_are() -> None:
    offsets = {"network": np.full((1, 2, 3), 2.0), "fine_tuned_network": np.full((1, 2, 3), 4.0)}
    blend = Blend({"network": 0.2, "fine_tuned_network": 0.6, "theta": 0.2})
    np.testing.assert_allclose(blend.mix_quantiles(offsets), 3.5)
    np.testing.assert_allclose(Blend({"theta": 1.0}).mix_quantiles(offsets), 3.0)
    assert (Blend({"network": 1.0}).mix_quantiles({"network": offsets["network"]}) == 2.0).all()
