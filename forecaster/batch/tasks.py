"""Work on many files, each on its own: what goes wrong with one is a record and costs the others nothing.

The records come in the order of the files, however many processes share the work.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from threadpoolctl import threadpool_limits

from forecaster.batch.workers import answers
from forecaster.errors import Code, Finding, ForecasterError, StorageError, UsageError
from forecaster.reading.tables.content import printed
from forecaster.spec import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from forecaster.spec import Watch

DEFECT, SOME_FAILED = 1, 3


class Task(NamedTuple):
    """One file, where its result goes, and files with newer rows of its series."""

    file: str
    output: Path
    newer: tuple[str, ...] = ()


class Result(Protocol):
    """What the work on a file returns."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the user should know."""

    @property
    def failed(self) -> Mapping[str, str]:
        """Series without a result, each with the reason."""


@dataclass(frozen=True)
class Failure:
    """A file, or a series of one, without a result.

    Attributes:
        file: The file, as it may be printed.
        series: The series; empty where the whole file failed.
        code: Short stable name in capitals for the kind of failure.
        exit_code: What a run on this file alone ends with.
        text: One sentence.

    """

    file: str
    series: str
    code: str
    exit_code: int
    text: str

    def __str__(self) -> str:
        """Return `file: series: text`; many a sentence begins with the file itself."""
        places = [] if self.text.startswith(f"{self.file}:") else [self.file]
        return ": ".join([*places, *([self.series] if self.series else []), self.text])


class Outcome(NamedTuple):
    """What came of one file beside its result.

    Attributes:
        failures: The file or those series of it that have none.
        findings: What the user should know, but not which columns were read.

    """

    failures: Sequence[Failure]
    findings: Sequence[Finding] = ()


def run_each(work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int, watch: Watch | None) -> list[Outcome]:
    """Do `work` on each of the tasks, in `jobs` processes, and return what came of each.

    An error is a failure of its own task alone, and so is a process that dies twice of it; `watch` hears of each task.
    """
    outcomes: dict[int, Outcome] = {}
    with closing(answers(partial(_outcome, work), tasks, jobs)) as found:
        for number, outcome in found:
            outcomes[number] = outcome or Outcome([_died(tasks[number])])
            if watch is not None:
                watch(Progress("files", len(outcomes), len(tasks), tasks[number].file))
    return [outcomes[number] for number in range(len(tasks))]


def _outcome(work: Callable[[Task], Result], task: Task) -> Outcome:
    """Do the work on one file and return what came of it, errors as records."""
    try:
        with threadpool_limits(1):  # the processes share the cores already, and the bytes are the same for any number
            made = work(task)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        return Outcome([_failure(printed(task.file), error)])
    lost = [Failure(printed(task.file), series, Code.SERIES, SOME_FAILED, text) for series, text in made.failed.items()]
    noticed = [
        replace(each, place=replace(each.place, file=each.place.file or printed(task.file)))
        for each in made.findings
        if each.code != Code.CHOSEN
    ]
    return Outcome(lost, noticed)


def _failure(file: str, error: Exception) -> Failure:
    """Return the record of an error."""
    match error:
        case ForecasterError():
            return Failure(file, "", error.code, error.exit_code, str(error))
        case MemoryError():
            return Failure(file, "", Code.MEMORY, UsageError.exit_code, "there is not enough memory for it")
        case OSError():
            return Failure(file, "", Code.STORAGE, StorageError.exit_code, f"{error.strerror or error}")
    text = f"unexpected error: {type(error).__name__}: {error}; run it alone with --debug and report it"
    return Failure(file, "", Code.DEFECT, DEFECT, text)


def _died(task: Task) -> Failure:
    """Return the record of a task that killed its process."""
    text = "its process was killed, or ran out of memory, twice; run it alone to see more"
    return Failure(printed(task.file), "", Code.DIED, DEFECT, text)
