"""Write files atomically: a reader sees the old content or the new, never a part.

The new content goes to a temporary file in the same folder, is forced to the disk, verified, and only then replaces the
old file. This module imports nothing of the package except its errors, because the command line loads it early.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.errors import ForecasterError, OutputError, Place, StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LEAST_FREE = 16 * 2**20
"""Bytes that must be free before long work begins: chosen by hand, above the size of a usual model."""

CREATION_REMEDIES = {
    errno.ENOENT: "create the folder first",
    errno.ENOTDIR: "a part of the path is a file, name another one",
    errno.EISDIR: "name a file in it",
    errno.EACCES: "choose a place where you may write",
    errno.EPERM: "choose a place where you may write",
    errno.EROFS: "choose a place where you may write",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "the link leads back to itself, name a file",
}
"""Remedies by the reason why a file cannot be created; every other failure is one of storage."""

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP})
"""Errors of file systems that cannot force a folder to the disk."""


def atomic_write(path: Path, data: bytes, verify: Callable[[Path], object] | None = None) -> None:
    """Write `data` to `path`, all of it or nothing.

    A symbolic link stays, and the file that it points to is replaced; the mode of an existing file is kept.

    Args:
        path: The file.
        data: Its content.
        verify: Called with the temporary file once it is on the disk; if it raises an error, the old file stays.

    Raises:
        OutputError: The file cannot be created.
        StorageError: Writing failed half-way.
        ForecasterError: `verify` raised it; its place becomes `path`.

    """
    try:
        target, mode = _target_and_mode(path)
        _replace_file(target, mode, data, verify)
    except OSError as error:
        raise output_failure(error, path) from error
    except ForecasterError as error:
        raise error.at(Place(file=str(path))) from error
    _sync_folder(target.parent, path)


def check_writable(path: Path) -> None:
    """Check that `path` can be written, before hours of work depend on it.

    Raises:
        OutputError: The folder is missing, write-protected or on a full disk, or `path` is not a file.
        StorageError: Not even an empty file can be written.

    """
    try:
        target, mode = _target_and_mode(path)
        if mode is not None and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        trial = temporary_name(target)
        try:
            _write_and_sync(trial, b"", mode)
        finally:
            trial.unlink(missing_ok=True)
        folder = os.statvfs(target.parent)
    except OSError as error:
        raise output_failure(error, path) from error
    free = folder.f_bavail * folder.f_frsize
    if folder.f_blocks and free < LEAST_FREE:  # some network folders count no blocks at all
        what = f"cannot be written: its disk has only {free / 2**20:.1f} MB left"
        raise OutputError(what, "free some space or choose another place", Place(file=str(path)))


def resolve_links(path: Path) -> Path:
    """Return the path to which the links in `path` lead; it need not exist."""
    return Path(os.path.realpath(path))


def temporary_name(target: Path) -> Path:
    """Return a new name for a hidden temporary file of `target` in the same folder."""
    return target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(8)}.tmp")


def leftover_temporaries(target: Path) -> list[Path]:
    """Return the temporary files of `target`, and of no other file, that killed writers left in its folder."""
    pattern = re.compile(re.escape(f".{target.name}.") + r"\d+\.[0-9a-f]{16}\.tmp")
    return [file for file in target.parent.iterdir() if pattern.fullmatch(file.name)]


def output_failure(error: OSError, path: Path) -> ForecasterError:
    """Return the error to raise when the operating system cannot write `path`."""
    what = f"cannot be written: {error.strerror or error}"
    place = Place(file=str(path))
    if error.errno in CREATION_REMEDIES:
        return OutputError(what, CREATION_REMEDIES[error.errno], place)
    if error.errno in DISK_FULL:
        return StorageError(what, "free some space and try again", place)
    return StorageError(what, "check the disk and try again", place)


def _target_and_mode(path: Path) -> tuple[Path, int | None]:
    """Return the file to which `path` leads and its mode, None if it does not exist yet."""
    target = resolve_links(path)
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return target, None
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OutputError("cannot be written: it is a device or a pipe", "name a file", Place(file=str(path)))
    return target, mode & 0o777


def _replace_file(target: Path, mode: int | None, data: bytes, verify: Callable[[Path], object] | None) -> None:
    """Replace `target` by a file with `data`; on any failure remove the temporary file."""
    temporary_file = temporary_name(target)
    try:
        _write_and_sync(temporary_file, data, mode)
        if verify is not None:
            verify(temporary_file)
        os.replace(temporary_file, target)  # noqa: PTH105 - one spelling for all calls of the operating system here
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary_file)  # noqa: PTH108 - as above
        raise


def _write_and_sync(temporary_file: Path, data: bytes, mode: int | None) -> None:
    """Write `data` to the new file `temporary_file` and force it to the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(temporary_file, flags, 0o666 if mode is None else mode)  # less the umask
    try:
        if mode is not None:
            os.fchmod(handle, mode)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path, path: Path) -> None:
    """Force the new name of `path` to the disk.

    Raises:
        StorageError: The new file is in place, but might not be after a power failure.

    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
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
            raise UsageError(f"{output} is used twice and would be written over", "name another file")
