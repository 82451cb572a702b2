"""Do the tasks of a batch in the process of the test: quick, where a test is not about processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.workers.pool import TaskEnd, TaskReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def run_in_this_process(work: Callable[[Any], Any], tasks: Any, jobs: int, **options: Any) -> Iterator[TaskReport[Any]]:  # noqa: ARG001 - like the pool
    """Do the tasks in this process: what `run_in_workers` does where no process dies."""
    for number, task in enumerate(tasks):
        if "wanted" in options and not options["wanted"]():
            return
        if "on_start" in options:
            options["on_start"](number)
        yield TaskReport(number, TaskEnd.RETURNED, work(task), 0.0, 1)
