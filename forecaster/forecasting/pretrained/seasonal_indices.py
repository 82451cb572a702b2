"""Additive seasonal indices of many series at once, with missing values, shrunk by how well the rows prove them.

The classical indices are the means, over each phase, of what a centred moving average of one season leaves (Kendall &
Stuart 1983). They are multiplied by 1 - R / S, with S their variance between phases and R the variance that noise alone
would give them, and by 0 if R is larger (the shrinkage of Miller & Williams 2003).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Floats, Ints
    from forecaster.forecasting.pretrained.grid import Season

SHORTEST = 3
"""Seasons of rows from which indices are taken: with fewer, a phase differs from the moving average once or never."""


def seasonal_indices(x: Floats, season: Season) -> Floats:
    """Return the index of each phase, (m, N), of series x, (T, N), NaN where missing; 0 where rows are too few."""
    m, N = season.length, x.shape[1]
    known = np.isfinite(x)
    enough = known.sum(axis=0) >= SHORTEST * m
    if m < 2 or not enough.any():
        return np.zeros((m, N))
    phase = season.phase[: len(x)]
    index = _phase_means(x - moving_average(x, m), phase, m)
    holes = (~known & (np.cumsum(known, axis=0) > 0)).any(axis=0)
    if holes.any():  # a missing value tilts the moving average; without the first indices it tilts it less
        flat = x - np.take_along_axis(index, phase, axis=0)
        index = np.where(holes, _phase_means(x - moving_average(flat, m), phase, m), index)
    rest = x - np.take_along_axis(index, phase, axis=0)
    rest -= moving_average(rest, m)
    shrunk: Floats = index * _share_that_is_no_noise(index, rest, m) * enough
    return shrunk


def moving_average(x: Floats, m: int) -> Floats:
    """Return the centred mean of x over m steps, (T, N), half of the outermost two for an even m.

    Missing values do not count; the mean is NaN where the window reaches over an end of the series.
    """
    known = np.isfinite(x)
    half, T = m // 2, len(x)
    average = np.full_like(x, np.nan)
    if 2 * half >= T:
        return average
    # the average of two windows of m steps is that with half of the outermost two
    totals, counts = (
        np.cumsum(np.vstack([np.zeros((1, x.shape[1])), a]), axis=0) for a in (np.where(known, x, 0), known)
    )
    low = np.arange(T - 2 * half)
    shifts = (0,) if m % 2 else (0, 1)
    total = sum(totals[low + s + m] - totals[low + s] for s in shifts)
    count = sum(counts[low + s + m] - counts[low + s] for s in shifts)
    average[half : T - half] = total / np.where(count > 0, count, np.nan)
    before_first = np.cumsum(known, axis=0) == 0
    inside = ~before_first
    inside[half:] &= inside[: T - half]
    inside[:half] = False
    average[~inside] = np.nan
    return average


def _phase_means(rest: Floats, phase: Ints, m: int) -> Floats:
    """Return the mean of each phase, (m, N), less the mean of all phases; a phase without rows has 0."""
    N = rest.shape[1]
    known = np.isfinite(rest)
    place = (phase * N + np.arange(N))[known]
    count = np.bincount(place, minlength=m * N).reshape(m, N)
    mean = np.bincount(place, rest[known], minlength=m * N).reshape(m, N) / np.maximum(count, 1)
    centre = mean.sum(axis=0) / np.maximum((count > 0).sum(axis=0), 1)
    means: Floats = np.where(count > 0, mean - centre, 0.0)
    return means


def _share_that_is_no_noise(index: Floats, rest: Floats, m: int) -> Floats:
    """Return how much of the variance between phases is not from noise, (N,), between 0 and 1."""
    rows = np.isfinite(rest).sum(axis=0)
    noise = np.nansum(rest**2, axis=0) / np.maximum(rows - m + 1, 1)
    of_index = (index**2).sum(axis=0) / (m - 1)
    by_chance = noise * m / np.maximum(rows, 1)
    share: Floats = np.clip(1 - by_chance / np.where(of_index > 0, of_index, np.inf), 0, 1)
    return np.where(of_index > 0, share, 0.0)
