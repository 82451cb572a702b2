"""Notice that a series has changed since its model was trained: in level, in how much it varies, or in its season.

The values of a series, (n,), are divided into b blocks of m rows, whole seasons, so that a block ends where training
ended. Each block gives a level (its mean), a variation (the logarithm of the mean absolute change from row to row,
without the season) and a profile (the mean at each phase of the season). A level or a variation is predicted by the
mean of the last 2 blocks or of the last 12, whichever predicted the blocks of training better; of a profile, the
logarithm of the mean squared distance to the mean profile of the last 12 counts. A block after training has changed if
its error is far larger than those of training, by their own mean and standard deviation and a quantile of Student's t.
So a trend, a season of the year and a walk that were there before are no finding. A level that the last 2 blocks
predict better wanders anyway, as prices do: it is not looked at.

The chance of a false finding is spent over the blocks, alpha / (j (j + 1)) for the j-th after training (as in Foster &
Stine 2008), so that it does not grow with the number of nights.
"""

from __future__ import annotations

from functools import cache
from math import ceil, exp, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Floats

LEVEL, VARIATION, SEASON = "level", "variation", "season"
"""What may change."""
SHORTEST_BLOCK = 24
"""Rows of a block at least, chosen by hand: the mean of 24 values is nearly normal."""
MOST_BLOCKS = 60
"""Blocks of training that count at most, chosen by hand: about four years of days."""
SHORT, LONG = 2, 12
"""Blocks whose mean predicts the next one: of a level that wanders, and of one that does not. Chosen by hand."""
FEWEST_ERRORS = 10
"""Errors of training that a comparison needs, chosen by hand: fewer do not tell what is usual."""
ALPHA = 0.002
MOST_FREEDOM = {LEVEL: 8, VARIATION: 12, SEASON: 12}
"""Chance of a false finding of each kind, and degrees of freedom at most, which make room for heavy tails. On simulated
series of 730 and 1,500 rows in training and a year after it, they gave findings on at most 1 % of noise, of heavy tails
(t with 3 degrees of freedom), of autoregressions, of trends and of seasons; see `benchmarks/drift.py`."""
FLOOR = 1e-3
"""Least variation of a block as a share of the usual one: a series that stands still has no logarithm otherwise."""
TINY, SMALLEST = 1e-12, 1e-300
"""Errors below this share of the values are rounding; and the least number that a logarithm is taken of."""


class Change(NamedTuple):
    """A change of a series.

    Attributes:
        kind: What has changed.
        row: The first row of the block in which it was found.
        size: The error of that block in standard deviations of those of training.

    """

    kind: str
    row: int
    size: float


def find_change(values: Floats, trained: int, season: int) -> Change | None:
    """Return the first change after training that is beyond what the series did before; None if there is none.

    Args:
        values: The observed values of a series, in order of time, (n,).
        trained: How many of them were known in training.
        season: Rows of its season; 1 for none.

    """
    rows = _rows_of_block(season)
    before, after = min(trained // rows, MOST_BLOCKS), (len(values) - trained) // rows
    if after < 1 or before < SHORT + FEWEST_ERRORS:
        return None
    begin = trained - before * rows
    blocks = _on_scale(values[begin : trained + after * rows]).reshape(before + after, rows)
    level = blocks.mean(axis=1)
    errors = {
        LEVEL: _errors_of_blocks(level, before, wandering=False),
        VARIATION: _errors_of_blocks(_variations(blocks, season, before), before, wandering=True),
        SEASON: _profile_distances(blocks - level[:, None], season, before) if season > 1 else None,
    }
    found = [
        change
        for kind, each in errors.items()
        if each is not None and (change := _first_beyond(kind, *each, trained, rows)) is not None
    ]
    # where values vary more, means do, too: the level comes last
    order = (VARIATION, SEASON, LEVEL)
    return min(found, key=lambda each: (each.row, order.index(each.kind)), default=None)


def _rows_of_block(season: int) -> int:
    """Return the rows of a block: whole seasons, and enough of them."""
    return max(1, season) * ceil(SHORTEST_BLOCK / max(1, season))


def _on_scale(values: Floats) -> Floats:
    """Return values on a scale on which changes do not grow with the level: logarithms, or roots of counts."""
    if values.min() > 0:
        return np.log(values)
    scaled: Floats = np.sqrt(values + 3 / 8) if values.min() >= 0 else values  # Anscombe 1948
    return scaled


def _errors_of_blocks(level: Floats, before: int, *, wandering: bool) -> tuple[Floats, Floats] | None:
    """Return the errors of predicted blocks in training and after it, less their mean, with both signs.

    None if there are too few, or if the last blocks predict the next one better, unless it may be `wandering`.
    """
    best: tuple[float, Floats, Floats] | None = None
    total = np.concatenate([[0.0], np.cumsum(level)])
    for count in (SHORT, LONG):
        error = level[count:] - (total[count:-1] - total[: -count - 1]) / count
        known = error[: before - count]
        if before - count < FEWEST_ERRORS:
            continue
        deviation = float(known.std(ddof=1))
        if best is None or deviation < best[0]:
            best = deviation, known, error[before - count :]
            chosen = count
    if best is None or (chosen == SHORT and not wandering):
        return None
    return best[1], np.abs(best[2] - best[1].mean())


def _variations(blocks: Floats, season: int, before: int) -> Floats:
    """Return the logarithm of the mean absolute change from row to row in each block, (b,), without its season."""
    change = np.diff(blocks, axis=1, prepend=np.concatenate([blocks[:1, :1], blocks[:-1, -1:]]))
    if season > 1:
        phases = change.reshape(len(blocks), -1, season)
        change = (phases - phases.mean(axis=1, keepdims=True)).reshape(blocks.shape)
    size = np.abs(change).mean(axis=1)
    variations: Floats = np.log(size + FLOOR * size[:before].mean() + TINY * np.abs(blocks).max() + SMALLEST)
    return variations


def _profile_distances(blocks: Floats, season: int, before: int) -> tuple[Floats, Floats] | None:
    """Return the distances of the profiles of blocks, less the mean of training: in training, and after it."""
    profile = blocks.reshape(len(blocks), -1, season).mean(axis=1)
    total = np.cumsum(profile, axis=0)
    place = np.arange(LONG, len(blocks))
    mean = (total[place - 1] - np.where((place > LONG)[:, None], total[place - LONG - 1], 0.0)) / LONG
    square = ((profile[LONG:] - mean) ** 2).mean(axis=1)
    if before - LONG < FEWEST_ERRORS:
        return None
    distance = np.log(square + TINY * np.abs(profile).max() + SMALLEST)
    known = distance[: before - LONG]
    return known, distance[before - LONG :] - known.mean()


def _first_beyond(kind: str, known: Floats, later: Floats, trained: int, rows: int) -> Change | None:
    """Return the first block after training whose error is beyond the limit; None if there is none."""
    deviation = float(known.std(ddof=1)) * sqrt(1 + 1 / len(known)) + TINY * (1 + float(np.abs(known).max()))
    sides = 1 if kind == SEASON else 2
    freedom = min(len(known) - 1, MOST_FREEDOM[kind])
    limits = np.array([_limit(number, freedom, sides) for number in range(1, len(later) + 1)])
    beyond = np.flatnonzero(later > limits * deviation)
    if not len(beyond):
        return None
    first = int(beyond[0])
    return Change(kind, trained + first * rows, float(later[first]) / deviation)


@cache
def _limit(number: int, freedom: int, sides: int) -> float:
    """Return how many standard deviations the error of the `number`-th block may have.

    It is a quantile of Student's t, from that of the normal distribution (Wallace 1959).
    """
    chance = ALPHA / (number * (number + 1)) / sides
    z = -NormalDist().inv_cdf(chance) * (8 * freedom + 3) / (8 * freedom + 1)
    return sqrt(freedom * (exp(z * z / freedom) - 1))
