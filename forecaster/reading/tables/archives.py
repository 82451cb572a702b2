"""Archives with one file in them, unpacked chunk by chunk within bounds, their checksums verified.

What unpacks to more than a hundred times its size is no table but an attack, and is refused on the way.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from forecaster.errors import Code, InputRefusedError, Place
from forecaster.size_limits import ALWAYS_UNPACKED, LARGEST_FILE, LARGEST_RATIO, MOST_ENTRIES, MOST_MEMBERS
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
CHUNK = 2**20
"""Bytes that are read at once."""
SLICE = 2**12
"""Bytes of gzip data that are unpacked at once. What follows a member is copied, so many small members in a longer
piece would take a time that grows with the square of their number."""
MOST_IN_MEMORY = 2**25
"""Bytes of a copy that stay in memory; a larger one goes to a temporary file."""
DIRECTORY_ENTRY = b"PK\x01\x02"
EXCEL = "an Excel workbook"
DOCUMENTS = (
    (b"word/", "a Word document"),
    (b"ppt/", "a PowerPoint document"),
    (b"[Content_Types].xml", EXCEL),
    (b"xl/", EXCEL),
    (b"mimetypeapplication/vnd.oasis", "an OpenDocument spreadsheet"),
    (b".npy", "a NumPy archive"),
)
"""What stands near the beginning of zip archives that are no tables."""
NO_MEMBER = re.compile(r"^__MACOSX/|(\.DS_Store|desktop\.ini)\Z")
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, LookupError, OSError)
"""What `zipfile` raises on archives that were cut, overwritten or made up."""


def ungzipped(chunks: Iterator[bytes], file: str) -> Iterator[bytes]:
    """Yield what gzip data unpack to, at most 1 MiB at a time.

    Raises:
        InputRefusedError: The data are damaged, or unpack to too much.

    """
    member, members, packed, unpacked = zlib.decompressobj(wbits=31), 1, 0, 0
    for chunk in chunks:
        packed += len(chunk)
        for begin in range(0, len(chunk), SLICE):
            rest = chunk[begin : begin + SLICE]
            rest = rest.lstrip(b"\0") if member.eof else rest
            while rest:
                if member.eof:
                    member, members = zlib.decompressobj(wbits=31), members + 1
                try:
                    piece = member.decompress(rest, CHUNK)
                except zlib.error as error:
                    raise _damaged_archive(file) from error
                unpacked += len(piece)
                refuse_bomb(unpacked, packed, file)
                if piece:
                    yield piece
                rest = member.unused_data.lstrip(b"\0") if member.eof else member.unconsumed_tail
            _refuse_many_members(members, file)
    if not member.eof:
        raise _damaged_archive(file)


def unzipped(chunks: Iterator[bytes], file: str) -> Iterator[bytes]:
    """Yield the one file of a zip archive, at most 1 MiB at a time; folders and the notes of macOS do not count.

    Raises:
        InputRefusedError: There are several files or none, they are encrypted or damaged, or unpack to too much.

    """
    with SpooledTemporaryFile(MOST_IN_MEMORY) as stream:
        stream.writelines(chunks)
        packed = stream.tell()
        stream.seek(max(0, packed - 2**16))
        if stream.read().count(DIRECTORY_ENTRY) > MOST_ENTRIES:
            what = f"the archive holds more than {MOST_ENTRIES} files"
            raise InputRefusedError(what, "extract the one to read", Place(file), code=Code.COMPRESSED)
        try:
            with zipfile.ZipFile(stream) as archive, archive.open(_only_member(archive, file)) as member:
                while piece := member.read(CHUNK):
                    refuse_bomb(member.tell(), packed, file)
                    yield piece
        except DAMAGES as error:
            raise _damaged_archive(file) from error


def _only_member(archive: zipfile.ZipFile, file: str) -> zipfile.ZipInfo:
    """Return the one file of an archive."""
    members = [entry for entry in archive.infolist() if not entry.is_dir() and not NO_MEMBER.search(entry.filename)]
    if len(members) != 1:
        names = ", ".join(shown(entry.filename) for entry in members[:3]) + (", ..." if len(members) > 3 else "")
        what = f"the archive holds {len(members)} files: {names}" if members else "the archive holds no file"
        raise InputRefusedError(what, "extract the one to read", Place(file), code=Code.COMPRESSED)
    if members[0].flag_bits & 1 or members[0].compress_type not in READABLE:
        what = "the archive needs a password" if members[0].flag_bits & 1 else "the archive is packed in a rare way"
        raise InputRefusedError(what, "unpack it first", Place(file), code=Code.COMPRESSED)
    return members[0]


def refuse_bomb(unpacked: int, packed: int, file: str) -> None:
    """Refuse a file of `packed` bytes of which `unpacked` bytes are too many."""
    if unpacked > LARGEST_FILE:
        raise InputRefusedError("the file unpacks to more than 1 GiB", "split it", Place(file), code=Code.LIMIT)
    if unpacked > max(ALWAYS_UNPACKED, LARGEST_RATIO * packed):
        what = f"the file unpacks to more than {LARGEST_RATIO} times its size"
        raise InputRefusedError(what, "unpack it first if that is right", Place(file), code=Code.LIMIT)


def _refuse_many_members(members: int, file: str) -> None:
    if members > MOST_MEMBERS:
        what = f"the file holds more than {MOST_MEMBERS:,} pieces of gzip data"
        raise InputRefusedError(what, "unpack it first", Place(file), code=Code.LIMIT)


def _damaged_archive(file: str) -> InputRefusedError:
    what = "the compressed file is damaged or incomplete"
    return InputRefusedError(what, "copy or download it again", Place(file), code=Code.COMPRESSED)
