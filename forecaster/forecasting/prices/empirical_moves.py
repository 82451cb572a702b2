"""Empirical moves: quantiles of past moves of prices in units of their recent size, and the loss of a network on them.

Moves over k steps are (x_{t+k} - x_t) / s_t with log prices x and the scale s of
`forecaster.forecasting.prices.features`, for each of the K steps in `KNOTS`; closes between them count by
`forecaster.forecasting.prices.variance_time`. Quantiles are those at `TAUS`, Q of them.
Between the knots quantiles / sqrt(steps) are linear in log(steps); beyond the last knot they are constant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.prices.close_variance import fit_close_variance
from forecaster.forecasting.prices.features import (
    KNOTS,
    SHORTEST,
    EwmaScale,
    VolatilityWindows,
    fit_scale,
    volatility_windows,
)
from forecaster.forecasting.prices.variance_time import log_prices, time_after_end
from forecaster.forecasting.uncertainty.calibration import NORMAL, TAUS
from forecaster.series.windows import origins

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.arrays import Floats, Ints
    from forecaster.nn.parameters import Array
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Origins

LARGEST_LOG_SCALE = 2.0
"""Moves are predicted at most e^2 times as large or small as past ones: a wild output must not decide."""
PRIOR_MOVES = 20
"""Independent moves at which their quantiles count as much as the prior ones. Chosen by hand."""


@dataclass(frozen=True)
class EmpiricalMoves:
    """The scale of each series, and the quantiles of its moves over `KNOTS` steps, (N, K, Q).

    The unit of the quantiles is the scale, or the scale that a network corrected. `close_variance` is the variance time
    of each kind of close, (N, C).
    """

    ewma: EwmaScale
    quantiles: Floats
    close_variance: Floats

    def take(self, chosen: Sequence[int]) -> EmpiricalMoves:
        """Return the moves of the series with these numbers, in this order."""
        rows = list(chosen)
        ewma = EwmaScale(*(array[rows] for array in self.ewma))
        return EmpiricalMoves(ewma, self.quantiles[rows], self.close_variance[rows])

    def windows(self, panel: Panel, chosen: Origins) -> VolatilityWindows:
        """Return the chosen windows of a panel of prices with targets in units of each series' typical moves.

        The windows need no more than the last `MEMORY` + 1 prices. A typical move is the distance from the 10 to the
        90 % quantile, over the same of a standard normal variable.
        """
        unit = (self.quantiles[..., -2] - self.quantiles[..., 1]) / (NORMAL[-2] - NORMAL[1])
        return volatility_windows(log_prices(panel, self.close_variance), self.ewma, chosen, unit)

    def training_windows(self, panel: Panel) -> VolatilityWindows:
        """Return every window of a panel of prices whose scale says something and whose next step is known."""
        return self.windows(panel, origins(panel.indptr, 1, shortest=SHORTEST))

    def time_ahead(self, panel: Panel, windows: VolatilityWindows, horizon: int) -> Floats:
        """Return the variance time from the end of windows of a panel to each of the next steps, (W, horizon).

        Raises:
            UsageError: A step lies after the end of its series, and the sessions of its exchange cannot be had.

        """
        last, end = windows.last[:, None], windows.stop[:, None] - 1
        rows = last + np.arange(1, horizon + 1)
        beyond = np.maximum(rows - end, 0)
        after_end = time_after_end(panel, self.close_variance, int(beyond.max(initial=0)))
        known = windows.time[np.minimum(rows, end)] - windows.time[last]
        time: Floats = known + after_end[windows.series[:, None], beyond]
        return time

    def quantiles_at(self, steps: Ints) -> Floats:
        """Return the quantiles of the moves over any numbers of steps, (h,), (N, h, Q)."""
        quantiles: Floats = knot_weights(steps) @ (self.quantiles / np.sqrt(KNOTS)[:, None])
        quantiles *= np.sqrt(steps)[:, None]
        return quantiles


def join_moves(parts: Sequence[EmpiricalMoves]) -> EmpiricalMoves:
    """Return the moves of the series of all parts, in their order."""
    ewma = EwmaScale(*map(np.concatenate, zip(*(each.ewma for each in parts), strict=True)))
    quantiles, close_variance = zip(*((each.quantiles, each.close_variance) for each in parts), strict=True)
    return EmpiricalMoves(ewma, np.concatenate(quantiles), np.concatenate(close_variance))


def knot_weights(steps: Ints) -> Floats:
    """Return the weight of each knot at each of the steps, (h, K): linear in log(steps), constant beyond the last."""
    return np.stack([np.interp(np.log(steps), np.log(KNOTS), knot) for knot in np.eye(len(KNOTS))], axis=1)


def fit_empirical_moves(panel: Panel) -> EmpiricalMoves:
    """Learn scales and quantiles from all rows of a panel of prices.

    Few moves say little, so quantiles are averaged with prior ones: those of a series with those of all series
    together, these with those over half as many steps times sqrt(2), and those over one step with the normal ones.
    """
    close_variance = fit_close_variance(panel)
    prices = log_prices(panel, close_variance)
    ewma, plain = fit_scale(prices), np.ones((len(panel), len(KNOTS)))
    windows = volatility_windows(prices, ewma, origins(panel.indptr, 1, shortest=SHORTEST), plain)
    return EmpiricalMoves(ewma, _quantiles_by_series(windows, _scaled_moves(windows)), close_variance)


def refit_empirical_moves(
    moves: EmpiricalMoves, panel: Panel, log_scales: Callable[[VolatilityWindows], Floats]
) -> EmpiricalMoves:
    """Return the moves with quantiles in units of the scale times exp(`log_scales`), a network's output, (K, W).

    So the quantiles correct a network whose outputs are too large or too small on average.
    """
    windows = moves.training_windows(panel)
    windows = replace(windows, unit=np.ones_like(windows.unit))
    scaled = _scaled_moves(windows) / np.exp(log_scales(windows))
    return replace(moves, quantiles=_quantiles_by_series(windows, scaled))


def _quantiles_by_series(windows: VolatilityWindows, moves: Floats) -> Floats:
    """Return the quantiles of the moves, (K, W), after windows of each series, (N, K, Q)."""
    pooled = _pooled_quantiles(moves)
    bounds = np.searchsorted(windows.series, np.arange(len(windows.unit) + 1))
    samples = [zip(moves[:, begin:end], KNOTS, pooled, strict=True) for begin, end in pairwise(bounds)]
    return np.array([[_quantiles_with_prior(*each) for each in sample] for sample in samples])


def _scaled_moves(windows: VolatilityWindows) -> Floats:
    """Return the scaled moves after all windows, (K, W), NaN beyond the end of a series."""
    moves = np.empty((len(KNOTS), len(windows)))
    windows.targets(np.arange(len(windows)), moves)
    return moves


def _pooled_quantiles(moves: Floats) -> Floats:
    """Return the quantiles, (K, Q), of moves over `KNOTS` steps, (K, W)."""
    pooled, quantiles, growth = [], NORMAL, np.sqrt(KNOTS / np.append(1, KNOTS[:-1]))
    for sample, step, factor in zip(moves, KNOTS, growth, strict=True):
        quantiles = _quantiles_with_prior(sample, step, factor * quantiles)
        pooled.append(quantiles)
    return np.array(pooled)


def _quantiles_with_prior(moves: Floats, step: int, prior: Floats) -> Floats:
    """Return the quantiles, (Q,), of moves over `step` steps, (W,), averaged with prior ones, (Q,)."""
    observed = moves[~np.isnan(moves)]
    if not len(observed):
        return prior
    independent = len(observed) / step  # moves overlap
    g = independent / (independent + PRIOR_MOVES)
    quantiles: Floats = g * np.quantile(observed, TAUS) + (1 - g) * prior
    return quantiles


@dataclass(frozen=True)
class MoveLoss:
    """Mean pinball loss (Koenker & Bassett 1978) of the quantiles exp(a) e of scaled moves.

    `quantiles` are e, (K, Q); `weight` is that of each knot, (K,).
    """

    quantiles: Floats
    weight: Floats

    def __call__(self, forecast: Array, target: Array, weight: Array | None = None) -> tuple[float, Array]:
        """Return the loss of log-scales a for moves, both (K, B), and its gradient; moves of weight 0 are left out."""
        shares = self.weight[:, None] * (np.ones_like(target) if weight is None else weight)
        shares = (shares / (shares.sum() * len(TAUS))).astype(forecast.dtype)
        tau = TAUS.astype(forecast.dtype)[:, None, None]
        e = self.quantiles.astype(forecast.dtype).T[:, :, None]
        # q = exp(a) e;  dq/da = q
        q = e * np.exp(forecast.clip(-LARGEST_LOG_SCALE, LARGEST_LOG_SCALE))
        error = target - q
        # rho = max(tau error, (tau - 1) error);  drho/dq = 1[error < 0] - tau
        loss = np.maximum(tau * error, (tau - 1) * error).sum(axis=0)
        da = (((error < 0) - tau) * q).sum(axis=0) * (np.abs(forecast) <= LARGEST_LOG_SCALE)
        return float(np.sum(shares * loss)), shares * da


def move_loss(windows: VolatilityWindows, horizon: int) -> MoveLoss:
    """Return the loss for training on windows: with the quantiles of their targets, at the knots for the horizon."""
    # the knots up to the horizon, and the one after it where it lies between two
    needed = np.append(0, KNOTS[:-1]) < horizon
    return MoveLoss(_pooled_quantiles(_scaled_moves(windows)), needed.astype(np.float64))
