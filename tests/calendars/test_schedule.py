"""Calendars name the rows that are missing and the rows that they do not expect, for steps of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.calendars.half_days import HalfDay
from forecaster.calendars.holidays import DATE, Holiday
from forecaster.calendars.months import Anchor
from forecaster.calendars.schedule import Schedule
from forecaster.calendars.units import DAY
from forecaster.calendars.week import Week

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEEKDAYS = Week(DAY, 0, ((0, 5),))
MORNINGS = Week(3600, 0, tuple((24 * day + 9, 24 * day + 13) for day in range(5)))
CHRISTMAS = Holiday(DATE, 12, 25)


def stamps(*texts: str) -> NDArray[Any]:
    return np.array(texts, dtype="datetime64[us]")


@pytest.mark.parametrize(
    ("rhythm", "ds", "missing"),
    [
        (Schedule("integer", 10), np.array([0, 10, 40, 50]), np.array([20, 30])),
        (Schedule("daily"), stamps("2024-01-01", "2024-01-03"), stamps("2024-01-02")),
        (Schedule("daily", 10), stamps("2024-01-01", "2024-01-31"), stamps("2024-01-11", "2024-01-21")),
        (Schedule("daily", week=WEEKDAYS), stamps("2024-01-05T17", "2024-01-09T17"), stamps("2024-01-08T17")),
        (
            Schedule("daily", week=WEEKDAYS, holidays=(CHRISTMAS,)),
            stamps("2023-12-22", "2023-12-27"),
            stamps("2023-12-26"),
        ),
        (
            Schedule("intraday", 3600, week=MORNINGS, half_days=(HalfDay(Holiday(DATE, 12, 27), 11 * 3600),)),
            stamps("2023-12-26T11", "2023-12-26T12", "2023-12-27T09", "2023-12-28T10"),
            stamps("2023-12-27T10", "2023-12-28T09"),
        ),
        (Schedule("intraday", 1800), stamps("2024-01-01T00:00", "2024-01-01T01:00"), stamps("2024-01-01T00:30")),
        (Schedule("weekly", weekday=4), stamps("2024-01-05", "2024-01-18", "2024-01-26"), stamps("2024-01-12")),
        (
            Schedule("monthly", anchor=Anchor(31)),
            stamps("2024-01-31", "2024-03-31", "2024-04-29", "2024-06-30"),
            stamps("2024-02-29", "2024-05-31"),
        ),
        (Schedule("quarterly", 3, anchor=Anchor(1)), stamps("2023-10-01", "2024-04-01"), stamps("2024-01-01")),
        (Schedule("rows", DAY), stamps("2024-01-01", "2024-01-05"), stamps()),
        (Schedule("irregular", DAY), stamps("2024-01-01", "2024-01-05"), stamps()),
        (Schedule("daily"), stamps("2024-01-01"), stamps()),
    ],
)
def test_missing_rows(rhythm: Schedule, ds: NDArray[Any], missing: NDArray[Any]) -> None:
    found = rhythm.missing(ds)
    assert (found.tolist(), found.dtype) == (missing.tolist(), ds.dtype)


@pytest.mark.parametrize(
    ("rhythm", "ds", "outside"),
    [
        (Schedule("integer", 10), np.array([0, 10, 15, 20]), [2]),
        (Schedule("daily", week=WEEKDAYS), stamps("2024-01-05", "2024-01-06", "2024-01-08"), [1]),
        (
            Schedule("daily", week=WEEKDAYS, holidays=(CHRISTMAS,)),
            stamps("2023-12-22", "2023-12-25", "2023-12-26T09", "2023-12-26T12"),
            [1, 3],
        ),
        (Schedule("intraday", 3600, week=MORNINGS), stamps("2024-01-05T12", "2024-01-05T13", "2024-01-08T09"), [1]),
        (Schedule("weekly", weekday=4), stamps("2024-01-05", "2024-01-08", "2024-01-12"), [1]),
        (Schedule("monthly", anchor=Anchor(1)), stamps("2024-01-01", "2024-01-17", "2024-02-01"), [1]),
        (Schedule("rows", DAY), stamps("2024-01-01", "2024-01-05"), []),
    ],
)
def test_rows_where_none_is_expected(rhythm: Schedule, ds: NDArray[Any], outside: list[int]) -> None:
    assert rhythm.outside(ds).tolist() == outside


def test_no_row_falls_after_an_early_close_or_before_a_late_opening() -> None:
    half_days = (HalfDay(Holiday(DATE, 12, 27), 11 * 3600), HalfDay(Holiday(DATE, 12, 28), 0, 11 * 3600))
    rhythm = Schedule("intraday", 3600, week=MORNINGS, holidays=(CHRISTMAS,), half_days=half_days)
    future = rhythm.future(np.datetime64("2023-12-22T12", "us"), 9).astype("datetime64[h]").astype(str).tolist()
    assert future == [
        *(f"2023-12-26T{hour:02}" for hour in (9, 10, 11, 12)),
        *("2023-12-27T09", "2023-12-27T10", "2023-12-28T11", "2023-12-28T12", "2023-12-29T09"),
    ]
