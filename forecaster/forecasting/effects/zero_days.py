"""Named days on which every value of every year is zero, such as the 25 December of a shop.

Their forecast is zero, and no regression reads them: an effect that takes all from a level which grows is neither a sum
nor a factor. Days are D, rising without gaps.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.holidays import weekday_of
from forecaster.forecasting.effects.named_days import NamedDay, neighbours
from forecaster.forecasting.effects.selection import (
    LEAST_YEARS,
    LISTED_CHANCE,
    MOST_NAMED_DAYS,
    NEIGHBOUR_CHANCE,
    Candidates,
    candidates_among,
    common_candidates,
    joined,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Bools, Floats, Ints

LEAST_SURPRISE = log(900 / 0.04)
"""Surprise that the zeros of a rule must exceed: among 900 rules, zeros that fall on any day make one by chance in 4 %
of series, as many as the other named days allow."""
SEASON = 28
"""Days before and after a day that show whether zeros are usual at that time of the year."""
MOST_AROUND = 0.25
"""Share of zeros around a day beyond which it belongs to a closed season, whose days have no names: the nine days from
24 December to 1 January are less."""


def days_of_zeros(days: Ints, values: Floats, observed: Bools) -> tuple[Ints, Bools, Bools]:
    """Return the days of rows, (D,), which are observed, and on which of these all observed values are zero, (D,).

    Args:
        days: The day of each row, (n,), rising.
        values: The values, (n,).
        observed: Which of them were observed, (n,).

    """
    first = int(days[0])
    every = np.arange(first, int(days[-1]) + 1)
    seen = np.bincount(days[observed] - first, minlength=len(every)) > 0
    other = np.bincount(days[observed] - first, weights=values[observed] != 0, minlength=len(every)) > 0
    return every, seen, seen & ~other


def zero_weekdays(days: Ints, observed: Bools, zero: Bools) -> Bools:
    """Return which weekdays, Monday first, are zero whenever they are observed, (7,)."""
    seen, zeros = (np.bincount(weekday_of(days), weights=each, minlength=7) for each in (observed, zero))
    always: Bools = (zeros == seen) & (zeros > 0)
    return always


def find_zero_days(days: Ints, observed: Bools, zero: Bools, listed: Sequence[NamedDay]) -> tuple[NamedDay, ...]:
    """Return the named days that are zero in every year, and whose zeros are no chance.

    The surprise of a zero is minus the logarithm of the share of zeros on its weekday: a closed Sunday says nothing.
    The rule that explains most is chosen first, and each later one must explain other zeros.

    Args:
        days: Day numbers, (D,).
        observed: Which days were observed, (D,).
        zero: Which of the observed days have no value but zero, (D,).
        listed: Named days that the user requested.

    """
    weekdays = weekday_of(days)
    seen, zeros = (np.bincount(weekdays, weights=each, minlength=7) for each in (observed, zero))
    share = zeros / np.maximum(seen, 1)
    surprise = np.where(zero, -np.log(np.where(zeros > 0, share, 1.0))[weekdays], 0.0)
    if surprise.sum() <= LEAST_SURPRISE:
        return ()
    usually_open = observed & (share < 0.5)[weekdays]
    around = _sum_around(zero & usually_open) > MOST_AROUND * _sum_around(usually_open)
    excluded = around | (observed & ~zero)
    common = common_candidates(int(days[0]), len(days))
    chosen: list[NamedDay] = []
    while len(chosen) < MOST_NAMED_DAYS:
        near = [each for day in chosen for each in neighbours(day)]
        candidates = joined(
            joined(common, candidates_among(listed, days, LISTED_CHANCE)),
            candidates_among(near, days, NEIGHBOUR_CHANCE),
        )
        best = _most_surprising(candidates, surprise, zero, excluded)
        if best is None:
            break
        chosen.append(candidates.rules[best])
        surprise[candidates.places[candidates.starts[best] : candidates.starts[best + 1]]] = 0
    return tuple(chosen)


def _sum_around(which: Bools) -> Floats:
    """Return how many of the days around each day are true, (D,)."""
    total = np.concatenate([[0.0], np.cumsum(which)])
    place = np.arange(len(which))
    sums: Floats = total[np.minimum(place + SEASON + 1, len(which))] - total[np.maximum(place - SEASON, 0)]
    return sums


def _most_surprising(candidates: Candidates, surprise: Floats, zero: Bools, excluded: Bools) -> int | None:
    """Return the number of the candidate whose zeros are the largest surprise; None if none is large enough."""
    places, starts = candidates.places, candidates.starts[:-1]
    sums = np.add.reduceat(surprise[places], starts)
    counts = np.add.reduceat(zero[places].astype(np.int64), starts)
    outside = np.add.reduceat(excluded[places].astype(np.int64), starts)
    possible = (counts >= LEAST_YEARS) & (outside == 0) & (sums > LEAST_SURPRISE)
    if not possible.any():
        return None
    return int(np.argmax(np.where(possible, sums * candidates.weights, -1.0)))
