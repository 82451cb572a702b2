"""What the volatility network sees of prices: recent moves in units of their own recent size.

x are log prices, series by series in one flat array, (n,); r_t = x_t - x_{t-1}. Sizes are exponentially weighted means
over the last `MEMORY` returns and no others, so the tail of a series gives exactly the numbers that the whole gives:

    s_t       = sqrt(mean of r^2) + floor, with the decay that predicted the series best
    input     z_i = r_i / s_t and |z_i| - 0.7 for the last 60 returns, and seven `statics` of step t and of the series
    target    (x_{t+k} - x_t) / (s_t u_k), k in `KNOTS`        u_k = the series' typical move over k steps

Steps across a close take more variance time than 1, see `forecaster.forecasting.prices.variance_time`: r is divided by
the root of that of its step, a target by the root of that of its k steps over k. What lies before the beginning of a
series is zero. Scale: J. P. Morgan (1996), RiskMetrics.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.forecasting.prices.variance_time import LogPrices
from forecaster.series.windows import WindowIndex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.nn.network import NetworkInputs
    from forecaster.series.windows import Origins

MEMORY = 256
"""Returns that a size is taken from; a power of two."""
SHORTEST = 21
"""Known steps from which a size says something: 20 returns."""
KNOTS = np.array([1, 2, 4, 8, 16, 32, 64])
"""Steps ahead at which moves are learned, K of them."""
SEGMENTS, SEGMENT = 12, 5
"""A window is as many segments of as many returns."""
STATICS, HIDDEN = 7, 32
INPUTS = 2 * SEGMENT + STATICS
"""Numbers in a segment: returns, their sizes, and the statics."""
DECAYS = (0.90, 0.94, 0.97, 0.985, 0.994)
"""Candidates for the weight of the variance before."""
LAGS, LEVERAGE_LEANING = 5, 500
"""Steps over which returns predict sizes, and the returns with which their correlation counts half."""
FAST, SLOW, EVEN, DRIFTING = 0.8, 0.985, 1.0, 0.9
"""Decays of the sizes and of the mean return that the scale is compared with."""
LARGEST_RETURN, LARGEST_STATIC = 8.0, 3.0
"""Inputs are clipped here: beyond, their size says nothing more."""
LARGEST_SURPRISE = 36.0
"""A squared return counts as at most this many variances when decays are compared: one crash must not choose."""
TYPICAL = 0.7
"""Mean size of a scaled return, more or less."""
FLOOR, TINY = 1e-3, 1e-12
"""Share of the spread of the training returns that is added to the scale, and the least that is."""


class EwmaScale(NamedTuple):
    """How the scale of each series is made, (N,) each; learned from training rows.

    `decay` is the weight of the variance before, `floor` the least scale. `leverage` says how returns predict the sizes
    of those that follow: it is negative where falls increase volatility, as with stocks, positive where rises do.
    """

    decay: Floats
    floor: Floats
    leverage: Floats


class VolatilityFeatures(NamedTuple):
    """What is known at every row from the last `MEMORY` returns: returns r, (n,), scale s, (n,), and statics, (7, n).

    Statics are comparisons of s with faster, slower and long-run sizes, the last return, the recent drift, and the
    series' decay and leverage.
    """

    returns: Floats
    scale: Floats
    statics: Floats


def returns_of(prices: LogPrices) -> Floats:
    """Return x_t - x_{t-1} over the root of the step's variance time, (n,), 0 at the first row of each series."""
    x, indptr, step_variance = prices
    returns = np.diff(x, prepend=x[:1])
    returns[indptr[:-1][np.diff(indptr) > 0]] = 0
    returns /= np.sqrt(step_variance)
    return returns


def places(indptr: Ints) -> Ints:
    """Return the number of each row in its series, (n,), from 0: so many returns are known there."""
    return np.arange(indptr[-1]) - np.repeat(indptr[:-1], np.diff(indptr))


def recent_mean(values: Floats, place: Ints, decay: Floats | float) -> Floats:
    """Return at every row the mean of the last `MEMORY` values, (n,), weighted by decay^age; 0 at the first row."""
    known = (place > 0).astype(np.float64)  # there is no return at the first row of a series
    return _recent_sum(values * known, place, decay) / np.maximum(_recent_sum(known, place, decay), TINY)


def _recent_sum(values: Floats, place: Ints, decay: Floats | float) -> Floats:
    """Return the sum over the last `MEMORY` values of decay^age value, (n,).

    Sums of twice the span are made of two: S_2m(t) = S_m(t) + decay^m S_m(t - m). Nothing is subtracted and every row
    adds in the same order, so a row's sum depends on the values it is of and on nothing else, to the last bit.
    """
    total, weight, span = values.copy(), np.broadcast_to(decay, values.shape), 1
    while span < MEMORY:
        earlier = np.where(place[span:] >= span, total[:-span], 0)
        total[span:] += weight[span:] ** span * earlier
        span *= 2
    return total


def fit_scale(prices: LogPrices) -> EwmaScale:
    """Learn the scale of each series from all rows, which are training rows.

    The decay has the least QLIKE, the mean of ln s^2_{t-1} + min(r_t^2 / s^2_{t-1}, 36) (Patton 2011, bounded).
    """
    indptr = prices.indptr
    returns, place, lengths = returns_of(prices), places(indptr), np.diff(indptr)
    pieces = [slice(a, b) for a, b in pairwise(indptr)]
    floor = np.array([max(FLOOR * _spread(returns[piece][1:]), TINY) for piece in pieces])
    series = np.repeat(np.arange(len(lengths)), lengths)
    judged = np.flatnonzero(place >= SHORTEST)
    loss = np.empty((len(DECAYS), len(lengths)))
    scales = [np.sqrt(recent_mean(returns**2, place, decay)) + floor[series] for decay in DECAYS]
    for row, scale in zip(loss, scales, strict=True):
        surprise = returns[judged] / scale[judged - 1]
        qlike = 2 * np.log(scale[judged - 1]) + np.minimum(surprise**2, LARGEST_SURPRISE)
        row[:] = np.bincount(series[judged], qlike, minlength=len(lengths))
    best = loss.argmin(axis=0)
    leverage = [_leverage(returns[piece], scales[i][piece]) for i, piece in zip(best, pieces, strict=True)]
    return EwmaScale(np.array(DECAYS)[best], floor, np.array(leverage))


def _spread(sample: Floats) -> float:
    """Return the standard deviation of a sample, (n,), 0 of an empty one."""
    return float(np.std(sample)) if len(sample) else 0.0


def _leverage(returns: Floats, scale: Floats) -> float:
    """Return sqrt(5) times the correlation of scaled returns with the mean size of the next 5, drawn to 0 if few."""
    z = np.clip(returns[SHORTEST:] / scale[SHORTEST - 1 : -1], -LARGEST_RETURN / 2, LARGEST_RETURN / 2)
    count = len(z) - LAGS
    if count < SHORTEST or _spread(z) == 0:
        return 0.0
    size = np.abs(z)
    later = np.mean([size[lag : lag + count] for lag in range(1, LAGS + 1)], axis=0)
    together = np.mean((z[:count] - z[:count].mean()) * (later - later.mean()))
    correlation = together / (_spread(z) * max(_spread(size), TINY))
    return float(correlation * np.sqrt(LAGS) * count / (count + LEVERAGE_LEANING))


def volatility_features(prices: LogPrices, ewma: EwmaScale) -> VolatilityFeatures:
    """Return what is known at every row."""
    returns, place, lengths = returns_of(prices), places(prices.indptr), np.diff(prices.indptr)
    decay, floor, leverage = (np.repeat(each, lengths) for each in ewma)
    sizes = [np.sqrt(recent_mean(returns**2, place, each)) + floor for each in (decay, FAST, SLOW, EVEN)]
    scale, fast, slow, even = sizes
    drift = recent_mean(returns, place, DRIFTING)
    # sizes as logarithms of ratios; the rest is brought to about the same range
    statics = np.stack(
        [
            np.log(fast / scale),
            np.log(scale / even),
            np.log(slow / even),
            0.5 * returns / scale,
            2 * drift / scale,
            np.log((1 - decay) / (1 - DECAYS[2])),
            10 * leverage,
        ]
    )
    return VolatilityFeatures(returns, scale, np.clip(statics, -LARGEST_STATIC, LARGEST_STATIC))


@dataclass(frozen=True)
class VolatilityWindows(WindowIndex):
    """Windows of scaled returns, and the moves after them, gathered on demand.

    x are log prices, (n,), and `time` is the variance time up to each of them, (n,); `features` are known at every row
    of x; `unit` is u_k of each series, (N, K).
    """

    x: Floats
    time: Floats
    features: VolatilityFeatures
    unit: Floats

    @property
    def scale(self) -> Floats:
        """s_t of each window, (W,)."""
        return self.features.scale[self.last]

    def inputs(self, chosen: Ints, inputs: NetworkInputs) -> None:
        """Write the windows numbered `chosen`, (B,), as (T, 2 S + 7, B), for T segments of S returns."""
        x, statics = inputs.window, self.features.statics[:, self.last[chosen]]
        last, S = self.last[chosen], (x.shape[1] - len(statics)) // 2
        segments = (len(x), S, len(chosen))
        rows = last + np.arange(1 - len(x) * S, 1)[:, None]
        known = rows > self.start[chosen]
        z = self.features.returns[np.maximum(rows, 0)] / self.features.scale[last]
        z = np.clip(z, -LARGEST_RETURN, LARGEST_RETURN)
        x[:, :S] = (z * known).reshape(segments)
        x[:, S : 2 * S] = ((np.abs(z) - TYPICAL) * known).reshape(segments)
        x[:, 2 * S :] = statics

    def targets(self, chosen: Ints, y: NDArray[Any]) -> None:
        """Write the scaled moves after the windows numbered `chosen`, (B,), to y, (K, B); NaN where not known yet."""
        last, stop = self.last[chosen], self.stop[chosen]
        rows = last + KNOTS[:, None]
        ends = np.minimum(rows, stop - 1)
        usual = self.features.scale[last] * self.unit[self.series[chosen]].T
        scaled = (self.x[ends] - self.x[last]) / usual
        # the variance time of k steps over k; of steps beyond the end, whose target is not known, some number
        scaled /= np.sqrt(np.maximum(self.time[ends] - self.time[last], TINY) / KNOTS[:, None])
        y[...] = np.where(rows < stop, scaled, np.nan)


def volatility_windows(prices: LogPrices, ewma: EwmaScale, chosen: Origins, unit: Floats) -> VolatilityWindows:
    """Return the chosen windows of log prices with targets in units of `unit`, (N, K).

    Features are those of the rows from the first window of a series to its last one, and zero at all others.
    """
    (x, indptr, step_variance), (series, last) = prices, chosen
    begin = indptr[1:].copy()
    np.minimum.at(begin, series, np.maximum(last - MEMORY, indptr[series]))
    end = begin.copy()
    np.maximum.at(end, series, last + 1)
    rows = np.concatenate([np.arange(a, b) for a, b in zip(begin, end, strict=True)])
    seen = LogPrices(x[rows], np.append(0, np.cumsum(end - begin)), step_variance[rows])
    known = volatility_features(seen, ewma)
    scale, statics = np.zeros(len(x)), np.zeros((STATICS, len(x)))
    scale[rows], statics[:, rows] = known.scale, known.statics
    features, time = VolatilityFeatures(returns_of(prices), scale, statics), np.cumsum(step_variance)
    return VolatilityWindows(series, indptr[series], indptr[series + 1], last, x, time, features, unit)
