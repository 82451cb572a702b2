"""Split-conformal intervals at any level, from held-out errors measured by the forecast's own quantiles.

A forecast comes with offsets: its quantiles at `TAUS` less its point, (..., Q). The normal score g of an error is the
standard normal quantile of where it fell among them: piecewise linear between the quantiles, and carried on beyond the
outermost. If the quantiles tell the truth, g is standard normal at every step of the horizon.

The interval at level a reaches from the error at -k to the error at k, where k is the ceil((n + 1) a)-th smallest of n
held-out |g| at that step: it covers the next value with probability a if scores are exchangeable (Papadopoulos et al.
2002; Lei et al. 2018). As k rises with the level, intervals lie within each other. Beyond what n scores can tell, k
grows like the normal quantile.

A few overlapping windows say little about errors to come. So k is a mixture of the held-out scores, whose weight w
grows with the number n of windows that do not overlap, and of other scores. Where a baseline's scores at earlier
windows are given, k is at least w own + (1 - w) theirs, with w = n / (n + 5). Where not, the forecast's own quantiles
take their place: with their nominal z, k = z (own / z)^w and w = n / (n + 20), and at most twice or half of z, because
a larger change was an accident of the held-out rows, such as the end of a peg.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats, Ints

TAUS = np.array([0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975])
"""Probabilities of the quantiles of a forecast, (Q,): the ends of the 80 and 95 % intervals, and steps of a tenth."""
NORMAL = np.array([NormalDist().inv_cdf(tau) for tau in TAUS])
"""The same quantiles of the standard normal distribution, (Q,)."""
LARGEST = 1e6
"""Bound of normal scores, which would be infinite where quantiles coincide; far beyond every requested level."""
SMALLEST = 1e-300
"""The least divisor: a smaller one would overflow."""
ENOUGH = 40
"""Windows below which the scores of all steps are pooled: from 39 on, a 95 % interval ends below the largest score."""
BASELINE_WINDOWS = 5
"""Windows that do not overlap at which a method's own scores count as much as those of a baseline. Chosen by hand."""
OWN_QUANTILES_WINDOWS, LARGEST_CHANGE = 20, float(np.log(2))
"""The same for the forecast's own quantiles, which are nearer to the truth than a baseline's scores, and how far these
are corrected at most, as a logarithm. Chosen by hand."""
ROLLING = 500
"""Latest cutoffs whose scores count: enough for the usual levels, few enough to follow changes. Chosen by hand."""
MOST = 1000
"""Windows of these, and order statistics of a baseline's scores, that are kept, evenly spread: model files stay small,
and the quantiles of a thousand scores differ little from those of all."""


@np.errstate(under="ignore")
def normal_scores(error: Floats, offsets: Floats) -> Floats:
    """Return the normal scores of errors, (...), among offsets, (..., Q), which never fall along Q.

    Where quantiles coincide, several scores fit, and the one nearest to zero is taken: so an error lies in the interval
    from -k to k exactly if its score does. All are finite.
    """
    scores: Floats = np.clip(0.0, _lowest_score(error, offsets), -_lowest_score(-error, -offsets[..., ::-1]))
    return np.clip(scores, -LARGEST, LARGEST)


def _lowest_score(error: Floats, offsets: Floats) -> Floats:
    """Return the lowest normal score whose quantile reaches the error."""
    segment = (offsets[..., 1:-1] < error[..., None]).sum(axis=-1)
    low, high = _select_offset(offsets, segment), _select_offset(offsets, segment + 1)
    beyond = error - low
    width = np.maximum(np.maximum(high - low, np.abs(beyond) / LARGEST), SMALLEST)
    score: Floats = NORMAL[segment] + (NORMAL[segment + 1] - NORMAL[segment]) * (beyond / width)
    return score


@np.errstate(under="ignore")
def error_of_score(scores: Floats, offsets: Floats) -> Floats:
    """Return the errors that have these normal scores among offsets, (..., Q); the shapes (...) are broadcast."""
    scores = np.broadcast_to(scores, np.broadcast_shapes(scores.shape, offsets.shape[:-1]))
    segment = np.searchsorted(NORMAL[1:-1], scores)
    low, high = _select_offset(offsets, segment), _select_offset(offsets, segment + 1)
    share = (scores - NORMAL[segment]) / (NORMAL[segment + 1] - NORMAL[segment])
    error: Floats = low + share * (high - low)
    return error


def _select_offset(offsets: Floats, place: Ints) -> Floats:
    """Return the offset at a place along Q for each of the errors, of the shape of `place`."""
    broadcast = np.broadcast_to(offsets, (*place.shape, offsets.shape[-1]))
    return np.take_along_axis(broadcast, place[..., None], axis=-1)[..., 0]


def normal_offsets(scale: Floats, ahead: Floats, horizon_exponent: float) -> Floats:
    """Return the offsets of normal errors of size scale * ahead^horizon_exponent, (W, h, Q).

    The scale is (W,); `ahead` is how far ahead each value lies, in steps, (h,) or (W, h).
    """
    offsets: Floats = (scale[:, None] * ahead**horizon_exponent)[..., None] * NORMAL
    return offsets


def fit_horizon_exponent(size: Floats, ahead: Floats) -> float:
    """Return b of the least-squares line log(mean size) = a + b log(distance), clipped to 0 and 1.

    Sizes are absolute errors in units of each window's scale, at `ahead` steps, (W, h) each. Where the distances of a
    step differ, the square of their mean root stands for them, as the errors of a random walk grow with the root. With
    one step, or errors of zero, b is 1/2, as for a random walk.
    """
    mean, distance = size.mean(axis=0), np.sqrt(ahead).mean(axis=0) ** 2
    if len(mean) < 2 or (mean <= 0).any():
        return 0.5
    return float(np.clip(np.polyfit(np.log(distance), np.log(mean), 1)[0], 0, 1))


class HeldOutScores(NamedTuple):
    """Normal scores, (W, h), of forecasts of rows that they were not trained on; cutoffs are numbered by rows, (W,)."""

    scores: Floats
    cutoff: Ints

    def take(self, rows: slice | Ints) -> HeldOutScores:
        """Return the scores of these windows."""
        return HeldOutScores(self.scores[rows], self.cutoff[rows])

    def latest(self) -> HeldOutScores:
        """Return the windows at the `ROLLING` latest cutoffs in order of time, `MOST` of them evenly spread."""
        rows = np.argsort(self.cutoff, kind="stable")
        rows = rows[np.isin(self.cutoff[rows], np.unique(self.cutoff)[-ROLLING:])]
        return self.take(rows[evenly_spread(len(rows), MOST)])

    def independent(self) -> int:
        """Return how many windows do not overlap: for each h cutoffs, the windows of the cutoff that has most."""
        cutoff, count = np.unique(self.cutoff, return_counts=True)
        _, first = np.unique((cutoff - cutoff[0]) // self.scores.shape[1], return_index=True)
        return int(np.maximum.reduceat(count, first).sum())

    def ordered(self, *, pooled: bool) -> Floats:
        """Return |scores| of each step rising, (h, W), or those of all steps in one row, (1, W h)."""
        size = np.abs(self.scores)
        return np.sort(size.reshape(1, -1) if pooled else size.T, axis=1)


def evenly_spread(count: int, most: int) -> Ints:
    """Return at most `most` of the numbers from 0 to `count` - 1, evenly spread and with the last."""
    kept = min(count, most)
    return np.arange(1, kept + 1) * count // max(kept, 1) - 1


def evenly_spread_in_groups(group: Ints, most: int) -> Ints:
    """Return the places of at most `most` members of each group, (n,) rising, evenly spread and with the last."""
    begin = np.flatnonzero(np.diff(group, prepend=-1))
    counts = np.diff(np.append(begin, len(group))).tolist()
    parts = [first + evenly_spread(count, most) for first, count in zip(begin.tolist(), counts, strict=True)]
    return np.concatenate([np.empty(0, np.int64), *parts])


@dataclass(frozen=True)
class Calibration:
    """Calibration of a method.

    Attributes:
        held_out: Its own scores on held-out windows, oldest first.
        earlier: |Scores| of a baseline at earlier windows, which count where own ones are few, (S, R), rising along R,
            for each step or, S = 1, for all; R = 0 for none.
        pools_steps: Whether the scores of all steps are always pooled: where steps are unequal.
        uses_own_quantiles: Whether the forecast's quantiles count in their place where own scores are few.

    """

    held_out: HeldOutScores
    earlier: Floats
    pools_steps: bool
    uses_own_quantiles: bool = False

    @cached_property
    def weight(self) -> float:
        """The weight of its own scores, 0 to 1; the rest is that of the earlier ones or of the quantiles."""
        independent = self.held_out.independent()
        return independent / (independent + (OWN_QUANTILES_WINDOWS if self.uses_own_quantiles else BASELINE_WINDOWS))

    @cached_property
    def _own_sizes(self) -> Floats:
        """Its own |scores|, rising, of each step or of all."""
        return self.held_out.ordered(pooled=self.pools_steps or len(self.held_out.scores) < ENOUGH)

    def half_width(self, level: float, steps: int) -> Floats:
        """Return k of the interval at `level` percent for the next steps, (steps,), constant after held-out ones."""
        k = _conformal_quantile(self._own_sizes, level)
        if self.uses_own_quantiles:
            nominal = max(two_sided(level / 100), SMALLEST)
            change = self.weight * np.log(np.maximum(k, SMALLEST) / nominal)
            k = nominal * np.exp(np.clip(change, -LARGEST_CHANGE, LARGEST_CHANGE))
        elif self.earlier.size:
            k = np.maximum(k, self.weight * k + (1 - self.weight) * _conformal_quantile(self.earlier, level))
        return k[np.minimum(np.arange(steps), len(k) - 1)]

    def interval(self, level: float, offsets: Floats) -> tuple[Floats, Floats]:
        """Return the errors at both ends of the interval at `level` percent, each (N, h), for offsets, (N, h, Q)."""
        k = self.half_width(level, offsets.shape[1])
        return error_of_score(-k, offsets), error_of_score(k, offsets)

    def updated(self, newer: HeldOutScores) -> Calibration:
        """Return the calibration with newer held-out windows, which replace the oldest."""
        together = HeldOutScores(*(np.concatenate(pair) for pair in zip(self.held_out, newer, strict=True)))
        return replace(self, held_out=together.latest())


def update_of_series(calibration: Calibration, newer: HeldOutScores, series: Ints, count: int) -> Sequence[Calibration]:
    """Return the calibration of each of `count` series with its own newer windows, which are those of `series`, (V,).

    A series without newer windows keeps the calibration as it is. On the last rows of monthly and weekly
    training files and of daily prices, the windows of all series together made intervals at most 1 % better at 80 %,
    and 3 % at 95 %; but then the interval of a series would depend on which others have newer rows.
    """
    updated = [calibration] * count
    for i in np.unique(series).tolist():
        updated[i] = calibration.updated(newer.take(np.flatnonzero(series == i)))
    return updated


def intervals_of_series(calibrations: Sequence[Calibration], level: float, offsets: Floats) -> tuple[Floats, Floats]:
    """Return the errors at both ends of the interval at `level` percent, each (N, h), for offsets, (N, h, Q).

    There is a calibration for each of the N series.
    """
    half_width = {id(each): each.half_width(level, offsets.shape[1]) for each in calibrations}
    k = np.stack([half_width[id(each)] for each in calibrations])
    return error_of_score(-k, offsets), error_of_score(k, offsets)


def calibrate(own: HeldOutScores, earlier: HeldOutScores | None, *, pools_steps: bool = False) -> Calibration:
    """Return the calibration of a method from its own scores on held-out windows.

    Where these are few, `earlier` scores of a baseline with the same offsets on windows before those count as well, of
    which there may be none; if they are None, the quantiles of the forecast itself count. Steps are pooled where they
    are unequal, so that the same step of two windows lies at different distances.
    """
    if earlier is None:
        return Calibration(own.latest(), np.empty((1, 0)), pools_steps, uses_own_quantiles=True)
    ordered = earlier.ordered(pooled=pools_steps or len(earlier.scores) < ENOUGH)
    return Calibration(own.latest(), ordered[:, evenly_spread(ordered.shape[1], MOST)], pools_steps)


def calibrate_alone(own: HeldOutScores, *, pools_steps: bool = False) -> Calibration:
    """Return the calibration from a method's own scores."""
    return calibrate(own, own.take(slice(0)), pools_steps=pools_steps)


def _conformal_quantile(ordered: Floats, level: float) -> Floats:
    """Return the conformal quantile at `level` percent of |scores|, (S, R), rising along R: one for each row."""
    count = ordered.shape[1]
    rank = max(1, ceil((count + 1) * level / 100))
    if rank <= count:
        return ordered[:, rank - 1]
    return ordered[:, -1] * (two_sided(level / 100) / two_sided(count / (count + 1)))


def two_sided(share: float) -> float:
    """Return the k such that this share of the standard normal distribution lies between -k and k."""
    return -NormalDist().inv_cdf((1 - share) / 2)
