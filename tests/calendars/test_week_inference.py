"""Open slots of a week are found in long and in very short files, and before and after they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.calendars.units import DAY, FIRST_MONDAY, WEEK
from forecaster.calendars.week import EarlierHours, Week
from forecaster.calendars.week_inference import learn_week

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

HOUR = 3600
MONDAY = FIRST_MONDAY // DAY


def every(step: int, weeks: int, keep: Callable[[int, int], bool]) -> NDArray[np.int64]:
    """Return the time stamps of `weeks` weeks for which `keep(weekday, second of the day)`."""
    seconds = FIRST_MONDAY + np.arange(0, weeks * WEEK, step)
    return seconds[[keep(second % WEEK // DAY, second % DAY) for second in seconds - FIRST_MONDAY]]


def test_business_days() -> None:
    week = learn_week(every(DAY, 10, lambda day, _: day < 5), DAY)
    assert week == Week(DAY, 0, ((0, 5),))
    assert week.describe() == "Monday to Friday"


def test_currencies_open_on_sunday_evening_and_close_on_friday() -> None:
    def is_open(day: int, second: int) -> bool:
        return day < 4 or (day == 4 and second < 22 * HOUR) or (day == 6 and second >= 22 * HOUR)

    week = learn_week(every(HOUR, 4, is_open), HOUR)
    assert week.open == ((0, 118), (166, 168))
    assert (week.within(0, DAY).max(), len(week.slots)) == (24, 120)
    assert week.describe() == "Sunday to Friday"


@pytest.mark.parametrize("start", range(7))
def test_one_weekend_shows_when_currencies_close_and_open(start: int) -> None:
    def is_open(day: int, second: int) -> bool:
        return day < 4 or (day == 4 and second < 22 * HOUR) or (day == 6 and second >= 22 * HOUR)

    rows = every(HOUR, 4, is_open) - FIRST_MONDAY
    rows = FIRST_MONDAY + rows[(rows >= start * DAY) & (rows < (start + 9) * DAY)]
    assert learn_week(rows, HOUR).open == ((0, 118), (166, 168))


def test_an_exchange_that_opens_at_half_past_nine() -> None:
    week = learn_week(every(1800, 5, lambda day, second: day < 5 and 9.5 * HOUR <= second < 16 * HOUR), 1800)
    assert week.within(0, DAY).max() == 13
    assert week.open[0] == (19, 32)


def test_one_week_with_a_holiday_keeps_the_weekday_open() -> None:
    days = every(DAY, 2, lambda day, _: day in {0, 1, 3, 4})[:5]
    assert learn_week(days, DAY).open == ((0, 5),)


def test_only_the_latest_weeks_count() -> None:
    old = every(DAY, 30, lambda day, _: day < 6)
    new = every(DAY, 20, lambda day, _: day < 5) + 30 * WEEK
    assert learn_week(np.concatenate([old, new]), DAY).open == ((0, 5),)


def hours_of_days(days: int) -> NDArray[np.int64]:
    return FIRST_MONDAY + np.arange(0, days * DAY, HOUR)


@pytest.mark.parametrize("step", [DAY, HOUR, 900])
@pytest.mark.parametrize("days", [1, 3, 5])
def test_a_weekend_that_was_not_seen_is_open(step: int, days: int) -> None:
    week = learn_week(FIRST_MONDAY + np.arange(0, days * DAY, step), step)
    assert week.open == ((0, WEEK // step),)


def test_one_closed_weekend_closes_it() -> None:
    assert learn_week(every(DAY, 2, lambda day, _: day < 5)[3:8], DAY).open == ((0, 5),)


@pytest.mark.parametrize("length", [1, 6, 30, 48])
@pytest.mark.parametrize("days", [4, 13, 40])
def test_one_outage_is_no_closing_time(length: int, days: int) -> None:
    hours = hours_of_days(days)
    start = 24 * (days - 3) + 10
    assert learn_week(np.delete(hours, range(start, start + length)), HOUR).open == ((0, 168),)


def test_a_night_that_was_seen_once_is_closed_where_it_is_most_of_the_day() -> None:
    day = np.arange(9 * HOUR, 17 * HOUR, HOUR)
    rows = FIRST_MONDAY + np.concatenate([day, day + DAY])
    assert learn_week(rows, HOUR).open == tuple((24 * number + 9, 24 * number + 17) for number in range(7))


def test_ticks_of_a_day_show_no_hours() -> None:
    seconds = np.sort(np.random.default_rng(0).choice(DAY // 6, 250, replace=False)) * 6
    assert learn_week(FIRST_MONDAY + seconds, 6).open == ((0, WEEK // 6),)


@pytest.mark.parametrize("weeks", [2, 3, 8, 40])
def test_hours_that_are_missing_at_random_close_no_slot(weeks: int) -> None:
    hours = hours_of_days(7 * weeks)
    for seed in range(5):
        kept = hours[np.random.default_rng(seed).random(len(hours)) > 0.1]
        assert learn_week(kept, HOUR) == Week(HOUR, 0, ((0, 168),))


def test_a_session_that_was_added_is_open_from_then_on() -> None:
    old = every(DAY, 100, lambda day, _: day < 5)
    new = every(DAY, 40, lambda day, _: day != 5) + 100 * WEEK
    week = learn_week(np.concatenate([old, new]), DAY)
    assert week == Week(DAY, 0, ((0, 5), (6, 7)), (EarlierHours(MONDAY + 706, ((0, 5),)),))


def test_a_session_that_ended_is_open_until_then() -> None:
    old = every(DAY, 30, lambda day, _: day < 6)
    new = every(DAY, 20, lambda day, _: day < 5) + 30 * WEEK
    (earlier,) = learn_week(np.concatenate([old, new]), DAY).earlier
    assert earlier.open == ((0, 6),)
    assert MONDAY + 30 * 7 - 1 <= earlier.until <= MONDAY + 30 * 7 + 5


def test_hours_that_were_extended_on_a_wednesday_begin_on_that_day() -> None:
    rows = every(HOUR, 60, lambda day, second: day < 5 and 9 * HOUR <= second < 17 * HOUR)
    change = FIRST_MONDAY + 30 * WEEK + 2 * DAY
    rows = rows[(rows < change) | (rows % DAY >= 9 * HOUR)]
    early = np.unique(rows[rows >= change] // DAY) * DAY + 8 * HOUR
    week = learn_week(np.sort(np.concatenate([rows, early])), HOUR)
    assert week.open[0] == (8, 17)
    assert [(each.until, each.open[0]) for each in week.earlier] == [(change // DAY, (9, 17))]


def test_five_days_that_became_seven() -> None:
    old = every(DAY, 30, lambda day, _: day < 5)
    new = every(DAY, 20, lambda _, __: True) + 30 * WEEK
    week = learn_week(np.concatenate([old, new]), DAY)
    assert (week.open, [each.open for each in week.earlier]) == (((0, 7),), [((0, 5),)])


def test_holidays_and_gaps_are_no_changes() -> None:
    days = every(DAY, 150, lambda day, _: day < 5)
    week = (days - FIRST_MONDAY) // WEEK
    gap = (week > 50) & (week < 60)
    kept = days[~gap & ((week % 13 != 0) | (days // DAY % 7 != 4))]
    assert learn_week(kept, DAY) == Week(DAY, 0, ((0, 5),))
