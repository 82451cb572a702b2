"""Continue a forecaster on newer rows of its series: its networks are trained a little further from their weights.

The recipe, the blend and the calibration of the intervals stay: they were found on rows that the weights had not seen,
and no such rows are left of those that the weights saw since.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from forecaster.blas import one_thread
from forecaster.errors import Code, InputRefusedError, counted
from forecaster.forecasting.budget import processes, processes_for_tuning
from forecaster.forecasting.methods.ensemble import second_epochs, settings_of, train_network
from forecaster.forecasting.methods.fine_tuning import tune_further
from forecaster.forecasting.methods.ridge import fit_ridge
from forecaster.forecasting.methods.training_session import ALONE, FINAL, NETWORK, TrainingSession, training_name
from forecaster.forecasting.methods.window_sets import cut_windows, training_origins
from forecaster.forecasting.new_series import for_series
from forecaster.forecasting.prices.volatility import fit_volatility
from forecaster.forecasting.views import read_panel
from forecaster.progress import TRAINING
from forecaster.workers.ordered_results import results_in_order

if TYPE_CHECKING:
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.methods.ensemble import Member
    from forecaster.forecasting.prices.volatility import Volatility
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Windows


def continue_forecaster(
    fitted: FittedForecaster,
    rows: Panel,
    jobs: int | None = None,
    part: str = FINAL,
    session: TrainingSession = ALONE,
) -> FittedForecaster:
    """Return a forecaster that is trained further on rows of its series, from the weights that it has.

    Each network trains for as many epochs as in its latest training. Where nothing was trained, everything follows from
    the rows again. `jobs` processes train the networks, as many as pay if it is None; the result does not depend on it.
    `part` names the trainings in the session.

    Raises:
        InputRefusedError: The rows are too few for a window to train on, or training did not stay finite.

    """
    recipe, scaled = fitted.recipe, for_series(fitted, rows)
    if recipe.trains_nothing:
        return scaled
    panel = read_panel(rows, recipe, scaled.effects)
    components = scaled.components
    if recipe.predicts_volatility:
        volatility = _continue_volatility(fitted, panel, part, session)
        return replace(scaled, components=replace(components, volatility=volatility))
    windows = cut_windows(recipe, scaled.scaling, panel, training_origins(recipe, panel))
    if not len(windows):
        what = f"{counted(int(rows.lengths.max()), 'row')} are too few to train on"
        raise InputRefusedError(what, "give the whole history of the series, not only newer rows", code=Code.SHORT)
    members = _continue_members(fitted, windows, rows.ids, jobs, part, session)
    ridge = None if components.ridge is None else fit_ridge(windows, recipe.horizon)
    levels = components.levels
    if recipe.fine_tuned and levels is not None:
        levels = tune_further(recipe, panel, levels, processes_for_tuning(recipe, jobs), part, session)
    weights = tuple(member.weights for member in members)
    return replace(scaled, members=members, components=replace(components, weights=weights, ridge=ridge, levels=levels))


def _continue_members(  # noqa: PLR0913, PLR0917 - what is trained, on what, and how
    fitted: FittedForecaster,
    windows: Windows,
    ids: tuple[str, ...],
    jobs: int | None,
    part: str,
    session: TrainingSession,
) -> tuple[Member, ...]:
    """Return the members, trained further on windows of all rows."""
    names = [training_name(NETWORK, number, part) for number in range(len(fitted.members))]
    tasks = [(fitted.recipe, windows, ids, *each, session) for each in zip(fitted.members, names, strict=True)]
    epochs = [second_epochs(member.best_epoch) for member in fitted.members]
    return tuple(results_in_order(_continue_member, tasks, TRAINING, epochs, processes(fitted.recipe, jobs)))


def _continue_member(  # noqa: PLR0913, PLR0917 - what is trained, on what, and how
    recipe: Recipe, windows: Windows, ids: tuple[str, ...], member: Member, name: str, session: TrainingSession
) -> Member:
    """Return a member, trained further under this name in a session."""
    run = partial(session.run, name, report=lambda _epochs: None)
    settings = replace(settings_of(recipe), epochs=second_epochs(member.best_epoch))
    with one_thread():
        trained = train_network(recipe, settings, ids, (windows, None), member.seed, run, member.weights)
    clipped = [epoch.clipped for epoch in trained.epochs if epoch.number]
    return replace(member, weights=trained.weights, clipped=float(np.mean(clipped)) if clipped else member.clipped)


def _continue_volatility(fitted: FittedForecaster, panel: Panel, part: str, session: TrainingSession) -> Volatility:
    """Return the volatility of prices, trained further; a drift that was not confirmed stays left out."""
    recipe, old = fitted.recipe, fitted.components.volatility
    if old is None:
        raise ValueError("the forecaster has no volatility")
    epochs = old.epochs if recipe.all_rows else second_epochs(old.epochs)
    again = replace(recipe, epochs=epochs, members=len(old.weights))
    new = fit_volatility(panel, None, again, old.weights, part, session)
    return replace(new, slope=np.where(old.slope, new.slope, 0.0), epochs=old.epochs)
