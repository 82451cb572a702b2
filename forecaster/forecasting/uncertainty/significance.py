"""Test whether one method forecasts better than another by more than chance.

The Diebold-Mariano test on the losses of two methods at the same n cutoffs, with the small-sample correction of
Harvey, Leybourne and Newbold. Arrays are (n,), in order of time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Floats

ROUNDING = 1e-12
"""Spread of the differences, relative to the largest, below which they count as equal: it is rounding."""
GATE = 2.33
"""Statistic from which prices use a forecast: the one-sided 1 % point of the normal, as most gains are chance."""


@dataclass(frozen=True)
class Comparison:
    """The outcome of the test of n differences: the corrected statistic, positive where the model is better.

    The p-value is one-sided: the chance of at least this statistic if the model is no better than the baseline.
    """

    statistic: float
    p_value: float
    n: int


def diebold_mariano(difference: Floats, lags: int) -> Comparison | None:
    """Test whether the model's loss is lower than the baseline's; None where n <= lags + 1: too few for the correction.

    Differences are losses of the baseline minus losses of the model at each cutoff, (n,). The overlap of forecasts of h
    steps makes autocovariances non-zero: `lags` are h - 1 where there is a forecast at every step. If all differences
    are equal and not zero, the statistic is infinite. If all are zero, it is 0 and the p-value 1 in both directions.

    Source: Diebold and Mariano (1995), J. Business and Economic Statistics 13:253-263; Harvey, Leybourne and Newbold
    (1997), Int. J. Forecasting 13:281-291, compared with Student's t with n - 1 degrees of freedom.

    """
    n, h = len(difference), lags + 1
    if n <= h:
        return None
    largest = float(np.abs(difference).max())
    if largest == 0.0:
        return Comparison(statistic=0.0, p_value=1.0, n=n)
    d = difference / largest
    mean = float(d.mean())
    if np.ptp(d) <= ROUNDING:
        statistic = math.copysign(math.inf, mean)
    else:
        # sqrt((n + 1 - 2h + h(h - 1)/n) / n) = sqrt((n - h)(n - h + 1)) / n
        correction = math.sqrt((n - h) * (n - h + 1)) / n
        statistic = correction * mean / math.sqrt(_long_run_variance(d - mean, lags) / n)
    return Comparison(statistic, student_t_tail(statistic, n - 1), n)


def _long_run_variance(centred: Floats, lags: int) -> float:
    """Return g0 + 2 (g1 + ... + g_lags) from the autocovariances g of `centred`, (n,).

    That sum can be negative. Then the autocovariances get Bartlett weights 1 - k / (lags + 1), which keep it positive:
    Newey and West (1987), Econometrica 55:703-708.
    """
    n = len(centred)
    g = np.array([centred[k:] @ centred[: n - k] for k in range(lags + 1)]) / n
    rectangular = float(g[0] + 2.0 * g[1:].sum())
    if rectangular > 0.0:
        return rectangular
    weights = 1.0 - np.arange(1, lags + 1) / (lags + 1)
    return float(g[0] + 2.0 * weights @ g[1:])


def student_t_tail(t: float, df: int) -> float:
    """Return P(T > t) for Student's t with `df` degrees of freedom, `df` >= 1.

    With theta = arctan(t / sqrt(df)), the central probability is a finite series in cos(theta). The absolute error
    stays below 1e-12.

    Source: Abramowitz and Stegun (1964), 26.7.3 for odd `df` and 26.7.4 for even.
    """
    theta = math.atan(abs(t) / math.sqrt(df))
    sine, cosine = math.sin(theta), math.cos(theta)
    odd = df % 2 == 1
    term = cosine if odd else 1.0
    total = 0.0 if df == 1 else term
    for i in range(3 if odd else 2, df - 1, 2):
        term *= (i - 1) / i * cosine * cosine
        total += term
    central = 2.0 / math.pi * (theta + sine * total) if odd else sine * total
    upper = max(0.0, (1.0 - central) / 2.0)
    return upper if t >= 0.0 else 1.0 - upper
