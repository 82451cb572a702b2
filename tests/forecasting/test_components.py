"""The forecasts of fitted components: networks, the volatility of prices and the ridge regression."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.components import _median_and_offsets
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.forecasting.methods.reach import reach_of
from forecaster.forecasting.methods.window_sets import cut_windows
from forecaster.forecasting.uncertainty.calibration import NORMAL, TAUS
from forecaster.series.panel import panel_from_series
from forecaster.series.windows import ends
from forecaster.spec import Specification

if TYPE_CHECKING:
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.series.windows import Windows

TINY = Specification(horizon=4, members=2, epochs=2, updates=3, hidden=8, season=1)
RNG = np.random.default_rng(0)
WALKS = panel_from_series(
    (f"s{i}", np.arange(400), np.exp(3 + np.cumsum(RNG.normal(0.002, 0.01, 400)))) for i in range(2)
)


@cache
def fitted_in(mode: str) -> FittedForecaster:
    """Return what was fitted to the walks once, as level or as prices."""
    return BlendedForecaster(replace(TINY, mode=mode)).fit(WALKS)


def last_windows(fitted: FittedForecaster) -> Windows:
    return cut_windows(fitted.recipe, fitted.scaling, WALKS, ends(WALKS.indptr))


@pytest.fixture
def level() -> FittedForecaster:
    return fitted_in("level")


@pytest.fixture
def prices() -> FittedForecaster:
    return fitted_in("returns")


@pytest.mark.parametrize("mode", ["level", "returns"])
@pytest.mark.parametrize("horizon", [None, 2, 4, 9])
def test_points_and_offsets_of_every_method(mode: str, horizon: int | None) -> None:
    fitted = fitted_in(mode)
    windows = last_windows(fitted)
    made, of_methods = fitted.components.forecast(fitted.recipe, windows, WALKS, 0.5, horizon)
    assert set(of_methods) == {"network"}
    offsets = of_methods["network"]
    assert "network" in made
    assert ("ridge" in made) == (fitted.components.ridge is not None)
    assert all(values.shape == (2, 4) for values in made.values())
    # networks of one's own answer the trained horizon at most
    answered = horizon or 4 if mode == "returns" else min(horizon or 4, 4)
    assert offsets.shape == (2, answered, len(TAUS))
    assert (np.diff(offsets, axis=2) >= 0).all()
    assert (offsets[..., 0] < 0).all()
    assert (offsets[..., -1] > 0).all()


def test_quantiles_in_the_wrong_order_are_sorted_and_taken_from_the_median(level: FittedForecaster) -> None:
    Q, h = len(TAUS), level.recipe.horizon
    assert level.recipe.architecture.quantiles == Q
    windows = last_windows(level)
    output = np.random.default_rng(1).normal(size=(Q * h, 2))
    median, offsets = _median_and_offsets(level.recipe, windows, output, 0.5)
    of_each = np.sort(output.reshape(Q, h, 2), axis=0)
    np.testing.assert_array_equal(median, of_each[Q // 2])
    assert (offsets[..., Q // 2] == 0).all()
    assert (np.diff(offsets, axis=2) >= 0).all()
    np.testing.assert_allclose(offsets[1, 2], (of_each[:, 2, 1] - median[2, 1]) * windows.scale[1])


def test_without_quantiles_errors_are_normal_and_grow(level: FittedForecaster) -> None:
    recipe = replace(level.recipe, architecture=replace(level.recipe.architecture, quantiles=1, outputs=4))
    windows = last_windows(level)
    median, offsets = _median_and_offsets(recipe, windows, np.ones((4, 2)), 0.25)
    np.testing.assert_array_equal(median, np.ones((4, 2)))
    np.testing.assert_allclose(offsets[1, 2], windows.scale[1] * 3**0.25 * NORMAL)


def test_prices_without_drift_keep_their_last_value(level: FittedForecaster, prices: FittedForecaster) -> None:
    learned = prices.components
    assert learned.volatility is not None
    drifting = replace(learned, volatility=replace(learned.volatility, slope=np.array([0.01, 0.02])))
    windows = last_windows(prices)
    still = drifting.without_drift(np.array([False, True]))
    points, _ = still.forecast(prices.recipe, windows, WALKS, 0.5)
    last = WALKS.values[WALKS.last]
    np.testing.assert_allclose(points["network"][0], last[0] * np.exp(0.01 * np.arange(1, 5)))
    np.testing.assert_allclose(points["network"][1], last[1])
    assert level.components.without_drift(np.array([True, True])) is level.components


def test_networks_know_all_series_and_prices_each_its_own(level: FittedForecaster, prices: FittedForecaster) -> None:
    assert level.components.take([1]) is level.components
    of_one = prices.components.take([1]).volatility
    assert of_one is not None
    assert prices.components.volatility is not None
    np.testing.assert_array_equal(of_one.slope, prices.components.volatility.slope[[1]])


def test_every_learned_forecast_stays_within_reach(level: FittedForecaster) -> None:
    wild = replace(level.components, weights=tuple(100 * vector for vector in level.components.weights))
    windows = last_windows(level)
    found = wild.forecast(level.recipe, windows, WALKS, 0.5)
    reach = reach_of(windows, WALKS, 4)
    for point in found.points.values():
        assert (point >= reach.low_point).all()
        assert (point <= reach.high_point).all()
    network = found.points["network"]
    assert ((network == reach.low_point) | (network == reach.high_point)).any(), "else nothing was bounded"
