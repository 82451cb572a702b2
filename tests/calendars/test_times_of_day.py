"""Rows at a few times of day are continued at these times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.calendars.times_of_day import describe_times_of_day, learn_times_of_day
from forecaster.calendars.units import DAY, FIRST_MONDAY
from forecaster.calendars.week_inference import learn_week

if TYPE_CHECKING:
    from forecaster.arrays import Ints

HOUR = 3600


def rows_at(days: int, *hours: float) -> Ints:
    """Return time stamps at these hours of each day."""
    return (FIRST_MONDAY + np.arange(days)[:, None] * DAY + (np.array(hours) * HOUR).astype(np.int64)).ravel()


@pytest.mark.parametrize(
    ("hours", "step", "words"),
    [
        ((8, 18), 7200, "twice a day, at 08:00 and 18:00"),
        ((9 + 1 / 12, 14.5, 21), 300, "three times a day, at 09:05, 14:30 and 21:00"),
        ((7.5, 12, 18.5), 1800, "three times a day, at 07:30, 12:00 and 18:30"),
        ((6, 9, 12, 15, 20), HOUR, "5 times a day, at 06:00, 09:00, 12:00, 15:00 and 20:00"),
        ((6, 9, 12, 15, 18, 21, 23), HOUR, "7 times a day, from 06:00 to 23:00"),
    ],
)
def test_times_of_day_that_return(hours: tuple[float, ...], step: int, words: str) -> None:
    rows = np.delete(rows_at(30, *hours), [20, 31])
    assert learn_times_of_day(rows) == step
    assert describe_times_of_day(learn_week(rows, step)) == words


def test_two_and_a_half_days_are_enough() -> None:
    assert learn_times_of_day(rows_at(3, 8, 18)[:5]) == 7200


def test_one_row_at_another_time_contradicts_the_times() -> None:
    rows = rows_at(30, 8, 18)
    rows[7] += 300
    assert learn_times_of_day(rows) is None


def test_tides_have_no_times_of_day() -> None:
    rows = FIRST_MONDAY + np.arange(300) * 44_700 + np.random.default_rng(0).integers(0, 20, 300) * 60
    assert learn_times_of_day(rows) is None


def test_equal_steps_are_no_times_of_day() -> None:
    assert describe_times_of_day(learn_week(rows_at(30, 6, 18), 12 * HOUR)) is None
    assert describe_times_of_day(learn_week(rows_at(30, 9, 10, 11, 12), HOUR)) is None
    assert describe_times_of_day(learn_week(rows_at(30, 9, 10, 11, 13, 14), HOUR)) is None
