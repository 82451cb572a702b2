"""The parts of an Excel workbook, checked before a library parses them: their sizes, and what XML must not declare.

A workbook is a zip archive of XML. The parts are unpacked once, a megabyte at a time, because sizes may be false.
"""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING

from forecaster.errors import Code, InputRefusedError, Place
from forecaster.reading.tables.archives import CHUNK, refuse_bomb

if TYPE_CHECKING:
    from collections.abc import Iterator

DECLARATIONS = tuple(
    mark.encode(encoding) for mark in ("<!DOCTYPE", "<!ENTITY") for encoding in ("ascii", "utf-16-le", "utf-16-be")
)
"""Beginnings of declarations, with which a small part can stand for gigabytes; no program writes them in a workbook."""


def check_parts(stream: IO[bytes], file: str) -> None:
    """Check the parts of a workbook, and leave `stream` at its beginning.

    Raises:
        InputRefusedError: They unpack to too much, or declare entities.
        Exception: The archive is damaged; `zipfile` does not document what it raises then.

    """
    packed = stream.seek(0, 2)
    unpacked = 0
    with zipfile.ZipFile(stream) as archive:
        for part in archive.infolist():
            unpacked += part.file_size
            refuse_bomb(unpacked, packed, file)
            with archive.open(part) as content:
                _refuse_declarations(iter(lambda: content.read(CHUNK), b""), file)
    stream.seek(0)


def _refuse_declarations(chunks: Iterator[bytes], file: str) -> None:
    """Refuse a part that declares something, also where the mark lies across two chunks."""
    before = b""
    for chunk in chunks:
        text = before + chunk
        if any(mark in text for mark in DECLARATIONS):
            what = "the Excel workbook declares entities, which no spreadsheet program does"
            raise InputRefusedError(what, "save the sheet as CSV", Place(file), code=Code.BINARY)
        before = text[-max(map(len, DECLARATIONS)) :]
