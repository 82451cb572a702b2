"""The time that training takes: how many processes it pays to start, and what is left out under a time limit.

A time limit is one for all the work from its beginning: reading and choosing take their time first, and the networks
have most of what is left. Time is measured on the machine at hand, so a model trained under a time limit differs
between machines; without one, nothing here changes a result.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from math import prod
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.blas import one_thread
from forecaster.forecasting.methods.ensemble import SECOND_TRAINING, settings_of, train_network
from forecaster.forecasting.methods.fine_tuning import BATCH, JUDGED_SHARE, UPDATES_IN_EPOCH, try_tuning
from forecaster.forecasting.methods.training_session import ENDED_EARLY
from forecaster.forecasting.pretrained.level_inputs import STEPS
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE
from forecaster.forecasting.prices.volatility import try_updates
from forecaster.nn.architecture import parameter_count, shapes
from forecaster.spec import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.forecasting.methods.training_session import TimeLimit
    from forecaster.forecasting.methods.window_sets import WindowSets
    from forecaster.forecasting.plan import Plan
    from forecaster.forecasting.recipe import Recipe
    from forecaster.nn.architecture import Architecture

SIZES = ("members", "epochs", "updates", "tuning_updates")
"""The fields of a recipe that say how much is trained; a time limit makes them smaller."""
LARGE = 2e12
"""Multiplications of a training from which other processes are worth their start of a second or two."""
SHARE = 0.5
"""Share of the time that is left for the networks; the rest is for the regression, judging and writing, and for a
machine that other work makes slower meanwhile. Chosen by hand."""
AFTER_TRAINING = 0.25, 0.5
"""Share of the time that is left when training begins which is kept for what follows it, at least and at most. Chosen
by hand."""
TIMED_SIZE = 256
"""Rows and columns of the matrix whose product is timed: large enough for the usual speed, done in a millisecond."""
ACT_ONCE = ("before_head", "head", "skip")
"""Layers that act once for a window, unless each step has outputs."""
TRAINING_SHARE = 0.3
"""Share of the speed of a product of matrices that training reaches: .26 to .37 of it on days, months and quarters."""
TIMED, FEWEST = 5, 5
"""Updates that are timed, so that the first, slower one counts little, and updates that an epoch has at least, unless
there is no time even for epochs of so few."""


def processes(recipe: Recipe, jobs: int | None) -> int:
    """Return how many processes train the networks: as many as requested, else one for each core where it pays."""
    if jobs is not None:
        return min(jobs, recipe.members)
    from joblib import cpu_count  # here, because `predict` must not wait for this import

    return min(cpu_count(), recipe.members) if _work_of_networks(recipe) > LARGE else 1


def processes_for_tuning(recipe: Recipe, jobs: int | None) -> int:
    """Return how many processes fine-tune networks, twice each: as many as requested, else where it pays one a core."""
    tasks = recipe.fine_tuned * (1 + recipe.all_rows)
    if jobs is not None:
        return max(1, min(jobs, tasks))
    from joblib import cpu_count  # as above

    work = 6 * BATCH * STEPS * parameter_count(**asdict(ARCHITECTURE)) * recipe.tuning_updates * tasks
    return max(1, min(cpu_count(), tasks)) if work > LARGE else 1


def expected_seconds(plan: Plan, jobs: int | None) -> float:
    """Return how long the networks of a plan take to train, about, without training any; 0 where nothing is trained."""
    recipe, seconds = plan.recipe, 0.0
    if recipe.trains_nothing:
        return seconds
    speed = TRAINING_SHARE * _multiplications_in_second()
    if recipe.epochs:
        parallel = 1 if recipe.predicts_volatility else processes(recipe, jobs)
        update = 6 * recipe.batch * _multiplications_of_window(recipe.architecture)
        seconds += _updates(recipe) * update / speed / parallel
    if recipe.fine_tuned:
        updates = recipe.fine_tuned * recipe.tuning_updates * (1 + JUDGED_SHARE * recipe.all_rows)
        update = 6 * BATCH * _multiplications_of_window(ARCHITECTURE)
        seconds += updates * update / speed / processes_for_tuning(recipe, jobs)
    limit = plan.time_limit
    return seconds if limit is None else min(seconds, max(0.0, limit.left()))


def fit_to_time_limit(plan: Plan, sets: WindowSets, jobs: int | None) -> Recipe:
    """Return a recipe whose training takes about the time that is left of the plan's limit.

    It has fewer networks, then fewer updates in an epoch, then fewer epochs, and fewer updates of fine-tuning; without
    a limit it is that of the plan.
    """
    recipe, limit = plan.recipe, plan.time_limit
    if limit is None or recipe.trains_nothing:
        return recipe
    seconds = 0.0
    if recipe.epochs:
        parallel = 1 if recipe.predicts_volatility else processes(recipe, jobs)
        seconds += _updates(recipe) * _seconds_of_update(plan, sets) / parallel
    if recipe.fine_tuned:
        updates = recipe.fine_tuned * recipe.tuning_updates * (1 + JUDGED_SHARE * recipe.all_rows)
        seconds += updates * _seconds_of_tuning(plan) / processes_for_tuning(recipe, jobs)
    share = SHARE * max(0.0, limit.left()) / seconds
    return recipe if share >= 1 else with_sizes(recipe, _smaller_sizes(recipe, share), limit)


def sizes_of(recipe: Recipe) -> dict[str, int]:
    """Return how much a recipe trains: its networks, epochs and updates."""
    return {name: getattr(recipe, name) for name in SIZES}


def with_sizes(recipe: Recipe, sizes: Mapping[str, int], limit: TimeLimit) -> Recipe:
    """Return a recipe with other networks, epochs and updates, because of a time limit."""
    unit = "second" if limit.seconds == 1 else "seconds"
    reason = f"more would take longer than {limit.seconds:g} {unit}"
    decisions = tuple(
        replace(each, value=sizes[each.name], reason=reason) if sizes.get(each.name, each.value) != each.value else each
        for each in recipe.decisions
    )
    return replace(recipe, decisions=decisions, **dict[str, Any](sizes))


def limit_of_training(limit: TimeLimit) -> TimeLimit:
    """Return the limit of the networks' training, which leaves time for what follows it.

    That goes over the windows as the preparation before it does, so it takes about as long or longer.
    """
    left = max(0.0, limit.left())
    least, most = (share * left for share in AFTER_TRAINING)
    return replace(limit, seconds=limit.seconds - min(most, max(least, limit.seconds - left)))


def ended_early(recipe: Recipe, members: int, limit: TimeLimit) -> Recipe:
    """Return the recipe of a training that the time limit ended early, with the networks that were trained."""
    decision = Decision(ENDED_EARLY, limit.seconds, "training ended early, each network keeps its best weights")
    return replace(recipe, members=members, decisions=(*recipe.decisions, decision))


def _smaller_sizes(recipe: Recipe, share: float) -> dict[str, int]:
    """Return how much to train in about this share of the time of a recipe."""
    left: dict[str, int] = {}
    if recipe.epochs:
        left["members"] = max(min(2, recipe.members), int(recipe.members * share))
        share_each = share * recipe.members / left["members"]
        left["updates"] = min(recipe.updates, max(FEWEST, int(recipe.updates * share_each)))
        left["epochs"] = min(recipe.epochs, max(1, int(recipe.epochs * share_each * recipe.updates / left["updates"])))
    if recipe.fine_tuned:
        left["tuning_updates"] = max(UPDATES_IN_EPOCH, int(share * recipe.tuning_updates))
    return left


def _seconds_of_update(plan: Plan, sets: WindowSets) -> float:
    """Return how long an update of a network takes, measured on a few of them, which are forgotten."""
    with one_thread():  # as in training: several threads may take ten times as long
        began = perf_counter()
        if plan.recipe.predicts_volatility:
            try_updates(plan.parts.training.panel, plan.recipe, TIMED)
        else:
            settings = replace(settings_of(plan.recipe), epochs=1, steps=TIMED)
            train_network(plan.recipe, settings, sets.ids, (sets.earlier, None), 0, list)
        return (perf_counter() - began) / TIMED


def _seconds_of_tuning(plan: Plan) -> float:
    """Return how long an update of fine-tuning takes, measured on an epoch of them, which is forgotten."""
    began = perf_counter()
    try_tuning(plan.recipe, plan.panel)
    return (perf_counter() - began) / UPDATES_IN_EPOCH


def _work_of_networks(recipe: Recipe) -> int:
    """Return the multiplications of all trainings of all networks of one's own."""
    return 6 * recipe.batch * recipe.steps * parameter_count(**asdict(recipe.architecture)) * _updates(recipe)


def _multiplications_of_window(architecture: Architecture) -> int:
    """Return the multiplications of one window through a network: the layers of the outputs act once, others a step."""
    sizes = {name: prod(shape) for name, shape in shapes(architecture).items()}
    once = 0 if architecture.every_step else sum(size for name, size in sizes.items() if name.startswith(ACT_ONCE))
    return architecture.steps * (sum(sizes.values()) - once) + once


def _multiplications_in_second() -> float:
    """Return how many multiplications a thread does in a second, measured on a product of matrices in milliseconds."""
    left = np.ones((TIMED_SIZE, TIMED_SIZE), np.float32)
    with one_thread():
        seconds = []
        for _ in range(TIMED):
            began = perf_counter()
            left @ left
            seconds.append(perf_counter() - began)
    # twice, as an addition counts as much
    return 2 * TIMED_SIZE**3 / min(seconds)


def _updates(recipe: Recipe) -> int:
    """Return the updates of all trainings of all networks."""
    # prices stop early in the training that is judged, levels in one more before it
    trainings = 1 + SECOND_TRAINING * recipe.all_rows + (recipe.early_stopping and not recipe.predicts_volatility)
    return round(recipe.members * recipe.epochs * recipe.updates * trainings)
