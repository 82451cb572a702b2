"""How far from its history a series may be forecast: as its own moves allow, whatever one of its values is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.methods import reach as reach_module
from forecaster.forecasting.methods.reach import Reach, distance_ahead, reach_of, unbounded
from forecaster.forecasting.methods.window_sets import cut_windows
from forecaster.series.panel import panel_from_series
from forecaster.series.scaling import fit_relative_scaling, fit_scaling
from forecaster.series.windows import Origins, ends
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Windows

WAVES = panel_from_series([("a", np.arange(60), 5 + np.sin(np.arange(60.0)))])
RECIPE = derive_recipe(WAVES, Specification(horizon=12, zero_shot=True))


def windows_of(panel: Panel, chosen: Origins | None = None) -> Windows:
    """Return windows of a panel in logarithms where it is positive, at the ends of the series if nothing is chosen."""
    return cut_windows(RECIPE, fit_scaling(panel, "level", log=True), panel, chosen or ends(panel.indptr))


def bounds(y: Floats, horizon: int = 12) -> tuple[Floats, Floats]:
    """Return the lowest and highest values that a forecast after one series may have."""
    panel = panel_from_series([("a", np.arange(len(y)), y)])
    reach = reach_of(windows_of(panel), panel, horizon)
    return reach.low[0], reach.high[0]


def distance(x: Floats, horizon: int = 12, *, logarithmic: bool = False) -> Floats:
    """Return how far beyond the values of one history a forecast may go."""
    steps = np.arange(1.0, horizon + 1)[:, None]
    return distance_ahead(x[:, None], steps, np.array([logarithmic]))[1][:, 0]


@pytest.mark.parametrize(
    "y",
    [np.arange(1.0, 61), 1000 * 1.03 ** np.arange(60.0), -np.arange(60.0), 5 + np.sin(np.arange(60.0))],
    ids=["a line", "growth", "a falling line", "a wave"],
)
def test_a_series_may_go_on_as_it_did(y: Floats) -> None:
    low, high = bounds(y)
    further = 2 * y[-1] - y[-13:-1][::-1] if y[0] < 100 else y[-1] * 1.03 ** np.arange(1.0, 13)
    assert ((low < further) & (further < high)).all()


def test_no_forecast_goes_where_a_series_cannot() -> None:
    rare = np.zeros(60)
    rare[::9] = 3.0
    low, high = bounds(rare)
    assert (low == 0).all()
    assert high.max() < 30
    steady = 100 + np.random.default_rng(0).normal(size=60)
    low, high = bounds(steady)
    assert low.min() > 60
    assert high.max() < 160
    assert (np.diff(high) > 0).all(), "further ahead it may go further"


def test_windows_in_the_middle_reach_by_what_came_before_them() -> None:
    y = np.concatenate([np.full(30, 10.0) + np.arange(30) % 2, [900.0] * 30])
    panel = panel_from_series([("a", np.arange(60), y), ("b", np.arange(60), y[::-1])])
    chosen = Origins(np.array([0, 0, 1]), np.array([20, 50, 70]))
    found = reach_of(windows_of(panel, chosen), panel, 4)
    assert found.high[0, 0] < 100 < found.high[1, 0]
    assert found.low[0, 0] < 10
    assert found.low[2, 0] > 100


@pytest.mark.parametrize("last", [19, 34, 59])
def test_what_comes_after_a_window_does_not_change_its_reach(last: int) -> None:
    y = 50 + np.random.default_rng(1).normal(size=60)
    changed = np.concatenate([y[: last + 1], 1e6 * y[last + 1 :]])
    one, other = (panel_from_series([("a", np.arange(60), values)]) for values in (y, changed))
    chosen, scaling = Origins(np.array([0]), np.array([last])), fit_scaling(one, "level", log=True)
    first, second = (reach_of(cut_windows(RECIPE, scaling, panel, chosen), panel, 12) for panel in (one, other))
    np.testing.assert_array_equal(first.low, second.low)
    np.testing.assert_array_equal(first.high, second.high)


def test_many_windows_are_gathered_in_parts_as_together(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    panel = panel_from_series((str(i), np.arange(40 + i), rng.gamma(2, 5, 40 + i)) for i in range(9))
    windows = windows_of(panel)
    together = reach_of(windows, panel, 6)
    monkeypatch.setattr(reach_module, "ROWS_AT_ONCE", 100)
    for one, other in zip(together, reach_of(windows, panel, 6), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_series_reaches_as_far_alone_as_among_others() -> None:
    rng = np.random.default_rng(3)
    each = [("a", np.arange(30), rng.normal(size=30)), ("b", np.arange(300), rng.gamma(2, 50, 300))]
    together = panel_from_series(each)
    found = reach_of(windows_of(together), together, 6)
    for i, series in enumerate(each):
        alone = panel_from_series([series])
        by_itself = reach_of(windows_of(alone), alone, 6)
        np.testing.assert_allclose(found.low[i], by_itself.low[0], rtol=1e-12)
        np.testing.assert_allclose(found.high[i], by_itself.high[0], rtol=1e-12)


@pytest.mark.parametrize("place", [0, 30, 58, 59])
def test_one_wrong_value_does_not_change_how_far_a_history_goes(place: int) -> None:
    x = np.random.default_rng(4).normal(size=60)
    wrong = x.copy()
    wrong[place] = 1e6
    assert distance(wrong).max() < 2 * distance(x).max()


def test_one_jump_is_no_pace() -> None:
    jumped = np.repeat([0.0, 1.0], 30)
    assert distance(jumped, 60).max() == pytest.approx(0.5), "half as far as the levels are apart"


def test_a_line_goes_on_as_long_as_it_was_seen_and_then_more_slowly() -> None:
    line = np.arange(40.0)
    found = distance(line, 400)
    assert (found >= np.minimum(np.arange(1, 401), 40)).all()
    assert found[399] - found[39] < 360
    assert distance(line, 400, logarithmic=True)[399] < found[399], "exponentials explode"


def test_a_random_walk_goes_further_with_the_root_of_the_steps_and_noise_hardly() -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(size=2000)
    growths = [np.ptp(distance(x, 100)[[0, 99]]) / distance(x, 1)[0] for x in (noise.cumsum(), noise)]
    walk, stationary = distance(noise.cumsum(), 100), distance(noise, 100)
    assert growths[1] < 2.5
    # four standard deviations of what is to come
    assert (walk > 4 * np.sqrt(np.arange(1, 101))).all()
    assert (stationary > 4).all()
    assert stationary[99] < 25


@pytest.mark.parametrize("seed", range(5))
def test_what_comes_of_a_walk_and_of_noise_is_within_reach(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for y in (100 + rng.normal(size=240).cumsum(), 100 + rng.normal(size=240), rng.gamma(1.5, 10, 240)):
        low, high = bounds(y[:200], 40)
        assert ((low <= y[200:]) & (y[200:] <= high)).all()


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_few_rows_have_finite_bounds_around_them(rows: int) -> None:
    y = np.array([3.0, 5.0, 4.0])[:rows]
    found = distance(y, 1000)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


def test_histories_that_begin_later_count_from_their_beginning() -> None:
    x = np.random.default_rng(6).normal(size=30).cumsum()
    later = np.concatenate([np.full(20, np.nan), x])
    np.testing.assert_allclose(distance(later), distance(x))


@pytest.mark.parametrize("value", [5.0, 0.0, -7.0, 1e12, 1e-12, 0.1, 3.3])
def test_a_constant_reaches_its_value(value: float) -> None:
    """Logarithms and back again may round it away."""
    low, high = bounds(np.full(30, value))
    assert (low <= value).all()
    assert (high >= value).all()
    np.testing.assert_allclose([low, high], value, rtol=1e-8)


def test_of_values_moved_up_before_logarithms_the_values_themselves_bound_what_is_near_zero(
    panel_of: Callable[..., Panel],
) -> None:
    y = np.zeros(40)
    y[25:] = 100 + np.random.default_rng(7).normal(size=15)
    panel = panel_of(a=y)
    windows = cut_windows(RECIPE, fit_relative_scaling(panel), panel, ends(panel.indptr))
    assert windows.scaling.transform.offset[0] > 0
    high = reach_of(windows, panel, 12).high[0]
    assert (high >= y.max()).all()
    assert high.max() < 10 * y.max()


def test_points_ends_and_paths_are_clipped() -> None:
    of_points = np.array([[1.0, 0.0]]), np.array([[9.0, 18.0]])
    reach = Reach(np.array([[0.0, -1.0]]), np.array([[10.0, 20.0]]), *of_points, np.array([[0.0]]))
    np.testing.assert_array_equal(reach.clip_points(np.array([[-5.0, 50.0]])), [[1, 18]])
    np.testing.assert_array_equal(reach.clip_points(np.array([[50.0]])), [[9]])
    low, high = reach.clip_ends(np.array([[-5.0, 2.0]]), np.array([[50.0, 30.0]]), np.array([[12.0, 1.0]]))
    np.testing.assert_array_equal(low, [[0, 1]])
    np.testing.assert_array_equal(high, [[12, 20]])
    no_bound = unbounded(panel_from_series([("a", np.arange(4), np.array([0.0, 4, 4, 6]))]), 2)
    low, _ = no_bound.clip_ends(np.array([[1.9, 2.1]]), np.array([[9.0, 9.0]]), np.array([[5.0, 5.0]]))
    np.testing.assert_array_equal(low, [[0, 2.1]])
    paths = reach.clip_paths(np.array([[[-5.0, 5.0]], [[3.0, 99.0]]]))
    np.testing.assert_array_equal(paths, [[[0, 5]], [[3, 20]]])


def test_between_zero_and_the_least_positive_value_there_is_nothing(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(zeros=[0, 4, 0, 6, 8], positive=[4, 4, 5, 6, 8], signed=[0, -4, 5, 6, 8], none=[0, 0, 0, 0, 0])
    reach = unbounded(panel, 2)
    values = np.tile([1.9, 2.1], (4, 1))
    np.testing.assert_array_equal(reach.with_zeros(values), [[0, 2.1], *values[1:]])
    np.testing.assert_array_equal(reach.clip_paths(-values[None])[0], -values, "what is below zero stays there")
    assert (reach.clip_points(1e300 * values) == 1e300 * values).all()


def test_the_reach_of_some_windows() -> None:
    ends = np.array([[0.0], [1.0]]), np.array([[2.0], [3.0]])
    reach = Reach(*ends, *ends, np.array([[0.0], [0.5]]))
    for one, all_of_them in zip(reach.take(np.array([1])), reach, strict=True):
        np.testing.assert_array_equal(one, all_of_them[[1]])


def test_a_pace_downwards_carries_nothing_upwards() -> None:
    low, high = bounds(1000 * 0.8 ** np.arange(36.0), 18)
    assert low[-1] < 1000 * 0.8**53 < low[0]
    assert high.max() < 5000


def test_where_a_point_is_bounded_its_interval_has_a_width(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=100 * 1.05 ** np.arange(10.0))
    reach = reach_of(windows_of(panel), panel, 40)
    assert (reach.high_point[0] < 0.97 * reach.high[0])[10:].all()
