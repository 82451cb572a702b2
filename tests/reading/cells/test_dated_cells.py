"""A cell alone looks like a date or not, whatever its digits are, except of numbers with many digits."""

from __future__ import annotations

import pytest

from forecaster.reading.cells.column import ZEROS
from forecaster.reading.cells.dated_cells import look_dated, looks_dated, looks_dated_by_zeros


@pytest.mark.parametrize(
    "cell", ["1/3/22", "2022-01-03 16:00 EST", "1950Q1", "09:00", "3 janv. 2022", "Jan-49", " 2022-01-03 ", "946684800"]
)
def test_a_cell_looks_dated_also_where_its_format_is_refused(cell: str) -> None:
    assert looks_dated(cell)


@pytest.mark.parametrize(
    "cell", ["", "Total", "Source: x, 2022", "12.5", "44564", "1950", "1.503,27", "2022.01", "99999999", "AAPL"]
)
def test_what_is_no_date_does_not_look_dated(cell: str) -> None:
    assert not looks_dated(cell)


def test_a_period_looks_dated() -> None:
    assert looks_dated("2024-01-01 to 2024-01-07")
    assert looks_dated("20240101 - 20240107")
    assert not looks_dated("99999999 - 99999999")


def test_a_long_cell_does_not_look_dated() -> None:
    assert not looks_dated("00:00 [" * 10_000)


@pytest.mark.parametrize("cell", ["20240131", "946684800", "1641168000.5", "01.2024"])
def test_the_digits_of_a_number_decide_whether_it_is_a_date(cell: str) -> None:
    assert looks_dated(cell)
    assert looks_dated_by_zeros(cell.translate(ZEROS)) is None


@pytest.mark.parametrize(("cell", "looks"), [("2024-01-31", True), ("1503.27", False), ("12", False), ("AAPL", False)])
def test_any_digits_of_another_cell_say_the_same(cell: str, looks: bool) -> None:
    assert looks_dated_by_zeros(cell.translate(ZEROS)) is looks


def test_many_cells_look_dated_as_each_does_alone() -> None:
    cells = [" 2022-01-03 ", "946684800", "99999999", "20240101 - 20240107", "01.2024", "33.2024", "12.5", "", "a\nb"]
    assert look_dated(cells) == [looks_dated(cell) for cell in cells]
