"""Fill the holes of a series whose values stand on equal steps, (T,), with NaN where there is none.

A hole takes the straight line between the values around it, plus what such a line would miss at the same phase of the
seasons before and after: so a missing Saturday gets what Saturdays have, at the level of its week. Where a hole is as
long as a season, its phases go on from the season before it to the season after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats, Ints

SEASONS = 3
"""Seasons before and after a hole that say what its phase adds to the line. Six in all make the sum of their noise
small; older ones say less, and a model file would have to keep their rows."""
OTHER_SEASONS = np.concatenate([np.arange(-SEASONS, 0), np.arange(1, SEASONS + 1)])[:, None]
"""These seasons, counted from that of the hole, (2 SEASONS, 1)."""
MOST_DECIMALS = 6
"""Decimals up to which a filled value is rounded as the others are: counts stay counts, and prices keep their cents."""


def fill_holes(x: Floats, season: int) -> Floats:
    """Return values, (T,), with every hole filled; the first and the last value are finite.

    Lines are drawn in logarithms where all values that matter for a hole are positive.
    """
    holes = np.flatnonzero(np.isnan(x))
    if not len(holes):
        return x
    before, after = _neighbours(x, holes)
    size = after - before - 1
    filled = x.copy()
    short = size < season
    for chosen, lines in ((short | (season == 1), _lines_with_phase), (~short & (season > 1), _lines_of_seasons)):
        if chosen.any():
            part = holes[chosen], before[chosen], after[chosen]
            filled[part[0]] = lines(x, *part, season)
    return _rounded_as(filled, x, holes)


def _neighbours(x: Floats, holes: Ints) -> tuple[Ints, Ints]:
    """Return the places of the last value before each hole, and of the first one after it."""
    places = np.flatnonzero(np.isfinite(x))
    following = np.searchsorted(places, holes)
    return places[following - 1], places[following]


def _lines_with_phase(x: Floats, holes: Ints, before: Ints, after: Ints, season: int) -> Floats:
    """Return the line at each hole plus the mean of what lines miss at its phase; holes are shorter than a season."""
    away = season * OTHER_SEASONS if season > 1 else np.empty((0, 1), int)
    value, low, high = (_values_at(x, away + place) for place in (holes, before, after))
    complete = np.isfinite(value) & np.isfinite(low) & np.isfinite(high)
    share = (holes - before) / (after - before)
    ends = x[before], x[after]
    used = np.where(complete, np.minimum(value, np.minimum(low, high)), np.inf)
    positive = (used > 0).all(axis=0) & (ends[0] > 0) & (ends[1] > 0)
    filled = np.empty(len(holes))
    for chosen, to, back in ((positive, np.log, np.exp), (~positive, np.asarray, np.asarray)):
        if not chosen.any():
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            line = (1 - share[chosen]) * to(ends[0][chosen]) + share[chosen] * to(ends[1][chosen])
            parts = [to(np.where(complete, each, np.nan)[:, chosen]) for each in (value, low, high)]
            missed = parts[0] - ((1 - share[chosen]) * parts[1] + share[chosen] * parts[2])
        count = complete[:, chosen].sum(axis=0)
        phase = np.nansum(missed, axis=0) / np.maximum(count, 1)
        filled[chosen] = back(line + phase)
    known = np.where(complete, value, np.nan)
    lowest = np.fmin(np.minimum(*ends), np.nanmin(known, axis=0, initial=np.inf))
    highest = np.fmax(np.maximum(*ends), np.nanmax(known, axis=0, initial=-np.inf))
    return np.clip(filled, lowest, highest)


def _lines_of_seasons(x: Floats, holes: Ints, before: Ints, after: Ints, season: int) -> Floats:
    """Return values on the line from the latest value of the same phase before a hole to the next one after it.

    A phase that has no value before or after the hole takes the line between the hole's neighbours.
    """
    filled = x[before] + (x[after] - x[before]) * ((holes - before) / (after - before))
    order = np.argsort(holes % season, kind="stable")
    phases, begins = np.unique(holes[order] % season, return_index=True)
    for phase, numbers in zip(phases.tolist(), np.split(order, begins[1:]), strict=True):
        places = np.arange(phase, len(x), season)
        filled[numbers] = _lines_of_phase(x, holes[numbers], places[np.isfinite(x[places])], filled[numbers])
    return filled


def _lines_of_phase(x: Floats, holes: Ints, known: Ints, usual: Floats) -> Floats:
    """Return values at holes of one phase, (m,), between its `known` places; `usual` ones where there is none."""
    if not len(known):
        return usual
    following = np.searchsorted(known, holes)
    earlier, later = known[np.maximum(following - 1, 0)], known[np.minimum(following, len(known) - 1)]
    share = (holes - earlier) / np.maximum(later - earlier, 1)
    inside = (following > 0) & (following < len(known))
    # beyond the first or the last known place both neighbours are that place
    return np.where(inside, (1 - share) * x[earlier] + share * x[later], x[np.where(following > 0, earlier, later)])


def _values_at(x: Floats, places: Ints) -> Floats:
    """Return the values at places, NaN outside the series."""
    inside: Bools = (places >= 0) & (places < len(x))
    return np.where(inside, x[np.clip(places, 0, len(x) - 1)], np.nan)


def _rounded_as(filled: Floats, x: Floats, holes: Ints) -> Floats:
    """Return the series with the filled values rounded to as many decimals as the others have."""
    known = x[np.isfinite(x)]
    for decimals in range(MOST_DECIMALS + 1):
        if np.array_equal(np.round(known, decimals), known):
            filled[holes] = np.round(filled[holes], decimals)
            break
    return filled
