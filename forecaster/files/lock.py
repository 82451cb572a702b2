"""One writer at a time for a model file; readers need no lock, since a file is replaced and never changed.

The lock is the operating system's own (`flock`) on a hidden file beside the model. It ends with the process that
holds it, however that ends; the file itself stays, because removing it would let two writers hold two of them.
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
from forecaster.files.atomic import output_failure, resolve, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLDER = re.compile(rb"(\d{1,10}) ([0-9T:+-]{1,32})\n")
UNSUPPORTED = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL})


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock of the model file `path`; what killed writers left behind is removed first.

    Raises:
        TryAgainError: Another process holds it.
        OutputError: The lock file cannot be created, or the file system has no locks.

    """
    target = resolve(path)
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(target.with_name(f".{target.name}.lock"), flags, 0o666)
    except OSError as error:
        raise output_failure(error, path) from error
    try:
        _acquire(handle, path)
        with suppress(OSError):  # what cannot be removed does no harm
            for file in unfinished(target):
                file.unlink()
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, path: Path) -> None:
    """Take the lock at once or not at all, and sign it."""
    place = Place(file=str(path))
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {datetime.now().astimezone().isoformat(timespec='seconds')}\n".encode(), 0)
    except BlockingIOError as error:
        what = f"another run{_holder(handle)} is writing this model"
        raise TryAgainError(what, "wait until it has ended and try again", place) from error
    except OSError as error:
        if error.errno in UNSUPPORTED:
            what = "cannot be written safely: its file system cannot lock files"
            raise OutputError(what, "choose a place on a local disk", place) from error
        raise output_failure(error, path) from error


def _holder(handle: int) -> str:
    """Return ` (process 17, since ...)` as the holder of the lock signed it."""
    signed = HOLDER.fullmatch(os.pread(handle, 64, 0))
    return f" (process {signed[1].decode()}, since {signed[2].decode()})" if signed else ""
