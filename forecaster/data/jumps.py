"""Find moves in prices that look like share splits for which the earlier prices were not adjusted.

Such a move is no news: it would widen every forecast after it and train the network on an accident.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.data.calendar import write_time
from forecaster.data.volatility import SHORTEST, places, recent_mean, returns_of
from forecaster.errors import Finding, Place

if TYPE_CHECKING:
    from forecaster.data.panel import Panel

SPLIT = "SPLIT"
RATIOS = {f"{new} for {old}": new / old for new, old in [(3, 2), *((new, 1) for new in (2, 3, 4, 5, 7, 8, 10, 20, 50))]}
"""Splits that companies make, new shares for old ones; the other way round they are consolidations."""
CLOSE = 0.08
"""A ratio of prices is a split's if it is within so much of it: the price moved on the same day."""
EXTREME = 15.0
"""Moves beyond so many scales of the step before are looked at."""
DECAY = 0.94
LARGEST_MOVE = 10.0
"""Moves of the log price count as at most this: no split is larger."""


def unadjusted_splits(panel: Panel) -> tuple[Finding, ...]:
    """Say where positive prices moved as if a split had not been adjusted for."""
    returns, place = returns_of(np.log(panel.values), panel.indptr), places(panel.indptr)
    size = np.sqrt(recent_mean(returns**2, place, DECAY))
    extreme = (np.abs(returns) > EXTREME * np.roll(size, 1)) & (place >= SHORTEST)
    return tuple(
        _finding(panel, row, split) for row in np.flatnonzero(extreme).tolist() if (split := _split(returns[row]))
    )


def _split(move: float) -> str:
    """Return the name of the split that a move of the log price looks like, or nothing."""
    ratio = float(np.exp(min(abs(move), LARGEST_MOVE)))
    distance, name = min((abs(ratio / each - 1), name) for name, each in RATIOS.items())
    if distance > CLOSE:
        return ""
    new, _, old = name.partition(" for ")
    return f"{name} split" if move < 0 else f"{old} for {new} consolidation"


def _finding(panel: Panel, row: int, split: str) -> Finding:
    """Return the finding of a row."""
    series = int(np.searchsorted(panel.indptr, row, side="right")) - 1
    before, after = panel.values[row - 1 : row + 1]
    what = f"from {before:g} to {after:g} at {write_time(panel.ds[row])} looks like a {split} that earlier prices"
    return Finding(SPLIT, f"{what} were not adjusted for; divide them if it is one", Place(series=panel.ids[series]))
