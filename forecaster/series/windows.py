"""Cut series into sequences: the last `lookback` steps in, the next `horizon` steps out.

A window is two numbers, the place of its last known step in the flat array and the place where its series starts;
values are gathered into the arrays that a caller hands over, so memory does not grow with the number of windows.

    series      . . . . . . . . . . . . . . .
    window            [x x x x x] y y y          lookback 5, horizon 3
                              ^ last known step

A window that begins before its series is filled up with zeros on the left, after scaling. Where steps are unequal, the
time since the step before is a second input of each step.

Columns beside the target (`forecaster.series.covariate_windows`), v, enter in units of the window's size as the target does, so that
what is linear in them stays linear: with u = 4 spread / s_t, where s_t is the scale of `forecaster.series.scaling`,

    past      u (v_i - v_t) for each known step i, and u v_t: how high the column stands
    ahead     u (v_{t+k} - v_t) of a known column, u v_{t+k} of the calendar's
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.series.scaling import USUAL
from forecaster.series.transforms import LOG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.series.covariate_windows import CovariateWindows
    from forecaster.series.scaling import Scaling

CHUNK = 4096
"""Windows whose scale is computed at once."""
LARGEST_SIZE = 5.0
"""Logarithm of a window's size beyond which it counts as this far from the usual."""
LARGEST_COLUMN = 20.0
"""What is taken of columns beside the target is clipped here."""


class Origins(NamedTuple):
    """Windows as places in a panel's flat arrays, W of them.

    Attributes:
        series: Number of the window's series, (W,).
        last: Place of its last known step, (W,).

    """

    series: Ints
    last: Ints


def origins(
    indptr: Ints,
    targets: int,
    *,
    shortest: int = 1,
    first: Ints | None = None,
    stride: int = 1,
) -> Origins:
    """Return every window that knows its first `targets` targets, series by series, oldest first.

    Args:
        indptr: Where each series begins in the flat array, (N + 1,).
        targets: Targets that are known at least; what lies beyond the end of a series is not.
        shortest: Known steps that a window needs at least.
        first: For each series, (N,), the first step that may be a target, counted from its start.
        aligned: Take only windows that end a multiple of so many steps before the end of their series.

    """
    lengths = np.diff(indptr)
    earliest = np.full(len(lengths), shortest - 1)
    if first is not None:
        earliest = np.maximum(earliest, first - 1)
    # the last known step of a window lies a multiple of `stride` before the last step of its series
    earliest += (lengths - 1 - earliest) % stride
    counts = np.maximum(0, -((earliest + targets - lengths) // stride))
    series = np.repeat(np.arange(len(lengths)), counts)
    within = np.arange(len(series)) - np.repeat(np.cumsum(counts) - counts, counts)
    return Origins(series, indptr[series] + earliest[series] + stride * within)


def ends(indptr: Ints) -> Origins:
    """Return the window at the end of each series, whose targets are not known yet."""
    return Origins(np.arange(len(indptr) - 1), indptr[1:] - 1)


@dataclass(frozen=True)
class Windows:
    """Scaled windows and targets of a panel, gathered on demand.

    Attributes:
        x: Transformed values of the panel, (n,).
        series: Number of each window's series, (W,).
        start: Place where that series begins, (W,).
        stop: Place behind its end, (W,).
        last: Place of each window's last known step, (W,).
        lookback: Steps in a window, L.
        scaling: How they are scaled.
        scale: s_t of each window, (W,).
        time: Where steps are unequal, the time of each value in typical steps, (n,); else None.
        moments: Times from the last known step to the targets, (W, h), where they are asked for; else they are those of
            the next values.
        sized: Whether the size of a window is told, and larger windows count more in training.
        beside: The columns beside the target; None where there are none.

    """

    x: Floats
    series: Ints
    start: Ints
    stop: Ints
    last: Ints
    lookback: int
    scaling: Scaling
    scale: Floats = field(repr=False)
    time: Floats | None = None
    lead_times: Floats | None = None
    scale_feature: bool = False
    covariates: CovariateWindows | None = None

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.last)

    def subsample(self, most: int) -> Windows:
        """Return at most `most` of the windows, evenly spread."""
        return self.take(np.linspace(0, len(self) - 1, min(most, len(self))).round().astype(int))

    def take(self, kept: Ints) -> Windows:
        """Return the windows with these numbers."""
        names = ("series", "start", "stop", "last", "scale", "lead_times")
        arrays = {name: getattr(self, name) for name in names}
        return replace(self, **{name: array[kept] for name, array in arrays.items() if array is not None})

    @property
    def location(self) -> Floats:
        """The last known x of each window, (W,)."""
        return self.x[self.last]

    def inputs(self, chosen: Ints, x: NDArray[Any]) -> None:
        """Write the windows numbered `chosen`, (B,), to x, (T, S, B).

        Each of T steps takes L / T values, then as many of each column beside the target and how high it stands, and
        behind them, as S says, what else it is told: the time since the step before where steps are unequal, else the
        size of the window, or 0 if that is not told.
        """
        end = values = self.lookback // len(x)
        self.target_inputs(chosen, x[:, :values])
        for column in self.columns(chosen, self.lookback):
            x[:, end : end + values] = column[:-1].reshape(len(x), values, -1)
            x[:, end + values] = column[-1]
            end += values + 1
        if self.time is not None:
            x[:, 1] = np.diff(self.time[rows_of(self.start[chosen], self.last[chosen], self.lookback)[0]], axis=0)
        elif x.shape[1] > end:
            x[:, end] = self.size(chosen) if self.scale_feature else 0

    @property
    def covariate_count(self) -> int:
        """Columns beside the target with a past, C."""
        return 0 if self.covariates is None else len(self.covariates.past)

    def target_inputs(self, chosen: Ints, x: NDArray[Any]) -> None:
        """Write the values of the windows numbered `chosen` alone to x, (T, L / T, B)."""
        rows, mask = rows_of(self.start[chosen], self.last[chosen], self.lookback)
        x[...] = self.scaling.inputs(self.x[rows], mask, self.scale[chosen]).reshape(x.shape)

    def columns(self, chosen: Ints, steps: int) -> Floats:
        """Return the latest `steps` values of each column beside the target, and how high it stands, (C, steps + 1, B).

        Values before a series begins are zero.
        """
        if self.covariates is None:
            return np.empty((0, steps + 1, len(chosen)))
        rows, mask = rows_of(self.start[chosen], self.last[chosen], steps)
        v = self.covariates.past[:, rows[1:]]
        v -= v[:, -1:]
        level = self.covariates.past[:, None, self.last[chosen]]
        return self._in_units(np.concatenate([v * mask[1:], level], axis=1), chosen)

    def future_covariates(self, chosen: Ints) -> Floats:
        """Return what is known of the steps ahead of the windows numbered `chosen`, (A, h, B)."""
        if self.covariates is None:
            return np.empty((0, 0, len(chosen)))
        covariates, last = self.covariates, self.last[chosen]
        v = covariates.ahead[:, covariates.place[last] + np.arange(1, covariates.horizon + 1)[:, None]]
        v[: covariates.known] -= covariates.past[len(covariates.past) - covariates.known :, None, last]
        return self._in_units(v, chosen)

    def context(self, chosen: Ints, c: NDArray[Any]) -> None:
        """Write what is known of the steps ahead of the windows numbered `chosen`, averaged over blocks of steps.

        Into c, (A blocks, B), go as many blocks of the horizon as it has room for.
        """
        v = self.future_covariates(chosen)
        blocks = np.array_split(np.arange(v.shape[1]), len(c) // len(v))
        first, size = (np.array([figure(block) for block in blocks]) for figure in (min, len))
        c[...] = (np.add.reduceat(v, first, axis=1) / size[:, None]).reshape(c.shape)

    def _in_units(self, v: Floats, chosen: Ints) -> Floats:
        """Return columns, (..., B), in units of each window's size."""
        usual = USUAL * self.scaling.spread[self.series[chosen]]
        return np.clip(v * (usual / self.scale[chosen]), -LARGEST_COLUMN, LARGEST_COLUMN)

    def weights(self, chosen: Ints) -> Floats | None:
        """Return how much the windows numbered `chosen` count, (B,): as the root of their size, or None for all alike.

        Scaled errors of a quiet window are smaller in the units of the data; the root goes half the way to these.
        """
        return np.exp(self.size(chosen) / 2) if self.scale_feature else None

    def size(self, chosen: Ints) -> Floats:
        """Return log(s_t / usual) of the windows numbered `chosen`, (B,), held between -5 and 5.

        Usual is what all series have in common, or in units of its own the spread of the series.
        """
        scaling, series = self.scaling, self.series[chosen]
        usual = np.where(scaling.transform.kind[series] == LOG, scaling.usual, scaling.spread[series])
        size: Floats = np.log(self.scale[chosen] / usual)
        return np.clip(size, -LARGEST_SIZE, LARGEST_SIZE)

    def targets(self, chosen: Ints, y: NDArray[Any]) -> None:
        """Write the scaled targets of the windows numbered `chosen`, (B,), to y, (h, B).

        Into (T, h, B) go the targets of each of T steps, scaled like those of the last. NaN where the series has not
        begun at that step, and behind its end.
        """
        last, T = self.last[chosen], y.shape[0] if y.ndim == 3 else 1
        # step t of T ends T - 1 - t segments of L / T values before the last known one
        at = last - self.lookback // T * np.arange(T)[::-1, None]
        rows = np.maximum(at, self.start[chosen])
        ahead, stop = rows[:, None] + np.arange(1, y.shape[-2] + 1)[:, None], self.stop[chosen]
        scaled = (self.x[np.minimum(ahead, stop - 1)] - self.x[rows][:, None]) / self.scale[chosen]
        mask = (at >= self.start[chosen])[:, None] & (ahead < stop)
        y[...] = np.where(mask, scaled, np.nan).reshape(y.shape)

    def ahead(self, chosen: Ints, d: NDArray[Any]) -> None:
        """Write the times from the last known step to the targets of the windows numbered `chosen` to d, (h, B)."""
        d[...] = self.lead_times_of(chosen, len(d)).T

    def lead_times_of(self, chosen: Ints | slice, horizon: int) -> Floats:
        """Return the times from the last known step of windows to their targets, (B, horizon), in typical steps."""
        if self.lead_times is not None:
            return self.lead_times[chosen, :horizon]
        last, k = self.last[chosen][:, None], np.arange(1, horizon + 1)
        if self.time is None:
            return np.broadcast_to(k.astype(np.float64), (len(last), horizon))
        times: Floats = self.time[last + k] - self.time[last]
        return times

    def values(self, output: NDArray[Any]) -> Floats:
        """Return the values, (W, h), that scaled outputs, (h, W), stand for."""
        x = self.location[:, None] + self.scale[:, None] * output.T.astype(np.float64)
        return self.scaling.transform.back(x, self.series[:, None])


def rows_of(start: Ints, last: Ints, lookback: int) -> tuple[Ints, Bools]:
    """Return the places of windows with the step before them, (L + 1, B), and which of them exist."""
    rows = last + np.arange(-lookback, 1)[:, None]
    return np.maximum(rows, start), rows >= start


def make_windows(
    x: Floats,
    indptr: Ints,
    scaling: Scaling,
    lookback: int,
    chosen: Origins,
    time: Floats | None = None,
    lead_times: Floats | None = None,
) -> Windows:
    """Scale the chosen windows of transformed values x, (n,); `time` and `lead_times` as in `Windows`.

    The scale of a window depends on its values, on those before it where it is short (`Scaling.steps`), and on its
    series' spread alone.
    """
    start, scale = indptr[chosen.series], np.empty(len(chosen.last))
    for begin in range(0, len(start), CHUNK):
        part = slice(begin, begin + CHUNK)
        rows, mask = rows_of(start[part], chosen.last[part], scaling.steps(lookback))
        scale[part] = scaling.scale(x[rows], mask, scaling.spread[chosen.series[part]])
    stop = indptr[chosen.series + 1]
    return Windows(x, chosen.series, start, stop, chosen.last, lookback, scaling, scale, time, lead_times)
