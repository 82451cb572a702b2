"""A batch remembers its forecasts and scores them; kills, a full disk and damaged ledgers lose none of them."""

from __future__ import annotations

import csv
import sqlite3
from typing import TYPE_CHECKING

import pytest

from forecaster.batch import engine, source_task
from forecaster.batch.ledger_of_run import LedgerOfRun
from forecaster.cli import main
from forecaster.errors import StorageError
from forecaster.ledger.details import read_details
from forecaster.ledger.scores import read_sums
from tests.batch.shop_folder import Result, add_row, digests, record
from tests.ledger.simulated_entries import reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def counts(folder: Path) -> tuple[int, int]:
    """Return how many forecasts a ledger has, and how many of their steps are scored."""
    with reading(folder / "out" / "ledger.sqlite") as connection:
        sums = read_sums(connection)
        return sum(len(each.forecasts) for each in read_details(connection, 1, 99)), int(sums.count.sum())


def test_nights_are_scored_and_skipped_files_cost_nothing(shop: Path, batch: Callable[..., Result]) -> None:
    found = batch("--zero-shot", "--verbose")
    assert "Ledger    3 forecasts kept, 0 steps of earlier ones scored" in found.err
    add_row(shop / "in" / "pears.csv")
    found = batch("--zero-shot", "--verbose")
    assert "Ledger    1 forecast kept, 1 step of earlier ones scored" in found.err
    assert not (shop / "out" / "ledger.journal").exists()
    assert counts(shop) == (4, 1)
    with (shop / "out" / "pears.csv").open() as file:
        points = [float(row["forecast"]) for row in csv.DictReader(file)]
    with reading(shop / "out" / "ledger.sqlite") as connection:
        number = connection.execute("SELECT id FROM series WHERE source = 'pears'").fetchone()[0]
        (details,) = read_details(connection, number, number)
    assert details.forecasts.point[-1] == pytest.approx(points, rel=1e-7)
    assert details.actual[0, 0] == 51.3


def test_a_killed_run_is_taken_first_and_nothing_is_double(
    shop: Path, batch: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(engine, "update_other_one_files", stop)
        assert batch("--zero-shot").code != 0
    assert len(list((shop / "out" / "ledger.journal").iterdir())) == 1
    assert counts(shop) == (0, 0)
    (shop / "out" / "run.json").unlink()  # as after a kill in the middle: all is done again
    batch("--zero-shot")
    assert counts(shop) == (3, 0)


def test_an_entry_is_noted_before_its_forecast_is_published(
    shop: Path, batch: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    write = source_task.write_forecasts

    def look(*arguments: object) -> None:
        seen.append(
            len(b"".join(file.read_bytes() for file in (shop / "out" / "ledger.journal").iterdir()).splitlines())
        )
        write(*arguments)  # type: ignore[arg-type] - handed on as they came

    monkeypatch.setattr(source_task, "write_forecasts", look)
    batch("--zero-shot")
    assert seen == [1, 2, 3]


@pytest.mark.slow
def test_a_ledger_that_fails_at_the_end_costs_no_forecast(
    shop: Path, batch: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch("--zero-shot", "--no-ledger")
    assert not (shop / "out" / "ledger.sqlite").exists()
    without = digests(shop / "out")
    for file in (shop / "out").glob("*.csv"):
        file.unlink()
    take, calls = LedgerOfRun.take, []

    def fail_at_the_end(ledger: LedgerOfRun) -> object:
        calls.append(1)
        if len(calls) > 1:
            raise StorageError("cannot be written: the disk is full", "free some space and try again")
        return take(ledger)

    with monkeypatch.context() as patch:
        patch.setattr(LedgerOfRun, "take", fail_at_the_end)
        found = batch("--zero-shot")
    assert found.code == record(shop / "out")["exit_code"] == 74
    assert "error: cannot be written: the disk is full" in found.err
    kept = {name: digest for name, digest in digests(shop / "out").items() if "ledger.journal" not in name}
    assert kept == without
    assert batch("--zero-shot").code == 0
    assert counts(shop) == (3, 0)


def test_a_wrong_ledger_is_refused_before_the_work(shop: Path, batch: Callable[..., Result]) -> None:
    (shop / "l.sqlite").write_text("not a database, but long enough to have a header of one hundred bytes" * 3)
    found = batch("--zero-shot", "--ledger", "l.sqlite")
    assert (found.code, "l.sqlite: is not a ledger of forecasts" in found.err) == (65, True)
    assert not (shop / "out" / "apples.csv").exists()
    assert batch("--ledger", "in/apples.csv").code == 2
    assert batch("--no-ledger", "--keep", "2y").code == 2


@pytest.mark.slow
def test_predict_remembers_one_forecast_under_the_name_of_a_batch(
    shop: Path, batch: Callable[..., Result], capsys: pytest.CaptureFixture[str]
) -> None:
    batch("--zero-shot")
    add_row(shop / "in" / "plums.csv")
    predict = ["predict", "--zero-shot", "--horizon", "3", "--quiet", "--ledger", "out"]
    assert main([*predict, "in/plums.csv"]) == 0
    assert counts(shop) == (4, 1)
    (shop / "plums.csv").write_text((shop / "in" / "plums.csv").read_text())
    assert main([*predict, "plums.csv"]) == 2
    assert "has the forecasts of another file of this name" in capsys.readouterr().err
    assert main([*predict, "in"]) == 2
    assert main([*predict, "in/plums.csv", "--out", "o"]) == 2


@pytest.mark.slow
def test_old_forecasts_go_with_keep(shop: Path, batch: Callable[..., Result]) -> None:
    batch("--zero-shot")
    for _ in range(4):
        add_row(shop / "in" / "apples.csv")
        batch("--zero-shot")
    assert counts(shop) == (7, 9)
    batch("--zero-shot", "--keep", "1d")
    with sqlite3.connect(shop / "out" / "ledger.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM finished").fetchone()[0] == 0
