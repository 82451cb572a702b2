"""How much wider intervals are beyond the trained horizon than at its last step.

Beyond the horizon h forecasts are rolled forward, and their errors grow as only rolled forecasts can show. The growth
is a factor at each of `KNOTS`, in horizons: (K,), at least 1 and never falling. Between the knots it is interpolated on
logarithms of factor and step, and beyond the last one it goes on with the last slope. Normal scores are (W, steps), NaN
where no value is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.uncertainty.calibration import SMALLEST

if TYPE_CHECKING:
    from forecaster.arrays import Floats

BLOCKS = np.array([1, 2, 3, 5, 10])
"""Ends of the blocks of steps, in horizons, whose scores count together. Each is about 1.6 times as far as the one
before: errors grow as a power of the step rather than by equal amounts, and far ahead few windows have values."""
KNOTS = np.sqrt(BLOCKS[:-1] * BLOCKS[1:])
"""The geometric middle of each block, (K,)."""
FURTHEST = int(BLOCKS[-1])
"""Horizons that the growth is measured over."""
LEVEL = 0.8
"""Share of the scores whose bound is compared: that of the usual interval. A wider one rests on fewer scores."""
PRIOR_WINDOWS = 4
"""Windows at which the measured growth counts as much as that within the horizon. Found best by coverage on daily,
weekly and monthly training rows, where none at all were nearly as good; `benchmarks/beyond_horizon.py` prints it."""
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


def fit_growth(scores: Floats, horizon: int, exponent: float) -> Floats:
    """Return the growth, (K,), by the normal scores of rolled forecasts among offsets that stay those of step h.

    In each block the bound of the usual share of |scores| is compared with that within the horizon, of the windows
    that reach the block. Where few do, their ratio is drawn towards the growth of errors ~ step^exponent.
    """
    size, expected, windows = np.abs(scores), np.log(power_growth(exponent)), np.zeros(len(KNOTS))
    ratio = expected.copy()
    for i, (begin, end) in enumerate(zip(BLOCKS[:-1] * horizon, BLOCKS[1:] * horizon, strict=True)):
        block = size[:, begin:end]
        reaching = np.isfinite(block).any(axis=1)
        if reaching.any():
            within, beyond = (np.nanquantile(each[reaching], LEVEL) for each in (size[:, :horizon], block))
            ratio[i] = np.log(max(beyond, SMALLEST) / max(within, SMALLEST))
            windows[i] = np.isfinite(block).sum() / (end - begin)
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
