"""Rows as a table of days and times of day, on the clock of the sessions."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.schedule import DAILY, INTRADAY, WEEKLY, Schedule
from forecaster.forecasting.effects.day_table import day_table, days_and_times, has_days


@pytest.mark.parametrize(
    ("schedule", "answer"),
    [
        (Schedule(DAILY, 1), True),
        (Schedule(DAILY, 2), False),
        (Schedule(INTRADAY, 1800), True),
        (Schedule(INTRADAY, 7 * 3600), False),
        (Schedule(INTRADAY, 1), False),
        (Schedule(WEEKLY, 1, weekday=0), False),
    ],
)
def test_days_and_their_equal_parts_have_a_table(schedule: Schedule, answer: bool) -> None:
    assert has_days(schedule) is answer


def test_an_hour_of_summer_is_an_hour_later_on_the_clock_of_the_sessions() -> None:
    ds = np.array(["2024-01-10T14:30", "2024-07-10T13:30"], "datetime64[us]")
    _, times = days_and_times(ds, "american", daily=False)
    assert times.tolist() == [14.5 * 3600] * 2
    days, times = days_and_times(ds, "wall", daily=True)
    assert times.tolist() == [0, 0]
    assert np.diff(days).tolist() == [182]


def test_the_level_of_a_day_with_holes_is_what_the_others_say() -> None:
    rng = np.random.default_rng(1)
    days = np.repeat(np.arange(19_000, 19_070), 4)
    times = np.tile(np.arange(4) * 6 * 3600, 70)
    values = np.tile([0.0, 10, 20, 30], 70) + np.repeat(rng.standard_normal(70), 4)
    observed = np.ones(280, np.bool_)
    observed[[0, 1, 8, 9, 10]] = False
    table = day_table(days, times, values, observed)
    levels, seen = table.levels(table.weekday_profiles())
    assert seen.tolist() == [True, True, False, *[True] * 67], "one value of four is too few"
    np.testing.assert_allclose(levels, values.reshape(70, 4).mean(1), atol=0.5)


def test_a_weekday_that_is_closed_has_the_profile_of_the_others() -> None:
    days = np.array([day for day in range(19_000, 19_070) if (day + 3) % 7 < 5])
    table = day_table(days, np.zeros_like(days), np.ones(len(days)) * 7.0, np.ones(len(days), np.bool_))
    assert (table.weekday_profiles() == 7).all()
    _, seen = table.levels(table.weekday_profiles())
    assert seen.sum() == len(days)
