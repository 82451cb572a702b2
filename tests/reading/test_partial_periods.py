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


def read(folder: Path, **options: Any) -> Any:
    file = folder / "sales.csv"
    rows = [f"{day},{5 + i % 7}" for i, day in enumerate(days("2022-01-01", "2023-03-11").astype("datetime64[D]"))]
    file.write_text("\n".join(["day,units", *rows]) + "\n")
    return read_sources([str(file)], Selection(every="month", agg="sum", **options))


def test_the_finding_names_the_day_and_the_option_that_leaves_it_out(tmp_path: Path) -> None:
    (finding,) = (each for each in read(tmp_path).findings if each.code == Code.PARTIAL)
    assert finding.text == (
        "the last month ends in its middle: its last row is of 2023-03-10, and 14 of the 14 before have later ones"
    )
    assert finding.remedy == "leave it out with --drop-last if it is not over"


def test_the_last_row_is_left_out_on_request(tmp_path: Path) -> None:
    whole, dropped = read(tmp_path), read(tmp_path, drop_last=True)
    assert dropped.panel.ds.tolist() == whole.panel.ds[:-1].tolist()
    (finding,) = (each for each in dropped.findings if each.code == Code.PARTIAL)
    assert finding.text == "the last row was left out with --drop-last, at 2023-03-01"
