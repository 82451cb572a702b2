"""What the operating systems do differently when a file is opened: flags, and whether a handle and a path are one file.

Only calls that Windows lacks too are guarded here, so that the program starts there.
"""

from __future__ import annotations

import os
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
