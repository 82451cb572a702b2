"""A forecaster that trains nothing: its rolling origins, its blend, its intervals, and its forecasts of few rows."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.blend import Blend
from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.forecaster import BlendedForecaster, train_forecaster
from forecaster.forecasting.plan import make_plan
from forecaster.forecasting.pretrained.priors import theta_share
from forecaster.forecasting.views import plain_view
from forecaster.forecasting.zero_shot import LEAST_HISTORY, fit_zero_shot, rolling_origins
from forecaster.series import split
from forecaster.series.panel import panel_from_series
from forecaster.series.scaling import fit_relative_scaling
from forecaster.series.split import MOST_ORIGINS
from forecaster.series.transforms import LOG, PLAIN
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.arrays import Floats
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.method import Forecast
    from forecaster.series.panel import Panel


def seasonal(rows: int, seed: int = 0) -> Floats:
    t = np.arange(rows)
    return 30 + 5 * np.sin(2 * np.pi * t / 12) + np.random.default_rng(seed).normal(size=rows)


def walk(rows: int, seed: int = 0) -> Floats:
    return np.exp(4 + np.cumsum(np.random.default_rng(seed).normal(0, 0.02, rows)))


def fit(panel: Panel, horizon: int = 6, season: int = 1) -> FittedForecaster:
    return BlendedForecaster(Specification(horizon=horizon, season=season, zero_shot=True)).fit(panel)


def assert_sensible(forecast: Forecast) -> None:
    ends = [forecast.low[95], forecast.low[80], forecast.point, forecast.high[80], forecast.high[95]]
    assert np.isfinite(ends).all()
    for lower, upper in pairwise(ends):
        assert (lower <= upper).all()


@pytest.mark.sampled("D-1-3", "M-60-3", "D-18-100", "M-1-100")
@pytest.mark.sampled("*-3", "*-100")
@pytest.mark.parametrize("rows", [3, 4, 5, 8, 14, 30, 100])
@pytest.mark.parametrize("horizon", [1, 18, 60])
@pytest.mark.parametrize("unit", ["D", "M"])
def test_any_number_of_rows_is_forecast_for_any_horizon(rows: int, horizon: int, unit: str) -> None:
    stamps = (np.datetime64("2001-01", unit) + np.arange(rows)).astype("datetime64[us]")
    panel = panel_from_series([("a", stamps, seasonal(rows))])
    forecast = BlendedForecaster(Specification(horizon=horizon, zero_shot=True)).fit(panel).predict(panel, horizon)
    assert forecast.point.shape == (1, horizon)
    assert set(forecast.strategy.ravel()) == {"zero-shot"}
    assert_sensible(forecast)
    assert (forecast.low[95] < forecast.high[95]).all()


def test_nothing_is_trained(panel_of: Callable[..., Panel]) -> None:
    fitted = fit(panel_of(a=seasonal(60)))
    assert fitted.recipe.zero_shot
    assert not fitted.members
    assert not fitted.components.weights
    assert fitted.components.ridge is None
    assert fitted.components.volatility is None


@pytest.mark.parametrize("season", [1, 4, 12])
def test_the_blend_is_that_of_the_priors(panel_of: Callable[..., Panel], season: int) -> None:
    weights = fit(panel_of(a=seasonal(60)), season=season).blend.weights
    share = theta_share(season, 60)
    assert weights == {"pretrained_network": 1 - share, "theta": share}


def test_the_point_is_the_blend_of_the_two(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=seasonal(60))
    fitted = fit(panel, season=12)
    parts = {
        name: replace(fitted, blend=Blend({name: 1.0})).predict(panel, 6).point
        for name in ("pretrained_network", "theta")
    }
    np.testing.assert_allclose(fitted.predict(panel, 6).point, fitted.blend.mix(parts))
    assert np.abs(parts["theta"] - parts["pretrained_network"]).max() > 1e-3


@pytest.mark.parametrize("horizon", [1, 6, 18])
def test_every_origin_has_rows_before_it_and_the_whole_horizon_after_it(
    panel_of: Callable[..., Panel], horizon: int
) -> None:
    panel = panel_of(a=walk(90), b=walk(25), c=walk(horizon + LEAST_HISTORY), d=walk(horizon + LEAST_HISTORY - 1))
    origins = rolling_origins(panel, horizon)
    assert (origins.last + horizon <= panel.last[origins.series]).all()
    assert (origins.last - panel.indptr[origins.series] + 1 >= LEAST_HISTORY).all()
    for i in range(3):
        of_series = origins.last[origins.series == i]
        assert of_series[-1] == panel.last[i] - horizon, "the latest is as late as can be"
        assert (np.diff(of_series) > 0).all()
        assert len(of_series) <= MOST_ORIGINS
    assert 3 not in origins.series


def test_large_panels_have_fewer_origins(panel_of: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch) -> None:
    panel = panel_of(a=walk(90), b=walk(90), c=walk(90), d=walk(90))
    assert len(rolling_origins(panel, 6).last) == 4 * 14
    monkeypatch.setattr(split, "MOST_WINDOWS", 8)
    assert len(rolling_origins(panel, 6).last) == 8
    monkeypatch.setattr(split, "MOST_WINDOWS", 1)
    assert len(rolling_origins(panel, 6).last) == 4


def test_what_is_judged_does_not_see_what_came_after(panel_of: Callable[..., Panel]) -> None:
    y = seasonal(60)
    changed = y.copy()
    changed[-6:] *= 1.2
    specification = Specification(horizon=6, season=1, zero_shot=True)
    one, other = (train_forecaster(make_plan(panel_of(a=each), specification))[1] for each in (y, changed))
    earlier = np.flatnonzero(one.distance >= 6)
    for name, forecasts in one.forecasts.items():
        np.testing.assert_allclose(forecasts[earlier], other.forecasts[name][earlier], rtol=1e-12, err_msg=name)
    assert np.abs(one.actual[-1] - other.actual[-1]).min() > 1


def test_the_forecast_is_judged_beside_the_baselines(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=seasonal(80))
    _, holdout = fit_zero_shot(
        plain_view(panel), derive_recipe(panel, Specification(horizon=6, season=12, zero_shot=True))
    )
    assert {"forecast", "pretrained_network", "theta", "last_value", "seasonal_naive"} <= set(holdout.forecasts)
    for forecasts in holdout.forecasts.values():
        assert forecasts.shape == holdout.actual.shape
        assert np.isfinite(forecasts).all()


def test_intervals_follow_the_errors_at_the_origins(panel_of: Callable[..., Panel]) -> None:
    """A series that has just become wild gets wider intervals, in units of its quantiles, than one that stays calm."""
    rng = np.random.default_rng(0)
    calm = 100 + rng.normal(size=160)
    wild = calm.copy()
    wild[146:] += 40 * rng.choice([-1, 1], 14)
    widths = [fit(panel_of(a=y), season=1).calibration.half_width(80, 6) for y in (calm, wild)]
    assert (widths[1] > 1.3 * widths[0]).all()


def test_scores_are_those_of_the_errors_at_the_origins(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=seasonal(80))
    fitted, holdout = fit_zero_shot(
        plain_view(panel), derive_recipe(panel, Specification(horizon=6, season=12, zero_shot=True))
    )
    scores = fitted.calibration.held_out.scores
    assert scores.shape == holdout.actual.shape
    assert (np.sign(scores) == np.sign(holdout.actual - holdout.forecasts["forecast"])).mean() > 0.9


@pytest.mark.sampled("7.0", "1e-06")
@pytest.mark.parametrize("factor", [7.0, 1e-6, 1e9])
def test_forecasts_of_positive_series_do_not_depend_on_the_unit(panel_of: Callable[..., Panel], factor: float) -> None:
    one, other = panel_of(a=seasonal(50)), panel_of(a=factor * seasonal(50))
    ours, theirs = (fit(panel, season=12).predict(panel, 20) for panel in (one, other))
    np.testing.assert_allclose(factor * ours.point, theirs.point, rtol=1e-5)
    for level in (80, 95):
        np.testing.assert_allclose(factor * ours.low[level], theirs.low[level], rtol=1e-4)
        np.testing.assert_allclose(factor * ours.high[level], theirs.high[level], rtol=1e-4)


def test_series_that_are_mirrored_have_mirrored_scales(panel_of: Callable[..., Panel]) -> None:
    scaling = fit_relative_scaling(panel_of(above=walk(40), below=-walk(40), both=walk(40) - 55, zeros=np.zeros(40)))
    assert scaling.transform.kind.tolist() == [LOG, PLAIN, PLAIN, PLAIN]


@pytest.mark.sampled("y[02468]")
@pytest.mark.parametrize(
    "y",
    [
        np.full(20, 5.0),
        np.zeros(20),
        np.array([0.0, 0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2]),
        -walk(30),
        walk(30) - 55,
        np.array([1.0, 1, 1, 1, 1, 1e9]),
        np.array([1e9, 1, 1, 1, 1, 1]),
        np.array([1.0, 2.0, 3.0]),
        np.array([0.0, 0.0, 1.0]),
    ],
)
def test_awkward_series(panel_of: Callable[..., Panel], y: Floats) -> None:
    panel = panel_of(a=y)
    forecast = fit(panel, 60).predict(panel, 60)
    assert_sensible(forecast)
    if (y >= 0).all() and y.any():
        assert (forecast.low[95] >= 0).all()


def test_series_of_very_different_lengths_are_fitted_together(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=seasonal(3), b=seasonal(200, 1), c=seasonal(14, 2))
    forecast = fit(panel, 18, 12).predict(panel, 18)
    assert_sensible(forecast)


def test_a_missing_row_is_a_hole_in_a_fit_too() -> None:
    y, times = seasonal(96), np.delete(np.arange(96), [40, 70])
    panel = panel_from_series([("a", times, y[times])])
    point = fit(panel, 12, 12).predict(panel, 12).point[0]
    assert np.corrcoef(point, np.sin(2 * np.pi * np.arange(96, 108) / 12))[0, 1] > 0.8


def test_fitting_twice_gives_the_same_forecast(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=seasonal(60), b=walk(60))
    one, other = (fit(panel, 20).predict(panel, 20) for _ in range(2))
    np.testing.assert_array_equal(one.point, other.point)
    np.testing.assert_array_equal(one.low[80], other.low[80])


def test_a_season_is_continued(panel_of: Callable[..., Panel]) -> None:
    y = 30 + 5 * np.sin(2 * np.pi * np.arange(120) / 12)
    panel = panel_of(a=y[:96])
    point = fit(panel, 24, 12).predict(panel, 24).point[0]
    assert np.abs(point - y[96:]).mean() < 0.2 * np.abs(y[95] - y[96:]).mean()


@pytest.mark.slow
def test_forecasts_of_random_walks_are_about_as_good_as_their_last_values(
    panel_of: Callable[..., Panel],
) -> None:
    ours, theirs = [], []
    for seed in range(12):
        y = walk(90, seed)
        panel = panel_of(a=y[:80])
        ours.append(np.abs(fit(panel, 10).predict(panel, 10).point[0] / y[80:] - 1).mean())
        theirs.append(np.abs(y[79] / y[80:] - 1).mean())
    assert 0.7 < np.mean(ours) / np.mean(theirs) < 1.3
