"""One column of a file: its cells, the distinct ones among them, and their shapes.

The shape of a cell is its text with every digit replaced by 0. A column has few shapes, and what is found in a shape
stands at the same places in all its cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from forecaster.errors import Code, Finding, InputRefusedError, Place
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints

    Unit = Literal["D", "s", "us"]
    Data = tuple[str, ...] | NDArray[Any]

MOST_LISTED = 1000
"""Cells or rows that one error lists. It trades off a complete list against the size of the output in JSON."""
MOST_LINES = 20
"""Lines that a finding lists, so that it stays readable."""
LONGEST_CELL = 64
"""Characters of a date or a number. No pattern is tried on a longer cell: some take very long on hostile text."""
SAMPLED = 100
"""Cells that show the kind of a column. It trades off speed against the chance that a sample misleads."""
SPACES = str.maketrans("\u00a0\u2009\u202f", "   ")
"""Thin and non-breaking spaces to plain ones."""
ZEROS = str.maketrans("123456789", "000000000")
"""All digits to 0."""
DIGITS = SPACES | ZEROS
"""What turns a cell into its shape."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a file with R rows.

    Attributes:
        file: Name of the file, for messages.
        name: Name in the header; empty if it has none.
        lines: Line on which each row begins, (R,).
        data: The cells as text, R of them; of Parquet also times, (R,), `datetime64[us]`, or numbers, (R,).
        complete: Whether the last cell is known to be whole; a file that ends within its last line may be cut there.

    """

    file: str
    name: str
    lines: Ints
    data: Data
    complete: bool = True

    @property
    def label(self) -> str:
        """The name for messages."""
        return shown(self.name) or "(unnamed)"

    @property
    def times(self) -> NDArray[Any] | None:
        """The times of a column of times, (R,); None where the cells are something else."""
        return self.data if isinstance(self.data, np.ndarray) and self.data.dtype.kind == "M" else None

    @property
    def numbers(self) -> Floats | None:
        """The numbers of a column of numbers, (R,); None where the cells are something else."""
        return self.data.astype(np.float64) if isinstance(self.data, np.ndarray) and self.times is None else None

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """The text of each row, R of them."""
        return as_text(self.data)

    @cached_property
    def distinct(self) -> tuple[str, ...]:
        """The distinct cells in order of appearance, n of them."""
        return tuple(dict.fromkeys(self.cells))

    @cached_property
    def codes(self) -> Ints:
        """The place in `distinct` of each row's cell, (R,)."""
        places = {cell: i for i, cell in enumerate(self.distinct)}
        return np.fromiter(map(places.__getitem__, self.cells), np.int64, len(self.cells))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The distinct cells without outer blanks, n of them."""
        return tuple(map(str.strip, self.distinct))

    @cached_property
    def shapes(self) -> dict[str, Ints]:
        """The places in `texts` of the cells of each shape."""
        return by_shape(self.texts)

    def of_rows(self, chosen: Bools) -> Column:
        """Return the column of some of its rows, (R,)."""
        if isinstance(self.data, np.ndarray):
            return replace(self, lines=self.lines[chosen], data=self.data[chosen])
        return replace(self, lines=self.lines[chosen], data=tuple(compress(self.data, chosen.tolist())))

    def sample(self, count: int) -> tuple[str, ...]:
        """Return the text of at least `count` rows, spread evenly over the column; of all rows if there are fewer."""
        return as_text(self.data[:: max(1, len(self.data) // count)])

    def place(self, row: int | None = None) -> Place:
        """Return where the column or one of its cells is; a row that stands for no line has none."""
        return Place(self.file, None if row is None else int(self.lines[row]) or None, self.label)

    def first_place(self, index: int) -> Place:
        """Return where a distinct cell stands first."""
        return self.place(int(np.argmax(self.codes == index)))

    def quoted(self, index: int) -> str:
        """Return a distinct cell for a message, and the line on which it stands first."""
        return f"'{shown(self.texts[index])}' on line {self.first_place(index).line}"

    def refusal(
        self, wrong: Sequence[int] | Ints, fault: Callable[[int], str], remedy: str, code: Code
    ) -> InputRefusedError:
        """Return the error for wrong cells: it names the first such row, counts all and lists them.

        `wrong` are the places of the cells in `distinct`, and `fault` returns what is wrong with one of them.
        """
        rows = np.flatnonzero(np.isin(self.codes, wrong))
        listed = rows[: MOST_LISTED + 1].tolist()
        findings = [
            Finding(code, f"'{shown(self.texts[i])}' {fault(i)}", self.place(row), remedy)
            for row, i in zip(listed, self.codes[listed].tolist(), strict=True)
        ]
        also = f", one of {len(rows)} such cells" if len(rows) > 1 else ""
        return InputRefusedError(findings[0].text + also, remedy, findings[0].place, code=code, more=findings[1:])

    def refusal_of(self, index: int, fault: str, remedy: str, code: Code) -> InputRefusedError:
        """Return the error for the first row that has a distinct cell."""
        return InputRefusedError(f"'{shown(self.texts[index])}' {fault}", remedy, self.first_place(index), code=code)


def list_lines(lines: Ints, rows: Ints) -> str:
    """Return in words the first few of the lines, (R,), on which rows, (n,), stand."""
    listed = ", ".join(str(line) for line in lines[rows[:MOST_LINES]])
    return ("on line " if len(rows) == 1 else "on lines ") + listed + (" and others" if len(rows) > MOST_LINES else "")


def by_shape(texts: Sequence[str]) -> dict[str, Ints]:
    """Return the places of the texts of each shape."""
    found: dict[str, list[int]] = {}
    for i, shape in enumerate(shapes_of(texts)):
        found.setdefault(shape, []).append(i)
    return {shape: np.array(places, np.int64) for shape, places in found.items()}


def shapes_of(texts: Sequence[str]) -> list[str]:
    """Return the shape of each text."""
    return translated(texts, DIGITS)


def translated(texts: Sequence[str], table: dict[int, int]) -> list[str]:
    """Return `str.translate` of each text, by a table that has no line ends.

    A call for all of them takes a fifth of the time that a call for each takes.
    """
    changed = "\n".join(texts).translate(table).split("\n")
    return changed if len(changed) == len(texts) else [text.translate(table) for text in texts]


def as_text(data: Data) -> tuple[str, ...]:
    """Return cells as text: times in ISO 8601, numbers with all their digits, and nothing where one is missing."""
    if isinstance(data, tuple):
        return data
    if data.dtype.kind == "M":
        texts = np.datetime_as_string(data, unit=coarsest_unit(data)).tolist()
        return tuple("" if text == "NaT" else text for text in texts)
    texts = map(str, data.tolist())
    return tuple("" if text == "nan" else text for text in texts)


def coarsest_unit(times: NDArray[Any]) -> Unit:
    """Return the coarsest unit that holds all times exactly: days `D`, seconds `s` or microseconds `us`."""
    units: tuple[Unit, ...] = ("D", "s", "us")
    return next(unit for unit in units if np.array_equal(times.astype(f"M8[{unit}]"), times, equal_nan=True))
