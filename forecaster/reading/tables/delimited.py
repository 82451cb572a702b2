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
from itertools import islice, repeat
from typing import TYPE_CHECKING

from forecaster.errors import Code, InputRefusedError, Place, UsageError
from forecaster.progress import report_reading
from forecaster.reading.cells.column import ZEROS, translated
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
FEW_ROWS = 1000
"""Rows in which equal cells are not kept once: to search them would take longer than all else, and save no memory."""
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


def are_dates(cells: Sequence[str]) -> list[bool]:
    """Return `is_date` of each cell without outer blanks; cells of the same characters and digits are looked at once.

    Where the digits decide, as in 20240131, each cell is looked at.
    """
    zeros = translated(cells, ZEROS)
    alike = {each: None if _digits_decide(each) else is_date(each) for each in set(zeros)}
    return [is_date(cell) if (found := alike[each]) is None else found for cell, each in zip(cells, zeros, strict=True)]


def _digits_decide(zeros: str) -> bool:
    """Return whether a cell with 0 for every digit does not say whether it looks like a date."""
    return looks_dated_by_zeros(zeros.strip()) is None


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
        fits = _delimiter_fits(sample)
        stated = max(fits, key=fits.__getitem__)
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


def _delimiter_fits(sample: str) -> dict[str, tuple[int, float, int]]:
    """Return how well each delimiter fits that may be the best one.

    One that is not in the sample leaves a single cell in each row, so that no row has both a date and a number. It can
    be the best one only if the others find no such row either.
    """
    fits = {each: _delimiter_fit(sample, each) for each in DELIMITERS if each in sample}
    if any(good for good, _, _ in fits.values()):
        return fits
    return {each: fits.get(each) or _delimiter_fit(sample, each) for each in DELIMITERS}


def _delimiter_fit(sample: str, delimiter: str) -> tuple[int, float, int]:
    """Return how well a delimiter fits: rows of one width with a date and a number, cells of both kinds, rows."""
    rows = _rows_of_zeros(sample, delimiter)
    counts = Counter(rows)
    fits = {row: _row_fit(row) for row in counts}
    good: Counter[int] = Counter()
    wide: Counter[int] = Counter()
    for row, count in counts.items():
        good[len(row)] += count * fits[row][0]
        wide[len(row)] += count * (len(row) > 1)
    typed = sum((fits[row][1] for row in rows), 0.0)
    return max(good.values(), default=0), typed, max(wide.values(), default=0)


def _rows_of_zeros(sample: str, delimiter: str) -> list[tuple[str, ...]]:
    """Return the rows of a sample with 0 for every digit: few are distinct then.

    Where the digits decide whether a cell is a date, all dates of one shape are written as the first of them.
    """
    rows = list(map(tuple, _readable_rows(sample.translate(ZEROS), delimiter)))
    undecided = {row: [i for i, cell in enumerate(row[:SAMPLED_CELLS]) if _digits_decide(cell)] for row in set(rows)}
    if not any(undecided.values()):
        return rows
    dates: dict[str, str] = {}
    written = [list(row) for row in rows]
    for row, zeros, cells in zip(written, rows, _readable_rows(sample, delimiter), strict=True):
        for i in undecided[zeros]:
            if looks_dated(cells[i]):
                row[i] = dates.setdefault(zeros[i], cells[i])
    return [tuple(row) for row in written]


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
        yield from filter(None, islice(reader, SAMPLED_ROWS))
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
            if _has_content(row):
                # names and dates stand in many rows: each is kept once, as far as it stands near the others
                many = len(rows.lines) >= FEW_ROWS
                rows.cells.append([known.setdefault(cell, cell) for cell in row] if many else row)
                rows.lines.append(line)
                if len(rows.lines) % REPORTED_ROWS == 0:
                    report_reading(file, "text", len(rows.lines))
                if len(known) > MOST_KNOWN:
                    known.clear()
            following = reader.line_num + begin
            if following > line + 1:
                _refuse_swallowed_rows(row, delimiter, Place(file, line))
            if len(row) > MOST_COLUMNS:
                what = f"there are {len(row)} columns, more than {MOST_COLUMNS}"
                raise InputRefusedError(what, "drop columns", Place(file, line), code=Code.LIMIT)
            line = following
    except csv.Error as error:
        raise _csv_error(str(error), reader.line_num + begin > line + 1, Place(file, line)) from error
    return rows


def _has_content(row: Sequence[str]) -> bool:
    """Return whether a row is neither blank nor a line of a frame."""
    content = "".join(row).strip()
    if content[:1].isalnum():
        return True
    drawn = DRAWN.fullmatch(content) and any(map(LINE.search, row))
    return content not in BLANK and not drawn


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
