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

from forecaster.data.beside import fit_columns, lay_beside
from forecaster.data.elapsed import elapsed
from forecaster.data.path import Path
from forecaster.data.quoting import shown
from forecaster.data.scaling import USUAL, fit_scaling
from forecaster.data.windows import Origins, Windows, make_windows, origins
from forecaster.errors import InputRefusedError, Place
from forecaster.forecasting.calibration import TAUS
from forecaster.nn.architecture import initial_parameters, shapes
from forecaster.nn.fit import DivergedError, Epoch, Settings, fit, predict
from forecaster.nn.losses import absolute, median_and_quantiles
from forecaster.nn.network import NetworkWorkspace
from forecaster.nn.parameters import Parameters
from forecaster.spec import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from forecaster.data.panel import Panel
    from forecaster.data.scaling import Floats, Scaling
    from forecaster.data.split import Split
    from forecaster.forecasting.recipe import Recipe

    Watch = Callable[[Progress], None]

PATIENCE = 6
"""Passes without a lower validation loss after which training stops."""
BATCH = 64
"""Windows predicted at once: a multiple of 8, or a place in the batch could matter."""
VALIDATED = 2000
"""Validation windows at most, evenly spread: more would only take longer."""
CALIBRATED = 5000
"""Calibration windows at most, the latest cutoffs of every series."""


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


@dataclass(frozen=True)
class Sets:
    """The windows of a fit, each scaled by the rows that it may know.

    Attributes:
        training: Windows of the training rows, and
        validation: windows behind them, scaled by the training rows; both None where nothing stops training early.
        earlier: Windows of the training and validation rows together.
        calibration: Windows behind those, scaled by the training and validation rows.
        everything: All windows.
        ids: Names of the series.

    """

    training: Windows | None
    validation: Windows | None
    earlier: Windows
    calibration: Windows
    everything: Windows
    ids: tuple[str, ...]


def window_sets(panel: Panel, parts: Split, recipe: Recipe) -> Sets:
    """Cut the windows of a fit."""
    first, second = parts.training.panel, parts.validation.panel
    latest = _latest(parts.calibration.origins, panel, recipe)
    training = validation = None
    if recipe.early_stopping:
        training = _cut(recipe, first, first, _for_training(recipe, first))
        validation = _cut(recipe, first, second, parts.validation.origins).some(VALIDATED)
    return Sets(
        training=training,
        validation=validation,
        earlier=_cut(recipe, second, second, _for_training(recipe, second)),
        calibration=_cut(recipe, second, panel, latest),
        everything=_cut(recipe, panel, panel, _for_training(recipe, panel)),
        ids=panel.ids,
    )


def _cut(recipe: Recipe, known: Panel, seen: Panel, chosen: Origins) -> Windows:
    """Return windows of the rows `seen`, scaled by what is `known`."""
    return cut_windows(recipe, scaling_of(recipe, known), seen, chosen)


def scaling_of(recipe: Recipe, known: Panel) -> Scaling:
    """Learn how values and the columns beside them are scaled from all rows of a panel."""
    scaling = fit_scaling(known, recipe.mode, log=recipe.log, from_start=recipe.from_start)
    return replace(scaling, columns=fit_columns(known, log=recipe.log))


def cut_windows(  # noqa: PLR0913 - what windows are made of
    recipe: Recipe,
    scaling: Scaling,
    panel: Panel,
    chosen: Origins,
    *,
    moments: Floats | None = None,
    held: bool = True,
) -> Windows:
    """Return the chosen windows of a panel with the columns beside it; `held` says that nothing behind it is known.

    `moments` as in `Windows`.

    Raises:
        InputRefusedError: The panel has other columns than the recipe was made for.

    """
    _check_columns(recipe, panel)
    x = scaling.units.forward(panel.values, panel.series)
    windows = make_windows(x, panel.indptr, scaling, recipe.lookback, chosen, elapsed(panel), moments)
    beside = lay_beside(panel, scaling.columns, recipe.calendar, recipe.horizon, held=held)
    return replace(windows, beside=beside)


def _check_columns(recipe: Recipe, panel: Panel) -> None:
    """Refuse a panel whose columns beside the target are not those of the recipe."""
    beside = panel.covariates
    if (beside.observed + beside.known if beside else ()) == recipe.observed + recipe.known:
        return
    trained, given = (
        f"the columns {', '.join(map(shown, names))}" if names else "no columns"
        for names in (recipe.observed + recipe.known, beside.observed + beside.known if beside else ())
    )
    what = f"the model was trained with {trained} beside the target, the rows have {given}"
    raise InputRefusedError(what, "name the columns of training with --observed and --known")


def _for_training(recipe: Recipe, panel: Panel) -> Origins:
    """Return the windows of a panel to train on: those that begin to forecast in its latest rows."""
    first = np.maximum(0, panel.lengths - recipe.recent)
    return origins(panel.indptr, recipe.targets, shortest=recipe.shortest, first=first, aligned=recipe.aligned)


def _latest(chosen: Origins, panel: Panel, recipe: Recipe) -> Origins:
    """Return about `CALIBRATED` windows, those at the latest cutoffs of every series."""
    series, last = chosen
    cutoffs = max(1, CALIBRATED // len(panel))
    kept = panel.last[series] - last < recipe.horizon + recipe.aligned * cutoffs
    return Origins(series[kept], last[kept])


def seen_by(number: int, windows: Windows, recipe: Recipe) -> Windows:
    """Return the windows as network `number` sees them; of each four, no two see them alike.

    Two are told the size of a window and trained to care more for larger ones. Two scale a window by the geometric mean
    of its own size and that of its series: what is quiet now stays smaller than what is not.
    """
    if not recipe.varied:
        return windows
    told, halfway = number % 4 in {0, 3}, number % 4 in {1, 3}
    own = USUAL * windows.scaling.spread[windows.series]
    return replace(windows, sized=told, scale=np.sqrt(windows.scale * own) if halfway else windows.scale)


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
    recipe: Recipe, sets: Sets, jobs: int, watch: Watch | None
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


def _train(recipe: Recipe, sets: Sets, number: int, watch: Watch | None) -> tuple[Member, NDArray[np.float32]]:
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
    sets: Sets,
    chosen: tuple[Windows, Windows | None],
    number: int,
    watch: Watch | None,
) -> tuple[Parameters, list[Epoch]]:
    """Train network `number` on the first of the `chosen` windows, of those in `sets`, stopping by the second."""
    training, validation = chosen
    training = seen_by(number, training, recipe)
    validation = seen_by(number, validation, recipe) if validation else None
    rng = np.random.default_rng([recipe.seed, number])
    parameters = initial_parameters(recipe.architecture, rng)
    epochs = []
    try:
        for epoch in fit(recipe.architecture, parameters, training, validation, settings, rng):
            epochs.append(epoch)
            if watch:
                watch(_progress(recipe, number, epoch))
    except DivergedError as error:
        blamed = (validation if error.validation else None) or training
        raise InputRefusedError(
            f"training did not stay finite in epoch {error.epoch}: {error.cause}",
            "look for extreme values in this series",
            Place(series=sets.ids[blamed.series[error.window]]),
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
    path = Path(windows, recipe.horizon)
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
            seen = seen_by(number, windows, recipe)
            total += predict(parameters, seen, ws) * (seen.scale / windows.scale)
    return total / len(weights)
