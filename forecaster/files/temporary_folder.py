"""Folders of one run outside of its results, which are removed at its end, and those of killed runs by a later one.

As for temporary files (see `forecaster.files.unfinished`), a lock of the operating system says whether the process that
made a folder still lives. Windows cannot lock folders, so those of killed runs stay there.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.files.handles import FOLDER, NO_LINK, ON_WINDOWS, is_file_at
from forecaster.files.unfinished import ATTEMPTS, temporary_path

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "forecaster"
"""What the name of a folder says before the number of its process."""
TEMPORARY = re.compile(rf"\.{NAME}\.\d+\.[0-9a-f]{{16}}\.tmp")
"""Names of these folders: `.forecaster.PROCESS.RANDOM.tmp`."""


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a new folder in the temporary folder of the system, and remove it afterwards; first those of killed runs.

    Raises:
        OSError: It cannot be created.

    """
    parent = Path(tempfile.gettempdir())
    sweep_temporary_folders(parent)
    folder, lock = _create_and_lock(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def sweep_temporary_folders(parent: Path) -> None:
    """Remove the folders of dead processes of this user; what cannot be removed stays."""
    if ON_WINDOWS:
        return
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if TEMPORARY.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    _remove_if_owner_died(Path(entry.path))


def _create_and_lock(parent: Path) -> tuple[Path, int | None]:
    """Create a folder, and return it with a handle that holds its lock; None where folders cannot be locked."""
    for _ in range(ATTEMPTS):
        folder = temporary_path(parent / NAME)
        folder.mkdir(mode=0o700)
        if ON_WINDOWS:
            return folder, None
        try:
            handle = _lock(folder)
        except BaseException:  # also a signal: nobody knows the folder yet
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if handle is not None:
            return folder, handle
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _lock(folder: Path) -> int | None:
    """Return a handle that locks a new folder; None if another run is sweeping it away, or has done so."""
    from filelock import lock_descriptor  # here, because most commands make no folder

    try:
        handle = os.open(folder, os.O_RDONLY | FOLDER | NO_LINK)
    except FileNotFoundError:
        return None
    try:
        locked = lock_descriptor(handle, blocking=False)
    except OSError:  # the file system has no locks: then nobody sweeps either
        return handle
    if locked and is_file_at(handle, folder):
        return handle
    os.close(handle)
    return None


def _remove_if_owner_died(folder: Path) -> None:
    """Remove a folder of this user, unless the process that made it holds its lock."""
    from filelock import lock_descriptor

    handle = os.open(folder, os.O_RDONLY | FOLDER | NO_LINK)
    try:
        if os.fstat(handle).st_uid == os.geteuid() and lock_descriptor(handle, blocking=False):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)
