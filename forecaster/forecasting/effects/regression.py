"""Ridge regression whose residuals are clipped, and the choice of penalties by parts that are left out.

Rows are days, D of them, on which level and weekday pattern were projected out; columns are P effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Bools, Floats, Ints

CLIP = 3.5
"""Standard deviations of the noise beyond which a residual counts as this many: under a normal distribution one day in
two thousand is beyond."""
QUARTER = 91
"""Days whose median is the level from which wild days are told: thirteen weeks."""
WILD = 8.0
"""Standard deviations beyond which a day is wild before anything is fitted: the year moves days as well."""
MOST_PASSES = 60
"""Times that clipped residuals are fitted again at most: a named day moves by `CLIP` in each pass, and an effect of two
hundred standard deviations is beyond any that a series with noise shows."""
SETTLED = 0.02
"""Standard deviations by which no residual may change in a pass, so that it is the last one."""
TEN_PERCENT = (3.08, 1.89, 1.64, 1.53, 1.48, 1.44, 1.41, 1.40, 1.38, 1.37, 1.36, 1.28)
"""Quantiles of the t-distribution that it exceeds with 10 %, for 1 to 11 degrees of freedom and for many."""
TWO_PERCENT = (15.9, 4.85, 3.48, 3.00, 2.76, 2.61, 2.52, 2.45, 2.40, 2.36, 2.33, 2.05)
"""The same for 2 %."""
NORMAL_MAD = 1.4826
"""Standard deviation of a normal distribution divided by its median absolute deviation."""


def noise_scale(residuals: Floats) -> float:
    """Return the standard deviation of residuals, (n,), by their median absolute value."""
    return NORMAL_MAD * median(np.abs(residuals)) if len(residuals) else 0.0


def median(values: Floats) -> float:
    """Return the median of finite values, (n,), at least one: that of NumPy without its checks, which cost more."""
    half = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, half)[half])
    ordered = np.partition(values, (half - 1, half))
    return float((ordered[half - 1] + ordered[half]) / 2)


@dataclass(frozen=True, eq=False)
class Projection:
    """The part of a series that level and weekdays do not explain.

    Attributes:
        basis: Orthonormal columns of the nuisances, (D, M).

    """

    basis: Floats

    @classmethod
    def onto(cls, nuisances: Floats) -> Projection:
        """Return the projection for these columns, (D, M), which may depend on each other."""
        left, size, _ = np.linalg.svd(nuisances, full_matrices=False)
        return cls(left[:, size > 1e-9 * size[0]])

    def rest(self, columns: Floats) -> Floats:
        """Return columns, (D,) or (D, P), without what the nuisances explain."""
        rest: Floats = columns - self.basis @ (self.basis.T @ columns)
        return rest


def solve(gram: Floats, moment: Floats, penalty: Floats) -> Floats:
    """Return the coefficients of a ridge, (P,) or (P, H); those with an infinite penalty are 0.

    Args:
        gram: Products of the columns, (P, P).
        moment: Products of the columns and the target, (P,) or (P, H).
        penalty: Rows that a coefficient of 0 counts as, (P,), above 0.

    """
    free = np.isfinite(penalty)
    coefficients = np.zeros_like(moment)
    if free.any():
        system = gram[np.ix_(free, free)] + np.diag(penalty[free])
        coefficients[free] = np.linalg.solve(system, moment[free])
    return coefficients


@dataclass(frozen=True, eq=False)
class RobustFit:
    """A ridge regression whose residuals are clipped.

    Attributes:
        clipped: The target with residuals clipped, without what the nuisances explain, (D,).
        coefficients: Those of the columns, (P,).
        residuals: What is left of the target itself, (D,).

    """

    clipped: Floats
    coefficients: Floats
    residuals: Floats


def without_wild_days(target: Floats, observed: Bools) -> Floats:
    """Return a target, (D,), near the medians of quarters and weekdays: where clipping may begin.

    Clipping that begins at a least-squares fit takes many passes to forget a wild day, because the days with which it
    shares a coefficient are clipped too.
    """
    seen = np.where(observed, target, np.nan)
    usual = median(target[observed])
    quarters = np.array_split(seen, max(1, round(len(seen) / QUARTER)))
    level = np.concatenate([np.full(len(part), _median_or(part, usual)) for part in quarters])
    weekday = np.arange(len(seen)) % 7
    pattern = np.array([_median_or((seen - level)[weekday == number], 0.0) for number in range(7)])
    expected = level + pattern[weekday]
    rest = np.where(observed, target - expected, 0.0)
    bound = WILD * noise_scale(rest[observed])
    start: Floats = expected + np.clip(rest, -bound, bound)
    return start


def _median_or(values: Floats, otherwise: float) -> float:
    """Return the median of the values that are finite; `otherwise` where there are none."""
    finite = values[np.isfinite(values)]
    return median(finite) if len(finite) else otherwise


@dataclass(frozen=True, eq=False)
class Observations:
    """A target of regressions.

    Attributes:
        target: The target, (D,).
        observed: Which days count, (D,).

    """

    target: Floats
    observed: Bools

    @cached_property
    def start(self) -> Floats:
        """The target `without_wild_days`, (D,): many regressions begin at it."""
        return without_wild_days(self.target, self.observed)


def fit_robustly(observations: Observations, columns: Floats, penalty: Floats, projection: Projection) -> RobustFit:
    """Fit observations with residuals clipped and what is not observed replaced by the fit.

    The pseudo-observations of Huber (1981, section 7.8): fitting them by least squares gives the robust fit, and one
    factorisation serves all passes.

    Args:
        observations: The target, and which days count, D of them.
        columns: Columns without what the nuisances explain, (D, P).
        penalty: Their penalties, (P,); infinite ones stay out.
        projection: Takes the nuisances out.

    """
    free = np.isfinite(penalty)
    used = columns[:, free]
    inverse = np.linalg.inv(used.T @ used + np.diag(penalty[free])) if free.any() else np.zeros((0, 0))
    target, observed, clipped = observations.target, observations.observed, observations.start
    for _ in range(MOST_PASSES):
        before, remainder = clipped, projection.rest(clipped)
        fitted = clipped - remainder + used @ (inverse @ (used.T @ remainder))
        residuals = target - fitted
        noise = noise_scale(residuals[observed])
        clipped = fitted + np.where(observed, np.clip(residuals, -CLIP * noise, CLIP * noise), 0.0)
        if np.abs(clipped - before).max() <= SETTLED * noise:
            break
    remainder = projection.rest(clipped)
    coefficients = np.zeros(len(penalty))
    coefficients[free] = inverse @ (used.T @ remainder)
    fitted = clipped - remainder + used @ coefficients[free]
    return RobustFit(remainder, coefficients, target - fitted)


@dataclass(frozen=True, eq=False)
class MomentsByPart:
    """Products of columns and target by part of the history, G of them, of which each can be left out.

    Attributes:
        grams: Products of the columns, (G, P, P).
        moments: Products of the columns and the target, (G, P) or (G, P, H).
        squares: Sum of the squares of the target, (G,).

    """

    grams: Floats
    moments: Floats
    squares: Floats

    @classmethod
    def of(cls, columns: Floats, target: Floats, groups: Ints) -> MomentsByPart:
        """Sum the products of columns, (D, P), and target, (D,) or (D, H), over the days of each part, (D,)."""
        parts = [groups == group for group in range(int(groups.max()) + 1)]
        return cls(
            np.stack([columns[part].T @ columns[part] for part in parts]),
            np.stack([columns[part].T @ target[part] for part in parts]),
            np.array([(target[part] ** 2).sum() for part in parts]),
        )

    def coefficients(self, penalty: Floats) -> Floats:
        """Return the coefficients learned from all parts."""
        return solve(self.grams.sum(0), self.moments.sum(0), penalty)

    def errors(self, penalty: Floats) -> Floats:
        """Return the sum of squared errors of each part, (G,), under the coefficients of all others."""
        free = np.isfinite(penalty)
        if not free.any():
            return self.squares.copy()
        own = self.grams[:, free][:, :, free]
        product = self.moments[:, free].reshape(len(own), own.shape[1], -1)
        left = np.linalg.solve(own.sum(0) - own + np.diag(penalty[free]), product.sum(0) - product)
        errors: Floats = self.squares + (left * (own @ left - 2 * product)).sum((1, 2))
        return errors


def better(before: Floats, after: Floats, quantiles: Sequence[float]) -> bool:
    """Return whether errors of parts of the history, G of them, fall by more than chance: in two of three as well.

    The mean gain is compared with its standard error as in a t-test of G - 1 degrees of freedom.

    Args:
        before: Sum of squared errors of each part without the effect, (G,).
        after: The same with it.
        quantiles: What the ratio must exceed, for 1, 2, ... degrees of freedom; the last holds for more.

    """
    gains = before - after
    if len(gains) < 2 or gains.sum() <= 0 or (gains > 0).mean() < 2 / 3:
        return False
    spread = gains.std(ddof=1) / np.sqrt(len(gains))
    return bool(gains.mean() > quantiles[min(len(gains) - 1, len(quantiles)) - 1] * spread)


def choose_penalty(
    moments: MomentsByPart, penalty: Floats, block: slice, choices: Sequence[Floats], quantiles: Sequence[float]
) -> Floats:
    """Return the penalties, (P,), with those of a block chosen by the parts that are left out.

    The block stays out, with infinite penalties, unless the best choice is `better` than that.

    Args:
        moments: Products by part.
        penalty: Penalties of all columns.
        block: Place of the block among the columns.
        choices: Penalties of the block to choose from, each (columns of the block,).
        quantiles: Those of `better`.

    """
    without = penalty.copy()
    without[block] = np.inf
    tried = []
    for choice in choices:
        tried.append(without.copy())
        tried[-1][block] = choice
    errors = [moments.errors(each) for each in tried]
    best = int(np.argmin([each.sum() for each in errors]))
    return tried[best] if better(moments.errors(without), errors[best], quantiles) else without
