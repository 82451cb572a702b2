"""A column is understood by its distinct cells and their shapes."""

from __future__ import annotations

import numpy as np

from forecaster.reading.cells.column import Column, by_shape, coarsest_unit

LINES = np.array([2, 3, 5, 6])
COLUMN = Column("p.csv", "a", LINES, (" 12 ", "x1", "34", "x1"))


def test_cells_are_kept_once_and_know_their_rows() -> None:
    assert COLUMN.texts == ("12", "x1", "34")
    assert COLUMN.codes.tolist() == [0, 1, 2, 1]
    assert {shape: places.tolist() for shape, places in COLUMN.shapes.items()} == {"00": [0, 2], "x0": [1]}
    assert COLUMN.quoted(2) == "'34' on line 5"


def test_a_sample_is_spread_over_the_column() -> None:
    assert COLUMN.sample(2) == (" 12 ", "34")
    assert COLUMN.sample(9) == COLUMN.cells


def test_times_and_numbers_of_typed_columns_are_text_only_for_messages() -> None:
    times = np.array(["2024-01-01", "NaT", "2024-01-02T09:30", "2024-01-03T00:00:00.5"], "datetime64[us]")
    numbers = np.array([0.1, np.nan, 1e-9, -3])
    assert coarsest_unit(times[:2]) == "D"
    assert Column("p.parquet", "a", LINES, times[:2]).cells == ("2024-01-01", "")
    assert Column("p.parquet", "a", LINES, times[:3]).cells == ("2024-01-01T00:00:00", "", "2024-01-02T09:30:00")
    assert Column("p.parquet", "a", LINES, times).cells[3] == "2024-01-03T00:00:00.500000"
    assert Column("p.parquet", "a", LINES, numbers).cells == ("0.1", "", "1e-09", "-3.0")
    assert Column("p.parquet", "a", LINES, np.array([1, 2**62])).cells == ("1", str(2**62))


def test_shapes_show_digits_of_ascii_alone_and_plain_spaces() -> None:
    assert list(by_shape(["9\u00a09", "9\u202f9", "\uff11"])) == ["0 0", "\uff11"]
    assert list(by_shape(["1\n2", "3"])) == ["0\n0", "0"]
    assert by_shape([]) == {}


def test_a_refusal_lists_every_row() -> None:
    error = COLUMN.refusal([1], lambda number: f"is wrong ({number})", "repair it", "DATE")
    assert str(error) == "p.csv:3: column a: 'x1' is wrong (1), one of 2 such cells; repair it"
    assert [str(finding) for finding in error.findings] == [
        "p.csv:3: column a: 'x1' is wrong (1), one of 2 such cells",
        "p.csv:6: column a: 'x1' is wrong (1)",
    ]
    one = COLUMN.refusal_of(1, "is wrong", "repair it", "DATE")
    assert str(one) == "p.csv:3: column a: 'x1' is wrong; repair it"
