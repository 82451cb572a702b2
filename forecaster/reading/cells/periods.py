"""Cells that write a period from its beginning to its end, as `01.01.2024 00:00 - 01.01.2024 01:00`.

Grids of electricity and calendars of events write them. The beginning stands for the period.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.reading.cells.column import DIGITS, LONGEST_CELL

if TYPE_CHECKING:
    from forecaster.reading.cells.column import Column

PERIOD = re.compile("(?P<begin>.*[^ ]) (?:-|\u2013|to|bis) (?P<end>[^ ].*)|(?P<first>0000-[^/]*)/(?P<last>0000-[^/]*)")
"""Two times with a word or a stroke between blanks, or a slash as ISO 8601 has it."""

SHORTEST = len("2024-01/2024-02")
"""Characters of a period at least: shorter cells need no search."""


def begin_of_period(text: str) -> str:
    """Return the beginning of a period, if a text has two times of one shape; else the text."""
    match = PERIOD.fullmatch(text.translate(DIGITS)) if SHORTEST <= len(text) <= LONGEST_CELL else None
    if match is None:
        return text
    first, last = ("begin", "end") if match["begin"] else ("first", "last")
    same = match[first] == match[last] and any(character == "0" for character in match[first])
    return text[: match.end(first)] if same else text


def with_begins(column: Column) -> Column:
    """Return a column with the beginnings of its periods, if every cell is a period; else the column."""
    if any(begin_of_period(text) == text for text in column.texts):
        return column
    begins = tuple(map(begin_of_period, column.texts))
    return replace(column, data=tuple(begins[code] for code in column.codes.tolist()))
