"""Share tasks among the workers of a Dask cluster; those of a worker that is lost run again on another.

The client of `distributed` is called and not `joblib.parallel_config(backend="dask")`: there, a run does not end
if one of its tasks kills each worker that tries it, and no progress comes back. `benchmarks/cluster.py` shows it.
"""

from __future__ import annotations

import pickle
import queue
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from forecaster.errors import ClusterError
from forecaster.spec import Progress
from forecaster.workers.cluster import (
    SAME_INSTALLATION,
    SECONDS_TO_CONNECT,
    SECONDS_WITHOUT_WORKERS,
    in_one_line,
    no_worker_error,
    refuse_other_versions,
)
from forecaster.workers.cluster_task import OtherVersions, TaskRequest, do_task, hold, own_versions
from forecaster.workers.pool import TaskEnd, TaskReport
from forecaster.workers.process import OutOfMemory, Raised, Returned

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from forecaster.workers.current_cluster import Cluster

Item = TypeVar("Item")
Result = TypeVar("Result")
SECONDS_BETWEEN_LOOKS = 0.5
"""Seconds between two looks at the connection to the scheduler and its workers, and between two chances for a signal to
end the run."""


def run_on_cluster(  # noqa: PLR0913 - as `run_in_workers`
    cluster: Cluster,
    work: Callable[[Item], Result],
    tasks: Iterable[Item],
    jobs: int,
    *,
    on_start: Callable[[int], None] = lambda _number: None,
    on_progress: Callable[[int, Progress], None] | None = None,
    wanted: Callable[[], bool] = lambda: True,
) -> Generator[TaskReport[Result], None, None]:
    """Do `work` on each of the tasks on a cluster, and report the end of each as soon as it ends.

    A task for which there is not enough memory is tried a second time when all others have ended. Closing the generator
    cancels all tasks: those that wait at once, those that run when they report progress next.

    Args:
        cluster: The cluster.
        work: Makes a result from a task; it is pickled, and so are the tasks and the results. It may raise a
            `MemoryError`; another error ends everything.
        tasks: The tasks, which are taken one by one when a worker is free.
        jobs: Tasks at most that the cluster has at once.
        on_start: Called with the number of a task before the cluster gets it, also before the second attempt.
        on_progress: Called with the number of a task and the progress that it reports; None if nobody watches.
        wanted: Called before the cluster gets a task; if it returns False, no further task is begun.

    Yields:
        A report for each task that was begun, in the order in which they end.

    Raises:
        ClusterError: The scheduler is lost, no worker is left, or a worker with other versions has joined.
        Exception: The work raised it in a worker; a note holds its traceback there.

    """
    run = _ClusterRun(cluster, work, on_start, on_progress)
    try:
        set_aside = []
        for item, report in run.run_side_by_side(tasks, jobs, wanted):
            if report.end is TaskEnd.OUT_OF_MEMORY:
                set_aside.append((item, report))
            else:
                yield report
        for item, report in set_aside:
            yield run.run_alone(report.number, item) if wanted() else report
    finally:
        run.close()


@dataclass(frozen=True)
class _Submitted:
    """A task that the cluster has.

    Attributes:
        number: Number of the task.
        item: The task.
        attempt: 1, or 2 when it runs alone.
        worker: The worker that it was meant for; None for any.
        future: The future of its answer.

    """

    number: int
    item: Any
    attempt: int
    worker: str | None
    future: Any


@dataclass
class _ClusterRun:
    """The tasks that a cluster has.

    Attributes:
        cluster: The cluster.
        work: What is done with each task.
        on_start: Called with the number of a task before the cluster gets it.
        on_progress: Called with the number of a task and its progress.
        name: A name that no other run has.
        news: Keys of tasks that have ended, and reports of progress, which other threads of this process put here.
        busy: The tasks that the cluster has, by their keys.
        workers: Addresses of the workers at the last look.
        next_look: When to look for workers next.
        alone_since: Since when the scheduler has had no worker; None if it has one.

    """

    cluster: Cluster
    work: Callable[[Any], Any]
    on_start: Callable[[int], None]
    on_progress: Callable[[int, Progress], None] | None
    name: str = field(default_factory=lambda: f"forecaster-{uuid4().hex}")
    news: queue.SimpleQueue[str | list[Any]] = field(default_factory=queue.SimpleQueue)
    busy: dict[str, _Submitted] = field(default_factory=dict)
    workers: tuple[str, ...] = ()
    next_look: float = 0.0
    alone_since: float | None = None

    def __post_init__(self) -> None:
        """Send the work to the cluster once, and listen to reports."""
        client = self.cluster.client
        self.held = client.submit(hold, pickle.dumps(self.work), key=f"{self.name}-work", pure=False)
        if self.on_progress is not None:
            client.subscribe_topic(self.name, self._take_report)

    def _take_report(self, event: tuple[float, Any]) -> None:
        """Keep a report until this process looks at it."""
        self.news.put(list(event[1]))

    def run_side_by_side(
        self, tasks: Iterable[Any], jobs: int, wanted: Callable[[], bool]
    ) -> Iterator[tuple[Any, TaskReport[Any]]]:
        """Yield each task with the report on its first attempt."""
        waiting = enumerate(tasks)
        while True:
            while len(self.busy) < jobs and wanted() and (task := next(waiting, None)) is not None:
                self._submit(*task, attempt=1)
            if not self.busy:
                return
            yield self._wait_for_end()

    def run_alone(self, number: int, item: Any) -> TaskReport[Any]:
        """Return the report on the second attempt at a task, while the cluster has no other of this run."""
        self._submit(number, item, attempt=2)
        return self._wait_for_end()[1]

    def _submit(self, number: int, item: Any, attempt: int) -> None:
        """Give a task to the cluster.

        A task has no retries of its own: an error of the work is an answer, and the scheduler repeats what a worker had
        that is lost.
        """
        self.on_start(number)
        request = TaskRequest(self.name, number, own_versions(), self.on_progress is not None)
        key, worker = f"{self.name}-{number}-{attempt}", self._free_worker()
        future = self.cluster.client.submit(
            do_task,
            self.held,
            pickle.dumps(item),
            request,
            key=key,
            pure=False,
            workers=worker,
            allow_other_workers=worker is not None,  # if it dies, or has work of others
        )
        self.busy[key] = _Submitted(number, item, attempt, worker, future)
        future.add_done_callback(lambda done: self.news.put(done.key))

    def _free_worker(self) -> str | None:
        """Return a worker that has no task of this run; None if each has one.

        The scheduler would prefer workers that have the work already, so that the others stay idle at first. The list
        may be a little old: the scheduler gives a task meant for a lost worker to another.
        """
        if time.monotonic() >= self.next_look:
            self._find_workers()
        taken = {each.worker for each in self.busy.values()}
        return next((worker for worker in self.workers if worker not in taken), None)

    def _find_workers(self) -> None:
        """Ask the scheduler for its workers, which takes as long as a short task.

        Raises:
            ClusterError: The scheduler does not answer.

        """
        self.workers = tuple(self.cluster.find_workers())
        self.next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS

    def _wait_for_end(self) -> tuple[Any, TaskReport[Any]]:
        """Wait until a task ends; hand reports on meanwhile, and look whether the cluster is still there."""
        while True:
            try:
                news = self.news.get(timeout=SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                self._check_cluster()
                continue
            if isinstance(news, str):
                submitted = self.busy.pop(news)
                return submitted.item, self._report(submitted)
            if self.on_progress is not None:
                self.on_progress(news[0], Progress(*news[1:]))

    def _check_cluster(self) -> None:
        """Check that the scheduler is there, and that it has had a worker lately.

        Raises:
            ClusterError: It is not, or it has not.

        """
        self.cluster.check_connection()
        self._find_workers()
        if self.workers:
            self.alone_since = None
            return
        self.alone_since = self.alone_since or time.monotonic()
        if time.monotonic() - self.alone_since > SECONDS_WITHOUT_WORKERS:
            raise no_worker_error(self.cluster.address)

    def _report(self, submitted: _Submitted) -> TaskReport[Any]:
        """Return the report on a task that has ended.

        Raises:
            ClusterError: The cluster cannot do it.
            Exception: The work raised it.

        """
        report = partial(TaskReport[Any], submitted.number, attempts=submitted.attempt)
        answer = self._answer(submitted.future)
        submitted.future.release()
        match answer:
            case None:
                return report(end=TaskEnd.WORKERS_DIED, result=None, seconds=0.0)
            case Returned(result, seconds):
                return report(end=TaskEnd.RETURNED, result=result, seconds=seconds)
            case OutOfMemory():
                return report(end=TaskEnd.OUT_OF_MEMORY, result=None, seconds=0.0)
            case OtherVersions(versions):
                refuse_other_versions(versions, "a worker that has joined the cluster")
            case Raised(error, traceback):
                error.add_note(f"in a worker of the cluster:\n{traceback}")
                raise error
        raise AssertionError(f"a worker answers {answer!r}")

    def _answer(self, future: Any) -> Any:
        """Return the answer of a worker to a task; None if the workers that tried it died.

        Raises:
            ClusterError: No worker can do it, or the scheduler is lost.

        """
        from distributed import KilledWorker

        if future.status == "finished":
            return pickle.loads(self._fetch(future))  # noqa: S301 - it comes from a worker of this run
        self.cluster.check_connection()
        if future.status != "error":
            raise ClusterError("the scheduler has dropped a task", "start the run again")
        if isinstance(error := future.exception(), KilledWorker):
            return None
        raise ClusterError(f"a worker cannot do a task: {in_one_line(error)}", SAME_INSTALLATION) from error

    def _fetch(self, future: Any) -> bytes:
        """Return the answer of a task that has ended; if its worker dies with it, another does the task again."""
        seconds = SECONDS_TO_CONNECT
        while True:
            try:
                answer: bytes = future.result(timeout=seconds)
            except TimeoutError:
                self._check_cluster()
                seconds *= 2  # it may be large, and the network slow
            except Exception as error:
                self.cluster.check_connection()
                what = f"an answer of a worker was lost: {in_one_line(error)}"
                raise ClusterError(what, "start the run again") from error
            else:
                return answer

    def close(self) -> None:
        """Cancel all tasks that the cluster still has: the scheduler drops what no client wants."""
        client = self.cluster.client
        for each in self.busy.values():
            each.future.release()
        self.held.release()
        if self.on_progress is not None and client.status == "running":
            with suppress(Exception):  # the scheduler may be lost at any moment
                client.unsubscribe_topic(self.name)
