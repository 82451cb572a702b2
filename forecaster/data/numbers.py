"""Text cells to numbers, strictly: what is not plainly a number is refused with its line.

Python's own conversion is too kind for data: it takes `1_000`, full-width digits, `inf` and `nan`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from forecaster.data.quoting import shown
from forecaster.errors import InputRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.data.table import Table

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
MISSING = frozenset({"", "na", "nan", "null", "n/a", "none"})
LARGEST = 1e15
SAMPLED = 100


def parse_numbers(table: Table, column: int) -> NDArray[np.float64]:
    """Return the numbers of a column, (R,), with NaN where a cell is missing.

    Raises:
        InputRefusedError: A cell is not a number or out of range, or the last one looks cut off.

    """
    cells = [cell.strip() for cell in table.columns[column]]
    absent = np.array([cell.lower() in MISSING for cell in cells])
    wrong = [row for row, cell in enumerate(cells) if not NUMBER.fullmatch(cell) and not absent[row]]
    if wrong:
        raise _not_numbers(table, column, cells, wrong)
    numbers = np.array([np.nan if gone else float(cell) for cell, gone in zip(cells, absent, strict=True)])
    outside = np.flatnonzero(np.abs(numbers) > LARGEST)
    if len(outside):
        what = f"'{shown(cells[outside[0]])}' is outside the range of -1e15 to 1e15"
        raise InputRefusedError(what, "use a larger unit", table.place(int(outside[0]), column))
    _check_last(table, column, cells)
    return numbers


def is_numeric(cells: Sequence[str]) -> bool:
    """Return whether most of a sample of the cells that are not missing are numbers."""
    sample = [cell.strip() for cell in cells[:: max(1, len(cells) // SAMPLED)]]
    present = [cell for cell in sample if cell.lower() not in MISSING]
    return 2 * sum(NUMBER.fullmatch(cell) is not None for cell in present) > len(present)


def _not_numbers(table: Table, column: int, cells: list[str], wrong: list[int]) -> InputRefusedError:
    cell = cells[wrong[0]]
    what = f"'{shown(cell)}' is " + ("infinite" if INFINITE.fullmatch(cell) else "not a number")
    if len(wrong) > 1:
        what += f", nor are {len(wrong) - 1} more cells"
    remedy = "write numbers as 1234.5, and leave a cell empty where there is none"
    return InputRefusedError(what, remedy, table.place(wrong[0], column))


def _check_last(table: Table, column: int, cells: list[str]) -> None:
    """Refuse a file that seems to end inside its last number, as after an interrupted copy."""
    if table.ended or column != len(table.columns) - 1 or len(cells) < 2:
        return
    *others, last = (len(cell.partition(".")[2]) for cell in cells)
    if last < min(others):
        what = f"the file ends within its last line: '{shown(cells[-1])}' has fewer decimals than all other rows"
        raise InputRefusedError(what, "copy the file again", table.place(len(cells) - 1, column))
