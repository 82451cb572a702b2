"""Text to rows of cells: the delimiter is the one with which most rows have dates and numbers; quotes must be correct.

Blank lines are left out, and lines that only draw a frame. Of every row the line on which it begins is known.
"""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections import Counter
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

from forecaster.errors import Code, InputRefusedError, Place, UsageError
from forecaster.progress import report_reading
from forecaster.reading.cells.column import ZEROS
from forecaster.reading.cells.dated_cells import MONTH_WITH_DOT, looks_dated, looks_dated_by_zeros
from forecaster.reading.cells.numbers import looks_numeric
from forecaster.size_limits import LONGEST_CELL, MOST_COLUMNS
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

DELIMITERS = (",", ";", "\t", "|")
BLANKS = " "
"""Separates cells where no other character does: columns of a fixed width, as databases and instruments print them.
Several blanks count as one."""
NAMED_DELIMITERS = {"tab": "\t", r"\t": "\t", "comma": ",", "semicolon": ";", "space": " "}
EXCEL_LINE = re.compile(r'"?sep=(.)"?[ ,;\t]*[\r\n]*', re.IGNORECASE)
"""A first line by which Excel tells itself the delimiter."""
LONGEST_EXCEL_LINE = 100
BLANK = ("", "\x1a")
"""Rows without content; the second is what old programs write behind the last line."""
DRAWN, LINE = re.compile("[-=+|:_ ]+"), re.compile("-{3}|={3}|_{3}")
"""Frames that programs for terminals draw around a table: of such characters alone, with a line in a cell."""
REPORTED_ROWS = 50_000
"""Rows from one report to the next: a fraction of a second."""
MOST_KNOWN = 20_000
"""Different cells at most that are kept once: of more, a search in them would take more memory than it saves."""
SAMPLED_TEXT, SAMPLED_ROWS, SAMPLED_CELLS = 2**18, 500, 50
"""Characters, rows and cells of a row in which the delimiter is found: speed against preambles that are longer."""


@dataclass(frozen=True)
class Rows:
    """The cells of each row that is not blank, which may differ in number, and the line on which each row begins."""

    cells: list[list[str]]
    lines: array[int]


def is_date(cell: str) -> bool:
    """Return whether a cell looks like a date and no number; eight digits or 2000 JAN may be a date."""
    if not looks_dated(cell):
        return False
    if not looks_numeric(cell) or MONTH_WITH_DOT.fullmatch(cell):
        return True
    return (len(cell) >= 8 and cell.isdigit()) or any(map(str.isalpha, cell))


def split_rows(text: TextIO, file: str, delimiter: str | None = None) -> Rows:
    """Return the rows of a text; `delimiter` is what the user says of it.

    Raises:
        UsageError: `delimiter` is not one character.
        InputRefusedError: A quote or a cell has no end, or there are too many columns.

    """
    stated = None if delimiter is None else _one_character(delimiter)
    first = EXCEL_LINE.fullmatch(text.readline(LONGEST_EXCEL_LINE).removeprefix("\ufeff"))
    if stated is None and first:
        stated = first[1]
    if stated is None:
        text.seek(0)
        sample = text.read(SAMPLED_TEXT)
        fits = {each: _delimiter_fit(sample, each) for each in DELIMITERS}
        stated = max(DELIMITERS, key=fits.__getitem__)
        if not fits[stated][0] and _is_split_by_blanks(sample):
            fits[BLANKS], stated = (1, 1.0, 1), BLANKS
        if not fits[stated][1]:  # there are neither dates nor numbers
            text = io.StringIO(sample, newline="")
    text.seek(0)
    if first:
        text.readline()
    return _split_lines(text, stated, 2 if first else 1, file)


def _one_character(delimiter: str) -> str:
    character = NAMED_DELIMITERS.get(delimiter.lower(), delimiter)
    if len(character) != 1 or character in '"\r\n':
        raise UsageError(f"{shown(delimiter)!r} cannot separate cells", "give one character, or tab")
    return character


def _delimiter_fit(sample: str, delimiter: str) -> tuple[int, float, int]:
    """Return how well a delimiter fits: rows of one width with a date and a number, cells of both kinds, rows."""
    good: Counter[int] = Counter()
    wide: Counter[int] = Counter()
    typed = 0.0
    known: dict[tuple[str, ...], tuple[bool, float]] = {}
    for row in _rows_of_zeros(sample, delimiter):
        if row not in known:
            known[row] = _row_fit(row)
        is_good, share = known[row]
        good[len(row)] += is_good
        typed += share
        wide[len(row)] += len(row) > 1
    return max(good.values(), default=0), typed, max(wide.values(), default=0)


def _rows_of_zeros(sample: str, delimiter: str) -> list[tuple[str, ...]]:
    """Return the rows of a sample with 0 for every digit: few are distinct then; as they are where the digits count."""
    rows = [tuple(row) for row in _readable_rows(sample.translate(ZEROS), delimiter)]
    if any(looks_dated_by_zeros(cell.strip()) is None for row in set(rows) for cell in row[:SAMPLED_CELLS]):
        return [tuple(row) for row in _readable_rows(sample, delimiter)]
    return rows


def _row_fit(row: Sequence[str]) -> tuple[bool, float]:
    """Return whether a row has a date and another number, and how many cells are one or the other, and which share."""
    cells = [cell.strip() for cell in row[:SAMPLED_CELLS]]
    dates = {i for i, cell in enumerate(cells) if is_date(cell)}
    numbers = {i for i, cell in enumerate(cells) if looks_numeric(cell)}
    good = bool((dates and numbers - dates) or len(dates & numbers) > 1)
    return good, len(dates | numbers) ** 2 / len(cells)


def _is_split_by_blanks(sample: str) -> bool:
    """Return whether half of the rows have a date and a number, and as many cells, if blanks stand between these."""
    rows = sum(1 for row in _readable_rows(sample, BLANKS) if "".join(row).strip())
    return 2 * _delimiter_fit(sample, BLANKS)[0] >= max(rows, 2)


def _readable_rows(sample: str, delimiter: str) -> Iterator[list[str]]:
    """Yield rows up to the first misplaced quote."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for row, _ in zip(reader, range(SAMPLED_ROWS), strict=False):
            if row:
                yield row
    except csv.Error:
        return


def _split_lines(text: TextIO, delimiter: str, begin: int, file: str) -> Rows:
    """Split the rest of a text, which begins on line `begin`, into rows."""
    without_marks = map(str.removeprefix, text, repeat("\ufeff"))
    reader = csv.reader(without_marks, delimiter=delimiter, skipinitialspace=True, strict=True)
    rows, line = Rows([], array("q")), begin
    known: dict[str, str] = {}
    try:
        for row in reader:
            content = "".join(row).strip()
            drawn = DRAWN.fullmatch(content) and any(map(LINE.search, row))
            if content not in BLANK and not drawn:
                # names and dates stand in many rows: each is kept once, as far as it stands near the others
                rows.cells.append([known.setdefault(cell, cell) for cell in row])
                rows.lines.append(line)
                if len(rows.lines) % REPORTED_ROWS == 0:
                    report_reading(file, "text", len(rows.lines))
                if len(known) > MOST_KNOWN:
                    known.clear()
            if reader.line_num + begin > line + 1:
                _refuse_swallowed_rows(row, delimiter, Place(file, line))
            if len(row) > MOST_COLUMNS:
                what = f"there are {len(row)} columns, more than {MOST_COLUMNS}"
                raise InputRefusedError(what, "drop columns", Place(file, line), code=Code.LIMIT)
            line = reader.line_num + begin
    except csv.Error as error:
        raise _csv_error(str(error), reader.line_num + begin > line + 1, Place(file, line)) from error
    return rows


def _refuse_swallowed_rows(row: Sequence[str], delimiter: str, place: Place) -> None:
    """Refuse a cell of several lines in which a line is a row itself: a quote is missing there."""
    for line in (line for cell in row for line in cell.splitlines()[1:]):
        cells = line.split(delimiter)
        if any(map(is_date, cells)) and sum(map(looks_numeric, cells)):
            raise _unclosed_quote(place)


def _csv_error(error: str, several_lines: bool, place: Place) -> InputRefusedError:
    """Return our error for the message of the csv module."""
    if "unexpected end" in error or ("field limit" in error and several_lines):
        return _unclosed_quote(place)
    if "field limit" in error:
        what = f"a cell is longer than {LONGEST_CELL} characters"
        return InputRefusedError(what, "check that the file is a table", place, code=Code.LIMIT)
    return InputRefusedError("a quote is in the wrong place", "correct the quotes of this row", place, code=Code.QUOTE)


def _unclosed_quote(place: Place) -> InputRefusedError:
    what = "a quote that opens here is never closed"
    return InputRefusedError(what, "correct the quotes of this row", place, code=Code.QUOTE)
