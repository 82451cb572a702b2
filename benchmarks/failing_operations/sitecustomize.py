"""Have one file operation of a process fail, for `faults.py --operations`: Python loads this module when it starts.

`FAILING_FOLDER` is the folder whose files count, `FAILING_NUMBER` the number of the operation that fails, from 1, and
`FAILING_KIND` how: the name of an error such as ENOSPC, `SHORT` for a write of half of the bytes, or `DEATH` for the
end of the process. With `FAILING_WORKERS` operations of worker processes fail, each of which counts for itself, and
without it those of the first process. Each operation is a line of the file `FAILING_COUNT`: process and
name, with `read` for an `open` that only reads.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
from typing import Any

FOLDER = os.path.realpath(os.environ.get("FAILING_FOLDER", os.devnull))
NUMBER = int(os.environ.get("FAILING_NUMBER", "0"))
KIND = os.environ.get("FAILING_KIND", "")
BY_PATH = ("open", "replace", "rename", "unlink", "remove", "mkdir", "rmdir", "truncate", "chmod", "link", "stat")
BY_HANDLE = ("write", "fsync", "ftruncate", "fchmod", "read", "posix_fallocate")
"""Functions of `os` whose first argument is a path, or a handle."""
REAL = {name: getattr(os, name) for name in (*BY_PATH, *BY_HANDLE)}
REAL_OPEN = io.open
"""The real functions."""


class Operations:
    """The operations so far."""

    def __init__(self) -> None:
        """Open the file of the counts, if this is the first process."""
        self.count = 0
        self.log = REAL["open"](os.environ["FAILING_COUNT"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)

    def is_inside(self, place: Any) -> bool:
        """Return whether a path or handle belongs to the folder."""
        try:
            if isinstance(place, int):
                path = os.readlink(f"/proc/self/fd/{place}")  # noqa: PTH115 - `pathlib` is patched
            else:
                path = os.path.join(os.path.realpath(os.path.dirname(os.fspath(place)) or "."), "x")  # noqa: PTH118, PTH120 - `pathlib` is patched
        except (OSError, TypeError, ValueError):
            return False
        return os.fsdecode(path).startswith(FOLDER + os.sep)

    def meet(self, name: str, place: Any) -> str:
        """Count an operation; raise its error, end the process, or return `SHORT` if it is the one that fails."""
        if not self.is_inside(place):
            return ""
        self.count += 1
        REAL["write"](self.log, f"{os.getpid()} {name}\n".encode())
        if self.count != NUMBER:
            return ""
        if KIND == "DEATH":
            os._exit(99)
        if KIND == "SHORT":
            return KIND
        number = getattr(errno, KIND)
        raise OSError(number, os.strerror(number), None if isinstance(place, int) else os.fspath(place))


def patch_operations() -> None:
    """Put the counted functions in place of the real ones."""
    operations = Operations()

    def wrap(name: str) -> Any:
        real = REAL[name]

        def operation(place: Any, *arguments: Any, **named: Any) -> Any:
            flags = arguments[0] if name == "open" and arguments else named.get("flags", os.O_RDWR)
            reads = name == "open" and not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            short = operations.meet("read" if reads else name, place)
            if short and name == "write":
                return real(place, arguments[0][: len(arguments[0]) // 2])
            return real(place, *arguments, **named)

        return operation

    for name in REAL:
        setattr(os, name, wrap(name))

    def open_counted(file: Any, *arguments: Any, **named: Any) -> Any:
        mode = arguments[0] if arguments else named.get("mode", "r")
        operations.meet("open" if set(mode) & set("wxa+") else "read", file)
        return REAL_OPEN(file, *arguments, **named)

    builtins.open = io.open = open_counted


def restore_operations() -> None:
    """Put the real functions back, in a copy of a process that counts its operations."""
    for name, real in REAL.items():
        setattr(os, name, real)
    builtins.open = io.open = REAL_OPEN


if "FAILING_FOLDER" in os.environ:
    is_worker = "FAILING_BEGUN" in os.environ
    os.environ["FAILING_BEGUN"] = "1"  # for worker processes, which are started later
    if is_worker == ("FAILING_WORKERS" in os.environ):
        patch_operations()
