"""One format for the whole column, proven by its rows; everything else is refused."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.data.dates import is_dated, parse_dates
from forecaster.data.table import Table
from forecaster.errors import InputRefusedError

REMEDY = "write dates as 2024-01-31 or 2024-01-31 09:30:00, all in one format"


def table(*cells: str) -> Table:
    return Table("p.csv", "p", ("Date",), (cells,), np.arange(len(cells)) + 2, ended=True)


def refusal(*cells: str) -> str:
    with pytest.raises(InputRefusedError) as caught:
        parse_dates(table(*cells), 0)
    return str(caught.value)


@pytest.mark.parametrize(
    ("cells", "layout", "first"),
    [
        (["2024-01-31", "2024-02-01"], "YYYY-MM-DD", "2024-01-31"),
        (["2024/1/31", "2024/02/01"], "YYYY/MM/DD", "2024-01-31"),
        (["20240131", "20240201"], "YYYYMMDD", "2024-01-31"),
        (["2024-01", "2024-02"], "YYYY-MM", "2024-01-01"),
        (["1/31/2024", "2/1/2024"], "M/D/YYYY", "2024-01-31"),
        (["31/01/2024", "01/02/2024"], "D/M/YYYY", "2024-01-31"),
        (["01/01/2024", "02/02/2024"], "M/D/YYYY", "2024-01-01"),
        (["2024-01-31 09:30:00", "2024-02-01 09:30:00"], "YYYY-MM-DD HH:MM:SS", "2024-01-31T09:30"),
        (["2024-01-31T09:30", "2024-02-01T09:30"], "YYYY-MM-DD HH:MM:SS", "2024-01-31T09:30"),
        (["31/01/2024 16:00", "01/02/2024 16:00"], "D/M/YYYY HH:MM:SS", "2024-01-31T16:00"),
        (["2024-01-31 09:30:00.250000000"], "YYYY-MM-DD HH:MM:SS", "2024-01-31T09:30:00.25"),
        ([" 2024-01-31 "], "YYYY-MM-DD", "2024-01-31"),
    ],
)
def test_formats(cells: list[str], layout: str, first: str) -> None:
    stamps = parse_dates(table(*cells), 0)
    assert (stamps.layout, stamps.ds.dtype) == (layout, np.dtype("datetime64[us]"))
    assert stamps.ds[0] == np.datetime64(first)


@given(st.lists(st.datetimes(datetime(1500, 1, 1), datetime(2200, 12, 31)), min_size=1))  # noqa: DTZ001 - naive like the data
def test_round_trip(times: list[datetime]) -> None:
    cells = [time.isoformat(sep=" ", timespec="microseconds") for time in times]
    assert parse_dates(table(*cells), 0).ds.tolist() == times


def test_whole_numbers_count_steps() -> None:
    assert parse_dates(table("1", "2", "5"), 0).ds.tolist() == [1, 2, 5]
    assert parse_dates(table("1998", "1999"), 0).ds.dtype == np.int64


def test_a_date_that_may_be_two_is_refused_with_both_readings() -> None:
    assert refusal("01/01/1998", "02/01/1998", "03/01/1998") == (
        f"p.csv:3: column Date: '02/01/1998' may be 1998-02-01 or 1998-01-02, and no row tells which; {REMEDY}"
    )


def test_rows_that_contradict_each_other_are_both_named() -> None:
    assert refusal("13/01/2022", "05/06/2022", "01/14/2022") == (
        f"p.csv:2: column Date: '13/01/2022' has the day first and '01/14/2022' on line 4 the month; {REMEDY}"
    )


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (
            ["11:34", "2018/10/15", "2018/10/12"],
            f"p.csv:2: column Date: '11:34' is not written as YYYY/MM/DD like the other rows; {REMEDY}",
        ),
        (
            ["2024-01-01", "2024-01-02", "tomorrow"],
            f"p.csv:4: column Date: 'tomorrow' is not written as YYYY-MM-DD like the other rows; {REMEDY}",
        ),
        (
            ["2024-01-01", "2024-01-02 10:00", "2024-01-03"],
            f"p.csv:3: column Date: '2024-01-02 10:00' is not written as YYYY-MM-DD like the other rows; {REMEDY}",
        ),
        (
            ["2024-01-01", ""],
            f"p.csv:3: column Date: '' is not written as YYYY-MM-DD like the other rows; {REMEDY}",
        ),
        (
            ["2022-02-28", "2022-02-30"],
            f"p.csv:3: column Date: '2022-02-30' is a date that does not exist; {REMEDY}",
        ),
        (
            ["2022-05-19", "2202-05-20"],
            f"p.csv:3: column Date: '2202-05-20' is not between the years 1500 and 2200; {REMEDY}",
        ),
        (["soon", "later"], f"p.csv:2: column Date: 'soon' is not a date; {REMEDY}"),
        (["03-Jan-2022"], f"p.csv:2: column Date: '03-Jan-2022' is not a date; {REMEDY}"),
        (["1", "2", "x"], f"p.csv:4: column Date: 'x' is not a date; {REMEDY}"),
    ],
)
def test_the_line_that_is_off_is_named(cells: list[str], sentence: str) -> None:
    assert refusal(*cells) == sentence


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("1641168000", "looks like a number of seconds since 1970"),
        ("1641168000000", "looks like a number of seconds since 1970"),
        ("2022-01-03T00:00:00Z", "has a time zone"),
        ("2022-01-03 17:30:00+01:00", "has a time zone"),
        ("2022-01-03 16:00 EST", "has a time zone"),
        ("03/01/22", "has a year of two digits"),
        ("1950Q1", "is a quarter, not a date"),
        ("09:00", "is a time without a date"),
    ],
)
def test_known_ways_of_writing_that_are_not_read(cell: str, fault: str) -> None:
    assert refusal(cell).startswith(f"p.csv:2: column Date: '{cell}' {fault}; write ")


def test_numbers_that_stand_for_dates_are_refused() -> None:
    assert refusal("44564", "44565") == (
        "p.csv: column Date: the numbers look like day numbers of a spreadsheet; "
        "format the column as dates before the export"
    )
    assert "look like years and months in one number; write them as 2024-01" in refusal("202401", "202402")


def test_what_is_printed_of_a_cell_is_escaped_and_short() -> None:
    assert "'\\x1b[31m" in refusal("\x1b[31m" + "x" * 100)
    assert len(refusal("x" * 1000)) < 200


def test_a_column_of_dates_is_known_by_content() -> None:
    assert is_dated(["2024-01-01", "2024-01-02"])
    assert not is_dated(["2024-01-01", "x"])
    assert not is_dated(["1", "2"])
