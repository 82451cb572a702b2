"""Rows of totals without a word: the last row of a report has no date, and a sum of the numbers above it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forecaster.reading.cells.numbers import looks_numeric

if TYPE_CHECKING:
    from collections.abc import Sequence

DECIMALS = re.compile(r"[.,]([0-9]{1,2})\D*$")
"""One or two digits behind the last mark; three may be thousands."""


def is_total(cells: Sequence[Sequence[str]], start: int, row: int) -> bool:
    """Return whether a number of a row is the sum of those above it, from the row `start` on.

    A sum that is not larger than what rounding explains, such as zero, shows nothing.
    """
    for i, cell in enumerate(cells[row]):
        column = [other[i] for other in cells[start:row] if i < len(other)]
        if len(column) < 2 or not all(map(looks_numeric, map(str.strip, (cell, *column)))):
            continue
        decimals = max(map(_decimals, (cell, *column)))
        total = _units(cell, decimals)
        rounding = (len(column) + 1) // 2 if decimals else 0  # half a unit of each number, and of the total
        if abs(sum(_units(each, decimals) for each in column) - total) <= rounding < abs(total):
            return True
    return False


def _decimals(cell: str) -> int:
    match = DECIMALS.search(cell)
    return len(match[1]) if match else 0


def _units(cell: str, decimals: int) -> int:
    """Return a number in units of its last decimal."""
    sign = -1 if "-" in cell or "(" in cell else 1
    return sign * int(re.sub(r"\D", "", cell)) * int(10 ** (decimals - _decimals(cell)))
