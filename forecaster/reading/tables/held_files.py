"""Files that another process has read: a worker of a cluster reads their bytes from memory, under their own names."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from forecaster.errors import ForecasterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class HeldFile(NamedTuple):
    """A file as another process found it.

    Attributes:
        content: Its bytes, or the error that reading it ended with.
        stamp: Its size in bytes and the time of its last change in nanoseconds, before it was read; None if there was
            no such file.

    """

    content: bytes | ForecasterError
    stamp: tuple[int, int] | None = None

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the bytes, `size` of them at once.

        Raises:
            ForecasterError: The file could not be read.

        """
        if isinstance(self.content, ForecasterError):
            raise self.content
        for start in range(0, len(self.content), size):
            yield self.content[start : start + size]


_HELD: ContextVar[Mapping[str, HeldFile]] = ContextVar("held_files", default={})  # noqa: B039 - never changed


@contextmanager
def files_held(files: Mapping[str, HeldFile]) -> Iterator[None]:
    """Read these files from memory, by the names that the user gave them, as long as the context lasts."""
    token = _HELD.set(files)
    try:
        yield
    finally:
        _HELD.reset(token)


def held_file(source: str) -> HeldFile | None:
    """Return a file that is read from memory; None if it is not."""
    return _HELD.get().get(source)


def is_file(name: str) -> bool:
    """Return whether there is a file of this name, in memory or on a disk."""
    return held_file(name) is not None or Path(name).is_file()
