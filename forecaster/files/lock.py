"""One writer at a time for a model file or a folder of results; readers need no lock, since files are only replaced.

The lock is one of the operating system, taken through the library `filelock`: it ends with the process that holds it,
even if that is killed. Its file lies in one folder that all users of the host share (see `lock_folder`), under a name
that follows from the real path of what is locked, so nothing lies beside the files of users.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import stat
import time
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from forecaster.errors import OutputError, Place, StorageError, TryAgainError
from forecaster.files.atomic import REMEDIES, resolve_links
from forecaster.files.handles import BINARY, NO_LINK, NO_WAIT, ON_WINDOWS, is_file_at, set_mode
from forecaster.spec import LOCK_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED_FOLDERS = (Path("/run/lock"), Path("/tmp"))  # noqa: S108 - shared on purpose; see `_open_lock_file`
"""Folders of Unix systems where every user may write. The first is the one for locks, and services with a private
`/tmp` see it too; not every system has it or opens it to all. Neither depends on HOME or TMPDIR, which differ between
cron and a shell."""
SIGNATURE = re.compile(rb"(\d{1,10}) ([\w.-]{1,64}) ([0-9T:+-]{1,32})\n")
"""What a holder writes into the lock file: its process, its host and the time."""
UNSUPPORTED = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL})
"""Errors of file systems that have no locks."""
LOCK_NAME = re.compile(r"forecaster-[0-9a-f]{32}\.lock")
"""Names of lock files."""
ATTEMPTS, PAUSE = 20, 0.01
"""How often a lock is tried before its holder is named, and the seconds in between: another run may hold it for the
microseconds in which it sweeps or removes the file, or longer while it waits for a busy processor."""


@contextmanager
def exclusive_lock(path: Path, what: Literal["model", "folder", "ledger"] = "model") -> Iterator[None]:
    """Hold the lock of `path` as long as the context lasts.

    Args:
        path: A model file, the output folder of a batch, or a ledger; it need not exist.
        what: Which of them it is.

    Raises:
        TryAgainError: Another run holds the lock.
        OutputError: The lock file cannot be created, or its file system has no locks.
        StorageError: Writing the lock file failed.

    """
    file = lock_file(path)
    _sweep_dead_locks(file.parent)
    try:
        handle = _acquire_lock(file, path, what)
    except OSError as error:
        raise _lock_failure(error, file, path) from error
    try:
        yield
    finally:
        _release_lock(handle, file)


def lock_folder() -> Path:
    """Return the folder of all lock files, which is the same for all users of a host, in a shell and in cron.

    Hosts and containers that write to one shared disk share no folder of the system; there `FORECAST_LOCK_FOLDER` names
    a folder on that disk.
    """
    if named := os.environ.get(LOCK_FOLDER):
        return Path(named)
    if ON_WINDOWS:
        return Path(os.environ.get("PROGRAMDATA", "C:/ProgramData"), "forecaster", "locks")
    return next((folder for folder in SHARED_FOLDERS if _is_open_to_all(folder)), SHARED_FOLDERS[-1])


def lock_file(path: Path) -> Path:
    """Return the lock file of `path`; it is the same through all links."""
    real = os.path.normcase(resolve_links(path))
    return lock_folder() / f"forecaster-{hashlib.sha256(os.fsencode(real)).hexdigest()[:32]}.lock"


def _is_open_to_all(folder: Path) -> bool:
    """Return whether every user may create files in a folder, and remove only their own.

    The mode decides and not whether this user may write, so that all users choose the same folder.
    """
    try:
        mode = folder.stat().st_mode
    except OSError:
        return False
    return stat.S_ISDIR(mode) and bool(mode & stat.S_ISVTX) and bool(mode & stat.S_IWOTH)


def _acquire_lock(file: Path, path: Path, what: str) -> int:
    """Take the lock without waiting for its holder to end, and return the handle that holds it.

    Raises:
        TryAgainError: Another run holds it.
        OSError: The lock file cannot be opened, locked or written.

    """
    from filelock import lock_descriptor  # here, because most commands lock nothing

    holder = ""
    for _ in range(ATTEMPTS):
        handle = _open_lock_file(file)
        try:
            locked = lock_descriptor(handle, blocking=False)
            if locked and is_file_at(handle, file):  # a lock on a removed file excludes nobody
                _sign(handle)
                return handle
            holder = _holder(handle)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        time.sleep(PAUSE)
    what_happens = f"another run{holder} is writing this {what}"
    raise TryAgainError(what_happens, "wait until it has ended and try again", Place(file=str(path)))


def _open_lock_file(file: Path) -> int:
    """Return a handle of the lock file, which is created if it does not exist and is then open to all users.

    Everyone may write in the folder: a link that someone has planted there is not followed, and what is not a plain
    file, or has a second name elsewhere, is refused.
    """
    flags = os.O_RDWR | NO_LINK | BINARY
    if ON_WINDOWS:
        file.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(ATTEMPTS):
        with suppress(FileNotFoundError):  # not with O_CREAT: Linux refuses that for files of others in shared folders
            return _checked_lock_file(_open_twice(file, flags))
        with suppress(FileExistsError):
            handle = os.open(file, flags | os.O_CREAT | os.O_EXCL, 0o666)
            set_mode(handle, 0o666)  # despite the umask
            return handle
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _open_twice(file: Path, flags: int) -> int:
    """Open an existing lock file, and once more if another user is just creating it and has not opened it to all."""
    try:
        return os.open(file, flags)
    except PermissionError:
        time.sleep(PAUSE)
        return os.open(file, flags)


def _checked_lock_file(handle: int) -> int:
    """Return the handle of a lock file if that is a plain file with one name or, when just removed, with none."""
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode) and status.st_nlink <= 1:
        return handle
    os.close(handle)
    raise OSError(errno.EPERM, "it is not a lock file")


def _sign(handle: int) -> None:
    """Write process, host and time into a lock file, after its first byte, which is what Windows locks."""
    host = re.sub(r"[^\w.-]", "-", platform.node(), flags=re.ASCII)[:64] or "unknown"
    began = datetime.now().astimezone().isoformat(timespec="seconds")
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, f"\n{os.getpid()} {host} {began}\n".encode())


def _holder(handle: int) -> str:
    """Return ` (process 17 on host x, since ...)`, as the holder of a lock wrote it; nothing if it is not legible."""
    os.lseek(handle, 1, os.SEEK_SET)
    signed = SIGNATURE.fullmatch(os.read(handle, 128))
    if signed is None:
        return ""
    process, host, began = (part.decode() for part in signed.groups())
    return f" (process {process} on host {host}, since {began})"


def _release_lock(handle: int, file: Path) -> None:
    """Remove the lock file, if it is still the locked one, and end the lock.

    It is removed before the lock ends: whoever locks it afterwards finds that it is gone, and creates another one.
    Windows removes no open file; there it is removed afterwards, unless someone else has opened it.
    """
    from filelock import unlock_descriptor

    try:
        with suppress(OSError):
            if is_file_at(handle, file):
                file.unlink()
        unlock_descriptor(handle)  # children that were forked have the handle too
    finally:
        os.close(handle)
    if ON_WINDOWS:
        with suppress(OSError):
            file.unlink()


@cache
def _sweep_dead_locks(folder: Path) -> None:
    """Remove the lock files of killed runs, once in a process: files that can be locked have no holder."""
    from filelock import lock_descriptor

    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not LOCK_NAME.fullmatch(entry.name):
                continue
            with suppress(OSError):
                handle = _checked_lock_file(os.open(entry.path, os.O_RDWR | NO_LINK | NO_WAIT | BINARY))
                if lock_descriptor(handle, blocking=False):
                    _release_lock(handle, Path(entry.path))
                else:
                    os.close(handle)


def _lock_failure(error: OSError, file: Path, path: Path) -> OutputError | StorageError:
    """Return the error for a failure of the operating system to lock `path` by its lock file."""
    place = Place(file=str(path))
    if error.errno in UNSUPPORTED:
        what = f"cannot be written safely: the file system of {file.parent} cannot lock files"
        return OutputError(what, f"set {LOCK_FOLDER} to a folder on a local disk", place)
    what = f"cannot be locked: {file}: {error.strerror or error}"
    if error.errno in REMEDIES:
        return OutputError(what, f"set {LOCK_FOLDER} to a folder where you may write", place)
    return StorageError(what, f"check that disk, or set {LOCK_FOLDER} to a folder on another one", place)
