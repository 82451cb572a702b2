"""Calendars learned from a beginning continue with the time stamps that really followed."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.daylight_saving import to_time_stamps
from forecaster.calendars.half_days import HalfDay, drop_closed_slots
from forecaster.calendars.holidays import DATE, DAY_AFTER, Holiday
from forecaster.calendars.months import Anchor
from forecaster.calendars.regularity import IrregularError
from forecaster.calendars.week import Week
from forecaster.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

DAY, SECOND = np.timedelta64(1, "D"), np.timedelta64(1, "s")
SP500 = Path(__file__).parents[2] / "sample_data" / "sp500.csv"


def stamps(*texts: str) -> NDArray[Any]:
    return np.array(texts, dtype="datetime64[us]")


def span(start: str, stop: str, count: int, unit: str) -> NDArray[Any]:
    return np.arange(np.datetime64(start, "us"), np.datetime64(stop, "us"), np.timedelta64(count, unit))


def weekdays(ds: NDArray[Any]) -> NDArray[np.int64]:
    return (ds.astype("datetime64[D]").astype(np.int64) + 3) % 7


def texts(ds: NDArray[Any]) -> list[str]:
    return [str(stamp).removesuffix(":00.000000").removesuffix("T00:00") for stamp in ds]


@pytest.fixture(scope="module")
def trading_days() -> NDArray[Any]:
    with SP500.open() as stream:
        return stamps(*(row["Date"] for row in csv.DictReader(stream)))


def test_trading_days_of_an_exchange_are_continued_to_the_day(trading_days: NDArray[Any]) -> None:
    cut = int(np.searchsorted(trading_days, np.datetime64("2016-01-01")))
    calendar = Calendar.learn(trading_days[:cut])
    assert calendar.describe() == "business days Monday to Friday, 9 holidays a year learned"
    assert (calendar.kind, calendar.step, calendar.per_day, calendar.per_week) == ("daily", 1, 1, 5)
    assert calendar.future(trading_days[cut - 1], 600).tolist() == trading_days[cut : cut + 600].tolist()


@pytest.mark.parametrize("years", [2, 3, 5])
def test_a_few_years_are_enough(trading_days: NDArray[Any], years: int) -> None:
    start, cut = (int(np.searchsorted(trading_days, np.datetime64(f"{year}-01-01"))) for year in (2017 - years, 2017))
    future = Calendar.learn(trading_days[start:cut]).future(trading_days[cut - 1], 250)
    assert future.tolist() == trading_days[cut : cut + 250].tolist()


def test_the_only_unscheduled_closing_is_the_only_difference(trading_days: NDArray[Any]) -> None:
    cut = int(np.searchsorted(trading_days, np.datetime64("2018-06-01")))
    future = Calendar.learn(trading_days[:cut]).future(trading_days[cut - 1], 160)
    future = future[future <= trading_days[-1]]
    assert texts(np.setdiff1d(future, trading_days)) == ["2018-12-05"]
    assert np.isin(trading_days[cut:], future).all()


def test_thirty_rows_with_a_holiday(trading_days: NDArray[Any]) -> None:
    future = Calendar.learn(trading_days[:30]).future(trading_days[29], 10)
    assert future.tolist() == trading_days[30:40].tolist()


def test_one_market_holiday_does_not_break_the_step() -> None:
    days = span("2024-03-01", "2024-05-01", 1, "D")
    days = days[(weekdays(days) < 5) & (days != np.datetime64("2024-03-29"))]
    calendar = Calendar.learn(days)
    assert calendar.per_week == 5
    assert texts(calendar.future(days[-1], 4)) == ["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-06"]


def test_markets_that_never_close() -> None:
    days = span("2020-01-01", "2021-06-01", 1, "D")
    calendar = Calendar.learn(np.delete(days, [100, 101, 300]))
    assert calendar == Calendar("daily")
    assert (calendar.per_week, calendar.describe()) == (7, "every day")


def test_shops_that_close_at_christmas_only() -> None:
    days = span("2019-01-01", "2023-12-01", 1, "D")
    christmas = stamps(*(f"{year}-12-25" for year in range(2019, 2024)))
    calendar = Calendar.learn(days[~np.isin(days, christmas)])
    assert calendar.holidays == (Holiday(DATE, 12, 25),)
    assert texts(calendar.future(stamps("2023-12-24")[0], 2)) == ["2023-12-26", "2023-12-27"]


def test_currencies_from_sunday_to_friday() -> None:
    days = span("2019-01-01", "2021-01-01", 1, "D")
    days = days[weekdays(days) != 5]
    calendar = Calendar.learn(days)
    assert calendar.per_week == 6
    assert texts(calendar.future(stamps("2021-01-01")[0], 2)) == ["2021-01-03", "2021-01-04"]


def hourly_currencies(start: str, stop: str) -> NDArray[Any]:
    hours = span(start, stop, 1, "h")
    place = (hours.astype("datetime64[h]").astype(np.int64) - 4 * 24) % 168
    return hours[(place < 118) | (place >= 166)]


@pytest.mark.parametrize("stop", ["2023-01-20", "2023-06-01"])
def test_hourly_currencies_with_weekends(stop: str) -> None:
    hours = hourly_currencies("2023-01-02", "2023-08-01")
    past, coming = hours[hours < np.datetime64(stop)], hours[hours >= np.datetime64(stop)]
    calendar = Calendar.learn(past)
    assert (calendar.kind, calendar.step, calendar.per_day, calendar.per_week) == ("intraday", 3600, 24, 120)
    assert calendar.future(past[-1], 300).tolist() == coming[:300].tolist()


def test_hours_of_an_exchange_with_holidays(trading_days: NDArray[Any]) -> None:
    days = trading_days[trading_days >= np.datetime64("2014-01-01")]
    bars = (days[:, None] + np.arange(9 * 60 + 30, 16 * 60, 60) * np.timedelta64(1, "m")).ravel()
    cut = int(np.searchsorted(bars, np.datetime64("2017-01-01")))
    calendar = Calendar.learn(bars[:cut])
    assert (calendar.per_day, calendar.per_week) == (7, 35)
    assert calendar.future(bars[cut - 1], 7 * 240).tolist() == bars[cut : cut + 7 * 240].tolist()


HALF_DAYS = (
    HalfDay(Holiday(DAY_AFTER, 11, 4, 3), 13 * 3600),
    HalfDay(Holiday(DATE, 12, 24), 13 * 3600),
    HalfDay(Holiday(DATE, 7, 3), 13 * 3600),
)


def half_hours(days: NDArray[Any]) -> NDArray[Any]:
    """Return half-hourly bars from 9:30 to 16:00, and to 13:00 on the exchange's half days."""
    bars = (days[:, None] + np.arange(570, 960, 30) * np.timedelta64(1, "m")).ravel()
    return keep(bars)


def keep(bars: NDArray[Any]) -> NDArray[Any]:
    seconds = bars.astype("datetime64[s]").astype(np.int64)
    return drop_closed_slots(seconds, HALF_DAYS).astype("datetime64[s]").astype("datetime64[us]")


def to_utc(bars: NDArray[Any]) -> NDArray[Any]:
    """Return times of New York in UTC; they are used since 2007 only."""
    seconds = bars.astype("datetime64[s]").astype(np.int64)
    return (to_time_stamps(seconds, "american") + 5 * 3600).astype("datetime64[s]").astype("datetime64[us]")


@pytest.mark.parametrize("utc", [False, True])
def test_half_days_of_an_exchange_are_continued_to_the_slot(trading_days: NDArray[Any], *, utc: bool) -> None:
    bars = half_hours(trading_days[trading_days >= np.datetime64("2011-01-01")])
    bars = to_utc(bars) if utc else bars
    cut = int(np.searchsorted(bars, np.datetime64("2016-06-01")))
    calendar = Calendar.learn(bars[:cut])
    assert len(calendar.half_days) == 3
    assert calendar.clock == ("american" if utc else "wall")
    summer = ", an hour earlier in the american summer" if utc else ""
    words = "every 30 minutes, Monday to Friday, 65 rows a week, 9 holidays and 3 half days a year learned"
    assert calendar.describe() == words + summer
    assert calendar.future(bars[cut - 1], 13 * 600).tolist() == bars[cut : cut + 13 * 600].tolist()
    assert Calendar.from_dict(json.loads(json.dumps(calendar.to_dict()))) == calendar


@pytest.mark.parametrize(
    ("start", "cut", "stop"), [("2020", "2022-07", "2023-04"), ("2021-09", "2022-02-20", "2022-06")]
)
def test_currencies_in_utc_open_an_hour_earlier_in_summer(start: str, cut: str, stop: str) -> None:
    hours = span(start, stop, 1, "h")
    of_week = weekdays(hours) * 24 + hours.astype("datetime64[h]").astype(np.int64) % 24
    utc = to_utc(hours[(of_week < 4 * 24 + 17) | (of_week >= 6 * 24 + 17)])
    end = int(np.searchsorted(utc, np.datetime64(cut)))
    calendar = Calendar.learn(utc[:end])
    words = "every hour, Sunday to Friday, 120 rows a week, an hour earlier in the american summer"
    assert calendar.describe() == words
    assert calendar.future(utc[end - 1], len(utc) - end).tolist() == utc[end:].tolist()


def test_days_that_are_written_in_utc_keep_their_hour_in_summer() -> None:
    days = span("2022-01-03", "2023-06-01", 1, "D")
    closes = days[weekdays(days) < 5] + np.timedelta64(17, "h")
    seconds = closes.astype("datetime64[s]").astype(np.int64)
    utc = (to_time_stamps(seconds, "european") - 3600).astype("datetime64[s]").astype("datetime64[us]")
    cut = int(np.searchsorted(utc, np.datetime64("2023-03-20")))
    calendar = Calendar.learn(utc[:cut])
    assert calendar.describe() == "business days Monday to Friday, an hour earlier in the european summer"
    assert calendar.future(utc[cut - 1], 40).tolist() == utc[cut : cut + 40].tolist()
    assert calendar.missing(np.delete(utc, [5, 100])).tolist() == utc[[5, 100]].tolist()


def test_a_spring_night_without_its_hour_is_one_gap() -> None:
    hours = span("2022-03-24", "2022-04-05", 1, "h")
    lost = hours == np.datetime64("2022-03-27T02")
    calendar = Calendar.learn(hours[~lost])
    assert calendar == Calendar("intraday", 3600)
    assert calendar.missing(hours[~lost]).tolist() == hours[lost].tolist()


@pytest.mark.parametrize(
    ("given_days", "description", "following"),
    [
        (["2024-01-05", "2024-01-08"], "business days Monday to Friday", ["2024-01-09", "2024-01-10"]),
        (["2024-01-04", "2024-01-05"], "every day", ["2024-01-06", "2024-01-07"]),
        (["2024-01-06", "2024-01-07"], "every day", ["2024-01-08", "2024-01-09"]),
        (["2024-01-01", "2024-01-02", "2024-01-05"], "every day", ["2024-01-06", "2024-01-07"]),
        (["2024-01-01", "2024-01-02", "2024-01-05", "2024-01-08"], "business days Monday to Friday", ["2024-01-09"]),
        (["2024-01-01", "2024-01-08"], "every week, on Monday", ["2024-01-15", "2024-01-22"]),
        (["2024-01-01", "2024-01-15", "2024-01-29"], "every 2 weeks, on Monday", ["2024-02-12", "2024-02-26"]),
        (
            ["2024-03-15", "2024-03-22", "2024-03-28", "2024-04-05"],
            "every week, on Friday",
            ["2024-04-12", "2024-04-19"],
        ),
        (
            ["2024-03-15", "2024-03-22", "2024-03-28"],
            "every week, on Friday",
            ["2024-04-05", "2024-04-12"],
        ),
        (["2024-01-01", "2024-01-11", "2024-01-21"], "every 10 days", ["2024-01-31", "2024-02-10"]),
        (["2024-01-31", "2024-02-29"], "every month, on the last day of the month", ["2024-03-31", "2024-04-30"]),
        (
            ["2024-01-31", "2024-02-29", "2024-03-29"],
            "every month, on the last business day of the month",
            ["2024-04-30", "2024-05-31"],
        ),
        (
            ["2024-05-01", "2024-06-03", "2024-07-01"],
            "every month, on the first business day of the month",
            ["2024-08-01", "2024-09-02"],
        ),
        (["2024-01-15", "2024-02-15"], "every month, on day 15 of the month", ["2024-03-15", "2024-04-15"]),
        (
            ["2023-12-31", "2024-03-31", "2024-06-30"],
            "every quarter, on the last day of the month",
            ["2024-09-30", "2024-12-31"],
        ),
        (["2024-01-01", "2024-07-01"], "every 6 months, on day 1 of the month", ["2025-01-01", "2025-07-01"]),
        (["2020-01-01", "2021-01-01"], "every year, on day 1 of the month", ["2022-01-01", "2023-01-01"]),
        (
            ["2024-01-01", "2024-01-29", "2024-02-26", "2024-03-25"],
            "every 4 weeks, on Monday",
            ["2024-04-22", "2024-05-20"],
        ),
        (["2024-01-03"], "every day", ["2024-01-04", "2024-01-05"]),
        (["2024-01-01T16:00", "2024-01-02T17:00"], "every day", ["2024-01-03T17:00"]),
    ],
)
def test_very_short_series(given_days: list[str], description: str, following: list[str]) -> None:
    ds = stamps(*given_days)
    calendar = Calendar.learn(ds)
    assert calendar.describe() == description
    assert texts(calendar.future(ds[-1], len(following))) == following


def test_steps_that_do_not_divide_a_day() -> None:
    hours = span("2024-01-01", "2024-03-01", 7, "h")
    calendar = Calendar.learn(hours)
    assert calendar.describe() == "every 7 hours"
    assert calendar.future(hours[-2], 1) == hours[-1]


@pytest.mark.parametrize("hours", [5, 7, 9, 10, 16, 18])
def test_steps_that_do_not_divide_a_day_are_no_times_of_day(hours: int) -> None:
    rows = np.delete(np.datetime64("2024-01-01", "us") + np.arange(200) * np.timedelta64(hours, "h"), [50, 51, 90])
    calendar = Calendar.learn(rows)
    assert calendar == Calendar("intraday", hours * 3600)
    assert (calendar.per_day, len(calendar.missing(rows))) == (1, 3)


def times_of_day(days: int, *minutes: int) -> NDArray[Any]:
    return (span("2024-01-01", "2025-01-01", 1, "D")[:days, None] + np.array(minutes) * np.timedelta64(1, "m")).ravel()


def test_twice_a_day() -> None:
    rows = times_of_day(30, 8 * 60, 18 * 60)[:-1]
    calendar = Calendar.learn(rows)
    assert calendar.describe() == "twice a day, at 08:00 and 18:00"
    assert (calendar.per_day, calendar.per_week) == (2, 14)
    assert texts(calendar.future(rows[-1], 3)) == ["2024-01-30T18:00", "2024-01-31T08:00", "2024-01-31T18:00"]
    assert calendar.missing(np.delete(rows, [5, 20])).tolist() == rows[[5, 20]].tolist()
    assert Calendar.from_dict(json.loads(json.dumps(calendar.to_dict()))) == calendar


def test_three_times_on_weekdays() -> None:
    rows = times_of_day(60, 9 * 60 + 5, 14 * 60 + 30, 21 * 60)
    calendar = Calendar.learn(rows[weekdays(rows) < 5])
    assert calendar.describe() == "three times a day, at 09:05, 14:30 and 21:00, Monday to Friday"
    assert (calendar.per_day, calendar.per_week) == (3, 15)
    assert texts(calendar.future(stamps("2024-03-01T21:00")[0], 2)) == ["2024-03-04T09:05", "2024-03-04T14:30"]


def test_twice_a_day_in_utc_is_an_hour_earlier_in_summer() -> None:
    rows = times_of_day(360, 9 * 60, 15 * 60 + 30)
    calendar = Calendar.learn(to_utc(rows[:400]))
    assert calendar.clock == "american"
    assert calendar.future(to_utc(rows[399:400])[0], 300).tolist() == to_utc(rows[400:700]).tolist()


def test_a_session_that_was_added_is_not_missing_before() -> None:
    days = span("2015-01-01", "2020-01-01", 1, "D")
    added = np.datetime64("2018-12-30", "us")
    rows = days[(weekdays(days) < 5) | ((weekdays(days) == 6) & (days >= added))]
    calendar = Calendar.learn(rows)
    assert calendar.describe() == "business days Sunday to Friday"
    assert (len(calendar.missing(rows)), len(calendar.outside(rows))) == (0, 0)
    assert weekdays(calendar.future(rows[-1], 6)).tolist() == [2, 3, 4, 6, 0, 1]
    assert Calendar.from_dict(json.loads(json.dumps(calendar.to_dict()))) == calendar


def test_days_that_never_close_any_more_were_closed_before() -> None:
    days = span("2018-01-01", "2020-01-01", 1, "D")
    rows = days[(weekdays(days) < 5) | (days >= np.datetime64("2019-03-01"))]
    calendar = Calendar.learn(rows)
    assert (calendar.describe(), len(calendar.missing(rows)), calendar.per_week) == ("every day", 0, 7)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [0.02, 0.1])
def test_days_that_are_missing_at_random_are_no_holidays(share: float, seed: int) -> None:
    days = span("2021-01-01", "2022-12-02", 1, "D")
    kept = np.random.default_rng(seed).random(len(days)) > share
    assert Calendar.learn(days[kept]) == Calendar("daily")
    calendar = Calendar.learn(days[kept & (weekdays(days) < 5)])
    assert calendar.describe() == "business days Monday to Friday"


def test_counted_steps() -> None:
    calendar = Calendar.learn(np.array([10, 20, 30, 50, 60]))
    assert (calendar.kind, calendar.step, calendar.per_week) == ("integer", 10, 1)
    future = calendar.future(np.int64(60), 2)
    assert (future.tolist(), future.dtype) == ([70, 80], np.int64)
    assert Calendar.learn(np.array([1950])).future(np.int64(1950), 2).tolist() == [1951, 1952]


def test_the_type_of_the_stamps_is_kept() -> None:
    assert Calendar.learn(stamps("2024-01-01", "2024-01-02")).future(stamps("2024-01-02")[0], 3).dtype == "<M8[us]"


def test_no_steps_ahead_is_an_empty_array() -> None:
    ds = stamps("2024-01-01", "2024-01-02")
    assert Calendar.learn(ds).future(ds[-1], 0).shape == (0,)


def test_one_long_gap_is_no_reason_to_refuse() -> None:
    days = span("2024-01-01", "2024-06-01", 1, "D")
    gap = (days > np.datetime64("2024-02-09")) & (days < np.datetime64("2024-04-11"))
    calendar = Calendar.learn(days[~gap])
    assert calendar == Calendar("daily")
    assert calendar.missing(days[~gap]).tolist() == days[gap].tolist()


@pytest.mark.parametrize(
    ("ds", "kind", "step"),
    [
        (np.array([1, 2, 4, 9, 11, 14, 20, 22, 25, 26, 32, 37]), "rows integer", 3),
        (np.array([0, 10, 19, 31, 40, 52, 60, 71, 80]), "rows integer", 9),
        (np.datetime64("2024-01-01", "us") + np.array([0, 3, 8, 10, 11, 14, 20, 21, 22, 26]) * DAY, "rows", 3 * 86_400),
    ],
)
def test_scattered_steps_are_counted_as_rows(ds: NDArray[Any], kind: str, step: int) -> None:
    calendar = Calendar.learn(ds)
    assert (calendar, calendar.irregular) == (Calendar(kind, step), False)
    assert calendar.describe().startswith("unequal steps counted as rows, ")
    assert (len(calendar.missing(ds)), len(calendar.outside(ds))) == (0, 0)
    size = step * np.timedelta64(1, "s") if ds.dtype.kind == "M" else step
    future = calendar.future(ds[-1], 2)
    assert (future.tolist(), future.dtype) == ([*(ds[-1:] + size).tolist(), *(ds[-1:] + 2 * size).tolist()], ds.dtype)
    assert Calendar.from_dict(json.loads(json.dumps(calendar.to_dict()))) == calendar


def test_random_times_are_counted_as_rows() -> None:
    seconds = np.sort(np.random.default_rng(0).choice(10**6, 300, replace=False))
    assert Calendar.learn(np.datetime64("2024-01-01", "us") + seconds * np.timedelta64(1, "s")).kind == "rows"


@pytest.mark.parametrize(("days", "ticks"), [(1, 50), (1, 250), (5, 250), (40, 60)])
def test_ticks_are_counted_as_rows(days: int, ticks: int) -> None:
    random = np.random.default_rng(0)
    seconds = [np.sort(random.choice(14_400, ticks, replace=False)) * 6 + day * 86_400 for day in range(days)]
    assert Calendar.learn(np.datetime64("2024-01-01", "us") + np.concatenate(seconds) * SECOND).kind == "rows"


@pytest.mark.parametrize("lacking", [0.15, 0.3, 0.5, 0.8])
def test_half_of_the_rows_may_be_missing_at_random(lacking: float) -> None:
    days = span("2022-01-01", "2024-01-01", 1, "D")
    random = np.random.default_rng(3)
    kept = [ds[random.random(len(ds)) > lacking] for ds in (days, days[np.is_busday(days.astype("datetime64[D]"))])]
    found = [Calendar.learn(ds).describe() for ds in kept]
    if lacking < 0.8:
        assert found == ["every day", "business days Monday to Friday"]
    else:
        assert all(each.startswith("unequal steps") for each in found)


@pytest.mark.parametrize(
    ("unit", "step", "described"),
    [
        ("h", 1, "every hour"),
        ("D", 2, "every 2 days"),
        ("D", 7, "every week, on Saturday"),
        ("M", 1, "every month, on day 1 of the month"),
    ],
)
@pytest.mark.parametrize("lacking", [0.3, 0.45])
def test_rows_missing_at_random_leave_every_step(unit: str, step: int, described: str, lacking: float) -> None:
    ds = (np.datetime64("2022-01-01", unit) + step * np.arange(2000 if unit == "h" else 250)).astype("datetime64[us]")
    kept = ds[np.random.default_rng(4).random(len(ds)) > lacking]
    assert Calendar.learn(kept).describe() == described


@pytest.mark.parametrize(("least", "most"), [(1, 3), (1, 5), (3, 10)])
def test_rows_at_random_distances_have_no_step(least: int, most: int) -> None:
    days = np.cumsum(np.random.default_rng(5).integers(least, most + 1, 300))
    assert Calendar.learn((np.datetime64("2020-01-01") + days).astype("datetime64[us]")).kind == "rows"


def test_every_second_business_day_is_no_grid_of_days_with_holes() -> None:
    days = np.arange("2022-01-01", "2022-09-01", dtype="datetime64[D]")
    assert Calendar.learn(days[np.is_busday(days)][::2].astype("datetime64[us]")).kind == "rows"


def test_more_absent_rows_than_rows_leave_no_calendar() -> None:
    hours = span("2024-01-01", "2024-01-03", 1, "h")
    parts = np.concatenate([hours + np.timedelta64(days, "D") for days in (0, 9, 18, 27)])
    assert Calendar.learn(parts) == Calendar("rows", 3600)


@pytest.mark.parametrize("learn", [Calendar.learn, Calendar.learn_irregular])
def test_two_rows_in_one_second_are_refused_with_or_without_equal_steps(learn: Callable[..., Calendar]) -> None:
    with pytest.raises(IrregularError) as caught:
        learn(stamps("2023-01-01", "2024-01-01T00:00:00.1", "2024-01-01T00:00:00.2", "2024-01-05"), "shop")
    assert str(caught.value) == (
        "series shop: there are rows less than a second apart: 2024-01-01 00:00:00.100 is followed by "
        "2024-01-01 00:00:00.200; keep only one row for each second"
    )


@pytest.mark.parametrize(
    ("ds", "kind", "step", "description", "following"),
    [
        (
            stamps("2024-01-01", "2024-01-02", "2024-01-04", "2024-01-13"),
            "irregular",
            2 * 86_400,
            "unequal steps, median 2 days",
            stamps("2024-01-15", "2024-01-17"),
        ),
        (
            stamps("2024-01-01T00:00", "2024-01-01T01:00", "2024-01-01T03:00", "2024-01-01T12:30"),
            "irregular",
            7200,
            "unequal steps, median 2 hours",
            stamps("2024-01-01T14:30", "2024-01-01T16:30"),
        ),
        (
            stamps("2024-01-01T00:00", "2024-01-01T00:01", "2024-01-01T00:03"),
            "irregular",
            90,
            "unequal steps, median 1.5 minutes",
            stamps("2024-01-01T00:04:30"),
        ),
        (
            stamps("2024-01-01T00:00:00.9", "2024-01-01T00:00:01.1"),
            "irregular",
            1,
            "unequal steps, median 1 second",
            stamps("2024-01-01T00:00:02.1"),
        ),
        (stamps("2024-01-01"), "irregular", 86_400, "unequal steps, median 1 day", stamps("2024-01-02")),
        (
            np.array([1, 2, 5, 105]),
            "irregular integer",
            3,
            "unequal steps, median 3",
            np.array([108, 111]),
        ),
        (np.array([1, 2, 4]), "irregular integer", 1, "unequal steps, median 1", np.array([5, 6])),
        (np.array([7]), "irregular integer", 1, "unequal steps, median 1", np.array([8])),
    ],
)
def test_unequal_steps_are_taken_as_they_are(
    ds: NDArray[Any], kind: str, step: int, description: str, following: NDArray[Any]
) -> None:
    calendar = Calendar.learn_irregular(ds)
    assert (calendar, calendar.irregular) == (Calendar(kind, step), True)
    assert calendar.describe() == description
    assert (calendar.per_day, calendar.per_week) == (1, 1)
    future = calendar.future(ds[-1], len(following))
    assert (future.tolist(), future.dtype) == (following.tolist(), ds.dtype)
    assert Calendar.from_dict(json.loads(json.dumps(calendar.to_dict()))) == calendar


def test_equal_steps_are_unequal_ones_only_on_request() -> None:
    days = span("2024-01-01", "2024-03-01", 1, "D")
    assert not Calendar.learn(days).irregular
    assert Calendar.learn_irregular(days) == Calendar("irregular", 86_400)


@st.composite
def regular(draw: st.DrawFn) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a beginning and a continuation of one regular series."""
    unit, count = draw(
        st.sampled_from([("m", 1), ("m", 15), ("h", 1), ("h", 4), ("D", 1), ("W", 1), ("M", 1), ("Y", 1)])
    )
    start = np.datetime64(draw(st.integers(-200, 600)), "M")
    rows = draw(st.integers(16, 60)) * (7 if unit in "mh" else 1)
    months = {"M": 1, "Y": 12}.get(unit)
    if months:
        day = draw(st.sampled_from([1, 15, 31]))
        first = start + np.arange(rows + 20) * months
        length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
        all_rows = (first.astype("datetime64[D]") + np.minimum(day, length) - 1).astype("datetime64[us]")
    else:
        all_rows = start.astype("datetime64[us]") + np.arange(rows + 20) * np.timedelta64(count, unit)
    return all_rows[:rows], all_rows[rows:]


@given(regular())
def test_regular_series_are_continued_and_calendars_round_trip(series: tuple[NDArray[Any], NDArray[Any]]) -> None:
    past, coming = series
    calendar = Calendar.learn(past)
    if calendar.kind == "intraday" and past[-1] - past[0] < np.timedelta64(8, "D"):
        coming = coming[:0]
    assert calendar.future(past[-1], len(coming)).tolist() == coming.tolist()
    again = Calendar.from_dict(json.loads(json.dumps(calendar.to_dict())))
    assert again == calendar
    assert hash(again) == hash(calendar)


def test_a_calendar_with_everything_survives_json(trading_days: NDArray[Any]) -> None:
    calendar = Calendar.learn(trading_days)
    assert Calendar.from_dict(json.loads(json.dumps(calendar.to_dict()))) == calendar


LAST_DAY = {"day": 31, "roll": "", "weekday": None}
SEMI_MONTHLY = {"anchors": [{"day": 15, "roll": "", "weekday": None}, LAST_DAY]}
YEAR_END = {"month": 2, "day": -6, "weekday": 5, "offsets": [0]}
EIGHT_DAYS = {"month": 1, "day": 1, "weekday": None, "offsets": list(range(0, 365, 8))}
BUSINESS = Calendar("daily", week=Week(86_400, 0, ((0, 5),))).to_dict()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"kind": "lunar"}, ValueError),
        ({"kind": "monthly"}, ValueError),
        ({"kind": "intraday"}, ValueError),
        ({"step": 0}, ValueError),
        ({"step": 2**31}, ValueError),
        ({"step": 1.0}, TypeError),
        ({"weekday": 7}, ValueError),
        ({"week": None, "holidays": [asdict(Holiday(DATE, 1, 1))]}, ValueError),
        ({"week": {}}, KeyError),
        ({"anchor": {"day": 1, "roll": "", "weekday": None}}, ValueError),
        ({"holidays": [asdict(Holiday(DATE, 1, 1))] * 41}, ValueError),
        ({"holidays": None}, TypeError),
        ({"more": 1}, TypeError),
        ({"half_days": [asdict(HalfDay(Holiday(DATE, 1, 1), 0))]}, ValueError),
        ({"holidays": [asdict(Holiday(DATE, 1, 1))] * 40, "half_days": [{}]}, ValueError),
        ({"half_days": None}, TypeError),
        ({"exchange": "../XNYS"}, ValueError),
        ({"exchange": ""}, ValueError),
        ({"exchange": 5}, TypeError),
        ({"exchange": "XNYS", "holidays": [asdict(Holiday(DATE, 1, 1))]}, ValueError),
        ({"exchange": "XNYS", "week": None}, ValueError),
        ({"clock": "lunar"}, ValueError),
        ({"clock": "UTC"}, ValueError),
        ({"week": {"step": 86_400, "phase": 60, "open": [[0, 5]], "earlier": []}}, ValueError),
        ({"kind": "intraday", "step": 3600, "week": None, "clock": "american"}, ValueError),
        ({"kind": "integer", "week": None, "clock": "american"}, ValueError),
        ({"kind": "rows", "step": 0, "week": None}, ValueError),
        ({"kind": "irregular"}, ValueError),
        ({"kind": "irregular integer"}, ValueError),
        ({"kind": "irregular", "week": None, "step": 0}, ValueError),
        ({"kind": "irregular", "week": None, "step": 2**35}, ValueError),
        ({"kind": "irregular integer", "week": None, "step": 2**53 + 1}, ValueError),
        ({"kind": "irregular", "week": None, "anchor": {"day": 1, "roll": "", "weekday": None}}, ValueError),
        ({"dates": SEMI_MONTHLY}, ValueError),
        ({"kind": "dates", "week": None}, ValueError),
        ({"kind": "dates", "week": None, "step": 2, "dates": SEMI_MONTHLY}, ValueError),
        ({"kind": "monthly", "week": None, "dates": SEMI_MONTHLY}, ValueError),
        ({"kind": "dates", "week": None, "dates": SEMI_MONTHLY, "anchor": LAST_DAY}, ValueError),
        ({"kind": "dates", "week": None, "dates": {"anchors": [LAST_DAY]}}, ValueError),
        ({"kind": "dates", "week": None, "dates": {"anchors": [LAST_DAY] * 7}}, ValueError),
        ({"kind": "dates", "week": None, "dates": {"anchors": SEMI_MONTHLY["anchors"][::-1]}}, ValueError),
        ({"kind": "dates", "week": None, "dates": {"anchors": None}}, TypeError),
        ({"kind": "dates", "week": None, "dates": []}, TypeError),
        ({"kind": "yearly", "week": None, "step": 18, "dates": YEAR_END}, ValueError),
        ({"kind": "quarterly", "week": None, "step": 3, "dates": YEAR_END}, ValueError),
        ({"kind": "yearly", "week": None, "step": 12, "dates": YEAR_END | {"month": 13}}, ValueError),
        ({"kind": "yearly", "week": None, "step": 12, "dates": YEAR_END | {"day": 2}}, ValueError),
        ({"kind": "yearly", "week": None, "step": 12, "dates": YEAR_END | {"weekday": 7}}, ValueError),
        ({"kind": "yearly", "week": None, "step": 12, "dates": YEAR_END | {"weekday": None}}, ValueError),
        ({"kind": "yearly", "week": None, "step": 12, "dates": YEAR_END | {"weekday": True}}, TypeError),
        ({"kind": "yearly", "week": None, "step": 12, "dates": YEAR_END | {"offsets": [0, 10]}}, ValueError),
        ({"kind": "yearly", "week": None, "step": 12, "dates": YEAR_END | {"offsets": []}}, ValueError),
        ({"kind": "yearly", "week": None, "step": 12, "dates": YEAR_END | {"offsets": "0"}}, TypeError),
        ({"kind": "yearly", "week": None, "step": 12, "dates": YEAR_END | {"more": 0}}, TypeError),
        ({"kind": "dates", "week": None, "dates": EIGHT_DAYS | {"offsets": [0, 8, 17]}}, ValueError),
        ({"kind": "dates", "week": None, "dates": EIGHT_DAYS | {"offsets": list(range(0, 369, 8))}}, ValueError),
        ({"kind": "dates", "week": None, "dates": EIGHT_DAYS | {"day": 9}}, ValueError),
        ({"kind": "dates", "week": None, "dates": EIGHT_DAYS | {"month": 2}}, ValueError),
        ({"alternatives": ["last-friday"]}, ValueError),
        ({"kind": "monthly", "week": None, "anchor": LAST_DAY, "alternatives": ["day-30"] * 4}, ValueError),
        ({"kind": "monthly", "week": None, "anchor": LAST_DAY, "alternatives": ["XNYS"]}, ValueError),
        ({"kind": "monthly", "week": None, "anchor": LAST_DAY, "alternatives": "day-30"}, TypeError),
        ({"kind": "monthly", "week": None, "anchor": LAST_DAY, "alternatives": [30]}, TypeError),
        ({"kind": "irregular", "week": None, "holidays": [asdict(Holiday(DATE, 1, 1))]}, ValueError),
    ],
)
def test_what_is_no_calendar_is_refused(change: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Calendar.from_dict(BUSINESS | change)


def test_a_hundred_thousand_minutes_are_a_calendar() -> None:
    minutes = np.datetime64("2000-01-01", "us") + np.arange(100_000) * np.timedelta64(1, "m")
    assert Calendar.learn(minutes) == Calendar("intraday", 60)


def test_pairs_of_seconds_that_are_days_apart_have_no_calendar() -> None:
    seconds = np.cumsum(np.where(np.arange(4000) % 2, 1, 86_400 * 5))
    calendar = Calendar.learn(np.datetime64("1950-01-01", "us") + seconds * np.timedelta64(1, "s"))
    assert calendar.kind == "rows"


def test_few_dense_days_far_apart_are_not_listed_second_by_second() -> None:
    burst = np.arange(40_000)
    seconds = np.concatenate([burst + week * 7 * 86_400 for week in (0, 500, 1000, 1500)])
    calendar = Calendar.learn(np.datetime64("1990-01-01", "us") + seconds * np.timedelta64(1, "s"))
    assert calendar == Calendar("rows", 1)


def test_a_calendar_with_every_day_closed_that_can_be_still_goes_on() -> None:
    rules = tuple(Holiday("weekday", month, nth, 0) for month in range(1, 13) for nth in (1, 2, 3))
    mondays = Calendar("daily", week=Week(86_400, 0, ((0, 1),)), holidays=(*rules, *rules[:4]))
    future = Calendar.from_dict(mondays.to_dict()).future(np.datetime64("2024-01-01", "us"), 30)
    assert (len(future), future[0]) == (30, np.datetime64("2024-01-22"))


@pytest.mark.parametrize(
    ("rows", "following"),
    [
        (("2023-03-17", "2023-04-21", "2023-05-19", "2023-06-16"), "2023-07-21"),
        (("2023-05-15", "2023-06-01", "2023-06-15", "2023-07-01"), "2023-07-15"),
        (("2023-03-30", "2023-04-27", "2023-05-30", "2023-06-29"), "2023-07-28"),
    ],
    ids=["third Friday", "1st and 15th", "second-to-last business day"],
)
def test_four_rows_of_a_schedule_are_no_equal_steps(rows: tuple[str, ...], following: str) -> None:
    ds = stamps(*rows)
    calendar = Calendar.learn(ds)
    assert calendar.has_dates(ds)
    assert texts(calendar.future(ds[-1], 1)) == [following]


def test_a_forecast_ends_with_the_year_9999() -> None:
    last = np.datetime64("9990-01-01", "us")
    yearly = Calendar("yearly", 12, anchor=Anchor(1))
    assert yearly.future(last, 9)[-1] == np.datetime64("9999-01-01", "us")
    with pytest.raises(UsageError, match="step 10 of the forecast is beyond the year 9999; use --horizon 9 or less"):
        yearly.future(last, 20)
    with pytest.raises(UsageError, match=r"step 1 .* leave out the latest rows"):
        Calendar("daily").future(np.datetime64("9999-12-31", "us"), 1)
    far = Calendar("rows", 1000 * 366 * 86_400)
    with pytest.raises(UsageError, match="use --horizon 7 or less"):
        far.future(np.datetime64("2020-01-01", "us"), 10_000)


def test_counts_end_with_64_bits() -> None:
    counted = Calendar("integer", 2**53)
    assert len(counted.future(np.int64(2**62), 511)) == 511
    with pytest.raises(UsageError, match="step 512 of the forecast is beyond 64 bits; use --horizon 511 or less"):
        counted.future(np.int64(2**62), 10_000)
