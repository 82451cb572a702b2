"""How far the network is believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecaster.data.scaling import LEVEL, RETURNS
from forecaster.forecasting.blend import Blend, choose
from forecaster.forecasting.holdout import Holdout

RNG = np.random.default_rng(0)
ACTUAL = RNG.normal(size=(200, 1)) + 50


def holdout(ours: float, theirs: float) -> Holdout:
    """Make a network and a last value whose errors have these mean sizes, and worse other baselines."""
    sizes = {"last_value": theirs, "drift": 3.0, "seasonal_naive": 4.0, "network": ours}
    forecasts = {name: ACTUAL + size * (1 + 0.2 * RNG.normal(size=(200, 1))) for name, size in sizes.items()}
    return Holdout(ACTUAL, forecasts, np.zeros(200, int), np.arange(200)[::-1] + 1, np.ones(200))


def test_a_price_without_skill_is_the_last_value() -> None:
    assert choose(holdout(1.0, 1.0), RETURNS, 0) == Blend("last_value", 0.0)
    assert choose(holdout(1.2, 1.0), RETURNS, 0) == Blend("last_value", 0.0)


def test_a_price_with_clear_skill_is_mostly_the_network() -> None:
    assert choose(holdout(0.5, 1.0), RETURNS, 0).weight > 0.9


def test_other_series_are_weighed_by_squared_losses() -> None:
    data = holdout(0.5, 1.0)
    theirs, ours = data.losses("last_value").mean() ** 2, data.losses("network").mean() ** 2
    blend = choose(data, LEVEL, 0)
    assert blend.baseline == "last_value"
    assert blend.weight == pytest.approx(theirs / (theirs + ours))


def test_one_series_without_a_scale_does_not_rule_the_blend() -> None:
    one = holdout(0.5, 1.0)
    mad = replace(one, forecasts={**one.forecasts, "network": one.forecasts["network"] + 1e6})
    both = {name: np.concatenate([one.forecasts[name]] * 9 + [mad.forecasts[name]]) for name in one.forecasts}
    many = Holdout(
        np.tile(ACTUAL, (10, 1)), both, np.repeat(np.arange(10), 200), np.tile(one.distance, 10), np.ones(2000)
    )
    assert many.losses("network").mean() > 1000 * many.losses("last_value").mean()
    assert many.typical_error("network") < 3


def test_a_perfect_baseline_is_believed_alone() -> None:
    data = holdout(0.5, 0.0)
    blend = choose(data, LEVEL, 0)
    assert blend.baseline == "last_value"
    assert blend.weight < 1e-12


def test_the_sentence_says_what_the_forecast_is_made_of() -> None:
    assert Blend("last_value", 0.0).describe() == (
        "The point forecast is the last value, as the network has not earned a place in it."
    )
    assert Blend("seasonal_naive", 0.25).describe() == (
        "The point forecast is 25% network and 75% seasonal naive, weighed by their errors on held-out rows."
    )


def test_losses_are_means_of_each_cutoff_in_order_of_time() -> None:
    data = Holdout(
        np.zeros((4, 1)),
        {"m": np.array([[1.0], [3], [5], [7]])},
        np.array([0, 0, 1, 1]),
        np.array([2, 1, 2, 1]),
        np.array([1.0, 1, 1, 7]),
    )
    assert data.losses("m").tolist() == [3.0, 2.0]
