"""Cells that stand for a missing value: empty ones, marks, a repeated word among numbers, and a code such as -999.

A limit such as `<1`, below which a number lies, is no missing value: half the limit stands for it. Findings name what
was read so, as such a cell can also be meant as it is written. R is the number of rows of a column.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code, Finding, counted
from forecaster.reading.cells.column import DIGITS, list_lines
from forecaster.reading.cells.number_styles import split_affixes
from forecaster.text import shown

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats
    from forecaster.reading.cells.column import Column

MISSING = {
    *("", "-", "--", "---", "\u2013", "\u2014", ".", "..", "...", ":", "\u2026", "?", "*"),
    *("#n/a", "#n/a n/a", "#na", "#value!", "#ref!", "#num!", "#name?", "#null!", "#div/0!"),
    *("na", "n/a", "n.a.", "nan", "-nan", "nat", "null", "none", "nil", "missing", "<na>", "(null)", "\\n"),
    *("#nv", "#wert!", "#bezug!", "#zahl!", "#valeur!", "#n/d", "#valor!", "#n/b"),
    *("nd", "n/d", "n.d.", "s/d", "b/d", "k.a.", "k. a.", "n.v.", "no data"),
}
"""What stands in a cell without a value, in small letters."""
BELOW = re.compile("< ?(?=[0-9])")
"""What stands before a limit below which a number lies: of detection, or of what is counted."""
MISSING_WORD = re.compile(r"[^\W\d_]{1,12}")
AMOUNTS = {"zero", "o", "t", "tr", "trace", "traces", "full", "max", "min", "low", "high", "inf", "infinity"}
"""Words, in small letters, that say how much there was, as the `T` of a weather service for a trace of rain."""
FEWEST_WORDS, MOST_WORDS = 3, 0.2
"""Rows in which one word may stand for missing values, and the share of them. Chosen by hand: a word in one row or two
is a slip, and with many rows it is not clear that the column has numbers."""
NINES = re.compile(r"-?9{3,}|-?9{2,}\.9+")
FEWEST_NUMBERS, FEWEST_OTHERS = 3, 10
"""Different values of a column in which a number of nines may be a code: a negative one among others that are not, and
any. Chosen by hand: few values show no range, but -999 is nothing that can be counted."""
FARTHER = 2.0
"""How many times as large as the largest other value a number of nines must be. Chosen by hand: a code lies beyond what
is measured, while an availability of 99.9 % lies beside one of 99.1 %."""
EMPTY = "leave the cells empty to be sure"
MOST_NAMED = 3
"""Different cells that a finding names, so that it stays readable."""


def is_missing(text: str) -> bool:
    """Return whether a cell without outer blanks says that there is no value."""
    return text.lower() in MISSING


def is_below_limit(column: Column) -> Bools:
    """Return whether each row says that its number lies below a limit, as `<1`, (R,)."""
    marked = [places for shape, places in column.shapes.items() if shape.startswith("<")]
    below = [i for places in marked for i in places.tolist() if BELOW.match(column.texts[i])]
    return np.isin(column.codes, below) if below else np.zeros(len(column.lines), dtype=bool)


def without_limit_marks(column: Column) -> tuple[str, ...]:
    """Return the cells of a column with the limits alone in place of `<1` and the like, R of them."""
    return tuple(BELOW.sub("", cell) for cell in column.cells)


def missing_word(column: Column) -> str | None:
    """Return the word that stands for missing values among numbers: the only one, in several rows, but not in many."""
    others = (places for shape, places in column.shapes.items() if split_affixes(shape) is None)
    words = [i for places in others for i in places.tolist() if not is_missing(column.texts[i])]
    if len(words) != 1:
        return None
    word = column.texts[words[0]]
    if not MISSING_WORD.fullmatch(word) or word.lower() in AMOUNTS:
        return None
    rows = int((column.codes == words[0]).sum())
    return word if FEWEST_WORDS <= rows <= MOST_WORDS * len(column.codes) else None


def without_missing_codes(column: Column, values: Floats) -> Floats:
    """Return values, (R,), with NaN for a number of nines, such as -999, that instruments write for a missing value.

    It must stand in two rows or more, farther from all other values than these lie apart, and be larger by far. A plus
    before it says that it is meant as it is written.
    """
    present = values[~np.isnan(values)]
    if len(present) < FEWEST_NUMBERS or not any(map(_is_of_nines, (present.min(), present.max()))):
        return values
    numbers, counts = np.unique(present, return_counts=True)
    if len(numbers) < FEWEST_NUMBERS:
        return values
    for code, count, others in ((numbers[0], counts[0], numbers[1:]), (numbers[-1], counts[-1], numbers[:-1])):
        far = np.abs(others - code).min() > others[-1] - others[0] and abs(code) >= FARTHER * np.abs(others).max()
        enough = code < 0 <= others[0] or len(numbers) >= FEWEST_OTHERS
        if count > 1 and far and enough and _is_of_nines(code):
            rows = values == code
            signed = any(column.texts[i].startswith("+") for i in np.unique(column.codes[rows]).tolist())
            return values if signed else np.where(rows, np.nan, values)
    return values


def _is_of_nines(number: float) -> bool:
    return NINES.fullmatch(f"{number:.15g}") is not None


def missing_mark_findings(column: Column, values: Floats) -> tuple[Finding, ...]:
    """Return the findings about cells that were read otherwise than written: limits, and words and codes for missing.

    Args:
        column: A column of numbers.
        values: What its cells were read as, (R,).

    """
    if column.numbers is not None:
        return ()
    below = np.flatnonzero(is_below_limit(column))
    empty = np.flatnonzero(np.isnan(values))
    marked = np.array([row for row in empty.tolist() if not is_missing(column.texts[column.codes[row]])], np.int64)
    found = []
    if len(below):
        text = f"{counted(len(below), 'value')} below a limit, such as {shown(column.cells[below[0]].strip())}"
        text += f": half the limit is used, {list_lines(column.lines, below)}"
        found.append(Finding(Code.NUMBER, text, column.place(), "write a number to be sure"))
    if len(marked):
        cells = [column.texts[i] for i in dict.fromkeys(column.codes[marked].tolist())]
        named = ", ".join(f"'{shown(cell)}'" for cell in cells[:MOST_NAMED]) + " and others" * (len(cells) > MOST_NAMED)
        text = f"{named} {'is' if len(cells) == 1 else 'are'} read as a missing value in {counted(len(marked), 'row')}"
        text += f", {list_lines(column.lines, marked)}"
        found.append(Finding(Code.MISSING, text, column.place(), _remedy_of_mark(cells[0])))
    return tuple(found)


def _remedy_of_mark(cell: str) -> str:
    """Return what to do if a cell, which was read as a missing value, is meant otherwise."""
    if split_affixes(cell.translate(DIGITS)) is None:
        return "write a number if the word means one"
    return EMPTY if cell.startswith("-") else f"write +{cell} if it is a number"
