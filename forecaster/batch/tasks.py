"""Run one task for each file; a failure becomes a record and does not affect the others.

The records come in the order of the files, however many processes share the work.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from threadpoolctl import threadpool_limits

from forecaster.batch.workers import parallel_results
from forecaster.errors import Code, Finding, ForecasterError, StorageError, UsageError
from forecaster.reading.tables.content import printed
from forecaster.spec import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from forecaster.workflow.results import Prediction, Training

DEFECT_EXIT, SOME_FAILED_EXIT = 1, 3
"""Exit codes of a run on one file that ends with a defect of the program, or without a result for some series."""


class Task(NamedTuple):
    """A file, the path of its result, and files with newer rows of its series."""

    file: str
    output: Path
    newer: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A file, or a series of one, without a result.

    Attributes:
        file: The file, as it may be printed.
        series: The series; empty where the whole file failed.
        code: Short stable name in capitals for the kind of failure.
        exit_code: Exit code of a run on this file alone.
        text: One sentence.

    """

    file: str
    series: str
    code: str
    exit_code: int
    text: str

    def __str__(self) -> str:
        """Return `file: series: text`, without the file where the text already begins with it."""
        places = [] if self.text.startswith(f"{self.file}:") else [self.file]
        return ": ".join([*places, *([self.series] if self.series else []), self.text])


class Outcome(NamedTuple):
    """The failures and findings of one file.

    Attributes:
        failures: The file, or those of its series, that have no result.
        findings: What the user should know; the choice of columns is left out.

    """

    failures: Sequence[Failure]
    findings: Sequence[Finding] = ()


def run_each(
    work: Callable[[Task], Training | Prediction],
    tasks: Sequence[Task],
    jobs: int,
    watch: Callable[[Progress], None] | None,
) -> list[Outcome]:
    """Call `work` on each task, in `jobs` processes, and return the outcomes in the order of the tasks.

    An error, or a process that dies twice, is a failure of its own task alone. `watch` is called after each task.
    """
    outcomes: dict[int, Outcome] = {}
    with closing(parallel_results(partial(_run_task, work), tasks, jobs)) as results:
        for number, outcome in results:
            outcomes[number] = outcome or Outcome([_killed_process_failure(tasks[number])])
            if watch is not None:
                watch(Progress("files", len(outcomes), len(tasks), tasks[number].file))
    return [outcomes[number] for number in range(len(tasks))]


def _run_task(work: Callable[[Task], Training | Prediction], task: Task) -> Outcome:
    """Call `work` on one task and return its outcome, an error as a record."""
    file = printed(task.file)
    try:
        with threadpool_limits(1):  # the processes share the cores already, and the bytes are the same for any number
            result = work(task)
    except Exception as error:  # noqa: BLE001 - any error becomes a record, so that the other files go on
        return Outcome([_failure_from_error(file, error)])
    failures = [Failure(file, series, Code.SERIES, SOME_FAILED_EXIT, text) for series, text in result.failed.items()]
    findings = [
        replace(each, place=replace(each.place, file=each.place.file or file))
        for each in result.findings
        if each.code != Code.CHOSEN
    ]
    return Outcome(failures, findings)


def _failure_from_error(file: str, error: Exception) -> Failure:
    """Return the record of a file whose task raised an error."""
    match error:
        case ForecasterError():
            return Failure(file, "", error.code, error.exit_code, str(error))
        case MemoryError():
            return Failure(file, "", Code.MEMORY, UsageError.exit_code, "there is not enough memory for it")
        case OSError():
            return Failure(file, "", Code.STORAGE, StorageError.exit_code, f"{error.strerror or error}")
    text = f"unexpected error: {type(error).__name__}: {error}; run it alone with --debug and report it"
    return Failure(file, "", Code.DEFECT, DEFECT_EXIT, text)


def _killed_process_failure(task: Task) -> Failure:
    """Return the record of a file whose task killed its process twice."""
    text = "its process was killed, or ran out of memory, twice; run it alone to see more"
    return Failure(printed(task.file), "", Code.DIED, DEFECT_EXIT, text)
