"""Frames of records."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from forecaster.workflow.frames import failures_frame

COLUMNS = ["file", "series", "code", "exit_code", "text"]


@dataclass(frozen=True)
class Failure:
    """A record whose fields stand in another order than the columns."""

    text: str
    file: str
    code: str = "SERIES"
    series: str = ""
    exit_code: int = 3


FAILURES = [Failure("too short", "b.csv", series="x"), Failure("no rows", "a.csv", "EMPTY", exit_code=65)]


def test_each_failure_is_a_row_in_the_order_given() -> None:
    frame = failures_frame(FAILURES)
    assert frame.columns.tolist() == COLUMNS
    assert frame.to_numpy().tolist() == [
        ["b.csv", "x", "SERIES", 3, "too short"],
        ["a.csv", "", "EMPTY", 65, "no rows"],
    ]


def test_dicts_give_the_same_rows_as_records() -> None:
    assert failures_frame([asdict(failure) for failure in FAILURES]).equals(failures_frame(FAILURES))


def test_without_failures_the_columns_remain() -> None:
    frame = failures_frame(())
    assert (len(frame), frame.columns.tolist()) == (0, COLUMNS)
