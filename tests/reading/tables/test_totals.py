"""A last row without a date is a total only if a number of it is the sum of those above."""

from __future__ import annotations

import pytest

from forecaster.reading.tables.totals import is_total


@pytest.mark.parametrize(
    ("numbers", "last", "total"),
    [
        (["1", "2", "3"], "6", True),
        (["1", "2", "3"], "7", False),
        (["1,100", "2,200", "300"], "3,600", True),
        (["1.100,5", "2,50"], "1.103,00", True),
        (["$1.10", "$2.20"], "$3.30", True),
        (["0.33", "0.33", "0.33"], "1.00", True),
        (["(5)", "2"], "(3)", True),
        (["1", "x"], "1", False),
        (["1"], "1", False),
        (["0", "0"], "0", False),
        (["0.00"] * 30 + ["0.04"], "0.01", False),
    ],
)
def test_totals(numbers: list[str], last: str, total: bool) -> None:
    rows = [[f"2024-01-{i:02}", number] for i, number in enumerate(numbers, 1)]
    assert is_total([["Date", "y"], *rows, ["", last]], 1, len(rows) + 1) is total
