"""Do several tasks at once and yield their results in the order of the tasks, whatever order they end in.

Every training and backtest that uses more than one process goes through `results_in_order`: processes of this machine,
or workers of a cluster if the run uses one. The arguments of a task are any objects that can be pickled; arrays keep
their bytes, so results do not depend on the number of processes.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from forecaster.errors import ClusterError
from forecaster.numeric_errors import raise_numeric_errors
from forecaster.progress import current_watch, watched_by
from forecaster.workers.current_cluster import current_cluster
from forecaster.workers.task_progress import TaskProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from forecaster.workers.pool import TaskReport

Result = TypeVar("Result")


def results_in_order(
    work: Callable[..., Result], tasks: Sequence[tuple[Any, ...]], stage: str, weights: Sequence[float], jobs: int
) -> Iterator[Result]:
    """Do `work` on each of the tasks, and yield the results in their order; they do not depend on `jobs`.

    Numeric errors raise, also in another process.

    Args:
        work: Makes a result from the arguments of a task.
        tasks: The arguments of each. An object that is an argument of all of them is sent to the processes once.
        stage: What the tasks do together.
        weights: Steps of each task.
        jobs: Processes, or tasks at once on a cluster; with one, this process does the work itself.

    Raises:
        ClusterError: The cluster was lost, or each worker died that tried a task.
        MemoryError: There is not enough memory for a task, even when it runs alone.
        RuntimeError: The process of a task died, and did so again when the task ran alone.
        Exception: The work raised it.

    """
    progress = TaskProgress(stage, weights, current_watch())
    if len(tasks) <= 1 or (jobs <= 1 and current_cluster() is None):
        yield from _results_of_this_process(work, tasks, progress)
    else:
        yield from _results_of_workers(work, tasks, min(jobs, len(tasks)), progress)


def _results_of_this_process(
    work: Callable[..., Result], tasks: Sequence[tuple[Any, ...]], progress: TaskProgress
) -> Iterator[Result]:
    """Do one task after another in this process."""
    for number, arguments in enumerate(tasks):
        with watched_by(progress.watch_of(number)), raise_numeric_errors():
            result = work(*arguments)
        progress.finish(number)
        yield result


def _results_of_workers(
    work: Callable[..., Result], tasks: Sequence[tuple[Any, ...]], jobs: int, progress: TaskProgress
) -> Iterator[Result]:
    """Share the tasks among workers; keep each result until those of earlier tasks are there."""
    # here, because a forecast must not wait for these imports
    from forecaster.workers.cluster_run import run_on_cluster
    from forecaster.workers.pool import run_in_workers

    cluster = current_cluster()
    run = run_in_workers if cluster is None else partial(run_on_cluster, cluster)
    call, own = _separate_common_arguments(work, tasks)
    early: dict[int, Result] = {}
    turn = 0
    watching = progress.watch is not None
    with closing(run(call, own, jobs, on_progress=progress.update if watching else None)) as reports:
        for report in reports:
            early[report.number] = _result_of_report(report)
            progress.finish(report.number)
            while turn in early:
                yield early.pop(turn)
                turn += 1


@dataclass(frozen=True)
class _CallWithCommonArguments(Generic[Result]):
    """A call of the work with the arguments that all tasks have in common.

    Attributes:
        work: Makes a result from the arguments of a task.
        common: The common arguments by their places.

    """

    work: Callable[..., Result]
    common: Mapping[int, Any]

    def __call__(self, own: Mapping[int, Any]) -> Result:
        """Do the work with the arguments of one task alone, by their places, and the common ones."""
        arguments = {**self.common, **own}
        with raise_numeric_errors():
            return self.work(*(arguments[place] for place in range(len(arguments))))


def _separate_common_arguments(
    work: Callable[..., Result], tasks: Sequence[tuple[Any, ...]]
) -> tuple[_CallWithCommonArguments[Result], list[dict[int, Any]]]:
    """Return a call with the objects that are arguments of all tasks, and the other arguments of each task.

    A process unpickles the call once, and those that are forked from it share its memory: a large panel is not copied
    for each task.
    """
    common = {place: value for place, value in enumerate(tasks[0]) if all(task[place] is value for task in tasks)}
    own = [{place: value for place, value in enumerate(task) if place not in common} for task in tasks]
    return _CallWithCommonArguments(work, common), own


def _result_of_report(report: TaskReport[Result]) -> Result:
    """Return the result of a task.

    Raises:
        ClusterError: Each worker of the cluster died that tried the task.
        MemoryError: There was not enough memory for the task.
        RuntimeError: The process of the task died.

    """
    from forecaster.workers.pool import TaskEnd

    if report.end is TaskEnd.WORKERS_DIED:
        what = "each worker of the cluster died that tried one of the tasks"
        raise ClusterError(what, "give the workers more memory, or leave --backend out")
    if report.end is TaskEnd.OUT_OF_MEMORY:
        raise MemoryError
    if report.end is not TaskEnd.RETURNED:
        raise RuntimeError("a worker process was killed, or ran out of memory, twice")
    return report.result  # type: ignore[return-value]  # a task that returned has a result
