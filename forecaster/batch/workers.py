"""Share work among processes; if one dies, only its own task is lost."""

from __future__ import annotations

import os
import warnings
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")


def results_as_completed(
    work: Callable[[Item], Result], tasks: Sequence[Item], jobs: int
) -> Generator[tuple[int, Result | None], None, None]:
    """Do `work` on each of the tasks; yield the number of a task and its result as soon as there is one.

    A process that dies, killed or out of memory, breaks the pool. The tasks that were running are then done once more,
    one at a time, so that a task that kills its process does not affect the others.

    Args:
        work: Makes a result from a task; an error that it raises ends everything.
        tasks: The tasks.
        jobs: Processes; with one, this process does the work itself.

    Yields:
        The number of the task in `tasks` and its result; None for a task that killed its process twice.

    """
    waiting = dict(enumerate(tasks))
    while waiting:
        begun: list[int] = []
        try:
            with _closed_quietly(_numbered_results(work, list(waiting.items()), jobs, begun)) as results:
                for number, result in results:
                    del waiting[number]
                    yield number, result
        except BrokenProcessPool:
            for number in sorted(waiting.keys() & begun):
                yield number, _run_alone(work, waiting.pop(number))


def _numbered_results(
    work: Callable[[Item], Result], tasks: Iterable[tuple[int, Item]], jobs: int, begun: list[int]
) -> Generator[tuple[int, Result], None, None]:
    """Yield numbered results in the order in which they are ready; `begun` collects the numbers of tasks handed out."""
    from joblib import Parallel, delayed  # here, because a single file does without

    def handed_out() -> Iterator[object]:
        for number, task in tasks:
            begun.append(number)
            yield delayed(_run_in_folder)(work, number, task, Path.cwd())

    yield from Parallel(jobs, return_as="generator_unordered", batch_size=1)(handed_out())


@contextmanager
def _closed_quietly(results: Generator[Result, None, None]) -> Iterator[Generator[Result, None, None]]:
    """End the processes when no more results are wanted, without a warning that they had work left."""
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            results.close()


def _run_in_folder(work: Callable[[Item], Result], number: int, task: Item, folder: Path) -> tuple[int, Result]:
    """Do the work in the folder `folder`: the processes of an earlier pool may be in another one."""
    os.chdir(folder)
    return number, work(task)


def _run_alone(work: Callable[[Item], Result], task: Item) -> Result | None:
    """Return the result of a task that runs alone, None if its process dies."""
    try:
        # With one job, this process would do the work, and die with it.
        ((_, result),) = _numbered_results(work, [(0, task)], 2, [])
    except BrokenProcessPool:
        return None
    return result
