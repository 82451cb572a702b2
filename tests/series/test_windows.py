"""Windows are indices: each is counted once, sees nothing beyond its last step, and is what anyone can cut by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.series.scaling import LEVEL, RETURNS, Scaling, fit_scaling
from forecaster.series.sequences import sequences
from forecaster.series.transforms import ASINH, LOG, Transform, identity_transform
from forecaster.series.windows import Origins, Windows, ends, make_windows, origins, spread_evenly

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.series.panel import Panel


@given(
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=5),
    horizon=st.integers(1, 8),
    shortest=st.integers(1, 8),
    first=st.integers(0, 12),
    stride=st.integers(1, 5),
)
def test_origins_equal_a_plain_loop(lengths: list[int], horizon: int, shortest: int, first: int, stride: int) -> None:
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    found = origins(indptr, horizon, shortest=shortest, first=np.full(len(lengths), first), stride=stride)
    expected = [
        (i, indptr[i] + t)
        for i, n in enumerate(lengths)
        for t in range(n)
        if t + 1 >= shortest and t + 1 >= first and t + horizon < n and (n - 1 - t) % stride == 0
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
        windows = make_windows(
            scaling.transform.forward(values, panel.series), panel.indptr, scaling, 10, origins(panel.indptr, 5)
        )
        early = np.flatnonzero(windows.last < 40)
        x = np.empty((5, 2, len(early)))
        windows.scaled_values(early, x)
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
        windows.scaled_values(mine, x)
        inputs.append(x)
    np.testing.assert_array_equal(*inputs)


def test_sequences_are_what_slicing_gives(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=np.arange(6), b=np.arange(100, 105))
    x, y, unique_id, cutoff = sequences(panel, lookback=3, horizon=2)
    assert x.tolist() == [[0, 1, 2], [1, 2, 3], [100, 101, 102]]
    assert y.tolist() == [[3, 4], [4, 5], [103, 104]]
    assert unique_id.tolist() == ["a", "a", "b"]
    assert cutoff.tolist() == [2, 3, 2]


Y = np.array([2.0, 3, 5, 8, 12, 17, 23, 30, 38, 47, 57, 68])
OTHER = np.array([100.0, 90, 110, 80, 120, 70, 130])
VALUES, INDPTR = np.concatenate([Y, OTHER]), np.array([0, 12, 19])


def windows_of(
    lookback: int, horizon: int, *, anchored_at_start: bool = False, time: np.ndarray | None = None
) -> Windows:
    """Return every window of two series with all its targets, however little of it is known."""
    scaling = Scaling(LEVEL, identity_transform(2), spread=np.ones(2), anchored_at_start=anchored_at_start)
    return make_windows(VALUES, INDPTR, scaling, lookback, origins(INDPTR, horizon), time)


@pytest.mark.parametrize("segment", [1, 2, 3])
def test_targets_of_every_step_equal_a_plain_loop(segment: int) -> None:
    lookback, horizon = 6, 2
    windows, steps = windows_of(lookback, horizon), lookback // segment
    targets = np.empty((steps, horizon, len(windows)))
    windows.targets(np.arange(len(windows)), targets)
    unknown = 0
    for w, (start, last) in enumerate(zip(windows.start, windows.last, strict=True)):
        for t in range(steps):
            at = last - segment * (steps - 1 - t)
            for k in range(horizon):
                if at < start:
                    assert np.isnan(targets[t, k, w])
                    unknown += 1
                else:
                    expected = (VALUES[at + k + 1] - VALUES[at]) / windows.scale[w]
                    assert targets[t, k, w] == pytest.approx(expected, rel=1e-12)
    assert unknown > 0 or steps == 1


@pytest.mark.parametrize("shape", [(4,), (3, 4)], ids=["last step", "every step"])
def test_targets_after_the_end_of_a_series_are_not_known(shape: tuple[int, ...]) -> None:
    scaling = Scaling(LEVEL, identity_transform(2), spread=np.ones(2))
    windows = make_windows(VALUES, INDPTR, scaling, 6, origins(INDPTR, 1))
    assert len(windows) == 11 + 6
    assert windows.stop.tolist() == [12] * 11 + [19] * 6
    targets = np.empty((*shape, len(windows)))
    windows.targets(np.arange(len(windows)), targets)
    last_step = targets.reshape(-1, 4, len(windows))[-1]
    for w, (last, stop) in enumerate(zip(windows.last, windows.stop, strict=True)):
        for k in range(4):
            if last + 1 + k < stop:
                expected = (VALUES[last + 1 + k] - VALUES[last]) / windows.scale[w]
                assert last_step[k, w] == pytest.approx(expected, rel=1e-12)
            else:
                assert np.isnan(last_step[k, w])
    assert np.isnan(last_step).sum() == 2 * (3 + 2 + 1)
    if len(shape) == 2:
        assert np.isnan(targets[1, :, 11]).all(), "a step before the series began"
        assert np.isnan(targets[1, :, 10]).tolist() == [False, False, False, True], "from row 8 of 12"


def test_targets_of_the_last_step_are_those_of_a_network_with_one_output() -> None:
    windows = windows_of(6, 3)
    chosen = np.array([7, 0, 3])
    every, last = np.empty((6, 3, 3)), np.empty((3, 3))
    windows.targets(chosen, every)
    windows.targets(chosen, last)
    np.testing.assert_array_equal(every[-1], last)


def test_inputs_from_the_start_are_relative_to_the_step_before_the_window() -> None:
    windows = windows_of(4, 1, anchored_at_start=True)
    x = np.empty((4, 1, len(windows)))
    windows.scaled_values(np.arange(len(windows)), x)
    for w, (start, last) in enumerate(zip(windows.start, windows.last, strict=True)):
        rows = np.arange(max(start, last - 3), last + 1)
        before = VALUES[max(start, last - 4)]
        expected = [0.0] * (4 - len(rows)) + list((VALUES[rows] - before) / windows.scale[w])
        np.testing.assert_allclose(x[:, 0, w], expected, rtol=1e-12)


def test_inputs_from_the_start_do_not_know_how_the_window_ends() -> None:
    """But for its scale, which all steps share: a network with targets at every step would read its own answers."""
    seen = []
    for end in (57.0, 5700.0):
        scaling = Scaling(LEVEL, identity_transform(1), spread=np.ones(1), anchored_at_start=True)
        y = np.append(Y[:9], end)
        windows = make_windows(y, np.array([0, 10]), scaling, 6, ends(np.array([0, 10])))
        x = np.empty((6, 1, 1))
        windows.scaled_values(np.array([0]), x)
        seen.append(x[:-1, 0, 0] * windows.scale)
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-12)


TIME = np.concatenate([[0, 1, 1.5, 4, 4.25, 30.25, 60, 60.5, 61, 62, 63, 65], [0, 2, 3, 5, 6, 8, 9]])


def test_lead_times_are_those_of_the_next_values_or_the_requested_ones() -> None:
    windows = windows_of(4, 2, time=TIME)
    d, chosen = np.empty((2, 3)), np.array([3, 0, 11])
    d[:] = windows.lead_times_of(chosen, 2).T
    last = windows.last[chosen]
    np.testing.assert_array_equal(d, [TIME[last + 1] - TIME[last], TIME[last + 2] - TIME[last]])
    assert d[:, 0].tolist() == [0.25, 26.25]
    asked = np.arange(6.0).reshape(2, 3) + 0.5
    scaling = windows.scaling
    at_end = make_windows(VALUES, INDPTR, scaling, 4, ends(INDPTR), TIME, asked)
    assert at_end.lead_times_of(np.array([1, 0]), 3).tolist() == [[3.5, 4.5, 5.5], [0.5, 1.5, 2.5]]
    assert windows_of(4, 2).lead_times_of(np.array([0, 5]), 2).tolist() == [[1, 2], [1, 2]], "equal steps are counted"


def of_two_units(usual: float = 2.0) -> Windows:
    """Return windows of a series in logarithms and of one in units of its own, whose spread is 5."""
    transform = Transform(np.array([LOG, ASINH]), np.zeros(2), np.ones(2))
    scaling = Scaling(LEVEL, transform, spread=np.array([1.0, 5.0]), usual=usual)
    return make_windows(VALUES, INDPTR, scaling, 6, origins(INDPTR, 2))


def test_the_relative_scale_of_a_window_is_that_against_the_usual_one() -> None:
    windows = of_two_units()
    assert set(windows.series) == {0, 1}
    usual = np.where(windows.series == 1, 5.0, 2.0)
    np.testing.assert_allclose(
        windows.relative_scale(np.arange(len(windows))), np.log(windows.scale / usual), rtol=1e-12
    )


@pytest.mark.parametrize("usual", [1e-9, 1e9])
def test_scales_far_from_the_usual_count_as_five(usual: float) -> None:
    relative = of_two_units(usual).relative_scale(np.arange(3))
    assert relative.tolist() == [-5.0 if usual > 1 else 5.0] * 3


def test_windows_that_are_taken_keep_what_is_theirs() -> None:
    windows = of_two_units()
    kept = windows.take(np.array([11, 0]))
    assert kept.series.tolist() == [1, 0]
    assert kept.stop.tolist() == [19, 12]
    assert kept.start.tolist() == [12, 0]
    for shape, write in (((6, 2), "scaled_values"), ((3, 2), "targets")):
        some, same = np.empty(shape), np.empty(shape)
        getattr(kept, write)(np.arange(2), some)
        getattr(windows, write)(np.array([11, 0]), same)
        np.testing.assert_array_equal(some, same)


def test_values_stand_in_the_units_of_their_series() -> None:
    y = [Y, np.where(np.arange(7) % 3, OTHER, 0), OTHER - 100]
    transform = Transform(np.array([LOG, LOG, ASINH]), np.array([0.0, 7.0, 1.0]), np.array([1e-9, 1e-9, 3.0]))
    indptr = np.array([0, 12, 19, 26])
    x = transform.forward(np.concatenate(y), np.repeat(np.arange(3), np.diff(indptr)))
    windows = make_windows(x, indptr, Scaling(LEVEL, transform, spread=np.ones(3)), 4, origins(indptr, 2))
    targets = np.empty((2, len(windows)))
    windows.targets(np.arange(len(windows)), targets)
    actual = np.concatenate(y)[windows.last[:, None] + [1, 2]]
    np.testing.assert_allclose(windows.values(targets), actual, rtol=1e-9, atol=1e-9)


def test_some_windows_keep_what_is_theirs() -> None:
    asked = np.arange(4.0).reshape(2, 2)
    windows = make_windows(VALUES, INDPTR, windows_of(4, 1).scaling, 4, ends(INDPTR), TIME, asked)
    one = windows.subsample(1)
    assert (len(one), one.series.tolist(), one.last.tolist()) == (1, [0], [11])
    assert one.lead_times is not None
    assert one.lead_times.tolist() == [[0, 1]]
    many = windows_of(4, 1)
    kept = many.subsample(5)
    assert (kept.last[0], kept.last[-1], len(kept)) == (many.last[0], many.last[-1], 5)
    np.testing.assert_array_equal(kept.scale, many.scale[np.isin(many.last, kept.last)])


def test_evenly_spread_windows_include_the_first_and_the_last() -> None:
    assert spread_evenly(10, 4).tolist() == [0, 3, 6, 9]
    assert spread_evenly(3, 10).tolist() == [0, 1, 2]
    chosen = Origins(np.arange(9) // 3, np.arange(9)).subsample(3)
    assert (chosen.series.tolist(), chosen.last.tolist()) == ([0, 1, 2], [0, 4, 8])
