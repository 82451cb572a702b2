"""The ensemble: networks that differ in their seeds and in how they read windows, trained apart and averaged.

Outputs are (h, W), in units of each window's scale. Training is float32; prediction is float64 in batches of one
fixed shape, so that the rounding of a forecast does not depend on the other windows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from forecaster.errors import InputRefusedError, Place
from forecaster.forecasting.methods.window_sets import WindowSets, member_view
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import initial_parameters, shapes
from forecaster.nn.fit import DivergedError, Epoch, SampleWeights, Settings, fit, predict
from forecaster.nn.losses import absolute, median_and_quantiles
from forecaster.nn.network import NetworkWorkspace
from forecaster.nn.parameters import Parameters
from forecaster.series.rollout import Rollout
from forecaster.spec import Progress, Watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.windows import Windows

PATIENCE = 6
"""Epochs without a lower validation loss after which training stops: a third of the usual 20. Chosen by hand."""
SECOND_TRAINING = 0.3
"""Epochs of the training on all rows, as a share of those before: it goes on from the network that was judged. On last
horizons of training files that was as good as to train anew on monthly series, and .8 % better on weekly and hourly
ones; half as many epochs from the start were 1 to 2 % worse."""
PREDICTED = 64
"""Windows predicted at once: a multiple of 8, or the rounding could depend on the place in the batch."""


@dataclass(frozen=True)
class Member:
    """One trained network.

    Attributes:
        weights: Parameters after the final training, (P,), float32.
        epochs: Epochs before training stopped.
        best_epoch: The epoch with the lowest validation loss; the training before calibration has as many.
        loss: That validation loss, in scaled units; None without early stopping.
        clipped: Share of the clipped updates of the final training; None in old model files, which do not hold it.
        seed: Number of the member, which with the user's seed makes its random numbers.

    """

    weights: NDArray[np.float32]
    epochs: int
    best_epoch: int
    loss: float | None
    clipped: float | None
    seed: int


def settings_of(recipe: Recipe) -> Settings:
    """Return the settings of training without early stopping."""
    quantiles = recipe.architecture.quantiles > 1
    return Settings(
        epochs=recipe.epochs,
        steps=recipe.updates,
        batch=recipe.batch,
        rate=recipe.rate,
        patience=None,
        loss=partial(median_and_quantiles, quantiles=TAUS.tolist()) if quantiles else absolute,
    )


def train_members(
    recipe: Recipe, sets: WindowSets, jobs: int, watch: Watch | None
) -> list[tuple[Member, NDArray[np.float32]]]:
    """Train every member; return each with the weights that judge it, (P,), trained without the calibration rows.

    The result does not depend on `jobs`; `watch` is called after every epoch with one process, after every member with
    more.

    Raises:
        InputRefusedError: Training did not stay finite.

    """
    if jobs == 1:
        return [_train_member(recipe, sets, number, watch) for number in range(recipe.members)]
    from joblib import Parallel, delayed  # here, because `predict` must not wait for this import

    trained = []
    work = (delayed(_train_member)(recipe, sets, number, None) for number in range(recipe.members))
    for member in Parallel(n_jobs=min(jobs, recipe.members), return_as="generator")(work):
        trained.append(member)
        if watch:
            watch(Progress("training", len(trained), recipe.members, f"network {len(trained)} of {recipe.members}"))
    return trained


def _train_member(
    recipe: Recipe, sets: WindowSets, number: int, watch: Watch | None
) -> tuple[Member, NDArray[np.float32]]:
    """Find the number of epochs by validation; train with it up to the calibration rows, and then go on on all rows."""
    settings = settings_of(recipe)
    ended, best, loss = recipe.epochs, recipe.epochs, None
    with threadpool_limits(1):
        if sets.training is not None:
            patient = replace(settings, patience=PATIENCE)
            _, epochs = train_network(recipe, patient, sets, (sets.training, sets.validation), number, watch)
            lowest = [epoch for epoch in epochs if epoch.best][-1]
            ended, best, loss = epochs[-1].number, lowest.number, lowest.validation
        settings = replace(settings, epochs=best)
        # progress is that of the first training
        watching = watch if sets.training is None else None
        network, epochs = train_network(recipe, settings, sets, (sets.earlier, None), number, watching)
        judged = network.vector
        if recipe.all_rows:
            again = replace(settings, epochs=second_epochs(best))
            network, epochs = train_network(recipe, again, sets, (sets.everything, None), number, None, judged)
    clipped = float(np.mean([epoch.clipped for epoch in epochs if epoch.number] or [0.0]))
    return Member(network.vector, ended, best, loss, clipped, number), judged


def second_epochs(epochs: int) -> int:
    """Return the epochs of the training on all rows, from those of the training before it; 0 if these are 0."""
    return min(epochs, max(1, round(SECOND_TRAINING * epochs)))


def train_network(  # noqa: PLR0913, PLR0917 - a training takes as many things
    recipe: Recipe,
    settings: Settings,
    sets: WindowSets,
    chosen: tuple[Windows, Windows | None],
    number: int,
    watch: Watch | None,
    start: NDArray[np.float32] | None = None,
) -> tuple[Parameters, list[Epoch]]:
    """Train network `number` on the first of the `chosen` windows, of those in `sets`, stopping by the second.

    It starts from these parameters, (P,), or from random ones.
    """
    training = member_view(number, chosen[0], recipe)
    validation = member_view(number, chosen[1], recipe) if chosen[1] else None
    weights = SampleWeights(training.sample_weights, validation.sample_weights if validation else None)
    rng = np.random.default_rng([recipe.seed, number])
    parameters = initial_parameters(recipe.architecture, rng)
    if start is not None:
        parameters.load(start)
    epochs = []
    try:
        for epoch in fit(recipe.architecture, parameters, training, validation, settings, rng, weights):
            epochs.append(epoch)
            if watch:
                watch(_progress(recipe, number, epoch))
    except DivergedError as error:
        blamed = (validation if error.validation else None) or training
        raise InputRefusedError(
            f"training did not stay finite in epoch {error.epoch}: {error.cause}",
            "look for extreme values in this series",
            Place(series=sets.ids[blamed.windows.series[error.window]]),
        ) from error
    return parameters, epochs


def _progress(recipe: Recipe, number: int, epoch: Epoch) -> Progress:
    """Return how far training is after an epoch of a network."""
    what, loss = ("training", epoch.training) if np.isnan(epoch.validation) else ("validation", epoch.validation)
    note = f"network {number + 1} of {recipe.members}, {what} loss {loss:.4g}"
    return Progress("training", number * recipe.epochs + epoch.number, recipe.members * recipe.epochs, note)


def ensemble_output(recipe: Recipe, weights: Sequence[NDArray[np.float32]], windows: Windows) -> Floats:
    """Return the mean output of networks with these weights, each (P,), for every window, (h, W), or (Q h, W).

    A network with fewer outputs than the horizon is rolled forward: its outputs become the latest values of a window.
    """
    outputs = recipe.architecture.outputs
    if outputs >= recipe.horizon:
        return _mean_output(recipe, weights, windows)
    rollout = Rollout(windows, recipe.horizon)
    for _ in range(0, recipe.horizon, outputs):
        rollout.append(_mean_output(recipe, weights, rollout.windows))
    return rollout.output


def _mean_output(recipe: Recipe, weights: Sequence[NDArray[np.float32]], windows: Windows) -> Floats:
    """Return the mean output of networks for every window, (O, W), in units of the window's scale."""
    architecture = recipe.architecture
    parameters, ws = Parameters(shapes(architecture), np.float64), NetworkWorkspace(architecture, PREDICTED, np.float64)
    total = np.zeros((architecture.outputs, len(windows)))
    with threadpool_limits(1):
        for number, vector in enumerate(weights):
            parameters.load(vector)
            seen = member_view(number, windows, recipe)
            total += predict(parameters, seen, ws) * (seen.windows.scale / windows.scale)
    return total / len(weights)
