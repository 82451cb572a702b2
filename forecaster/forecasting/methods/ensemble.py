"""The ensemble: networks that differ in their seeds and in how they read windows, trained apart and averaged.

Outputs are (h, W), in units of each window's scale. Training is float32; prediction is float64 in batches of one
fixed shape, so that the rounding of a forecast does not depend on the other windows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from forecaster.blas import one_thread
from forecaster.errors import InputRefusedError, Place
from forecaster.forecasting.methods.window_sets import WindowSets, member_view
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import initial_parameters, shapes
from forecaster.nn.fit import DivergedError, Epoch, SampleWeights, Settings, fit, predict
from forecaster.nn.losses import absolute, median_and_quantiles
from forecaster.nn.network import NetworkWorkspace
from forecaster.nn.parameters import Parameters
from forecaster.progress import TRAINING, describe_losses, report_progress
from forecaster.series.rollout import Rollout
from forecaster.workers.ordered_results import results_in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


def train_members(recipe: Recipe, sets: WindowSets, jobs: int) -> list[tuple[Member, NDArray[np.float32]]]:
    """Train every member; return each with the weights that judge it, (P,), trained without the calibration rows.

    The result does not depend on `jobs`.

    Raises:
        InputRefusedError: Training did not stay finite.

    """
    tasks = [(recipe, sets, number) for number in range(recipe.members)]
    return list(results_in_order(_train_member, tasks, TRAINING, [_most_epochs(recipe, sets)] * len(tasks), jobs))


def _most_epochs(recipe: Recipe, sets: WindowSets) -> int:
    """Return the epochs of all trainings of a member, if the first one does not stop early."""
    searched = recipe.epochs if sets.training is not None else 0
    return searched + recipe.epochs + (second_epochs(recipe.epochs) if recipe.all_rows else 0)


def _train_member(recipe: Recipe, sets: WindowSets, number: int) -> tuple[Member, NDArray[np.float32]]:
    """Find the number of epochs by validation; train with it up to the calibration rows, and then go on on all rows."""
    settings, report = settings_of(recipe), partial(_report_epoch, recipe, _most_epochs(recipe, sets), number)
    ended, best, loss = recipe.epochs, recipe.epochs, None
    with one_thread():
        if sets.training is not None:
            patient = replace(settings, patience=PATIENCE)
            _, epochs = train_network(
                recipe, patient, sets, (sets.training, sets.validation), number, partial(report, 0)
            )
            lowest = [epoch for epoch in epochs if epoch.best][-1]
            ended, best, loss = epochs[-1].number, lowest.number, lowest.validation
        settings = replace(settings, epochs=best)
        before = recipe.epochs if sets.training is not None else 0
        network, epochs = train_network(recipe, settings, sets, (sets.earlier, None), number, partial(report, before))
        judged = network.vector
        if recipe.all_rows:
            again = replace(settings, epochs=second_epochs(best))
            last = partial(report, before + recipe.epochs)
            network, epochs = train_network(recipe, again, sets, (sets.everything, None), number, last, judged)
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
    report: Callable[[Sequence[Epoch]], None] | None,
    start: NDArray[np.float32] | None = None,
) -> tuple[Parameters, list[Epoch]]:
    """Train network `number` on the first of the `chosen` windows, of those in `sets`, stopping by the second.

    It starts from these parameters, (P,), or from random ones; `report` is called with all epochs after each.
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
            if report:
                report(epochs)
    except DivergedError as error:
        blamed = (validation if error.validation else None) or training
        raise InputRefusedError(
            f"training did not stay finite in epoch {error.epoch}: {error.cause}",
            "look for extreme values in this series",
            Place(series=sets.ids[blamed.windows.series[error.window]]),
        ) from error
    return parameters, epochs


def _report_epoch(recipe: Recipe, most: int, number: int, before: int, epochs: Sequence[Epoch]) -> None:
    """Report how far the training of a network is: after `before` epochs of `most`, and these."""
    validated = not np.isnan(epochs[0].validation)
    losses = describe_losses([epoch.validation if validated else epoch.training for epoch in epochs])
    note = f"network {number + 1} of {recipe.members}, {losses}".removesuffix(", ")
    report_progress(TRAINING, before + epochs[-1].number, most, note)


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
    with one_thread():
        for number, vector in enumerate(weights):
            parameters.load(vector)
            seen = member_view(number, windows, recipe)
            total += predict(parameters, seen, ws) * (seen.windows.scale / windows.scale)
    return total / len(weights)
