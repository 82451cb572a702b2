"""Cut each series in time order into training, validation and calibration rows.

    |<------------- training ------------->|<- validation ->|<- calibration ->|
                                           first[1]         first[2]          end

A part is a panel that ENDS where the part ends, made by copying, so a window of the part cannot see further; where
its first target may lie keeps its targets out of the part before.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code, InputRefusedError
from forecaster.series.windows import Origins, origins

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.series.panel import Panel

VALIDATION, CALIBRATION = 0.1, 0.15
"""Shares of the rows of a series; at least one horizon each."""
HORIZONS, ROWS = 2, 5000
"""No more is held out of a series than two horizons and its share of so many rows: the rest is better learned from."""


@dataclass(frozen=True)
class Part:
    """One part of a split.

    Attributes:
        panel: Every series up to the end of the part.
        origins: The windows whose targets all lie in the part.

    """

    panel: Panel
    origins: Origins


@dataclass(frozen=True)
class Split:
    """Training, validation and calibration, in order of time."""

    training: Part
    validation: Part
    calibration: Part


def split(panel: Panel, horizon: int, shortest: int, *, validated: bool = True, stride: int = 1) -> Split:
    """Split a panel for windows of at least `shortest` known steps and `horizon` targets.

    Without validation rows, the training rows take their place and that part has no windows. Windows of the later
    parts begin to forecast a multiple of `stride` steps after their part begins, as what was trained up to there does.
    """
    most = HORIZONS * horizon + ROWS // len(panel)
    block = np.stack([_block(panel.lengths, share, horizon, most) for share in (VALIDATION, CALIBRATION)])
    block[0] *= validated
    stop = np.stack([panel.lengths - block.sum(axis=0), panel.lengths - block[1], panel.lengths]).clip(min=0)
    first = np.concatenate([np.zeros_like(stop[:1]), stop[:-1]])
    return Split(*[_part(panel, a, b, (horizon, shortest, stride)) for a, b in zip(first, stop, strict=True)])


def _block(lengths: Ints, share: float, horizon: int, most: int) -> Ints:
    """Return the rows of each series, (N,), that a part takes."""
    return np.maximum(horizon, np.minimum(most, (share * lengths).astype(np.int64)))


def _part(panel: Panel, first: Ints, stop: Ints, windows: tuple[int, int, int]) -> Part:
    """Return a part with its windows of a horizon, of a least number of known steps, aligned to its first row."""
    horizon, shortest, stride = windows
    seen = panel.cut(np.zeros_like(stop), stop)
    series, last = origins(seen.indptr, horizon, shortest=shortest, first=first)
    kept = (last + 1 - seen.indptr[series] - first[series]) % stride == 0
    return Part(seen, Origins(series[kept], last[kept]))


def check_length(parts: Split, horizon: int, shortest: int, *, validated: bool = True) -> None:
    """Refuse series that are too short for one window in each part.

    Raises:
        InputRefusedError: With the rows that are there, the rows needed, and the largest horizon that works.

    """
    needed = (parts.training, parts.calibration, *([parts.validation] if validated else []))
    if all(len(part.origins.last) for part in needed):
        return
    have = int(parts.calibration.panel.lengths.max())
    works = next((h for h in range(have // 2, 0, -1) if _fits(have, h, shortest, validated=validated)), 0)
    need = next(rows for rows in count(have + 1) if _fits(rows, horizon, shortest, validated=validated))
    remedy = f"give at least {need} rows" + (f", or ask for --horizon {works} or less" if works else "")
    raise InputRefusedError(f"{have} rows are too few to forecast {horizon} steps", remedy, code=Code.SHORT)


LONGEST_SHORTEST = 6
"""Known steps that a recipe asks of a window at most; where windows are aligned, series are much longer anyway."""


def rows_needed(horizon: int) -> int:
    """Return the rows with which a series has a window in each part, whatever the recipe."""
    return next(rows for rows in count(1) if _fits(rows, horizon, LONGEST_SHORTEST, validated=True))


def _fits(rows: int, horizon: int, shortest: int, *, validated: bool) -> bool:
    """Tell whether a series of `rows` rows has a window in each part."""
    shares = (CALIBRATION, VALIDATION)[: 1 + validated]
    return rows - sum(max(horizon, int(share * rows)) for share in shares) >= shortest + horizon
