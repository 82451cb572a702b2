"""Predict how far prices move: quantiles of their log returns over any number of steps.

    quantile(h, tau) = s_t exp(a_h) sqrt(T_h / h) e_{h,tau}

s_t is the recent size of one-step moves; a_h, within +-2, is the output of a network that reads the last 60 returns in
this unit; T_h is the variance time of the h steps, more than h where closes lie between them, see
`forecaster.forecasting.prices.variance_time`; e are the quantiles of past moves in units of s_t exp(a_h), see
`forecaster.forecasting.prices.empirical_moves`. This is filtered historical simulation (Barone-Adesi, Giannopoulos &
Vosper 1999); with a = 0 its variance is an exponentially weighted mean. The network starts from the weights that
`forecaster.forecasting.prices.volatility_training` made, and trains a little further on the user's rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from forecaster.blas import one_thread
from forecaster.forecasting.methods.ensemble import diverged_error, prediction_workspace, settings_of
from forecaster.forecasting.methods.learning_curve import LearningCurve
from forecaster.forecasting.methods.training_session import ALONE, JUDGED, NETWORK, TrainingSession, training_name
from forecaster.forecasting.methods.window_sets import VALIDATED
from forecaster.forecasting.pretrained.weights import VOLATILITY, load_weights
from forecaster.forecasting.prices.drift import estimate_drift
from forecaster.forecasting.prices.empirical_moves import (
    LARGEST_LOG_SCALE,
    EmpiricalMoves,
    fit_empirical_moves,
    join_moves,
    knot_weights,
    move_loss,
    refit_empirical_moves,
)
from forecaster.forecasting.prices.features import HIDDEN, INPUTS, KNOTS, SEGMENTS, SHORTEST
from forecaster.forecasting.prices.variance_time import log_prices
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import Architecture, initial_parameters, shapes
from forecaster.nn.fit import fit, predict
from forecaster.nn.parameters import Parameters
from forecaster.nn.training_records import DivergedError
from forecaster.progress import TRAINING, describe_losses, report_progress, watched_by
from forecaster.series.windows import origins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.forecasting.prices.features import VolatilityWindows
    from forecaster.forecasting.recipe import Recipe
    from forecaster.nn.fit import Training
    from forecaster.series.panel import Panel

ARCHITECTURE = Architecture(inputs=INPUTS, steps=SEGMENTS, outputs=len(KNOTS), hidden=HIDDEN, embedding=HIDDEN)
FEW, ENOUGH = 120, 300
"""Rows of the longest series from which the pretrained network is used, and is trained further: inputs compare 60
returns with the long run, and training needs validation rows as well. Chosen by hand."""
EPOCHS, BATCH, RATE = 8, 128, 5e-4
"""Usual training on the user's rows: the start is good and prices are noisy, so epochs are few, batches large."""
LATEST_ROWS = 30_000
"""Latest rows of a series from which its volatility is learned: three weeks of minutes, or a century of days. More
would only take longer, and older prices moved differently. Chosen by hand."""
TRIED_ROWS = 500
"""Rows of a series that updates are tried on: few, so that their features take hardly any of the time."""
PATIENCE, DECAY = 3, 1e-3
"""Epochs without a gain after which training stops, and weight decay. Chosen by hand."""


@dataclass(frozen=True)
class Volatility:
    """Everything that a forecast of prices needs.

    The weights of the M networks are (M, P), all zero if the series are too short for a network. `slope` is the drift:
    what each step adds to the log price of each series, (N,). `epochs` are those of training on the series themselves,
    and `curves` the losses of that; models that were read from a file have none.
    """

    architecture: Architecture
    weights: NDArray[np.float32]
    moves: EmpiricalMoves
    slope: Floats
    epochs: int
    curves: tuple[LearningCurve, ...] = ()

    def take(self, chosen: Sequence[int]) -> Volatility:
        """Return the volatility of the series with these numbers, in this order."""
        return replace(self, moves=self.moves.take(chosen), slope=self.slope[list(chosen)])

    def point(self, windows: VolatilityWindows, horizon: int) -> Floats:
        """Return the log prices forecast for 1 to `horizon` steps ahead, (W, h): the last one plus the drift."""
        return windows.x[windows.last, None] + self.slope[windows.series, None] * np.arange(1, horizon + 1)

    def offsets(self, windows: VolatilityWindows, time: Floats) -> Floats:
        """Return the quantiles `TAUS` of the log prices 1 to h steps ahead less the point forecast, (W, h, Q).

        `time` is the variance time to each of these steps, (W, h), see `EmpiricalMoves.time_ahead`.

        They are the quantiles of past moves, whose median is not zero. A drift replaces this median, which says the
        same with less certainty.
        """
        steps = np.arange(1, time.shape[1] + 1)
        e = self.moves.quantiles_at(steps)
        e -= np.where(self.slope[:, None, None], e[..., len(TAUS) // 2, None], 0)
        a = knot_weights(steps) @ _log_scales(self.architecture, self.weights, windows)
        size = windows.scale[:, None] * np.exp(a).T * np.sqrt(time / steps)
        return np.asarray(size[:, :, None] * e[windows.series])


def _log_scales(architecture: Architecture, weights: NDArray[np.float32], windows: VolatilityWindows) -> Floats:
    """Return the mean over networks of a at the knots, (K, W)."""
    parameters, ws = Parameters(shapes(architecture), np.float64), prediction_workspace(architecture)
    total = np.zeros((len(KNOTS), len(windows)))
    with one_thread():
        for vector in weights:
            parameters.load(vector)
            total += np.clip(predict(parameters, windows, ws), -LARGEST_LOG_SCALE, LARGEST_LOG_SCALE)
    return total / len(weights)


def fit_volatility(  # noqa: PLR0913, PLR0917 - the rows, the recipe, and how it is trained
    training: Panel,
    validation: Panel | None,
    recipe: Recipe,
    start: NDArray[np.float32] | None = None,
    part: str = JUDGED,
    session: TrainingSession = ALONE,
) -> Volatility:
    """Learn from prices, all positive, how far they move.

    The networks train on `training` from the weights `start`, (M, P); without these from the pretrained weights if they
    have their sizes, else from random ones. With `validation`, the same series with more rows, each keeps the weights
    of its best epoch by these rows, which may be those that it started from; without, those of the last epoch. Scales,
    quantiles and drift are learned from all rows, of long series from the latest ones. On few rows the networks are not
    trained further, on very few their weights are zero.

    Where the time of the session ends, networks that have a start keep it; of others, those are left out for which
    there is no time, but not the first one. `part` names the training.

    Raises:
        ModelRefusedError: The pretrained weights are not those that belong to this version.

    """
    rows, dropped = int(training.lengths.max()), np.maximum(0, training.lengths - LATEST_ROWS)
    training = training.cut(dropped, training.lengths)
    validation = validation and validation.cut(dropped, validation.lengths)
    architecture, epochs, vectors, curves = recipe.architecture, 0, [], list[LearningCurve]()
    trains = rows >= ENOUGH and recipe.epochs > 0
    for number in range(recipe.members):
        late = trains and session.is_over()
        if late and number and start is None:
            break
        rng = np.random.default_rng([recipe.seed, number])
        parameters = initial_parameters(architecture, rng) if rows >= FEW else Parameters(shapes(architecture))
        if start is not None:
            parameters.load(start[number])
        elif rows >= FEW and architecture == ARCHITECTURE:
            parameters.load(load_weights(VOLATILITY))
        if trains and not (late and start is not None):
            name = training_name(NETWORK, number, part)
            under_way = _train_further(parameters, training, validation, recipe, rng, name, session)
            curves.append(LearningCurve.of_epochs(name, under_way.epochs))
            if start is not None and not under_way.complete:
                parameters.load(start[number])
            else:
                epochs = max(epochs, [epoch.number for epoch in under_way.epochs if epoch.best][-1])
        vectors.append(parameters.vector)
    panel, weights = validation or training, np.stack(vectors)
    moves = refit_empirical_moves(fit_empirical_moves(panel), panel, partial(_log_scales, architecture, weights))
    prices = log_prices(panel, moves.close_variance)
    slope = estimate_drift(prices, moves.ewma, recipe.horizon)[panel.last]
    return Volatility(architecture, weights, moves, slope, epochs, tuple(curves))


def _train_further(  # noqa: PLR0913, PLR0917 - as `fit_volatility`
    parameters: Parameters,
    training: Panel,
    validation: Panel | None,
    recipe: Recipe,
    rng: np.random.Generator,
    name: str,
    session: TrainingSession,
) -> Training:
    """Train `parameters` in place, under this name in a session, and return the training when it has ended.

    Raises:
        InputRefusedError: Training did not stay finite.

    """
    moves, later = fit_empirical_moves(training), None
    windows = moves.training_windows(training)
    if validation:
        after = origins(validation.indptr, 1, shortest=SHORTEST, first=training.lengths)
        later = moves.windows(validation, after).subsample(VALIDATED)
    loss = move_loss(windows, recipe.horizon)
    settings = replace(settings_of(recipe), decay=DECAY, patience=PATIENCE, loss=loss, stop=session.is_over)
    under_way = fit(recipe.architecture, parameters, windows, later, settings, rng)
    try:
        with one_thread():
            for epoch in session.epochs(name, under_way):
                losses = [each.validation if later else each.training for each in under_way.epochs]
                report_progress(TRAINING, epoch.number, recipe.epochs, describe_losses(losses))
    except DivergedError as error:
        blamed = (later if error.validation else None) or windows
        raise diverged_error(error, training.ids[blamed.series[error.window]]) from error
    return under_way


def try_updates(training: Panel, recipe: Recipe, updates: int) -> None:
    """Train a network for a few updates on recent prices, to no other end than to see how long that takes."""
    parameters = initial_parameters(recipe.architecture, np.random.default_rng(recipe.seed))
    few = replace(recipe, epochs=1, updates=updates)
    with watched_by(None):
        _train_further(parameters, training.tail(TRIED_ROWS), None, few, np.random.default_rng(recipe.seed), "", ALONE)


def with_moves_of(volatility: Volatility, panel: Panel) -> Volatility:
    """Return what a volatility says of other series of prices: each has its own scale and moves, and no drift."""
    log_scales = partial(_log_scales, volatility.architecture, volatility.weights)
    latest = panel.tail(LATEST_ROWS)
    alone = [latest.take([i]) for i in range(len(panel))]
    moves = join_moves([refit_empirical_moves(fit_empirical_moves(each), each, log_scales) for each in alone])
    return replace(volatility, moves=moves, slope=np.zeros(len(panel)))
