"""The drift of prices: how much a step adds to the log price on average, where that is more than chance.

Means of returns are so uncertain that most estimates forecast worse than no drift at all. So two means are taken: m,
that of the returns r in units of the scale s of the step before, which a few wild weeks do not dominate, and the plain
one. Where both have the same sign, and the t-value of m is beyond 1.64, the drift is m mean(s) (1 - 1 / t^2), a
James-Stein shrinkage; else it is zero. Over more than 20 steps the plain mean needs a t-value beyond 1.96 as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.method import TINY
from forecaster.forecasting.prices.features import SHORTEST, places, returns_of, volatility_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.forecasting.prices.features import EwmaScale
    from forecaster.forecasting.prices.variance_time import LogPrices

LEAST_T, LEAST_PLAIN_T = 1.64, 1.96
"""t-values from which scaled, and plain returns count: two-sided 10 % and 5 % points of the normal distribution."""
MANY_STEPS = 20
"""Steps beyond which both tests count: the error of a wrong drift grows with each step. Chosen by hand."""
LARGEST_RETURN = 4.0
"""Scaled returns are clipped here, so that one jump does not make a drift."""
ROUNDING = 1e-12
"""Least variance, as a share of the squared mean: returns that are all equal have none."""


def estimate_drift(prices: LogPrices, ewma: EwmaScale, horizon: int) -> Floats:
    """Return what each step of `horizon` adds to the log price, estimated at every row from the rows so far, (n,).

    Each series has a scale by `ewma`. Returns are divided by the root of the variance time of their step.
    """
    returns, scale, place = returns_of(prices), volatility_features(prices, ewma).scale, places(prices.indptr)
    used = (place >= SHORTEST).astype(np.float64)
    before = np.where(used, np.roll(scale, 1), 1.0)
    z = np.clip(returns / before, -LARGEST_RETURN, LARGEST_RETURN)
    count = np.maximum(_running_sum(used, place), 1)
    mean_z, t = _mean_and_t(used * z, count, place)
    _, plain_t = _mean_and_t(used * returns, count, place)
    mean_scale = _running_sum(used * before, place) / count
    sure = (np.abs(t) > LEAST_T) & (t * plain_t > 0)
    if horizon > MANY_STEPS:
        sure &= np.abs(plain_t) > LEAST_PLAIN_T
    return np.where(sure, mean_z * mean_scale * (1 - 1 / np.where(sure, t, 1) ** 2), 0.0)


def _running_sum(values: NDArray[np.floating], place: Ints) -> Floats:
    """Return at every row the sum of its series' values up to there, (n,)."""
    total = np.append(0, np.cumsum(values))
    rows = np.arange(len(values))
    running: Floats = total[rows + 1] - total[rows - place]
    return running


def _mean_and_t(values: NDArray[np.floating], count: Floats, place: Ints) -> tuple[Floats, Floats]:
    """Return the mean of the `count` values so far at every row and its t-value, large where all values are equal."""
    mean = _running_sum(values, place) / count
    variance = _running_sum(values**2, place) / count - mean**2
    t: Floats = mean / np.sqrt(np.maximum(variance, ROUNDING * mean**2 + TINY) / count)
    return mean, t
