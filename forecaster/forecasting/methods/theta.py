"""The Theta method, for many windows of a flat array at once.

The season is removed from a window, the rest is continued by simple exponential smoothing with half the slope of its
straight line as drift, and the season is put back (Assimakopoulos & Nikolopoulos 2000, in the form of Hyndman & Billah
2003, with the seasonal adjustment of the M competitions). In the functions below y is (T, W): a window is a column, its
latest value is in the last row, and its first one is repeated above.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from forecaster.progress import FORECASTING, with_progress
from forecaster.series.scaling import sum_in_order

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats, Ints

LONGEST, SEASONS = 500, 6
"""A window uses its latest 500 values, or 6 seasons if they are more: in the slowest smoothing on the grid all older
values together weigh less than 0.01 %, and five ratios or more to each phase give a steady season."""
SHORTEST = 3
"""Seasons that a window needs for the seasonal test, as in the M4 competition."""
CRITICAL = 1.645
"""The two-sided 10 % point of the normal distribution: the level of the seasonal test in the M4 competition."""
ALPHAS = np.linspace(1.0, 0.02, 50)
"""Grid of the smoothing parameter. Of equally good ones the first is taken, which stays nearest to the last value."""
LEAST_POSITIVE = 1e-300
"""A smaller share of a window's largest value counts as zero: dividing by it could overflow."""
MOST_ADDED = 400
"""Values of a season that are added one by one for its mean, which is exact to the last digit; of longer seasons the
mean is the difference of two running sums, because the time to add grows with the season."""
CHUNK = 256
"""Windows at once: their levels, one for each alpha, stay in the processor's cache."""
ERRORS_AT_ONCE = 2**15
"""Errors that are kept before they are added up: few calls of NumPy for short series, and 256 KB."""


def theta(x: Floats, start: Ints, last: Ints, horizon: int, season: int) -> Floats:
    """Forecast the `horizon` steps after each of W windows, (W, horizon), from its own values alone.

    The season is multiplicative where all values of a window are positive, else additive. Where none is negative,
    forecasts are at least a tenth of the smallest value, so that a falling line does not cross zero.

    The values are flat, x (n,); the series of each window begins at `start` and is known up to `last`, both (W,).
    """
    forecast = np.empty((len(last), horizon))
    length = np.minimum(last - start + 1, longest_window(season))
    with np.errstate(under="ignore"):  # a weight that falls below the smallest number is zero
        for begin in with_progress(range(0, len(last), CHUNK), FORECASTING, "Theta"):
            part = slice(begin, begin + CHUNK)
            T = -(-int(length[part].max()) // season) * season  # whole seasons
            y = x[np.maximum(last[part] + np.arange(1 - T, 1)[:, None], last[part] - length[part] + 1)]
            forecast[part] = _forecast_windows(y, length[part], horizon, season).T
    return forecast


def longest_window(season: int) -> int:
    """Return how many of the latest values a forecast uses."""
    return max(LONGEST, SEASONS * season)


def _forecast_windows(y: Floats, length: Ints, horizon: int, season: int) -> Floats:
    """Return the forecasts, (h, W), computed in units of each window's largest value: squares must not overflow."""
    size, least = np.abs(y).max(axis=0), y.min(axis=0)
    size = np.where(size > 0, size, 1.0)
    y = y / size
    forecast = np.empty((horizon, y.shape[1]))
    positive = y.min(axis=0) > LEAST_POSITIVE
    for kind, remove, restore in ((positive, np.divide, np.multiply), (~positive, np.subtract, np.add)):
        if kind.any():
            index = _seasonal_indices(y[:, kind], length[kind], season, remove)
            rest = remove(y[:, kind], np.tile(index, (len(y) // season, 1)))
            line = _forecast_without_season(rest, length[kind], horizon)
            forecast[:, kind] = restore(line, index[np.arange(horizon) % season])
    floor = np.where(least >= 0, least / 10, -np.inf)
    return np.maximum(forecast * size, floor)


def _seasonal_indices(y: Floats, length: Ints, season: int, remove: np.ufunc) -> Floats:
    """Return the index of each phase, (season, W), for `remove`: 1 or 0 where there is no season."""
    index, seasonal = np.full((season, y.shape[1]), remove(1.0, 1.0)), _is_seasonal(y, length, season)
    if seasonal.any():
        index[:, seasonal] = _decompose(y[:, seasonal], length[seasonal], season, remove)
    return index


def _is_seasonal(y: Floats, length: Ints, season: int) -> Bools:
    """Return which windows, (W,), have an autocorrelation r at the season m beyond chance.

    |r_m| > 1.645 sqrt((1 + 2 (r_1^2 + ... + r_{m-1}^2)) / n)   (Bartlett 1946, as in the M4 competition)
    """
    if season == 1 or length.max() < SHORTEST * season:
        return np.zeros(len(length), dtype=bool)
    mask = _mask(y, length)
    centred = (y - y[-1]) * mask  # exactly zero for a constant
    centred -= sum_in_order(centred) / length * mask
    # the latest value comes first, and one size serves all windows: else the rounding of one would depend on the others
    size = 2 ** (max(LONGEST, SEASONS * season) + 2 * season).bit_length()
    products = np.fft.irfft(np.abs(np.fft.rfft(centred[::-1], size, axis=0)) ** 2, size, axis=0)[: season + 1]
    r = products[1:] / np.where(products[0] > 0, products[0], np.inf)
    limit = CRITICAL * np.sqrt((1 + 2 * sum_in_order(r[:-1] ** 2)) / length)
    seasonal: Bools = (np.abs(r[-1]) > limit) & (length >= SHORTEST * season)
    return seasonal


def _decompose(y: Floats, length: Ints, season: int, remove: np.ufunc) -> Floats:
    """Return the index of each phase, (season, W).

    The centred moving average is removed from the values, by division or by subtraction, the rest is averaged over each
    phase, and the mean of all phases is removed from these averages (Kendall & Stuart 1983; `decompose` in R).
    """
    T, half = len(y), season // 2
    trend = y.copy()
    trend[half : T - half] = _moving_average(y, season)
    inside = _mask(y, length - half)
    inside[T - half :] = False
    by_phase = (T // season, season, y.shape[1])
    mean = sum_in_order((remove(y, trend) * inside).reshape(by_phase)) / inside.reshape(by_phase).sum(axis=0)
    index: Floats = remove(mean, sum_in_order(mean) / season)
    return index


def _moving_average(y: Floats, season: int) -> Floats:
    """Return the mean over a season around each value that has half a season on both sides, (T - 2 (season // 2), W).

    Of an even season, both ends count half.
    """
    T, half = len(y), season // 2
    if season > MOST_ADDED:
        sums = np.concatenate([np.zeros_like(y[:1]), np.cumsum(y, axis=0)])
        ends = (y[: T - 2 * half] + y[2 * half :]) / 2 if season % 2 == 0 else 0.0
        average: Floats = (sums[2 * half + 1 :] - sums[: T - 2 * half] - ends) / season
        return average
    weights = np.full(2 * half + 1, 1.0 / season)
    if season % 2 == 0:
        weights[[0, -1]] /= 2
    return np.asarray(sum(weights[i] * y[i : T - 2 * half + i] for i in range(len(weights))))


def _forecast_without_season(y: Floats, length: Ints, horizon: int) -> Floats:
    """Return the forecasts of windows that have no season, (h, W).

    f_k = l + c (k - 1 + (1 - (1 - a)^n) / a), with the smoothed level l, its parameter a and the drift c
    (Hyndman & Billah 2003, where c is half of the slope; Fiorucci et al. 2016, equation 7)
    """
    time = (np.arange(1 - len(y), 1)[:, None] + (length - 1) / 2) * _mask(y, length)
    slope = sum_in_order(time * (y - y[-1])) / np.maximum(length * (length**2 - 1) / 12, 0.5)
    level, alpha, drift = _smooth(y, length, slope)
    steps = np.arange(horizon)[:, None] + (1 - (1 - alpha) ** length) / alpha
    return level + drift * steps


def _smooth(y: Floats, length: Ints, slope: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the last level, the smoothing parameter and the drift, (W,) each, with the least squared one-step error.

    e = y_t - l,  l += a e,  g = 1 + (1 - a) g,  from the first value on; the error with drift is e - c g, whose
    square is least at c = sum(e g) / sum(g g), clipped to lie between zero and the slope.
    """
    T, W, longest, shortest = *y.shape, int(length.max()), int(length.min())
    columns, steps = np.arange(W), np.arange(longest)[:, None]
    # windows that begin together have one g; after its end a window has no errors
    y, inside = y[np.minimum(steps + T - length, T - 1), columns], steps < length
    alphas = np.tile(ALPHAS, (W, 1))
    level = np.repeat(y[0, :, None], len(ALPHAS), axis=1)
    loss, product, step = (np.zeros_like(level) for _ in range(3))
    y, inside, rows = y[..., None], inside[..., None], max(1, ERRORS_AT_ONCE // level.size)
    lags, powers = _lags(LONGEST) if longest <= LONGEST else _lags.__wrapped__(longest)
    for begin in range(0, longest, rows):
        end = min(begin + rows, longest)
        errors = np.empty((end - begin, *level.shape))
        for t, error in enumerate(errors, begin):
            np.subtract(y[t], level, out=error)
            if t >= shortest:
                np.multiply(error, inside[t], out=error)
            level += np.multiply(alphas, error, out=step)
        product = _add_rows(product, errors * lags[begin:end, None])
        loss = _add_rows(loss, errors * errors)
    power, slope = powers[length - 1], slope[:, None]
    drift = np.clip(product / np.maximum(power, 1), np.minimum(slope, 0), np.maximum(slope, 0))
    best = (loss - 2 * drift * product + drift**2 * power).argmin(axis=1)
    return level[columns, best], ALPHAS[best], drift[columns, best]


def _add_rows(total: Floats, rows: Floats) -> Floats:
    """Return a total, (W, alphas), and the rows, (n, W, alphas), added to it in their order; they change."""
    rows[0] += total
    # NumPy adds row by row where a row has more than one number
    added: Floats = rows.sum(axis=0)
    return added


@lru_cache(maxsize=1)
def _lags(rows: int) -> tuple[Floats, Floats]:
    """Return g of each row from the first value on, and the sum of its squares so far, (rows, alphas) both."""
    g = np.zeros((rows, len(ALPHAS)))
    for t in range(1, rows):
        g[t] = g[t - 1] * (1 - ALPHAS) + 1
    return g, np.cumsum(g * g, axis=0)


def _mask(y: Floats, length: Ints) -> Bools:
    """Return which rows belong to the last `length` of each window."""
    return np.arange(len(y))[:, None] >= len(y) - length
