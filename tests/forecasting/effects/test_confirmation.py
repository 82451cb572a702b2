"""What does not make forecasts of the latest year better is dropped, block by block."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.holidays import weekday_of
from forecaster.forecasting.effects.confirmation import confirm_plan, error_of_latest_year
from forecaster.forecasting.effects.level import BLOCKS, Levels, Plan, axis_of, year_alone, year_penalty
from tests.forecasting.effects.simulated import CHRISTMAS, WEEK

AXIS = axis_of(16_865, 1500)
YEAR = 0.5 * np.sin(2 * np.pi * AXIS.days / 365.2425)
EVERYTHING = Plan(
    np.concatenate([year_penalty(100), np.full(BLOCKS["month"].stop - BLOCKS["year"].stop, 20.0)]), (CHRISTMAS,)
)


def levels_of(target: np.ndarray) -> Levels:
    week = WEEK[weekday_of(AXIS.days)]
    noise = 0.1 * np.random.default_rng(1).standard_normal(len(target))
    return Levels(AXIS, target + week + noise, np.ones(len(target), np.bool_), WEEK[6] - WEEK, log=False)


def test_of_everything_the_year_and_christmas_are_kept_where_they_are_true() -> None:
    target = YEAR.copy()
    target[CHRISTMAS.days(int(AXIS.days[0]), int(AXIS.days[-1])) - AXIS.days[0]] -= 3
    plan, error = confirm_plan(levels_of(target), EVERYTHING)
    assert [block for block in ("year", "weekdays", "month", "named") if plan.has(block)] == ["year", "named"]
    assert error < error_of_latest_year(levels_of(target), year_alone(AXIS))


def test_a_year_that_ended_is_dropped() -> None:
    target = np.where(np.arange(1500) < 1100, YEAR, -YEAR)
    plan, _ = confirm_plan(levels_of(target), year_alone(AXIS))
    assert not plan.has("year")


def test_a_history_of_less_than_two_years_is_not_tested() -> None:
    levels = levels_of(YEAR).head(700)
    plan, error = confirm_plan(levels, EVERYTHING)
    assert plan is EVERYTHING
    assert error == 0
    assert error_of_latest_year(levels, year_alone(AXIS)) == 0


@pytest.mark.parametrize("closed", [(5, 6), (0, 1, 2, 3, 4, 5)])
def test_weekdays_without_rows_are_left_out(closed: tuple[int, ...]) -> None:
    levels = levels_of(YEAR)
    observed = ~np.isin(weekday_of(AXIS.days), closed)
    plan, error = confirm_plan(
        Levels(levels.axis, levels.target, observed, levels.contrast, log=False), year_alone(AXIS)
    )
    assert plan.has("year")
    assert 0 < error < 0.2


@pytest.mark.parametrize("first", [17_318, 18_048])
def test_christmas_is_kept_where_it_is_a_sunday_in_the_latest_year(first: int) -> None:
    """Sundays are closed, too, so the latest year says nothing about it."""
    axis = axis_of(first, 19_700 - first)
    weekdays = weekday_of(axis.days)
    christmas = CHRISTMAS.days(int(axis.days[0]), int(axis.days[-1])) - axis.days[0]
    assert weekdays[christmas][-1] == 6
    assert len(axis.days) - christmas[-1] < 365
    target = 5 + WEEK[weekdays] + 0.3 * np.random.default_rng(1).standard_normal(len(weekdays))
    target[weekdays == 6] = target[christmas] = 0
    contrast = -5 - WEEK * (np.arange(7) < 6)
    levels = Levels(axis, target, np.ones(len(target), np.bool_), contrast, log=False)
    plan, _ = confirm_plan(levels, Plan(np.full(BLOCKS["month"].stop, np.inf), (CHRISTMAS,)))
    assert plan.named == (CHRISTMAS,)
