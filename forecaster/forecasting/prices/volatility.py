"""Forecast how far prices move: quantiles of their log returns over any number of steps.

    quantile(h, tau) = s_t exp(a_h) e_{h,tau}

s_t is the recent size of one-step moves, a_h, within +-2, what a network makes of it and of the last 60 returns, and e
the quantiles of past moves in units of s_t exp(a_h), see `forecaster.forecasting.prices.moves`. This is filtered historical
simulation (Barone-Adesi, Giannopoulos & Vosper 1999); with a = 0 its variance is an exponentially weighted mean. The
network starts from weights that `forecaster.forecasting.prices.pretrain` made, and learns a little more from the user's rows.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from forecaster.errors import ModelRefusedError
from forecaster.forecasting.prices.drift import drift
from forecaster.forecasting.prices.features import HIDDEN, INPUTS, KNOTS, SEGMENTS, SHORTEST
from forecaster.forecasting.prices.moves import (
    LARGEST_LOG_SCALE,
    EmpiricalMoves,
    between_knots,
    fit_empirical_moves,
    move_loss,
    refit_empirical_moves,
)
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import Architecture, initial_parameters, shapes
from forecaster.nn.fit import Settings, fit, predict
from forecaster.nn.network import NetworkWorkspace
from forecaster.nn.parameters import Parameters
from forecaster.series.windows import origins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.forecasting.prices.features import VolatilityWindows
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Origins

ARCHITECTURE = Architecture(inputs=INPUTS, steps=SEGMENTS, outputs=len(KNOTS), hidden=HIDDEN, embedding=HIDDEN)
START, START_SHA256 = "volatility.npy", "94efa0f60b49a19164871fb345d78c6632bf2a6e2990a6d375e0ffe03f419f18"
"""The pretrained weights beside this module, and their digest."""
FEW, ENOUGH = 120, 300
"""Rows of the longest series from which the pretrained network is used, and from which it is trained on."""
PATIENCE, DECAY = 3, 1e-3
"""Of training on the user's rows: passes without a gain, and weight decay."""
VALIDATED = 2000
"""Validation windows at most, evenly spread."""
PREDICTED = 64
"""Windows forecast at once, always as many: a forecast does not depend on its neighbours."""


@dataclass(frozen=True)
class Plan:
    """How the networks learn from the user's rows.

    Attributes:
        architecture: Their sizes; they start from the pretrained weights if these fit.
        members: How many there are.
        horizon: Steps ahead that training looks.
        passes: Passes at most.
        updates: Updates in a pass.
        batch: Windows in an update.
        rate: Peak learning rate: careful, for the start is good.
        seed: Of the order of the windows, and of weights that are not pretrained.

    """

    architecture: Architecture = ARCHITECTURE
    members: int = 1
    horizon: int = 5
    passes: int = 8
    updates: int = 100
    batch: int = 128
    rate: float = 5e-4
    seed: int = 0


@dataclass(frozen=True)
class Volatility:
    """Everything that a forecast of prices needs.

    Attributes:
        architecture: The sizes of the networks.
        weights: Parameters of each network, (M, P), float32; all zero if they are silent.
        past: Scales and quantiles of past moves.
        slope: What each step adds to the log price of each series, (N,).
        passes: Passes of training on the series themselves.

    """

    architecture: Architecture
    weights: NDArray[np.float32]
    past: EmpiricalMoves
    slope: Floats
    passes: int

    def take(self, chosen: Sequence[int]) -> Volatility:
        """Return the forecast of the series with these numbers, in this order."""
        return replace(self, past=self.past.take(chosen), slope=self.slope[list(chosen)])

    def windows(self, x: Floats, indptr: Ints, chosen: Origins) -> VolatilityWindows:
        """Return the chosen windows of log prices x, (n,), which need no more than the last `MEMORY` + 1 of them."""
        return self.past.windows(x, indptr, chosen)

    def point(self, windows: VolatilityWindows, horizon: int) -> Floats:
        """Return the log prices forecast for 1 to `horizon` steps ahead, (W, h): the last one, and the drift."""
        last, slope = windows.x[windows.last], self.slope[windows.series]
        point: Floats = last[:, None] + slope[:, None] * np.arange(1, horizon + 1)
        return point

    def offsets(self, windows: VolatilityWindows, horizon: int) -> Floats:
        """Return the quantiles `TAUS` of the log prices 1 to `horizon` steps ahead less the point forecast, (W, h, Q).

        They are those of past moves as they were. Only a drift takes the place of their median, which says the same
        with less certainty.
        """
        steps = np.arange(1, horizon + 1)
        e = self.past.quantiles_at(steps)
        e -= np.where(self.slope[:, None, None], e[..., len(TAUS) // 2, None], 0)
        size = (
            windows.scale[:, None]
            * np.exp(between_knots(steps) @ _log_scales(self.architecture, self.weights, windows)).T
        )
        offsets: Floats = size[:, :, None] * e[windows.series]
        return offsets


def _log_scales(architecture: Architecture, weights: NDArray[np.float32], windows: VolatilityWindows) -> Floats:
    """Return the mean over networks of a at the knots, (K, W)."""
    parameters, ws = (
        Parameters(shapes(architecture), np.float64),
        NetworkWorkspace(architecture, PREDICTED, np.float64),
    )
    total = np.zeros((len(KNOTS), len(windows)))
    with threadpool_limits(1):
        for vector in weights:
            parameters.load(vector)
            total += np.clip(predict(parameters, windows, ws), -LARGEST_LOG_SCALE, LARGEST_LOG_SCALE)
    return total / len(weights)


def fit_volatility(training: Panel, validation: Panel | None, plan: Plan) -> Volatility:
    """Learn from prices, all positive, how far they move.

    The networks train on `training`. With validation rows each stays as it was after the best pass by these, which may
    be none at all; without, as it is after the last. Scales, quantiles and drift are learned from all rows. On few rows
    nothing trains, on very few the networks are silent.

    Args:
        training: Prices.
        validation: The same series with the validation rows behind the training rows, or None.
        plan: How to learn.

    Raises:
        ModelRefusedError: The pretrained weights are not those that belong to this version.

    """
    rows = int(training.lengths.max())
    made, vectors = 0, []
    for number in range(plan.members):
        rng = np.random.default_rng([plan.seed, number])
        parameters = _start(plan.architecture, rng) if rows >= FEW else Parameters(shapes(plan.architecture))
        if rows >= ENOUGH and plan.passes:
            made = max(made, _train(parameters, (training, validation), plan, rng))
        vectors.append(parameters.vector)
    known, weights = validation or training, np.stack(vectors)
    past = refit_empirical_moves(fit_empirical_moves(known), known, partial(_log_scales, plan.architecture, weights))
    slope = drift(np.log(known.values), known.indptr, past.ewma, plan.horizon)[known.last]
    return Volatility(plan.architecture, weights, past, slope, made)


def _start(architecture: Architecture, rng: np.random.Generator) -> Parameters:
    """Return the parameters that training starts from: the pretrained ones, or if they do not fit, fresh ones."""
    parameters = initial_parameters(architecture, rng)
    if architecture == ARCHITECTURE:
        parameters.load(start_weights())
    return parameters


def _train(parameters: Parameters, panels: tuple[Panel, Panel | None], plan: Plan, rng: np.random.Generator) -> int:
    """Train `parameters` in place on the first panel and return after how many passes they were as they stay."""
    training, validation = panels
    past, later = fit_empirical_moves(training), None
    windows = past.training_windows(training)
    if validation:
        behind = origins(validation.indptr, 1, shortest=SHORTEST, first=training.lengths)
        later = past.windows(np.log(validation.values), validation.indptr, behind).subsample(VALIDATED)
    settings = Settings(
        epochs=plan.passes,
        steps=plan.updates,
        batch=plan.batch,
        rate=plan.rate,
        decay=DECAY,
        patience=PATIENCE,
        loss=move_loss(windows, plan.horizon),
    )
    with threadpool_limits(1):
        epochs = list(fit(plan.architecture, parameters, windows, later, settings, rng))
    return max(epoch.number for epoch in epochs if epoch.best)


def start_weights() -> NDArray[np.float32]:
    """Return the pretrained parameters, (P,).

    Raises:
        ModelRefusedError: They are not those that belong to this version.

    """
    data = resources.files("forecaster.forecasting.prices").joinpath(START).read_bytes()
    if hashlib.sha256(data).hexdigest() != START_SHA256:
        what = f"the file {START} of the program is not the one that belongs to this version"
        raise ModelRefusedError(what, "install the program anew")
    weights: NDArray[np.float32] = np.load(BytesIO(data), allow_pickle=False)
    return weights
