"""Find moves that look like share splits which earlier prices were not adjusted for, and like slips of a finger.

Such a move is no news: it would widen every forecast after it and train the network on an accident. A move is looked
at if it is `EXTREME` times as large as those of the series that are large, and told if there are few such and every
other move of the series is far smaller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Floats

    pass


RATIOS = {f"{new} for {old}": new / old for new, old in [(3, 2), *((new, 1) for new in (2, 3, 4, 5, 7, 8, 10, 20, 50))]}
"""Splits that companies make, new shares for old ones; the other way round they are consolidations."""
CLOSE = 0.08
"""A ratio of prices is a split's if it is within so much of it: the price moved on the same day."""
SHORTEST = 21
"""Rows from which the size of a move says something."""
LARGE, EXTREME = 0.95, 6.0
"""Share of the moves that are smaller than a large one, and how many times as large extreme ones are."""
FACTOR = 2.0
"""A positive value that is neither doubled nor halved has moved, but not jumped, unless as by a split."""
BACK = 0.2
"""A move has come back if the two together are so small a share of it."""
BESIDE, STAYED = 30, 0.7
"""Rows on either side whose medians tell whether a move stays, and the share of it that lies between them then."""
MOST_SHARE, MOST_ANYWAY = 0.01, 3
"""Where more of the rows are extreme, that is how the series moves."""
ALONE = 2.0
"""How many times as large as all others a move must be, those apart that stay or come back just as suddenly."""
LARGEST_MOVE = 10.0
"""Moves of the logarithm count as at most this: no split is larger."""


class Jump(NamedTuple):
    """An extreme move: the row that it leads to, what it looks like, and what to do if it is that."""

    row: int
    like: str
    remedy: str


SLIP = Jump(0, "and comes back at once, like a slip", "correct the value if it is wrong")


def jumps(values: Floats) -> list[Jump]:
    """Return the jumps of a series, (n,), in order; each value that leaps and comes back is one."""
    positive = bool((values > 0).all())
    if len(values) < SHORTEST:
        return []
    x = np.log(values) if positive else values
    moves = np.diff(x)
    size = np.abs(moves)
    back = np.append(np.abs(moves[1:] + moves[:-1]) < BACK * size[:-1], False)
    found: list[Jump] = []
    ordinary = np.ones(len(size), np.bool_)
    slip = -2
    for i in np.flatnonzero(size > EXTREME * np.quantile(size, LARGE)).tolist():
        if back[i] and i != slip + 1:
            slip = i
            told = [SLIP._replace(row=i + 1)] if not positive or size[i] > np.log(FACTOR) else []
            ordinary[i : i + 2] = not told
        elif positive and i != slip + 1 and _stays(x, i + 1):
            told = _lasting(i + 1, float(moves[i]))
            ordinary[i] = False
        else:
            continue
        found += told
    if len(found) > max(MOST_ANYWAY, MOST_SHARE * len(values)):
        return []
    usual = size[ordinary].max(initial=0.0)
    return [jump for jump in found if size[jump.row - 1] > ALONE * usual]


def _stays(x: Floats, row: int) -> bool:
    """Return whether the rows from `row` on keep the level that it moves to."""
    between = np.median(x[row : row + BESIDE]) - np.median(x[max(0, row - BESIDE) : row])
    return bool(between / (x[row] - x[row - 1]) >= STAYED)


def _lasting(row: int, move: float) -> list[Jump]:
    """Return the jump that a move of the logarithm which stays looks like, if it looks like one."""
    ratio = float(np.exp(min(abs(move), LARGEST_MOVE)))
    distance, name = min((abs(ratio / each - 1), name) for name, each in RATIOS.items())
    if distance <= CLOSE:
        new, _, old = name.partition(" for ")
        split = f"{name} split" if move < 0 else f"{old} for {new} consolidation"
        adjust = f"{'divide' if move < 0 else 'multiply'} the values before by {RATIOS[name]:g} if it is one"
        return [Jump(row, f"like a {split} that earlier values were not adjusted for", adjust)]
    return [Jump(row, "and stays there", "check whether the unit has changed")] if ratio > FACTOR else []
