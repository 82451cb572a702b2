"""A ledger with strange contents ends in a sentence and 65; one of an earlier program is read as it was."""

from __future__ import annotations

import gzip
import importlib
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forecaster.batch.journal import Journal, read_history
from forecaster.cli.one_forecast import OneForecastLedger
from forecaster.errors import InputRefusedError, InputUnreadableError, OutputError, StorageError
from forecaster.ledger.connection import open_to_read, open_to_write
from forecaster.ledger.export import export
from forecaster.ledger.live_read import NightStart, read_live_series
from forecaster.ledger.report import find_series, report
from forecaster.series.limits import limits_between
from tests.ledger.simulated_entries import entry_of, take

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "ledger" / "golden" / "schema_1.sqlite.gz"


@pytest.fixture(scope="module")
def hostile() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield importlib.import_module("hostile_ledgers")


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    path = tmp_path / "good.sqlite"
    path.write_bytes(gzip.decompress(GOLDEN.read_bytes()))
    return path


def read_all(path: Path, into: Path) -> None:
    """Read a ledger in all ways, then write a night to it."""
    with open_to_read(path) as connection:
        report(connection, None, by_series=True, since_month=None, with_charts=True)
        NightStart.read(connection)
        read_live_series(connection, {"f0"})
        export(connection, find_series(connection, None), into)
    take(path, *(entry_of(series, 41, known=40) for series in range(2)))


def test_a_ledger_of_an_earlier_program_is_read(golden: Path, tmp_path: Path) -> None:
    read_all(golden, tmp_path / "all.csv")
    rows = (tmp_path / "all.csv").read_text().splitlines()
    assert len(rows) == 262
    assert rows[1].startswith("f0,s0,1728000000000000,1728086400000000,1,100.12573021650314,99.56771534838481,")


FEW = ("levels {", "levels that are not finite", "a long horizon", "NaN in forecasts", "a bomb in a block", "a trigger")


@pytest.mark.parametrize("name", FEW)
def test_forged_contents_are_refused(name: str, hostile: ModuleType, golden: Path, tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    hostile.put(golden, path, hostile.FORGED[name])
    with pytest.raises(InputRefusedError, match="is damaged"):
        read_all(path, tmp_path / "all.csv")


@pytest.mark.slow
def test_any_value_in_any_column_is_read_or_refused(hostile: ModuleType, golden: Path, tmp_path: Path) -> None:
    path, refused = tmp_path / "l.sqlite", 0
    columns = hostile.columns_of(golden)
    for table, column in columns:
        for value in ("'abc'", "x'ff00'", "9e999"):
            hostile.put(golden, path, hostile.of_column(table, column, value))
            try:
                read_all(path, tmp_path / "all.csv")
            except InputRefusedError:
                refused += 1
    assert len(columns) > 50
    assert refused > len(columns)


def test_a_pipe_is_no_ledger_and_no_journal(golden: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputUnreadableError, match="a device or a pipe"), open_to_read(pipe):
        pass
    with pytest.raises(OutputError, match="a device or a pipe"), open_to_write(pipe):
        pass
    os.mkfifo(tmp_path / "journal.jsonl")
    assert read_history(tmp_path).records == {}
    with pytest.raises(OutputError, match="move it away"), Journal(tmp_path):
        pass
    os.mkfifo(f"{golden}-journal")
    with pytest.raises(InputRefusedError, match="in the place of a journal"), open_to_read(golden):
        pass


def test_a_new_ledger_that_cannot_be_written_leaves_no_empty_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr("forecaster.ledger.connection._create_or_check", full)
    with pytest.raises(StorageError, match="the disk is full"), open_to_write(tmp_path / "l.sqlite"):
        pass
    assert list(tmp_path.iterdir()) == []
    remembered = OneForecastLedger.begin(tmp_path / "l.sqlite", ["f.csv"])
    prediction = object()
    assert remembered.take(prediction, tmp_path, limits_between(None, None)) is prediction, "it is written as it is"
    with pytest.raises(StorageError, match="the disk is full"):
        remembered.raise_failure()
