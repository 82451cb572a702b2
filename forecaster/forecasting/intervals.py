"""Intervals by split-conformal calibration, a half-width for each step of the horizon.

Scores are absolute errors on held-out windows in units of each window's own scale, so an interval is wide where the
series moves much. With R scores at a step, the half-width at level a is the ceil((R + 1) a)-th smallest: it covers the
next value with probability a if errors are exchangeable (Papadopoulos et al. 2002; Lei et al. 2018). Where steps are
unequal, scores are carried over from their distances to whole steps.

A few overlapping windows say little about errors to come. So where the errors of the baseline at all earlier windows
were larger, the widths lean on those: at each rank they are g own + (1 - g) baseline, with g = n / (n + 5) and
n = W / h, the number of windows that do not overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ENOUGH = 40
"""Scores at a step below which the scores of all steps are pooled: 39 are the least that bound 95 % from inside."""
LEANING = 5
"""Independent windows at which a method's own scores count as much as the baseline's."""
MOST = 1000
"""Order statistics kept for a step."""


class Sample(NamedTuple):
    """Scores of a method, from which its intervals are calibrated.

    Attributes:
        scores: Absolute errors in units of each window's scale, (W, h).
        ahead: How far ahead each was, in steps, (W, h).

    """

    scores: Floats
    ahead: Floats

    def take(self, rows: slice | NDArray[np.int64]) -> Sample:
        """Return the sample of these windows."""
        return Sample(self.scores[rows], self.ahead[rows])


@dataclass(frozen=True)
class Scores:
    """Calibration scores of a method.

    Attributes:
        sorted: Scores of each step, (h, R), rising along R.
        growth: b in width ~ step^b, 0 to 1, which carries the widths beyond step h.

    """

    sorted: Floats
    growth: float

    def width(self, level: int, ahead: Floats) -> Floats:
        """Return the half-widths at `level` percent at distances of `ahead` steps, of its shape, in units of the scale.

        Between two steps the widths lie on a line; nearer than the first and further than the last they follow
        step^b.
        """
        steps, count = self.sorted.shape
        rank = min(count, ceil((count + 1) * level / 100))
        width = self.sorted[:, rank - 1]
        between = np.interp(ahead, np.arange(1, steps + 1), width)
        beside: Floats = np.minimum(ahead, 1) * np.maximum(ahead / steps, 1)
        widths: Floats = between * beside**self.growth
        return widths


def calibrate(own: Sample, earlier: Sample) -> Scores:
    """Return the calibration of a method.

    Args:
        own: Its scores on held-out windows.
        earlier: Scores of the baseline on windows before those; none leave the method's own.

    """
    mine = calibrate_alone(own)
    if not len(earlier.scores):
        return mine
    theirs, independent = calibrate_alone(earlier), len(own.scores) / own.scores.shape[1]
    g = independent / (independent + LEANING)
    ranks = max(mine.sorted.shape[1], theirs.sorted.shape[1])
    a, b = (_resampled(scores.sorted, ranks) for scores in (mine, theirs))
    return Scores(np.maximum(a, g * a + (1 - g) * b), g * mine.growth + (1 - g) * theirs.growth)


def calibrate_alone(sample: Sample) -> Scores:
    """Return the calibration from a method's scores alone.

    Few windows are helped out by the other steps: their scores are carried over along the growth of the widths, and so
    are scores that do not lie at whole steps.
    """
    scores, ahead = sample
    steps = np.arange(1, scores.shape[1] + 1)
    growth = growth_of(sample)
    by_step = scores.T
    if len(scores) < ENOUGH or (ahead != steps).any():
        carried = scores[:, :, None] * (steps / ahead[:, :, None]) ** growth
        by_step = carried.reshape(-1, len(steps)).T
    ordered = np.sort(by_step, axis=1)
    return Scores(_resampled(ordered, min(MOST, ordered.shape[1])), growth)


def _resampled(ordered: Floats, ranks: int) -> Floats:
    """Return as many order statistics of each row, (h, ranks), evenly spread over those that are there."""
    return ordered[:, np.linspace(0, ordered.shape[1] - 1, ranks).round().astype(int)]


def growth_of(sample: Sample) -> float:
    """Return b of the least-squares line log(mean score) = a + b log(distance), held between 0 and 1.

    Of unequal distances the mean of the roots counts, as the errors of a random walk grow with them. One step, or
    errors of zero, say nothing: then 1/2, as for a random walk.
    """
    mean, distance = sample.scores.mean(axis=0), np.sqrt(sample.ahead).mean(axis=0) ** 2
    if len(mean) < 2 or (mean <= 0).any():
        return 0.5
    return float(np.clip(np.polyfit(np.log(distance), np.log(mean), 1)[0], 0, 1))


def rolling_coverage(own: Sample, earlier: Sample, levels: tuple[int, ...]) -> tuple[dict[int, float], int]:
    """Return the coverage in percent of the later half of held-out windows by intervals from the earlier half.

    Also return how many values that was; with fewer than `ENOUGH` in a half, no coverage.

    Args:
        own: Scores on held-out windows, in order of time.
        earlier: Scores of the baseline on windows before those.
        levels: Nominal coverages in percent.

    """
    half, horizon = len(own.scores) // 2, own.scores.shape[1]
    later = own.take(slice(half, None))
    if half * horizon < ENOUGH:
        return {}, 0
    calibration = calibrate(own.take(slice(half)), earlier)
    inside = {level: later.scores <= calibration.width(level, later.ahead) for level in levels}
    return {level: float(100 * np.mean(each)) for level, each in inside.items()}, later.scores.size
