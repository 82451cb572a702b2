"""The split keeps parts apart: no target twice, no part that sees a later one, a clear word when there is no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.data.panel import panel_from_series
from forecaster.data.split import check_room, split
from forecaster.errors import InputRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.data.panel import Panel


@given(lengths=st.lists(st.integers(1, 90), min_size=1, max_size=4), horizon=st.integers(1, 9))
def test_no_step_is_a_target_in_two_parts_and_no_part_reaches_into_the_next(lengths: list[int], horizon: int) -> None:
    panel = panel_from_series((f"s{i}", np.arange(n), np.arange(n, dtype=float)) for i, n in enumerate(lengths))
    parts = split(panel, horizon, shortest=2)
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


def test_a_part_shares_no_memory_with_what_follows(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=np.arange(100))
    parts = split(panel, 5, shortest=6)
    assert len(parts.training.panel.values) == 75
    assert not np.shares_memory(parts.training.panel.values, panel.values)


def test_too_few_rows_are_refused_with_what_would_work(panel_of: Callable[..., Panel]) -> None:
    with pytest.raises(InputRefusedError) as error:
        check_room(split(panel_of(a=np.arange(40)), 12, shortest=6), 12, 6)
    assert str(error.value) == (
        "40 rows are too few to forecast 12 steps; give at least 42 rows, or ask for --horizon 11 or less"
    )
    check_room(split(panel_of(a=np.arange(42)), 12, shortest=6), 12, 6)
    check_room(split(panel_of(a=np.arange(40)), 11, shortest=6), 11, 6)
