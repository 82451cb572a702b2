"""Draw sample paths: possible futures whose steps are correlated as held-out errors are.

A Gaussian copula: standard normal draws z for all steps, (n, h), are mapped step by step to errors, so that each
interval holds the share of the draws that its level says. Within the trained horizon a draw is a sum of held-out
windows with normal weights; where these are few it is mixed with a random walk, whose steps j < k correlate by
sqrt(j / k). Beyond it an AR(1) continues with the correlation of the last two steps. Where steps take unequal time, as
prices do across the close of an exchange, held-out windows have their long steps elsewhere: the draw is a random walk
in this time.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.uncertainty.calibration import SMALLEST, error_of_score, evenly_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats
    from forecaster.forecasting.uncertainty.calibration import Calibration

    Curve = tuple[Floats, Floats]

NAME_BYTES = 8
"""Bytes of the digest of a name that go into the seed of its series: two of a million names then hardly ever meet."""
TEMPLATES = 200
"""Held-out windows that are summed, evenly spread: more would change the correlations little and take longer."""
SIZES = np.linspace(0, 5, 201)
"""Sizes of z at which half-widths are taken; about one draw in two million is larger."""
PERCENT = [100 * (2 * NormalDist().cdf(size) - 1) for size in SIZES]
"""The levels of the intervals from -z to z, in percent."""


def generators_of_series(names: Sequence[str], seed: int) -> list[np.random.Generator]:
    """Return a random generator for each series, which follows from the seed and the name alone."""
    digests = [sha256(name.encode(errors="surrogatepass")).digest() for name in names]
    return [np.random.default_rng([seed, int.from_bytes(digest[:NAME_BYTES])]) for digest in digests]


def sample_paths(
    calibrations: Sequence[Calibration],
    offsets: Floats,
    count: int,
    rngs: Sequence[np.random.Generator],
    time: Floats | None = None,
) -> Floats:
    """Return `count` draws of the errors of a forecast, (count, N, h), from its offsets, (N, h, Q).

    There are a calibration and a generator for each of the N series. `time` is the time to each step, (N, h), 1, 2, ...
    h where it is None.
    """
    series, steps, _ = offsets.shape
    time = np.broadcast_to(np.arange(1.0, steps + 1), (series, steps)) if time is None else time
    ready = {id(each): _prepare_draws(each, steps) for each in {id(each): each for each in calibrations}.values()}
    errors = np.empty((count, series, steps))
    for i in range(series):
        marginals, dependence = ready[id(calibrations[i])]
        equal = (np.diff(time[i], prepend=0) == 1).all()
        draws = dependence.draw(count, steps, rngs[i]) if equal else _random_walk(count, time[i], rngs[i])
        errors[:, i] = error_of_score(_mapped_sizes(draws, marginals[:steps]), offsets[i])
    return errors


def _prepare_draws(calibration: Calibration, steps: int) -> tuple[list[Curve], _Dependence]:
    """Return the curves of each of the steps, and how the steps depend on each other."""
    trained = calibration.held_out.scores.shape[1]
    marginals = _score_curves(calibration, max(steps, trained))
    return marginals, _fit_dependence(calibration, marginals[:trained])


def _score_curves(calibration: Calibration, steps: int) -> list[Curve]:
    """Return the curve from |z| to |score| of each step."""
    half_widths = np.stack([calibration.half_width(level, steps) for level in PERCENT], axis=1)
    half_widths[:, 0] = 0
    # of several sizes with the same score the curve keeps the largest, so that draws between two scores are spread
    rising = [np.append(np.diff(scores) > 0, True) for scores in half_widths]
    return [(SIZES[kept], scores[kept]) for scores, kept in zip(half_widths, rising, strict=True)]


def _mapped_sizes(x: Floats, curves: list[Curve]) -> Floats:
    """Return x, (n, h), with the size of each step mapped along its curve."""
    sizes = [np.interp(np.abs(column), *curve) for column, curve in zip(x.T, curves, strict=True)]
    mapped: Floats = np.copysign(np.stack(sizes, axis=1), x)
    return mapped


def _random_walk(count: int, time: Floats, rng: np.random.Generator) -> Floats:
    """Return draws of a random walk at rising times, (h,), over the root of each time: (count, h)."""
    steps = np.sqrt(np.diff(time, prepend=0)) * rng.standard_normal((count, len(time)))
    walk: Floats = steps.cumsum(axis=1) / np.sqrt(time)
    return walk


@dataclass(frozen=True)
class _Dependence:
    """How the steps of a path are correlated.

    `templates` are held-out windows as draws of z, (R, h), with a mean square of 1 at each step, or 0. `weight` is
    their share of the variance, (h,), none where every error was zero; the rest is a random walk.
    """

    templates: Floats
    weight: Floats

    def draw(self, count: int, steps: int, rng: np.random.Generator) -> Floats:
        """Return draws of z, (count, steps)."""
        windows, trained = self.templates.shape
        summed = rng.standard_normal((count, windows)) @ self.templates / sqrt(windows)
        walk = _random_walk(count, np.arange(1.0, trained + 1), rng)
        z = np.empty((count, max(steps, trained)))
        z[:, :trained] = np.sqrt(self.weight) * summed + np.sqrt(1 - self.weight) * walk
        following = self._last_correlation()
        for step in range(trained, steps):
            z[:, step] = following * z[:, step - 1] + sqrt(1 - following**2) * rng.standard_normal(count)
        return z[:, :steps]

    def _last_correlation(self) -> float:
        """Return the correlation of the last two steps; where there is one step, that of a random walk."""
        trained = self.templates.shape[1]
        if trained == 1:
            return sqrt(1 / 2)
        together = float((self.templates[:, -2] * self.templates[:, -1]).mean())
        shared, rest = (sqrt(share[-2] * share[-1]) for share in (self.weight, 1 - self.weight))
        return shared * together + rest * sqrt((trained - 1) / trained)


def _fit_dependence(calibration: Calibration, marginals: list[Curve]) -> _Dependence:
    """Return the dependence of the steps in held-out windows, whose scores become z by the marginals."""
    held_out = calibration.held_out.scores
    chosen = held_out[evenly_spread(len(held_out), TEMPLATES)]
    z = _mapped_sizes(chosen, [(scores, sizes) for sizes, scores in marginals])
    size = np.sqrt((z**2).mean(axis=0))
    return _Dependence(z / np.maximum(size, SMALLEST), np.where(size > 0, calibration.weight, 0.0))
