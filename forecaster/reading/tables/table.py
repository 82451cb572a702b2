"""A file to a table of text cells, with every line that was left out said, or a refusal that names the line.

Rows have as many cells as the header; what a row has beyond must be empty. No cell is changed but for outer blanks.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code, Finding, InputRefusedError, Place, counted
from forecaster.reading.tables.content import Content, opened
from forecaster.reading.tables.delimited import Rows, split_rows
from forecaster.reading.tables.encoding import as_text
from forecaster.reading.tables.header import Header, find_header
from forecaster.spec import Selection
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

    from forecaster.arrays import Ints


SAMPLED = 2**12
MOST_FAULTS = 1000
NO_TABLES = (
    (re.compile(r'\{|\[\s*[\[{"\d\]-]'), "JSON"),
    (re.compile(r"<(?![^<>\r\n]*>[,;|\t] *<)"), "HTML or XML"),
)
"""How texts begin that are no tables; `[Date],[Close]` and `<DATE>,<CLOSE>` are headers."""


@dataclass(frozen=True)
class Table:
    """Text cells of one file.

    Attributes:
        file: Name to show to the user.
        stem: Name without folder and suffix.
        header: Column names, C of them; unnamed ones are empty, and those of a file without header are 1 to C.
        columns: Cells of each column, C times R.
        lines: Line on which each row begins, (R,).
        ended: Whether the last line has its line end.
        findings: What was left out, and how the text was read.
        named: Whether the file has column names.

    """

    file: str
    stem: str
    header: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: Ints
    ended: bool
    findings: tuple[Finding, ...] = ()
    named: bool = True

    def place(self, row: int | None = None, column: int | None = None) -> Place:
        """Return where a row, a column or a cell is."""
        line = None if row is None else int(self.lines[row])
        return Place(self.file, line, "" if column is None else self.name(column))

    def name(self, column: int) -> str:
        """Return the name of a column for messages."""
        return shown(self.header[column]) or "(unnamed)"


def read_table(source: str, selection: Selection = Selection()) -> Table:  # noqa: B008 - frozen
    """Read the table in the file `source`, or on standard input for `-`, as `selection` says it is written.

    Raises:
        InputUnreadableError: The file cannot be opened or read.
        InputRefusedError: Its content is not a table.
        UsageError: The selection names no delimiter, encoding or line, or pyarrow is not installed.

    """
    with opened(source) as content:
        if content.parquet:
            return _parquet(content)
        ended = _ends_with_line_end(content.stream)
        text, findings = as_text(content.stream, content.file, selection.encoding)
        _refuse_no_table(text.read(SAMPLED), content.file)
        text.seek(0)
        rows = split_rows(text, content.file, selection.delimiter)
    if not rows.cells:
        remedy = "give a table with a header row and data rows"
        raise InputRefusedError("the file is empty", remedy, Place(content.file), code=Code.EMPTY)
    headings = find_header(rows, content.file, selection.header)
    return _table(content, rows, headings, findings, ended=ended)


def _parquet(content: Content) -> Table:
    from forecaster.reading.tables.parquet import read_columns

    header, columns = read_columns(content.stream, content.file)
    if not columns or not columns[0]:
        raise InputRefusedError("there are column names and no rows", "add rows", Place(content.file), code=Code.SHORT)
    _refuse_same_names(header, Place(content.file))
    lines = np.arange(1, len(columns[0]) + 1)
    return Table(content.file, content.stem, header, columns, lines, ended=True)


def _ends_with_line_end(stream: IO[bytes]) -> bool:
    size = stream.seek(0, 2)
    stream.seek(max(0, size - SAMPLED))
    ended = stream.read().rstrip(b" \t\0\x1a").endswith((b"\n", b"\r"))
    stream.seek(0)
    return ended


def _refuse_no_table(opening: str, file: str) -> None:
    text = opening.removeprefix("\ufeff").lstrip()
    for pattern, kind in NO_TABLES:
        if pattern.match(text):
            what = f"this is {kind} and no table: '{shown(' '.join(text.split()))}'"
            raise InputRefusedError(what, "download the CSV file itself", Place(file), code=Code.NOTCSV)


def _table(content: Content, rows: Rows, headings: Header, findings: list[Finding], *, ended: bool) -> Table:
    """Return the rows between header and footer as columns."""
    file, end = content.file, headings.end
    kept = [i for i in range(headings.start, end) if tuple(rows.cells[i]) not in headings.titles]
    width = _width(headings.names, [rows.cells[i] for i in kept])
    _refuse_ragged(rows, kept, width, headings, file)
    header = headings.names or tuple(str(i + 1) for i in range(width))
    _refuse_same_names(header[:width], Place(file, rows.lines[headings.used[0]] if headings.used else None))
    columns = tuple(
        tuple(map(str.strip, column)) for column in zip(*(rows.cells[i][:width] for i in kept), strict=True)
    )
    return Table(
        file,
        content.stem,
        header[:width],
        columns,
        np.array([rows.lines[i] for i in kept]),
        ended or end < len(rows.cells),
        (*findings, *_left_out(rows, headings, kept, file)),
        headings.names is not None,
    )


def _width(names: tuple[str, ...] | None, cells: Sequence[Sequence[str]]) -> int:
    """Return the number of columns, without those at the end that have neither name nor content."""
    width = len(names) if names else Counter(map(len, cells)).most_common(1)[0][0]
    while (
        width > 1
        and not (names and names[width - 1])
        and not any("".join(row[width - 1 : width]).strip() for row in cells)
    ):
        width -= 1
    return width


def _refuse_ragged(rows: Rows, kept: Sequence[int], width: int, headings: Header, file: str) -> None:
    """Refuse rows that are too short, or too long where the cells beyond are not empty."""
    lengths = {i: len(rows.cells[i]) for i in kept if len(rows.cells[i]) != width}
    wrong = [i for i, length in lengths.items() if length < width or "".join(rows.cells[i][width:]).strip()]
    if not wrong:
        return
    if headings.names and 2 * len(wrong) > len(kept):
        what = f"the line of column names has {counted(width, 'cell')} and the rows have {lengths[wrong[0]]}"
        remedy = "quote cells in which the delimiter stands, or give --header 0 if there are no column names"
        raise InputRefusedError(what, remedy, Place(file, rows.lines[headings.used[0]]), code=Code.RAGGED)
    said = f"the header {width}" if headings.names else f"most rows have {width}"
    found = [
        Finding(
            Code.RAGGED,
            f"the row has {counted(lengths[i], 'cell')} and {said}",
            Place(file, rows.lines[i]),
            "correct the row",
        )
        for i in wrong[: MOST_FAULTS + 1]
    ]
    raise InputRefusedError(found[0].text, found[0].remedy, found[0].place, code=Code.RAGGED, more=found[1:])


def _refuse_same_names(header: Sequence[str], place: Place) -> None:
    name, count = Counter(name for name in header if name).most_common(1)[0] if any(header) else ("", 0)
    if count > 1:
        what = f"{count} columns are called {shown(name)}"
        raise InputRefusedError(what, "give every column its own name", place, code=Code.DUPCOL)


def _left_out(rows: Rows, headings: Header, kept: Sequence[int], file: str) -> list[Finding]:
    """Return what is said of lines and cells that are no data."""
    before = [i for i in range(headings.start) if i not in headings.used]
    repeated = sorted(set(range(headings.start, headings.end)) - set(kept))
    behind = range(headings.end, len(rows.cells))
    longer = [i for i in kept if headings.names and len(rows.cells[i]) > len(headings.names)]
    found = [
        (Code.PREAMBLE, before, f"skipped {counted(len(before), 'line')} in front of the data"),
        (Code.PREAMBLE, headings.used[:-1], f"took the column names from {len(headings.used)} lines"),
        (
            Code.REPEATED_HEADER,
            repeated,
            f"skipped the header where it stands again, on {counted(len(repeated), 'line')}",
        ),
        (Code.FOOTER, behind, f"skipped {counted(len(behind), 'line')} behind the data"),
        (Code.TRAILING_FIELD, longer, f"skipped the empty cells beyond the header in {counted(len(longer), 'row')}"),
    ]
    return [Finding(code, text, Place(file, rows.lines[where[0]])) for code, where, text in found if where]
