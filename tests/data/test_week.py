"""Open slots of a week are found in long and in very short files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.data.week import DAY, MONDAY, WEEK, Week, attend, learn_week

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

HOUR = 3600


def every(step: int, weeks: int, keep: Callable[[int, int], bool]) -> NDArray[np.int64]:
    """Return the time stamps of `weeks` weeks for which `keep(weekday, second of the day)`."""
    seconds = MONDAY + np.arange(0, weeks * WEEK, step)
    return seconds[[keep(second % WEEK // DAY, second % DAY) for second in seconds - MONDAY]]


def test_business_days() -> None:
    week = learn_week(every(DAY, 10, lambda day, _: day < 5), DAY)
    assert week == Week(DAY, 0, ((0, 5),))
    assert week.describe() == "Monday to Friday"


def test_currencies_open_on_sunday_evening_and_close_on_friday() -> None:
    def is_open(day: int, second: int) -> bool:
        return day < 4 or (day == 4 and second < 22 * HOUR) or (day == 6 and second >= 22 * HOUR)

    week = learn_week(every(HOUR, 4, is_open), HOUR)
    assert week.open == ((0, 118), (166, 168))
    assert (week.per_day, len(week.slots)) == (24, 120)
    assert week.describe() == "Sunday to Friday"


def test_an_exchange_that_opens_at_half_past_nine() -> None:
    week = learn_week(every(1800, 5, lambda day, second: day < 5 and 9.5 * HOUR <= second < 16 * HOUR), 1800)
    assert week.per_day == 13
    assert week.open[0] == (19, 32)


def test_one_week_with_a_holiday_keeps_the_weekday_open() -> None:
    week = learn_week(every(DAY, 1, lambda day, _: day in {0, 1, 3, 4}), DAY)
    assert week.open == ((0, 5),)


def test_only_the_latest_weeks_count() -> None:
    old = every(DAY, 30, lambda day, _: day < 6)
    new = every(DAY, 20, lambda day, _: day < 5) + 30 * WEEK
    assert learn_week(np.concatenate([old, new]), DAY).open == ((0, 5),)


def test_what_follows_a_row_outside_the_open_slots_is_the_next_open_slot() -> None:
    week = Week(DAY, 0, ((0, 5),))
    saturday = MONDAY + 5 * DAY
    assert (week.after(saturday, 6) - MONDAY).tolist() == [day * DAY for day in (7, 8, 9, 10, 11, 14)]


def test_attendance_counts_absent_rows_and_rows_astray() -> None:
    seconds = every(DAY, 4, lambda day, _: day < 5)
    found = attend(np.sort(np.append(np.delete(seconds, 7), MONDAY + 5 * DAY)), Week(DAY, 0, ((0, 5),)))
    assert (found.astray, found.absent(np.array([], dtype=np.int64))) == (1, (1, 20))
    assert found.absent(seconds[[7]] // DAY) == (0, 19)


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
