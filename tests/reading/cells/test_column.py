"""A column is understood by its distinct cells and their shapes."""

from __future__ import annotations

import numpy as np

from forecaster.reading.cells.column import by_shape, cells_of
from forecaster.reading.tables.table import Table

TABLE = Table("p.csv", "p", ("a",), ((" 12 ", "x1", "34", "x1"),), np.array([2, 3, 5, 6]), ended=True)


def test_cells_are_kept_once_and_know_their_rows() -> None:
    cells = cells_of(TABLE, 0)
    assert cells.texts == ("12", "x1", "34")
    assert cells.numbers.tolist() == [0, 1, 2, 1]
    assert {shape: places.tolist() for shape, places in cells.shapes.items()} == {"00": [0, 2], "x0": [1]}
    assert cells.quoted(2) == "'34' on line 5"


def test_shapes_show_digits_of_ascii_alone_and_plain_spaces() -> None:
    assert list(by_shape(["9\u00a09", "9\u202f9", "\uff11"])) == ["0 0", "\uff11"]


def test_a_refusal_lists_every_row() -> None:
    error = cells_of(TABLE, 0).refusal([1], lambda number: f"is wrong ({number})", "mend it", "DATE")
    assert str(error) == "p.csv:3: column a: 'x1' is wrong (1), one of 2 such cells; mend it"
    assert [str(finding) for finding in error.findings] == [
        "p.csv:3: column a: 'x1' is wrong (1), one of 2 such cells",
        "p.csv:6: column a: 'x1' is wrong (1)",
    ]
    one = cells_of(TABLE, 0).refusal_of(1, "is wrong", "mend it", "DATE")
    assert str(one) == "p.csv:3: column a: 'x1' is wrong; mend it"
