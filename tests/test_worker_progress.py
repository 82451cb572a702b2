"""The progress of several tasks is that of one stage, whoever does them, and no result depends on it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from time import monotonic, sleep
from typing import TYPE_CHECKING

import cloudpickle
import numpy as np
import pytest

from forecaster import worker_progress
from forecaster.progress import report_progress, watched_by
from forecaster.spec import Progress
from forecaster.worker_progress import SLOT, SLOTS, TaskProgress, TaskWriter, progress_of_tasks, results_in_order

if TYPE_CHECKING:
    from pathlib import Path

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the workers cannot import a test


def square(number: int) -> int:
    """Return a square, with a report on the way."""
    report_progress("training", 1, 2, f"number {number}")
    return number * number


def slow_square(number: int) -> int:
    """Return a square slowly enough for the reports to be seen."""
    for step in range(1, 6):
        report_progress("training", step, 10, f"number {number}")
        sleep(0.15)
    return number * number


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_do_not_depend_on_who_watches(jobs: int) -> None:
    tasks, seen = [(number,) for number in range(4)], list[Progress]()
    unwatched = list(results_in_order(square, tasks, "training", [1] * 4, jobs))
    with watched_by(seen.append):
        watched = list(results_in_order(square, tasks, "training", [1] * 4, jobs))
    assert unwatched == watched == [0, 1, 4, 9]
    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert (seen[-1].stage, seen[-1].done, seen[-1].total) == ("training", 4, 4)


def test_workers_report_before_their_tasks_end() -> None:
    seen: list[tuple[float, Progress]] = []
    with watched_by(lambda now: seen.append((monotonic(), now))):
        results = results_in_order(slow_square, [(1,), (2,)], "training", [10, 10], 2)
        first = next(results)
        ended = monotonic()
        assert [first, *results] == [1, 4]
    before = [now for moment, now in seen if moment < ended]
    assert any(0 < now.done < 10 for now in before)
    assert {now.note for now in before} <= {"number 1", "number 2"}


def test_tasks_count_by_their_weights() -> None:
    seen: list[Progress] = []
    with watched_by(seen.append), progress_of_tasks("backtest", [1, 3], 1) as tasks:
        first, second = tasks.watch_of(0), tasks.watch_of(1)
        assert first is not None
        assert second is not None
        first(Progress("backtest", 1, 2, "cutoff 7"))
        second(Progress("backtest", 2, 3, "cutoff 9"))
        tasks.finish(0)
        tasks.finish(1)
    assert seen == [
        Progress("backtest", 0.5, 4, "cutoff 7"),
        Progress("backtest", 2.5, 4, "cutoff 9"),
        Progress("backtest", 3, 4, "cutoff 9"),
        Progress("backtest", 4, 4, "cutoff 9"),
    ]


def test_stages_of_a_task_follow_each_other_and_never_go_back() -> None:
    seen: list[Progress] = []
    tasks = TaskProgress("files", [1, 1], seen.append, ["a.csv", "b.csv"])
    for stage in ("reading", "choosing", "training", "forecasting", "calibrating"):
        for number in (0, 1, 2):
            tasks.update(1, Progress(stage, number, 2))
    tasks.finish(1)
    tasks.update(1, Progress("reading", 0, 2))
    done = [each.done for each in seen]
    assert done == sorted(done)
    assert 0 < done[3] < done[-2] < done[-1] == 1
    assert seen[0].note == "b.csv: reading"


def test_nobody_watches_a_task_if_nobody_watches_all() -> None:
    with progress_of_tasks("files", [1, 1], 2) as tasks:
        assert tasks.watch_of(0) is None
        tasks.finish(0)


def test_a_full_disk_stops_no_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(worker_progress.tempfile, "TemporaryFile", full)
    with watched_by(lambda _: None), progress_of_tasks("files", [1, 1], 2) as tasks:
        assert tasks.watch_of(0) is None
    TaskWriter(tmp_path / "nowhere", 3)(Progress("training", 1, 2))


def test_a_report_fits_its_slot_whatever_it_says(tmp_path: Path) -> None:
    slots = tmp_path / "slots"
    slots.write_bytes(b" " * SLOT * SLOTS)
    TaskWriter(slots, SLOTS + 1)(Progress("training", np.int64(1), np.float64(2.5), "é\x1b" * 400))
    content = slots.read_bytes()
    assert len(content) == SLOT * SLOTS
    assert content[SLOT : 2 * SLOT].split() == [b"[65,", b'"training",', b"1.0,", b"2.5,", b'""]']
    assert not content[:SLOT].strip()


KILLED = """
import os, signal, sys, tempfile
from forecaster import worker_progress
from forecaster.progress import watched_by
if sys.argv[1] == "named":
    worker_progress.Path.exists = lambda path: False
with watched_by(lambda now: None), worker_progress.progress_of_tasks("files", [1, 1], 2) as tasks:
    assert tasks.slots.read_bytes()
    print(sorted(os.listdir(tempfile.gettempdir())), flush=True)
    if sys.argv[2] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("way", "during", "after_kill"), [("anonymous", 0, 0), ("named", 1, 1)])
def test_a_killed_run_leaves_no_file_or_one_that_the_next_run_removes(
    tmp_path: Path, way: str, during: int, after_kill: int
) -> None:
    if way == "anonymous" and sys.platform != "linux":
        pytest.skip("only Linux opens files of other processes by their numbers")

    def run(end: str) -> int:
        command = [sys.executable, "-c", KILLED, way, end]
        environment = os.environ | {"TMPDIR": str(tmp_path)}
        done = subprocess.run(command, env=environment, capture_output=True, check=False, text=True)
        assert not done.stderr
        return len(ast.literal_eval(done.stdout))

    assert run("killed") == during
    assert len(list(tmp_path.iterdir())) == after_kill
    assert run("ended") == during  # that of the killed run is gone
    assert not list(tmp_path.iterdir())
