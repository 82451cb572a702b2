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

from forecaster.data.windows import origins
from forecaster.errors import InputRefusedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.data.panel import Panel
    from forecaster.data.windows import Origins

VALIDATION, CALIBRATION = 0.1, 0.15
"""Shares of the rows of a series; at least one horizon each."""


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


def split(panel: Panel, horizon: int, shortest: int) -> Split:
    """Split a panel for windows of at least `shortest` known steps and `horizon` targets."""
    block = np.maximum(horizon, (np.array([[VALIDATION], [CALIBRATION]]) * panel.lengths).astype(np.int64))
    stop = np.stack([panel.lengths - block.sum(axis=0), panel.lengths - block[1], panel.lengths]).clip(min=0)
    first = np.concatenate([np.zeros_like(stop[:1]), stop[:-1]])
    return Split(*[_part(panel, a, b, horizon, shortest) for a, b in zip(first, stop, strict=True)])


def _part(panel: Panel, first: NDArray[np.int64], stop: NDArray[np.int64], horizon: int, shortest: int) -> Part:
    seen = panel.cut(np.zeros_like(stop), stop)
    return Part(seen, origins(seen.indptr, horizon, shortest=shortest, first=first))


def check_room(parts: Split, horizon: int, shortest: int) -> None:
    """Refuse series that are too short for one window in each part.

    Raises:
        InputRefusedError: With the rows that are there, the rows needed, and the largest horizon that works.

    """
    if all(len(part.origins.last) for part in (parts.training, parts.validation, parts.calibration)):
        return
    have = int(parts.calibration.panel.lengths.max())
    works = next((h for h in range(have // 3, 0, -1) if _fits(have, h, shortest)), 0)
    need = next(rows for rows in count(have + 1) if _fits(rows, horizon, shortest))
    remedy = f"give at least {need} rows" + (f", or ask for --horizon {works} or less" if works else "")
    raise InputRefusedError(f"{have} rows are too few to forecast {horizon} steps", remedy)


LONGEST_SHORTEST = 6
"""Known steps that any recipe asks of a window at most."""


def rows_needed(horizon: int) -> int:
    """Return the rows with which a series has a window in each part, whatever the recipe."""
    return next(rows for rows in count(1) if _fits(rows, horizon, LONGEST_SHORTEST))


def _fits(rows: int, horizon: int, shortest: int) -> bool:
    """Tell whether a series of `rows` rows has a window in each part."""
    blocks = sum(max(horizon, int(share * rows)) for share in (VALIDATION, CALIBRATION))
    return rows - blocks >= shortest + horizon
