"""A first or last period that stands for a part of its time is found, and one that is merely quiet is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.calendars.periods import parse_period
from forecaster.errors import Code, Place
from forecaster.reading.partial_periods import partial_period_findings
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def days(start: str, end: str) -> NDArray[Any]:
    return np.arange(start, end, dtype="datetime64[D]").astype("datetime64[us]")


def edges(ds: NDArray[Any], every: str = "month") -> tuple[bool, bool]:
    first, last = partial_period_findings(ds, parse_period(every), Place())
    assert {each.code for each in (*first, *last)} <= {Code.PARTIAL}
    return bool(first), bool(last)


@pytest.mark.parametrize(
    ("start", "end", "every", "expected"),
    [
        ("2022-01-01", "2023-01-01", "month", (False, False)),
        ("2022-01-01", "2023-01-15", "month", (False, True)),
        ("2022-01-09", "2023-01-01", "month", (True, False)),
        ("2022-01-03", "2022-12-26", "week", (False, False)),
        ("2022-01-01", "2022-12-31", "week", (True, True)),
        ("2020-01-01", "2023-06-30", "year", (False, True)),
        ("2020-01-01", "2023-07-01", "quarter", (False, False)),
    ],
)
def test_daily_rows_show_both_edges(start: str, end: str, every: str, expected: tuple[bool, bool]) -> None:
    assert edges(days(start, end), every) == expected


@pytest.mark.parametrize(
    ("start", "rows", "every", "expected"),
    [
        ("2023-01-02", 55, "week", (False, True)),
        ("2023-01-03", 55, "week", (True, False)),
        ("2023-01-02", 56, "week", (False, False)),
    ],
)
def test_rows_of_every_day_show_that_the_last_one_is_due(
    start: str, rows: int, every: str, expected: tuple[bool, bool]
) -> None:
    assert edges(np.datetime64(start, "us") + np.arange(rows) * np.timedelta64(1, "D"), every) == expected


@pytest.mark.parametrize("rows", range(40, 60))
def test_weeks_lie_anywhere_in_months(rows: int) -> None:
    weeks = np.datetime64("2023-01-01", "us") + np.arange(rows) * np.timedelta64(7, "D")
    following = weeks[-1] + np.timedelta64(7, "D")
    assert edges(weeks)[1] <= (following.astype("datetime64[M]") == weeks[-1].astype("datetime64[M]"))


@pytest.mark.parametrize(("rows", "partial"), [(71, True), (72, False)])
def test_years_without_december_are_not_over(rows: int, partial: bool) -> None:
    months = (np.datetime64("2015-01", "M") + np.arange(rows)).astype("datetime64[us]")
    assert edges(months, "year") == (False, partial)


def test_a_weekend_at_the_end_of_a_month_is_none() -> None:
    weekdays = days("2022-01-03", "2024-06-29")
    weekdays = weekdays[np.is_busday(weekdays.astype("datetime64[D]"))]
    assert edges(weekdays) == (False, False)


def test_sparse_events_end_anywhere() -> None:
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(100):
        events = days("2020-01-01", "2024-01-01")[rng.random(1461) < 0.1]
        alarms += edges(events) != (False, False)
    assert alarms <= 5


def test_the_last_hour_of_a_log_that_is_exported_within_it() -> None:
    seconds = np.arange("2024-03-04", "2024-03-06T14:20", 13, dtype="datetime64[s]").astype("datetime64[us]")
    assert edges(seconds, "hour") == (False, True)
    assert edges(seconds[seconds < np.datetime64("2024-03-06T14:00")], "hour") == (False, False)


def test_a_long_silence_before_the_last_period_shows_nothing() -> None:
    seconds = np.arange("2024-03-04", "2024-03-05", 13, dtype="datetime64[s]").astype("datetime64[us]")
    assert edges(np.append(seconds, np.datetime64("2024-03-12T10:20", "us")), "hour") == (False, False)


def test_a_minute_of_an_hour_does_not_matter() -> None:
    minutes = np.arange("2024-03-04T00:01", "2024-03-06T14:59", dtype="datetime64[m]").astype("datetime64[us]")
    assert edges(minutes, "hour") == (False, False)
    assert edges(minutes[5:-5], "hour") == (True, True)


def read(folder: Path, **options: Any) -> Any:
    file = folder / "sales.csv"
    rows = [f"{day},{5 + i % 7}" for i, day in enumerate(days("2022-01-01", "2023-03-11").astype("datetime64[D]"))]
    file.write_text("\n".join(["day,units", *rows]) + "\n")
    return read_sources([str(file)], Selection(every="month", agg="sum", **options))


def test_the_finding_names_the_day_and_the_option_that_leaves_it_out(tmp_path: Path) -> None:
    (finding,) = (each for each in read(tmp_path).findings if each.code == Code.PARTIAL)
    assert finding.text == (
        "the last month seems to be incomplete: its last row is at 2023-03-10, but 14 of the 14 before have later ones"
    )
    assert finding.remedy == "leave it out with --drop-last if it is not over"


def test_the_last_row_is_left_out_on_request(tmp_path: Path) -> None:
    whole, dropped = read(tmp_path), read(tmp_path, drop_last=True)
    assert dropped.panel.ds.tolist() == whole.panel.ds[:-1].tolist()
    (finding,) = (each for each in dropped.findings if each.code == Code.PARTIAL)
    assert finding.text == "the last row was left out with --drop-last, at 2023-03-01"


MONTH_ENDS = [
    str(month - 1) for month in np.arange("2020-02", "2024-04", dtype="datetime64[M]").astype("datetime64[D]")
]
MONDAYS = [str(day) for day in np.arange("2023-01-02", "2024-03-12", 7, dtype="datetime64[D]")]
CLOSES = [f"{day} 16:00" for day in np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")]


def read_values(folder: Path, times: list[str], **options: Any) -> Any:
    file = folder / "values.csv"
    rows = [f"{time},{100 + i % 5}" for i, time in enumerate(times)]
    file.write_text("\n".join(["time,y", *rows]) + "\n")
    return read_sources([str(file)], Selection(**options))


@pytest.mark.parametrize(
    ("times", "last", "said"),
    [
        (
            MONTH_ENDS[:-1],
            "2024-03-14",
            "is on a day outside the calendar (every month, on the last day of the month)",
        ),
        (CLOSES, "2024-03-01 10:23", "is at a different time of day, at 2024-03-01 10:23 (every day)"),
        (MONDAYS, "2024-03-14", "1 row lies between the steps of the others (every week, on Monday): 2024-03-14"),
        (CLOSES, "2024-02-29 17:23", "1 row lies between the steps of the others (every day): 2024-02-29 17:23"),
    ],
)
def test_a_last_row_that_is_not_where_all_others_are(tmp_path: Path, times: list[str], last: str, said: str) -> None:
    assert Code.PARTIAL not in {each.code for each in read_values(tmp_path, times).findings}
    (finding,) = (each for each in read_values(tmp_path, [*times, last]).findings if each.code == Code.PARTIAL)
    assert said in finding.text
    assert finding.remedy == "leave it out with --drop-last if it is not over"
    dropped = read_values(tmp_path, [*times, last], drop_last=True)
    assert len(dropped.panel.ds) == len(times)
    assert not {Code.CALENDAR, Code.IRREGULAR} & {each.code for each in dropped.findings}


def test_a_value_of_today_after_whole_months_does_not_hide_their_step(tmp_path: Path) -> None:
    months = [str(month) for month in np.arange("2020-01", "2024-04", dtype="datetime64[M]").astype("datetime64[D]")]
    read = read_values(tmp_path, [*months, "2024-03-14"])
    assert read.panel.calendars[0].describe() == "every month, on day 1 of the month"
    assert len(read.panel.ds) == len(months)


def test_summer_time_in_utc_is_no_earlier_time_of_day(tmp_path: Path) -> None:
    closes = [each.replace("16:00", "21:00") for each in CLOSES]
    assert not {Code.PARTIAL, Code.CALENDAR} & {
        each.code for each in read_values(tmp_path, [*closes, "2024-03-01 20:00"]).findings
    }


def test_a_series_of_a_single_row_has_none_left(tmp_path: Path) -> None:
    file = tmp_path / "two.csv"
    file.write_text("day,id,y\n" + "".join(f"2024-01-{day:02},a,{day}\n" for day in range(1, 20)) + "2024-01-03,b,5\n")
    read = read_sources([str(file)], Selection(series="id", drop_last=True))
    assert len(read.panel.ds) == 18
    assert read.failed == {"b": "the series has a single row, which --drop-last leaves out"}
