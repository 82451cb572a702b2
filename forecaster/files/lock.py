"""Let only one process at a time write a model file.

The lock is the operating system's own (`flock`) on a hidden file next to the model. It ends with the process that holds
it, however that process ends. The lock file stays, because two writers could hold two different files if it were
removed. Readers need no lock, because a model file is replaced as a whole and never changed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING

from forecaster.errors import OutputError, Place, TryAgainError
from forecaster.files.atomic import leftover_temporaries, output_failure, resolve_links

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIGNATURE = re.compile(rb"(\d{1,10}) ([0-9T:+-]{1,32})\n")
"""What the holder of a lock writes into the lock file: its process and the time."""
UNSUPPORTED = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL})
"""Errors of file systems that cannot lock files."""


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold the lock of the model file `path`; first remove the temporary files that killed writers left.

    Raises:
        TryAgainError: Another process holds the lock.
        OutputError: The lock file cannot be created, or the file system has no locks.

    """
    target = resolve_links(path)
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(target.with_name(f".{target.name}.lock"), flags, 0o666)
    except OSError as error:
        raise output_failure(error, path) from error
    try:
        _acquire_lock(handle, path)
        with suppress(OSError):  # a temporary file that cannot be removed does no harm
            for file in leftover_temporaries(target):
                file.unlink()
        yield
    finally:
        os.close(handle)


def _acquire_lock(handle: int, path: Path) -> None:
    """Take the lock without waiting, and write process and time into the lock file."""
    place = Place(file=str(path))
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {datetime.now().astimezone().isoformat(timespec='seconds')}\n".encode(), 0)
    except BlockingIOError as error:
        what = f"another run{_lock_holder(handle)} is writing this model"
        raise TryAgainError(what, "wait until it has ended and try again", place) from error
    except OSError as error:
        if error.errno in UNSUPPORTED:
            what = "cannot be written safely: its file system cannot lock files"
            raise OutputError(what, "choose a place on a local disk", place) from error
        raise output_failure(error, path) from error


def _lock_holder(handle: int) -> str:
    """Return ` (process 17, since ...)` from the lock file; empty if its holder has not signed it."""
    signed = SIGNATURE.fullmatch(os.pread(handle, 64, 0))
    return f" (process {signed[1].decode()}, since {signed[2].decode()})" if signed else ""
