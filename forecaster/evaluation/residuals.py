"""Checks of the one-step errors of a backtest, which show whether a forecast could still be improved.

The errors of a forecast that uses all available information have mean zero and are uncorrelated (Hyndman and
Athanasopoulos, Forecasting: Principles and Practice, section 5.4). Errors are (F, N): F cutoffs of N series.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import counted
from forecaster.evaluation.score_tables import SCALE, STEP
from forecaster.forecasting.method import ROUNDING
from forecaster.forecasting.uncertainty.significance import student_t_tail
from forecaster.spec import COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from forecaster.arrays import Floats

ALARM = 0.01
"""Chance of a false alarm of each check: once in a hundred evaluations, so that an alarm is worth reading."""
MOST_LAGS = 10
"""Lags of the Ljung-Box test at most: ten, as Hyndman and Athanasopoulos advise for data without a season."""


def check_residuals(frame: pd.DataFrame, model: str) -> tuple[str, ...]:
    """Return a sentence for each check that the one-step errors of `model` fail.

    Args:
        frame: A backtest, the rows of a series in order of its folds.
        model: The method in question.

    """
    first = frame[frame[STEP] == 1]
    series, count = first[COLUMNS.series], int(first[COLUMNS.series].nunique())
    actual = first[COLUMNS.target].to_numpy().reshape(-1, count)
    error = actual - first[model].to_numpy().reshape(-1, count)
    scale = first[SCALE].to_numpy().reshape(-1, count)
    error[np.abs(error) <= ROUNDING * np.abs(actual)] = 0.0
    return (*_bias_sentence(error / scale), *_dependence_sentence(error, tuple(series[:count])))


def _bias_sentence(scaled: Floats) -> tuple[str, ...]:
    """Say if the mean of scaled errors, (F, N), differs from zero by a t-test; NaN where there is no scale."""
    available = ~np.isnan(scaled)
    cutoffs = available.any(axis=1)
    mean = np.where(available, scaled, 0.0).sum(axis=1)[cutoffs] / available.sum(axis=1)[cutoffs]
    n = len(mean)
    if n < 2 or not np.ptp(mean):
        return ()
    bias = float(mean.mean())
    t = bias / (float(mean.std(ddof=1)) / math.sqrt(n))
    if 2.0 * student_t_tail(abs(t), n - 1) >= ALARM:
        return ()
    size = f"too {'low' if bias > 0.0 else 'high'}, by {abs(bias):.2g} of a seasonal naive error on average"
    return (f"One step ahead the forecast is {size} (t = {abs(t):.1f} on {counted(n, 'cutoff')}).",)


def _dependence_sentence(error: Floats, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Say if the errors, (F, N), of a series are autocorrelated from cutoff to cutoff.

    Each of N series gets 1 / N of the chance of a false alarm, as series may be correlated (Bonferroni).
    """
    chance = np.array([ljung_box(column) for column in error.T])
    found = chance < ALARM / len(chance)
    if not found.any():
        return ()
    where = "" if len(ids) == 1 else f" in {int(found.sum())} of {len(ids)} series, most in {ids[int(chance.argmin())]}"
    shown = max(float(chance.min()), 0.001)
    test = f"Ljung-Box, p {'<' if chance.min() < shown else '='} {shown:.3f}"
    return (f"The errors one step ahead are not independent{where}: each says something about the next ({test}).",)


def ljung_box(error: Floats) -> float:
    """Return the p-value of the autocorrelations of errors, (n,), in order of time, if they are independent.

    Q = n (n + 2) sum_k r_k^2 / (n - k) over lags k = 1 ... m is compared with chi-square of m degrees of freedom,
    m = min(10, n / 5). It is 1 if there are fewer than 5 errors or all are equal.

    Source: Ljung and Box (1978), Biometrika 65:297-303.
    """
    n = len(error)
    lags = min(MOST_LAGS, n // 5)
    if lags == 0 or not np.ptp(error):
        return 1.0
    centred = error / np.abs(error).max()
    centred -= centred.mean()
    r = np.array([centred[k:] @ centred[: n - k] for k in range(1, lags + 1)]) / (centred @ centred)
    q = n * (n + 2) * float((r**2 / (n - np.arange(1, lags + 1))).sum())
    return chi_square_tail(q, lags)


def chi_square_tail(x: float, df: int) -> float:
    """Return P(X > x) for chi-square with `df` degrees of freedom, `df` >= 1, by a finite series.

    Source: Abramowitz and Stegun (1964), 26.4.4 for odd `df` and 26.4.5 for even.
    """
    odd = df % 2 == 1
    term = math.sqrt(2.0 * x / math.pi) if odd else 1.0
    total = 0.0
    for i in range(3 if odd else 2, df + 1, 2):
        total += term
        term *= x / i
    tail = math.exp(-x / 2.0) * total
    return min(1.0, math.erfc(math.sqrt(x / 2.0)) + tail if odd else tail)
