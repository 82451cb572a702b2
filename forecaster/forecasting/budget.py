"""The time that training takes: how many processes it pays to start, and what is left out under a time limit.

Time is measured on the machine at hand, so a model trained under a time limit differs between machines; without one,
nothing here changes a result.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from time import perf_counter
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from forecaster.forecasting.methods.ensemble import settings_of, train_network
from forecaster.forecasting.methods.fine_tuning import BATCH
from forecaster.forecasting.pretrained.level_inputs import STEPS
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.nn.architecture import parameter_count

if TYPE_CHECKING:
    from forecaster.forecasting.methods.window_sets import WindowSets
    from forecaster.forecasting.recipe import Recipe

LARGE = 2e12
"""Multiplications of a training from which other processes are worth their start of a second or two."""
SHARE = 0.7
"""Share of the time limit for the networks; the rest is for reading, judging and writing. Chosen by hand."""
TIMED, FEWEST = 5, 5
"""Updates that are timed, so that the first, slower one counts little, and updates that an epoch has at least."""


def processes(recipe: Recipe, jobs: int | None) -> int:
    """Return how many processes train the networks: as many as requested, else one for each core where it pays."""
    if jobs is not None:
        return min(jobs, recipe.members)
    from joblib import cpu_count  # here, because `predict` must not wait for this import

    work = 6 * recipe.batch * recipe.steps * parameter_count(**asdict(recipe.architecture)) * _updates(recipe)
    return min(cpu_count(), recipe.members) if work > LARGE else 1


def processes_for_tuning(recipe: Recipe, jobs: int | None) -> int:
    """Return how many processes fine-tune networks, twice each: as many as requested, else where it pays one a core."""
    tasks = recipe.fine_tuned * (1 + recipe.all_rows)
    if jobs is not None:
        return max(1, min(jobs, tasks))
    from joblib import cpu_count  # as above

    work = 6 * BATCH * STEPS * parameter_count(**asdict(ARCHITECTURE)) * recipe.tuning_updates * tasks
    return max(1, min(cpu_count(), tasks)) if work > LARGE else 1


def fit_to_time_limit(recipe: Recipe, sets: WindowSets, limit: float, jobs: int | None) -> Recipe:
    """Return a recipe whose training takes about `limit` seconds at most: with fewer networks, then fewer updates."""
    settings = replace(settings_of(recipe), epochs=1, steps=TIMED)
    with threadpool_limits(1):  # as in training: several threads may take ten times as long
        began = perf_counter()
        train_network(recipe, settings, sets, (sets.earlier, None), 0, None)
        each = (perf_counter() - began) / TIMED
    affordable = SHARE * limit * processes(recipe, jobs) / each
    if _updates(recipe) <= affordable:
        return recipe
    members = max(min(2, recipe.members), int(recipe.members * affordable / _updates(recipe)))
    smaller = replace(recipe, members=members)
    updates = min(recipe.updates, max(FEWEST, int(recipe.updates * affordable / _updates(smaller))))
    left, reason = {"members": members, "updates": updates}, f"more would take longer than {limit:g} seconds"
    decisions = tuple(
        replace(each, value=left[each.name], reason=reason) if left.get(each.name, each.value) != each.value else each
        for each in recipe.decisions
    )
    return replace(smaller, updates=updates, decisions=decisions)


def _updates(recipe: Recipe) -> int:
    """Return the updates of all trainings of all networks."""
    trainings = 1 + recipe.all_rows + recipe.early_stopping
    return recipe.members * recipe.epochs * recipe.updates * trainings
