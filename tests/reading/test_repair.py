"""Short gaps are filled with the value before; long ones and many are refused with their place."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.calendar import Calendar
from forecaster.errors import InputRefusedError, Place
from forecaster.reading.repair import MOST_TOGETHER, fill_gaps
from forecaster.reading.series_rows import Series

DAYS = np.arange("2024-01-01", "2024-04-10", dtype="datetime64[D]").astype("datetime64[us]")


def series(without: list[int], ds: np.ndarray = DAYS) -> Series:
    """Return a series of the days, one row a line, without some."""
    kept = np.setdiff1d(np.arange(len(ds)), without)
    values = kept.astype(np.float64)
    return Series(
        "a", ds[kept], values, np.arange(len(kept)) + 2, Place("a.csv", None, "y"), ds[:0], values[None] * 2, ()
    )


def test_a_whole_series_stays_as_it_is() -> None:
    whole = series([])
    assert fill_gaps(whole, Calendar.learn(DAYS)) == (whole, ())


def test_missing_rows_get_the_values_before_and_no_line() -> None:
    filled, (finding,) = fill_gaps(series([3, 50, 51]), Calendar.learn(DAYS))
    assert filled.ds.tolist() == DAYS.tolist()
    assert filled.values[[2, 3, 4, 49, 50, 51, 52]].tolist() == [2, 2, 4, 49, 49, 49, 52]
    assert filled.observed.tolist() == [(filled.values * 2).tolist()]
    assert filled.lines[[2, 3, 4, 50, 51, 52]].tolist() == [4, 0, 5, 0, 0, 51]
    assert filled.place(3).line is None
    assert (finding.code, str(finding)) == (
        "FILLED",
        "a.csv: column y: 3 rows got the value of the row before: 2024-01-04, 2024-02-20, 2024-02-21",
    )


def test_many_filled_rows_are_not_all_listed() -> None:
    days = np.arange("2024-01-01", "2025-01-01", dtype="datetime64[D]").astype("datetime64[us]")
    _, (finding,) = fill_gaps(series(list(range(5, 355, 15)), days), Calendar.learn(days))
    assert finding.text.startswith("24 rows got the value of the row before: 2024-01-06, 2024-01-21, ")
    assert finding.text.endswith(", 2024-10-17 and others")


def test_closed_days_are_not_filled() -> None:
    business = DAYS[np.is_busday(DAYS.astype("datetime64[D]"))]
    filled, _ = fill_gaps(series([7], business), Calendar.learn(business))
    assert filled.ds.tolist() == business.tolist()


def test_counted_steps_are_filled_too() -> None:
    filled, (finding,) = fill_gaps(series([4], np.arange(40)), Calendar.learn(np.arange(40)))
    assert filled.values[3:6].tolist() == [3, 3, 5]
    assert finding.text == "1 row got the value of the row before: 4"


def test_a_long_run_is_refused_with_its_line() -> None:
    run = list(range(20, 20 + MOST_TOGETHER))
    assert len(fill_gaps(series(run), Calendar.learn(DAYS))[0].ds) == len(DAYS)
    with pytest.raises(InputRefusedError) as caught:
        fill_gaps(series([5, *run, run[-1] + 1]), Calendar.learn(DAYS))
    assert str(caught.value) == (
        "a.csv:20: column y: 11 rows are missing after 2024-01-20, more than the 10 that may be filled in together; "
        "fill in the missing rows, or read it with --repair safe"
    )
    assert caught.value.code == "GAP"


def test_too_many_gaps_are_refused() -> None:
    runs = [day for start in range(5, 95, 20) for day in range(start, start + 5)]
    with pytest.raises(InputRefusedError) as caught:
        fill_gaps(series(runs), Calendar.learn(DAYS))
    assert str(caught.value).startswith(
        "a.csv: column y: 25 of 100 rows are missing, more than the 20% that may be filled;"
    )
