"""Fine-tune a pretrained level network: train it a little further on the windows of a panel.

Every cutoff in the latest rows is a training window, also those whose targets reach beyond the end of the series: what
is not known yet does not count. A series is drawn first and then one of its windows, so that long series do not rule.
The inputs of drawn windows are made a few hundred at a time, so memory does not grow with the panel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.blas import one_thread
from forecaster.errors import InputRefusedError
from forecaster.forecasting.methods.ensemble import second_epochs
from forecaster.forecasting.methods.learning_curve import LearningCurve
from forecaster.forecasting.methods.level_windows import level_windows
from forecaster.forecasting.methods.training_session import (
    ALONE,
    FINAL,
    FINE_TUNED,
    JUDGED,
    TrainingSession,
    training_name,
)
from forecaster.forecasting.pretrained.level_inputs import HORIZON
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.forecasting.pretrained.level_training import RefilledSeries, join_series, mixture_loss, training_series
from forecaster.forecasting.pretrained.weights import load_weights
from forecaster.nn.architecture import shapes
from forecaster.nn.fit import fit
from forecaster.nn.parameters import Parameters
from forecaster.nn.training_records import DivergedError, SampleWeights, Settings
from forecaster.progress import TUNING, describe_losses, report_progress, watched_by
from forecaster.series.transforms import fit_relative_transform
from forecaster.series.windows import origins
from forecaster.workers.ordered_results import results_in_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.forecasting.methods.level_windows import LevelWindows
    from forecaster.forecasting.pretrained.level_training import TrainingSeries
    from forecaster.forecasting.recipe import Recipe
    from forecaster.nn.fit import Training
    from forecaster.series.panel import Panel
    from forecaster.series.transforms import Transform

BATCH, RATE, DECAY, DROPOUT = 64, 1e-3, 1e-4, 0.1
"""Windows in an update, the peak learning rate, weight decay and dropout. Half the rate was no better, whatever the
number of updates."""
JUDGED_SHARE = 0.5
"""Share of the updates with which a network is trained that is judged and then dropped: on last horizons of training
files half of them made errors .5 % larger."""
UPDATES_IN_EPOCH, PASSES = 32, 2
"""Updates between two draws of windows, and how often they see each drawn window: once would take longer, because the
inputs of a window cost as much as an update from it."""
FEWEST_ROWS, FEWEST_SEASONS = 6, 1.5
"""Rows and seasons before the cutoff of a training window at least: what follows fewer of them teaches little."""
TUNING_SEED = 77
"""Second part of the seed of a fine-tuning, whose chance is its own."""
MOST_WINDOWS = 200_000
"""Windows to draw from at most, evenly spread: more than are ever drawn."""
AT_ONCE = 512
"""Windows whose inputs are made at once."""


@dataclass(frozen=True)
class LevelNetworks:
    """Pretrained level networks that forecast beside others.

    Attributes:
        transform: How the values of each series become what they read.
        tuned: Parameters of those that were trained further, (P,) each, in half precision as the pretrained ones are.
        curves: The losses of their trainings; none in models that were read from a file.

    """

    transform: Transform
    tuned: tuple[NDArray[np.float16], ...]
    curves: tuple[LearningCurve, ...] = ()

    def take(self, chosen: Sequence[int]) -> LevelNetworks:
        """Return the networks for the series with these numbers, in this order."""
        return replace(self, transform=self.transform.take(chosen))


def tune_networks(
    recipe: Recipe, earlier: Panel, panel: Panel, jobs: int, session: TrainingSession = ALONE
) -> tuple[LevelNetworks, LevelNetworks]:
    """Fine-tune the networks of a recipe on the earlier rows of a panel, which judge them, and on all of its rows.

    Both start from the pretrained networks: to go on from the ones that saw the earlier rows, with fewer updates, made
    errors 2 % larger on the last horizons of monthly training files. The result does not depend on `jobs`.

    Raises:
        InputRefusedError: Training did not stay finite.

    """
    transforms = [fit_relative_transform(each) for each in (earlier, panel)]
    windows = [_training_windows(recipe, *each) for each in zip((earlier, panel), transforms, strict=True)]
    # The networks of all rows first, because they take longest; but under a time limit those that judge, because one
    # that judged can forecast too.
    rows = range(1 + recipe.all_rows)
    tasks = [(of, number) for of in (rows if session.limit else rows[::-1]) for number in range(recipe.fine_tuned)]
    shares = JUDGED_SHARE if recipe.all_rows else 1.0, 1.0
    epochs = [max(1, round(share * recipe.tuning_updates / UPDATES_IN_EPOCH)) for share in shares]
    parts = JUDGED, FINAL
    work = [TuningTask(recipe, windows[of], number, epochs[of], parts[of], session) for of, number in tasks]
    results = list(results_in_order(_tune, [(task,) for task in work], TUNING, [task.epochs for task in work], jobs))
    trained = dict(zip(tasks, results, strict=True))
    judged, final = (
        tuple(_tuned_in_time(trained, of, number) for number in range(recipe.fine_tuned))
        for of in (0, int(recipe.all_rows))
    )
    curves = tuple(each.curve for _, each in sorted(trained.items()) if each.curve)
    return LevelNetworks(transforms[0], judged), LevelNetworks(transforms[1], final, curves)


def tune_further(  # noqa: PLR0913, PLR0917 - what is trained, on what, and how
    recipe: Recipe, panel: Panel, levels: LevelNetworks, jobs: int, part: str, session: TrainingSession
) -> LevelNetworks:
    """Return networks that are trained further on all rows of a panel, from the weights that they have.

    They train for a share of the epochs of their first training, as networks of one's own do. `part` names the
    trainings in the session.
    """
    transform = fit_relative_transform(panel)
    windows = _training_windows(recipe, panel, transform)
    epochs = second_epochs(max(1, round(recipe.tuning_updates / UPDATES_IN_EPOCH)))
    tasks = [TuningTask(recipe, windows, i, epochs, part, session, start) for i, start in enumerate(levels.tuned)]
    trained = results_in_order(_tune, [(task,) for task in tasks], TUNING, [epochs] * len(tasks), jobs)
    return LevelNetworks(transform, tuple(each.weights for each in trained))


def _tuned_in_time(trained: Mapping[tuple[int, int], TunedNetwork], of: int, number: int) -> NDArray[np.float16]:
    """Return the weights of network `number` of all rows (`of` is 1), or that which judges it if time ended before."""
    return trained[of if trained[of, number].complete else 0, number].weights


class TunedNetwork(NamedTuple):
    """The weights of a fine-tuned network, (P,), whether its training reached its end, and its losses."""

    weights: NDArray[np.float16]
    complete: bool
    curve: LearningCurve | None = None


class TuningTask(NamedTuple):
    """A network to fine-tune.

    Attributes:
        recipe: The recipe.
        windows: The windows to train on.
        number: Number of the network.
        epochs: Epochs to train.
        part: Which of its trainings this is.
        session: What keeps its state, and when it must end.
        start: Parameters to start from, (P,); None for those of a pretrained network.

    """

    recipe: Recipe
    windows: LevelWindows
    number: int
    epochs: int
    part: str = JUDGED
    session: TrainingSession = ALONE
    start: NDArray[np.float16] | None = None


def try_tuning(recipe: Recipe, panel: Panel) -> None:
    """Train a network for one epoch and forget it, so that the time can be measured."""
    with watched_by(None):
        _tune(TuningTask(recipe, _training_windows(recipe, panel, fit_relative_transform(panel)), 0, 1))


def _training_windows(recipe: Recipe, panel: Panel, transform: Transform) -> LevelWindows:
    """Return the windows of a panel to train on: those that begin to forecast in its latest rows."""
    least = max(FEWEST_ROWS, int(FEWEST_SEASONS * recipe.season))
    first = np.maximum(0, panel.lengths - recipe.recent_rows)
    chosen = origins(panel.indptr, 1, shortest=least, first=first)
    if not len(chosen.last):
        chosen = origins(panel.indptr, 1, first=first)
    chosen = chosen.where_observed(panel.observed).subsample(max(MOST_WINDOWS, 2 * len(panel)))
    return level_windows(panel, transform, chosen, recipe.season)


def _tune(task: TuningTask) -> TunedNetwork:
    """Train a network, if there is time for it."""
    recipe, session = task.recipe, task.session
    shipped = load_weights(recipe.pretrained)
    parameters = Parameters(shapes(ARCHITECTURE))
    parameters.load(shipped[-1 - task.number % len(shipped)] if task.start is None else task.start)
    if session.is_over():
        return TunedNetwork(parameters.vector.astype(np.float16), complete=False)
    rng = np.random.default_rng([recipe.seed, TUNING_SEED, task.number])
    name = training_name(FINE_TUNED, task.number, task.part)
    try:
        with one_thread():
            training = fine_tune(parameters, task.windows, recipe.horizon, task.epochs, rng, name, session)
    except DivergedError as error:
        what = f"training did not stay finite in epoch {error.epoch}: {error.cause}"
        raise InputRefusedError(what, "look for extreme values") from error
    curve = LearningCurve.of_epochs(name, training.epochs)
    return TunedNetwork(parameters.vector.astype(np.float16), training.complete, curve)


def fine_tune(  # noqa: PLR0913, PLR0917 - what is trained, on what, how, and under which name
    parameters: Parameters,
    windows: LevelWindows,
    horizon: int,
    epochs: int,
    rng: np.random.Generator,
    name: str,
    session: TrainingSession,
) -> Training:
    """Train the parameters of a level network in place on windows, and return the training when it has ended.

    Raises:
        DivergedError: Training did not stay finite.

    """
    drawn = UPDATES_IN_EPOCH * BATCH // PASSES
    source = RefilledSeries(drawn, lambda count: _draw(windows, min(horizon, HORIZON), count, rng))
    settings = Settings(
        epochs, UPDATES_IN_EPOCH, BATCH, RATE, DECAY, patience=None, loss=mixture_loss, stop=session.is_over
    )
    architecture = replace(ARCHITECTURE, dropout=DROPOUT)
    training = fit(architecture, parameters, source, None, settings, rng, SampleWeights(source.weights))
    for epoch in session.epochs(name, training):
        losses = describe_losses([each.training for each in training.epochs])
        report_progress(TUNING, epoch.number, epochs, losses)
        if not training.complete:
            source.refill()
    return training


def _draw(windows: LevelWindows, horizon: int, count: int, rng: np.random.Generator) -> TrainingSeries:
    """Return the inputs and targets of `count` windows: a series is drawn, then one of its windows."""
    begin = np.flatnonzero(np.diff(windows.series, prepend=-1))
    size = np.diff(np.append(begin, len(windows)))
    of = rng.integers(len(begin), size=count)
    drawn = windows.take(begin[of] + rng.integers(size[of]))
    x, targets = drawn.histories(), np.full((HORIZON, count), np.nan)
    targets[:horizon] = drawn.targets(horizon)
    order = np.argsort(np.isfinite(x).argmax(axis=0), kind="stable")
    parts = [order[begin : begin + AT_ONCE] for begin in range(0, count, AT_ONCE)]
    return join_series([training_series(drawn.grid(x, part), targets[:, part], rng) for part in parts])
