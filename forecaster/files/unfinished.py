"""Temporary files of results that are being written, and the removal of those whose writers died.

A writer holds a lock of the operating system on its temporary file until that has become the result. So a file that can
be locked has no writer any more, whatever the process number in its name says: numbers are used again, and other hosts
and containers have numbers of their own.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from forecaster.files.handles import BINARY, NO_LINK, NO_WAIT, ON_WINDOWS, is_file_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNFINISHED = re.compile(r"\..+\.\d+\.[0-9a-f]{16}\.tmp", re.DOTALL)
"""Names of temporary files: `.NAME.PROCESS.RANDOM.tmp`."""
ATTEMPTS = 20
"""Names that are tried for a new file: another run may sweep a file away in the microsecond before it is locked."""
WINDOWS_SECONDS = 3600.0
"""Age at which a file is swept on Windows, where an open file cannot become the result, so that no lock can last until
then: far longer than it takes to read back a result of 256 MB, the most that a model may have."""


@contextmanager
def unfinished_file(target: Path, mode: int | None) -> Iterator[tuple[Path, int]]:
    """Create a temporary file for `target` and hold its lock as long as the context lasts.

    Args:
        target: The result, without links in its path.
        mode: Mode of the file; None for what the umask gives.

    Yields:
        The path of the file, and a handle for writing, which the caller closes.

    Raises:
        OSError: The file cannot be created.

    """
    path, handle = _create_and_lock(target, mode)
    guard = None if ON_WINDOWS else os.dup(handle)  # the lock ends when both handles are closed
    try:
        yield path, handle
    finally:
        if guard is not None:
            with suppress(OSError):  # nothing is written through it
                os.close(guard)


def temporary_path(target: Path) -> Path:
    """Return a new name for an unfinished `target`: a hidden file in the same folder."""
    return target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(8)}.tmp")


def sweep_unfinished_files(folder: Path) -> None:
    """Remove the temporary files of dead writers from a folder, which is listed once.

    What cannot be removed stays; so does everything on a file system that has no locks.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if UNFINISHED.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    _remove_if_writer_died(entry)


def _create_and_lock(target: Path, mode: int | None) -> tuple[Path, int]:
    """Create a temporary file, and return its path and a handle that holds its lock if the file system has locks."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK | BINARY
    for _ in range(ATTEMPTS):
        path = temporary_path(target)
        handle = os.open(path, flags, 0o666 if mode is None else mode)  # less the umask
        try:
            locked = _lock_against_sweeps(handle, path)
        except BaseException:  # also a signal: nobody knows the file yet
            os.close(handle)
            with suppress(OSError):
                path.unlink()
            raise
        if locked:
            return path, handle
        os.close(handle)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _lock_against_sweeps(handle: int, path: Path) -> bool:
    """Lock a new file; return False if another run is sweeping it away, or has done so."""
    from filelock import lock_descriptor  # here, because most commands write no file

    if ON_WINDOWS:
        return True
    try:
        locked = lock_descriptor(handle, blocking=False)
    except OSError:  # the file system has no locks: then nobody sweeps either
        return True
    return locked and is_file_at(handle, path)


def _remove_if_writer_died(entry: os.DirEntry[str]) -> None:
    """Remove a temporary file unless its writer holds its lock, or on Windows may still be reading it back."""
    from filelock import lock_descriptor

    if ON_WINDOWS:
        if time.time() - entry.stat().st_mtime > WINDOWS_SECONDS:
            os.unlink(entry.path)  # noqa: PTH108 - one spelling for all calls of the operating system here
        return
    handle = _open_for_lock(entry.path)
    try:
        if lock_descriptor(handle, blocking=False):
            os.unlink(entry.path)  # noqa: PTH108 - as above
    finally:
        os.close(handle)


def _open_for_lock(path: str) -> int:
    """Open a file for its lock: for writing too, which network file systems demand, unless it is write-protected."""
    flags = NO_LINK | NO_WAIT  # a pipe that has taken the name meanwhile must not be waited for
    try:
        return os.open(path, os.O_RDWR | flags)
    except PermissionError:
        return os.open(path, os.O_RDONLY | flags)
