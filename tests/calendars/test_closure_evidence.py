"""The evidence of a calendar counts how often its closed days had rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.closure_evidence import describe_closures, describe_holiday
from forecaster.calendars.holidays import DATE, DAY_AFTER, EASTER, LAST, WEEKDAY, Holiday

if TYPE_CHECKING:
    from numpy.typing import NDArray


def days_from(start: str, stop: str) -> NDArray[Any]:
    return np.arange(np.datetime64(start, "D"), np.datetime64(stop, "D")).astype("datetime64[us]")


def weekday(ds: NDArray[Any]) -> NDArray[np.int64]:
    return (ds.astype("datetime64[D]").astype(np.int64) + 3) % 7


def test_closed_weekdays_and_holidays_have_their_counts() -> None:
    days = days_from("2021-01-01", "2023-12-31")
    christmas = np.array([f"{year}-12-25" for year in (2021, 2022, 2023)], "datetime64[us]")
    days = days[(weekday(days) != 6) & ~np.isin(days, christmas)]
    stray = np.sort(np.append(days, np.datetime64("2022-03-06", "us")))
    assert describe_closures(Calendar.learn(stray), stray) == (
        "Sunday, 1 holiday",
        "Sunday (1 of 156 open); 25 December (closed 2 of 2 times)",
    )


def test_a_change_says_what_was_open_before() -> None:
    days = days_from("2018-01-01", "2020-01-01")
    days = days[(weekday(days) < 5) | ((weekday(days) == 6) & (days > np.datetime64("2019-01-01")))]
    assert describe_closures(Calendar.learn(days), days) == (
        "Saturday",
        "Saturday (0 of 51 open); before 2019-01-06: Monday to Friday",
    )


def test_closed_hours_are_counted_in_slots() -> None:
    hours = days_from("2024-01-01", "2024-01-31")[:, None] + np.arange(8, 18) * np.timedelta64(1, "h")
    assert describe_closures(Calendar.learn(hours.ravel()), hours.ravel()) == (
        "hours",
        "closed hours of open days (0 of 420 slots open)",
    )


def test_half_days_have_their_counts() -> None:
    days = days_from("2018-01-01", "2021-01-01")
    days = days[weekday(days) < 5]
    hours = (days[:, None] + np.arange(9, 17) * np.timedelta64(1, "h")).ravel()
    eve = np.isin(hours.astype("datetime64[D]"), np.array(["2018-12-24", "2019-12-24", "2020-12-24"], "datetime64[D]"))
    rows = hours[~eve | (hours - hours.astype("datetime64[D]") < np.timedelta64(13, "h"))]
    closures = describe_closures(Calendar.learn(rows), rows)
    assert closures is not None
    assert closures[0] == "Saturday, Sunday, 1 half day"
    assert closures[1].endswith("; 24 December in part (closed 3 of 3 times)")


def test_what_never_closes_needs_no_evidence() -> None:
    days = days_from("2024-01-01", "2024-02-01")
    twice = (days[:, None] + np.array([8, 18]) * np.timedelta64(1, "h")).ravel()
    for rows in (days, twice):
        assert describe_closures(Calendar.learn(rows), rows) is None


def test_what_closes_no_more_says_until_when_it_did() -> None:
    days = days_from("2018-01-01", "2020-01-01")
    days = days[(weekday(days) < 5) | (days > np.datetime64("2019-01-01"))]
    words = ("nothing now", "before 2019-01-05: Monday to Friday")
    assert describe_closures(Calendar.learn(days), days) == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Holiday(DATE, 12, 25), "25 December"),
        (Holiday(WEEKDAY, 5, LAST, 0), "last Monday of May"),
        (Holiday(DAY_AFTER, 11, 4, 3), "day after the fourth Thursday of November"),
        (Holiday(EASTER, 0, -2), "2 days before Easter"),
        (Holiday(EASTER, 0, 1), "1 day after Easter"),
        (Holiday(EASTER, 0, 0), "Easter"),
    ],
)
def test_holidays_in_words(rule: Holiday, words: str) -> None:
    assert describe_holiday(rule) == words
