"""The selection of named days: what the evidence is, and what chance looks like."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.holidays import DATE, Holiday, weekday_of
from forecaster.forecasting.effects.level import axis_of
from forecaster.forecasting.effects.named_days import NamedDay
from forecaster.forecasting.effects.regression import Observations
from forecaster.forecasting.effects.selection import (
    MOST_NAMED_DAYS,
    SelectionTask,
    first_penalties,
    named_columns,
    normal_quantiles,
    select_named_days,
)
from tests.forecasting.effects.simulated import BLACK_FRIDAY, CHRISTMAS, MEMORIAL_DAY, THANKSGIVING

DAYS = 2557
AXIS = axis_of(16_865, DAYS)
"""Seven years from 5 March 2016."""
NO_CONTRAST = np.zeros(7)


def task_of(target: np.ndarray, observed: np.ndarray | None = None) -> SelectionTask:
    seen = np.ones(len(target), np.bool_) if observed is None else observed
    nothing = np.zeros((len(target), 0))
    axis = axis_of(16_865, len(target))
    return SelectionTask(axis.days, Observations(target, seen), nothing, np.zeros(0), axis.projection, NO_CONTRAST)


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(DAYS)


def places(day: NamedDay) -> np.ndarray:
    return day.days(int(AXIS.days[0]), int(AXIS.days[-1])) - AXIS.days[0]


def test_the_rules_behind_the_days_are_chosen_the_strongest_first() -> None:
    target = noise(1)
    for day, effect in ((CHRISTMAS, -20.0), (THANKSGIVING, 6.0), (BLACK_FRIDAY, 15.0), (MEMORIAL_DAY, -5.0)):
        target[places(day)] += effect
    chosen = select_named_days(task_of(target))
    assert set(chosen) == {CHRISTMAS, THANKSGIVING, BLACK_FRIDAY, MEMORIAL_DAY}


def test_one_wild_day_makes_no_rule() -> None:
    target = noise(2)
    target[places(CHRISTMAS)[0]] = 1e6
    target[[700, 1503]] = -1e9
    assert select_named_days(task_of(target)) == []


def test_a_wild_season_makes_no_rule() -> None:
    season = 1 + 0.8 * np.sin(2 * np.pi * AXIS.days / 365.2425)
    found = [select_named_days(task_of(noise(seed) * season)) for seed in range(10)]
    assert sum(map(len, found)) <= 1


def test_two_years_are_not_enough_and_days_that_are_not_observed_do_not_count() -> None:
    target = noise(3)
    target[places(CHRISTMAS)] -= 20
    assert select_named_days(task_of(target[:800])) == []
    observed = np.ones(DAYS, np.bool_)
    observed[places(CHRISTMAS)[2:]] = False
    assert CHRISTMAS not in select_named_days(task_of(target, observed))


def test_there_are_never_too_many() -> None:
    target = noise(4)
    for month in range(1, 13):
        for day in range(1, 29, 2):
            target[places(NamedDay(Holiday(DATE, month, day)))] += 30
    assert len(select_named_days(task_of(target))) <= MOST_NAMED_DAYS


def test_a_listed_day_needs_less_evidence() -> None:
    target = noise(5)
    target[places(MEMORIAL_DAY)] -= 0.8
    listed = NamedDay(name="Memorial Day", dates=tuple((places(MEMORIAL_DAY) + AXIS.days[0]).tolist()))
    assert MEMORIAL_DAY not in select_named_days(task_of(target))
    assert select_named_days(task_of(target), [listed]) == [listed]


def test_columns_of_a_date_have_the_distance_to_sunday_as_well() -> None:
    contrast = np.array([-5.0, -4, -3, -2, -1, 2, 0])
    columns = named_columns([CHRISTMAS, MEMORIAL_DAY], AXIS.days, contrast)
    on = places(CHRISTMAS)
    np.testing.assert_array_equal(np.flatnonzero(columns[:, 0]), on)
    np.testing.assert_array_equal(columns[on, 1], contrast[weekday_of(AXIS.days[on])])
    assert not columns[:, 3].any(), "a Monday always has the same distance"
    assert first_penalties(2, contrast).tolist() == [1, 25, 1, 25]


def test_normal_scores_are_those_of_the_normal_distribution() -> None:
    quantiles = normal_quantiles(1001)
    assert quantiles[500] == 0
    assert quantiles[-1] == pytest.approx(-quantiles[0])
    assert quantiles.std() == pytest.approx(1, abs=0.01)
