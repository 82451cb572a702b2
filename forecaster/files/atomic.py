"""Write files atomically: a reader sees the old content or the new, never a part.

The new content goes to a temporary file in the same folder, is forced to the disk, read back and only then replaces the
old file. Nothing of the package but its errors is imported here: the command line loads this early.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO, TYPE_CHECKING

from forecaster.errors import ForecasterError, OutputError, Place, StorageError, UsageError
from forecaster.files.handles import FOLDER, ON_WINDOWS, set_mode
from forecaster.files.unfinished import unfinished_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

REMEDIES = {
    errno.ENOENT: "create the folder first",
    errno.ENOTDIR: "a part of the path is a file, name another one",
    errno.EISDIR: "name a file in it",
    errno.EACCES: "choose a place where you may write",
    errno.EPERM: "choose a place where you may write",
    errno.EROFS: "choose a place where you may write",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENXIO: "move it away, or name another file",
    errno.ELOOP: "the link leads back to itself, name a file",
}
"""Remedies by the error number of the operating system, for files that cannot be created; other failures are ones of
storage."""

FOLDER_GONE, CHANGE_FOLDER = "the working folder has been removed", "change to another folder"
"""What is said where the folder in which the program was started does not exist any more."""
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP})
"""Errors of file systems that cannot force a folder to the disk."""


@contextmanager
def sync_left_to_caller() -> Iterator[None]:
    """Do not force files to the disk as long as the context lasts: the caller forces all of them at once.

    They are written completely or not at all also then, unless the power fails.
    """
    token = _SYNCED.set(False)
    try:
        yield
    finally:
        _SYNCED.reset(token)


_SYNCED: ContextVar[bool] = ContextVar("synced", default=True)
"""Whether each file is forced to the disk."""


def atomic_write(path: Path, data: bytes, verify: Callable[[Path], object] | None = None) -> None:
    """Write all of `data` to `path`, or nothing.

    A symbolic link stays, and the file that it points to is replaced; the mode of an existing file stays the same.

    Args:
        path: The file.
        data: Its content.
        verify: Called with the temporary file once it is on the disk; if it raises, the old file stays.

    Raises:
        OutputError: The file cannot be created.
        StorageError: Writing failed half-way.
        ForecasterError: `verify` raised it; its place is `path`.

    """
    try:
        target, mode = target_and_mode(path)
        _replace_file(target, mode, data, verify)
    except OSError as error:
        raise output_failure(error, path) from error
    except ForecasterError as error:
        raise error.at(Place(file=str(path))) from error
    if _SYNCED.get():
        _sync_folder(target.parent, path)


@contextmanager
def atomic_stream(path: Path) -> Iterator[IO[bytes]]:
    """Yield a stream whose content replaces `path` when the context ends, or changes nothing if it ends by an error.

    Raises:
        OutputError: The file cannot be created.
        StorageError: Writing failed half-way.

    """
    try:
        target, mode = target_and_mode(path)
        with unfinished_file(target, mode) as (file, handle):
            try:
                with os.fdopen(handle, "wb") as stream:
                    if mode is not None:
                        set_mode(handle, mode)
                    yield stream
                    stream.flush()
                    os.fsync(stream.fileno())
                os.replace(file, target)  # noqa: PTH105 - one spelling for all calls of the operating system here
            except BaseException:
                with suppress(OSError):
                    os.unlink(file)  # noqa: PTH108 - as above
                raise
    except OSError as error:
        raise output_failure(error, path) from error


def resolve_links(path: Path) -> Path:
    """Return `path` with all symbolic links followed; the file need not exist."""
    return Path(os.path.realpath(path))


def working_folder_is_gone() -> bool:
    """Return whether the working folder has been removed since this process, or the shell, entered it."""
    try:
        os.getcwd()  # noqa: PTH109 - one spelling for all calls of the operating system here
    except FileNotFoundError:
        return True
    return False


def output_failure(error: OSError, path: Path) -> ForecasterError:
    """Return the error for a failure of the operating system to write `path`."""
    place = Place(file=str(path))
    if error.errno == errno.ENOENT and not path.is_absolute() and working_folder_is_gone():
        return OutputError(f"cannot be written: {FOLDER_GONE}", CHANGE_FOLDER, place)
    what = f"cannot be written: {error.strerror or error}"
    if error.errno in REMEDIES:
        return OutputError(what, REMEDIES[error.errno], place)
    if error.errno in DISK_FULL:
        return StorageError(what, "free some space and try again", place)
    return StorageError(what, "check the disk and try again", place)


def target_and_mode(path: Path) -> tuple[Path, int | None]:
    """Return the file that `path` leads to and its mode, None if it does not exist yet."""
    target = resolve_links(path)
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        if os.path.exists(path):  # noqa: PTH110 - as above; a pipe of this process, `/dev/fd/63`, leads to no path
            raise _not_a_file(path) from None
        return target, None
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise _not_a_file(path)
    return target, mode & 0o777


def _not_a_file(path: Path) -> OutputError:
    """Return the error for a result that would be written to something else than a file."""
    return OutputError("cannot be written: it is a device or a pipe", "name a file", Place(file=str(path)))


def _replace_file(target: Path, mode: int | None, data: bytes, verify: Callable[[Path], object] | None) -> None:
    """Replace the content of `target` by `data`; on any failure, remove the temporary file."""
    with unfinished_file(target, mode) as (file, handle):
        try:
            write_and_close(handle, data, mode)
            if verify is not None:
                verify(file)
            os.replace(file, target)  # noqa: PTH105 - one spelling for all calls of the operating system here
        except BaseException:
            with suppress(OSError):
                os.unlink(file)  # noqa: PTH108 - as above
            raise


def write_and_close(handle: int, data: bytes, mode: int | None) -> None:
    """Write `data` to a new file, force it to the disk and close it."""
    try:
        if mode is not None:
            set_mode(handle, mode)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        if _SYNCED.get():
            os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path, path: Path) -> None:
    """Force the new name of `path` to the disk.

    Raises:
        StorageError: The new file is in place, but might not be after a power failure.

    """
    if ON_WINDOWS:  # it opens no folders, and its file system keeps a journal of names
        return
    try:
        handle = os.open(folder, os.O_RDONLY | FOLDER)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in NO_FOLDER_SYNC:
            what = f"is written, but may be lost if the power fails now: {error.strerror or error}"
            raise StorageError(what, "check the disk and write it again", Place(file=str(path))) from error


def refuse_overwriting(output: Path, inputs: Iterable[str | Path]) -> None:
    """Refuse to write a result over one of its inputs, or over another result.

    Raises:
        UsageError: The output is one of the inputs.

    """
    target = os.path.realpath(output)
    for name in inputs:
        if os.path.realpath(name) == target:  # Path.resolve raises where a link leads back to itself
            raise UsageError(f"{output} is used twice and would be overwritten", "name another file")
