"""How much wider intervals are beyond the trained horizon than at its last step.

Beyond the horizon h forecasts are rolled forward, and their errors grow as only rolled forecasts can show. The growth
is a factor at each of `KNOTS`, in horizons: (K,), at least 1 and never falling. Between the knots it is interpolated on
logarithms of factor and step, and beyond the last one it goes on with the last slope. Errors of W windows are
(W, steps), NaN where no value is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.uncertainty.calibration import LARGEST, SMALLEST, error_of_score, normal_scores

if TYPE_CHECKING:
    from forecaster.arrays import Floats

BLOCKS = np.array([1, 2, 3, 5, 10])
"""Ends of the blocks of steps, in horizons, whose errors count together. Each is about 1.6 times as far as the one
before: errors grow as a power of the step rather than by equal amounts, and far ahead few windows have values."""
KNOTS = np.sqrt(BLOCKS[:-1] * BLOCKS[1:])
"""The geometric middle of each block, (K,)."""
FURTHEST = int(BLOCKS[-1])
"""Horizons that the growth is measured over."""
LEVEL = 0.8
"""Level of the intervals that are compared: that of the usual one. The ends of a wider one rest on fewer errors."""
PRIOR_WINDOWS = 4
"""Windows at which the measured growth counts as much as that within the horizon: few windows of one series are hardly
more than one. Chosen by hand; on daily, weekly and monthly rows coverage was nearly the same without."""
LEAST_SLOPE, LARGEST_SLOPE = 0.05, 1.0
"""Bounds of d log(factor) / d log(step). Errors of series that keep returning to a season hardly grow, and yet the
future is less certain the further it is; errors that grow faster than the step would be those of a trend that a
few windows share by chance. Chosen by hand."""
NO_GROWTH = np.ones(len(KNOTS))
"""The growth of offsets that stay those of step h, (K,)."""


def power_growth(exponent: float) -> Floats:
    """Return the growth of errors ~ step^exponent, (K,), with the exponent within the bounds of slopes."""
    growth: Floats = KNOTS ** np.clip(exponent, LEAST_SLOPE, LARGEST_SLOPE)
    return growth


def relative_sizes(error: Floats, offsets: Floats, horizon: int) -> Floats:
    """Return the sizes of errors, (W, steps), as shares of the intervals that cover `LEVEL` of them within the horizon.

    The intervals follow from offsets, (W, steps, Q). An error of twice the size is in an interval of twice the width,
    which does not hold for normal scores: far from the median they depend on where quantiles happen to lie.
    """
    known = np.isfinite(error)
    within = normal_scores(np.where(known, error, 0)[:, :horizon], offsets[:, :horizon])
    found = np.abs(within[known[:, :horizon]])
    if not len(found):
        return np.full(error.shape, np.nan)
    k = np.quantile(found, LEVEL)
    low, high = (error_of_score(np.full(error.shape, end), offsets) for end in (-k, k))
    width = np.maximum(np.where(error < 0, -low, high), SMALLEST)
    return np.minimum(np.abs(error) / width, LARGEST)


def fit_growth(sizes: Floats, horizon: int, exponent: float) -> Floats:
    """Return the growth, (K,), by the sizes of errors of rolled forecasts, in intervals that stay as wide as at step h.

    In each block the size that is exceeded as rarely as the usual interval is compared with that within the horizon, of
    the windows that reach the block. Where few do, their ratio is drawn towards the growth of errors ~ step^exponent.
    """
    expected, windows = np.log(power_growth(exponent)), np.zeros(len(KNOTS))
    ratio = expected.copy()
    for i, (begin, end) in enumerate(zip(BLOCKS[:-1] * horizon, BLOCKS[1:] * horizon, strict=True)):
        block = sizes[:, begin:end]
        reaching = np.isfinite(block).any(axis=1) & np.isfinite(sizes[:, :horizon]).any(axis=1)
        if reaching.any():
            within, beyond = (np.nanquantile(each[reaching], LEVEL) for each in (sizes[:, :horizon], block))
            ratio[i] = np.log(max(beyond, SMALLEST) / max(within, SMALLEST))
            windows[i] = np.isfinite(block[reaching]).sum() / (end - begin)
    measured = windows / (windows + PRIOR_WINDOWS)
    rising = _never_falling(np.maximum(0, measured * ratio + (1 - measured) * expected), windows + PRIOR_WINDOWS)
    apart = np.diff(np.log(KNOTS), prepend=0)
    slopes = np.clip(np.diff(rising, prepend=0) / apart, LEAST_SLOPE, LARGEST_SLOPE)
    growth: Floats = np.exp(np.cumsum(slopes * apart))
    return growth


def _never_falling(values: Floats, weights: Floats) -> Floats:
    """Return the least-squares fit to values, (K,), that never falls (Ayer et al. 1955)."""
    groups: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        groups.append((value, weight, 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (a, u, m), (b, v, n) = groups[-2:]
            groups[-2:] = [((a * u + b * v) / (u + v), u + v, m + n)]
    return np.concatenate([np.full(count, value) for value, _, count in groups])


def growth_factors(growth: Floats, horizon: int, steps: int) -> Floats:
    """Return the factors of the steps after the trained horizon, (steps - horizon,)."""
    x = np.log(np.arange(horizon + 1, steps + 1) / horizon)
    knots, rising = np.append(0.0, np.log(KNOTS)), np.append(0.0, np.log(growth))
    slope = (rising[-1] - rising[-2]) / (knots[-1] - knots[-2])
    factors: Floats = np.exp(np.interp(x, knots, rising) + slope * np.maximum(x - knots[-1], 0))
    return factors
