"""Plain numbers are read exactly, and everything else is refused with its line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.data.numbers import is_numeric, parse_numbers
from forecaster.data.table import Table
from forecaster.errors import InputRefusedError


def table(*cells: str, ended: bool = True) -> Table:
    return Table("p.csv", "p", ("Close",), (cells,), np.arange(len(cells)) + 2, ended)


def test_plain_and_scientific_numbers() -> None:
    numbers = parse_numbers(table("1", "-2.50", "+03.", ".5", " 1.5E+03 ", "1e-9"), 0)
    assert numbers.tolist() == [1.0, -2.5, 3.0, 0.5, 1500.0, 1e-9]


def test_missing_cells_become_nan() -> None:
    numbers = parse_numbers(table("", "NA", "NaN", "null", "N/A", "None", "1"), 0)
    assert np.isnan(numbers).tolist() == [True] * 6 + [False]


@given(st.lists(st.floats(-1e15, 1e15), min_size=1))
def test_numbers_are_read_to_the_last_bit(values: list[float]) -> None:
    assert parse_numbers(table(*map(repr, values)), 0).tolist() == values


@pytest.mark.parametrize(
    "cell",
    ["abc", "1_000", "\uff11\uff12", "0x5DF", "True", "1,000", "$5", "5%", "1.5K", "1 5", "--1", "1e", "e5", "\u22125"],
)
def test_what_is_not_plainly_a_number_is_refused(cell: str) -> None:
    with pytest.raises(InputRefusedError) as caught:
        parse_numbers(table("1", cell), 0)
    assert str(caught.value) == (
        f"p.csv:3: column Close: '{cell}' is not a number; "
        "write numbers as 1234.5, and leave a cell empty where there is none"
    )


def test_the_first_of_several_is_named_and_the_others_are_counted() -> None:
    with pytest.raises(InputRefusedError, match=r"p.csv:3: column Close: 'abc' is not a number, nor are 2 more cells;"):
        parse_numbers(table("1", "abc", "d", "3", "e"), 0)


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "+INF"])
def test_infinity_is_refused(cell: str) -> None:
    with pytest.raises(InputRefusedError, match="is infinite"):
        parse_numbers(table(cell), 0)


@pytest.mark.parametrize("cell", ["1e308", "1e400", "-1000000000000001", "9" * 5000])
def test_numbers_out_of_range_are_refused(cell: str) -> None:
    with pytest.raises(InputRefusedError, match="is outside the range of -1e15 to 1e15; use a larger unit") as caught:
        parse_numbers(table("1", cell), 0)
    assert caught.value.place.line == 3
    assert len(caught.value.what) < 100


def test_a_number_that_was_cut_off_at_the_end_of_the_file_is_refused() -> None:
    with pytest.raises(
        InputRefusedError, match=r"p\.csv:4: column Close: the file ends within its last line: '12' has"
    ):
        parse_numbers(table("12.25", "12.50", "12", ended=False), 0)
    assert parse_numbers(table("12.25", "12.50", "12"), 0)[-1] == 12
    assert parse_numbers(table("12", "12.50", "12", ended=False), 0)[-1] == 12


def test_a_column_is_numeric_when_most_of_it_is() -> None:
    assert is_numeric(["1", "2", "x", ""])
    assert not is_numeric(["a", "b", "3"])
    assert not is_numeric(["", "NA"])
