"""The members of the ensemble: networks that differ only in their seeds, trained apart and averaged.

Outputs are (h, W), in units of each window's scale. Training is float32; prediction is float64 in batches of one
fixed shape, so that a forecast does not depend on its neighbours.
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
"""Passes without a lower validation loss after which training stops."""
BATCH = 64
"""Windows predicted at once: a multiple of 8, or a place in the batch could matter."""


@dataclass(frozen=True)
class Member:
    """One trained network.

    Attributes:
        weights: Parameters after the final training, (P,), float32.
        epochs: Passes made before training stopped.
        best_epoch: The pass with the lowest validation loss; the final training has as many, and over these its
            learning rate falls to zero.
        loss: That validation loss, in scaled units; None without early stopping.
        clipped: Share of the updates of the final training whose gradient was clipped; None if a model file does not
            say.
        seed: Number of the member, which with the user's seed makes its random numbers.

    """

    weights: NDArray[np.float32]
    epochs: int
    best_epoch: int
    loss: float | None
    clipped: float | None
    seed: int


def settings_of(recipe: Recipe) -> Settings:
    """Return how the networks train when nothing stops them early."""
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
    """Train every member; return each with the weights to judge it by, (P,), which know no calibration row.

    The result does not depend on `jobs`; `watch` hears of every epoch with one process, of every member with more.

    Raises:
        InputRefusedError: Training did not stay finite.

    """
    if jobs == 1:
        return [_train(recipe, sets, number, watch) for number in range(recipe.members)]
    from joblib import Parallel, delayed  # here, because a forecast does without

    made = []
    work = (delayed(_train)(recipe, sets, number, None) for number in range(recipe.members))
    for member in Parallel(n_jobs=min(jobs, recipe.members), return_as="generator")(work):
        made.append(member)
        if watch:
            watch(Progress("training", len(made), recipe.members, f"network {len(made)} of {recipe.members}"))
    return made


def _train(recipe: Recipe, sets: WindowSets, number: int, watch: Watch | None) -> tuple[Member, NDArray[np.float32]]:
    """Find the number of passes by validation; train with it up to the calibration rows, and then on all."""
    settings = settings_of(recipe)
    passes, stop, loss = recipe.epochs, recipe.epochs, None
    with threadpool_limits(1):
        if sets.training is not None:
            patient = replace(settings, patience=PATIENCE)
            _, epochs = train_network(recipe, patient, sets, (sets.training, sets.validation), number, watch)
            best = [epoch for epoch in epochs if epoch.best][-1]
            passes, stop, loss = epochs[-1].number, best.number, best.validation
        settings = replace(settings, epochs=stop)
        heard = watch if sets.training is None else None
        network, epochs = train_network(recipe, settings, sets, (sets.earlier, None), number, heard)
        judged = network.vector
        if recipe.all_rows:
            network, epochs = train_network(recipe, settings, sets, (sets.everything, None), number, None)
    clipped = float(np.mean([epoch.clipped for epoch in epochs if epoch.number] or [0.0]))
    return Member(network.vector, passes, stop, loss, clipped, number), judged


def train_network(  # noqa: PLR0913, PLR0917 - a training takes as many things
    recipe: Recipe,
    settings: Settings,
    sets: WindowSets,
    chosen: tuple[Windows, Windows | None],
    number: int,
    watch: Watch | None,
) -> tuple[Parameters, list[Epoch]]:
    """Train network `number` on the first of the `chosen` windows, of those in `sets`, stopping by the second."""
    training = member_view(number, chosen[0], recipe)
    validation = member_view(number, chosen[1], recipe) if chosen[1] else None
    weights = SampleWeights(training.sample_weights, validation.sample_weights if validation else None)
    rng = np.random.default_rng([recipe.seed, number])
    parameters = initial_parameters(recipe.architecture, rng)
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
    what, loss = ("training", epoch.training) if np.isnan(epoch.validation) else ("validation", epoch.validation)
    note = f"network {number + 1} of {recipe.members}, {what} loss {loss:.4g}"
    return Progress("training", number * recipe.epochs + epoch.number, recipe.members * recipe.epochs, note)


def ensemble_output(recipe: Recipe, weights: Sequence[NDArray[np.float32]], windows: Windows) -> Floats:
    """Return the mean output of networks with these weights, each (P,), for every window, (h, W), or (Q h, W).

    A network that answers fewer steps than the horizon is rolled forward: its answers become the latest known values.
    """
    outputs = recipe.architecture.outputs
    if outputs >= recipe.horizon:
        return _mean_output(recipe, weights, windows)
    path = Rollout(windows, recipe.horizon)
    for _ in range(0, recipe.horizon, outputs):
        path.append(_mean_output(recipe, weights, path.windows))
    return path.output


def _mean_output(recipe: Recipe, weights: Sequence[NDArray[np.float32]], windows: Windows) -> Floats:
    """Return the mean output of networks for every window, (O, W), in units of the window's scale."""
    architecture = recipe.architecture
    parameters, ws = Parameters(shapes(architecture), np.float64), NetworkWorkspace(architecture, BATCH, np.float64)
    total = np.zeros((architecture.outputs, len(windows)))
    with threadpool_limits(1):
        for number, vector in enumerate(weights):
            parameters.load(vector)
            seen = member_view(number, windows, recipe)
            total += predict(parameters, seen, ws) * (seen.windows.scale / windows.scale)
    return total / len(weights)
