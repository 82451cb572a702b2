"""Open a ledger, to write or to read it, and turn what SQLite reports into sentences.

A ledger is written in transactions with a rollback journal, which also works on file systems of networks: a process
that is killed leaves the file as it was before its transaction.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from contextlib import ExitStack, closing, contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

from forecaster.errors import (
    ForecasterError,
    InputRefusedError,
    InputUnreadableError,
    OutputError,
    Place,
    StorageError,
    TryAgainError,
)
from forecaster.files.atomic import output_failure, target_and_mode
from forecaster.files.handles import open_regular
from forecaster.files.lock import exclusive_lock
from forecaster.ledger.schema import APPLICATION, STATEMENTS, VERSION, check_tables
from forecaster.ledger.trusted_rows import LARGEST_BLOB, DamagedLedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "ledger.sqlite"
"""Name of the ledger of a batch in the folder of its results."""
PATIENCE = 10.0
"""Seconds for which a reader or writer waits for another process to end its transaction: longer than one of a night
with 10,000 series takes."""
MEMORY = 64 * 1024
"""Kibibytes of pages that SQLite keeps: the pages that a night with 10,000 series changes, so that readers wait only
while these are written."""
COMPANIONS = ("-journal", "-wal", "-shm")
"""Endings of the files that SQLite has beside its own."""
NOT_A_LEDGER, DAMAGED = "is not a ledger of forecasts", "is damaged"
OTHER_FILE = "name another file with --ledger"
FROM_BACKUP = "restore it from a backup, or move it away: the next run begins a new one"


def ledger_file(path: Path) -> Path:
    """Return the ledger that a path names: the file itself, or that in the folder of a batch."""
    return path / NAME if path.is_dir() else path


@contextmanager
def open_to_write(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that may change the ledger; the file is created if it is missing.

    The connection is in no transaction: use it as a context for one.

    Raises:
        InputRefusedError: The file is something else, damaged or of a later version.
        OutputError: It cannot be created or changed.
        StorageError: The disk is full or broken.
        TryAgainError: Another process writes to it.

    """
    with _one_writer(path), translated_errors(path):
        _check_place(path)
        _check_companions(path)
        with _no_empty_file(path), closing(_connect(path)) as connection:
            with transaction(connection):
                _create_or_check(connection, path)
            connection.execute(f"PRAGMA cache_size = -{MEMORY}")
            yield connection


@contextmanager
def open_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that sees one state of a ledger, also while another process writes to it.

    Raises:
        InputUnreadableError: There is no such file, or it may not be read.
        InputRefusedError: It is no ledger, damaged or of a later version.
        TryAgainError: Another process has been writing for a long time.

    """
    check_exists(path)
    _check_companions(path)
    with translated_errors(path), closing(_connect_to_read(path)) as connection:
        _check(connection, path)
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM series LIMIT 1").fetchone()  # from now on, this state is the one
        yield connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all of the context or nothing."""
    _begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into those of the program."""
    try:
        yield
    except sqlite3.Error as error:
        raise _failure_of(error, path) from error
    except DamagedLedgerError as error:
        raise InputRefusedError(f"{DAMAGED}: {error}", FROM_BACKUP, Place(str(path))) from error


@contextmanager
def _one_writer(path: Path) -> Iterator[None]:
    """Hold the lock of a ledger, which names its holder; that of SQLite itself keeps other programs away.

    Raises:
        TryAgainError: Another run has held it all the time.

    """
    until = monotonic() + PATIENCE
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(exclusive_lock(path, "ledger"))
                break
            except TryAgainError:
                if monotonic() > until:
                    raise
        yield


def _begin(connection: sqlite3.Connection) -> None:
    """Begin a transaction that may write, and wait for that of another process to end."""
    connection.execute("BEGIN IMMEDIATE")


def _roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction without a change; SQLite itself has ended it after some errors."""
    with suppress(sqlite3.Error):
        connection.execute("ROLLBACK")


def _check_place(path: Path) -> None:
    """Check that a ledger can be at a path: SQLite says only that it cannot open the file.

    Raises:
        OutputError: The folder is missing, or the file is no regular one or may not be changed.

    """
    try:
        _, mode = target_and_mode(path)
        if mode is not None and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if not os.access(path.parent, os.W_OK):  # for the rollback journal
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise output_failure(error, path) from error


def check_exists(path: Path) -> None:
    """Check that there is a ledger that may be read.

    Raises:
        InputUnreadableError: There is none.

    """
    try:
        os.close(open_regular(path))
    except OSError as error:
        remedy = "name the ledger, or the folder of a batch, with --ledger"
        raise InputUnreadableError(f"cannot be read: {error.strerror}", remedy, Place(str(path))) from error


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection to read; one that may repair the file where a killed run left its rollback journal."""
    location = path.resolve().as_uri()
    connection = _connect(f"{location}?mode=ro")
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if "readonly" not in str(error) and "unable to open" not in str(error):
            raise
        connection = _connect(f"{location}?mode=rw")
    return connection


def _connect(place: Path | str) -> sqlite3.Connection:
    """Return a connection to a file, or to a URI, that trusts nothing that the file says of itself."""
    connection = sqlite3.connect(place, uri=isinstance(place, str), timeout=PATIENCE, isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_BLOB)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


@contextmanager
def _no_empty_file(path: Path) -> Iterator[None]:
    """Remove the empty file that is left where a new ledger could not be created."""
    existed = path.exists()
    try:
        yield
    except BaseException:
        with suppress(OSError):
            if not existed and not path.stat().st_size:
                path.unlink()
        raise


def _check_companions(path: Path) -> None:
    """Check the files that SQLite opens with a ledger, the journals of a transaction: it would wait for a pipe.

    Raises:
        InputRefusedError: One of them is no regular file.

    """
    for ending in COMPANIONS:
        companion = f"{os.path.realpath(path)}{ending}"
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(os.lstat(companion).st_mode):
                raise InputRefusedError("is in the place of a journal, and no file", "move it away", Place(companion))


def _create_or_check(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables in a new file; otherwise check what the file is."""
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        _check(connection, path)
        return
    for statement in STATEMENTS:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Check that a file is a ledger of this version.

    Raises:
        InputRefusedError: It is not.
        DamagedLedgerError: It has other tables.

    """
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if application != APPLICATION:
        raise InputRefusedError(NOT_A_LEDGER, OTHER_FILE, Place(str(path)))
    if version != VERSION:
        what = f"is a ledger of version {version}, and this program reads version {VERSION}"
        raise InputRefusedError(what, "use a newer version of the program, or another file", Place(str(path)))
    check_tables(connection)


def _failure_of(error: sqlite3.Error, path: Path) -> ForecasterError:
    """Return the error of the program for one of SQLite."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    place = Place(str(path))
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        what = f"another process has been writing to this ledger for {PATIENCE:.0f} seconds"
        return TryAgainError(what, "wait until it has ended and try again", place)
    if code == sqlite3.SQLITE_NOTADB:
        return InputRefusedError(NOT_A_LEDGER, OTHER_FILE, place)
    if code == sqlite3.SQLITE_FULL:
        return StorageError("cannot be written: the disk is full", "free some space and try again", place)
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return OutputError(f"cannot be written: {error}", "choose a file that you may write to", place)
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOLFS}:
        return StorageError(f"cannot be read or written: {error}", "check the disk and try again", place)
    return InputRefusedError(f"{DAMAGED}: {error}", FROM_BACKUP, place)
