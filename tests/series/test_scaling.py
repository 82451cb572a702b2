"""What the network sees: round trips, scales against a plain loop, units that fall out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.series.covariates import Covariates
from forecaster.series.panel import panel_from_series
from forecaster.series.scaling import (
    DECAY,
    FEW_COLUMNS,
    LEAST_LEVELS,
    LEVEL,
    RETURNS,
    Scaling,
    fit_covariate_scalings,
    fit_scaling,
    mean_change,
    sum_in_order,
)
from forecaster.series.transforms import ASINH, LOG, identity_transform
from forecaster.series.windows import Origins, Windows, ends, make_windows, origins

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.series.panel import Panel

WALK = np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.02, 200)) + 4)


def windows_of(panel: Panel, mode: str, *, log: bool, lookback: int = 12) -> Windows:
    scaling = fit_scaling(panel, mode, log=log)
    x = scaling.transform.forward(panel.values, panel.series)
    return make_windows(x, panel.indptr, scaling, lookback, origins(panel.indptr, 4, shortest=3))


@pytest.mark.parametrize("mode", [RETURNS, LEVEL])
@pytest.mark.parametrize("log", [True, False])
def test_targets_invert_to_the_values_they_came_from(panel_of: Callable[..., Panel], mode: str, *, log: bool) -> None:
    panel = panel_of(a=WALK, b=WALK - 55, c=np.where(np.arange(200) % 5, WALK, 0))
    windows = windows_of(panel, mode, log=log)
    targets = np.empty((4, len(windows)))
    windows.targets(np.arange(len(windows)), targets)
    actual = panel.values[windows.last[:, None] + np.arange(1, 5)]
    np.testing.assert_allclose(windows.values(targets), actual, rtol=1e-9, atol=1e-9)


def test_level_windows_equal_a_plain_loop(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=WALK, b=WALK[::-1] * 2)
    windows = windows_of(panel, LEVEL, log=True)
    x = np.empty((3, 4, len(windows)))
    windows.scaled_values(np.arange(len(windows)), x)
    logs = np.log(panel.values)
    for w in range(0, len(windows), 17):
        last, start = windows.last[w], windows.start[w]
        rows = [logs[i] for i in range(max(start, last - 11), last + 1)]
        scale = np.mean([abs(r - logs[last]) for r in rows])
        expected = [0.0] * (12 - len(rows)) + [(r - logs[last]) / scale for r in rows]
        np.testing.assert_allclose(x[:, :, w].ravel(), expected, rtol=1e-12)


def test_returns_windows_equal_a_plain_loop(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=WALK)
    windows = windows_of(panel, RETURNS, log=True)
    x = np.empty((12, 1, len(windows)))
    windows.scaled_values(np.arange(len(windows)), x)
    logs = np.log(panel.values)
    for w in range(0, len(windows), 17):
        last = windows.last[w]
        changes = [logs[i] - logs[i - 1] for i in range(max(1, last - 29), last + 1)]
        weights = [DECAY**age for age in range(len(changes))][::-1]
        scale = np.sqrt(np.dot(weights, np.square(changes)) / np.sum(weights))
        expected = [0.0] * (12 - len(changes)) + [c / scale for c in changes[-12:]]
        np.testing.assert_allclose(x[:, 0, w], expected, rtol=1e-12)


def test_a_move_of_many_scales_is_clipped(panel_of: Callable[..., Panel]) -> None:
    y = 100 + 0.001 * np.sin(np.arange(120.0))
    y[-1] = 200
    panel = panel_of(a=y)
    scaling = Scaling(RETURNS, identity_transform(1), spread=np.array([1e-3]))
    windows = make_windows(panel.values, panel.indptr, scaling, 100, ends(panel.indptr))
    x = np.empty((100, 1, 1))
    windows.scaled_values(np.array([0]), x)
    assert x.max() <= 8.0


@pytest.mark.parametrize(("lookback", "spreads"), [(1, 50), (12, 50), (50, 50), (80, 80)])
def test_an_outlier_in_the_last_row_does_not_blow_up_the_scale(
    panel_of: Callable[..., Panel], lookback: int, spreads: int
) -> None:
    y = 100 + np.sin(np.arange(120.0))
    spread = mean_change(y)
    scaling = Scaling(LEVEL, identity_transform(1), spread=np.array([spread]))
    usual = make_windows(y, np.array([0, 120]), scaling, lookback, ends(np.array([0, 120]))).scale[0]
    y[-1] = 1e9
    panel = panel_of(a=y)
    windows = make_windows(panel.values, panel.indptr, scaling, lookback, ends(panel.indptr))
    assert windows.scale[0] == pytest.approx(spreads * spread, rel=1e-12)
    assert usual < 2 * spread


def test_a_steady_trend_may_go_as_far_as_it_has_steps(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=np.arange(400.0))
    windows = make_windows(panel.values, panel.indptr, fit_scaling(panel, LEVEL, log=False), 300, ends(panel.indptr))
    assert windows.scale[0] == pytest.approx(149.5, rel=1e-12)


@pytest.mark.parametrize("mode", [RETURNS, LEVEL])
def test_units_fall_out_of_the_inputs(panel_of: Callable[..., Panel], mode: str) -> None:
    inputs = []
    for factor in (1.0, 1e6):
        windows = windows_of(panel_of(a=WALK * factor), mode, log=True)
        x = np.empty((12, 1, len(windows)))
        windows.scaled_values(np.arange(len(windows)), x)
        inputs.append(x)
    np.testing.assert_allclose(inputs[0], inputs[1], atol=1e-9)


def test_a_constant_series_has_scale_one_and_inputs_zero(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=[0.1] * 50)
    assert fit_scaling(panel, LEVEL, log=False).spread.tolist() == [1.0]
    windows = windows_of(panel, LEVEL, log=False)
    x = np.ones((12, 1, len(windows)))
    windows.scaled_values(np.arange(len(windows)), x)
    assert not x.any()


def test_mean_change_ignores_the_rounding_of_a_perfect_season() -> None:
    sine = np.sin(2 * np.pi * np.arange(100) / 20)
    assert mean_change(sine, 20) == 1.0
    assert mean_change(np.arange(10.0), 3) == 3.0
    assert mean_change(np.arange(3.0), 7) == 1.0, "a series shorter than the season is measured over one step"


def test_a_spread_is_the_mean_change_of_a_series_in_its_units(panel_of: Callable[..., Panel]) -> None:
    zeros, mixed = np.where(np.arange(200) % 4, WALK, 0), WALK - np.median(WALK)
    panel = panel_of(a=WALK, b=zeros, c=WALK**2, d=mixed, e=np.zeros(200))
    scaling = fit_scaling(panel, LEVEL, log=True)
    logs = [np.log(WALK), np.log(zeros + zeros.mean() / 10), 2 * np.log(WALK)]
    x = [*logs, np.arcsinh(mixed / (2 * np.abs(mixed).mean()))]
    expected = [np.abs(np.diff(each)).mean() for each in x]
    np.testing.assert_allclose(scaling.spread, [*expected, 1], rtol=1e-9)
    assert scaling.usual == pytest.approx(expected[2], rel=1e-9), "the median, of logarithms alone"
    assert fit_scaling(panel, LEVEL, log=False).usual == 1


@pytest.mark.parametrize("mode", [RETURNS, LEVEL])
def test_an_odd_series_does_not_touch_the_windows_of_the_others(panel_of: Callable[..., Panel], mode: str) -> None:
    found = []
    for odd in ({}, {"z": WALK - 1e4}, {"z": np.zeros(50)}, {"z": np.where(np.arange(200) % 2, 1e9, -1e9)}):
        windows = windows_of(panel_of(a=WALK, b=WALK[::-1] * 2, **odd), mode, log=True)
        mine = np.flatnonzero(windows.series < 2)
        x = np.empty((12, 1, len(mine)))
        windows.scaled_values(mine, x)
        found.append((x, windows.scale[mine], windows.scaling.spread[:2], windows.relative_scale(mine)))
    for other in found[1:]:
        for one, same in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(one, same)


def test_the_scaling_of_some_series_is_theirs_in_order(panel_of: Callable[..., Panel]) -> None:
    scaling = fit_scaling(panel_of(a=WALK, b=WALK - 100, c=WALK[::-1] ** 2), LEVEL, log=True, anchored_at_start=True)
    some = scaling.take([2, 1])
    assert some.spread.tolist() == scaling.spread[[2, 1]].tolist()
    assert some.transform.kind.tolist() == [LOG, ASINH]
    assert (some.mode, some.anchored_at_start, some.usual) == (LEVEL, True, scaling.usual)


@pytest.mark.parametrize("mode", [RETURNS, LEVEL])
def test_a_scale_does_not_depend_on_its_neighbours_by_a_bit(panel_of: Callable[..., Panel], mode: str) -> None:
    panel = panel_of(a=WALK)
    scaling = fit_scaling(panel, mode, log=True)
    x = scaling.transform.forward(panel.values, panel.series)
    every = origins(panel.indptr, 4, shortest=3)
    together = make_windows(x, panel.indptr, scaling, 12, every).scale
    for w in range(0, len(together), 7):
        one = Origins(every.series[w : w + 1], every.last[w : w + 1])
        assert make_windows(x, panel.indptr, scaling, 12, one).scale[0] == together[w]


@pytest.mark.parametrize("lookback", [1, 3, 11])
def test_the_scale_of_a_short_window_is_taken_from_twelve_steps(panel_of: Callable[..., Panel], lookback: int) -> None:
    panel = panel_of(a=WALK, b=WALK[::-1] * 2)
    windows = windows_of(panel, LEVEL, log=False, lookback=lookback)
    for w in range(0, len(windows), 17):
        last, start = windows.last[w], windows.start[w]
        rows = panel.values[max(start, last - LEAST_LEVELS + 1) : last + 1]
        expected = max(np.abs(rows - rows[-1]).mean(), 0.1 * windows.scaling.spread[windows.series[w]])
        assert windows.scale[w] == pytest.approx(expected, rel=1e-12)
    assert windows.scaling.steps(lookback) == LEAST_LEVELS == 12
    assert windows.scaling.steps(40) == 40


@pytest.mark.parametrize("mode", [RETURNS, LEVEL])
def test_the_scale_of_a_window_of_one_step_is_not_the_size_of_that_step(
    panel_of: Callable[..., Panel], mode: str
) -> None:
    y = 100 + np.sin(np.arange(60.0))
    y[40] = y[39]  # alone, this step would make a scale of the floor
    y[39] = y[38]
    windows = windows_of(panel_of(a=y), mode, log=False, lookback=1)
    scale = windows.scale[np.flatnonzero(windows.last == 40)[0]]
    assert scale > 0.3
    assert windows.scale[windows.last > 30].max() < 5 * scale


@pytest.mark.parametrize("shape", [(1, 1), (7, 1), (500, FEW_COLUMNS - 1), (500, FEW_COLUMNS), (3, 5, 40)])
def test_rows_are_added_in_order_however_many_columns_there_are(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    before = x.copy()
    np.testing.assert_array_equal(sum_in_order(x), np.cumsum(x, axis=0)[-1])
    np.testing.assert_array_equal(x, before)


def test_a_static_column_has_one_scale_for_all_series() -> None:
    panel = panel_from_series([(name, np.arange(10), np.ones(10)) for name in "abc"])
    sizes = np.repeat([1.0, 2.0, 6.0], 10)
    ends, none = np.array([10, 20, 30]), np.empty((0, 30))
    held = Covariates((), ("size", "other"), none, np.stack([sizes, sizes]), ends - 10, ends, static=("size",))
    static, other = fit_covariate_scalings(replace(panel, covariates=held), log=True)
    expected = (np.array([1.0, 2.0, 6.0]) - 3) / np.std([1, 2, 6])
    np.testing.assert_allclose(static.forward(np.array([1.0, 2.0, 6.0]), np.arange(3)), expected)
    np.testing.assert_array_equal(other.forward(np.array([1.0, 2.0, 6.0]), np.arange(3)), 0)
