"""Work shared among processes, of which none takes the work of another with it when it dies."""

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
Answer = TypeVar("Answer")


def answers(
    work: Callable[[Task], Answer], tasks: Sequence[Task], jobs: int
) -> Generator[tuple[int, Answer | None], None, None]:
    """Do `work` on each of the tasks; yield its number and its answer as soon as there is one.

    A process that dies, killed or out of memory, breaks the pool. What was under way then is done once more, one task
    at a time, so that a task that kills its process costs no other one.

    Args:
        work: What is done; an error that it raises ends everything.
        tasks: What it is done on.
        jobs: Processes; with one, this process does the work itself.

    Yields:
        The number of the task in `tasks` and its answer; None for one that killed its process twice.

    """
    waiting = dict(enumerate(tasks))
    while waiting:
        begun: list[int] = []
        try:
            with _closed(_parallel(work, list(waiting.items()), jobs, begun)) as given:
                for number, answer in given:
                    del waiting[number]
                    yield number, answer
        except BrokenProcessPool:
            for number in sorted(waiting.keys() & begun):
                yield number, _alone(work, waiting.pop(number))


def _parallel(
    work: Callable[[Task], Answer], tasks: Iterable[tuple[int, Task]], jobs: int, begun: list[int]
) -> Generator[tuple[int, Answer], None, None]:
    """Return numbered answers in the order in which they come; `begun` gathers the numbers that were given away."""
    from joblib import Parallel, delayed  # here, because a single file does without

    def given() -> Iterator[object]:
        for number, task in tasks:
            begun.append(number)
            yield delayed(_numbered)(work, number, task, Path.cwd())

    yield from Parallel(jobs, return_as="generator_unordered", batch_size=1)(given())


@contextmanager
def _closed(found: Generator[Answer, None, None]) -> Iterator[Generator[Answer, None, None]]:
    """End the processes when nobody asks for their answers any more, without a warning that they had work left."""
    try:
        yield found
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            found.close()


def _numbered(work: Callable[[Task], Answer], number: int, task: Task, folder: Path) -> tuple[int, Answer]:
    """Do the work in the folder from which it was given away: the processes of an earlier pool may be elsewhere."""
    os.chdir(folder)
    return number, work(task)


def _alone(work: Callable[[Task], Answer], task: Task) -> Answer | None:
    """Return the answer to a task that has the processes to itself, None if its own dies."""
    try:
        # With one job, this process would do the work, and die of it.
        ((_, answer),) = _parallel(work, [(0, task)], 2, [])
    except BrokenProcessPool:
        return None
    return answer
