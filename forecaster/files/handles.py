"""What the operating systems do differently when a file is opened: flags, and whether a handle and a path are one file.

Only calls that Windows lacks too are guarded here, so that the program starts there.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NO_LINK, NO_WAIT, FOLDER = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY"))
"""Flags for opening files: refuse a link; do not wait for the other end of a pipe; refuse what is no folder. Windows
has none of them."""
BINARY = getattr(os, "O_BINARY", 0)
"""Flag for opening files that Windows alone has, and needs to leave the bytes of line ends alone."""
ON_WINDOWS = os.name == "nt"
"""Whether files are locked, replaced and removed by the rules of Windows: none of it while a file is open."""


def open_regular(path: Path, flags: int = os.O_RDONLY) -> int:
    """Return a handle of a regular file, which is created if the flags say so.

    Anything else could block for ever or never end; opening a pipe does not wait for its other end.

    Raises:
        OSError: It cannot be opened, or it is something else.

    """
    try:
        handle = os.open(path, flags | NO_WAIT | BINARY, 0o666)  # less the umask
    except OSError as error:
        raise _no_file(path) if error.errno == errno.ENXIO else error from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _no_file(path)
    return handle


def read_regular(path: Path) -> bytes:
    """Return the bytes of a regular file.

    Raises:
        OSError: As in `open_regular`, or it cannot be read.

    """
    with os.fdopen(open_regular(path), "rb") as file:
        return file.read()


def _no_file(path: Path) -> OSError:
    """Return the error of what is no regular file: its number is that of a pipe that nobody reads."""
    return OSError(errno.ENXIO, "it is a device or a pipe", os.fspath(path))


def is_file_at(handle: int, path: Path) -> bool:
    """Return whether `path` itself, not what a link there points to, still is the open file."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


def set_mode(handle: int, mode: int) -> None:
    """Set the mode of an open file where files have one."""
    if hasattr(os, "fchmod"):
        os.fchmod(handle, mode)
