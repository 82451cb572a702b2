"""A file to a table of columns, with a finding for everything that was left out, or a refusal that names the line.

Rows have as many cells as the header; what a row has beyond must be empty. Only outer blanks of cells are changed.
"""

from __future__ import annotations

import gc
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Code, Finding, InputRefusedError, Place, counted
from forecaster.progress import report_reading
from forecaster.reading.cells.categories import CovariateCells, parse_covariate
from forecaster.reading.cells.column import MOST_LISTED, Column
from forecaster.reading.cells.numbers import parse_numbers
from forecaster.reading.tables.content import OPENING, Content, opened
from forecaster.reading.tables.delimited import Rows, split_rows
from forecaster.reading.tables.encoding import as_text
from forecaster.reading.tables.header import Header, find_header
from forecaster.spec import Selection
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

    from forecaster.arrays import Floats, Ints

NO_TABLES = (
    (re.compile(r'\{|\[\s*[\[{"\d\]-]'), "JSON"),
    (re.compile(r"<(?![^<>\r\n]*>[,;|\t] *<)"), "HTML or XML"),
)
"""How texts begin that are no tables; `[Date],[Close]` and `<DATE>,<CLOSE>` are headers."""


@dataclass(frozen=True, eq=False)
class Table:
    """The columns of one file.

    Attributes:
        file: Name to show to the user.
        columns: The columns, C of them, with R rows; those of a file without header are called 1 to C.
        findings: What was left out, and how the text was read.
        named: Whether the file has column names.

    """

    file: str
    columns: tuple[Column, ...]
    findings: tuple[Finding, ...] = ()
    named: bool = True

    @cached_property
    def header(self) -> tuple[str, ...]:
        """Column names, C of them; unnamed ones are empty."""
        return tuple(column.name for column in self.columns)

    @property
    def lines(self) -> Ints:
        """Line on which each row begins, (R,)."""
        return self.columns[0].lines

    def place(self, row: int | None = None) -> Place:
        """Return where the table or a row is."""
        return Place(self.file, None if row is None else int(self.lines[row]))

    def numbers(self, column: int, decimal: str | None = None) -> Floats:
        """Return the numbers of a column, (R,), see `parse_numbers`."""
        report_reading(self.file, "numbers", len(self.lines))
        return parse_numbers(self.columns[column], decimal, self._others(column))

    def covariate(
        self, column: int, decimal: str | None = None, categories: Sequence[str] | None = None
    ) -> CovariateCells:
        """Return a covariate as numbers or codes of categories, see `parse_covariate`."""
        return parse_covariate(self.columns[column], decimal, self._others(column), categories)

    def _others(self, column: int) -> Iterator[Column]:
        return (other for i, other in enumerate(self.columns) if i != column)


Source = str | Table
"""What is read: the name of a file, `-` for standard input, or a table in memory."""


def read_table(source: Source, selection: Selection = Selection()) -> Table:  # noqa: B008 - frozen
    """Read the table in the file `source`, or on standard input for `-`, as `selection` says it is written.

    A table that is in memory is what it is.

    Raises:
        InputUnreadableError: The file cannot be opened or read.
        InputRefusedError: Its content is not a table.
        UsageError: The selection names no delimiter, encoding or line, or pyarrow is not installed.

    """
    if isinstance(source, Table):
        return source
    with opened(source) as content, _garbage_collection_paused():
        if content.form == "parquet":
            return _parquet_table(content)
        if content.form == "excel":
            return _excel_table(content, selection)
        report_reading(content.file, "text")
        ended = _ends_with_line_end(content.stream)
        text, findings = as_text(content.stream, content.file, selection.encoding)
        _refuse_no_table(text.read(OPENING), content.file)
        text.seek(0)
        rows = split_rows(text, content.file, selection.delimiter)
        if not rows.cells:
            remedy = "give a table with a header row and data rows"
            raise InputRefusedError("the file is empty", remedy, Place(content.file), code=Code.EMPTY)
        report_reading(content.file, "columns", len(rows.cells))
        try:
            header = find_header(rows, content.file, selection.header)
        except InputRefusedError as error:
            raise _with_encoding(error) if findings else error from None
        return _table_of_rows(content.file, rows, header, findings, ended=ended)


def _with_encoding(error: InputRefusedError) -> InputRefusedError:
    """Return the error about a table with the advice to name the encoding, of which only the fallback is known."""
    remedy = f"{error.remedy}, or name the encoding with --encoding, such as cp1250 for Central Europe"
    return InputRefusedError(error.what, remedy, error.place, code=error.code)


@contextmanager
def _garbage_collection_paused() -> Iterator[None]:
    """Pause the search for unreachable objects: of a million rows, which are all in use, it takes two seconds."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _parquet_table(content: Content) -> Table:
    from forecaster.reading.tables.parquet import read_columns

    columns = read_columns(content.stream, content.file)
    if not columns or not len(columns[0].lines):
        raise InputRefusedError("there are column names and no rows", "add rows", Place(content.file), code=Code.SHORT)
    return Table(content.file, columns)


def _excel_table(content: Content, selection: Selection) -> Table:
    from forecaster.reading.tables.excel import read_rows

    rows, findings = read_rows(content.stream, content.file)
    header = find_header(rows, content.file, selection.header)
    return _table_of_rows(content.file, rows, header, findings, ended=True)


def _ends_with_line_end(stream: IO[bytes]) -> bool:
    size = stream.seek(0, 2)
    stream.seek(max(0, size - OPENING))
    ended = stream.read().rstrip(b" \t\0\x1a").endswith((b"\n", b"\r"))
    stream.seek(0)
    return ended


def _refuse_no_table(opening: str, file: str) -> None:
    text = opening.removeprefix("\ufeff").lstrip()
    for pattern, kind in NO_TABLES:
        if pattern.match(text):
            what = f"this is {kind}, not a table: '{shown(' '.join(text.split()))}'"
            raise InputRefusedError(what, "download the CSV file itself", Place(file), code=Code.NOTCSV)


def _table_of_rows(file: str, rows: Rows, header: Header, findings: list[Finding], *, ended: bool) -> Table:
    """Return the rows between header and footer as columns; `ended` if the last line has its line end."""
    data = [i for i in range(header.start, header.end) if tuple(rows.cells[i]) not in header.titles]
    cells = [rows.cells[i] for i in data]
    header = _with_unnamed_words(header, cells)
    width = _width(header.names, cells)
    _refuse_ragged(rows, data, width, header, file)
    names = header.names or tuple(str(i + 1) for i in range(width))
    lines = np.array([rows.lines[i] for i in data])
    whole = ended or header.end < len(rows.cells)
    # column by column: all at once would take as much memory again as the rows
    columns = tuple(
        Column(file, names[j], lines, tuple([row[j].strip() for row in cells]), complete=whole or j < width - 1)
        for j in range(width)
    )
    skipped = _skipped_findings(rows, header, data, file)
    return Table(file, columns, (*findings, *skipped), header.names is not None)


def _with_unnamed_words(header: Header, cells: Sequence[Sequence[str]]) -> Header:
    """Return the header with empty names for columns of words behind the last name, as those of flags.

    Digits there would mean that a number was split at its mark of thousands.
    """
    if header.names is None:
        return header
    named, width = len(header.names), Counter(map(len, cells)).most_common(1)[0][0]
    beyond = ["".join(row[named:]).strip() for row in cells]
    if width <= named or not any(beyond) or any(character.isdigit() for text in beyond for character in text):
        return header
    return replace(header, names=(*header.names, *[""] * (width - named)))


def _width(names: tuple[str, ...] | None, cells: Sequence[Sequence[str]]) -> int:
    """Return the number of columns, without those at the end that have neither name nor content."""
    width = len(names) if names else Counter(map(len, cells)).most_common(1)[0][0]
    while width > 1 and not (names and names[width - 1]):
        if any("".join(row[width - 1 : width]).strip() for row in cells):
            break
        width -= 1
    return width


def _refuse_ragged(rows: Rows, data: Sequence[int], width: int, header: Header, file: str) -> None:
    """Refuse rows that are too short, or too long where the cells beyond are not empty."""
    lengths = {i: len(rows.cells[i]) for i in data if len(rows.cells[i]) != width}
    wrong = [i for i, length in lengths.items() if length < width or "".join(rows.cells[i][width:]).strip()]
    if not wrong:
        return
    if header.names and 2 * len(wrong) > len(data):
        what = f"the line of column names has {counted(width, 'cell')} and the rows have {lengths[wrong[0]]}"
        remedy = "quote cells that contain the delimiter, or use --header no if there are no column names"
        raise InputRefusedError(what, remedy, Place(file, rows.lines[header.used[0]]), code=Code.RAGGED)
    expected = f"the header has {width}" if header.names else f"most rows have {width}"
    texts = {i: f"the row has {counted(lengths[i], 'cell')} and {expected}" for i in wrong[: MOST_LISTED + 1]}
    found = [Finding(Code.RAGGED, text, Place(file, rows.lines[i]), "correct the row") for i, text in texts.items()]
    raise InputRefusedError(found[0].text, found[0].remedy, found[0].place, code=Code.RAGGED, more=found[1:])


def _skipped_findings(rows: Rows, header: Header, data: Sequence[int], file: str) -> list[Finding]:
    """Return the findings about lines and cells that are no data."""
    before = [i for i in range(header.start) if i not in header.used]
    count = header.end - header.start - len(data)
    repeated = [i for i in range(header.start, header.end) if tuple(rows.cells[i]) in header.titles] if count else []
    again, behind = counted(len(repeated), "line"), range(header.end, len(rows.cells))
    longer = [i for i in data if header.names and len(rows.cells[i]) > len(header.names)]
    found = [
        (Code.PREAMBLE, before, f"skipped {counted(len(before), 'line')} before the data"),
        (Code.PREAMBLE, header.used[:-1], f"took the column names from {len(header.used)} lines"),
        (Code.REPEATED_HEADER, repeated, f"skipped the repeated header on {again}"),
        (Code.FOOTER, behind, f"skipped {counted(len(behind), 'line')} after the data"),
        (Code.TRAILING_FIELD, longer, f"skipped the empty cells beyond the header in {counted(len(longer), 'row')}"),
    ]
    return [Finding(code, text, Place(file, rows.lines[where[0]])) for code, where, text in found if where]
