"""A file that is no ledger, damaged, newer, locked or gone is refused; a killed writer changes nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from forecaster.errors import InputRefusedError, InputUnreadableError, OutputError, TryAgainError
from forecaster.files.lock import exclusive_lock
from forecaster.ledger import connection as ledger_connection
from forecaster.ledger.connection import open_to_read, open_to_write, transaction
from forecaster.ledger.prune import prune
from forecaster.ledger.scores import read_sums
from forecaster.ledger.state import read_states, write_states
from tests.ledger.simulated_entries import reading, take_nights

if TYPE_CHECKING:
    from pathlib import Path


def refusal(path: Path) -> str:
    """Return why a ledger is neither read nor written."""
    with pytest.raises(InputRefusedError) as written, open_to_write(path):
        pass
    with pytest.raises(InputRefusedError) as read, open_to_read(path):
        pass
    assert str(written.value) == str(read.value)
    return written.value.what


def test_another_file_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    table, other = tmp_path / "a.csv", tmp_path / "b.sqlite"
    table.write_text("date,value\n2024-01-01,1\n" * 100)
    assert refusal(table) == "is not a ledger of forecasts"
    assert table.read_text().startswith("date,value\n")
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (a)")
    assert refusal(other) == "is not a ledger of forecasts"


def test_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    take_nights(path, 1)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 2")
    assert refusal(path) == "is a ledger of version 2, and this program reads version 1"


def test_damaged_bytes_are_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    take_nights(path, 6)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))
    with pytest.raises(InputRefusedError, match="is damaged"), open_to_read(path) as connection:
        read_sums(connection)


def test_a_missing_ledger_and_a_missing_folder_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadableError, match="No such file"), open_to_read(tmp_path / "l.sqlite"):
        pass
    with pytest.raises(OutputError, match="create the folder first"), open_to_write(tmp_path / "no" / "l.sqlite"):
        pass
    with pytest.raises(OutputError, match="name a file in it"), open_to_write(tmp_path):
        pass


def test_a_second_writer_waits_and_then_names_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_connection, "PATIENCE", 0.0)
    path = tmp_path / "l.sqlite"
    take_nights(path, 2)
    with exclusive_lock(path, "ledger"):
        with pytest.raises(TryAgainError, match=rf"process {os.getpid()} on host .* is writing this ledger"):
            take_nights(path, 1)
        with reading(path) as connection:
            assert len(read_sums(connection).series) == 2
    with sqlite3.connect(path, isolation_level=None) as other:  # another program
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryAgainError, match="another process"):
            take_nights(path, 1)
        other.execute("ROLLBACK")


KILLED = """
import os, sys
from pathlib import Path
from forecaster.ledger.connection import open_to_write, transaction
with open_to_write(Path(sys.argv[1])) as connection, transaction(connection):
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("DELETE FROM sums")
    connection.execute("INSERT INTO models (digest, id) SELECT hex(randomblob(50000)), 1 FROM finished, finished")
    os.kill(os.getpid(), 9)
"""


def test_a_killed_writer_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    take_nights(path, 6)
    with reading(path) as connection:
        before = list(connection.iterdump())
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.with_name("l.sqlite-journal").exists(), "what this test is about"
    with reading(path) as connection:
        assert list(connection.iterdump()) == before


def test_states_of_other_parts_are_kept_by_name_and_series(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    with open_to_write(path) as connection:
        with transaction(connection):
            write_states(connection, "intervals", {0: b"all", 2: b"a"})
            write_states(connection, "other", {2: b"b"})
        with pytest.raises(StopIteration), transaction(connection):
            write_states(connection, "intervals", {2: b"lost"}) or next(iter(()))
    with reading(path) as connection:
        assert read_states(connection, "intervals") == {0: b"all", 2: b"a"}


def test_what_is_older_than_the_user_keeps_goes(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    take_nights(path, 70)
    with open_to_write(path) as connection, transaction(connection):
        assert prune(connection, 1000 * 86_400.0) == 0
        assert prune(connection, 30 * 86_400.0) == 2 * 32, "two blocks of 16 nights"
        rest = connection.execute("SELECT sum(count) FROM closed").fetchone()[0]
        months = connection.execute("SELECT count(DISTINCT month) FROM sums").fetchone()[0]
        assert prune(connection, 0.0) > 0
        left = connection.execute("SELECT (SELECT count(*) FROM closed), (SELECT count(*) FROM finished)").fetchone()
    assert (rest, months, left) == (2 * 32, 2, (0, 0))
