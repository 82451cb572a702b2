"""Bytes of a file to a table of text cells, or a refusal that names the line.

A table is UTF-8 text with commas, quotes as in spreadsheets, one header row and as many cells in each row as there.
Nothing is repaired and nothing is guessed here.
"""

from __future__ import annotations

import csv
import io
import os
import re
import stat
import sys
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from forecaster.data.quoting import shown
from forecaster.errors import InputRefusedError, InputUnreadableError, Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

STDIN = "-"
LARGEST_FILE = 2**30
MOST_COLUMNS = 10_000
SIGNATURES = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "extract or export the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook", "export the table as CSV"),
    (b"PAR1", "a Parquet file", "export the table as CSV"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first"),
    (b"%PDF", "a PDF document", "export the table as CSV"),
    (b"\x89PNG", "a PNG image", "give a CSV file"),
    (b"\x89HDF", "an HDF5 file", "export the table as CSV"),
    (b"ARROW1", "an Arrow file", "export the table as CSV"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"\x80\x04", "a Python pickle", "export the table as CSV"),
    (b"\x80\x05", "a Python pickle", "export the table as CSV"),
    (b"\xff\xfe", "UTF-16 text", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as UTF-8"),
    (b"{", "JSON, not a table", "export it as CSV"),
    (b"[", "JSON, not a table", "export it as CSV"),
    (b"<", "HTML or XML, not a table", "download the CSV file itself"),
)
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Table:
    """Text cells of one file.

    Attributes:
        file: Name to show to the user.
        stem: Name without folder and suffix.
        header: Column names, C of them; unnamed ones are empty.
        columns: Cells of each column, C times R.
        lines: Line on which each row begins, (R,); the header is on line 1.
        ended: Whether the last line has its line end.

    """

    file: str
    stem: str
    header: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: NDArray[np.int64]
    ended: bool

    def place(self, row: int | None = None, column: int | None = None) -> Place:
        """Return where a row, a column or a cell is."""
        line = None if row is None else int(self.lines[row])
        return Place(self.file, line, "" if column is None else self.name(column))

    def name(self, column: int) -> str:
        """Return the name of a column for messages."""
        return shown(self.header[column]) or "(unnamed)"


def read_table(source: str) -> Table:
    """Read the table in the file `source`, or on standard input for `-`.

    Raises:
        InputUnreadableError: The file cannot be opened or read.
        InputRefusedError: Its content is not a table.

    """
    file = "stdin" if source == STDIN else shown(source, most=4096)
    data = _stdin_bytes(file) if source == STDIN else _file_bytes(source, file)
    return _parse(_text(data, file), file)


def _stdin_bytes(file: str) -> bytes:
    if sys.stdin.isatty():
        raise InputUnreadableError("standard input is a terminal", "pipe a CSV file into it", Place(file))
    return _bounded(sys.stdin.buffer.read(LARGEST_FILE + 1), file)


def _file_bytes(source: str, file: str) -> bytes:
    """Read a regular file; anything else could block for ever or never end."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", source):
        raise InputUnreadableError("addresses are not fetched", "download the file first", Place(file))
    try:
        with open(source, "rb", opener=_without_waiting) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise InputUnreadableError("this is not a regular file", "pipe the rows through -", Place(file))
            _refuse_large(status.st_size, file)
            return _bounded(stream.read(LARGEST_FILE + 1), file)
    except ValueError as error:
        raise InputUnreadableError("no file can have this name", "check the name", Place(file)) from error
    except OSError as error:
        what = (error.strerror or "it cannot be read").lower()
        raise InputUnreadableError(what, "check the name and the permissions", Place(file)) from error


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _bounded(data: bytes, file: str) -> bytes:
    _refuse_large(len(data), file)
    return data


def _refuse_large(size: int, file: str) -> None:
    if size > LARGEST_FILE:
        raise InputRefusedError("the file is larger than 1 GiB", "split it or drop columns", Place(file))


def _text(data: bytes, file: str) -> str:
    """Return the text of UTF-8 bytes without a byte-order mark."""
    start = data.removeprefix(b"\xef\xbb\xbf")[:64].lstrip()
    for signature, what, remedy in SIGNATURES:
        if start.startswith(signature):
            raise InputRefusedError(f"this is {what}", remedy, Place(file))
    if (nul := data.find(b"\0")) >= 0:
        place = Place(file, data.count(b"\n", 0, nul) + 1)
        raise InputRefusedError("a zero byte stands in the text", "write the file again, as UTF-8", place)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(file, data.count(b"\n", 0, error.start) + 1)
        raise InputRefusedError("the text is not UTF-8", "save the file as UTF-8", place) from error
    if not text.strip():
        raise InputRefusedError("the file is empty", "give a table with a header row and data rows", Place(file))
    return text


def _parse(text: str, file: str) -> Table:
    rows, lines = _rows(text, file)
    header = tuple(name.strip() for name in rows[0])
    _check_header(header, file)
    while len(rows) > 1 and not "".join(rows[-1]).strip() and len(rows[-1]) < 2:
        rows.pop()
    if len(rows) == 1:
        raise InputRefusedError("there is a header row and no data", "add rows", Place(file))
    wrong = next((i for i, row in enumerate(rows) if len(row) != len(header)), None)
    if wrong is not None:
        raise _ragged(rows[wrong], header, Place(file, lines[wrong]))
    stem = "stdin" if file == "stdin" else PurePath(file).stem
    columns = tuple(zip(*rows[1:], strict=True))
    ended = text.endswith(("\n", "\r"))
    return Table(file, stem, header, columns, np.array(lines[1 : len(rows)]), ended)


def _rows(text: str, file: str) -> tuple[list[list[str]], list[int]]:
    """Split text into rows of cells, and say on which line each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines = [1]
    try:
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num + 1)
    except csv.Error as error:
        place = Place(file, lines[-1])
        if "field limit" in str(error):
            what = f"a cell is longer than {csv.field_size_limit()} characters"
            raise InputRefusedError(what, "check that the file is a table and every quote is closed", place) from error
        what = "a quote that opens here is never closed" if "unexpected end" in str(error) else "a quote stands amiss"
        raise InputRefusedError(what, "correct the quotes of this row", place) from error
    return rows, lines


def _check_header(header: tuple[str, ...], file: str) -> None:
    place = Place(file, 1)
    if not any(header):
        raise InputRefusedError("the first line is blank", "begin the file with the column names", place)
    if len(header) > MOST_COLUMNS:
        raise InputRefusedError(f"there are {len(header)} columns, more than {MOST_COLUMNS}", "drop columns", place)
    for mark, name in OTHER_SEPARATORS.items():
        if len(header) == 1 and mark in header[0]:
            raise InputRefusedError(f"the columns are separated by {name}", "separate them with commas", place)


def _ragged(row: list[str], header: tuple[str, ...], place: Place) -> InputRefusedError:
    if not "".join(row).strip():
        return InputRefusedError("the line is blank or has empty cells only", "remove it", place)
    cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
    return InputRefusedError(f"the row has {cells} and the header {len(header)}", "correct the row", place)
