"""The ensemble: networks that differ in their seeds and in how they read windows, trained apart and averaged.

Outputs are (h, W), in units of each window's scale. Training is float32; prediction is float64 in batches of one
fixed shape, so that the rounding of a forecast does not depend on the other windows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.blas import one_thread
from forecaster.errors import InputRefusedError, Place
from forecaster.forecasting.methods.learning_curve import LearningCurve
from forecaster.forecasting.methods.training_session import (
    ALONE,
    FINAL,
    JUDGED,
    NETWORK,
    VALIDATED,
    TrainingSession,
    training_name,
)
from forecaster.forecasting.methods.window_sets import WindowSets, member_view
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import initial_parameters, shapes, values_per_window
from forecaster.nn.fit import fit, predict
from forecaster.nn.losses import absolute, median_and_quantiles
from forecaster.nn.network import NetworkWorkspace
from forecaster.nn.parameters import Parameters
from forecaster.nn.training_records import DivergedError, Epoch, SampleWeights, Settings
from forecaster.progress import TRAINING, describe_losses, report_progress
from forecaster.series.rollout import Rollout
from forecaster.workers.ordered_results import results_in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.forecasting.recipe import Recipe
    from forecaster.nn.architecture import Architecture
    from forecaster.nn.fit import Training
    from forecaster.series.windows import Windows

PATIENCE = 6
"""Epochs without a lower validation loss after which training stops: a third of the usual 20. Chosen by hand."""
SECOND_TRAINING = 0.3
"""Epochs of the training on all rows, as a share of those before: it goes on from the network that was judged. On last
horizons of training files that was as good as to train anew on monthly series, and .8 % better on weekly and hourly
ones; half as many epochs from the start were 1 to 2 % worse."""
PREDICTED, FEWEST_PREDICTED = 64, 8
"""Windows predicted at once, and of very large networks: multiples of 8, or the rounding could depend on the place in
the batch."""
MOST_VALUES_AT_ONCE = 2**22
"""Values of windows that a network keeps at once in a forecast, where they are more than those of the fewest windows:
with about eight arrays for each they take 270 MB. Chosen by hand; networks of the default sizes keep far fewer."""


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
        curves: The losses of its trainings; none in models that were read from a file.

    """

    weights: NDArray[np.float32]
    epochs: int
    best_epoch: int
    loss: float | None
    clipped: float | None
    seed: int
    curves: tuple[LearningCurve, ...] = ()


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


class TrainedNetwork(NamedTuple):
    """The weights of a trained network, (P,), its epochs, and whether the training reached its end."""

    weights: NDArray[np.float32]
    epochs: Sequence[Epoch]
    complete: bool


def train_members(
    recipe: Recipe, sets: WindowSets, jobs: int, session: TrainingSession = ALONE
) -> list[tuple[Member, NDArray[np.float32]]]:
    """Train every member; return each with the weights that judge it, (P,), trained without the calibration rows.

    The result does not depend on `jobs`. Members for which the time of the session leaves no update are left out, but
    not the first one.

    Raises:
        InputRefusedError: Training did not stay finite.

    """
    tasks = [(recipe, sets, number, session) for number in range(recipe.members)]
    weights = [_most_epochs(recipe, sets)] * len(tasks)
    trained = list(results_in_order(_train_member, tasks, TRAINING, weights, jobs))
    # tasks are begun in their order, so those that were not begun are the last ones
    return [each for each in trained if each is not None]


def _most_epochs(recipe: Recipe, sets: WindowSets) -> int:
    """Return the epochs of all trainings of a member, if the first one does not stop early."""
    searched = recipe.epochs if sets.training is not None else 0
    return searched + recipe.epochs + (second_epochs(recipe.epochs) if recipe.all_rows else 0)


def _train_member(
    recipe: Recipe, sets: WindowSets, number: int, session: TrainingSession
) -> tuple[Member, NDArray[np.float32]] | None:
    """Find the number of epochs by validation; train with it up to the calibration rows, and then go on on all rows.

    Return None for a later member than the first if there is no time left.
    """
    if number and session.is_over():
        return None
    report, curves = partial(_report_epoch, recipe, _most_epochs(recipe, sets), number), list[LearningCurve]()

    def train(
        part: str, settings: Settings, windows: tuple[Windows, Windows | None], before: int, **start: Any
    ) -> TrainedNetwork:
        name = training_name(NETWORK, number, part)
        run = partial(session.run, name, report=partial(report, before))
        trained = train_network(recipe, settings, sets.ids, windows, number, run, **start)
        curves.append(LearningCurve.of_epochs(name, trained.epochs))
        return trained

    settings = replace(settings_of(recipe), stop=session.is_over)
    first, before, loss = None, 0, None
    with one_thread():
        if sets.training is not None:
            patient = replace(settings, patience=PATIENCE)
            first, before = train(VALIDATED, patient, (sets.training, sets.validation), 0), recipe.epochs
            lowest = [epoch for epoch in first.epochs if epoch.best][-1]
            settings, loss = replace(settings, epochs=lowest.number), lowest.validation
        judged = _train_if_time(session, first, lambda: train(JUDGED, settings, (sets.earlier, None), before))
        final, best = judged, judged.epochs[-1].number if first is None else settings.epochs
        if recipe.all_rows:
            again, before = replace(settings, epochs=second_epochs(best)), before + recipe.epochs
            of_all = sets.everything, None
            final = _train_if_time(session, judged, lambda: train(FINAL, again, of_all, before, start=judged.weights))
    clipped = float(np.mean([epoch.clipped for epoch in final.epochs if epoch.number] or [0.0]))
    ended = best if first is None else first.epochs[-1].number
    return Member(final.weights, ended, best, loss, clipped, number, tuple(curves)), judged.weights


def _train_if_time(
    session: TrainingSession, earlier: TrainedNetwork | None, train: Callable[[], TrainedNetwork]
) -> TrainedNetwork:
    """Return the network of a training, or the earlier one if there is no time for the whole of the training.

    A training that was broken off at a high learning rate may have left a worse network than the one before it.
    """
    if earlier is not None and session.is_over():
        return earlier
    trained = train()
    return trained if trained.complete or earlier is None else earlier


def second_epochs(epochs: int) -> int:
    """Return the epochs of the training on all rows, from those of the training before it; 0 if these are 0."""
    return min(epochs, max(1, round(SECOND_TRAINING * epochs)))


def train_network(  # noqa: PLR0913, PLR0917 - a training takes as many things
    recipe: Recipe,
    settings: Settings,
    ids: Sequence[str],
    chosen: tuple[Windows, Windows | None],
    number: int,
    run: Callable[[Training], object],
    start: NDArray[np.float32] | None = None,
) -> TrainedNetwork:
    """Train network `number` on the first of the `chosen` windows, of series with these names, stopping by the second.

    It starts from these parameters, (P,), or from random ones; `run` takes all epochs of the training.
    """
    training = member_view(number, chosen[0], recipe)
    validation = member_view(number, chosen[1], recipe) if chosen[1] else None
    weights = SampleWeights(training.sample_weights, validation.sample_weights if validation else None)
    rng = np.random.default_rng([recipe.seed, number])
    parameters = initial_parameters(recipe.architecture, rng)
    if start is not None:
        parameters.load(start)
    under_way = fit(recipe.architecture, parameters, training, validation, settings, rng, weights)
    try:
        run(under_way)
    except DivergedError as error:
        blamed = (validation if error.validation else None) or training
        raise diverged_error(error, ids[blamed.windows.series[error.window]]) from error
    return TrainedNetwork(parameters.vector, under_way.epochs, under_way.complete)


def diverged_error(error: DivergedError, series: str) -> InputRefusedError:
    """Return the error of a training that did not stay finite: the epoch, and the series with the largest numbers."""
    what = f"training did not stay finite in epoch {error.epoch}: {error.cause}"
    return InputRefusedError(what, "look for extreme values in this series", Place(series=series))


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
    parameters, ws = Parameters(shapes(architecture), np.float64), prediction_workspace(architecture)
    total = np.zeros((architecture.outputs, len(windows)))
    with one_thread():
        for number, vector in enumerate(weights):
            parameters.load(vector)
            seen = member_view(number, windows, recipe)
            total += predict(parameters, seen, ws) * (seen.windows.scale / windows.scale)
    return total / len(weights)


def prediction_workspace(architecture: Architecture) -> NetworkWorkspace:
    """Return memory for as many windows as a network of these sizes predicts at once."""
    return NetworkWorkspace(architecture, windows_at_once(architecture), np.float64)


def windows_at_once(architecture: Architecture) -> int:
    """Return how many windows a network predicts at once; it follows from its sizes alone, so the rounding does too."""
    windows = MOST_VALUES_AT_ONCE // values_per_window(architecture) // FEWEST_PREDICTED * FEWEST_PREDICTED
    return min(PREDICTED, max(FEWEST_PREDICTED, windows))
