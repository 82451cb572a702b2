"""Text cells to numbers, strictly: one style that all rows of a column prove, or a refusal with the line.

Python's own conversion is too kind for data: it takes `1_000`, full-width digits, `inf` and `nan`. Here digits are 0 to
9, and what is left without signs, currencies and marks of thousands is read to the last bit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code, InputRefusedError
from forecaster.reading.cells.column import DIGITS, Cells, cells_of
from forecaster.reading.cells.number_styles import STYLES, Affixes, NumberStyle, split_affixes
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats
    from forecaster.reading.tables.table import Table

INFINITE = re.compile(r"[-+]?(?:inf(?:inity)?|∞)", re.IGNORECASE)
UNIT = re.compile(r"[-+(]?[0-9][0-9.,' ]*(?:%|‰|[a-zA-Zµ¢°]{1,5})\)?")
MISSING = frozenset(
    {
        *(
            "",
            "-",
            "--",
            "---",
            "\u2013",
            "\u2014",
            ".",
            "..",
            "...",
            ":",
            "\u2026",
            "?",
            "*",
            "#n/a",
            "#n/a n/a",
            "#na",
        ),
        *("na", "n/a", "n.a.", "nan", "-nan", "nat", "null", "none", "nil", "missing", "<na>", "(null)", "\\n"),
        *("#value!", "#ref!", "#num!", "#name?", "#null!", "#div/0!"),
    }
)
LARGEST = 1e15
SAMPLED, COMPARED, LONGEST = 100, 1000, 64
REMEDY = "write numbers as 1234.5, and leave a cell empty where there is none"


@dataclass(frozen=True)
class NumberCells:
    """The cells of a column that are not missing, as numbers in a style to be found.

    Attributes:
        cells: All cells of the column.
        dress: What stands around the digits, by shape.

    """

    cells: Cells
    dress: dict[str, Affixes]

    def bare(self, shape: str) -> str:
        """Return the digits and marks of a shape."""
        return shape[self.dress[shape].start : self.dress[shape].stop]

    def followers(self, marks: NumberStyle) -> list[str]:
        """Return the shapes that follow a style."""
        return [shape for shape in self.dress if marks.follows(self.bare(shape))]

    def first(self, shapes: Sequence[str]) -> int:
        """Return the first of the distinct cells that have one of the shapes."""
        return min(int(self.cells.shapes[shape][0]) for shape in shapes)


def parse_numbers(table: Table, column: int, decimal: str | None = None) -> Floats:
    """Return the numbers of a column, (R,), with NaN where a cell is missing.

    Args:
        table: The text of the file.
        column: Which column holds the numbers.
        decimal: The decimal mark; proven from the rows if None.

    Raises:
        InputRefusedError: A cell is not a number or out of range, rows differ in style, no row tells the decimal mark,
            or the last number looks cut off.

    """
    cells = cells_of(table, column)
    numerals = _numerals(cells)
    _refuse_others(cells, numerals)
    _refuse_currencies(numerals)
    _refuse_mixed_signs(numerals)
    marks = _proven(numerals, decimal)
    numbers = _values(numerals, marks)
    outside = np.flatnonzero(np.abs(numbers) > LARGEST)
    if len(outside):
        raise cells.refusal(
            outside, lambda _: "is outside the range of -1e15 to 1e15", "use a larger unit", Code.VALUE_RANGE
        )
    _check_last(numerals, marks)
    return numbers[cells.numbers]


def is_numeric(cells: Sequence[str]) -> bool:
    """Return whether most of a sample of the cells that are not missing are numbers."""
    sample = [cell.strip().translate(DIGITS) for cell in cells[:: max(1, len(cells) // SAMPLED)]]
    present = [shape for shape in sample if not _missing(shape)]
    return 2 * sum(split_affixes(shape) is not None for shape in present) > len(present)


def looks_numeric(cell: str) -> bool:
    """Return whether a cell alone could be a number, also one with a unit that is refused later."""
    text = cell.strip()
    return len(text) <= LONGEST and _shape_looks_numeric(text.translate(DIGITS))


@lru_cache(maxsize=10_000)
def _shape_looks_numeric(shape: str) -> bool:
    return split_affixes(shape) is not None or UNIT.fullmatch(shape) is not None


def _missing(shape: str) -> bool:
    return shape.lower() in MISSING


def _numerals(cells: Cells) -> NumberCells:
    found = {shape: dress for shape in cells.shapes if (dress := split_affixes(shape))}
    return NumberCells(cells, {shape: dress for shape, dress in found.items() if not _missing(shape)})


def _refuse_others(cells: Cells, numerals: NumberCells) -> None:
    """Refuse cells that are neither numbers nor missing."""
    others = [shape for shape in cells.shapes if shape not in numerals.dress and not _missing(shape)]
    if not others:
        return
    wrong = sorted(int(i) for shape in others for i in cells.shapes[shape])
    first = cells.texts[wrong[0]]
    remedy = "write plain numbers: 1503 for 1.503K, 0.015 for 1.5%" if UNIT.fullmatch(first) else REMEDY
    code = Code.NONFINITE if INFINITE.fullmatch(first) else Code.NUMBER
    raise cells.refusal(wrong, lambda i: _fault(cells.texts[i]), remedy, code)


def _fault(cell: str) -> str:
    if INFINITE.fullmatch(cell):
        return "is infinite"
    return "has a unit" if UNIT.fullmatch(cell) else "is not a number"


def _refuse_currencies(numerals: NumberCells) -> None:
    """Refuse a column in which currencies differ, or some numbers have one and others none."""
    by_currency: dict[str, list[str]] = {}
    for shape, dress in numerals.dress.items():
        by_currency.setdefault(dress.currency, []).append(shape)
    if len(by_currency) < 2:
        return
    first, second, *_ = sorted(numerals.first(shapes) for shapes in by_currency.values())
    fault = f"has another currency than {numerals.cells.quoted(first)}, or none"
    raise numerals.cells.refusal_of(second, fault, "keep numbers of one currency in a column", Code.NUMBER)


def _refuse_mixed_signs(numerals: NumberCells) -> None:
    """Refuse a column in which minus stands before some numbers and behind others: it has two sources."""
    before, behind = (
        [shape for shape, dress in numerals.dress.items() if dress.negative and dress.behind is wanted]
        for wanted in (False, True)
    )
    if before and behind:
        number = numerals.first(behind)
        fault = f"has its sign behind it and {numerals.cells.quoted(numerals.first(before))} before it"
        raise numerals.cells.refusal_of(
            number, fault, "write all numbers of a column in one style", Code.NUMBER_AMBIGUOUS
        )


def _proven(numerals: NumberCells, decimal: str | None) -> NumberStyle:
    """Return the style that all rows follow."""
    allowed = [marks for marks in STYLES if decimal in {None, marks.decimal}]
    fitting = [marks for marks in allowed if len(numerals.followers(marks)) == len(numerals.dress)]
    if not fitting:
        raise _mixture(numerals, allowed)
    marked = {mark for shape in numerals.dress for mark in ".," if mark in shape}
    if not marked or len({marks.decimal for marks in fitting}) == 1:
        return fitting[0]
    known = _leading_zero(numerals) or _elsewhere(numerals.cells)
    if known is None and marked == {"."}:
        known = "."  # as programs write numbers
    if known is None:
        raise _tie(numerals)
    return next(marks for marks in fitting if marks.decimal == known)


def _leading_zero(numerals: NumberCells) -> str | None:
    """Return the mark behind a zero with which a number begins: no thousands begin so."""
    cells = numerals.cells
    begins = (
        cells.texts[number][dress.start : dress.start + 2]
        for shape, dress in numerals.dress.items()
        for number in cells.shapes[shape].tolist()
    )
    return next((text[1] for text in begins if text in {"0.", "0,"}), None)


def _elsewhere(cells: Cells) -> str | None:
    """Return the decimal mark that the first rows of other columns prove; None if they prove none, or both."""
    others = (column for i, column in enumerate(cells.table.columns) if i != cells.column)
    proven: set[str] = set()
    for column in others:
        shapes = {cell.strip().translate(DIGITS) for cell in column[:COMPARED]}
        bare = {shape[dress.start : dress.stop] for shape in shapes if (dress := split_affixes(shape))}
        fitting = {marks.decimal for marks in STYLES if all(marks.follows(each) for each in bare)}
        proven |= fitting if len(fitting) == 1 else set()
    return proven.pop() if len(proven) == 1 else None


def _tie(numerals: NumberCells) -> InputRefusedError:
    cells = numerals.cells
    shapes = [shape for shape in numerals.dress if "," in shape]
    number = numerals.first(shapes)
    dress = numerals.dress[cells.texts[number].translate(DIGITS)]
    bare = cells.texts[number][dress.start : dress.stop]
    fault = f"may be {bare.replace(',', '')} or {bare.replace(',', '.')}, and no row tells which"
    return cells.refusal_of(number, fault, "say which with --decimal . or --decimal ,", Code.NUMBER_AMBIGUOUS)


def _mixture(numerals: NumberCells, allowed: Sequence[NumberStyle]) -> InputRefusedError:
    """Return the error for rows of which no style fits all."""
    cells = numerals.cells
    counts = [sum(len(cells.shapes[shape]) for shape in numerals.followers(marks)) for marks in allowed]
    number = _odd(numerals, allowed[int(np.argmax(counts))])
    bare = numerals.bare(cells.texts[number].translate(DIGITS))
    theirs = next((marks for marks in allowed if marks.follows(bare)), None)
    if theirs is None:
        fault = f"is not a number with the decimal mark {allowed[0].decimal}"
        return cells.refusal_of(number, fault, "name the decimal mark of the file with --decimal", Code.NUMBER)
    fault = f"is not written in the style of {cells.quoted(_odd(numerals, theirs))}"
    return cells.refusal_of(number, fault, "write all numbers of a column in one style", Code.NUMBER_AMBIGUOUS)


def _odd(numerals: NumberCells, marks: NumberStyle) -> int:
    """Return the first of the distinct cells that does not follow a style."""
    return numerals.first(list(numerals.dress.keys() - numerals.followers(marks)))


def _values(numerals: NumberCells, marks: NumberStyle) -> Floats:
    """Return the numbers of the distinct cells, with NaN where they are missing."""
    cells = numerals.cells
    values = np.full(len(cells.texts), np.nan)
    for shape, dress in numerals.dress.items():
        rows = cells.shapes[shape]
        bare = [cells.texts[row][dress.start : dress.stop] for row in rows.tolist()]
        plain = bare if marks.plain(numerals.bare(shape)) == numerals.bare(shape) else map(marks.plain, bare)
        numbers = np.fromiter(map(float, plain), np.float64, len(rows))
        values[rows] = -numbers if dress.negative else numbers
    return values


def _check_last(numerals: NumberCells, marks: NumberStyle) -> None:
    """Refuse a file that seems to end inside its last number, as after an interrupted copy."""
    cells = numerals.cells
    if cells.table.ended or cells.column != len(cells.table.columns) - 1:
        return
    texts = [text.strip() for text in cells.table.columns[cells.column]]
    decimals = [len(text.partition(marks.decimal)[2]) for text in texts if not _missing(text)]
    if _missing(texts[-1]) or len(decimals) < 2 or decimals[-1] >= min(decimals[:-1]):
        return
    what = f"the file ends within its last line: '{shown(texts[-1])}' has fewer decimals than all other rows"
    place = cells.table.place(len(texts) - 1, cells.column)
    raise InputRefusedError(what, "copy the file again", place, code=Code.TRUNCATED)
