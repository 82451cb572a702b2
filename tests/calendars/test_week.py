"""Open slots of a week are found in long and in very short files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.arrays import among, distinct, most_frequent
from forecaster.calendars.holidays import DATE, Holiday
from forecaster.calendars.units import DAY, FIRST_MONDAY, WEEK
from forecaster.calendars.week import Week, learn_week, measure_coverage

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

HOUR = 3600


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


def test_an_exchange_that_opens_at_half_past_nine() -> None:
    week = learn_week(every(1800, 5, lambda day, second: day < 5 and 9.5 * HOUR <= second < 16 * HOUR), 1800)
    assert week.within(0, DAY).max() == 13
    assert week.open[0] == (19, 32)


def test_one_week_with_a_holiday_keeps_the_weekday_open() -> None:
    week = learn_week(every(DAY, 1, lambda day, _: day in {0, 1, 3, 4}), DAY)
    assert week.open == ((0, 5),)


def test_only_the_latest_weeks_count() -> None:
    old = every(DAY, 30, lambda day, _: day < 6)
    new = every(DAY, 20, lambda day, _: day < 5) + 30 * WEEK
    assert learn_week(np.concatenate([old, new]), DAY).open == ((0, 5),)


def test_open_slots_between_two_days_hold_both_days() -> None:
    monday = FIRST_MONDAY // DAY
    week = Week(12 * HOUR, HOUR, ((0, 10),))
    slots = (week.between(monday + 4, monday + 7) - FIRST_MONDAY) / HOUR
    assert slots.tolist() == [4 * 24 + 1, 4 * 24 + 13, 7 * 24 + 1, 7 * 24 + 13]
    assert len(week.between(monday + 5, monday + 6)) == 0


def test_slots_are_counted_by_weekday_and_hour() -> None:
    week = Week(HOUR, 1800, ((9, 16), (33, 36)))
    assert week.within(0, DAY).tolist() == [7, 3, 0, 0, 0, 0, 0]
    assert week.within(10 * HOUR + 1800, 11 * HOUR + 1801).tolist() == [2, 2, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(("slot", "sleeps"), [(141, True), (142, False), (145, False), (146, True)])
def test_a_week_is_closed_at_the_clock_change_when_the_night_to_sunday_is_closed(slot: int, *, sleeps: bool) -> None:
    assert Week(HOUR, 0, ((0, 5), (slot, slot + 1))).closed_at_clock_change == sleeps


def test_coverage_shows_which_days_have_missing_rows_and_when() -> None:
    week = Week(HOUR, 0, tuple((24 * day + 9, 24 * day + 17) for day in range(5)))
    seconds = week.between(FIRST_MONDAY // DAY, FIRST_MONDAY // DAY + 11)
    hour = (seconds - FIRST_MONDAY) // HOUR
    late, early, pause, holes = (24 * day for day in (1, 2, 3, 7))
    lacking = [*range(late + 9, late + 11), *range(early + 13, early + 17), pause + 12, holes + 10, holes + 12]
    found = measure_coverage(seconds[~np.isin(hour, lacking)], week)
    assert found.present.tolist() == [8, 6, 4, 7, 8, 0, 0, 6, 8, 8, 8, 8]
    assert found.closes[[1, 2, 3, 7]].tolist() == [0, 13 * HOUR, 12 * HOUR, 0]
    assert found.reopens[[1, 2, 3, 7]].tolist() == [11 * HOUR, DAY, 13 * HOUR, 0]
    assert (found.misfit, found.first) == (4, FIRST_MONDAY // DAY)


def test_a_day_with_under_half_of_its_rows_is_closed_but_not_a_half_day() -> None:
    week = Week(HOUR, 0, tuple((24 * day + 9, 24 * day + 17) for day in range(5)))
    seconds = week.between(FIRST_MONDAY // DAY, FIRST_MONDAY // DAY + 25)
    tuesday = np.datetime64("1970-01-13", "s").astype(np.int64)
    found = measure_coverage(seconds[(seconds < tuesday + 11 * HOUR) | (seconds > tuesday + DAY)], week)
    assert np.flatnonzero(found.day_record(()).closed).tolist() == [8]
    assert not found.day_record([Holiday(DATE, 1, 13)]).closed.any()


def test_membership_among_rising_values() -> None:
    assert among(np.array([5, 1, 9]), np.array([1, 5, 7])).tolist() == [True, True, False]
    assert among(np.array([5]), np.array([], dtype=np.int64)).tolist() == [False]
    assert distinct(np.array([1, 1, 2, 5, 5])).tolist() == [1, 2, 5]


def test_the_smallest_of_several_commonest_values() -> None:
    assert most_frequent(np.array([4, 7, 4, 7, 1])) == 4


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"step": 0, "phase": 0, "open": [[0, 1]]}, ValueError),
        ({"step": 7 * HOUR, "phase": 0, "open": [[0, 1]]}, ValueError),
        ({"step": DAY, "phase": DAY, "open": [[0, 1]]}, ValueError),
        ({"step": DAY, "phase": 0, "open": []}, ValueError),
        ({"step": DAY, "phase": 0, "open": [[0, 8]]}, ValueError),
        ({"step": DAY, "phase": 0, "open": [[3, 2]]}, ValueError),
        ({"step": DAY, "phase": 0, "open": [[0, 2], [1, 3]]}, ValueError),
        ({"step": DAY, "phase": 0, "open": [[0, 2, 3]]}, ValueError),
        ({"step": DAY, "phase": 0, "open": [[0, 2.0]]}, TypeError),
        ({"step": DAY, "phase": 0, "open": 5}, TypeError),
        ({"step": DAY, "phase": 0}, KeyError),
    ],
)
def test_what_is_no_week_is_refused(data: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Week.from_dict(data)
