"""Forecast how far prices move: quantiles of their log returns over any number of steps.

    quantile(h, tau) = s_t exp(a_h) (e_{h,tau} - e_{h,.5})

s_t is the recent size of one-step moves, e the quantiles of past moves over h steps in units of it, and a_h, within
+-2, what a network makes of the last 60 returns. It answers at `KNOTS` of the horizon; between them a_h and
e_h / sqrt(h) are linear in log(h), beyond the last they stay. With a = 0 this is filtered historical simulation
(Barone-Adesi, Giannopoulos & Vosper 1999) with an exponentially weighted variance. The network starts from weights that
were trained on simulated series (`forecaster.forecasting.pretrain`), and learns a little more from the user's own.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from forecaster.data.volatility import INPUTS, KNOTS, SEGMENTS, SHORTEST, EwmaScale, fit_scale, volatility_windows
from forecaster.data.windows import origins
from forecaster.errors import ModelRefusedError
from forecaster.forecasting.calibration import NORMAL, TAUS
from forecaster.nn.architecture import Architecture, shapes
from forecaster.nn.fit import Settings, fit, predict
from forecaster.nn.network import NetworkWorkspace
from forecaster.nn.parameters import Parameters, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.data.panel import Panel
    from forecaster.data.scaling import Floats
    from forecaster.data.volatility import VolatilityWindows
    from forecaster.data.windows import Origins
    from forecaster.nn.parameters import Array

ARCHITECTURE = Architecture(inputs=INPUTS, steps=SEGMENTS, outputs=len(KNOTS), hidden=32, embedding=32, skip=True)
START, START_SHA256 = "volatility.npy", "?"
"""The pretrained weights beside this module, and their digest."""
LARGEST_LOG_SCALE = 2.0
"""The network may make moves at most e^2 times as large or small as the recent ones."""
LEANING = 20
"""Independent moves with which the quantiles of past moves count as much as what is believed without them."""
FEW, ENOUGH = 120, 300
"""Rows from which the pretrained network is used, and from which it is trained on."""
PASSES, BATCH, RATE, DECAY, VALIDATED = 8, 128, 5e-4, 1e-3, 2000
"""Of training on the user's series: passes and windows in an update, peak rate, weight decay, validation windows."""


@dataclass(frozen=True)
class MoveLoss:
    """Mean pinball loss of quantiles exp(a) e of scaled moves.

    Attributes:
        quantiles: e of the scaled moves, (K, Q).
        weight: How much each knot counts, (K,).

    """

    quantiles: Floats
    weight: Floats

    def __call__(self, forecast: Array, target: Array, weight: Array | None = None) -> tuple[float, Array]:
        """Return the loss of log-scales a for moves, both (K, B), and its gradient; `weight` 0 leaves a move out."""
        dtype = forecast.dtype
        shares = np.broadcast_to(self.weight[:, None], target.shape) * (1.0 if weight is None else weight)
        shares = (shares / (shares.sum() * len(TAUS))).astype(dtype)
        tau = TAUS.astype(dtype)[:, None, None]
        # q = exp(a) e;  dq/da = q
        q = self.quantiles.astype(dtype).T[:, :, None] * np.exp(forecast.clip(-LARGEST_LOG_SCALE, LARGEST_LOG_SCALE))
        error = target - q
        # rho = max(tau error, (tau - 1) error);  drho/dq = 1[error < 0] - tau
        loss = np.maximum(tau * error, (tau - 1) * error).sum(axis=0)
        da = (((error < 0) - tau) * q).sum(axis=0) * (np.abs(forecast) <= LARGEST_LOG_SCALE)
        return float(np.sum(shares * loss)), shares * da


@dataclass(frozen=True)
class Volatility:
    """Everything that a forecast of moves needs.

    Attributes:
        weights: Parameters of the network, (P,), float32; all zero if it says nothing.
        ewma: How the scale of each series is made.
        quantiles: e at the knots, (N, K, Q).
        passes: Passes of training on the series themselves.

    """

    weights: NDArray[np.float32]
    ewma: EwmaScale
    quantiles: Floats
    passes: int

    def take(self, chosen: Sequence[int]) -> Volatility:
        """Return the forecast of the series with these numbers, in this order."""
        ewma = EwmaScale(*(array[list(chosen)] for array in self.ewma))
        return replace(self, ewma=ewma, quantiles=self.quantiles[list(chosen)])

    def windows(self, x: Floats, indptr: NDArray[np.int64], chosen: Origins) -> VolatilityWindows:
        """Return the chosen windows of log prices x, (n,)."""
        return volatility_windows(x, indptr, self.ewma, chosen, typical_move(self.quantiles))

    def log_scales(self, windows: VolatilityWindows) -> Floats:
        """Return a at the knots, (K, W)."""
        parameters = Parameters(shapes(ARCHITECTURE), np.float64)
        parameters.load(self.weights)
        with threadpool_limits(1):
            answers = predict(parameters, windows, NetworkWorkspace(ARCHITECTURE, BATCH, np.float64))
        a: Floats = np.clip(answers, -LARGEST_LOG_SCALE, LARGEST_LOG_SCALE)
        return a

    def offsets(self, windows: VolatilityWindows, horizon: int) -> Floats:
        """Return the quantiles `TAUS` of the log returns over 1 to `horizon` steps minus their median, (W, h, Q)."""
        steps = np.arange(1, horizon + 1)
        share = _between_knots(steps)
        size = windows.scale[:, None] * np.exp(share @ self.log_scales(windows)).T  # (W, h)
        e = share @ (self.quantiles / np.sqrt(KNOTS)[:, None]) * np.sqrt(steps)[:, None]  # (N, h, Q)
        e -= e[..., len(TAUS) // 2, None]
        offsets: Floats = size[:, :, None] * e[windows.series]
        return offsets


def _between_knots(steps: NDArray[np.int64]) -> Floats:
    """Return the share of each knot at each of the steps, (h, K): linear in log(step), held beyond the last knot."""
    return np.stack([np.interp(np.log(steps), np.log(KNOTS), knot) for knot in np.eye(len(KNOTS))], axis=1)


def typical_move(quantiles: Floats) -> Floats:
    """Return the size of moves, (..., ), of quantiles (..., Q): half of what lies between 10 and 90 %, as a normal's."""
    size: Floats = (quantiles[..., -2] - quantiles[..., 1]) / (NORMAL[-2] - NORMAL[1])
    return size


def fit_volatility(training: Panel, validation: Panel | None, *, horizon: int, seed: int, passes: int = PASSES) -> Volatility:
    """Learn from prices how far they move over up to `horizon` steps.

    The network trains on `training` for at most `passes` passes. With validation rows it stays as it was after the
    best pass by these, which may be none at all; without, as it is after the last. Scale and quantiles are learned from
    all rows. Few rows train nothing, very few do without the network.

    Args:
        training: Prices, all positive.
        validation: The same series with the validation rows behind the training rows, or None.
        horizon: Steps for which the network trains.
        seed: Of the order of the windows.
        passes: Passes at most.

    Raises:
        ModelRefusedError: The pretrained weights are not those that belong to this version.

    """
    known = validation or training
    rows = int(training.lengths.max())
    parameters = Parameters(shapes(ARCHITECTURE))
    made = 0
    if rows >= FEW:
        parameters.load(start_weights())
    if rows >= ENOUGH and passes:
        ewma, quantiles = learn_quantiles(training)
        windows, loss = training_windows(training, ewma, quantiles, horizon)
        later = None
        if validation:
            x, first = np.log(validation.values), training.lengths
            chosen = origins(validation.indptr, 1, shortest=SHORTEST, first=first)
            later = volatility_windows(x, validation.indptr, ewma, chosen, windows.unit).some(VALIDATED)
        settings = Settings(passes, max(1, len(windows) // BATCH), BATCH, RATE, DECAY, patience=3, loss=loss)
        with threadpool_limits(1):
            epochs = list(fit(ARCHITECTURE, parameters, windows, later, settings, np.random.default_rng(seed)))
        made = max(epoch.number for epoch in epochs if epoch.best)
    return Volatility(parameters.vector, *learn_quantiles(known), made)


def learn_quantiles(panel: Panel) -> tuple[EwmaScale, Floats]:
    """Learn the scale of each series and the quantiles of its moves in units of that, (N, K, Q).

    Few moves say little: the quantiles of a series lean on those of all series together, these on those of half as many
    steps times sqrt(2), and those of one step on the normal ones.
    """
    x = np.log(panel.values)
    ewma = fit_scale(x, panel.indptr)
    plain = np.ones((len(panel), len(KNOTS)))
    windows = volatility_windows(x, panel.indptr, ewma, origins(panel.indptr, 1, shortest=SHORTEST), plain)
    moves = _moves(windows)
    together = pooled_quantiles(moves)
    ends = np.searchsorted(windows.series, np.arange(len(panel) + 1))
    own = [
        [_leaned(moves[k, a:b], int(KNOTS[k]), together[k]) for k in range(len(KNOTS))]
        for a, b in zip(ends[:-1], ends[1:], strict=True)
    ]
    return ewma, np.array(own)


def pooled_quantiles(moves: Floats) -> Floats:
    """Return the quantiles, (K, Q), of moves over `KNOTS` steps, (K, W), where NaN is not known."""
    found, believed = [], NORMAL
    for step, sample, growth in zip(KNOTS, moves, np.sqrt(KNOTS / np.append(1, KNOTS[:-1])), strict=True):
        believed = _leaned(sample, int(step), growth * believed)
        found.append(believed)
    return np.array(found)


def _leaned(moves: Floats, step: int, believed: Floats) -> Floats:
    """Return the quantiles, (Q,), of moves over `step` steps, leaning on what is believed of them, (Q,).

    Moves overlap, so as many of them as fit one after the other count as independent.
    """
    moves = moves[~np.isnan(moves)]
    if not len(moves):
        return believed
    independent = len(moves) / step
    g = independent / (independent + LEANING)
    return g * np.quantile(moves, TAUS) + (1 - g) * believed


def _moves(windows: VolatilityWindows) -> Floats:
    """Return the scaled moves after all windows, (K, W)."""
    moves = np.empty((len(KNOTS), len(windows)))
    windows.targets(np.arange(len(windows)), moves)
    return moves


def training_windows(
    panel: Panel, ewma: EwmaScale, quantiles: Floats, horizon: int
) -> tuple[VolatilityWindows, MoveLoss]:
    """Return all windows of a panel and the loss that training on them makes small, at the knots up to `horizon`."""
    chosen, unit = origins(panel.indptr, 1, shortest=SHORTEST), typical_move(quantiles)
    windows = volatility_windows(np.log(panel.values), panel.indptr, ewma, chosen, unit)
    # knots beyond the horizon do not count, but for the first, between which and the one before the horizon lies
    weight = (np.append(1, KNOTS[:-1]) < max(2, horizon)).astype(np.float64)
    return windows, MoveLoss(pooled_quantiles(_moves(windows)), weight)


def start_weights() -> NDArray[np.float32]:
    """Return the pretrained parameters, (P,).

    Raises:
        ModelRefusedError: They are not those that belong to this version.

    """
    data = resources.files("forecaster.forecasting").joinpath(START).read_bytes()
    if hashlib.sha256(data).hexdigest() != START_SHA256:
        raise ModelRefusedError(
            f"the pretrained weights {START} are not those of this version", "install the program anew"
        )
    weights: NDArray[np.float32] = np.load(BytesIO(data), allow_pickle=False)
    return weights


PARAMETERS = count(shapes(ARCHITECTURE))
