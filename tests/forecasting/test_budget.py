"""Processes start where they pay, and a time limit means less training."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from forecaster.forecasting import budget
from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.methods import training_session
from forecaster.forecasting.methods.training_session import TimeLimit
from forecaster.forecasting.methods.window_sets import WindowSets, window_sets
from forecaster.forecasting.plan import Plan, make_plan
from forecaster.forecasting.views import plain_view
from forecaster.nn.architecture import MANY_TO_MANY, Architecture
from forecaster.series.panel import panel_from_series
from forecaster.series.split import split_panel
from forecaster.spec import Specification

if TYPE_CHECKING:
    from forecaster.forecasting.recipe import Recipe

PANEL = panel_from_series([("a", np.arange(200), 10 + np.random.default_rng(0).normal(size=200))])
RECIPE = derive_recipe(PANEL, Specification(zero_shot=False, horizon=4, mode="level"))
"""4 networks of 20 epochs of 20 updates, and 6 epochs on all rows: 2,080 updates."""
SPLIT = split_panel(PANEL, 4, RECIPE.shortest_window, validated=False)


def plan_within(seconds: float, recipe: Recipe = RECIPE) -> Plan:
    """Return a plan whose work began at zero and may take some seconds."""
    return Plan(plain_view(PANEL), recipe, SPLIT, TimeLimit(seconds, 0))


@pytest.fixture
def sets() -> WindowSets:
    """Return the windows that are trained on."""
    return window_sets(plain_view(PANEL), SPLIT, RECIPE)


@pytest.fixture
def _one_update_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the updates that are timed take a second each, and end when fifteen seconds are gone."""
    clock = count(budget.TIMED, budget.TIMED)
    monkeypatch.setattr(budget, "train_network", lambda *_: None)
    for module in (budget, training_session):
        monkeypatch.setattr(module, "perf_counter", lambda: next(clock))


def decisions(recipe: Recipe) -> dict[str, tuple[object, str]]:
    return {each.name: (each.value, each.reason) for each in recipe.decisions}


@pytest.mark.usefixtures("_one_update_a_second")
@pytest.mark.parametrize(
    ("seconds", "jobs", "members", "updates", "epochs"),
    [
        (2080, 1, 4, 20, 20),
        (2079, 1, 3, 20, 20),  # 2,079 allow three networks of 400 updates and 120 more on all rows
        (1040, 1, 2, 20, 20),
        (1040, 2, 4, 20, 20),  # twice as many by two processes
        (520, 1, 2, 10, 20),
        (260, 1, 2, 5, 20),
        (130, 1, 2, 5, 10),
        (1, 1, 2, 5, 1),  # two networks of five updates are the least
        (-100, 1, 2, 5, 1),  # where the limit is passed already, too
    ],
)
def test_a_time_limit_first_leaves_out_networks_then_updates_and_then_epochs(  # noqa: PLR0917 - all of a case
    sets: WindowSets, seconds: int, jobs: int, members: int, updates: int, epochs: int
) -> None:
    gone = 3 * budget.TIMED
    recipe = budget.fit_to_time_limit(plan_within((seconds + 0.01) / budget.SHARE + gone), sets, jobs)
    assert (recipe.members, recipe.updates, recipe.epochs) == (members, updates, epochs)
    said = decisions(recipe)
    assert (said["members"][0], said["updates"][0], said["epochs"][0]) == (members, updates, epochs)
    shortened = "more would take longer than"
    assert said["members"][1].startswith(shortened) == (members < 4)
    assert said["updates"][1].startswith(shortened) == (updates < 20)
    assert said["epochs"][1].startswith(shortened) == (epochs < 20)
    untouched = decisions(RECIPE).items() - said.items()
    assert {name for name, _ in untouched} <= {"members", "updates", "epochs"}


def test_a_time_limit_counts_from_the_beginning_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_session, "perf_counter", lambda: 107.0)
    assert TimeLimit(20, 100).left() == 13
    assert TimeLimit(5, 100).left() == -2


@pytest.mark.usefixtures("_one_update_a_second")
def test_a_time_limit_leaves_no_fewer_networks_and_updates_than_the_least(sets: WindowSets) -> None:
    wanted = Specification(zero_shot=False, horizon=4, mode="level", members=1, updates=3, epochs=1)
    few = derive_recipe(PANEL, wanted)
    assert budget.fit_to_time_limit(plan_within(0.01, few), sets, 1) == few


def test_a_time_limit_is_kept_with_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(size=400)) / 100)
    prices = make_plan(panel_from_series([("a", np.arange(400), walk)]), Specification(horizon=4, time_limit=1), -1e9)
    assert prices.recipe.predicts_volatility
    sets = window_sets(prices.views, prices.parts, prices.recipe)
    tried: list[int] = []
    monkeypatch.setattr(budget, "try_updates", lambda *each: tried.append(each[-1]))
    recipe = budget.fit_to_time_limit(prices, sets, None)
    assert tried == [budget.TIMED]
    assert (recipe.members, recipe.updates, recipe.epochs) == (1, prices.recipe.updates, 1)
    assert decisions(recipe)["epochs"][1] == "more would take longer than 1 second"


def test_updates_count_every_training() -> None:
    assert budget._updates(RECIPE) == 2080
    assert budget._updates(replace(RECIPE, all_rows=False)) == 4 * 20 * 20
    assert budget._updates(replace(RECIPE, early_stopping=True)) == 3680
    prices = replace(RECIPE, early_stopping=True, mode="returns")
    assert prices.predicts_volatility
    assert budget._updates(prices) == 2080


def test_timing_updates_does_not_change_the_result(sets: WindowSets) -> None:
    assert budget.fit_to_time_limit(plan_within(1e9), sets, 1) is RECIPE
    assert budget.fit_to_time_limit(replace(plan_within(0), time_limit=None), sets, 1) is RECIPE


def test_processes_are_those_requested_or_those_that_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 3)
    assert budget.processes(RECIPE, 1) == 1
    assert budget.processes(RECIPE, 9) == RECIPE.members
    assert budget.processes(RECIPE, None) == 1
    long = replace(RECIPE, updates=100_000)
    assert budget.processes(long, None) == 3
    assert budget.processes(replace(long, members=2), None) == 2


def test_updates_are_timed_with_as_many_threads_as_training_has(
    sets: WindowSets, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def watched(*_: object) -> None:
        threads.extend(pool["num_threads"] for pool in threadpool_info())

    monkeypatch.setattr(budget, "train_network", watched)
    with threadpool_limits(2):
        budget.fit_to_time_limit(plan_within(10), sets, 1)
    assert threads
    assert set(threads) == {1}


@pytest.fixture
def steady_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every machine equally fast, and stop its clock."""
    monkeypatch.setattr(budget, "_multiplications_in_second", lambda: 1e9)
    monkeypatch.setattr(training_session, "perf_counter", lambda: 0.0)


@pytest.mark.usefixtures("steady_machine")
def test_the_expected_time_grows_with_the_work_and_shrinks_with_processes() -> None:
    usual = Plan(plain_view(PANEL), RECIPE, SPLIT)
    twice = replace(usual, recipe=replace(RECIPE, updates=2 * RECIPE.updates))
    seconds = budget.expected_seconds(usual, 1)
    assert seconds > 0
    assert budget.expected_seconds(twice, 1) == pytest.approx(2 * seconds)
    assert budget.expected_seconds(usual, 2) == pytest.approx(seconds / 2)
    tuned = replace(usual, recipe=replace(RECIPE, fine_tuned=1, tuning_updates=100))
    assert budget.expected_seconds(tuned, 1) > seconds


@pytest.mark.usefixtures("steady_machine")
def test_no_longer_time_is_expected_than_the_limit_and_none_where_nothing_is_trained() -> None:
    assert budget.expected_seconds(plan_within(0.001), 1) == pytest.approx(0.001)
    untrained = replace(RECIPE, epochs=0, fine_tuned=0)
    assert budget.expected_seconds(Plan(plain_view(PANEL), untrained, SPLIT), 1) == 0


def test_the_layers_of_the_outputs_act_once_for_a_window_unless_each_step_has_outputs() -> None:
    last = Architecture(inputs=1, steps=10, outputs=3, hidden=2, layers=1, cell="rnn", skip=False)
    recurrent, head = 2 * 1 + 2 * 2 + 2, 3 * 2 + 3
    assert budget._multiplications_of_window(last) == 10 * recurrent + head
    every = replace(last, arch=MANY_TO_MANY)
    assert budget._multiplications_of_window(every) == 10 * (recurrent + head)
