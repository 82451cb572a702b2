"""Whether a file is the one that an earlier run read or wrote: by size and time, and by the digest of its bytes."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Self

from forecaster.reading.tables.held_files import held_file

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class FileStamp:
    """Size in bytes and time of the last change in nanoseconds: if both are the same, the file is taken as the same."""

    size: int
    mtime_ns: int

    @classmethod
    def read(cls, path: str | Path) -> Self | None:
        """Return the stamp of a file; None if there is none. A file that is held has the one that was read with it."""
        if (held := held_file(str(path))) is not None:
            return None if held.stamp is None else cls(*held.stamp)
        try:
            found = os.stat(path)  # noqa: PTH116 - a Path would refuse names that no file can have
        except (OSError, ValueError):
            return None
        return cls(found.st_size, found.st_mtime_ns)


class ReadFile(NamedTuple):
    """A source as a run reads it.

    Attributes:
        stamp: Its size and time before it was read: if it is replaced meanwhile, the next run sees another stamp.
        sha256: SHA-256 of the bytes that were read.

    """

    stamp: FileStamp
    sha256: str


@dataclass(frozen=True)
class WrittenFile:
    """A file that a run wrote, with the SHA-256 of its bytes.

    Attributes:
        stamp: Its size and time.
        sha256: Its digest, in hexadecimal digits.

    """

    stamp: FileStamp
    sha256: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the record of a file as it is now.

        Raises:
            OSError: It cannot be read.

        """
        stamp = FileStamp.read(path)
        data = path.read_bytes()
        return cls(stamp or FileStamp(len(data), 0), sha256(data).hexdigest())

    def with_stamp_of(self, path: Path) -> Self:
        """Return the record of a file of these bytes that was written to another place, which it has now."""
        return replace(self, stamp=FileStamp.read(path) or self.stamp)

    def is_unchanged(self, path: Path) -> bool:
        """Return whether a file is still as it was written; a copy with another time is."""
        stamp = FileStamp.read(path)
        if stamp is None or stamp.size != self.stamp.size:
            return False
        try:
            return stamp == self.stamp or sha256(path.read_bytes()).hexdigest() == self.sha256
        except OSError:
            return False
