"""Split-conformal intervals at any level, from held-out errors measured by the forecast's own quantiles.

A forecast comes with offsets: its quantiles at `TAUS` less its point, (..., Q). The normal score g of an error is the
standard normal quantile of where it fell among them: piecewise linear between the quantiles, and carried on beyond the
outermost. If the quantiles tell the truth, g is standard normal at every step of the horizon.

The interval at level a reaches from the error at -k to the error at k, where k is the ceil((n + 1) a)-th smallest of n
held-out |g| at that step: it covers the next value with probability a if scores are exchangeable (Papadopoulos et al.
2002; Lei et al. 2018). As k rises with the level, intervals lie within each other. Beyond what n scores can tell, k
grows like the normal quantile.

A few overlapping windows say little about errors to come. So k leans on scores from elsewhere, with a weight w of its
own that grows with the number n of windows that do not overlap. Where a baseline's scores at earlier windows are given,
k is at least w own + (1 - w) theirs, with w = n / (n + 5). Where not, the forecast's own quantiles are trusted: with
their nominal z, k = z (own / z)^w and w = n / (n + 20), and at most twice or half of z, for what lies further off was
an accident of the held-out rows, such as the end of a peg.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Floats, Ints

    pass


TAUS = np.array([0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975])
"""Probabilities of the quantiles of a forecast, (Q,)."""
NORMAL = np.array([NormalDist().inv_cdf(tau) for tau in TAUS])
"""The same quantiles of the standard normal distribution, (Q,)."""
LARGEST = 1e6
"""Bound of normal scores, which would be infinite where quantiles coincide."""
SMALLEST = 1e-300
"""What may be divided by."""
ENOUGH = 40
"""Windows below which the scores of all steps are pooled: 39 are the least that bound 95 % from inside."""
LEANING = 5
"""Windows that do not overlap at which a method's own scores count as much as those it leans on."""
OWN_QUANTILES_LEANING, LARGEST_CHANGE = 20, float(np.log(2))
"""The same for the forecast's own quantiles, and how far these are corrected at most, as a logarithm."""
ROLLING = 500
"""Latest cutoffs whose scores count."""
MOST = 1000
"""Windows kept of these, evenly spread, and order statistics kept of the scores that are leaned on."""


@np.errstate(under="ignore")
def normal_scores(error: Floats, offsets: Floats) -> Floats:
    """Return the normal scores of errors, (...), among offsets, (..., Q), which never fall along Q.

    Where quantiles coincide, several scores are right: it is the one nearest to zero, so that an error lies in the
    interval from -k to k just if its score does. All are finite.
    """
    scores: Floats = np.clip(0.0, _lowest_score(error, offsets), -_lowest_score(-error, -offsets[..., ::-1]))
    return np.clip(scores, -LARGEST, LARGEST)


def _lowest_score(error: Floats, offsets: Floats) -> Floats:
    """Return the lowest normal score whose quantile reaches the error."""
    segment = (offsets[..., 1:-1] < error[..., None]).sum(axis=-1)
    low, high = _at(offsets, segment), _at(offsets, segment + 1)
    beyond = error - low
    width = np.maximum(np.maximum(high - low, np.abs(beyond) / LARGEST), SMALLEST)
    score: Floats = NORMAL[segment] + (NORMAL[segment + 1] - NORMAL[segment]) * (beyond / width)
    return score


@np.errstate(under="ignore")
def error_at(scores: Floats, offsets: Floats) -> Floats:
    """Return the errors that have these normal scores among offsets, (..., Q); the shapes (...) are broadcast."""
    scores = np.broadcast_to(scores, np.broadcast_shapes(scores.shape, offsets.shape[:-1]))
    segment = np.searchsorted(NORMAL[1:-1], scores)
    low, high = _at(offsets, segment), _at(offsets, segment + 1)
    share = (scores - NORMAL[segment]) / (NORMAL[segment + 1] - NORMAL[segment])
    error: Floats = low + share * (high - low)
    return error


def _at(offsets: Floats, place: Ints) -> Floats:
    """Return the offset at a place along Q for each of the errors, of the shape of `place`."""
    spread = np.broadcast_to(offsets, (*place.shape, offsets.shape[-1]))
    taken: Floats = np.take_along_axis(spread, place[..., None], axis=-1)[..., 0]
    return taken


def normal_offsets(scale: Floats, ahead: Floats, horizon_exponent: float) -> Floats:
    """Return the offsets of normal errors of size s * ahead^growth, (W, h, Q), of a forecast without quantiles.

    Args:
        scale: Scale s of each window, (W,).
        ahead: How far ahead each value lies, in steps, (h,) or (W, h).
        growth: As `fit_horizon_exponent` estimates it.

    """
    offsets: Floats = (scale[:, None] * ahead**horizon_exponent)[..., None] * NORMAL
    return offsets


def fit_horizon_exponent(size: Floats, ahead: Floats) -> float:
    """Return b of the least-squares line log(mean size) = a + b log(distance), held between 0 and 1.

    Of unequal distances the mean of the roots counts, as the errors of a random walk grow with them. One step, or
    errors of zero, say nothing: then 1/2, as for a random walk.

    Args:
        size: Absolute errors in units of each window's scale, (W, h).
        ahead: How far ahead each was, in steps, (W, h).

    """
    mean, distance = size.mean(axis=0), np.sqrt(ahead).mean(axis=0) ** 2
    if len(mean) < 2 or (mean <= 0).any():
        return 0.5
    return float(np.clip(np.polyfit(np.log(distance), np.log(mean), 1)[0], 0, 1))


class Sample(NamedTuple):
    """Normal scores of forecasts that did not know what came.

    Attributes:
        scores: Scores, (W, h).
        cutoff: Number of each window's cutoff, which counts the rows, (W,).

    """

    scores: Floats
    cutoff: Ints

    def take(self, rows: slice | Ints) -> Sample:
        """Return the sample of these windows."""
        return Sample(self.scores[rows], self.cutoff[rows])

    def latest(self) -> Sample:
        """Return the windows at the `ROLLING` latest cutoffs in order of time, `MOST` of them evenly spread."""
        rows = np.argsort(self.cutoff, kind="stable")
        rows = rows[np.isin(self.cutoff[rows], np.unique(self.cutoff)[-ROLLING:])]
        return self.take(rows[evenly(len(rows), MOST)])

    def independent(self) -> int:
        """Return the windows that do not overlap: of each h cutoffs, as many as one of them has at most."""
        cutoff, count = np.unique(self.cutoff, return_counts=True)
        _, first = np.unique((cutoff - cutoff[0]) // self.scores.shape[1], return_index=True)
        return int(np.maximum.reduceat(count, first).sum())

    def ordered(self, *, pooled: bool) -> Floats:
        """Return |scores| of each step rising, (h, W), or those of all steps in one row, (1, W h)."""
        size = np.abs(self.scores)
        return np.sort(size.reshape(1, -1) if pooled else size.T, axis=1)


def evenly(count: int, most: int) -> Ints:
    """Return the numbers of at most `most` of `count` things, evenly spread over them and with the last."""
    kept = min(count, most)
    return np.arange(1, kept + 1) * count // max(kept, 1) - 1


@dataclass(frozen=True)
class Scores:
    """Calibration of a method.

    Attributes:
        held_out: Its own scores on held-out windows, oldest first.
        earlier: |Scores| that few of its own lean on, (S, R), rising along R, for each step or, S = 1, for all; R = 0
            for none.
        alike: Whether its own scores of all steps are pooled, however many: where steps are unequal.
        trusting: Whether few of its own lean on the forecast's quantiles instead.

    """

    held_out: Sample
    earlier: Floats
    pools_steps: bool
    uses_own_quantiles: bool = False

    @cached_property
    def weight(self) -> float:
        """The weight of its own scores beside the earlier ones, 0 to 1."""
        independent = self.held_out.independent()
        return independent / (independent + (OWN_QUANTILES_LEANING if self.uses_own_quantiles else LEANING))

    @cached_property
    def _own(self) -> Floats:
        """Its own |scores|, rising, of each step or of all."""
        return self.held_out.ordered(pooled=self.pools_steps or len(self.held_out.scores) < ENOUGH)

    def half_width(self, level: float, steps: int) -> Floats:
        """Return k of the interval at `level` percent for the next `steps` steps, (steps,).

        Steps behind the last that was held out are like it.
        """
        k = _quantile(self._own, level)
        if self.uses_own_quantiles:
            nominal = max(_two_sided(level / 100), SMALLEST)
            change = self.weight * np.log(np.maximum(k, SMALLEST) / nominal)
            k = nominal * np.exp(np.clip(change, -LARGEST_CHANGE, LARGEST_CHANGE))
        elif self.earlier.size:
            k = np.maximum(k, self.weight * k + (1 - self.weight) * _quantile(self.earlier, level))
        return k[np.minimum(np.arange(steps), len(k) - 1)]

    def interval(self, level: float, offsets: Floats) -> tuple[Floats, Floats]:
        """Return the errors at both ends of the interval at `level` percent, each (N, h), for offsets, (N, h, Q)."""
        k = self.half_width(level, offsets.shape[1])
        return error_at(-k, offsets), error_at(k, offsets)

    def updated(self, newer: Sample) -> Scores:
        """Return the calibration with newer held-out windows, which push out the oldest."""
        together = Sample(*(np.concatenate(pair) for pair in zip(self.held_out, newer, strict=True)))
        return replace(self, held_out=together.latest())


def calibrate(own: Sample, earlier: Sample | None, *, pools_steps: bool = False) -> Scores:
    """Return the calibration of a method.

    Args:
        own: Its scores on held-out windows.
        earlier: Scores of a baseline with the same offsets on windows before those, an empty sample for none; None to
            lean on the quantiles themselves, as if they told the truth.
        alike: Whether steps are unequal, so that no step is like its namesake of another window.

    """
    if earlier is None:
        return Scores(own.latest(), np.empty((1, 0)), pools_steps, uses_own_quantiles=True)
    ordered = earlier.ordered(pooled=pools_steps or len(earlier.scores) < ENOUGH)
    return Scores(own.latest(), ordered[:, evenly(ordered.shape[1], MOST)], pools_steps)


def calibrate_alone(own: Sample, *, pools_steps: bool = False) -> Scores:
    """Return the calibration from a method's own scores."""
    return calibrate(own, own.take(slice(0)), pools_steps=pools_steps)


def _quantile(ordered: Floats, level: float) -> Floats:
    """Return the conformal quantile at `level` percent of |scores|, (S, R), rising along R: one for each row."""
    count = ordered.shape[1]
    rank = max(1, ceil((count + 1) * level / 100))
    if rank <= count:
        return ordered[:, rank - 1]
    return ordered[:, -1] * (_two_sided(level / 100) / _two_sided(count / (count + 1)))


def _two_sided(share: float) -> float:
    """Return the k such that this share of the standard normal distribution lies between -k and k."""
    return -NormalDist().inv_cdf((1 - share) / 2)
