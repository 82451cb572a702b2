"""What is listed of many files fits a screen: failures by kind, and the decisions of a dry run by reason."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from forecaster.batch.batch_run import BatchRun
from forecaster.batch.records import Action, SourceRecord, Status
from forecaster.batch.tasks import FileFailure
from forecaster.cli.batch_lists import decision_lines
from forecaster.cli.commands_to_type import look_at_failure_command
from forecaster.cli.failure_list import failure_sentences
from forecaster.cli.page import Page


def failures(code: str, count: int) -> list[FileFailure]:
    return [FileFailure(f"{code}{number}.csv", "", code, 65, f"is {code}") for number in range(count)]


def test_few_failures_are_listed_each() -> None:
    assert failure_sentences(failures("EMPTY", 2), 5) == ["EMPTY0.csv: is EMPTY", "EMPTY1.csv: is EMPTY"]


def test_the_failure_of_a_group_is_one_for_all_its_files() -> None:
    run = BatchRun(Path(), datetime.now(UTC))
    reasons = {"a": ("monthly", 1), "b": ("daily", 2), "c": ("monthly", 1), "d": ("daily", 3), "e": ("", 1)}
    for name, (group, rows) in reasons.items():
        failed = FileFailure(f"{name}.csv", "", "SHORT", 65, f"has {rows} rows")
        fields = (name, name, name, Status.FAILED, Status.FAILED, Action.FORECAST)
        run.records[name] = SourceRecord(*fields, failures=(failed,), group=group)
    each = ["b.csv: has 2 rows", "d.csv: has 3 rows", "e.csv: has 1 rows"]
    assert [str(failure) for failure in run.failures_by_group] == ["group monthly, 2 files: has 1 rows", *each]
    assert len(run.failures) == 5


def test_of_many_failures_the_first_of_each_kind_is_listed_and_the_most_frequent_first() -> None:
    assert failure_sentences([*failures("DATE", 1), *failures("EMPTY", 298), *failures("DUP", 2)], 2) == [
        "EMPTY0.csv: is EMPTY (the first of 298 failures with EMPTY)",
        "DUP0.csv: is DUP (the first of 2 failures with DUP)",
        "and 1 failure of other kinds",
    ]


def test_many_decisions_are_a_row_for_each_reason() -> None:
    decisions = [(f"{number}.csv", "forecast", f"it has {number} rows") for number in range(1000)]
    decisions += [("new.csv", "train", "there is no model yet")]
    lines = decision_lines(decisions, Page(width=60), verbose=False)
    assert lines == [
        "sources  action    reason",
        "  1,000  forecast  it has 0 rows (first: 0.csv)",
        "      1  train     there is no model yet (first: new.csv)",
        "--verbose lists each source, and so does a pipe",
    ]
    assert len(decision_lines(decisions, Page(width=60), verbose=True)) == 1 + len(decisions)
    assert decision_lines(decisions[-1:], Page(width=60), verbose=False) == [
        "source   action  reason",
        "new.csv  train   there is no model yet",
    ]


def test_the_command_about_a_failure_can_be_typed() -> None:
    assert look_at_failure_command("a b.csv", "EMPTY") == "forecast check 'a b.csv'"
    assert look_at_failure_command("-x.csv", "EMPTY") == "forecast check ./-x.csv"
    assert look_at_failure_command("a.csv", "TIMEOUT") == "forecast train a.csv --debug --output trial.joblib"
