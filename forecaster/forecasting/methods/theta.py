"""The Theta method, for many windows of a flat array at once.

The season is taken out of a window, the rest is continued by simple exponential smoothing with half the slope of its
straight line as drift, and gets its season back (Assimakopoulos & Nikolopoulos 2000, in the form of Hyndman & Billah
2003, with the seasonal adjustment of the M competitions). Inside, y is (T, W): a window a column, its latest value in
the last row, its first one repeated above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.scaling import sum_in_order

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats, Ints

    pass


LONGEST, SEASONS = 500, 6
"""A window uses its latest 500 values, or 6 seasons if they are more: in the slowest smoothing on the grid all older
values together weigh less than 0.01 %, and five ratios or more to each phase give a steady season."""
SHORTEST = 3
"""Seasons that a season is looked for in, as in the M4 competition."""
CRITICAL = 1.645
"""The two-sided 10 % point of the normal distribution."""
ALPHAS = np.linspace(1.0, 0.02, 50)[:, None]
"""Grid of the smoothing parameter. Of equally good ones the first is taken, which stays nearest to the last value."""
LEAST_POSITIVE = 1e-300
"""Less, in proportion to a window's largest value, counts as zero: a ratio to it could overflow."""
CHUNK = 256
"""Windows at once: their levels, one for each alpha, stay in the processor's cache."""


def theta(x: Floats, start: Ints, last: Ints, horizon: int, season: int) -> Floats:
    """Forecast the `horizon` steps after each of W windows, (W, horizon), from its own values alone.

    The season multiplies where all values of a window are positive, else it adds. Where none is negative, forecasts are
    held above a tenth of the smallest, so that a falling line does not cross zero.

    Args:
        x: Flat values, (n,).
        start: Place where each window's series begins, (W,).
        last: Place of its last known value, (W,).
        horizon: Steps to forecast.
        season: Steps in a season; 1 where there is none.

    """
    forecast = np.empty((len(last), horizon))
    length = np.minimum(last - start + 1, looked_at(season))
    with np.errstate(under="ignore"):  # what has faded beyond the smallest number is zero
        for begin in range(0, len(last), CHUNK):
            part = slice(begin, begin + CHUNK)
            y = _gather(x, last[part], length[part], season)
            forecast[part] = _forecast(y, length[part], horizon, season).T
    return forecast


def looked_at(season: int) -> int:
    """Return the latest values that a forecast looks at."""
    return max(LONGEST, SEASONS * season)


def _gather(x: Floats, last: Ints, length: Ints, season: int) -> Floats:
    """Return the windows, (T, W), where T is a whole number of seasons."""
    T = -(-int(length.max()) // season) * season
    y: Floats = x[np.maximum(last + np.arange(1 - T, 1)[:, None], last - length + 1)]
    return y


def _forecast(y: Floats, length: Ints, horizon: int, season: int) -> Floats:
    """Return the forecasts, (h, W), computed in units of each window's largest value, which can be squared."""
    size, least = np.abs(y).max(axis=0), y.min(axis=0)
    size = np.where(size > 0, size, 1.0)
    y = y / size
    forecast = np.empty((horizon, y.shape[1]))
    positive = y.min(axis=0) > LEAST_POSITIVE
    for kind, without, along in ((positive, np.divide, np.multiply), (~positive, np.subtract, np.add)):
        if kind.any():
            index = _season(y[:, kind], length[kind], season, without)
            line = without(y[:, kind], np.tile(index, (len(y) // season, 1)))
            forecast[:, kind] = along(_drifting(line, length[kind], horizon), index[np.arange(horizon) % season])
    floor = np.where(least >= 0, least / 10, -np.inf)
    return np.maximum(forecast * size, floor)


def _season(y: Floats, length: Ints, season: int, without: np.ufunc) -> Floats:
    """Return what each phase has to do without, (season, W): nothing where there is no season."""
    index = np.full((season, y.shape[1]), without(1.0, 1.0))
    seasonal = _is_seasonal(y, length, season)
    if seasonal.any():
        index[:, seasonal] = _decompose(y[:, seasonal], length[seasonal], season, without)
    return index


def _is_seasonal(y: Floats, length: Ints, season: int) -> Bools:
    """Return which windows, (W,), have an autocorrelation r at the season m that is not chance.

    |r_m| > 1.645 sqrt((1 + 2 (r_1^2 + ... + r_{m-1}^2)) / n)   (Bartlett 1946, as in the M4 competition)
    """
    if season == 1 or length.max() < SHORTEST * season:
        return np.zeros(len(length), dtype=bool)
    mask = _mask(y, length)
    away = (y - y[-1]) * mask  # exactly zero for a constant
    away -= sum_in_order(away) / length * mask
    # the latest value first, and one size for all windows: else a window's rounding would depend on its neighbours
    size = 2 ** (max(LONGEST, SEASONS * season) + 2 * season).bit_length()
    products = np.fft.irfft(np.abs(np.fft.rfft(away[::-1], size, axis=0)) ** 2, size, axis=0)[: season + 1]
    r = products[1:] / np.where(products[0] > 0, products[0], np.inf)
    limit = CRITICAL * np.sqrt((1 + 2 * sum_in_order(r[:-1] ** 2)) / length)
    seasonal: Bools = (np.abs(r[-1]) > limit) & (length >= SHORTEST * season)
    return seasonal


def _decompose(y: Floats, length: Ints, season: int, without: np.ufunc) -> Floats:
    """Return the index of each phase, (season, W).

    It is the mean of what the phase is `without` the centred moving average, `without` the mean over all phases
    (Kendall & Stuart 1983; `decompose` in R).
    """
    T, half = len(y), season // 2
    weights = np.full(2 * half + 1, 1.0 / season)
    if season % 2 == 0:
        weights[[0, -1]] /= 2
    trend = y.copy()
    trend[half : T - half] = sum(weights[i] * y[i : T - 2 * half + i] for i in range(len(weights)))
    inside = _mask(y, length - half)
    inside[T - half :] = False
    by_phase = (T // season, season, y.shape[1])
    mean = sum_in_order((without(y, trend) * inside).reshape(by_phase)) / inside.reshape(by_phase).sum(axis=0)
    index: Floats = without(mean, sum_in_order(mean) / season)
    return index


def _drifting(y: Floats, length: Ints, horizon: int) -> Floats:
    """Return the forecasts of windows that have no season, (h, W).

    f_k = l + c (k - 1 + (1 - (1 - a)^n) / a), with the smoothed level l, its parameter a and the drift c
    (Hyndman & Billah 2003, where c is half of the slope; Fiorucci et al. 2016, equation 7)
    """
    time = (np.arange(1 - len(y), 1)[:, None] + (length - 1) / 2) * _mask(y, length)
    slope = sum_in_order(time * (y - y[-1])) / np.maximum(length * (length**2 - 1) / 12, 0.5)
    level, alpha, drift = _smooth(y, length, slope)
    steps = np.arange(horizon)[:, None] + (1 - (1 - alpha) ** length) / alpha
    drifting: Floats = level + drift * steps
    return drifting


def _smooth(y: Floats, length: Ints, slope: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the last level, the smoothing parameter and the drift, (W,) each, of the least squared one-step error.

    e = y_t - l,  l += a e,  g = 1 + (1 - a) g,  from the first value on; the error with drift is e - c g, whose
    square is least at c = sum(e g) / sum(g g), held between zero and the slope.
    """
    T, columns, mask = len(y), np.arange(y.shape[1]), _mask(y, length)
    level = np.repeat(y[None, T - length, columns], len(ALPHAS), axis=0)
    y = np.where(mask, y, level[0])
    lag, loss, product, power, step = (np.zeros_like(level) for _ in range(5))
    error = np.empty_like(level)
    for t in range(T - int(length.max()), T):
        np.subtract(y[t], level, out=error)
        product += np.multiply(error, lag, out=step)
        power += np.multiply(lag, lag, out=step)
        level += np.multiply(ALPHAS, error, out=step)
        loss += np.multiply(error, error, out=step)
        lag *= 1 - ALPHAS
        lag += mask[t]
    drift = np.clip(product / np.maximum(power, 1), np.minimum(slope, 0), np.maximum(slope, 0))
    best = (loss - 2 * drift * product + drift**2 * power).argmin(axis=0)
    return level[best, columns], ALPHAS[best, 0], drift[best, columns]


def _mask(y: Floats, length: Ints) -> Bools:
    """Return which rows belong to the last `length` of each window."""
    mask: Bools = np.arange(len(y))[:, None] >= len(y) - length
    return mask
