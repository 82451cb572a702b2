"""What the one-step errors of a backtest say of a forecast that could still be bettered.

Errors of a forecast that uses all that is known have mean zero and do not tell of each other (Hyndman & Athanasopoulos,
Forecasting: Principles and Practice, section 5.4). A check speaks only where chance would but once in a hundred times.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import counted
from forecaster.evaluation.metrics import NEGLIGIBLE, SCALE, STEP
from forecaster.forecasting.uncertainty.significance import student_t_tail
from forecaster.spec import COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from forecaster.arrays import Floats

ALARM = 0.01
"""Chance of a false alarm of each check."""
MOST_LAGS = 10
"""Lags of the Ljung-Box test where there are cutoffs enough."""


def check_residuals(frame: pd.DataFrame, model: str) -> tuple[str, ...]:
    """Return a sentence for each check that the one-step errors of `model` do not pass.

    Args:
        frame: A backtest, the rows of a series in order of its folds.
        model: The method in question.

    """
    first = frame[frame[STEP] == 1]
    series, count = first[COLUMNS.series], int(first[COLUMNS.series].nunique())
    actual = first[COLUMNS.target].to_numpy().reshape(-1, count)
    error = actual - first[model].to_numpy().reshape(-1, count)
    scale = first[SCALE].to_numpy().reshape(-1, count)
    error[np.abs(error) <= NEGLIGIBLE * np.abs(actual)] = 0.0
    return (*_bias(error / scale), *_dependence(error, tuple(series[:count])))


def _bias(scaled: Floats) -> tuple[str, ...]:
    """Say whether scaled errors, (F, N), NaN where there is no scale, lie to one side of zero."""
    known = ~np.isnan(scaled)
    cutoffs = known.any(axis=1)
    mean = np.where(known, scaled, 0.0).sum(axis=1)[cutoffs] / known.sum(axis=1)[cutoffs]
    n = len(mean)
    if n < 2 or not np.ptp(mean):
        return ()
    bias = float(mean.mean())
    t = bias / (float(mean.std(ddof=1)) / math.sqrt(n))
    if 2.0 * student_t_tail(abs(t), n - 1) >= ALARM:
        return ()
    size = f"too {'low' if bias > 0.0 else 'high'}, by {abs(bias):.2g} of a seasonal naive error on average"
    return (f"One step ahead the forecast is {size} (t = {abs(t):.1f} on {counted(n, 'cutoff')}).",)


def _dependence(error: Floats, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Say whether the errors, (F, N), of one cutoff tell of those of the next.

    Each of N series is held to 1 / N of the chance of a false alarm, whatever they have in common (Bonferroni).
    """
    chance = np.array([ljung_box(column) for column in error.T])
    found = chance < ALARM / len(chance)
    if not found.any():
        return ()
    where = "" if len(ids) == 1 else f" in {int(found.sum())} of {len(ids)} series, most in {ids[int(chance.argmin())]}"
    shown = max(float(chance.min()), 0.001)
    test = f"Ljung-Box, p {'<' if chance.min() < shown else '='} {shown:.3f}"
    return (f"The errors one step ahead are not independent{where}: one cutoff tells of the next ({test}).",)


def ljung_box(error: Floats) -> float:
    """Return the chance of such autocorrelations of errors, (n,), in order of time, if they are independent.

    Q = n (n + 2) sum_k r_k^2 / (n - k) over lags k = 1 ... m is compared with chi-square of m degrees of freedom,
    m = min(10, n / 5). It is 1 where there are fewer than 5 errors, or all are equal.

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
