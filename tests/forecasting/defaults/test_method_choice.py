"""Whether anything is trained: on request, and where rows are few, unless an option asks for a network of one's own."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.forecasting.defaults import method_choice
from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.defaults.method_choice import (
    FEW_PRICES,
    LONG,
    MANY,
    MANY_SEASONAL_SERIES,
    MANY_SERIES,
    NOT_TRAINING,
    pretrained_sizes,
    reason_for_zero_shot,
    wants_own_network,
)
from forecaster.forecasting.plan import SHORTEST_TRAINED, make_plan, shortest_series
from forecaster.forecasting.pretrained.level_inputs import LOOKBACK
from forecaster.forecasting.pretrained.weights import FILES
from forecaster.forecasting.recipe import Recipe
from forecaster.series.panel import Panel, panel_from_series
from forecaster.series.scaling import LEVEL, RETURNS
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

USUAL = Specification()


def levels(*rows: int) -> Panel:
    """Return series of a strong season."""
    rng = np.random.default_rng(0)
    waves = (30 + 5 * np.sin(np.arange(count) * 2 * np.pi / 12) + rng.normal(size=count) for count in rows)
    return panel_from_series((str(i), np.arange(len(y)), y) for i, y in enumerate(waves))


def walk(rows: int) -> Panel:
    y = np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, rows)))
    return panel_from_series([("a", np.arange(rows), y)])


def reason(panel: Panel, mode: str = LEVEL, *, season: int = 12, trainable: bool = True, **asked: Any) -> str:
    requested = Specification(**asked)
    return reason_for_zero_shot(panel, requested, mode, season, trainable=trainable, all_drawn=False)


def test_options_that_say_nothing_about_a_network_are_options() -> None:
    assert {field.name for field in fields(Specification)} > NOT_TRAINING


@pytest.mark.parametrize(
    "asked", [{}, {"horizon": 5}, {"season": 4}, {"mode": "level"}, {"seed": 3}, {"zero_shot": True}]
)
def test_the_usual_options_leave_it_to_the_rows(asked: dict[str, Any]) -> None:
    assert not wants_own_network(Specification(**asked))
    assert shortest_series(Specification(**asked)) == method_choice.FEWEST_ROWS


@pytest.mark.parametrize(
    "asked", [{"members": 2}, {"epochs": 3}, {"hidden": 8}, {"cell": "lstm"}, {"lookback": 10}, {"dropout": 0.1}]
)
def test_an_option_of_a_network_asks_for_one(asked: dict[str, Any]) -> None:
    assert wants_own_network(Specification(**asked))
    assert not reason(levels(60), **asked)
    assert shortest_series(Specification(**asked)) == SHORTEST_TRAINED


def test_few_rows_are_not_trained_on_and_many_are() -> None:
    assert "are few" in reason(levels(LONG - 1))
    assert reason(levels(60)).startswith("60 rows are few")
    assert not reason(levels(LONG))
    assert not reason(levels(*[600] * (MANY // 600)))
    assert reason(levels(*[600] * (MANY // 600 - 1)))
    assert not reason(levels(*[40] * MANY_SEASONAL_SERIES))
    assert reason(levels(*[40] * (MANY_SEASONAL_SERIES - 1)))


def test_series_that_are_all_drawn_train_nothing_unless_a_network_is_requested() -> None:
    still = panel_from_series((str(i), np.arange(1200), np.repeat(np.arange(12.0), 100) + i) for i in range(20))
    found = derive_recipe(still, USUAL)
    assert (found.zero_shot, found.mode, found.bootstrap) == (True, LEVEL, True)
    (method,) = [decision for decision in found.decisions if decision.name == "method"]
    assert method.reason == "every series is drawn from its own past"
    (shown,) = [decision for decision in found.decisions if decision.name == "bootstrap"]
    assert shown.value == "20 of 20 series"
    requested = derive_recipe(still, Specification(members=1))
    assert (requested.zero_shot, requested.bootstrap) == (False, False)


def test_few_prices_are_not_learned_from() -> None:
    assert reason(walk(FEW_PRICES - 1), RETURNS) == f"{FEW_PRICES - 1} prices are too few to learn from"
    assert not reason(walk(FEW_PRICES), RETURNS)


def test_what_cannot_be_trained_on_is_forecast_all_the_same() -> None:
    assert reason(levels(5), trainable=False).startswith("5 rows are too few to train on")
    assert reason(walk(500), RETURNS, trainable=False).startswith("500 rows are too few to train on")


def test_who_asks_for_it_gets_it_of_any_number_of_rows() -> None:
    assert reason(levels(2000), zero_shot=True) == "as requested"


@pytest.mark.parametrize("panel", [levels(30), levels(1000), levels(20, 600)])
def test_a_recipe_that_trains_nothing(panel: Panel) -> None:
    recipe = derive_recipe(panel, Specification(zero_shot=True))
    assert recipe.zero_shot
    assert recipe.pretrained in FILES
    assert (recipe.mode, recipe.lookback, recipe.members, recipe.epochs, recipe.updates) == (LEVEL, LOOKBACK, 0, 0, 0)
    (method,) = [decision for decision in recipe.decisions if decision.name == "method"]
    assert method.value == "zero-shot"
    assert len(method.reason) > 4


def test_the_recipe_of_few_rows_trains_nothing_and_that_of_many_does() -> None:
    assert derive_recipe(levels(60), USUAL).zero_shot
    assert not derive_recipe(levels(1200), USUAL).zero_shot
    assert not derive_recipe(levels(60), Specification(members=1)).zero_shot


def test_horizon_and_season_are_those_that_are_asked(panel_of: Callable[..., Panel]) -> None:
    recipe = derive_recipe(panel_of(a=np.arange(9.0)), Specification(horizon=60, season=4, zero_shot=True))
    assert (recipe.horizon, recipe.season) == (60, 4)


def test_nothing_is_split_where_nothing_is_trained() -> None:
    plan = make_plan(levels(14), Specification(horizon=18))
    assert plan.recipe.zero_shot
    assert plan.split is None


def test_unequal_steps_are_always_trained_on() -> None:
    times = np.cumsum(np.random.default_rng(0).integers(1, 6, 60))
    panel = panel_from_series([("a", times, np.sin(times / 5))], irregular=True)
    assert not derive_recipe(panel, Specification(irregular=True)).zero_shot


def test_sizes_are_fields_of_a_recipe() -> None:
    assert set(pretrained_sizes()) <= {field.name for field in fields(Recipe)}


def test_a_season_longer_than_any_simulated_one_is_trained_on() -> None:
    assert reason(levels(700), season=168)
    assert not reason(levels(700), season=288)
    assert not derive_recipe(levels(900), Specification(season=288, horizon=12)).zero_shot


def test_many_series_without_a_season_teach_each_other() -> None:
    assert reason(levels(*[40] * 19), season=1)
    assert not reason(levels(*[40] * 20), season=1)
    assert reason(levels(*[40] * 20), season=12)


def test_few_prices_are_levels_and_many_series_of_them_are_learned_from() -> None:
    rng = np.random.default_rng(0)
    walks = np.exp(np.cumsum(rng.normal(0, 0.1, (MANY_SERIES, 100)), axis=1))
    many = derive_recipe(panel_from_series((str(i), np.arange(100), y) for i, y in enumerate(walks)), USUAL)
    alone = derive_recipe(panel_from_series([("a", np.arange(100), walks[0])]), USUAL)
    assert alone.zero_shot
    assert many.tunes_only
    for recipe in (alone, many):
        (mode,) = [each for each in recipe.decisions if each.name == "mode"]
        assert (mode.value, recipe.mode) == (LEVEL, LEVEL)
        assert mode.reason == "at most 100 rows are too few to learn from how far prices move"
