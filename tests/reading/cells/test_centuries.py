"""Years of two digits follow the order of the rows, or are refused with both centuries named."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.dates import ParsedDates, parse_dates


def read(*cells: str, date_format: str) -> ParsedDates:
    return parse_dates(Column("p.csv", "date", np.arange(len(cells)) + 2, cells), date_format)


def yearly(first: int, last: int) -> list[str]:
    return [f"Dec-{year % 100:02}" for year in range(first, last + 1)]


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("first", [1930, 1950, 1966])
def test_the_order_of_the_rows_shows_the_century(first: int, step: int) -> None:
    found = read(*yearly(first, 2024)[::step], date_format="Mon-YY")
    wanted = np.arange(f"{first}-12", "2025-12", 12, dtype="datetime64[M]")[::step]
    np.testing.assert_array_equal(found.ds, wanted.astype("datetime64[us]"))
    assert [finding.code for finding in found.findings] == ["DATE-ORDER"]
    assert f"are {first} to 2024" in found.findings[0].text


@pytest.mark.parametrize("cells", [yearly(1969, 2024), yearly(2020, 2050), ["Dec-99", "Dec-98", "Dec-00"]])
def test_usual_centuries_in_order_or_of_few_years_need_no_finding(cells: list[str]) -> None:
    found = read(*cells, date_format="Mon-YY")
    assert not found.findings
    assert str(found.ds.min()) >= "1969"


def test_both_centuries_are_named_where_the_order_tells_nothing() -> None:
    with pytest.raises(InputRefusedError) as caught:
        read("01/03/66", "01/03/68", "01/03/67", "01/03/69", "01/03/70", date_format="DD/MM/YY")
    assert caught.value.code == "DATE-AMBIGUOUS"
    assert str(caught.value) == (
        "p.csv:2: column date: '01/03/66' may be of the year 1966 or 2066, and the order of the rows does not show "
        "which; write years with four digits"
    )


def test_a_leap_day_is_of_a_century_that_has_it() -> None:
    cells = ("28/02/66", "28/02/99", "29/02/00", "28/02/01")
    years = read(*cells, date_format="DD/MM/YY").ds.astype("datetime64[Y]").astype(str)
    assert years.tolist() == ["1966", "1999", "2000", "2001"]


def test_of_two_centuries_that_are_in_order_the_one_before_the_last_usual_year_is_meant() -> None:
    found = read(*yearly(1950, 1974), date_format="Mon-YY")
    assert "are 1950 to 1974" in found.findings[0].text


def test_rows_that_are_all_of_the_future_may_be_a_century_older() -> None:
    with pytest.raises(InputRefusedError, match="'Dec-55' may be of the year 1955 or 2055"):
        read(*yearly(1955, 1964), date_format="Mon-YY")
