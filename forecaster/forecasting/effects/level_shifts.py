"""Find days from which a series stays higher or lower, which a level that bends once a year cannot follow.

Weekly medians, W of them, are compared over eight weeks before and after; what comes back every year is no shift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from forecaster.forecasting.effects.regression import noise_scale

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats

SIDE = 8
"""Weeks before and after a shift: a shift lasts longer than a holiday season."""
WEEKS_OF_YEAR = 52
LEAST_YEARS = 3
"""Years from which shifts are looked for: with fewer, nothing tells a shift from the year."""
LEAST_SIZE = 8.0
"""Standard deviations of the usual change that a shift must exceed: random walks do not reach them."""
LEAST_RATIO = 3.0
"""Times the change at the same time of other years that a shift must exceed: the rise before Christmas grows with the
sales, but not threefold in a year."""
MOST_SHIFTS = 6
"""Shifts of a series at most; one that shifts more often has no level to return to."""


def level_shifts(target: Floats, observed: Bools) -> Floats:
    """Return the sum of the level shifts before each day, (D,), beginning at 0.

    Args:
        target: Level of each day, (D,).
        observed: Which days count, (D,).

    """
    shifts = np.zeros(len(target))
    weeks = len(target) // 7
    if weeks < LEAST_YEARS * WEEKS_OF_YEAR:
        return shifts
    for _ in range(MOST_SHIFTS):
        seen = np.where(observed, target - shifts, np.nan)[: 7 * weeks].reshape(weeks, 7)
        found = _largest_shift(_weekly_medians(seen))
        if found is None:
            break
        week, size = found
        shifts[7 * week :] += size
    return shifts


def _weekly_medians(seen: Floats) -> Floats:
    """Return the median of each week, (W, 7) to (W,); a week with fewer days than most has that of the week before."""
    count = np.isfinite(seen).sum(1)
    full = np.flatnonzero(count >= max(1, int(np.median(count))))
    if not len(full):
        return np.zeros(len(seen))
    place = np.searchsorted(full, np.arange(len(seen)), side="right") - 1
    medians: Floats = np.nanmedian(seen[full], axis=1)[np.maximum(place, 0)]
    return medians


def _largest_shift(medians: Floats) -> tuple[int, float] | None:
    """Return the week in which the largest shift of weekly medians, (W,), begins, and its size; None without any."""
    means = np.median(sliding_window_view(medians, SIDE), axis=1)
    change = np.full(len(medians), np.nan)
    change[SIDE : len(medians) - SIDE + 1] = means[SIDE:] - means[:-SIDE]
    years = -(-len(medians) // WEEKS_OF_YEAR)
    by_year = np.append(change, np.full(years * WEEKS_OF_YEAR - len(medians), np.nan)).reshape(years, WEEKS_OF_YEAR)
    usual = np.where(np.isfinite(by_year).sum(0) > 1, np.nanmedian(by_year, axis=0), 0.0)
    beyond = np.nan_to_num(by_year - usual)
    year, season = np.unravel_index(int(np.abs(beyond).argmax()), beyond.shape)
    size = float(beyond[year, season])
    others = np.nan_to_num(np.delete(np.abs(by_year), year, axis=0))
    near = others[:, (season + np.arange(-1, 2)) % WEEKS_OF_YEAR].max()
    if abs(size) <= max(LEAST_SIZE * noise_scale(beyond[np.isfinite(by_year)]), LEAST_RATIO * float(near)):
        return None
    return int(year) * WEEKS_OF_YEAR + int(season), size
