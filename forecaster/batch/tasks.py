"""Run one task for each file; a failure becomes a record and does not affect the others.

The records are in the order of the files, whatever the number of processes.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from forecaster.batch.file_work import FilesOfTask, FileWork, run_file_work
from forecaster.errors import DEFECT, SOME_FAILED, Code, Finding, ForecasterError, StorageError, UsageError
from forecaster.progress import FILES, current_watch
from forecaster.reading.tables.content import printed
from forecaster.workers.pool import TaskEnd
from forecaster.workers.task_progress import TaskProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path


class Task(NamedTuple):
    """One file, where its result goes, and files with newer rows of its series."""

    file: str
    output: Path
    newer: tuple[str, ...] = ()


class TaskResult(Protocol):
    """What the work on a file returns; the records of `forecaster.workflow.results` fit."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings for the user."""

    @property
    def failed(self) -> Mapping[str, str]:
        """Series without a result, each with the reason."""

    @property
    def summary(self) -> str:
        """How good the result is, in a few words; may be empty."""


@dataclass(frozen=True)
class FileFailure:
    """A file, or a series of one, without a result.

    Attributes:
        file: The file, as it may be printed.
        series: The series; empty where the whole file failed.
        code: What kind of failure it is, see `forecaster.errors.Code`.
        exit_code: Exit code of a run on this file alone.
        text: One sentence.

    """

    file: str
    series: str
    code: str
    exit_code: int
    text: str

    def __str__(self) -> str:
        """Return `file: series: text`; the file is not repeated where the sentence begins with it."""
        places = [] if self.text.startswith(f"{self.file}:") else [self.file]
        return ": ".join([*places, *([self.series] if self.series else []), self.text])


class TaskOutcome(NamedTuple):
    """What a batch reports about one file; the result itself is in a file of its own.

    Attributes:
        failures: The file, or its series, without a result.
        findings: Findings for the user, without those on the choice of columns.
        summary: How good the result is, in a few words; may be empty.

    """

    failures: Sequence[FileFailure]
    findings: Sequence[Finding] = ()
    summary: str = ""


def run_tasks(
    work: Callable[[Task], TaskResult], tasks: Sequence[Task], jobs: int, known: Sequence[str] = ()
) -> list[TaskOutcome]:
    """Do `work` on each of the tasks, in `jobs` processes, and return the outcome of each.

    An error is a failure of its own task alone, and so is a process that dies twice. On a cluster, the outputs of all
    tasks are files in one folder, and all read the `known` files.
    """
    folder = tasks[0].output.parent
    files = FileWork(partial(_run_task, work), folder, _files_of_task, known, failed=_outcome_of_error)
    outcomes: dict[int, TaskOutcome] = {}
    watch = current_watch()
    progress = TaskProgress(FILES, [1] * len(tasks), watch, [printed(task.file) for task in tasks])
    on_progress = progress.update if watch is not None else None
    with closing(run_file_work(files, tasks, jobs, on_progress=on_progress)) as reports:
        for report in reports:
            outcomes[report.number] = report.result or _outcome_of_lost_task(tasks[report.number], report.end)
            progress.finish(report.number)
    return [outcomes[number] for number in range(len(tasks))]


def _files_of_task(task: Task) -> FilesOfTask:
    """Return the files of a task."""
    return FilesOfTask([task.file, *task.newer], [task.output])


def _run_task(work: Callable[[Task], TaskResult], folder: Path, task: Task) -> TaskOutcome:
    """Do the work on one file, with its output in a folder, and return its outcome, with errors as records.

    Raises:
        MemoryError: There is not enough memory while other tasks run; the file may be tried again alone.

    """
    try:
        result = work(task._replace(output=folder / task.output.name))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        return _outcome_of_error(task, error)
    lost = [
        FileFailure(printed(task.file), series, Code.SERIES, SOME_FAILED, text)
        for series, text in result.failed.items()
    ]
    return TaskOutcome(lost, findings_in_file(result.findings, printed(task.file)), result.summary)


def _outcome_of_error(task: Task, error: Exception) -> TaskOutcome:
    """Return the outcome of a task whose work raised an error, or whose output cannot be written."""
    return TaskOutcome([failure_of_error(printed(task.file), error)])


def findings_in_file(findings: Iterable[Finding], file: str) -> list[Finding]:
    """Return the findings about one of many files, each with the name of the file, but not those on its columns."""
    return [
        replace(each, place=replace(each.place, file=each.place.file or file))
        for each in findings
        if each.code != Code.CHOSEN
    ]


def failure_of_error(file: str, error: Exception) -> FileFailure:
    """Return the failure of a file whose work raised an error."""
    match error:
        case ForecasterError():
            return FileFailure(file, "", error.code, error.exit_code, str(error))
        case OSError():
            where = f"{printed(str(error.filename))}: " if error.filename else ""
            text = f"{where}{error.strerror or error}"
            return FileFailure(file, "", Code.STORAGE, StorageError.exit_code, text)
    text = f"unexpected error: {type(error).__name__}: {error}; run it alone with --debug and report it"
    return FileFailure(file, "", Code.DEFECT, DEFECT, text)


def _outcome_of_lost_task(task: Task, end: TaskEnd) -> TaskOutcome:
    """Return the outcome of a task that ended without a result, twice."""
    file = printed(task.file)
    if end is TaskEnd.OUT_OF_MEMORY:
        text = "there is not enough memory for it"
        return TaskOutcome([FileFailure(file, "", Code.MEMORY, UsageError.exit_code, text)])
    text = "its process was killed, or ran out of memory, twice; run it alone to see more"
    if end is TaskEnd.WORKERS_DIED:
        text = "each worker of the cluster died that tried it; run it alone to see more"
    return TaskOutcome([FileFailure(file, "", Code.DIED, DEFECT, text)])


def process_count(jobs: int | None, most: int) -> int:
    """Return the number of processes: as many as the user wants or one per core, and at most `most`."""
    from joblib import cpu_count  # here, because a single file does without

    return max(1, min(jobs or cpu_count(), most))
