"""What a user names, as bytes that no longer change: checked for size, unpacked, and checked to be lines of text.

A source is copied once, chunk by chunk, beyond 32 MiB into a temporary file: a hostile file never fills the memory, and
a file that grows is read as it was when it was opened.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import PurePath
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Literal

from forecaster.errors import Code, ForecasterError, InputRefusedError, InputUnreadableError, Place, StorageError
from forecaster.files.handles import NO_WAIT
from forecaster.files.similar import similar_file
from forecaster.reading.tables import archives
from forecaster.reading.tables.archives import CHUNK, GZIP, MOST_IN_MEMORY, ZIP
from forecaster.reading.tables.held_files import HeldFile, held_file
from forecaster.size_limits import LARGEST_FILE, LONGEST_LINE, MOST_LINES
from forecaster.spec import STDIN
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_SHOWN = 4096
"""Characters of a file's name that are printed."""
OPENING = 2**12
"""Bytes or characters at the beginning or the end of a text that show what it is."""
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
ENDING = re.compile(r"(?<=.)(\.(csv|tsv|txt|parquet|pq|joblib))?(\.(gz|zip))?$", re.IGNORECASE | re.DOTALL)
Form = Literal["text", "parquet", "excel"]
PARQUET = b"PAR1"
PARQUET_NAMES = (".parquet", ".pq")
EXCEL_NAME = ".xlsx"
EXPORT = "export the table as CSV"
DATA = (
    *((b"\xd0\xcf\x11\xe0", "an Excel workbook"), (b"PARE", "an encrypted Parquet file"), (b"%PDF", "a PDF document")),
    *((b"{\\rtf", "an RTF document"), (b"\x89HDF", "an HDF5 file"), (b"ARROW1", "an Arrow file")),
    *((b"FEA1", "a Feather file"), (b"Obj\x01", "an Avro file"), (b"SQLite format 3", "an SQLite database")),
    (b"\x93NUMPY", "a NumPy array"),
)
PICKLES = tuple((b"\x80" + bytes([protocol]), "a model, or another file that Python wrote") for protocol in range(2, 6))
USE_MODEL = "use a model with `forecast predict --model FILE`, and name a table here"
PACKED = (
    *((GZIP, "a gzip archive inside an archive"), (ZIP, "a zip archive inside an archive")),
    *((b"\xfd7zXZ", "an xz archive"), (b"\x28\xb5\x2f\xfd", "a zstd archive"), (b"7z\xbc\xaf\x27\x1c", "a 7z archive")),
    *((b"Rar!\x1a", "a RAR archive"), (b"BZh", "a bzip2 archive")),
)
PICTURES = ((b"\x89PNG", "a PNG image"), (b"GIF8", "a GIF image"), (b"\xff\xd8\xff", "a JPEG image"))
SIGNATURES = (
    (DATA, EXPORT, Code.BINARY),
    (PICKLES, USE_MODEL, Code.BINARY),
    (PACKED, "unpack it first", Code.COMPRESSED),
    ((*PICTURES, (b"\x7fELF", "a program")), "give a CSV file", Code.BINARY),
    (((b"PK\x05\x06", "an empty zip archive"),), "give the file itself", Code.COMPRESSED),
)
"""How files begin that are no tables, what they are, and what to do about them."""


@dataclass(frozen=True)
class Content:
    """The name of a source for messages, its form, and its bytes from the start; text has lines of at most 1 MiB."""

    file: str
    stream: IO[bytes]
    form: Form


def printed(source: str) -> str:
    """Return the name of a source as it may be printed: a name may hold any bytes."""
    return "stdin" if source == STDIN else shown(source, most=LONGEST_SHOWN)


@contextmanager
def opened(source: str) -> Iterator[Content]:
    """Open the file `source`, or standard input for `-`, for as long as the context lasts.

    Raises:
        InputUnreadableError: It cannot be opened or read.
        InputRefusedError: It is too large, packed in a way that is not read, or not a table.
        StorageError: There is no room for a temporary file.

    """
    file = printed(source)
    packed = _stdin_chunks(file) if source == STDIN else _kept_chunks(source) or _file_chunks(source, file)
    opening, chunks = _peek_first_bytes(_unpacked(packed, file))
    if not opening.startswith(ZIP) or not file.lower().endswith(EXCEL_NAME):
        _refuse_by_signature(opening, file)
    form: Form = "parquet" if opening.startswith(PARQUET) else "excel" if opening.startswith(ZIP) else "text"
    with SpooledTemporaryFile(MOST_IN_MEMORY) as stream:
        _copy(_with_short_lines(chunks, file) if form == "text" else chunks, stream, file)
        yield Content(file, stream, form)


def stem(file: str) -> str:
    """Return the name of a file without folders and what says how it is written: `BRK.B` of `data/BRK.B.csv.gz`."""
    return ENDING.sub("", PurePath(file).name)


def _copy(chunks: Iterator[bytes], stream: IO[bytes], file: str) -> None:
    try:
        for chunk in chunks:
            stream.write(chunk)
        stream.seek(0)
    except OSError as error:
        what = f"a temporary file cannot be written: {(error.strerror or str(error)).lower()}"
        raise StorageError(what, "free space, or name another folder in TMPDIR", Place(file)) from error


def _peek_first_bytes(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first chunk, and all of them."""
    opening = next(chunks, b"")
    return opening, chain([opening], chunks)


@contextmanager
def standard_input_kept() -> Iterator[None]:
    """Keep what is read from standard input as long as the context lasts: then `-` can be opened again."""
    kept = _KEPT_INPUT.set([])
    try:
        yield
    finally:
        _KEPT_INPUT.reset(kept)


@contextmanager
def file_kept(source: str) -> Iterator[str]:
    """Read a file once: as long as the context lasts, reading it again takes no more than memory.

    A file beyond 32 MiB is not kept, and read again.

    Yields:
        The SHA-256 of its bytes, in hexadecimal digits.

    Raises:
        InputUnreadableError: It cannot be opened or read.
        InputRefusedError: It is too large, or was changed while it was read.

    """
    digest, chunks, size = sha256(), list[bytes](), 0
    for chunk in _file_chunks(source, printed(source)):
        digest.update(chunk)
        size += len(chunk)
        chunks = [*chunks, chunk] if size <= MOST_IN_MEMORY else []
    kept = _KEPT_FILES.set({source: chunks})
    try:
        yield digest.hexdigest()
    finally:
        _KEPT_FILES.reset(kept)


_KEPT_FILES: ContextVar[dict[str, list[bytes]]] = ContextVar("kept_files", default={})  # noqa: B039 - never changed
"""The chunks of files that were read, where they are kept; none of a file that is too large."""


def _kept_chunks(source: str) -> Iterator[bytes] | None:
    """Return the bytes of a file that is kept; None if it is not."""
    return iter(chunks) if (chunks := _KEPT_FILES.get().get(source)) else None


_KEPT_INPUT: ContextVar[list[bytes] | None] = ContextVar("kept_input", default=None)
"""The chunks of standard input that were read, where they are kept."""


def _stdin_chunks(file: str) -> Iterator[bytes]:
    """Yield the bytes of standard input, those that were kept first."""
    kept = _KEPT_INPUT.get()
    yield from kept or ()
    for chunk in _unread_stdin_chunks(file, sum(map(len, kept or ()))):
        if kept is not None:
            kept.append(chunk)
        yield chunk


def _unread_stdin_chunks(file: str, size: int) -> Iterator[bytes]:
    """Yield the bytes of standard input that nobody has read, after `size` others."""
    if sys.stdin is None or sys.stdin.isatty():
        what = "standard input is closed" if sys.stdin is None else "standard input is a terminal"
        raise InputUnreadableError(what, "pipe a CSV file into it", Place(file), code=Code.NOINPUT)
    try:
        while chunk := sys.stdin.buffer.read(CHUNK):
            size += len(chunk)
            _refuse_large(size, file)
            yield chunk
    except OSError as error:
        raise _unreadable_error(error, file) from error


def hold_file(source: str) -> HeldFile:
    """Read a file for a process that cannot; what makes it unreadable here is raised there."""
    stamp = None
    with suppress(OSError, ValueError):
        found = os.stat(source)  # noqa: PTH116 - a Path would refuse names that no file can have
        stamp = found.st_size, found.st_mtime_ns  # before it is read: if it is replaced meanwhile, it has another
    try:
        return HeldFile(b"".join(_file_chunks(source, printed(source))), stamp)
    except ForecasterError as error:
        return HeldFile(error, stamp)


def _file_chunks(source: str, file: str) -> Iterator[bytes]:
    """Yield the bytes that a regular file has when it is opened; anything else could block for ever or never end."""
    if (held := held_file(source)) is not None:
        yield from held.chunks(CHUNK)
        return
    if ADDRESS.match(source):
        what = "web addresses are not downloaded"
        raise InputUnreadableError(what, "download the file first", Place(file), code=Code.NOINPUT)
    try:
        with open(source, "rb", opener=_without_waiting) as stream:
            before = os.fstat(stream.fileno())
            if not stat.S_ISREG(before.st_mode) or (before.st_size == 0 and stream.read(1)):
                what = "this is not a regular file"
                raise InputUnreadableError(what, "pipe the rows through -", Place(file), code=Code.NOINPUT)
            _refuse_large(before.st_size, file)
            chunk, left = b"", before.st_size
            while left and (chunk := stream.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk
            _refuse_changed(before, os.fstat(stream.fileno()), chunk, file)
    except ValueError as error:
        what = "no file can have this name"
        raise InputUnreadableError(what, "check the name", Place(file), code=Code.NOINPUT) from error
    except OSError as error:
        raise _unreadable_error(error, file) from error


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | NO_WAIT)


def _unreadable_error(error: OSError, file: str) -> InputUnreadableError:
    what = (error.strerror or "it cannot be read").lower()
    remedy = "check the name and the permissions"
    if isinstance(error, FileNotFoundError) and os.path.islink(file):  # noqa: PTH114 - a Path would refuse names that no file can have
        what, remedy = "the link leads to no file", "check where it leads"
    elif isinstance(error, FileNotFoundError):
        what, meant = "there is no such file", similar_file(file)
        remedy = f"did you mean {printed(meant)}?" if meant else "check the name and the folder"
    return InputUnreadableError(what, remedy, Place(file), code=Code.NOINPUT)


def _refuse_changed(before: os.stat_result, after: os.stat_result, last: bytes, file: str) -> None:
    """Refuse a file that was rewritten while it was read, or that grew when its last row was not whole."""
    grown = after.st_size > before.st_size and last.endswith((b"\n", b"\r"))
    if after.st_mtime_ns != before.st_mtime_ns and not grown:
        what = "the file was changed while it was read"
        raise InputRefusedError(what, "run again when it is complete", Place(file), code=Code.TRUNCATED)


def _refuse_large(size: int, file: str) -> None:
    if size > LARGEST_FILE:
        what = "the file is larger than 1 GiB"
        raise InputRefusedError(what, "split it or drop columns", Place(file), code=Code.LIMIT)


def _unpacked(chunks: Iterator[bytes], file: str) -> Iterator[bytes]:
    opening, chunks = _peek_first_bytes(chunks)
    if opening.startswith(GZIP):
        return archives.ungzipped(chunks, file)
    if opening.startswith(ZIP):
        document = next((what for mark, what in archives.DOCUMENTS if mark in opening[:OPENING]), "")
        if document == archives.EXCEL and file.lower().endswith(EXCEL_NAME):
            return chunks
        if document:
            raise InputRefusedError(f"this is {document}", EXPORT, Place(file), code=Code.BINARY)
        return archives.unzipped(chunks, file)
    return chunks


def _refuse_by_signature(opening: bytes, file: str) -> None:
    """Refuse what begins as a known kind of file that is no table, and Parquet under another name."""
    for kinds, remedy, code in SIGNATURES:
        for signature, what in kinds:
            if opening.startswith(signature):
                raise InputRefusedError(f"this is {what}", remedy, Place(file), code=code)
    if opening.startswith(b"ustar", 257):
        raise InputRefusedError("this is a tar archive", "extract the table", Place(file), code=Code.COMPRESSED)
    if opening.startswith(PARQUET) and not file.lower().endswith(PARQUET_NAMES):
        remedy = "give it a name that ends in .parquet"
        raise InputRefusedError("this is a Parquet file", remedy, Place(file), code=Code.BINARY)


def _with_short_lines(chunks: Iterator[bytes], file: str) -> Iterator[bytes]:
    """Yield the chunks, none longer than the longest line, as long as they can be text."""
    line, begun, blank = 1, 0, 0
    for chunk in chunks:
        first, last = _first_and_last_line_end(chunk)
        begun += len(chunk) if first < 0 else first
        blank = 0 if chunk.strip(b" \t\r\n\0") else blank + len(chunk)
        if max(begun, blank) > LONGEST_LINE:
            raise _endless_line(chunk, blank > LONGEST_LINE, Place(file, line))
        if first >= 0:
            begun = len(chunk) - last - 1
            line += chunk.count(b"\n") or chunk.count(b"\r")
        if line > MOST_LINES:
            what = f"the file has more than {MOST_LINES} lines"
            raise InputRefusedError(what, "split it, or keep fewer rows", Place(file), code=Code.LIMIT)
        yield chunk


def _first_and_last_line_end(chunk: bytes) -> tuple[int, int]:
    """Return where the first and the last line end of a chunk stand, -1 if there is none."""
    firsts = [place for end in (b"\n", b"\r") if (place := chunk.find(end)) >= 0]
    return min(firsts, default=-1), max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))


def _endless_line(chunk: bytes, blank: bool, place: Place) -> InputRefusedError:
    if b"\0\0\0\0" in chunk:
        return InputRefusedError("the text has zero bytes", "write the file again", place, code=Code.BINARY)
    what = "there is more than 1 MiB of blank lines here" if blank else "the line is longer than 1 MiB"
    return InputRefusedError(what, "give a table with one row on each line", place, code=Code.LIMIT)
