"""Share tasks among worker processes; a task that kills its process, hangs or eats memory affects no other.

One task at a time is with each worker, so that it is known which task a dead worker held. That task is set aside and,
when all others are finished, runs once more with the machine to itself.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from mmap import PAGESIZE
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from forecaster.spec import Progress
from forecaster.workers.process import OutOfMemory, Raised, Ready, Returned, WorkerSetup, memory_pages
from forecaster.workers.start import open_starter

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from multiprocessing.connection import Connection

    from forecaster.workers.start import Worker, WorkerStarter

Item = TypeVar("Item")
Result = TypeVar("Result")
SECONDS_BETWEEN_LOOKS = 0.1
"""Seconds between two looks at the memory of the workers: a look takes microseconds, and memory fills in seconds. What
fills it faster meets the limit of the worker itself."""
SECONDS_TO_END = 1.0
"""Seconds in which a worker removes files that are half-written before it is killed."""


class TaskEnd(StrEnum):
    """How a task ended."""

    RETURNED = "returned"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"
    OUT_OF_MEMORY = "out-of-memory"
    WORKERS_DIED = "workers-died"
    """On a cluster: each worker died that tried it, as often as the scheduler allows."""


class TaskReport(NamedTuple, Generic[Result]):
    """The end of a task.

    Attributes:
        number: Number of the task in the order of the tasks.
        end: How it ended.
        result: What the work returned; None if it did not return.
        seconds: Seconds that the last attempt took; 0 if its worker died before it was ready.
        attempts: How often it was tried, 1 or 2.

    """

    number: int
    end: TaskEnd
    result: Result | None
    seconds: float
    attempts: int


@dataclass(frozen=True)
class WorkerLimits:
    """Limits of each task.

    Attributes:
        seconds: Seconds that it may take; None for any number.
        memory: Bytes that it may take in addition to what its process has before; None for any number.

    """

    seconds: float | None = None
    memory: int | None = None


class _Assignment(NamedTuple):
    """A task and the worker that has it.

    Attributes:
        number: Number of the task.
        item: The task.
        attempt: 1, or 2 when it runs alone.
        worker: The worker.
        began: When the worker got it; None while the worker starts.
        private_bytes: Memory of the worker then.

    """

    number: int
    item: Any
    attempt: int
    worker: Worker
    began: float | None = None
    private_bytes: int = 0

    def report_loss(self, end: TaskEnd) -> TaskReport[Any]:
        """Return the report on a task that ended without a result."""
        seconds = 0.0 if self.began is None else time.monotonic() - self.began
        return TaskReport(self.number, end, None, seconds, self.attempt)


def run_in_workers(  # noqa: PLR0913 - the work and the way to do it
    work: Callable[[Item], Result],
    tasks: Iterable[Item],
    jobs: int,
    *,
    limits: WorkerLimits = WorkerLimits(),
    on_start: Callable[[int], None] = lambda _number: None,
    on_progress: Callable[[int, Progress], None] | None = None,
    wanted: Callable[[], bool] = lambda: True,
) -> Generator[TaskReport[Result], None, None]:
    """Do `work` on each of the tasks in worker processes, and report the end of each as soon as it ends.

    A task whose worker dies or exceeds a limit is tried a second time when all others have ended, alone and in a new
    process, and reported after that. Closing the generator ends all processes.

    Args:
        work: Makes a result from a task; it is pickled, and so are the tasks and the results. It may raise a
            `MemoryError`; another error ends everything.
        tasks: The tasks, which are taken one by one when a worker is free.
        jobs: Worker processes at most; even one task has a process of its own.
        limits: Limits of each task.
        on_start: Called with the number of a task before a worker gets it, also before the second attempt.
        on_progress: Called with the number of a task and the progress that it reports, at most 5 times a second; None
            if nobody watches.
        wanted: Called before a worker gets a task; if it returns False, no further task is begun, and those that run
            are finished. A task that waits for its second attempt is then reported after the first.

    Yields:
        A report for each task that was begun, in the order in which they end.

    Raises:
        Exception: The work raised it in a worker; a note holds its traceback there.
        OSError: No process can be started.

    """
    setup = WorkerSetup(limits.memory, reports=on_progress is not None)
    pool = _Pool(open_starter(work, setup), limits, on_start, on_progress)
    try:
        set_aside = []
        for assignment, report in _run_side_by_side(pool, tasks, jobs, wanted):
            if report.end is TaskEnd.RETURNED:
                yield report
            else:
                set_aside.append((assignment.item, report))
        for item, report in set_aside:
            yield _run_alone(pool, report.number, item) if wanted() else report
    finally:
        pool.close()


def _run_side_by_side(
    pool: _Pool, tasks: Iterable[Any], jobs: int, wanted: Callable[[], bool]
) -> Iterator[tuple[_Assignment, TaskReport[Any]]]:
    """Yield each task with the report on its first attempt."""
    waiting = enumerate(tasks)
    while True:
        while len(pool.busy) < jobs and wanted() and (task := next(waiting, None)) is not None:
            pool.assign(*task, attempt=1)
        if not pool.busy:
            return
        yield from pool.wait_for_ends()


def _run_alone(pool: _Pool, number: int, item: Any) -> TaskReport[Any]:
    """Return the report on the second attempt at a task, which runs alone in a new process."""
    pool.end_workers()
    pool.assign(number, item, attempt=2)
    while True:
        for _, report in pool.wait_for_ends():
            return report


@dataclass
class _Pool:
    """The worker processes.

    Attributes:
        starter: Starts a worker.
        limits: Limits of each task.
        on_start: Called with the number of a task before a worker gets it.
        on_progress: Called with the number of a task and its progress.
        busy: The tasks that workers have, by the pipes to these.
        idle: Workers without a task.

    """

    starter: WorkerStarter
    limits: WorkerLimits
    on_start: Callable[[int], None]
    on_progress: Callable[[int, Progress], None] | None
    busy: dict[Connection, _Assignment] = field(default_factory=dict)
    idle: list[Worker] = field(default_factory=list)

    def assign(self, number: int, item: Any, attempt: int) -> None:
        """Give a task to a worker, a new one if none is idle; a new one gets it when it is ready."""
        self.on_start(number)
        ready = bool(self.idle)
        worker = self.idle.pop() if ready else self.starter.start()
        assignment = _Assignment(number, item, attempt, worker)
        self.busy[worker.channel] = assignment
        if ready:
            self._send(assignment)

    def _send(self, assignment: _Assignment) -> None:
        """Send a task to its worker."""
        worker = assignment.worker
        private = _private_bytes(worker.pid) if self.limits.memory is not None else 0
        self.busy[worker.channel] = assignment._replace(began=time.monotonic(), private_bytes=private)
        with suppress(OSError):  # the worker has died: the next look at its pipe finds that
            worker.channel.send(assignment.item)

    def wait_for_ends(self) -> Iterator[tuple[_Assignment, TaskReport[Any]]]:
        """Wait until a worker writes or dies or a limit may be exceeded; yield the tasks that have ended."""
        for channel in wait(list(self.busy), self._seconds_to_wait()):
            assignment = self.busy[channel]  # type: ignore[index]  # only pipes are waited for
            if (report := self._read(assignment)) is not None:
                yield assignment, report
        for assignment in list(self.busy.values()):
            if (end := self._limit_exceeded(assignment)) is not None:
                yield assignment, self._lose(assignment, end)

    def _read(self, assignment: _Assignment) -> TaskReport[Any] | None:
        """Read what a worker has written; return a report if its task has ended."""
        try:
            message = assignment.worker.channel.recv()
        except (EOFError, OSError):
            return self._lose(assignment, TaskEnd.CRASHED)
        match message:
            case Ready():
                self._send(assignment)
            case Progress() if self.on_progress is not None:
                self.on_progress(assignment.number, message)
            case Returned(result, seconds):
                self.idle.append(self.busy.pop(assignment.worker.channel).worker)
                return TaskReport(assignment.number, TaskEnd.RETURNED, result, seconds, assignment.attempt)
            case OutOfMemory():
                return self._lose(assignment, TaskEnd.OUT_OF_MEMORY)
            case Raised(error, traceback):
                error.add_note(f"in a worker process:\n{traceback}")
                raise error
        return None

    def _lose(self, assignment: _Assignment, end: TaskEnd) -> TaskReport[Any]:
        """Kill a worker that is dead or whose task exceeds a limit; return the report on the task."""
        del self.busy[assignment.worker.channel]
        assignment.worker.kill()
        assignment.worker.release()
        return assignment.report_loss(end)

    def _seconds_to_wait(self) -> float | None:
        """Return the seconds after which the limits must be checked again; None without a limit."""
        waits = [] if self.limits.memory is None else [SECONDS_BETWEEN_LOOKS]
        if self.limits.seconds is not None:
            begins = [each.began for each in self.busy.values() if each.began is not None]
            waits += [max(0.0, min(begins) + self.limits.seconds - time.monotonic())] if begins else []
        return min(waits, default=None)

    def _limit_exceeded(self, assignment: _Assignment) -> TaskEnd | None:
        """Return how a task ends that exceeds a limit; None if it exceeds none, or if its answer waits to be read."""
        seconds, memory = self.limits.seconds, self.limits.memory
        if assignment.began is None or assignment.worker.channel.poll():
            return None
        if seconds is not None and time.monotonic() - assignment.began >= seconds:
            return TaskEnd.TIMED_OUT
        if memory is not None and _private_bytes(assignment.worker.pid) - assignment.private_bytes > memory:
            return TaskEnd.OUT_OF_MEMORY
        return None

    def end_workers(self) -> None:
        """End all workers: ask them, and kill those that do not end in time."""
        workers = [*self.idle, *(assignment.worker for assignment in self.busy.values())]
        self.idle.clear()
        self.busy.clear()
        for worker in workers:
            worker.terminate()
        _wait_for_closed([worker.channel for worker in workers], time.monotonic() + SECONDS_TO_END)
        for worker in workers:
            worker.kill()
            worker.release()

    def close(self) -> None:
        """End all processes."""
        self.end_workers()
        self.starter.close()


def _wait_for_closed(channels: list[Connection], deadline: float) -> None:
    """Wait until the other ends of all pipes are closed, at most until `deadline`; drop what still comes."""
    while channels and (ready := wait(channels, max(0.0, deadline - time.monotonic()))):
        for channel in ready:
            try:
                channel.recv_bytes()  # type: ignore[union-attr]  # only pipes are waited for
            except (EOFError, OSError):
                channels.remove(channel)  # type: ignore[arg-type]  # as above


def _private_bytes(pid: int) -> int:
    """Return the resident memory of a process that it does not share with files; 0 where the system does not tell."""
    pages = memory_pages(pid)
    return 0 if pages is None else (pages[1] - pages[2]) * PAGESIZE
