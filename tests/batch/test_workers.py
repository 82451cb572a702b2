"""Each task gives one result; a process that dies loses only its own task."""

from __future__ import annotations

import os
from contextlib import closing
from time import sleep
from typing import TYPE_CHECKING

import pytest

from forecaster.batch.workers import parallel_results

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_gives_one_result(jobs: int) -> None:
    def square(number: int) -> int:
        return number * number

    assert sorted(parallel_results(square, range(30), jobs)) == [(n, n * n) for n in range(30)]
    assert list(parallel_results(square, [], jobs)) == []


def test_work_is_done_in_the_folder_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def where(_: int) -> str:
        return os.getcwd()  # noqa: PTH109 - the processes know no more than the standard library

    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        assert {found for _, found in parallel_results(where, range(4), 2)} == {str(folder)}


def test_a_task_that_kills_its_process_does_not_affect_the_others(tmp_path: Path) -> None:
    def work(number: int) -> int:
        with (tmp_path / str(number)).open("a") as tries:
            tries.write("x")
        if number in {0, 13}:
            os._exit(9)
        # No task ends before task 0 has killed two processes, so that task 13 is not yet submitted when the first dies.
        for _ in range(12_000):
            if (tmp_path / "0").exists() and (tmp_path / "0").read_text() == "xx":
                return -number
            sleep(0.01)
        raise TimeoutError

    results = dict(parallel_results(work, range(20), 2))
    assert results == {n: None if n in {0, 13} else -n for n in range(20)}
    assert [(tmp_path / str(n)).read_text() for n in (0, 13)] == ["xx", "xx"]


def test_a_task_whose_process_is_killed_once_is_run_again(tmp_path: Path) -> None:
    def work(number: int) -> int:
        if number == 3 and not (tmp_path / "tried").exists():
            (tmp_path / "tried").touch()
            os._exit(9)
        return number

    assert sorted(parallel_results(work, range(8), 2)) == [(n, n) for n in range(8)]


# A thread of joblib may fail on work that was cancelled while a result came in; the processes end all the same.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_caller_that_takes_no_more_results_does_not_wait_for_them(tmp_path: Path) -> None:
    def work(number: int) -> int:
        if number > 1:
            sleep(60)
            (tmp_path / "finished").touch()
        return number

    with closing(parallel_results(work, range(10), 2)) as results:
        assert next(results)[0] in {0, 1}
    assert not (tmp_path / "finished").exists()


def test_an_error_ends_everything() -> None:
    with pytest.raises(ZeroDivisionError):
        list(parallel_results(lambda number: 1 // number, [1, 0, 2], 1))
