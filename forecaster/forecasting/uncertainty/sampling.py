"""Sample paths: draws of the whole future whose steps hang together as held-out errors did.

A Gaussian copula: standard normal draws z for all steps, (n, h), mapped step by step to errors so that of the draws as
many fall into each interval as its level says. Within the trained horizon a draw is a sum of held-out windows with
normal weights, and few windows lean on the random walk, whose steps j < k correlate by sqrt(j / k). Beyond it an AR(1)
goes on with the correlation of the last two steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.uncertainty.calibration import SMALLEST, error_at, evenly

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.forecasting.uncertainty.calibration import Scores

    Curve = tuple[Floats, Floats]

TEMPLATES = 200
"""Held-out windows that are summed, evenly spread over them."""
SIZES = np.linspace(0, 5, 201)
"""Sizes of z at which the intervals that end there are taken."""
PERCENT = [100 * (2 * NormalDist().cdf(size) - 1) for size in SIZES]
"""The levels of these intervals."""


def sample_paths(scores: Scores, offsets: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Return `count` draws of the errors of a forecast, (count, N, h), from its offsets, (N, h, Q)."""
    series, steps, _ = offsets.shape
    trained = scores.held_out.scores.shape[1]
    marginals = _marginals(scores, max(steps, trained))
    dependence = _dependence(scores, marginals[:trained])
    errors = np.empty((count, series, steps))
    for i in range(series):
        draws = dependence.draw(count, steps, rng)
        errors[:, i] = error_at(_resized(draws, marginals[:steps]), offsets[i])
    return errors


def _marginals(scores: Scores, steps: int) -> list[Curve]:
    """Return the curve from |z| to |score| of each step.

    Where several sizes reach the same score, the largest stands for it: the draws between two scores are spread.
    """
    reach = np.stack([scores.half_width(level, steps) for level in PERCENT], axis=1)
    reach[:, 0] = 0
    rising = [np.append(np.diff(sizes) > 0, True) for sizes in reach]
    return [(SIZES[kept], sizes[kept]) for sizes, kept in zip(reach, rising, strict=True)]


def _resized(x: Floats, curves: list[Curve]) -> Floats:
    """Return x, (n, h), with the size of each step mapped along its curve."""
    sizes = [np.interp(np.abs(column), *curve) for column, curve in zip(x.T, curves, strict=True)]
    resized: Floats = np.copysign(np.stack(sizes, axis=1), x)
    return resized


@dataclass(frozen=True)
class _Dependence:
    """How the steps hang together.

    Attributes:
        templates: Held-out windows as draws of z, (R, h), with a mean square of 1 at each step, or 0.
        weight: Their share of the variance, (h,), none where every error was zero; the rest is a random walk.

    """

    templates: Floats
    weight: Floats

    def draw(self, count: int, steps: int, rng: np.random.Generator) -> Floats:
        """Return draws of z, (count, steps)."""
        windows, trained = self.templates.shape
        summed = rng.standard_normal((count, windows)) @ self.templates / sqrt(windows)
        walk = rng.standard_normal((count, trained)).cumsum(axis=1) / np.sqrt(np.arange(1, trained + 1))
        z = np.empty((count, max(steps, trained)))
        z[:, :trained] = np.sqrt(self.weight) * summed + np.sqrt(1 - self.weight) * walk
        following = self._following()
        for step in range(trained, steps):
            z[:, step] = following * z[:, step - 1] + sqrt(1 - following**2) * rng.standard_normal(count)
        return z[:, :steps]

    def _following(self) -> float:
        """Return the correlation of the last two steps; of one step and the next, that of a random walk."""
        trained = self.templates.shape[1]
        if trained == 1:
            return sqrt(1 / 2)
        together = float((self.templates[:, -2] * self.templates[:, -1]).mean())
        shared, rest = (sqrt(share[-2] * share[-1]) for share in (self.weight, 1 - self.weight))
        return shared * together + rest * sqrt((trained - 1) / trained)


def _dependence(scores: Scores, marginals: list[Curve]) -> _Dependence:
    """Return the dependence of the steps in held-out windows, whose scores become z by the marginals."""
    held_out = scores.held_out.scores
    chosen = held_out[evenly(len(held_out), TEMPLATES)]
    z = _resized(chosen, [(images, sizes) for sizes, images in marginals])
    size = np.sqrt((z**2).mean(axis=0))
    return _Dependence(z / np.maximum(size, SMALLEST), np.where(size > 0, scores.weight, 0.0))
