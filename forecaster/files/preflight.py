"""Check before long work that its result can be written: the place, the permission, and the space."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.errors import OutputError, Place
from forecaster.files.atomic import output_failure, target_and_mode, write_and_close
from forecaster.files.unfinished import unfinished_file

if TYPE_CHECKING:
    from collections.abc import Mapping

SMALLEST_FILE = 4096
"""Bytes that a file takes at least: the usual block of file systems."""
UNITS = ((2**30, "GB"), (2**20, "MB"), (2**10, "KB"))
"""Units of sizes in messages."""
MOUNTS = Path("/proc/self/mountinfo")
"""The mount points of Linux: the fifth word of each line is a path, in which the characters of `ESCAPES` are octal."""
ESCAPES: Mapping[int, bytes] = {each: b"\\%03o" % each for each in b" \t\n\\"}


def check_writable(path: Path, size: int = 1) -> None:
    """Check that `path` can be written, before hours of work depend on it.

    Args:
        path: The file.
        size: Bytes that will be written, in this file or others of its folder; the file that `path` may hold already
            stays until the new one is complete, so its space does not count. Without an estimate, one byte: a disk
            without any space is refused.

    Raises:
        OutputError: The folder is missing, may not be written to or has too little space, or `path` is not a file, or
            one that cannot be replaced.
        StorageError: Even an empty file fails.

    """
    try:
        target, mode = target_and_mode(path)
        if mode is not None:
            _check_replaceable(target, path)
        _try_to_create(target, mode)
    except OSError as error:
        raise output_failure(error, path) from error
    check_space(path, size)


def check_space(path: Path, size: int) -> None:
    """Check that the disk of `path` has space for `size` bytes.

    Raises:
        OutputError: It has less.
        StorageError: The disk does not tell.

    """
    from shutil import disk_usage  # here, because most commands write no file

    try:
        disk = disk_usage(os.path.dirname(os.path.realpath(path)))  # noqa: PTH120 - Path.resolve fails on loops
    except OSError as error:
        raise output_failure(error, path) from error
    if not disk.total or disk.free >= size:  # some network folders count no bytes at all
        return
    space = f"it takes about {size_text(size)}, and its disk has {size_text(disk.free)} left"
    what = f"cannot be written: {space if disk.free else 'its disk is full'}"
    raise OutputError(what, "free some space or choose another place", Place(file=str(path)))


def size_text(size: float) -> str:
    """Return a number of bytes as people write it: `0.4 KB`, `12 KB`, `3.1 MB`, `2.0 GB`."""
    unit, name = next((each for each in UNITS if size >= each[0]), UNITS[-1])
    amount = size / unit
    return f"{amount:.0f} {name}" if amount >= 10 else f"{amount:.1f} {name}"


def _check_replaceable(target: Path, path: Path) -> None:
    """Check that a new file may take the place of `target`, to which `path` leads.

    Raises:
        OSError: It is write-protected, or of another user in a folder whose files only their owners may replace.
        OutputError: It is a mount point, as a file that a container is given.

    """
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if _is_mount_point(target):
        what = "cannot be written: the file is mounted by itself, so no new one can take its place"
        raise OutputError(what, "mount its folder instead", Place(file=str(path)))
    folder = target.parent.stat()
    if folder.st_mode & stat.S_ISVTX and os.geteuid() not in {0, folder.st_uid, target.stat().st_uid}:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def _is_mount_point(target: Path) -> bool:
    """Return whether a file is a mount point of Linux, also if it is of the same disk as its folder."""
    place = b"".join(ESCAPES.get(each, bytes([each])) for each in os.fsencode(target))
    with suppress(OSError):
        return any(line.split(b" ")[4] == place for line in MOUNTS.read_bytes().splitlines())
    return False


def _try_to_create(target: Path, mode: int | None) -> None:
    """Create an empty temporary file for `target`, and remove it."""
    with unfinished_file(target, mode) as (file, handle):
        try:
            write_and_close(handle, b"", mode)
        finally:
            file.unlink(missing_ok=True)
