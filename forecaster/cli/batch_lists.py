"""What a person reads about the files of a batch: findings grouped by kind, and what a dry run would do.

A kind is a code. Each list has room on a screen, however many files there are; `--verbose`, `run.json` and a
pipe have every entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.batch.records import Status
from forecaster.cli.failure_list import first_of_kind
from forecaster.cli.findings import MOST_CHARACTERS, MOST_KINDS, VARYING, order_of_kind
from forecaster.cli.tables import MOST_LISTED, TableColumn, table_lines_wrapped
from forecaster.cli.terminal import plain
from forecaster.errors import Code, Finding, counted
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forecaster.batch.records import SourceRecord
    from forecaster.cli.page import Page

Decision = tuple[str, str, str]
"""A source, what is done about it, and why."""


def finding_facts(records: Iterable[SourceRecord]) -> list[tuple[str, str]]:
    """Return what was found in the files that a run worked on: a sentence for each of the main kinds, with labels.

    The order is that of `forecaster.cli.findings.main_findings`: values that may be wrong first, the layout last.
    """
    kinds: dict[str, list[str]] = {}
    for record in records:
        if record.status is not Status.SKIPPED:
            for code, text in dict(reversed(record.findings)).items():  # the first finding of each code
                kinds.setdefault(code, []).append(text)
    ordered = sorted(kinds.items(), key=lambda kind: (order_of_kind(Finding(Code(kind[0]), "")), -len(kind[1])))
    sentences = [
        first_of_kind(shown(texts[0], MOST_CHARACTERS), len(texts), "file", code)
        for code, texts in ordered[:MOST_KINDS]
    ]
    if not sentences:
        return []
    others = len(ordered) - MOST_KINDS
    more = f"and findings of {counted(others, 'more kind')}; " if others > 0 else ""
    hint = f"{more}--verbose lists them all" if sum(map(len, kinds.values())) > len(sentences) else ""
    return [("Found", sentences[0]), *(("", each) for each in sentences[1:]), ("", hint)]


def decision_lines(decisions: Sequence[Decision], page: Page, *, verbose: bool) -> list[str]:
    """Return what would be done about each source as a table; with many sources, one row for those of one reason.

    Reasons that differ in numbers and quoted text alone are one: the row has the first.

    Args:
        decisions: What would be done.
        page: Where the table is shown.
        verbose: Whether each source has a row, however many there are.

    """
    if verbose or len(decisions) <= MOST_LISTED:
        columns = [
            TableColumn(title, [plain(each[number]) for each in decisions])
            for number, title in enumerate(("source", "action", "reason"))
        ]
        return table_lines_wrapped(columns, page.width)
    kinds: dict[tuple[str, str], list[Decision]] = {}
    for each in decisions:
        kinds.setdefault((each[1], VARYING.sub("0", each[2])), []).append(each)
    ordered = sorted(kinds.values(), key=len, reverse=True)
    listed = ordered[:MOST_LISTED]
    columns = [
        TableColumn("sources", [f"{len(same):,}" for same in listed], right=True),
        TableColumn("action", [same[0][1] for same in listed]),
        TableColumn("reason", [f"{reason} (first: {plain(source)})" for (source, _, reason), *_ in listed]),
    ]
    others = len(ordered) - len(listed)
    more = f"and {counted(others, 'more reason')}; " if others else ""
    return [*table_lines_wrapped(columns, page.width), f"{more}--verbose lists each source, and so does a pipe"]
