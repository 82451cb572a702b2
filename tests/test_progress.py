"""Reading reports its progress to whoever watches, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.progress import describe_losses, report_reading, watched_by, with_progress
from forecaster.reading.reader import read_sources
from forecaster.spec import Progress, Selection

if TYPE_CHECKING:
    from pathlib import Path


def test_reports_reach_the_one_who_watches_as_long_as_the_context_lasts() -> None:
    seen: list[Progress] = []
    with watched_by(seen.append):
        report_reading("f.csv", "dates", 1200)
        with watched_by(None):
            report_reading("f.csv", "numbers")
    report_reading("f.csv", "numbers")
    assert seen == [Progress("reading", 2, 5, "dates of f.csv, 1,200 rows")]


def test_items_are_counted_at_most_a_hundred_times() -> None:
    seen: list[Progress] = []
    with watched_by(seen.append):
        assert list(with_progress(range(1000), "series")) == list(range(1000))
        assert list(with_progress([], "series")) == []
    assert [each.done for each in seen] == [*range(0, 1000, 10), 1000]
    assert {(each.stage, each.total) for each in seen} == {("series", 1000)}


def test_reading_names_its_parts(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("date,value\n" + "".join(f"2024-01-{day:02},{day * day}\n" for day in range(1, 29)))
    seen: list[Progress] = []
    with watched_by(seen.append):
        read_sources([str(file)], Selection())
    assert [each.note.partition(" of ")[0] for each in seen if each.stage == "reading"] == [
        *("text", "columns", "dates", "numbers", "series")
    ]
    assert {each.stage for each in seen} == {"reading", "series", "calendars", "checks"}


def test_losses_are_told_from_the_first_on() -> None:
    assert describe_losses([float("nan")]) == ""
    assert describe_losses([float("nan"), 0.5, 0.25, 0.75]) == "loss 0.75, best 0.25"
