"""Cells to numbers, strictly: one style that all rows of a column prove, or a refusal with the line.

Python's own conversion is too lenient: it takes `1_000`, full-width digits, `inf` and `nan`. Here digits are 0 to 9.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code, InputRefusedError
from forecaster.reading.cells.column import DIGITS, LONGEST_CELL, SAMPLED, shapes_of
from forecaster.reading.cells.missing_values import (
    is_below_limit,
    is_missing,
    missing_word,
    without_limit_marks,
    without_missing_codes,
)
from forecaster.reading.cells.number_styles import STYLES, Affixes, NumberStyle, split_affixes
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forecaster.arrays import Floats
    from forecaster.reading.cells.column import Column

INFINITE = re.compile(r"[-+]?(?:inf(?:inity)?|∞)", re.IGNORECASE)
UNIT = re.compile(r"[-+(]?[0-9][0-9.,' ]*(?:%|‰|[a-zA-Zµ¢°]{1,5})\)?")
MAGNITUDE = re.compile(
    r"[-+(]?([0-9](?:[0-9.,' ]*[0-9])?) ?(?:%|‰|€|\$|£|[°µ]?[^\W\d_]{1,4}(?:/[^\W\d_]{1,4})?[²³]?\.?)\)?"
)
"""Numbers in percent, millions or another unit: their marks are those of the file, though such columns are not read."""
LARGEST = 1e15
"""A float64 holds whole numbers up to 9e15 exactly; larger values are in too small a unit, or no measurements."""
COMPARED = 1000
"""Rows of other columns that may prove the decimal mark. It trades off speed against the chance to see a proof."""
SMALL = re.compile("00?0?")
"""The shape of a whole number below 1000."""
MANY_WHOLE = 0.05
"""Share of such numbers, of the different ones of a column, that shows that dots may stand between thousands. Chosen by
hand: of numbers with three decimals, one in a thousand is whole."""
DOTTED_DATE = re.compile(r"[0-9]{1,2}\. ?[0-9]{1,2}\. ?[0-9]{2,4}\b")
REMEDY = "write numbers as 1234.5, and leave a cell empty where there is none"


@dataclass(frozen=True)
class NumberShapes:
    """The shapes of a column whose cells are numbers, with what stands around the digits in each."""

    column: Column
    affixes: dict[str, Affixes]

    def digits(self, shape: str) -> str:
        """Return the digits and marks of a shape."""
        return shape[self.affixes[shape].start : self.affixes[shape].stop]

    def shapes_in(self, style: NumberStyle) -> list[str]:
        """Return the shapes that follow a style."""
        return [shape for shape in self.affixes if style.follows(self.digits(shape))]

    def first(self, shapes: Iterable[str]) -> int:
        """Return the place of the first distinct cell that has one of the shapes."""
        return min(int(self.column.shapes[shape][0]) for shape in shapes)

    def first_unlike(self, style: NumberStyle) -> int:
        """Return the place of the first distinct cell that does not follow a style."""
        return self.first(self.affixes.keys() - self.shapes_in(style))


def parse_numbers(column: Column, decimal: str | None = None, others: Iterable[Column] = ()) -> Floats:
    """Return the numbers of a column, (R,), with NaN where a cell is missing.

    The decimal mark, if None, is proven from the rows, or else by other columns of the file.

    Raises:
        InputRefusedError: A cell is not a number or out of range, rows differ in style, no row tells the decimal mark,
            or the last number looks cut off.

    """
    typed = column.numbers
    if typed is not None and not (np.abs(typed) > LARGEST).any():
        return typed
    below = is_below_limit(column)
    if below.any():
        limits = replace(column, data=without_limit_marks(column))
        return np.where(below, 0.5, 1.0) * parse_numbers(limits, decimal, others)
    split = {shape: affixes for shape in column.shapes if (affixes := split_affixes(shape)) and not is_missing(shape)}
    found = NumberShapes(column, split)
    _refuse_other_cells(found, missing_word(column))
    _refuse_mixed_currencies(found)
    _refuse_mixed_signs(found)
    style = _prove_style(found, decimal, others)
    numbers = _convert(found, style)
    outside = np.flatnonzero(np.abs(numbers) > LARGEST)
    if len(outside):
        fault = "is outside the range of -1e15 to 1e15"
        raise column.refusal(outside, lambda _: fault, "use a larger unit", Code.VALUE_RANGE)
    if not column.complete:
        _refuse_cut_number(column, style)
    return without_missing_codes(column, numbers[column.codes])


def is_numeric(column: Column) -> bool:
    """Return whether most of a sample of the cells that are not missing are numbers."""
    sample = Counter(shapes_of([cell.strip() for cell in column.sample(SAMPLED)]))
    present = {shape: count for shape, count in sample.items() if not is_missing(shape)}
    return 2 * sum(count for shape, count in present.items() if split_affixes(shape)) > sum(present.values())


def names_currencies(column: Column) -> bool:
    """Return whether the cells are numbers of several currencies: no amounts, but names such as EUR1 and USD1."""
    return len({found.currency for shape in column.shapes if (found := split_affixes(shape))}) > 1


def looks_numeric(cell: str) -> bool:
    """Return whether a cell alone could be a number, also one with a unit that is refused later."""
    text = cell.strip()
    return len(text) <= LONGEST_CELL and _shape_looks_numeric(text.translate(DIGITS))


@lru_cache(maxsize=10_000)
def _shape_looks_numeric(shape: str) -> bool:
    return split_affixes(shape) is not None or UNIT.fullmatch(shape) is not None


def _refuse_other_cells(found: NumberShapes, word: str | None) -> None:
    """Refuse cells that are neither numbers nor missing, nor a word that stands for missing ones."""
    column = found.column
    others = [
        shape for shape in column.shapes if shape not in found.affixes and not is_missing(shape) and shape != word
    ]
    if not others:
        return
    wrong = sorted(int(i) for shape in others for i in column.shapes[shape])
    first = column.texts[wrong[0]]
    remedy = "write plain numbers: 1503 for 1.503K, 0.015 for 1.5%" if UNIT.fullmatch(first) else REMEDY
    code = Code.NONFINITE if INFINITE.fullmatch(first) else Code.NUMBER
    raise column.refusal(wrong, lambda i: _fault_of_text(column.texts[i]), remedy, code)


def _fault_of_text(cell: str) -> str:
    """Return what is wrong with a cell that is not a number."""
    if INFINITE.fullmatch(cell):
        return "is infinite"
    return "has a unit" if UNIT.fullmatch(cell) else "is not a number"


def _refuse_mixed_currencies(found: NumberShapes) -> None:
    """Refuse a column in which currencies differ, or some numbers have one and others none."""
    by_currency: dict[str, list[str]] = {}
    for shape, affixes in found.affixes.items():
        by_currency.setdefault(affixes.currency, []).append(shape)
    if len(by_currency) < 2:
        return
    first, second, *_ = sorted(found.first(shapes) for shapes in by_currency.values())
    fault = f"has a different currency from {found.column.quoted(first)}, or none"
    raise found.column.refusal_of(second, fault, "keep numbers of one currency in a column", Code.NUMBER)


def _refuse_mixed_signs(found: NumberShapes) -> None:
    """Refuse a column in which minus stands before some numbers and behind others: it comes from two sources."""
    negative = {shape: affixes.behind for shape, affixes in found.affixes.items() if affixes.negative}
    before, behind = ([shape for shape in negative if negative[shape] is wanted] for wanted in (False, True))
    if before and behind:
        fault = f"has its sign after it, and {found.column.quoted(found.first(before))} before it"
        remedy = "write all numbers of a column in one style"
        raise found.column.refusal_of(found.first(behind), fault, remedy, Code.NUMBER_AMBIGUOUS)


def _prove_style(found: NumberShapes, decimal: str | None, others: Iterable[Column]) -> NumberStyle:
    """Return the style that all rows follow."""
    allowed = [style for style in STYLES if decimal in {None, style.decimal}]
    fitting = [style for style in allowed if len(found.shapes_in(style)) == len(found.affixes)]
    if not fitting:
        raise _mixed_styles(found, allowed)
    marks = {mark for shape in found.affixes for mark in ".," if mark in shape}
    if not marks or len({style.decimal for style in fitting}) == 1:
        return fitting[0]
    proven = _mark_behind_zero(found)
    if proven is None:
        others = list(others)
        of_others = _marks_of_others(others)
        usual = marks == {"."} and not of_others and not _may_be_thousands(found, others)
        proven = of_others.pop() if len(of_others) == 1 else "." if usual else None
    if proven is None:
        raise _ambiguous_number(found)
    return next(style for style in fitting if style.decimal == proven)


def _may_be_thousands(found: NumberShapes, others: Sequence[Column]) -> bool:
    """Return whether dots, each with three digits behind it, may stand between thousands as well as before decimals.

    So they do in files that have dots between day, month and year, and where a currency stands behind the number. Where
    whole numbers below 1000 stand among them, decimals would end in a zero, which is not written, in no row.
    """
    shapes = found.affixes.items()
    if any(affixes.currency and shape.rstrip(")-").endswith(affixes.currency) for shape, affixes in shapes):
        return True
    column = found.column
    whole = [
        i for shape in found.affixes if SMALL.fullmatch(found.digits(shape)) for i in column.shapes[shape].tolist()
    ]
    whole = [i for i in whole if column.texts[i].strip("0")]
    if len(whole) >= MANY_WHOLE * sum(len(column.shapes[shape]) for shape in found.affixes):
        return True
    return any(map(_has_dotted_dates, others))


def _has_dotted_dates(column: Column) -> bool:
    """Return whether the cells are dates with dots between day, month and year."""
    cells = [cell.strip() for cell in column.sample(SAMPLED)]
    return any(cells) and all(not cell or DOTTED_DATE.match(cell) for cell in cells)


def _mark_behind_zero(found: NumberShapes) -> str | None:
    """Return the mark behind a zero with which a number begins: it is the decimal mark, as no thousands begin so."""
    column, affixes = found.column, found.affixes.items()
    digits = (column.texts[i][around.start :] for shape, around in affixes for i in column.shapes[shape].tolist())
    return next((text[1] for text in digits if text.startswith(("0.", "0,"))), None)


def _marks_of_others(others: Iterable[Column]) -> set[str]:
    """Return the decimal marks that the first rows of other columns prove, also in numbers with a unit."""
    proven: set[str] = set()
    for other in others:
        shapes = set(shapes_of([cell.strip() for cell in other.cells[:COMPARED]]))
        digits = {each for shape in shapes if (each := _digits_of_shape(shape))}
        fitting = {style.decimal for style in STYLES if all(style.follows(each) for each in digits)}
        proven |= fitting if len(fitting) == 1 else set()
    return proven


def _digits_of_shape(shape: str) -> str | None:
    """Return the digits and marks of a shape of a number, also of one with a unit; None if it is no number."""
    affixes = split_affixes(shape)
    if affixes is not None:
        return shape[affixes.start : affixes.stop]
    match = MAGNITUDE.fullmatch(shape)
    return match[1] if match else None


def _ambiguous_number(found: NumberShapes) -> InputRefusedError:
    """Return the error for rows that fit two styles with different decimal marks."""
    index = found.first(shape for shape in found.affixes if "," in shape or "." in shape)
    text = found.column.texts[index]
    affixes = found.affixes[text.translate(DIGITS)]
    digits = text[affixes.start : affixes.stop]
    mark = "," if "," in digits else "."
    fault = f"may be {digits.replace(mark, '')} or {digits.replace(mark, '.')}, and no row shows which"
    return found.column.refusal_of(index, fault, "say which with --decimal . or --decimal ,", Code.NUMBER_AMBIGUOUS)


def _mixed_styles(found: NumberShapes, allowed: Sequence[NumberStyle]) -> InputRefusedError:
    """Return the error for rows of which no style fits all."""
    column = found.column
    counts = [sum(len(column.shapes[shape]) for shape in found.shapes_in(style)) for style in allowed]
    index = found.first_unlike(allowed[int(np.argmax(counts))])
    digits = found.digits(column.texts[index].translate(DIGITS))
    own = next((style for style in allowed if style.follows(digits)), None)
    if own is None:
        fault = f"is not a number with the decimal mark {allowed[0].decimal}"
        return column.refusal_of(index, fault, "name the decimal mark of the file with --decimal", Code.NUMBER)
    fault = f"is not written like {column.quoted(found.first_unlike(own))}"
    return column.refusal_of(index, fault, "write all numbers of a column in one style", Code.NUMBER_AMBIGUOUS)


def _convert(found: NumberShapes, style: NumberStyle) -> Floats:
    """Return the numbers of the distinct cells, (n,), with NaN where they are missing."""
    column = found.column
    values = np.full(len(column.texts), np.nan)
    for shape, affixes in found.affixes.items():
        places = column.shapes[shape]
        digits = [column.texts[place][affixes.start : affixes.stop] for place in places.tolist()]
        plain = digits if style.plain(found.digits(shape)) == found.digits(shape) else map(style.plain, digits)
        numbers = np.fromiter(map(float, plain), np.float64, len(places))
        values[places] = -numbers if affixes.negative else numbers
    return values


def _refuse_cut_number(column: Column, style: NumberStyle) -> None:
    """Refuse a file that seems to end inside its last number, as after an interrupted copy."""
    texts = [text.strip() for text in column.cells]
    decimals = [len(text.partition(style.decimal)[2]) for text in texts if not is_missing(text)]
    if is_missing(texts[-1]) or len(decimals) < 2 or decimals[-1] >= min(decimals[:-1]):
        return
    what = f"the file ends within its last line: '{shown(texts[-1])}' has fewer decimals than all other rows"
    raise InputRefusedError(what, "copy the file again", column.place(len(texts) - 1), code=Code.TRUNCATED)
