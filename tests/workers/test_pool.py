"""A task that kills its process, hangs or eats memory affects no other, and no process outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from forecaster.progress import report_progress
from forecaster.workers import start as worker_start
from forecaster.workers.pool import TaskEnd, TaskReport, WorkerLimits, run_in_workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forecaster.spec import Progress

    ByValue = Callable[[Callable[..., Any]], Callable[..., Any]]

MEGABYTE = 2**20
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


def square(number: int) -> int:
    return number * number


def ends(reports: Iterator[TaskReport[Any]]) -> dict[int, tuple[str, int]]:
    """Return how each task ended, and after how many attempts."""
    return {report.number: (report.end.value, report.attempts) for report in reports}


def living_processes(group: int) -> list[int]:
    """Return the processes of a group that have not ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, its_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state not in "ZX":
            found.append(int(folder.name))
    return found


def is_alive(pid: int) -> bool:
    """Return whether a process has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def living_processes_after_2_seconds(group: int) -> list[int]:
    """Return the processes of a group that have not ended 2 seconds from now."""
    end = time.monotonic() + 2
    while (living := living_processes(group)) and time.monotonic() < end:
        time.sleep(0.02)
    return living


def test_every_task_is_reported_once(by_value: ByValue) -> None:
    for jobs in (1, 3):
        reports = list(run_in_workers(by_value(lambda number: number * number), range(30), jobs))
        assert sorted((each.number, each.result) for each in reports) == [(n, n * n) for n in range(30)]
        assert {(each.end, each.attempts) for each in reports} == {(TaskEnd.RETURNED, 1)}


def test_without_tasks_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(worker_start, "_start_interpreter")
    assert list(run_in_workers(square, [], 2)) == []


def test_even_one_task_has_a_process_of_its_own_in_the_folder_of_the_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_value: ByValue
) -> None:
    monkeypatch.chdir(tmp_path)
    (report,) = run_in_workers(by_value(lambda _: (os.getpid(), os.getcwd())), [0], 1)  # noqa: PTH109 - it is sent back
    assert report.result is not None
    assert report.result[0] != os.getpid()
    assert report.result[1] == str(tmp_path)


def test_a_task_that_kills_its_process_is_tried_again_alone(tmp_path: Path, by_value: ByValue) -> None:
    def work(number: int) -> int:
        (tmp_path / f"running {number}").touch()
        if number == 5 and not (tmp_path / "tried").exists():
            (tmp_path / "tried").touch()
            os.kill(os.getpid(), signal.SIGSEGV)
        if number == 13:
            os._exit(0)
        if number in {5, 13}:
            assert [path.name for path in tmp_path.glob("running *")] == [f"running {number}"]
        time.sleep(0.01)
        (tmp_path / f"running {number}").unlink()
        return -number

    started: list[int] = []

    def forget_running(number: int) -> None:
        if number in started:
            for path in tmp_path.glob("running *"):
                path.unlink()
        started.append(number)

    reports = {each.number: each for each in run_in_workers(by_value(work), range(20), 2, on_start=forget_running)}
    others = {n: (TaskEnd.RETURNED, 1, -n) for n in range(20) if n not in {5, 13}}
    assert {n: (each.end, each.attempts, each.result) for n, each in reports.items()} == others | {
        5: (TaskEnd.RETURNED, 2, -5),
        13: (TaskEnd.CRASHED, 2, None),
    }
    assert sorted(started) == sorted([*range(20), 5, 13])
    assert list(reports)[-2:] == [5, 13] or list(reports)[-2:] == [13, 5]


def test_a_task_that_hangs_is_killed_and_no_other_waits(by_value: ByValue) -> None:
    def work(number: int) -> None:
        time.sleep(600 * (number == 0))

    reports = run_in_workers(by_value(work), range(6), 2, limits=WorkerLimits(seconds=0.2))
    assert ends(reports) == {0: ("timed-out", 2), **dict.fromkeys(range(1, 6), ("returned", 1))}


def test_a_task_cannot_take_more_memory_than_its_limit(by_value: ByValue) -> None:
    def work(number: int) -> int:
        return len(bytearray(1000 * MEGABYTE * (number == 2) + 10 * MEGABYTE))

    reports = run_in_workers(by_value(work), range(5), 2, limits=WorkerLimits(memory=100 * MEGABYTE))
    assert ends(reports) == {2: ("out-of-memory", 2), **dict.fromkeys((0, 1, 3, 4), ("returned", 1))}


@linux_only
@pytest.mark.slow
def test_a_worker_that_takes_memory_past_its_limit_is_killed(by_value: ByValue) -> None:
    def work(_: int) -> None:
        taken = bytearray(b"x") * (200 * MEGABYTE)
        time.sleep(600)
        del taken

    assert ends(run_in_workers(by_value(work), [0], 2, limits=WorkerLimits(memory=100 * MEGABYTE))) == {
        0: ("out-of-memory", 2)
    }


def test_a_memory_error_of_the_work_is_an_end_of_its_own(by_value: ByValue) -> None:
    def work(number: int) -> None:
        if number == 1:
            raise MemoryError

    assert ends(run_in_workers(by_value(work), range(3), 2)) == {
        0: ("returned", 1),
        1: ("out-of-memory", 2),
        2: ("returned", 1),
    }


def test_tasks_are_taken_when_a_worker_is_free() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    with closing(run_in_workers(square, tasks(), 2)) as reports:
        for done in range(1, 11):
            next(reports)
            assert len(taken) <= done + 2


def test_when_no_more_is_wanted_what_runs_is_finished(by_value: ByValue) -> None:
    def work(number: int) -> int:
        time.sleep(0.01)
        if number == 1:
            os._exit(1)
        return number

    started: list[int] = []
    reports = run_in_workers(by_value(work), range(1000), 3, on_start=started.append, wanted=lambda: len(started) < 5)
    assert ends(reports) == {n: ("crashed" if n == 1 else "returned", 1) for n in range(5)}
    assert started == list(range(5))


def test_what_libraries_print_in_a_worker_goes_nowhere(by_value: ByValue, capfd: pytest.CaptureFixture[str]) -> None:
    def work(_: int) -> int:
        return os.write(1, b"out") + os.write(2, b"error") + len(sys.stdin.read())

    assert [report.result for report in run_in_workers(by_value(work), [0], 1)] == [8]
    assert capfd.readouterr() == ("", "")


@linux_only
@pytest.mark.slow
def test_the_death_of_the_process_that_forks_affects_no_task(by_value: ByValue) -> None:
    def work(number: int) -> int:
        if number == 1:
            os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(0.05)
        return os._exit(1) if number == 4 else number

    reports = run_in_workers(by_value(work), range(8), 2)
    assert ends(reports) == {4: ("crashed", 2)} | dict.fromkeys((0, 1, 2, 3, 5, 6, 7), ("returned", 1))


def test_an_error_of_the_work_is_raised_with_its_traceback(by_value: ByValue) -> None:
    def divide(number: int) -> float:
        return 1 / number

    with pytest.raises(ZeroDivisionError) as caught:
        list(run_in_workers(by_value(divide), [1, 0, 2], 1))
    assert "in divide" in caught.value.__notes__[0]


def test_an_error_that_cannot_be_pickled_keeps_its_words(by_value: ByValue) -> None:
    def work(_: int) -> None:
        class OddError(Exception):
            pass

        raise OddError("is odd")

    with pytest.raises(RuntimeError, match="OddError: is odd"):
        list(run_in_workers(by_value(work), [1], 1))


def test_progress_comes_a_few_times_a_second(by_value: ByValue) -> None:
    def work(_: int) -> None:
        for step in range(300):
            report_progress("training", step, 300)
            time.sleep(0.001)

    seen: list[tuple[int, Progress]] = []
    list(run_in_workers(by_value(work), range(2), 2, on_progress=lambda *now: seen.append(now)))
    assert {number for number, _ in seen} == {0, 1}
    assert {now.stage for _, now in seen} == {"training"}
    assert len(seen) < 60


def test_who_stops_listening_does_not_wait(by_value: ByValue) -> None:
    began = time.monotonic()
    with closing(run_in_workers(by_value(lambda number: time.sleep(600 * (number > 0))), range(10), 2)) as reports:
        assert next(reports).number == 0
    assert time.monotonic() - began < 300  # it would hang for longer


def test_a_worker_that_is_stopped_early_removes_what_it_was_writing(tmp_path: Path, by_value: ByValue) -> None:
    unfinished = tmp_path / "unfinished"

    def work(number: int) -> None:
        if number == 0:
            while not unfinished.exists():
                time.sleep(0.01)
            return
        try:
            unfinished.touch()
            time.sleep(600)
        finally:
            unfinished.unlink()

    with closing(run_in_workers(by_value(work), range(2), 2)) as reports:
        assert next(reports).number == 0
    assert not unfinished.exists()


@pytest.mark.slow
def test_workers_that_are_new_interpreters_do_the_same(monkeypatch: pytest.MonkeyPatch, by_value: ByValue) -> None:
    def work(number: int) -> int:
        if number == 3:
            os._exit(9)
        time.sleep(600 * (number == 4))
        return number * number

    monkeypatch.setattr("forecaster.workers.pool.open_starter", worker_start.SpawnStarter)
    reports = run_in_workers(by_value(work), range(6), 2, limits=WorkerLimits(seconds=0.3))
    assert ends(reports) == dict.fromkeys((0, 1, 2, 5), ("returned", 1)) | {3: ("crashed", 2), 4: ("timed-out", 2)}


@linux_only
@pytest.mark.slow
def test_the_workers_of_a_worker_end_with_it(tmp_path: Path, by_value: ByValue) -> None:
    def wait(number: int) -> int:
        if number < 0:
            (tmp_path / f"inner {os.getpid()}").touch()
            if len(list(tmp_path.iterdir())) > 1:
                os.kill(-number, signal.SIGKILL)
            time.sleep(600)
        return -number

    def work(number: int) -> list[int]:
        given = number if number > 0 else -os.getpid()
        with closing(run_in_workers(by_value(wait), [given, given], 2)) as reports:
            return [report.result or 0 for report in reports]

    reports = {each.number: each for each in run_in_workers(by_value(work), [5], 1)}
    assert reports[0].result == [-5, -5]
    assert ends(run_in_workers(by_value(work), [-1], 1)) == {0: ("crashed", 2)}
    pids = [int(path.name.split()[1]) for path in tmp_path.iterdir()]
    assert pids
    end = time.monotonic() + 2
    while any(map(is_alive, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    assert not any(map(is_alive, pids))


HANGING = """
import re, time

def hang(how):
    if how == "endless pattern":
        re.match("(a+)+$", "a" * 60 + "b")
    time.sleep(600)
"""
PROGRAM = """
import sys
from forecaster.workers.pool import run_in_workers
from hanging import hang

for _ in run_in_workers(hang, [sys.argv[1]] * 2, 2, on_start=lambda number: print("started", number, flush=True)):
    pass
"""
"""A program whose workers hang; it would start others if it were run again in these."""


@pytest.fixture
def start_program(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Return a function that starts the program and waits until its workers hang; end what is left of it."""
    (tmp_path / "hanging.py").write_text(HANGING)
    (tmp_path / "program.py").write_text(PROGRAM)
    started: list[subprocess.Popen[str]] = []

    def start(how: str) -> subprocess.Popen[str]:
        command = [sys.executable, "program.py", how]
        pipe = subprocess.PIPE
        running = subprocess.Popen(command, cwd=tmp_path, start_new_session=True, stdout=pipe, stderr=pipe, text=True)
        started.append(running)
        assert running.stdout is not None
        assert [running.stdout.readline() for _ in range(2)] == ["started 0\n", "started 1\n"]
        time.sleep(0.2)  # so that the workers have got their tasks
        return running

    yield start
    for running in started:
        for pid in living_processes(running.pid):
            os.kill(pid, signal.SIGKILL)
        running.communicate()


@linux_only
@pytest.mark.parametrize("how", ["asleep", pytest.param("endless pattern", marks=pytest.mark.slow)])
def test_no_process_outlives_a_parent_that_is_killed(
    start_program: Callable[[str], subprocess.Popen[str]], how: str
) -> None:
    running = start_program(how)
    assert len(living_processes(running.pid)) >= 4
    running.kill()
    assert living_processes_after_2_seconds(running.pid) == []
    assert running.communicate() == ("", "")


@pytest.mark.slow
def test_standard_streams_may_be_closed(tmp_path: Path) -> None:
    code = """
import os, sys
from forecaster.workers.pool import run_in_workers
for stream in map(int, sys.argv[2:]):
    os.close(stream)
with open(sys.argv[1], "w") as file:
    print(*(report.result for report in run_in_workers(len, ["", "a", "bc"], 1)), file=file)
os._exit(0)
"""
    for closed in ("0", "1", "2", "0 1", "0 1 2"):
        command = [sys.executable, "-c", code, str(tmp_path / closed), *closed.split()]
        assert subprocess.run(command, check=False).returncode == 0
        assert (tmp_path / closed).read_text() == "0 1 2\n"


@linux_only
@pytest.mark.slow
def test_an_interrupt_of_all_processes_ends_them_and_only_the_parent_tells(
    start_program: Callable[[str], subprocess.Popen[str]],
) -> None:
    running = start_program("asleep")
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=300)
    assert running.returncode == -signal.SIGINT
    assert err.count("KeyboardInterrupt") == err.count("Traceback") == 1
    assert living_processes_after_2_seconds(running.pid) == []
