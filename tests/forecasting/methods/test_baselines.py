"""The baselines by hand, their intervals, and their behaviour on short series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.forecasting.methods.baselines import BASELINES, Baseline, forecast_baseline, history_of
from forecaster.spec import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.series.panel import Panel

X = np.array([9.0, 9, 9, 1, 2, 4, 8, 5])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("last_value", [5, 5, 5, 5]),
        ("drift", [6, 7, 8, 9]),
        ("seasonal_naive", [4, 8, 5, 4]),
    ],
)
def test_each_baseline_by_hand(name: str, expected: list[float]) -> None:
    at = history_of(X, start=np.array([3]), last=np.array([7]))
    assert forecast_baseline(name, at, ahead=np.arange(1.0, 5), season=3).tolist() == [expected]


def test_seasonal_naive_of_a_series_shorter_than_the_season_is_the_last_value() -> None:
    at = history_of(X, start=np.array([5]), last=np.array([6]))
    assert forecast_baseline("seasonal_naive", at, ahead=np.arange(1.0, 4), season=5)[0, -1] == 8.0


@pytest.mark.sampled("last_value", "seasonal_naive", "drift")
@pytest.mark.parametrize("name", BASELINES)
def test_intervals_of_a_random_walk_cover_and_widen(panel_of: Callable[..., Panel], name: str) -> None:
    rng = np.random.default_rng(0)
    inside = {level: [] for level in LEVELS}
    for _ in range(30):
        y = np.cumsum(rng.normal(size=320)) + 100
        panel = panel_of(a=y)
        forecast = Baseline(name, 10, 5).fit(panel.head(20)).predict(panel.head(20), 20)
        for level in LEVELS:
            inside[level].append((forecast.low[level][0] <= y[300:]) & (y[300:] <= forecast.high[level][0]))
        width = forecast.high[80][0] - forecast.low[80][0]
        assert width[19] > width[9] > width[0] > 0
    assert 0.7 < np.mean(inside[80]) < 0.9
    assert np.mean(inside[95]) > 0.88


def test_theta_continues_a_ramp(panel_of: Callable[..., Panel]) -> None:
    forecast = Baseline("theta", 4, 1).fit(panel_of(a=np.arange(80.0))).predict(panel_of(a=np.arange(80.0)), 6)
    np.testing.assert_allclose(forecast.point, [np.arange(80.0, 86)])


@pytest.mark.parametrize("name", BASELINES)
def test_intervals_hold_the_point_and_are_nested_at_any_level(panel_of: Callable[..., Panel], name: str) -> None:
    panel = panel_of(a=np.full(60, 3.0), b=np.cumsum(np.random.default_rng(0).normal(size=60)))
    levels = (10, 80, 99.5)
    forecast = Baseline(name, 4, 6).fit(panel).predict(panel, 9, levels=levels)
    width = np.array([forecast.high[level] - forecast.low[level] for level in levels])
    assert (width > 0).all()
    assert (np.diff(width, axis=0) >= 0).all()
    assert all((forecast.low[level] <= forecast.point).all() for level in levels)
    assert all((forecast.point <= forecast.high[level]).all() for level in levels)
    assert set(forecast.strategy.ravel()) == {"direct"}


@pytest.mark.parametrize("name", BASELINES)
def test_prediction_needs_no_more_than_the_tail(panel_of: Callable[..., Panel], name: str) -> None:
    panel = panel_of(a=100 + np.cumsum(np.random.default_rng(0).normal(size=900)))
    fitted = Baseline(name, 5, 7).fit(panel)
    assert (fitted.tail_rows is None) == (name == "drift")
    whole, tail = (fitted.predict(each, 12) for each in (panel, panel.tail(fitted.tail_rows or 900)))
    np.testing.assert_array_equal(whole.point, tail.point)
    np.testing.assert_array_equal(whole.low[95], tail.low[95])


def test_two_rows_are_enough_and_one_is_refused(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=[1.0, 3.0])
    forecast = Baseline("drift", 3, 1).fit(panel).predict(panel, 2)
    assert forecast.point.tolist() == [[5.0, 7.0]]
    with pytest.raises(InputRefusedError, match="no series has two rows"):
        Baseline("drift", 3, 1).fit(panel_of(a=[1.0]))
