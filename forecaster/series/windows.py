"""Cut series into sequences: the last `lookback` steps in, the next `horizon` steps out.

A window is two places in the flat array, that of its last known step and that where its series starts. Values are
gathered into the arrays that a caller hands over, so memory does not grow with the number of windows.

    series      . . . . . . . . . . . . . . .
    window            [x x x x x] y y y          lookback 5, horizon 3
                              ^ last known step

A window that begins before its series is filled up with zeros on the left, after scaling.

Covariates (`forecaster.series.covariate_windows`), v, enter in units of the window's scale as the target does, so that
linear relations stay linear: with u = 4 spread / s_t, where s_t is the scale of `forecaster.series.scaling`,

    past      u (v_i - v_t) for each known step i, and u v_t: the level of the column
    future    u (v_{t+k} - v_t) of a known column, u v_{t+k} of a calendar feature
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np

from forecaster.series.scaling import USUAL
from forecaster.series.transforms import LOG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.series.covariate_windows import CovariateWindows
    from forecaster.series.scaling import Scaling

SCALED_AT_ONCE = 2_000_000
"""Values of windows whose scale is computed at once, about: a trade of memory, some 50 megabytes, against calls from
Python."""
LARGEST_RELATIVE_SCALE = 5.0
"""Largest |log(scale / usual scale)|: a window e^5, about 150 times, as large as usual is far outside the training
data, and a network must not extrapolate from the exact figure. Chosen by hand."""
LARGEST_COVARIATE = 20.0
"""Scaled covariates are clipped here: usual values are about 1, and one wild cell must not drown the target. Chosen by
hand."""


class Origins(NamedTuple):
    """Windows as places in a panel's flat arrays, W of them.

    Attributes:
        series: Number of the window's series, (W,).
        last: Place of its last known step, (W,).

    """

    series: Ints
    last: Ints

    def subsample(self, most: int) -> Origins:
        """Return at most `most` of the windows, evenly spread."""
        rows = spread_evenly(len(self.last), most)
        return Origins(self.series[rows], self.last[rows])

    def where_observed(self, observed: Bools | None, targets: int = 0) -> Origins:
        """Return the windows of `only_observed`, or all windows if none would stay."""
        chosen = self.only_observed(observed, targets)
        return chosen if len(chosen.last) else self

    def only_observed(self, observed: Bools | None, targets: int = 0) -> Origins:
        """Return the windows that end with an observed value, and have one among their next `targets` if there are any.

        All windows stay if all values, (n,), are observed, which None says.
        """
        if observed is None:
            return self
        usable = observed[self.last]
        if targets:
            usable &= observed[self.last[:, None] + np.arange(1, targets + 1)].any(axis=1)
        rows = np.flatnonzero(usable)
        return Origins(self.series[rows], self.last[rows])


def spread_evenly(count: int, most: int) -> Ints:
    """Return at most `most` of the numbers from 0 to `count` - 1, evenly spread, with the first and the last."""
    rows: Ints = np.linspace(0, count - 1, min(most, count)).round().astype(int)
    return rows


def origins(indptr: Ints, targets: int, *, shortest: int = 1, first: Ints | None = None, stride: int = 1) -> Origins:
    """Return every window whose first `targets` targets are known, series by series, oldest first.

    Args:
        indptr: Where each series begins in the flat array, (N + 1,).
        targets: Targets that must be known; later ones may lie beyond the end of the series.
        shortest: Known steps that a window needs at least.
        first: For each series, (N,), the first step that may be a target, counted from its start.
        stride: Take only windows that end a multiple of `stride` steps before the end of their series.

    """
    lengths = np.diff(indptr)
    earliest = np.full(len(lengths), shortest - 1)
    if first is not None:
        earliest = np.maximum(earliest, first - 1)
    # the last known step of a window lies a multiple of `stride` before the last step of its series
    earliest += (lengths - 1 - earliest) % stride
    counts = np.maximum(0, -((earliest + targets - lengths) // stride))
    series = np.repeat(np.arange(len(lengths)), counts)
    number = np.arange(len(series)) - np.repeat(np.cumsum(counts) - counts, counts)
    return Origins(series, indptr[series] + earliest[series] + stride * number)


def ends(indptr: Ints) -> Origins:
    """Return the window at the end of each series, whose targets are not known yet."""
    return Origins(np.arange(len(indptr) - 1), indptr[1:] - 1)


def judged_steps(observed: Bools | None, last: Ints, horizon: int) -> Ints | None:
    """Return for each step of windows the step by which it is judged, (W, horizon), counted from 0; None for itself.

    It is the nearest one that was observed: what was filled in judges nothing.
    """
    if observed is None or not len(last):
        return None
    number = np.arange(horizon)
    known = observed[last[:, None] + 1 + number]
    if known.all() or not known.any(axis=1).all():
        return None
    before = np.maximum.accumulate(np.where(known, number, -horizon), axis=1)
    after = np.minimum.accumulate(np.where(known, number, 2 * horizon)[:, ::-1], axis=1)[:, ::-1]
    nearest: Ints = np.where(number - before <= after - number, before, after)
    return nearest


def judged_rows(observed: Bools | None, last: Ints, horizon: int) -> Ints:
    """Return the places of the values by which windows are judged, (W, horizon)."""
    steps = judged_steps(observed, last, horizon)
    return last[:, None] + 1 + (np.arange(horizon) if steps is None else steps)


def actual_values(values: Floats, observed: Bools | None, last: Ints, horizon: int) -> Floats:
    """Return the values that windows are judged by, (W, horizon): those of the next steps, or of the nearest observed.

    The values are (n,), and `observed` says which of them were, or is None for all.
    """
    return values[judged_rows(observed, last, horizon)]


def at_steps(array: Floats, steps: Ints | None) -> Floats:
    """Return the values of an array, (W, h, ...), at these steps, (W, k), counted from 0; all of it if None."""
    if steps is None:
        return array
    return np.take_along_axis(array, steps.reshape(*steps.shape, *[1] * (array.ndim - 2)), axis=1)


@dataclass(frozen=True)
class WindowIndex:
    """Where windows lie in flat arrays, W of them.

    Attributes:
        series: Number of each window's series, (W,).
        start: Place where that series begins, (W,).
        stop: Place after its end, (W,): from there on no target is known.
        last: Place of each window's last known step, (W,).

    """

    series: Ints
    start: Ints
    stop: Ints
    last: Ints
    PER_WINDOW: ClassVar[tuple[str, ...]] = ("series", "start", "stop", "last")

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.last)

    def take(self, chosen: Ints) -> Self:
        """Return the windows with these numbers."""
        arrays = {name: getattr(self, name) for name in self.PER_WINDOW}
        return replace(self, **{name: array[chosen] for name, array in arrays.items() if array is not None})

    def subsample(self, most: int) -> Self:
        """Return at most `most` of the windows, evenly spread."""
        return self.take(spread_evenly(len(self), most))


@dataclass(frozen=True)
class Windows(WindowIndex):
    """Scaled windows of a panel with their targets and covariates, gathered on demand.

    Attributes:
        x: Transformed values of the panel, (n,).
        lookback: Steps in a window, L.
        scaling: How they are scaled.
        scale: s_t of each window, (W,).
        time: Where steps are unequal, the time of each value in typical steps, (n,); else None.
        lead_times: Requested times from the last known step to the targets, (W, h); None for those of the next values.
        covariates: The covariates of the panel; None where there are none.

    """

    x: Floats
    lookback: int
    scaling: Scaling
    scale: Floats = field(repr=False)
    time: Floats | None = None
    lead_times: Floats | None = None
    covariates: CovariateWindows | None = None
    PER_WINDOW: ClassVar[tuple[str, ...]] = (*WindowIndex.PER_WINDOW, "scale", "lead_times")

    @property
    def location(self) -> Floats:
        """The last known x of each window, (W,)."""
        return self.x[self.last]

    def scaled_values(self, chosen: Ints, z: NDArray[Any]) -> None:
        """Write the scaled values of the windows numbered `chosen`, (B,), to z, (L, B) or (T, L / T, B)."""
        rows, mask = rows_of(self.start[chosen], self.last[chosen], self.lookback)
        z[...] = self.scaling.inputs(self.x[rows], mask, self.scale[chosen]).reshape(z.shape)

    def targets(self, chosen: Ints, y: NDArray[Any]) -> None:
        """Write the scaled targets of the windows numbered `chosen`, (B,), to y, (h, B).

        If y is (T, h, B), write the targets of each of T steps, scaled like those of the last. NaN stands where the
        series has not begun at that step, and after its end.
        """
        last, T = self.last[chosen], y.shape[0] if y.ndim == 3 else 1
        # step t of T ends T - 1 - t segments of L / T values before the last known one
        at = last - self.lookback // T * np.arange(T)[::-1, None]
        rows = np.maximum(at, self.start[chosen])
        ahead, stop = rows[:, None] + np.arange(1, y.shape[-2] + 1)[:, None], self.stop[chosen]
        scaled = (self.x[np.minimum(ahead, stop - 1)] - self.x[rows][:, None]) / self.scale[chosen]
        mask = (at >= self.start[chosen])[:, None] & (ahead < stop)
        y[...] = np.where(mask, scaled, np.nan).reshape(y.shape)

    def values(self, output: NDArray[Any]) -> Floats:
        """Return the values, (W, h), that scaled outputs, (h, W), stand for."""
        x = self.location[:, None] + self.scale[:, None] * output.T.astype(np.float64)
        return self.scaling.transform.inverse(x, self.series[:, None])

    def relative_scale(self, chosen: Ints) -> Floats:
        """Return log(s_t / usual) of the windows numbered `chosen`, (B,), limited to between -5 and 5.

        The usual scale of logarithms is the same for all series; in other units it is the spread of the series.
        """
        scaling, series = self.scaling, self.series[chosen]
        usual = np.where(scaling.transform.kind[series] == LOG, scaling.usual, scaling.spread[series])
        relative: Floats = np.log(self.scale[chosen] / usual)
        return np.clip(relative, -LARGEST_RELATIVE_SCALE, LARGEST_RELATIVE_SCALE)

    def lead_times_of(self, chosen: Ints | slice, horizon: int) -> Floats:
        """Return the times from the last known step of windows to their targets, (B, horizon), in typical steps."""
        if self.lead_times is not None:
            return self.lead_times[chosen, :horizon]
        last, k = self.last[chosen][:, None], np.arange(1, horizon + 1)
        if self.time is None:
            return np.broadcast_to(k.astype(np.float64), (len(last), horizon))
        times: Floats = self.time[last + k] - self.time[last]
        return times

    def past_covariates(self, chosen: Ints, steps: int) -> Floats:
        """Return the latest `steps` values of each covariate, and then its level, (C, steps + 1, B).

        Values before a series begins are zero.
        """
        if self.covariates is None:
            return np.empty((0, steps + 1, len(chosen)))
        rows, mask = rows_of(self.start[chosen], self.last[chosen], steps)
        v = self.covariates.past[:, rows[1:]]
        v -= v[:, -1:]
        level = self.covariates.past[:, None, self.last[chosen]]
        return self._scaled_covariates(np.concatenate([v * mask[1:], level], axis=1), chosen)

    def future_covariates(self, chosen: Ints) -> Floats:
        """Return the covariates that are known for the steps ahead of the windows numbered `chosen`, (A, h, B)."""
        if self.covariates is None:
            return np.empty((0, 0, len(chosen)))
        return self._scaled_covariates(self.covariates.future_after(self.last[chosen]), chosen)

    def _scaled_covariates(self, v: Floats, chosen: Ints) -> Floats:
        """Return covariates, (..., B), in units of each window's scale."""
        usual = USUAL * self.scaling.spread[self.series[chosen]]
        return np.clip(v * (usual / self.scale[chosen]), -LARGEST_COVARIATE, LARGEST_COVARIATE)


def rows_of(start: Ints, last: Ints, lookback: int) -> tuple[Ints, Bools]:
    """Return the places of windows with the step before them, (L + 1, B), and which of them exist."""
    rows = last + np.arange(-lookback, 1)[:, None]
    return np.maximum(rows, start), rows >= start


def make_windows(  # noqa: PLR0913, PLR0917 - a panel's arrays and what to cut from them
    x: Floats,
    indptr: Ints,
    scaling: Scaling,
    lookback: int,
    chosen: Origins,
    time: Floats | None = None,
    lead_times: Floats | None = None,
) -> Windows:
    """Scale the chosen windows of transformed values x, (n,); `time` and `lead_times` as in `Windows`.

    The scale of a window depends on its own values, on those before it where it is short (`Scaling.steps`), and on the
    spread of its series.
    """
    start, scale, steps = indptr[chosen.series], np.empty(len(chosen.last)), scaling.steps(lookback)
    at_once = max(1, SCALED_AT_ONCE // steps)
    for begin in range(0, len(start), at_once):
        part = slice(begin, begin + at_once)
        rows, mask = rows_of(start[part], chosen.last[part], steps)
        scale[part] = scaling.scale(x[rows], mask, scaling.spread[chosen.series[part]])
    stop = indptr[chosen.series + 1]
    return Windows(chosen.series, start, stop, chosen.last, x, lookback, scaling, scale, time, lead_times)
