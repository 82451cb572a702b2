"""A fitted forecaster and rows that came later: phases, tails, calibration, and rows that it must not use."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.forecasting.blend import Blend
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.forecasting.methods.bootstrap import NONE
from forecaster.forecasting.uncertainty.calibration import ROLLING
from forecaster.series.panel import Panel, panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.method import Forecast

TINY = Specification(horizon=6, members=2, epochs=2, updates=3, hidden=8)
KINDS: dict[str, dict[str, Any]] = {
    "level": {"mode": "level", "season": 1},
    "season": {"mode": "level", "season": 12},
    "prices": {"mode": "returns", "season": 1},
    "one-to-one": {"mode": "level", "arch": "one-to-one"},
}
SEASON = 24


def series(rows: int, seed: int, noise: float = 0.1) -> np.ndarray:
    return np.exp(
        3 + 0.2 * np.sin(2 * np.pi * np.arange(rows) / 12) + noise * np.random.default_rng(seed).normal(size=rows)
    )


def panel_of_rows(*lengths: int) -> Panel:
    return panel_from_series((f"s{i}", np.arange(rows), series(rows, i)) for i, rows in enumerate(lengths))


def assert_same(one: Forecast, other: Forecast) -> None:
    np.testing.assert_array_equal(one.point, other.point)
    for level in one.low:
        np.testing.assert_array_equal(one.low[level], other.low[level])
        np.testing.assert_array_equal(one.high[level], other.high[level])
    assert one.strategy.tolist() == other.strategy.tolist()


def widened(fitted: FittedForecaster, panel: Panel, level: int = 80) -> float:
    """Return how much wider intervals are because of what rows that came later say."""
    blind = replace(fitted, end=panel.ds[panel.last])
    told, untold = (forecaster.predict(panel, 6) for forecaster in (fitted, blind))
    np.testing.assert_array_equal(told.point, untold.point)
    return float(np.mean((told.high[level] - told.low[level]) / (untold.high[level] - untold.low[level])))


@cache
def fitted_to_200_rows() -> FittedForecaster:
    return BlendedForecaster(TINY).fit(panel_of_rows(200))


@pytest.fixture(scope="module")
def stride() -> FittedForecaster:
    """Return a forecaster of two series whose networks know one phase of their season alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forecaster.forecasting.defaults.levels.FEWEST_WINDOWS", 10)
        fitted = BlendedForecaster(replace(TINY, horizon=SEASON, season=SEASON)).fit(panel_of_rows(500, 530))
    assert fitted.recipe.stride == SEASON
    # Theta and the naive methods begin wherever the series ends
    return replace(fitted, blend=Blend({"network": 0.5, "ridge": 0.25, "seasonal_naive": 0.25}))


def grown(*newer: int) -> Panel:
    """Return the two series with so many newer rows each."""
    return panel_of_rows(1500, 1500).cut(np.zeros(2, int), np.array([500, 530]) + newer)


def test_networks_with_a_stride_forecast_from_their_own_phase(stride: FittedForecaster) -> None:
    once = stride.predict(grown(0, 0), SEASON + 10)
    later = stride.predict(grown(0, 7), SEASON)
    np.testing.assert_array_equal(later.point[0], once.point[0, :SEASON])
    np.testing.assert_array_equal(later.point[1], once.point[1, 7 : SEASON + 7])
    np.testing.assert_array_equal(later.high[80][1], once.high[80][1, 7 : SEASON + 7])
    assert later.strategy[0].tolist() == ["direct"] * SEASON
    assert later.strategy[1].tolist() == ["direct"] * (SEASON - 7) + ["recursive"] * 7


def test_a_season_later_networks_with_a_stride_use_newer_rows(stride: FittedForecaster) -> None:
    before, after = (stride.predict(grown(0, rows), SEASON) for rows in (SEASON - 1, SEASON))
    assert set(after.strategy[1]) == {"direct"}
    assert before.strategy[1].tolist() == ["direct"] + ["recursive"] * (SEASON - 1)
    one_season_on = stride.predict(grown(0, SEASON + 3), SEASON)
    np.testing.assert_array_equal(one_season_on.point[1, : SEASON - 3], after.point[1, 3:])


@pytest.mark.slow
def test_tails_and_single_series_give_the_same_forecast_with_a_stride(stride: FittedForecaster) -> None:
    panel = grown(40, 165)
    whole = stride.predict(panel, 30)
    assert stride.kept_rows >= stride.recipe.lookback + SEASON
    assert_same(stride.predict(panel.tail(stride.tail_rows), 30), whole)
    np.testing.assert_array_equal(stride.take([1]).predict(panel.take([1]), 30).point[0], whole.point[1])


@pytest.mark.slow
def test_more_newer_rows_than_are_looked_at_do_not_shift_the_phase(stride: FittedForecaster) -> None:
    assert stride.tail_rows < 40 * SEASON
    assert stride.tail_rows % SEASON
    on_time, late = (grown(40 * SEASON + rows, 38 * SEASON) for rows in (0, 2))
    once, later = stride.predict(on_time, SEASON), stride.predict(late, SEASON - 2)
    np.testing.assert_array_equal(later.point[0], once.point[0, 2:])
    np.testing.assert_array_equal(later.point[1], once.point[1, :-2])
    assert set(once.strategy.flat) == {"direct"}


@pytest.mark.sampled("prices", slow=("season",))
@pytest.mark.parametrize("kind", KINDS)
def test_tails_give_the_forecast_of_whole_series(kind: str) -> None:
    panel = panel_of_rows(1300, 1250)
    fitted = BlendedForecaster(replace(TINY, **KINDS[kind])).fit(panel.cut(np.zeros(2, int), np.array([400, 330])))
    if kind != "prices":
        fitted = replace(fitted, blend=Blend(dict.fromkeys(("network", "theta", "drift"), 1 / 3)))
    assert fitted.tail_rows < 1250
    whole, tail = fitted.predict(panel, 9), fitted.predict(panel.tail(fitted.tail_rows), 9)
    assert_same(whole, tail)
    short = panel.tail(fitted.kept_rows)
    np.testing.assert_array_equal(fitted.predict(short, 9).point, whole.point)


@pytest.mark.sampled("level")
@pytest.mark.parametrize("kind", KINDS)
def test_chosen_series_have_the_forecast_that_they_have_among_others(kind: str) -> None:
    panel = panel_of_rows(200, 180, 150)
    fitted = BlendedForecaster(replace(TINY, **KINDS[kind])).fit(panel)
    whole, two = fitted.predict(panel, 9), fitted.take([2, 0]).predict(panel.take([2, 0]), 9)
    for level in (80, 95):
        np.testing.assert_array_equal(two.low[level], whole.low[level][[2, 0]])
    np.testing.assert_array_equal(two.point, whole.point[[2, 0]])


@pytest.mark.parametrize("kind", ["season", "prices"])
def test_larger_recent_errors_widen_the_intervals(kind: str) -> None:
    calm, wild = (np.append(series(300, 0, 0.02), series(300, 1, noise)) for noise in (0.02, 0.06))
    panels = [panel_from_series([("a", np.arange(600), y)]) for y in (calm, wild)]
    fitted = BlendedForecaster(replace(TINY, **KINDS[kind])).fit(panels[0].head(300))
    if kind == "season":
        fitted = replace(fitted, blend=Blend({"seasonal_naive": 1.0}))
        assert 0.8 < widened(fitted, panels[0]) < 1.25
        assert 2.2 < widened(fitted, panels[1]) < 3.8
    else:  # the size of recent moves has told already
        assert 0.7 < widened(fitted, panels[1]) < 1.4


@pytest.mark.slow
def test_larger_errors_widen_the_intervals_of_quantile_heads_too() -> None:
    made = np.append(series(600, 0, 0.02), series(400, 1, 0.06))
    panel = panel_from_series([("a", np.arange(1000), made)])
    fitted = BlendedForecaster(replace(TINY, epochs=20, updates=10, **KINDS["season"])).fit(panel.head(400))
    assert fitted.recipe.architecture.quantiles > 1
    fitted = replace(fitted, blend=Blend({"seasonal_naive": 1.0}))
    assert 1.5 < widened(fitted, panel) < 3.8


@pytest.mark.slow
def test_older_rows_no_longer_count() -> None:
    wild_once = np.concatenate([series(300, 0, 0.02), series(100, 1, 0.2), series(ROLLING + 50, 2, 0.02)])
    rows = len(wild_once)
    panel = panel_from_series([("a", np.arange(rows), wild_once)])
    fitted = BlendedForecaster(replace(TINY, **KINDS["season"])).fit(panel.head(rows - 300))
    fitted = replace(fitted, blend=Blend({"seasonal_naive": 1.0}))
    assert widened(fitted, panel.head(ROLLING)) > 2
    assert widened(fitted, panel) < 1.5


@pytest.mark.sampled("prices")
@pytest.mark.parametrize("kind", KINDS)
def test_scores_of_newer_rows_use_no_rows_after_them(kind: str) -> None:
    panel = panel_of_rows(400, 390)
    fitted = BlendedForecaster(replace(TINY, **KINDS[kind])).fit(panel.head(200))
    more, less = (fitted._updated_calibrations(fitted.read(each))[0] for each in (panel, panel.head(50)))
    assert less.held_out.cutoff.max() == 150 - 6
    known = [scores.held_out.take(np.flatnonzero(scores.held_out.cutoff <= 144)) for scores in (more, less)]
    np.testing.assert_array_equal(known[0].cutoff, known[1].cutoff)
    np.testing.assert_array_equal(known[0].scores, known[1].scores)
    # and each is of a forecast made then
    at = np.flatnonzero(known[0].cutoff == 100)[0]
    then = panel.head(100)  # a hundred rows after those that were learned from
    point = fitted.predict(then, 6).point[0]
    transform, zero = fitted.scaling.transform, np.zeros(6, int)
    errors = transform.forward(panel.values[300:306], zero) - transform.forward(point, zero)
    assert np.sign(known[0].scores[at]).tolist() == np.sign(errors).tolist()


def test_without_newer_rows_the_calibration_is_that_of_training() -> None:
    panel, fitted = panel_of_rows(200), fitted_to_200_rows()
    assert fitted._updated_calibrations(fitted.read(panel))[0] is fitted.calibration
    assert fitted._updated_calibrations(fitted.read(panel.head(5)))[0] is fitted.calibration  # too few for a horizon


def test_intervals_of_any_level_are_nested() -> None:
    panel = panel_of_rows(200)
    levels = (1, 50, 80, 99, 99.9)
    forecast = fitted_to_200_rows().predict(panel, 15, levels=levels)
    assert tuple(forecast.low) == levels
    width = np.array([forecast.high[level] - forecast.low[level] for level in levels])
    assert (np.diff(width, axis=0) > 0).all()
    assert (width[0] < 0.2 * width[2]).all()


@pytest.mark.sampled("prices")
@pytest.mark.parametrize("kind", KINDS)
def test_paths_fill_the_intervals(kind: str) -> None:
    panel = panel_of_rows(300, 250)
    fitted = BlendedForecaster(replace(TINY, **KINDS[kind])).fit(panel)
    paths = fitted.sample_paths(panel, 9, 3000, 0)
    again = fitted.sample_paths(panel, 9, 3000, 0)
    assert paths.shape == (3000, 2, 9)
    np.testing.assert_array_equal(paths, again)
    forecast = fitted.predict(panel, 9)
    inside = (forecast.low[80] <= paths) & (paths <= forecast.high[80])
    np.testing.assert_allclose(inside.mean(axis=0), 0.8, atol=0.05)


def test_a_ridge_without_weight_in_the_blend_is_not_kept() -> None:
    panel = panel_from_series([("a", np.arange(300), np.exp(np.cumsum(series(300, 0) * 1e-3 - 0.02)))])
    fitted = BlendedForecaster(replace(TINY, mode="returns")).fit(panel)
    assert (fitted.components.ridge is None) == (not fitted.blend.weight_of("ridge"))


def test_a_forecast_that_is_rolled_far_forward_stays_within_reach_of_the_rows(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=np.exp(0.3 * np.arange(60)), b=50 + np.sin(np.arange(60)))
    tiny = Specification(horizon=3, season=1, members=1, epochs=1, updates=2, hidden=4, mode="level")
    fitted = BlendedForecaster(tiny).fit(panel)
    wild = replace(fitted, blend=Blend({"network": 1.0}))
    wild = replace(wild, components=replace(wild.components, weights=(30 * wild.components.weights[0],)))
    point = wild.predict(panel, 60).point
    assert np.isfinite(point).all()
    assert np.abs(np.log(point[0] / panel.values[panel.last[0]])).max() < 50
    assert (np.abs(np.log(point[1] / 50)) < 2).all()


@pytest.mark.slow
def test_panels_of_rare_demand_have_intervals_with_zeros(panel_of: Callable[..., Panel]) -> None:
    rng = np.random.default_rng(5)
    rare = {f"s{i:02}": np.where(rng.random(72) < 0.7, 0.0, rng.poisson(5, 72) + 1.0) for i in range(65)}
    panel = panel_of(**{name: y[:60] for name, y in rare.items()})
    fitted = BlendedForecaster(Specification(horizon=12, season=12)).fit(panel)
    assert fitted.recipe.zero_shot
    assert (fitted.drawn != NONE).all()
    found, actual = fitted.predict(panel, 12), np.stack([y[60:] for y in rare.values()])
    for level, least in ((80, 0.75), (95, 0.9)):
        inside = (found.low[level] <= actual) & (actual <= found.high[level])
        assert inside.mean() > least
    assert np.median(found.high[95]) < 25
