"""The split keeps parts apart: no target twice, no part that sees a later one, a clear word when there is no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import InputRefusedError
from forecaster.series.panel import panel_from_series
from forecaster.series.split import LONGEST_SHORTEST, ROWS, check_length, rows_needed, split_panel
from forecaster.series.windows import origins

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.series.panel import Panel


def counted(lengths: list[int]) -> Panel:
    """Return series of so many rows, each with the numbers of its rows for values."""
    return panel_from_series((f"s{i}", np.arange(n), np.arange(n, dtype=float)) for i, n in enumerate(lengths))


LENGTHS = st.lists(st.integers(1, 90), min_size=1, max_size=4)


@given(lengths=LENGTHS, horizon=st.integers(1, 9), validated=st.booleans(), stride=st.integers(1, 4))
def test_no_step_is_a_target_in_two_parts_and_no_part_reaches_into_the_next(
    lengths: list[int], horizon: int, stride: int, *, validated: bool
) -> None:
    panel = counted(lengths)
    parts = split_panel(panel, horizon, shortest=2, validated=validated, stride=stride)
    seen: set[tuple[int, float]] = set()
    for part in (parts.training, parts.validation, parts.calibration):
        targets = part.origins.last[:, None] + np.arange(1, horizon + 1)
        assert (targets < part.panel.indptr[part.origins.series + 1][:, None]).all()
        steps = {
            (int(i), float(part.panel.values[t]))
            for i, row in zip(part.origins.series, targets, strict=True)
            for t in row
        }
        assert not steps & seen
        seen |= steps


@given(lengths=LENGTHS, horizon=st.integers(1, 9), stride=st.integers(1, 9))
def test_the_later_parts_begin_to_forecast_in_step_with_their_first_row(
    lengths: list[int], horizon: int, stride: int
) -> None:
    panel = counted(lengths)
    parts = split_panel(panel, horizon, shortest=2, stride=stride)
    for before, part in ((parts.training, parts.validation), (parts.validation, parts.calibration)):
        series, last = part.origins
        first = part.panel.indptr[series] + before.panel.lengths[series]
        assert ((last + 1 - first) % stride == 0).all()
        series, last = origins(part.panel.indptr, horizon, shortest=2, first=before.panel.lengths)
        first = part.panel.indptr[series] + before.panel.lengths[series]
        assert len(part.origins.last) == ((last + 1 - first) % stride == 0).sum()
        # the window that begins at the first row is always in step
        assert set(part.origins.series) == set(series[last + 1 == first])


@given(lengths=LENGTHS, horizon=st.integers(1, 9), stride=st.integers(1, 9))
def test_all_parts_end_at_one_phase_of_the_season(lengths: list[int], horizon: int, stride: int) -> None:
    parts = split_panel(counted(lengths), horizon, shortest=2, stride=stride)
    ends = np.stack([part.panel.lengths for part in (parts.training, parts.validation, parts.calibration)])
    assert (((ends[-1] - ends) % stride == 0) | (ends == 0)).all()


def test_without_validation_its_rows_are_trained_on() -> None:
    panel = counted([100, 60])
    parts, whole = split_panel(panel, 5, shortest=3, validated=False), split_panel(panel, 5, shortest=3)
    assert parts.training.panel.lengths.tolist() == parts.validation.panel.lengths.tolist() == [85, 51]
    assert whole.training.panel.lengths.tolist() == [75, 45]
    assert len(parts.validation.origins.last) == 0
    np.testing.assert_array_equal(parts.calibration.origins, whole.calibration.origins)
    assert parts.training.origins.last.max() == 136 - 6


def test_of_many_rows_no_more_are_held_out_than_are_needed() -> None:
    def held_out(lengths: list[int], horizon: int) -> tuple[list[int], list[int]]:
        parts = split_panel(counted(lengths), horizon, shortest=3)
        training, validation, calibration = (
            part.panel.lengths for part in (parts.training, parts.validation, parts.calibration)
        )
        return (validation - training).tolist(), (calibration - validation).tolist()

    assert held_out([1000], 10) == ([100], [150])
    assert held_out([200_000], 10) == ([ROWS + 20], [ROWS + 20])
    assert held_out([1000] * 100, 10) == ([50 + 20] * 100, [50 + 20] * 100)
    assert held_out([1000, *[100] * 999], 30) == ([65, *[30] * 999], [65, *[30] * 999])
    assert held_out([1000] * 2, 200) == ([200] * 2, [200] * 2)


def test_a_part_shares_no_memory_with_what_follows(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=np.arange(100))
    parts = split_panel(panel, 5, shortest=6)
    assert len(parts.training.panel.values) == 75
    assert not np.shares_memory(parts.training.panel.values, panel.values)


def test_too_few_rows_are_refused_with_what_would_work(panel_of: Callable[..., Panel]) -> None:
    with pytest.raises(InputRefusedError) as error:
        check_length(split_panel(panel_of(a=np.arange(40)), 12, shortest=6), 12, 6)
    assert str(error.value) == (
        "40 rows are too few to forecast 12 steps; give at least 42 rows, or use --horizon 11 or less"
    )
    check_length(split_panel(panel_of(a=np.arange(42)), 12, shortest=6), 12, 6)
    check_length(split_panel(panel_of(a=np.arange(40)), 11, shortest=6), 11, 6)


def test_without_validation_there_is_room_for_more() -> None:
    def check(rows: int, horizon: int) -> None:
        check_length(split_panel(counted([rows]), horizon, 6, validated=False), horizon, 6, validated=False)

    with pytest.raises(InputRefusedError) as error:
        check(40, 18)
    assert str(error.value) == (
        "40 rows are too few to forecast 18 steps; give at least 42 rows, or use --horizon 17 or less"
    )
    check(42, 18)
    check(40, 17)
    with pytest.raises(InputRefusedError, match="too few to forecast 17 steps; give at least 57 rows"):
        check_length(split_panel(counted([40]), 17, 6), 17, 6)


@given(horizon=st.integers(1, 40), extra=st.integers(0, 300))
def test_with_the_rows_needed_there_is_room(horizon: int, extra: int) -> None:
    rows = rows_needed(horizon)
    for validated in (True, False):
        parts = split_panel(counted([rows + extra]), horizon, LONGEST_SHORTEST, validated=validated)
        check_length(parts, horizon, LONGEST_SHORTEST, validated=validated)
    with pytest.raises(InputRefusedError, match=f"give at least {rows} rows"):
        check_length(split_panel(counted([rows - 1]), horizon, LONGEST_SHORTEST), horizon, LONGEST_SHORTEST)
