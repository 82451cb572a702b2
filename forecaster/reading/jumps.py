"""Find moves that look like share splits for which earlier prices were not adjusted, or like typing errors.

Such a move would widen every forecast after it and train the network on an accident. It is a candidate if it is
`EXTREME` times as large as the large moves of the series, and it is reported if there are few candidates and all other
moves are far smaller. The numbers below were chosen by hand: each trades off errors that are found against moves of a
market that are reported as errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.series.slips import FAR_RATIO, FEWEST_KNOWN, last_value_is_far

if TYPE_CHECKING:
    from forecaster.arrays import Floats

RATIOS = {f"{new} for {old}": new / old for new, old in [(3, 2), *((new, 1) for new in (2, 3, 4, 5, 7, 8, 10, 20, 50))]}
"""Usual splits of shares, new ones for old ones; the other way round they are consolidations."""
CLOSE = 0.08
"""How far a ratio of prices may be from that of a split, as a share: the price also moved on that day."""
SHORTEST = 21
"""Rows from which on the size of a usual move is known well enough: about a month of trading days."""
LARGE, EXTREME = 0.95, 6.0
"""Share of the moves that are smaller than a large one, and how many times as large extreme ones are."""
FACTOR = 2.0
"""A positive value that is neither doubled nor halved has moved, but not jumped, unless its ratio is of a split."""
BACK = 0.2
"""A move has come back if it and the next one add up to less than this share of it."""
NEAR, STAYED = 30, 0.7
"""Rows on either side whose medians are compared, and the share of a lasting move that lies between these."""
MOST_SHARE, MOST_ANYWAY = 0.01, 3
"""Share of rows, and rows in any case, that may be extreme; a series with more of them moves so by nature."""
ALONE = 2.0
"""How many times as large as all ordinary moves a jump must be."""
LATEST = 12
"""Values before a value that say how small it may be: a year of months. Chosen by hand."""
SMALL_PART, PRECEDENT = 0.75, 2.0
"""A value is implausibly small if it is at most this part of the least of the latest ones, and if its fall below them,
in logarithms, is twice as deep as that of any value before. Chosen by hand: 81 of 575,000 values of public series fall
so, and each was a candidate as if it were the last one."""
CHANCE_OF_COUNTS = 1.5
"""Distance of the square roots of two counts that chance does not explain: three standard deviations."""
LARGEST_MOVE = 10.0
"""Moves of the logarithm count as at most this: no split is larger."""


class Jump(NamedTuple):
    """An extreme move: the row that it leads to, what it looks like, and what to do if it is that."""

    row: int
    like: str
    remedy: str


STAYS = Jump(0, "and stays there", "check whether the unit has changed")
LAST_ROW = Jump(0, "in the last row, so no later row says whether it stays", "correct the value if it is wrong")
UNFINISHED = Jump(
    0,
    "in the last row: it may be cut off, or its period is not over",
    "correct the value, or leave the row out with --drop-last if it is not complete",
)
TYPING_ERROR = Jump(0, "and comes back at once, like a typing error", "correct the value if it is wrong")


def find_jumps(values: Floats) -> list[Jump]:
    """Return the jumps of a series, (n,), in order; a value that jumps and comes back is one of them."""
    far = _explain_last_value(values)
    positive = bool((values > 0).all())
    if len(values) < SHORTEST:
        return far
    x = np.log(values) if positive else values
    moves = np.diff(x)
    size = np.abs(moves)
    back = np.append(np.abs(moves[1:] + moves[:-1]) < BACK * size[:-1], False)
    at_end = far[0] if far else LAST_ROW._replace(row=len(values) - 1)
    found: list[Jump] = []
    ordinary = np.ones(len(size), np.bool_)
    last_error = -2
    for i in np.flatnonzero(size > EXTREME * np.quantile(size, LARGE)).tolist():
        if back[i] and i != last_error + 1:
            last_error = i
            reported = [TYPING_ERROR._replace(row=i + 1)] if not positive or size[i] > np.log(FACTOR) else []
            ordinary[i : i + 2] = not reported
        elif positive and i != last_error + 1 and _lasts(x, i + 1):
            stays = at_end if i + 1 == len(moves) else STAYS._replace(row=i + 1)
            reported = _explain_lasting_jump(float(moves[i]), stays)
            ordinary[i] = False
        else:
            continue
        found += reported
    if len(found) > max(MOST_ANYWAY, MOST_SHARE * len(values)):
        return far
    usual = size[ordinary].max(initial=0.0)
    jumps = [jump for jump in found if size[jump.row - 1] > ALONE * usual]
    return jumps if jumps and jumps[-1].row == len(values) - 1 else jumps + far


def _explain_last_value(values: Floats) -> list[Jump]:
    """Return the jump to a last value that is far from all others, or implausibly small beside them; none otherwise."""
    if _last_value_is_small(values):
        return [UNFINISHED._replace(row=len(values) - 1)]
    return [LAST_ROW._replace(row=len(values) - 1)] if last_value_is_far(values) else []


def _last_value_is_small(values: Floats) -> bool:
    """Return whether the last of positive values is implausibly small, as that of a month that is not over.

    It is less than a third of any other, after the largest relative move, or it falls below the latest values as no
    other one did.
    """
    if len(values) < FEWEST_KNOWN or not (values[:-1] > 0).all() or values[-1] < 0:
        return False
    if _falls_without_precedent(values):
        return True
    if values[-1] == 0 or values[-1] * FAR_RATIO >= values[:-1].min():
        return False
    moves = np.abs(np.diff(np.log(values)))
    return bool(moves[-1] > moves[:-1].max())


def _falls_without_precedent(values: Floats) -> bool:
    """Return whether the last value is far below the least of the latest ones, and no other value was.

    Counts fall by chance: the square root of a count has a standard deviation of a half.
    """
    if len(values) < 2 * LATEST or values[-1] / values[-1 - LATEST : -1].min() > SMALL_PART:
        return False
    least = np.lib.stride_tricks.sliding_window_view(values[:-1], LATEST).min(axis=1)
    ratios = values[LATEST:] / least
    if ratios[-1] > min(1.0, ratios[:-1].min()) ** PRECEDENT:
        return False
    counts = bool((values == np.round(values)).all())
    return not counts or bool(np.sqrt(least[-1]) - np.sqrt(values[-1]) > CHANCE_OF_COUNTS)


def _lasts(x: Floats, row: int) -> bool:
    """Return whether the rows from `row` on keep the level to which it moves."""
    between = np.median(x[row : row + NEAR]) - np.median(x[max(0, row - NEAR) : row])
    return bool(between / (x[row] - x[row - 1]) >= STAYED)


def _explain_lasting_jump(move: float, stays: Jump) -> list[Jump]:
    """Return the jump that a lasting move of the logarithm looks like, none if it looks like no jump.

    `stays` is what it is if it is large and no split; in the last row it may be that as well as a split.
    """
    ratio = float(np.exp(min(abs(move), LARGEST_MOVE)))
    distance, name = min((abs(ratio / each - 1), name) for name, each in RATIOS.items())
    if distance <= CLOSE:
        new, _, old = name.partition(" for ")
        split = f"{name} split" if move < 0 else f"{old} for {new} consolidation"
        unfinished = stays.like == UNFINISHED.like
        like = f"like a {split} that earlier values were not adjusted for" + ", or its period is not over" * unfinished
        if move > 0:
            return [Jump(stays.row, like, f"multiply the values before by {RATIOS[name]:g} if it is one")]
        remedy = f"divide the values before by {RATIOS[name]:g} if it is one"
        return [Jump(stays.row, like, remedy + ", or leave the row out with --drop-last" * unfinished)]
    return [stays] if ratio > FACTOR else []
