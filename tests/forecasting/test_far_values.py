"""Values that are rather wrong than new: they do not carry the forecast, but intervals and paths reach to the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.far_values import far_values, without_far_values, without_slips
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.forecasting.methods.own_past import DOUBTED
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel

ZERO_SHOT = Specification(horizon=6, zero_shot=True, season=1)
TRAINED = Specification(horizon=4, members=1, epochs=2, updates=4, hidden=8, season=1, mode="level")


def noise(rows: int = 80, seed: int = 0) -> Floats:
    return 50 + 2 * np.random.default_rng(seed).normal(size=rows)


def with_value(place: int, value: float, rows: int = 80) -> Floats:
    y = noise(rows)
    y[place] = value
    return y


def test_which_last_values_are_far(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(usual=noise(), large=with_value(-1, 5e4), small=with_value(-1, 0.05), before=with_value(-2, 5e4))
    found = far_values(panel, np.ones(4, dtype=bool))
    np.testing.assert_array_equal(found, [np.nan, 5e4, 0.05, np.nan])
    only = far_values(panel, np.array([True, False, True, True]))
    np.testing.assert_array_equal(only, [np.nan, np.nan, 0.05, np.nan])


def test_what_theta_expects_takes_the_place_of_a_far_value(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=noise(), b=with_value(-1, 5e4))
    found = without_far_values(panel, np.array([np.nan, 5e4]), np.full(2, np.nan), 1)
    np.testing.assert_array_equal(found.values[:-1], panel.values[:-1])
    assert 45 < found.values[-1] < 55
    assert panel.values[-1] == 5e4, "the panel itself stays"
    unchanged = without_far_values(panel, np.full(2, np.nan), np.full(2, np.nan), 1)
    np.testing.assert_array_equal(unchanged.values, panel.values)


@pytest.mark.sampled("*-zero-shot", "0.05-trained")
@pytest.mark.parametrize("specification", [ZERO_SHOT, TRAINED], ids=["zero-shot", "trained"])
@pytest.mark.parametrize("value", [5e4, 0.05, -3e3])
def test_a_far_last_value_does_not_carry_the_forecast(
    panel_of: Callable[..., Panel], specification: Specification, value: float
) -> None:
    panel = panel_of(a=with_value(-1, value))
    fitted = BlendedForecaster(specification).fit(panel)
    forecast = fitted.predict(panel, 12)
    assert (np.abs(forecast.point - 50) < 10).all()
    for level in (80, 95):
        assert (forecast.low[level] <= min(value, 50)).all(), "the doubt is within every interval"
        assert (forecast.high[level] >= max(value, 50)).all()
        other = forecast.low[level] if value > 50 else forecast.high[level]
        assert (np.abs(other - 50) < 45).all(), "on the other side the interval is as usual"
    paths = fitted.sample_paths(panel, 3, 3000, 0)[:, 0]
    beyond = np.abs(paths - value) < np.abs(paths - 50)
    assert abs(beyond.mean() - (1 - DOUBTED)) < 0.05
    assert (beyond.all(axis=1) | ~beyond.any(axis=1)).mean() > 0.95, "a path stays where it begins"


def test_the_forecast_is_nearly_that_without_the_far_value(panel_of: Callable[..., Panel]) -> None:
    wrong, right = with_value(-1, 5e4), noise()
    points = [BlendedForecaster(ZERO_SHOT).fit(panel_of(a=y)).predict(panel_of(a=y), 6).point for y in (wrong, right)]
    assert np.abs(points[0] - points[1]).max() < 3


def test_a_value_that_comes_again_is_a_new_level(panel_of: Callable[..., Panel]) -> None:
    y = noise()
    y[-8:] *= 10
    forecast = BlendedForecaster(ZERO_SHOT).fit(panel_of(a=y)).predict(panel_of(a=y), 3)
    assert (forecast.point > 300).all()


def test_prices_keep_their_last_value(panel_of: Callable[..., Panel]) -> None:
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, 300)))
    walk[-1] *= 8
    panel = panel_of(a=walk)
    forecast = BlendedForecaster(Specification(horizon=3, mode="returns")).fit(panel).predict(panel, 3)
    np.testing.assert_allclose(forecast.point, walk[-1], rtol=0.05)


def test_slips_within_a_series_are_not_read(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(good=noise(), slip=with_value(40, 5e4), first=with_value(0, 5e4), last=with_value(-1, 5e4))
    found = without_slips(panel, 1)
    changed = np.flatnonzero(found.values != panel.values)
    np.testing.assert_array_equal(changed, [80 + 40, 160])
    assert (np.abs(found.values[changed] - 50) < 10).all()
    assert panel.values[120] == 5e4
    assert without_slips(panel.take([0]), 1) is not None
    np.testing.assert_array_equal(without_slips(panel.take([0, 3]), 1).values, panel.take([0, 3]).values)


def test_what_comes_every_season_is_no_slip_and_many_are_none(panel_of: Callable[..., Panel]) -> None:
    christmas = noise()
    christmas[11::12] *= 20
    yearly = noise(240)
    yearly[[30, 42, 54]] = 5e4
    assert np.count_nonzero(without_slips(panel_of(a=yearly), 1).values != yearly) == 3
    many = noise()
    many[10::9] = 5e4
    for y, season in ((christmas, 12), (yearly, 12), (many, 1), (np.zeros(50), 1), (np.arange(50.0), 1), (noise(7), 1)):
        panel = panel_of(a=y)
        assert without_slips(panel, season) is panel
    spikes = np.zeros(60)
    spikes[[20, 40]] = 7
    assert without_slips(panel_of(a=spikes), 1).values.max() == 7


def test_the_forecast_is_nearly_that_without_the_slip(panel_of: Callable[..., Panel]) -> None:
    wrong, right = panel_of(a=with_value(60, 5e4)), panel_of(a=noise())
    forecasts = [BlendedForecaster(ZERO_SHOT).fit(panel).predict(panel, 6) for panel in (wrong, right)]
    assert np.abs(forecasts[0].point - forecasts[1].point).max() < 3
    widths = [forecast.high[80] - forecast.low[80] for forecast in forecasts]
    assert (widths[0] < 3 * widths[1]).all()


@pytest.mark.parametrize("value", [0.0, -50.0, 500.0, 5.0, 5e5])
def test_a_slip_to_zero_to_another_sign_or_of_a_decimal_is_far(panel_of: Callable[..., Panel], value: float) -> None:
    panel = panel_of(a=with_value(-1, value))
    assert far_values(panel, np.ones(1, dtype=bool)).tolist() == [value]


@pytest.mark.parametrize("rows", [2, 3])
def test_a_series_that_has_just_come_to_another_level_goes_on_there(panel_of: Callable[..., Panel], rows: int) -> None:
    y = noise()
    y[-rows:] *= 100
    panel = panel_of(a=y)
    fitted = BlendedForecaster(ZERO_SHOT).fit(panel)
    found = fitted.predict(panel, 3)
    assert (np.abs(found.point / (100 * np.median(noise())) - 1) < 0.2).all()
    for level in (80, 95):
        assert (found.low[level] <= np.median(noise()) * 1.1).all(), "the old level may return"
        assert (found.high[level] >= y[-1]).all()


@pytest.mark.parametrize("value", [0.0, -40.0])
def test_a_slip_to_zero_or_below_is_no_reason_to_fail(panel_of: Callable[..., Panel], value: float) -> None:
    panel = panel_of(a=with_value(20, value))
    found = BlendedForecaster(ZERO_SHOT).fit(panel).predict(panel, 3)
    assert ((found.point > 40) & (found.point < 60)).all()
