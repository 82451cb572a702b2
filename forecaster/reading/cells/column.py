"""The cells of one column, each distinct text once, and their shapes.

The shape of a cell is its text with every digit replaced by 0. A column has few shapes, and what is found in one of
them stands at the same places in all its cells: 100,000 dates are understood by looking at one or two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code, Finding, InputRefusedError
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.arrays import Ints
    from forecaster.errors import Place
    from forecaster.reading.tables.table import Table


MOST_LISTED = 1000
SPACES = str.maketrans("\u00a0\u2009\u202f", "   ")
"""Thin and unbreakable spaces, which are written where a space is meant."""
DIGITS = SPACES | str.maketrans("123456789", "000000000")


@dataclass(frozen=True)
class Cells:
    """The cells of one column.

    Attributes:
        table: Where they are from.
        column: Its number.
        texts: The distinct cells without outer blanks, in order of appearance, n of them.
        numbers: Place in `texts` of each row's cell, (R,).

    """

    table: Table
    column: int
    texts: tuple[str, ...]
    numbers: Ints

    @cached_property
    def shapes(self) -> dict[str, Ints]:
        """The places in `texts` of the cells of each shape."""
        return by_shape(self.texts)

    def place(self, number: int) -> Place:
        """Return where a distinct cell stands first."""
        return self.table.place(int(np.argmax(self.numbers == number)), self.column)

    def quoted(self, number: int) -> str:
        """Return a distinct cell for a message, and the line on which it stands first."""
        return f"'{shown(self.texts[number])}' on line {self.place(number).line}"

    def refusal(
        self, wrong: Sequence[int] | Ints, fault: Callable[[int], str], remedy: str, code: Code
    ) -> InputRefusedError:
        """Return the error for the distinct cells `wrong`, of which `fault` says what is wrong with each.

        The first row that has one of them is named and all are counted; the error lists the others.
        """
        rows = np.flatnonzero(np.isin(self.numbers, wrong))
        found = [self._finding(row, fault, remedy, code) for row in rows[: MOST_LISTED + 1].tolist()]
        also = f", one of {len(rows)} such cells" if len(rows) > 1 else ""
        return InputRefusedError(found[0].text + also, remedy, found[0].place, code=code, more=found[1:])

    def refusal_of(self, number: int, fault: str, remedy: str, code: Code) -> InputRefusedError:
        """Return the error for the first row that has a distinct cell."""
        return InputRefusedError(f"'{shown(self.texts[number])}' {fault}", remedy, self.place(number), code=code)

    def _finding(self, row: int, fault: Callable[[int], str], remedy: str, code: Code) -> Finding:
        number = int(self.numbers[row])
        text = f"'{shown(self.texts[number])}' {fault(number)}"
        return Finding(code, text, self.table.place(row, self.column), remedy)


def cells_of(table: Table, column: int) -> Cells:
    """Return the cells of a column of a table."""
    texts = [cell.strip() for cell in table.columns[column]]
    places = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    return Cells(table, column, tuple(places), np.array([places[text] for text in texts], np.int64))


def by_shape(texts: Sequence[str]) -> dict[str, Ints]:
    """Return the places of the texts of each shape."""
    found: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        found.setdefault(text.translate(DIGITS), []).append(i)
    return {shape: np.array(places, np.int64) for shape, places in found.items()}
