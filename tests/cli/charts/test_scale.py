"""Scales of values: what they cover, round ticks that are evenly spaced, and where values lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.cli.charts.scale import MOST_TICKS, Range, range_to_cover, scale_with_ticks, without_outliers

NONE = np.empty(0)


@pytest.mark.parametrize(
    ("values", "ends", "expected"),
    [
        ([3.0, 8.0], [], (3.0, 8.0)),
        ([1.0, 8.0], [], (0.0, 8.0)),
        ([-1.0, 8.0], [], (-1.0, 8.0)),
        ([4.0, 8.0], [2.0, 9.0], (0.0, 9.0)),
        ([60.0, 80.0], [45.0, 300.0], (45.0, 100.0)),
        ([5.0, 5.0], [4.0, 7.0], (4.0, 7.0)),
        ([5.0, 5.0], [], (4.5, 5.5)),
        ([0.0, 0.0], [0.0], (-1.0, 1.0)),
        ([np.nan], [np.inf], (0.0, 1.0)),
        ([3.0, np.nan, 8.0], [np.nan, np.inf, 9.0], (3.0, 9.0)),
    ],
)
def test_lines_are_covered_and_intervals_that_are_near(
    values: list[float], ends: list[float], expected: tuple[float, float]
) -> None:
    found = range_to_cover(np.array(values), [np.array(values)], [np.array(ends)])
    assert found[:2] == pytest.approx(expected)
    assert not found.logarithmic


def test_values_of_many_sizes_have_a_logarithmic_scale() -> None:
    history = np.logspace(-2, 4, 50)
    assert range_to_cover(history, [history], []) == pytest.approx((-2, 4, True))
    assert not range_to_cover(history, [history, np.zeros(1)], []).logarithmic
    one_spike = np.where(np.arange(50) == 7, 1e6, 100.0)
    assert not range_to_cover(one_spike, [one_spike], []).logarithmic
    scale = scale_with_ticks(Range(-2, 4, logarithmic=True), 10, 4, 0)
    assert scale.ticks == (-2, 0, 2, 4)
    heights = scale.heights(np.array([0.01, 0.1, 1e4, 1e9, 0.0]))
    assert heights[[0, 2]] == pytest.approx([scale.tick_heights[0], scale.tick_heights[-1]])
    assert heights[3] == scale.dots - 1
    assert heights[4] == 0


@pytest.mark.parametrize(
    ("low", "high", "decimals", "ticks"),
    [
        (290, 715, 0, (300, 400, 500, 600, 700)),
        (1.218, 1.2535, 5, (1.22, 1.23, 1.24, 1.25)),
        (0, 2, 0, (0, 1, 2)),
        (0, 1, 1, (0, 0.5, 1)),
        (-12, 3, 0, (-10, -5, 0)),
        (0.1, 0.4, 0, (0.1, 0.2, 0.3, 0.4)),
    ],
)
def test_ticks_are_round(low: float, high: float, decimals: int, ticks: tuple[float, ...]) -> None:
    assert scale_with_ticks(Range(low, high), 11, 4, decimals).ticks == pytest.approx(ticks)


@given(
    low=st.floats(-1e6, 1e6),
    size=st.floats(1e-3, 1e9),
    unit=st.sampled_from([1e-290, 1.0, 1e290]),
    rows=st.integers(3, 20),
    down=st.sampled_from([1, 4]),
)
def test_scales_cover_their_range_with_evenly_spaced_ticks(
    low: float, size: float, unit: float, rows: int, down: int
) -> None:
    scale = scale_with_ticks(Range(low * unit, (low + size) * unit), rows, down, 3)
    ends = np.array([low * unit, (low + size) * unit])
    exact = ends / scale.per_dot - scale.low / scale.per_dot
    assert exact[0] >= -0.51
    assert exact[1] <= scale.dots - 0.49
    assert scale.dots <= rows * down
    assert 1 <= len(scale.ticks) <= MOST_TICKS
    assert len({np.diff(scale.tick_heights).tolist()[i] for i in range(len(scale.ticks) - 1)}) <= 1
    assert all(height % down == (down - 1) // 2 for height in scale.tick_heights)
    assert 0 <= scale.tick_heights[0] <= scale.tick_heights[-1] < scale.dots


def test_a_value_far_from_the_usual_ones_is_no_part_of_the_range() -> None:
    history = np.arange(40.0)
    slip = np.where(history == 30, 5000.0, history)
    found = without_outliers(slip, [np.array([50.0])])
    assert np.flatnonzero(np.isnan(found)).tolist() == [30]
    # a forecast of this size, few values, and rare demand keep it
    assert not np.isnan(without_outliers(slip, [np.array([4000.0])])).any()
    assert not np.isnan(without_outliers(slip[25:35], [])).any()
    assert not np.isnan(without_outliers(np.where(history == 7, 3.0, 0.0), [np.zeros(3)])).any()
