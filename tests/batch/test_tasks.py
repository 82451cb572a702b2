"""What goes wrong with one file is a record; the order of the records is that of the files."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from forecaster.batch import file_work
from forecaster.batch.tasks import FileFailure, Task, TaskOutcome, run_tasks
from forecaster.errors import Code, Finding, InputRefusedError, Place
from forecaster.progress import watched_by
from tests.batch.in_this_process import run_in_this_process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    import pytest

    from forecaster.spec import Progress

    ByValue = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class Made:
    findings: tuple[Finding, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""


def tasks(*names: str) -> list[Task]:
    return [Task(name, Path(f"{name}.out")) for name in names]


ERRORS = {
    "odd": (
        InputRefusedError("is odd", "mend it", Place("odd", 3), code="NUMBER"),
        FileFailure("odd", "", "NUMBER", 65, "odd:3: is odd; mend it"),
    ),
    "large": (MemoryError(), FileFailure("large", "", "MEMORY", 2, "there is not enough memory for it")),
    "full": (
        OSError(28, "No space left on device"),
        FileFailure("full", "", "STORAGE", 74, "No space left on device"),
    ),
    "folder": (
        IsADirectoryError(21, "Is a directory", "out/a.joblib"),
        FileFailure("folder", "", "STORAGE", 74, "out/a.joblib: Is a directory"),
    ),
    "defect": (
        KeyError("x"),
        FileFailure(
            "defect", "", "DEFECT", 1, "unexpected error: KeyError: 'x'; run it alone with --debug and report it"
        ),
    ),
}
"""What the work on a file raises, and the record of it, by the name of the file."""


def test_an_error_is_a_record_of_its_file(by_value: ByValue) -> None:
    errors = {name: error for name, (error, _) in ERRORS.items()}

    def work(task: Task) -> Made:
        if task.file in errors:
            raise errors[task.file]
        return Made()

    outcomes = run_tasks(by_value(work), tasks(*ERRORS, "good"), 1)
    assert outcomes == [*(TaskOutcome([failure]) for _, failure in ERRORS.values()), TaskOutcome([], [])]


def test_the_sentence_names_the_file_once() -> None:
    assert str(FileFailure("a.csv", "", "X", 65, "a.csv:3: is odd")) == "a.csv:3: is odd"
    assert str(FileFailure("a", "", "X", 65, "a model is odd")) == "a: a model is odd"
    assert str(FileFailure("a.csv", "BTC", "SERIES", 3, "is short")) == "a.csv: BTC: is short"


def test_series_and_findings_bear_the_name_of_their_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_work, "run_in_workers", run_in_this_process)
    findings = (
        Finding(Code.CHOSEN, "time column ds"),
        Finding("SORTED", "sorted", Place("a.csv", 2)),
        Finding("HELD", "held"),
    )
    made = Made(findings, {"x": "is short"}, "12 % better")
    (outcome,) = run_tasks(lambda _: made, tasks("a.csv"), 1)
    assert outcome.summary == "12 % better"
    assert outcome.failures == [FileFailure("a.csv", "x", "SERIES", 3, "is short")]
    assert [str(each) for each in outcome.findings] == ["a.csv:2: sorted", "a.csv: held"]


def test_records_come_in_the_order_of_the_files_and_a_dead_process_is_one(by_value: ByValue) -> None:
    def work(task: Task) -> Made:
        if task.file == "dead":
            os._exit(9)
        sleep(0.2 * (task.file == "slow"))
        return Made(failed={task.file: "is short"})

    seen: list[Progress] = []
    with watched_by(seen.append):
        outcomes = run_tasks(by_value(work), tasks("slow", "dead", "quick", "last"), 2)
    assert [outcome.failures[0].series for outcome in outcomes] == ["slow", "", "quick", "last"]
    text = "its process was killed, or ran out of memory, twice; run it alone to see more"
    assert outcomes[1] == TaskOutcome([FileFailure("dead", "", "DIED", 1, text)])
    assert [(now.done, now.total) for now in seen] == [(n, 4) for n in range(1, 5)]
    assert {now.note for now in seen} == {"slow", "dead", "quick", "last"}
