"""Fine-tune a pretrained level network: train it a little further on the windows of a panel.

Every cutoff in the latest rows is a training window, also those whose targets reach beyond the end of the series: what
is not known yet does not count. A series is drawn first and then one of its windows, so that long series do not rule.
The inputs of drawn windows are made a few hundred at a time, so memory does not grow with the panel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from forecaster.errors import InputRefusedError
from forecaster.forecasting.methods.level_windows import level_windows
from forecaster.forecasting.pretrained.level_inputs import HORIZON
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.forecasting.pretrained.level_training import RefilledSeries, join_series, mixture_loss, training_series
from forecaster.forecasting.pretrained.weights import load_weights
from forecaster.nn.architecture import shapes
from forecaster.nn.fit import DivergedError, SampleWeights, Settings, fit
from forecaster.nn.parameters import Parameters
from forecaster.series.transforms import fit_relative_transform
from forecaster.series.windows import origins
from forecaster.spec import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from forecaster.forecasting.methods.level_windows import LevelWindows
    from forecaster.forecasting.pretrained.level_training import TrainingSeries
    from forecaster.forecasting.recipe import Recipe
    from forecaster.nn.fit import Epoch
    from forecaster.series.panel import Panel
    from forecaster.series.transforms import Transform
    from forecaster.spec import Watch

BATCH, RATE, DECAY, DROPOUT = 64, 5e-4, 1e-4, 0.1
"""Windows in an update, the peak learning rate, weight decay and dropout."""
UPDATES_IN_EPOCH = 16
"""Updates between two draws of windows."""
FEWEST_ROWS, FEWEST_SEASONS = 6, 1.5
"""Rows and seasons before the cutoff of a training window at least: what follows fewer of them teaches little."""
TUNING = 77
"""Second part of the seed of a fine-tuning, whose chance is its own."""
AT_ONCE = 512
"""Windows whose inputs are made at once."""


@dataclass(frozen=True)
class LevelNetworks:
    """Pretrained level networks that forecast beside others.

    Attributes:
        transform: How the values of each series become what they read.
        tuned: Parameters of those that were trained further, (P,) each.

    """

    transform: Transform
    tuned: tuple[NDArray[np.float32], ...]

    def take(self, chosen: Sequence[int]) -> LevelNetworks:
        """Return the networks for the series with these numbers, in this order."""
        return replace(self, transform=self.transform.take(chosen))


def tune_networks(
    recipe: Recipe, earlier: Panel, panel: Panel, jobs: int, watch: Watch | None
) -> tuple[LevelNetworks, LevelNetworks]:
    """Fine-tune the networks of a recipe on the earlier rows of a panel, which judge them, and on all of its rows.

    Both start from the pretrained networks: to go on from the ones that saw the earlier rows, with fewer updates, made
    errors 2 % larger on the last horizons of monthly training files. The result does not depend on `jobs`.

    Raises:
        InputRefusedError: Training did not stay finite.

    """
    transforms = [fit_relative_transform(each) for each in (earlier, panel)]
    windows = [_training_windows(recipe, *each) for each in zip((earlier, panel), transforms, strict=True)]
    tasks = [(of, number) for number in range(recipe.fine_tuned) for of in range(1 + recipe.all_rows)]
    trained = list(_in_processes(recipe, [(windows[of], number) for of, number in tasks], jobs, watch))
    judged, final = (
        tuple(vector for vector, (of, _) in zip(trained, tasks, strict=True) if of == wanted)
        for wanted in (0, int(recipe.all_rows))
    )
    return LevelNetworks(transforms[0], judged), LevelNetworks(transforms[1], final)


def _in_processes(
    recipe: Recipe, tasks: Sequence[tuple[LevelWindows, int]], jobs: int, watch: Watch | None
) -> Iterator[NDArray[np.float32]]:
    """Train each network, given by its windows and its number, in some processes, and yield its parameters, (P,)."""
    count = len(tasks)
    if jobs == 1:
        for number, task in enumerate(tasks):
            yield _tune(recipe, *task, partial(_report, watch, number, count) if watch else None)
        return
    from joblib import Parallel, delayed  # here, because `predict` must not wait for this import

    work = (delayed(_tune)(recipe, *task, None) for task in tasks)
    for number, vector in enumerate(Parallel(n_jobs=min(jobs, count), return_as="generator")(work), 1):
        if watch:
            watch(Progress("fine-tuning", number, count, f"network {number} of {count}"))
        yield vector


def _report(watch: Watch, number: int, count: int, epoch: Epoch, epochs: int) -> None:
    """Report how far the trainings are after an epoch of one of them."""
    note = f"network {number + 1} of {count}, loss {epoch.training:.4g}"
    watch(Progress("fine-tuning", number * epochs + epoch.number, count * epochs, note))


def _training_windows(recipe: Recipe, panel: Panel, transform: Transform) -> LevelWindows:
    """Return the windows of a panel to train on: those that begin to forecast in its latest rows."""
    least = max(FEWEST_ROWS, int(FEWEST_SEASONS * recipe.season))
    first = np.maximum(0, panel.lengths - recipe.recent_rows)
    chosen = origins(panel.indptr, 1, shortest=least, first=first)
    if not len(chosen.last):
        chosen = origins(panel.indptr, 1, first=first)
    return level_windows(panel, transform, chosen, recipe.season)


def _tune(
    recipe: Recipe, windows: LevelWindows, number: int, watch: Callable[[Epoch, int], None] | None
) -> NDArray[np.float32]:
    """Train network `number` of a recipe on windows and return its parameters, (P,)."""
    shipped = load_weights(recipe.pretrained)
    parameters = Parameters(shapes(ARCHITECTURE))
    parameters.load(shipped[-1 - number % len(shipped)])
    rng = np.random.default_rng([recipe.seed, TUNING, number])
    epochs = max(1, recipe.tuning_updates // UPDATES_IN_EPOCH)
    try:
        with threadpool_limits(1):
            for epoch in fine_tune(parameters, windows, recipe.horizon, epochs, rng):
                if watch:
                    watch(epoch, epochs)
    except DivergedError as error:
        what = f"training did not stay finite in epoch {error.epoch}: {error.cause}"
        raise InputRefusedError(what, "look for extreme values") from error
    return parameters.vector


def fine_tune(
    parameters: Parameters, windows: LevelWindows, horizon: int, epochs: int, rng: np.random.Generator
) -> Iterator[Epoch]:
    """Train the parameters of a level network in place on windows, and yield each epoch.

    Raises:
        DivergedError: Training did not stay finite.

    """
    source = RefilledSeries(UPDATES_IN_EPOCH * BATCH, lambda count: _draw(windows, min(horizon, HORIZON), count, rng))
    settings = Settings(epochs, UPDATES_IN_EPOCH, BATCH, RATE, DECAY, patience=None, loss=mixture_loss)
    architecture = replace(ARCHITECTURE, dropout=DROPOUT)
    for epoch in fit(architecture, parameters, source, None, settings, rng, SampleWeights(source.weights)):
        yield epoch
        source.refill()


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
