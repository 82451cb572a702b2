"""Series that are drawn from their past within panels: which are, how held-out windows are, and that others stay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.drawn import ENOUGH_EVENTS, draw_next_steps, draw_windows, drawn_candidates
from forecaster.forecasting.forecaster import BlendedForecaster, train_forecaster
from forecaster.forecasting.methods.bootstrap import CHANGES, NONE, VALUES
from forecaster.forecasting.new_series import for_series
from forecaster.forecasting.plan import make_plan
from forecaster.forecasting.uncertainty.calibration import HeldOutScores
from forecaster.forecasting.zero_shot import rolling_origins
from forecaster.series.panel import panel_from_series
from forecaster.spec import COLUMNS, Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel

ZERO_SHOT = Specification(horizon=6, season=7, zero_shot=True)


def demand(rows: int = 200, seed: int = 0, rate: float = 0.15) -> Floats:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(rows) < rate, rng.integers(1, 6, rows), 0).astype(np.float64)


def prices(rows: int = 200, seed: int = 0) -> Floats:
    return 10 + np.cumsum(np.where(np.random.default_rng(seed).random(rows) < 0.06, 0.5, 0.0))


def noise(rows: int = 200, seed: int = 0) -> Floats:
    return 50 + 5 * np.random.default_rng(seed).normal(size=rows)


MIXED = panel_from_series(
    (name, np.arange(len(y)), y)
    for name, y in {"demand": demand(), "noise": noise(), "prices": prices(), "still": np.full(200, 5.0)}.items()
)
RECIPE = derive_recipe(MIXED, ZERO_SHOT)
ORIGINS = rolling_origins(MIXED, 6)
ACTUAL = MIXED.values[ORIGINS.last[:, None] + np.arange(1, 7)]


def test_which_series_of_a_panel_are_drawn() -> None:
    np.testing.assert_array_equal(drawn_candidates(MIXED, RECIPE), [VALUES, NONE, CHANGES, CHANGES])
    assert not drawn_candidates(MIXED, replace(RECIPE, bootstrap=False)).any()


@pytest.mark.parametrize(
    "requested",
    [{"members": 1}, {"hidden": 8}, {"zero_shot": False}, {"cell": "lstm"}],
    ids=lambda each: next(iter(each)),
)
def test_a_request_for_a_network_of_ones_own_draws_nothing(requested: dict[str, object]) -> None:
    assert not derive_recipe(MIXED, Specification(season=7, horizon=6, **requested)).bootstrap  # type: ignore[arg-type] - options


def test_windows_that_are_not_drawn_keep_their_points() -> None:
    point = np.full(ACTUAL.shape, 7.25)
    drawn = draw_windows(MIXED, RECIPE, ORIGINS, point)
    found = drawn.points(point)
    others = ORIGINS.series == 1
    assert (found[others] == 7.25).all()
    assert (found[~others] != 7.25).all()
    assert (point == 7.25).all(), "the points of the other methods stay"
    assert set(drawn.forecasts) == set(np.flatnonzero(~others).tolist())


@pytest.mark.sampled("0.4-True")
@pytest.mark.parametrize(("rate", "enough"), [(0.4, True), (0.03, False)])
def test_a_better_method_keeps_a_series_where_enough_happens(
    panel_of: Callable[..., Panel], rate: float, *, enough: bool
) -> None:
    panel = panel_of(a=demand(rate=rate), b=np.full(200, 5.0))
    origins = rolling_origins(panel, 6)
    actual = panel.values[origins.last[:, None] + np.arange(1, 7)]
    held_out = panel.values[:200][origins.last[0] + 1 :]
    assert bool(np.count_nonzero(held_out) >= ENOUGH_EVENTS) is enough
    found = draw_windows(panel, RECIPE, origins, actual)
    assert found.kinds[0] == (NONE if enough else VALUES)
    assert found.kinds[1] == CHANGES, "of a constant nobody knows who is better"
    for worse in (actual + 3, 0 * actual):
        np.testing.assert_array_equal(draw_windows(panel, RECIPE, origins, worse).kinds, [VALUES, CHANGES])


def test_errors_of_rare_demand_count_by_their_squares() -> None:
    """A forecast of nothing has smaller absolute errors, and larger squared ones."""
    nothing = np.zeros(ACTUAL.shape)
    drawn = draw_windows(MIXED, RECIPE, ORIGINS, nothing)
    assert drawn.kinds[0] == VALUES
    assert drawn.mean_square is not None
    np.testing.assert_array_equal(drawn.mean_square > 0, ORIGINS.series == 0)
    number = int(np.flatnonzero(ORIGINS.series == 0)[3])
    before = MIXED.values[: ORIGINS.last[number] + 1]
    assert drawn.mean_square[number] == pytest.approx((np.diff(before) ** 2).mean())
    _, holdout = train_forecaster(make_plan(MIXED, ZERO_SHOT))
    rows = holdout.series == 0
    error = holdout.actual - holdout.forecasts[COLUMNS.model]
    assert holdout.mean_square is not None
    squared = (error[rows] ** 2).mean(axis=1) / holdout.mean_square[rows]
    np.testing.assert_allclose(holdout.window_losses(COLUMNS.model)[rows], squared)
    absolute = np.abs(error[~rows]).mean(axis=1) / holdout.denominator[~rows]
    np.testing.assert_allclose(holdout.window_losses(COLUMNS.model)[~rows], absolute)


def test_without_rare_demand_all_errors_are_absolute(panel_of: Callable[..., Panel]) -> None:
    _, holdout = train_forecaster(make_plan(panel_of(a=prices(), b=noise()), ZERO_SHOT))
    assert holdout.mean_square is None


def test_the_scores_of_other_windows_calibrate_their_intervals(panel_of: Callable[..., Panel]) -> None:
    drawn = draw_windows(MIXED, RECIPE, ORIGINS, np.zeros(ACTUAL.shape))
    sample = HeldOutScores(ACTUAL, -ORIGINS.last)
    np.testing.assert_array_equal(drawn.others(sample).scores, ACTUAL[ORIGINS.series == 1])
    alone = panel_of(a=prices())
    origins = rolling_origins(alone, 6)
    all_drawn = draw_windows(alone, RECIPE, origins, np.zeros((len(origins.last), 6)))
    every = HeldOutScores(np.ones((len(origins.last), 6)), -origins.last)
    assert all_drawn.others(every) is every


def test_held_out_windows_see_only_what_came_before_them() -> None:
    values, changed = MIXED.values.copy(), MIXED.values.copy()
    for i in (0, 2):
        rows = MIXED.slice(i)
        changed[rows.stop - 20 : rows.stop] = values[rows.stop - 20 : rows.stop][::-1] + 1
    other = replace(MIXED, values=changed)
    early = [np.flatnonzero((ORIGINS.series == i) & (ORIGINS.last < MIXED.slice(i).stop - 20)) for i in (0, 2)]
    one, two = (draw_windows(panel, RECIPE, ORIGINS, np.full(ACTUAL.shape, 1e3)) for panel in (MIXED, other))
    numbers = np.concatenate(early).tolist()
    assert len(numbers) > 4
    for number in numbers:
        first, second = one.forecasts[number], two.forecasts[number]
        np.testing.assert_array_equal(first.point, second.point)
        np.testing.assert_array_equal(first.low[95], second.low[95])
        np.testing.assert_array_equal(first.high[95], second.high[95])


def test_held_out_intervals_are_those_that_are_drawn() -> None:
    _, holdout = train_forecaster(make_plan(MIXED, ZERO_SHOT))
    intervals = holdout.intervals(COLUMNS.model, (80, 95))
    assert intervals is not None
    assert holdout.interval_inputs is not None
    drawn = holdout.interval_inputs.drawn
    for place, number in enumerate(intervals.rows.tolist()):
        if number in drawn:
            np.testing.assert_allclose(intervals.ends[95][1][place], drawn[number].high[95], rtol=1e-6)
            np.testing.assert_array_equal(holdout.forecasts[COLUMNS.model][number], drawn[number].point)
    still = [place for place, number in enumerate(intervals.rows) if holdout.series[number] == 3]
    np.testing.assert_allclose(intervals.ends[80][1][still], 5.0, rtol=1e-6)


@pytest.mark.slow
def test_a_series_alone_and_within_a_panel_gives_the_same_drawn_forecast() -> None:
    together = BlendedForecaster(ZERO_SHOT).fit(MIXED)
    forecast = together.predict(MIXED, 12)
    for i in (0, 2, 3):
        panel = MIXED.take([i])
        for fitted in (BlendedForecaster(ZERO_SHOT).fit(panel), together.take([i])):
            alone = fitted.predict(panel, 12)
            np.testing.assert_allclose(alone.point[0], forecast.point[i], rtol=1e-9)
            for level in (80, 95):
                np.testing.assert_allclose(alone.low[level][0], forecast.low[level][i], rtol=1e-9)
                np.testing.assert_allclose(alone.high[level][0], forecast.high[level][i], rtol=1e-9)


def test_drawn_series_do_not_change_the_forecasts_of_others() -> None:
    """Points: intervals are calibrated by the errors of all series that are not drawn, here of this one."""
    panel = MIXED.take([1])
    together, alone = BlendedForecaster(ZERO_SHOT).fit(MIXED), BlendedForecaster(ZERO_SHOT).fit(panel)
    np.testing.assert_allclose(together.predict(MIXED, 6).point[1], alone.predict(panel, 6).point[0], rtol=1e-6)
    np.testing.assert_allclose(together.predict(MIXED, 6).high[80][1], alone.predict(panel, 6).high[80][0], rtol=1e-6)


def test_the_next_steps_are_drawn_of_drawn_series_only() -> None:
    fitted = BlendedForecaster(ZERO_SHOT).fit(MIXED)
    np.testing.assert_array_equal(fitted.drawn, [VALUES, NONE, CHANGES, CHANGES])
    assert sorted(draw_next_steps(MIXED, fitted.drawn, fitted.recipe)) == [0, 2, 3]
    forecast = fitted.predict(MIXED, 8, levels=(50, 95))
    assert set(forecast.low) == {50, 95}
    for level in (50, 95):
        for end in (forecast.low[level], forecast.high[level]):
            np.testing.assert_array_equal(end[0], np.round(end[0]))
    assert np.ptp(forecast.point[1]) > 0


def test_sample_paths_of_drawn_series_are_values_that_they_can_have() -> None:
    fitted = BlendedForecaster(ZERO_SHOT).fit(MIXED)
    paths = fitted.sample_paths(MIXED, 6, 2000, 0)
    assert paths.shape == (2000, 4, 6)
    share = (demand() == 0).mean()
    assert abs((paths[:, 0] == 0).mean() - share) < 0.05
    np.testing.assert_array_equal(paths[:, 0], np.round(paths[:, 0]))
    assert len(np.unique(paths[:, 1])) > 10_000
    assert (paths[:, 3] == 5).mean() > 0.95
    again = fitted.sample_paths(MIXED, 6, 2000, 0)
    np.testing.assert_array_equal(paths, again)


def test_newer_rows_move_the_forecast() -> None:
    panel = MIXED.take([2])
    fitted = BlendedForecaster(ZERO_SHOT).fit(panel)
    before = fitted.predict(panel, 3)
    newer = panel.append_rows(panel.future(4), np.array([[prices()[-1] + 2.0] * 4]))
    after = fitted.predict(newer, 3)
    assert (before.point == prices()[-1]).all()
    assert (after.point == prices()[-1] + 2).all()
    assert (after.high[95] > before.high[95]).all()


@pytest.mark.slow
def test_new_series_of_a_model_are_drawn_if_they_stand_still(panel_of: Callable[..., Panel]) -> None:
    waves = {f"w{i}": 30 + 8 * np.sin(np.arange(40) / 3 + i) + noise(40, i) / 10 for i in range(21)}
    fitted = BlendedForecaster(Specification(horizon=4, season=1, effort="quick")).fit(panel_of(**waves))
    assert not fitted.recipe.zero_shot
    assert fitted.recipe.bootstrap
    assert not fitted.drawn.any()
    new = panel_of(a=demand(), b=noise(), c=np.full(60, 3.0))
    for model in (fitted, BlendedForecaster(ZERO_SHOT).fit(MIXED)):
        found = for_series(model, new)
        np.testing.assert_array_equal(found.drawn, [VALUES, NONE, CHANGES])
        forecast = found.predict(new, 4)
        assert (forecast.point[2] == 3).all()
        np.testing.assert_array_equal(forecast.high[80][0], np.round(forecast.high[80][0]))


@pytest.mark.slow
def test_a_panel_of_which_all_series_are_drawn_trains_nothing(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(**{f"d{i}": demand(80, seed=i) for i in range(21)})
    fitted = BlendedForecaster(Specification(horizon=4, season=1)).fit(panel)
    assert fitted.recipe.zero_shot
    assert (fitted.drawn == VALUES).all()


@pytest.mark.sampled(slow=("3-1", "3-150", "30-7", "30-12"))
@pytest.mark.parametrize("season", [1, 7, 12, 150])
@pytest.mark.parametrize("rows", [3, 4, 30])
def test_short_series_and_long_seasons_are_drawn(panel_of: Callable[..., Panel], rows: int, season: int) -> None:
    y = np.zeros(rows)
    y[1] = 4
    for values in (y, np.full(rows, 2.0)):
        panel = panel_of(a=values, b=np.full(200, 1.0))
        forecast = (
            BlendedForecaster(Specification(horizon=5, season=season, zero_shot=True)).fit(panel).predict(panel, 40)
        )
        ends = [forecast.low[95], forecast.low[80], forecast.point, forecast.high[80], forecast.high[95]]
        assert np.isfinite(ends).all()
        assert (np.diff(ends, axis=0) >= 0).all()
        assert forecast.low[95].min() >= 0
