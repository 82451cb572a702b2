"""Work on files whose bytes travel sees the same names, and what it leaves is written here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from forecaster.batch import file_work
from forecaster.batch.file_stamps import FileStamp
from forecaster.batch.file_work import FilesOfTask, FileWork, run_file_work
from forecaster.errors import InputUnreadableError
from forecaster.ledger.journal import FOLDER, LedgerJournal, journal_files, read_entries
from forecaster.reading.tables.content import opened
from forecaster.workers import cluster_run
from forecaster.workers.current_cluster import Cluster, cluster_in_use
from tests.batch.in_this_process import run_in_this_process
from tests.ledger.simulated_entries import entry_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@pytest.fixture(autouse=True)
def cluster_without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tasks of a cluster be done in this process."""
    monkeypatch.setattr(
        cluster_run, "run_on_cluster", lambda _cluster, *rest, **options: run_in_this_process(*rest, **options)
    )


def run(work: FileWork[str, str], tasks: list[str]) -> list[str | None]:
    with cluster_in_use(Cluster(None, "tcp://127.0.0.1:1", 1)):
        return [report.result for report in run_file_work(work, tasks, 1)]


def test_the_work_reads_the_bytes_that_the_file_had(tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("date,value\n2024-01-01,1\n")
    stamp = FileStamp.read(source)

    def do(folder: Path, task: str) -> str:
        source.unlink(missing_ok=True)  # as on a machine that does not have it
        assert folder != tmp_path
        assert FileStamp.read(task) == stamp
        with opened(task) as content:
            return content.stream.read().decode()

    work = FileWork(do, tmp_path, lambda task: FilesOfTask([task]))
    assert run(work, [str(source)]) == ["date,value\n2024-01-01,1\n"]


def test_a_file_that_cannot_be_read_is_the_error_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").touch()

    def do(_folder: Path, task: str) -> str:
        with pytest.raises(InputUnreadableError, match=r"did you mean \S+rows\.csv") as caught, opened(task):
            pass
        return str(caught.value)

    missing = str(tmp_path / "rovs.csv")
    (text,) = run(FileWork(do, tmp_path, lambda task: FilesOfTask([task])), [missing])
    assert text
    assert text.startswith(missing)


def test_what_the_work_changes_is_changed_here_and_nothing_else(tmp_path: Path) -> None:
    names = ("old", "changed", "removed", "new", "absent")
    for name in names[:3]:
        (tmp_path / name).write_text(name)
    before = FileStamp.read(tmp_path / "old")

    def do(folder: Path, task: str) -> str:
        assert (folder / "old").read_text() == "old"
        (folder / "changed").write_text("other")
        (folder / "removed").unlink()
        (folder / "new").write_text("new")
        (folder / "not named").touch()
        return task

    def stamped(task: str, result: str, written: Collection[Path]) -> str:
        assert task == result
        return " ".join(sorted(path.name for path in written))

    work = FileWork(do, tmp_path, lambda _: FilesOfTask([], [tmp_path / name for name in names]), stamped=stamped)
    assert run(work, ["a"]) == ["changed new removed"]
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "old": "old",
        "changed": "other",
        "new": "new",
    }
    assert FileStamp.read(tmp_path / "old") == before


def test_an_entry_of_the_ledger_is_noted_here_before_the_files_of_its_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = entry_of(0, 3)
    noted = []
    write = file_work.atomic_write

    def look(path: Path, content: bytes) -> None:
        noted.append(list(read_entries(journal_files(tmp_path / FOLDER))))
        write(path, content)

    def do(folder: Path, task: str) -> str:
        assert folder != tmp_path
        LedgerJournal.beside(folder, entry.run).append(entry)
        (folder / task).write_text(task)
        return task

    monkeypatch.setattr(file_work, "atomic_write", look)
    journal = LedgerJournal.beside(tmp_path, entry.run)
    journal.folder.mkdir()
    work = FileWork(
        do,
        tmp_path,
        lambda task: FilesOfTask([], [tmp_path / task]),
        failed=lambda task, _error: f"{task} failed",
        journal=journal,
    )
    assert run(work, ["a", "b"]) == ["a", "b"]
    assert noted == [[entry], [entry, entry]]
    assert (tmp_path / "a").read_text() == "a"

    nowhere = replace(work, journal=LedgerJournal.beside(tmp_path / "no such folder", entry.run))
    assert run(nowhere, ["c"]) == ["c failed"]
    assert not (tmp_path / "c").exists(), "no forecast is published that the ledger will not have"


def test_a_result_that_cannot_be_written_here_is_a_failure_of_its_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file_work, "atomic_write", refuse)
    work = FileWork(
        lambda folder, task: str((folder / task).write_text(task)),
        tmp_path,
        lambda task: FilesOfTask([], [tmp_path / task]),
        failed=lambda task, error: f"{task}: {error.strerror}",  # type: ignore[attr-defined] - it is an OSError
    )
    assert run(work, ["a"]) == ["a: No space left on device"]
