"""Windows are indices: each is counted once, sees nothing beyond its last step, and is what anyone can cut by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.data.scaling import LEVEL, RETURNS, fit_scaling
from forecaster.data.windows import ends, make_windows, origins, sequences

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.data.panel import Panel


@given(
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=5),
    horizon=st.integers(1, 8),
    shortest=st.integers(1, 8),
    first=st.integers(0, 12),
)
def test_origins_equal_a_plain_loop(lengths: list[int], horizon: int, shortest: int, first: int) -> None:
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    found = origins(indptr, horizon, shortest=shortest, first=np.full(len(lengths), first))
    expected = [
        (i, indptr[i] + t)
        for i, n in enumerate(lengths)
        for t in range(n)
        if t + 1 >= shortest and t + 1 >= first and t + horizon < n
    ]
    assert list(zip(found.series, found.last, strict=True)) == expected


def test_ends_are_the_last_steps() -> None:
    assert ends(np.array([0, 3, 7])).last.tolist() == [2, 6]


@pytest.mark.parametrize("mode", [RETURNS, LEVEL])
def test_inputs_and_scale_do_not_see_past_the_last_known_step(panel_of: Callable[..., Panel], mode: str) -> None:
    y = np.random.default_rng(0).lognormal(size=60)
    changed = y.copy()
    changed[40:] *= 7
    seen = []
    for values in (y, changed):
        panel = panel_of(a=values)
        scaling = fit_scaling(panel.head(20), mode, log=True)
        windows = make_windows(scaling.transform(values), panel.indptr, scaling, 10, origins(panel.indptr, 5))
        early = np.flatnonzero(windows.last < 40)
        x = np.empty((5, 2, len(early)))
        windows.inputs(early, x)
        seen.append((x, windows.scale[early]))
    np.testing.assert_array_equal(seen[0][0], seen[1][0])
    np.testing.assert_array_equal(seen[0][1], seen[1][1])


def test_windows_of_one_series_do_not_reach_into_another(panel_of: Callable[..., Panel]) -> None:
    alone, pair = panel_of(b=np.arange(5, 15)), panel_of(a=np.full(30, 1e9), b=np.arange(5, 15))
    inputs = []
    for panel in (alone, pair):
        scaling = fit_scaling(panel, LEVEL, log=False)
        chosen = origins(panel.indptr, 2, first=np.maximum(0, panel.lengths - 9))
        windows = make_windows(panel.values, panel.indptr, scaling, 6, chosen)
        mine = np.flatnonzero(windows.start == panel.indptr[-2])
        x = np.empty((6, 1, len(mine)))
        windows.inputs(mine, x)
        inputs.append(x)
    np.testing.assert_array_equal(*inputs)


def test_sequences_are_what_slicing_gives(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=np.arange(6), b=np.arange(100, 105))
    x, y, unique_id, cutoff = sequences(panel, lookback=3, horizon=2)
    assert x.tolist() == [[0, 1, 2], [1, 2, 3], [100, 101, 102]]
    assert y.tolist() == [[3, 4], [4, 5], [103, 104]]
    assert unique_id.tolist() == ["a", "a", "b"]
    assert cutoff.tolist() == [2, 3, 2]
