"""Learn how large moves across a close are, as a variance relative to that of moves within a session.

Sizes |r| are compared in units of the recent mean size within sessions, so that calm and volatile times count alike.
There are N series and C kinds of closes, see `forecaster.forecasting.prices.variance_time`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.forecasting.prices.features import SHORTEST, SLOW, places, recent_mean, returns_of
from forecaster.forecasting.prices.variance_time import CLOSES, close_kinds, log_prices

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.series.panel import Panel

SIZE_QUANTILE = 0.8
"""Sizes are compared by this quantile: the end of the 80 % interval. It is robust against a few crashes, and also right
where many prices do not change at all."""
STANDARD_ERROR = 2.0
"""Standard error of the logarithm of a squared quantile of n sizes, times sqrt(n): it is 1.8 for normal moves and 2.2
for Student's t with 4 degrees of freedom."""
LARGEST_RATIO = 1000.0
"""Bound of a relative variance, and its inverse the other: closes of a week or so between sessions of a few minutes.
Beyond lie prices that do not move in one of the two."""


class _RelativeMoves(NamedTuple):
    """Moves of known relative size, (n,), and the kind of close that each crosses, (n,), 0 within a session."""

    size: Floats
    close: Ints


def fit_close_variance(panel: Panel) -> Floats:
    """Learn the relative variance of each kind of close, (N, C), from all rows of a panel of prices.

    What is known of all series together starts from the next shorter kind of close, for the shortest from 1; what is
    known of a series starts from that of all.
    """
    found = np.ones((len(panel), CLOSES))
    kinds = close_kinds(panel)
    if not kinds.any():
        return found
    size = _relative_sizes(panel, kinds == 0)
    known = np.isfinite(size)
    pooled, prior = np.ones(CLOSES), 1.0
    for close in range(CLOSES):
        pooled[close] = prior = _variance_with_prior(_RelativeMoves(size[known], kinds[known]), close + 1, prior)
    for series, (begin, end) in enumerate(pairwise(panel.indptr)):
        rows = np.flatnonzero(known[begin:end]) + begin
        moves = _RelativeMoves(size[rows], kinds[rows])
        found[series] = [_variance_with_prior(moves, close + 1, pooled[close]) for close in range(CLOSES)]
    return found


def _relative_sizes(panel: Panel, within: Bools) -> Floats:
    """Return |r| of each row over the mean size within sessions before it, (n,), not finite where there is none.

    `within` says which rows follow the one before them in the same session, (n,).
    """
    prices, place = log_prices(panel, np.ones((len(panel), CLOSES))), places(panel.indptr)
    size = np.abs(returns_of(prices))
    weight = recent_mean(within.astype(np.float64), place, SLOW)
    mean = recent_mean(np.where(within, size, 0.0), place, SLOW)
    usual = np.roll(np.where(mean > 0, mean / np.where(weight > 0, weight, 1.0), np.nan), 1)
    return np.where(place >= SHORTEST, size / usual, np.nan)


def _variance_with_prior(moves: _RelativeMoves, close: int, prior: float) -> float:
    """Return the relative variance of a kind of close, which leaves a prior one as far as the evidence goes.

    The logarithm of its ratio to the prior one is multiplied by 1 - 1 / t^2 where its t-value t is beyond 1, a
    James-Stein shrinkage, and by 0 elsewhere.
    """
    across, within = moves.size[moves.close == close], moves.size[moves.close == 0]
    if not len(across) or not len(within):
        return prior
    # the (n + 1) p-th of n sizes: the quantile of a few closes would else be too low
    ends = [float(np.quantile(sizes, SIZE_QUANTILE, method="weibull")) for sizes in (across, within)]
    if min(ends) == 0:
        return prior
    variance = np.clip((ends[0] / ends[1]) ** 2, 1 / LARGEST_RATIO, LARGEST_RATIO)
    change = np.log(variance / prior)
    error = STANDARD_ERROR * np.sqrt(1 / len(across) + 1 / len(within))
    shrunk = change * (1 - (error / change) ** 2) if abs(change) > error else 0.0
    return float(prior * np.exp(shrunk))
