"""Excel workbooks (.xlsx) as rows of text, which are then read as those of a text file.

Dates become ISO 8601, numbers are written with a point, empty cells are empty. The sheet that is open when the workbook
is opened in a spreadsheet is read; a sheet of charts is none. Formulas count as the values that were computed last.
"""

from __future__ import annotations

import datetime as dt
from array import array
from typing import IO, TYPE_CHECKING, Any

from forecaster.errors import Code, Finding, InputRefusedError, Place, UsageError
from forecaster.reading.tables.delimited import Rows
from forecaster.reading.tables.workbook_parts import check_parts
from forecaster.size_limits import MOST_CELLS, MOST_COLUMNS, MOST_SHEET_ROWS
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MIDNIGHT = dt.time()


def read_rows(stream: IO[bytes], file: str) -> tuple[Rows, list[Finding]]:
    """Return the rows that are not blank, and what should be known of the other sheets.

    Raises:
        UsageError: openpyxl is not installed.
        InputRefusedError: The file is damaged or protected, unpacks to too much, or its sheet is empty.

    """
    try:
        import openpyxl
    except ImportError as error:
        what = "Excel workbooks need openpyxl, which is not installed"
        remedy = "pip install 'forecaster-rnn[excel]', or save the sheet as CSV"
        raise UsageError(what, remedy, Place(file)) from error
    try:
        check_parts(stream, file)
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        sheet = book.active if book.active in book.worksheets else book.worksheets[0]
        sheet.reset_dimensions()  # some programs write a wrong size
        rows = _rows_as_text(_rows_within_limits(sheet.iter_rows(values_only=True), file))
    except InputRefusedError:
        raise
    except Exception as error:  # the library does not document what it raises on a damaged file
        what = "the Excel workbook is damaged or protected"
        raise InputRefusedError(what, "save the sheet as CSV", Place(file), code=Code.BINARY) from error
    others = [shown(name) for name in book.sheetnames if name != sheet.title]
    if not rows.cells:
        what = f"the sheet {shown(sheet.title)} is empty"
        raise InputRefusedError(what, "open the workbook at its table and save it", Place(file), code=Code.EMPTY)
    if not others:
        return rows, []
    text = f"read the sheet {shown(sheet.title)}, and not {', '.join(others[:3])}{', ...' if len(others) > 3 else ''}"
    return rows, [Finding(Code.PREAMBLE, text, Place(file))]


def _rows_within_limits(rows: Iterator[tuple[Any, ...]], file: str) -> list[tuple[Any, ...]]:
    """Return the rows of a sheet; a workbook of a few lines can name cells far below or to the right of all others."""
    found, cells = [], 0
    for row in rows:
        cells += len(row)
        found.append(_without_empty_end(row) if row and row[-1] is None else row)
        if len(row) > MOST_COLUMNS:
            what = f"there are {len(row)} columns, more than {MOST_COLUMNS}"
            raise InputRefusedError(what, "drop columns", Place(file, len(found)), code=Code.LIMIT)
        if cells > MOST_CELLS or len(found) > MOST_SHEET_ROWS:
            what = f"the sheet has more than {MOST_CELLS:,} cells or {MOST_SHEET_ROWS:,} rows"
            raise InputRefusedError(what, "split it or drop columns", Place(file), code=Code.LIMIT)
    return found


def _without_empty_end(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the cells up to the last one that is not empty."""
    return row[: max((j for j, value in enumerate(row, start=1) if value is not None), default=0)]


def _rows_as_text(table: list[tuple[Any, ...]]) -> Rows:
    """Return the rows that are not blank as text; empty cells behind the last one are left out."""
    cells: list[list[str]] = []
    lines = array("q")
    timed = {j for row in table for j, value in enumerate(row) if _has_time(value)}
    for line, row in enumerate(table, start=1):
        texts = [_text(value, with_time=j in timed) for j, value in enumerate(row)]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            cells.append(texts)
            lines.append(line)
    width = max(map(len, cells), default=0)
    return Rows([row + [""] * (width - len(row)) for row in cells], lines)


def _has_time(value: Any) -> bool:
    """Return whether a cell holds a time of day other than midnight."""
    return isinstance(value, dt.datetime) and value.time() != MIDNIGHT


def _text(value: Any, *, with_time: bool) -> str:
    """Return a cell as it would stand in a CSV file; a date stands `with_time` if others of its column have one."""
    match value:
        case None:
            return ""
        case dt.datetime():
            return value.isoformat(sep=" ", timespec="seconds") if with_time else str(value.date())
        case bool():
            return str(value).upper()
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return str(value).strip()
