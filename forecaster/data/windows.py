"""Cut series into many-to-one sequences: the last `lookback` steps in, the next `horizon` steps out.

A window is two numbers, the place of its last known step in the flat array and the place where its series starts;
values are gathered into the arrays that a caller hands over, so memory does not grow with the number of windows.

    series      . . . . . . . . . . . . . . .
    window            [x x x x x] y y y          lookback 5, horizon 3
                              ^ last known step

A window that begins before its series is filled up with zeros on the left, after scaling.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.data.panel import Panel
    from forecaster.data.scaling import Floats, Scaling

CHUNK = 4096
"""Windows whose scale is computed at once."""


class Origins(NamedTuple):
    """Windows as places in a panel's flat arrays, W of them.

    Attributes:
        series: Number of the window's series, (W,).
        last: Place of its last known step, (W,).

    """

    series: NDArray[np.int64]
    last: NDArray[np.int64]


def origins(
    indptr: NDArray[np.int64], horizon: int, *, shortest: int = 1, first: NDArray[np.int64] | None = None
) -> Origins:
    """Return every window whose `horizon` targets are known, series by series, oldest first.

    Args:
        indptr: Where each series begins in the flat array, (N + 1,).
        horizon: Targets of a window.
        shortest: Known steps that a window needs at least.
        first: For each series, (N,), the first step that may be a target, counted from its start.

    """
    lengths = np.diff(indptr)
    earliest = np.full(len(lengths), shortest - 1)
    if first is not None:
        earliest = np.maximum(earliest, first - 1)
    counts = np.maximum(0, lengths - horizon - earliest)
    series = np.repeat(np.arange(len(lengths)), counts)
    within = np.arange(len(series)) - np.repeat(np.cumsum(counts) - counts, counts)
    return Origins(series, indptr[series] + earliest[series] + within)


def ends(indptr: NDArray[np.int64]) -> Origins:
    """Return the window at the end of each series, whose targets are not known yet."""
    return Origins(np.arange(len(indptr) - 1), indptr[1:] - 1)


@dataclass(frozen=True)
class Windows:
    """Scaled windows and targets of a panel, gathered on demand.

    Attributes:
        x: Transformed values of the panel, (n,).
        start: Place where each window's series begins, (W,).
        last: Place of each window's last known step, (W,).
        lookback: Steps in a window, L.
        scaling: How they are scaled.
        scale: s_t of each window, (W,).

    """

    x: Floats
    start: NDArray[np.int64]
    last: NDArray[np.int64]
    lookback: int
    scaling: Scaling
    scale: Floats = field(repr=False)

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.last)

    def some(self, most: int) -> Windows:
        """Return at most `most` of the windows, evenly spread."""
        kept = np.linspace(0, len(self) - 1, min(most, len(self))).round().astype(int)
        return replace(self, start=self.start[kept], last=self.last[kept], scale=self.scale[kept])

    @property
    def location(self) -> Floats:
        """The last known x of each window, (W,)."""
        return self.x[self.last]

    def inputs(self, chosen: NDArray[np.int64], x: NDArray[Any]) -> None:
        """Write the windows numbered `chosen`, (B,), to x, (T, S, B), where T S = L."""
        window, known = _gather(self.x, self.start[chosen], self.last[chosen], self.lookback)
        x[...] = self.scaling.inputs(window, known, self.scale[chosen]).reshape(x.shape)

    def targets(self, chosen: NDArray[np.int64], y: NDArray[Any]) -> None:
        """Write the scaled targets of the windows numbered `chosen`, (B,), to y, (h, B)."""
        last = self.last[chosen]
        ahead = self.x[last + np.arange(1, len(y) + 1)[:, None]]
        y[...] = (ahead - self.x[last]) / self.scale[chosen]

    def values(self, output: NDArray[Any]) -> Floats:
        """Return the values, (W, h), that scaled outputs, (h, W), stand for."""
        return self.scaling.invert(self.location[:, None] + self.scale[:, None] * output.T.astype(np.float64))


def _gather(
    x: Floats, start: NDArray[np.int64], last: NDArray[np.int64], lookback: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return windows with the step before them, (L + 1, B), and which of their rows exist."""
    rows = last + np.arange(-lookback, 1)[:, None]
    return x[np.maximum(rows, start)], rows >= start


def make_windows(x: Floats, indptr: NDArray[np.int64], scaling: Scaling, lookback: int, chosen: Origins) -> Windows:
    """Scale the chosen windows of transformed values x, (n,).

    The scale of a window depends on its own values and on its series' spread alone.
    """
    start, scale = indptr[chosen.series], np.empty(len(chosen.last))
    for begin in range(0, len(start), CHUNK):
        part = slice(begin, begin + CHUNK)
        window, known = _gather(x, start[part], chosen.last[part], lookback)
        scale[part] = scaling.scale(window, known, scaling.spread[chosen.series[part]])
    return Windows(x, start, chosen.last, lookback, scaling, scale)


class Sequences(NamedTuple):
    """Many-to-one sequences as plain arrays.

    Attributes:
        x: Windows, (W, lookback).
        y: Targets, (W, horizon).
        unique_id: Series of each window, (W,).
        cutoff: Last known time stamp of each window, (W,).

    """

    x: Floats
    y: Floats
    unique_id: NDArray[Any]
    cutoff: NDArray[Any]


def sequences(panel: Panel, lookback: int, horizon: int) -> Sequences:
    """Return every full window of the panel in its own units: the windows that training scales and learns from."""
    series, last = origins(panel.indptr, horizon, shortest=lookback)
    behind, ahead = np.arange(1 - lookback, 1), np.arange(1, horizon + 1)
    ids = np.array(panel.ids, dtype=object)[series]
    return Sequences(panel.values[last[:, None] + behind], panel.values[last[:, None] + ahead], ids, panel.ds[last])
