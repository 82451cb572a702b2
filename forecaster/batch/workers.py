"""Share work among processes; if one dies, only its own task is lost.

Tasks and results are any objects that can be sent to a process; a task is known by its number in the sequence.
"""

from __future__ import annotations

import os
import warnings
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

Task = TypeVar("Task")
Result = TypeVar("Result")


def parallel_results(
    work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int
) -> Generator[tuple[int, Result | None], None, None]:
    """Call `work` on each task; yield the number of the task and its result as soon as there is one.

    A process that dies, killed or out of memory, breaks the pool. The tasks that were running then are run once more,
    one at a time, so that a task that kills its process does not affect the others.

    Args:
        work: The function to call; an error that it raises ends everything.
        tasks: Its arguments, one a call.
        jobs: Processes; with one, this process does the work itself.

    Yields:
        The number of the task in `tasks` and its result; None for a task that killed its process twice.

    """
    waiting = dict(enumerate(tasks))
    while waiting:
        started: list[int] = []
        try:
            with _closed_without_warning(_pool_results(work, list(waiting.items()), jobs, started)) as results:
                for number, result in results:
                    del waiting[number]
                    yield number, result
        except BrokenProcessPool:
            for number in sorted(waiting.keys() & started):
                yield number, _result_of_task_alone(work, waiting.pop(number))


def _pool_results(
    work: Callable[[Task], Result], tasks: Iterable[tuple[int, Task]], jobs: int, started: list[int]
) -> Generator[tuple[int, Result], None, None]:
    """Yield numbered results in the order in which they come; `started` collects the numbers of submitted tasks."""
    from joblib import Parallel, delayed  # here, because a run on a single file does not need it

    def submit() -> Iterator[object]:
        for number, task in tasks:
            started.append(number)
            yield delayed(_work_in_folder)(work, number, task, Path.cwd())

    yield from Parallel(jobs, return_as="generator_unordered", batch_size=1)(submit())


@contextmanager
def _closed_without_warning(results: Generator[Result, None, None]) -> Iterator[Generator[Result, None, None]]:
    """End the processes when the caller takes no more results, without a warning that they had work left."""
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            results.close()


def _work_in_folder(work: Callable[[Task], Result], number: int, task: Task, folder: Path) -> tuple[int, Result]:
    """Do the work in the folder of the caller: a process of an earlier pool may still be in another one."""
    os.chdir(folder)
    return number, work(task)


def _result_of_task_alone(work: Callable[[Task], Result], task: Task) -> Result | None:
    """Return the result of a task that runs alone in a pool; None if its process dies."""
    try:
        # With one job, this process itself would do the work, and would die.
        ((_, result),) = _pool_results(work, [(0, task)], 2, [])
    except BrokenProcessPool:
        return None
    return result
