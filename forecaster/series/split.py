"""Split each series in time order into training, validation and calibration rows.

    |<------------- training ------------->|<- validation ->|<- calibration ->|
                                           first[1]         first[2]          end

A part is a panel that ends where the part ends. It is a copy, so a window of the part cannot see further. The windows
of a part have all their targets in it, and none in the part before.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code, InputRefusedError, counted
from forecaster.series.windows import Origins, origins

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.series.panel import Panel

VALIDATION, CALIBRATION = 0.1, 0.15
"""Shares of the rows of a series; at least one horizon each. Chosen by hand: intervals need more windows than the
choice of an epoch."""
HORIZONS, ROWS = 2, 5000
"""No more rows of a series are held out than two horizons and its share of 5,000 rows: that many windows are enough to
judge by, and networks learn from the rest. Chosen by hand."""
FEWEST_ORIGINS, MOST_ORIGINS, VALUES = 8, 40, 80
"""Rolling origins of a series, as far as its rows go: as many as give 80 values, half of which check the intervals. A
verdict needs some, and each costs as much as the forecast."""
MOST_WINDOWS = 5000
"""Origins of all series together, about: of a large panel, each series has fewer."""


@dataclass(frozen=True)
class Part:
    """One part of a split: every series up to its end, and the windows whose targets all lie in it."""

    panel: Panel
    origins: Origins


@dataclass(frozen=True)
class Split:
    """Training, validation and calibration, in order of time."""

    training: Part
    validation: Part
    calibration: Part


def split_panel(panel: Panel, horizon: int, shortest: int, *, validated: bool = True, stride: int = 1) -> Split:
    """Split a panel for windows of at least `shortest` known steps and `horizon` targets.

    If nothing is `validated`, the validation rows are training rows, and that part has no windows. Parts are a multiple
    of `stride` steps long, and windows of the later parts begin to forecast a multiple of it after their part begins:
    so all windows, of training too, end at one phase of the season.
    """
    held_out = np.stack([held_out_rows(panel.lengths, horizon, share) for share in (VALIDATION, CALIBRATION)])
    held_out = -(-held_out // stride) * stride
    held_out[0] *= validated
    stop = np.stack([panel.lengths - held_out.sum(axis=0), panel.lengths - held_out[1], panel.lengths]).clip(min=0)
    first = np.concatenate([np.zeros_like(stop[:1]), stop[:-1]])
    return Split(*[_part(panel, a, b, (horizon, shortest, stride)) for a, b in zip(first, stop, strict=True)])


def held_out_rows(lengths: Ints, horizon: int, share: float = CALIBRATION) -> Ints:
    """Return how many rows of series of these lengths, (N,), a part holds out before they are rounded to strides."""
    most = HORIZONS * horizon + ROWS // len(lengths)
    return np.maximum(horizon, np.minimum(most, (share * lengths).astype(np.int64)))


def rolling_distances(horizon: int, series: int) -> Ints:
    """Return how many rows before its end each rolling origin lies, the earliest first; `series` counts them all."""
    wanted = min(max(FEWEST_ORIGINS, -(-VALUES // horizon)), MOST_ORIGINS)
    most = max(1, min(wanted, MOST_WINDOWS // series))
    back: Ints = horizon + np.arange(most)[::-1] * max(1, -(-horizon // 4))
    return back


def _part(panel: Panel, first: Ints, stop: Ints, windows: tuple[int, int, int]) -> Part:
    """Return the part from row `first` to before row `stop` of each series.

    `windows` are their horizon, their least number of known steps, and the steps from one to the next.
    """
    horizon, shortest, stride = windows
    until_stop = panel.cut(np.zeros_like(stop), stop)
    series, last = origins(until_stop.indptr, horizon, shortest=shortest, first=first)
    at_stride = (last + 1 - until_stop.indptr[series] - first[series]) % stride == 0
    return Part(until_stop, Origins(series[at_stride], last[at_stride]))


def check_length(parts: Split, horizon: int, shortest: int, *, validated: bool = True) -> None:
    """Refuse series that are too short for one window in each part.

    Raises:
        InputRefusedError: A part has no window; the error names the rows, the rows needed, and the largest horizon.

    """
    needed = (parts.training, parts.calibration, *([parts.validation] if validated else []))
    if all(len(part.origins.last) for part in needed):
        return
    have = int(parts.calibration.panel.lengths.max())
    works = next((h for h in range(have // 2, 0, -1) if _parts_have_windows(have, h, shortest, validated=validated)), 0)
    need = next(rows for rows in count(have + 1) if _parts_have_windows(rows, horizon, shortest, validated=validated))
    remedy = f"give at least {need} rows" + (f", or use --horizon {works} or less" if works else "")
    raise InputRefusedError(f"{have} rows are too few to forecast {counted(horizon, 'step')}", remedy, code=Code.SHORT)


LONGEST_SHORTEST = 6
"""Largest `shortest` of any recipe whose windows end at every step; recipes with a longer stride are for series that
are much longer anyway."""


def rows_needed(horizon: int) -> int:
    """Return how many rows give a series a window in each part, whatever the recipe."""
    return next(rows for rows in count(1) if _parts_have_windows(rows, horizon, LONGEST_SHORTEST, validated=True))


def _parts_have_windows(rows: int, horizon: int, shortest: int, *, validated: bool) -> bool:
    """Return whether a series of `rows` rows has a window in each part."""
    shares = (CALIBRATION, VALIDATION)[: 1 + validated]
    return rows - sum(max(horizon, int(share * rows)) for share in shares) >= shortest + horizon
