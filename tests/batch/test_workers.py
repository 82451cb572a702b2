"""Processes that die take nothing with them but the task that kills them."""

from __future__ import annotations

import os
from contextlib import closing
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from forecaster.batch.workers import results_as_completed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_is_answered_once(jobs: int) -> None:
    def square(number: int) -> int:
        return number * number

    assert sorted(results_as_completed(square, range(30), jobs)) == [(n, n * n) for n in range(30)]
    assert list(results_as_completed(square, [], jobs)) == []


def test_work_is_done_in_the_folder_from_which_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def where(_: int) -> str:
        return os.getcwd()  # noqa: PTH109 - the processes know no more than the standard library

    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        assert {found for _, found in results_as_completed(where, range(4), 2)} == {str(folder)}


def test_a_task_that_kills_its_process_costs_no_other(tmp_path: Path) -> None:
    first = tmp_path / "0"
    first.touch()

    def work(number: int) -> int:
        with (tmp_path / str(number)).open("a") as tried:
            tried.write("x")
        if number in {0, 13}:
            os._exit(9)
        while first.read_text() != "xx":  # so the processes of the first death never come to task 13
            sleep(0.01)
        return -number

    given = dict(results_as_completed(work, range(20), 2))
    assert given == {n: None if n in {0, 13} else -n for n in range(20)}
    assert [(tmp_path / str(n)).read_text() for n in (0, 13)] == ["xx", "xx"]


def test_a_process_that_is_killed_once_has_its_task_done_again(tmp_path: Path) -> None:
    def work(number: int) -> int:
        if number == 3 and not (tmp_path / "tried").exists():
            (tmp_path / "tried").touch()
            os._exit(9)
        return number

    assert sorted(results_as_completed(work, range(8), 2)) == [(n, n) for n in range(8)]


# A thread of joblib may trip over work that was given up while a result came in; the processes are ended all the same.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_who_stops_listening_does_not_wait() -> None:
    def work(number: int) -> int:
        sleep(600 * (number > 1))
        return number

    began = monotonic()
    with closing(results_as_completed(work, range(10), 2)) as found:
        assert next(found)[0] in {0, 1}
    assert monotonic() - began < 300  # it would hang for longer


def test_an_error_ends_everything() -> None:
    with pytest.raises(ZeroDivisionError):
        list(results_as_completed(lambda number: 1 // number, [1, 0, 2], 1))
