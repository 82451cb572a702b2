"""The sections about the run: what was found in the files, what was chosen and why, and how to repeat it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from forecaster import __version__
from forecaster.errors import counted
from forecaster.report.document import Code, Column, Details, Facts, Section, Table, Text
from forecaster.text import escaped, shown
from forecaster.workflow.run_description import LIBRARIES
from forecaster.workflow.summary import is_choice_of_columns
from forecaster.workflow.value_text import value_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.errors import Finding
    from forecaster.report.document import Block
    from forecaster.spec import Decision

MOST_LISTED = 100
"""Findings and failures that are listed, chosen by hand: a few pages; the others are counted."""


@dataclass(frozen=True)
class Run:
    """How a command ran.

    Attributes:
        command: The name of the command.
        typed: The command to type again, with the options that came from files and variables.
        check: The command that shows all findings about the files.
        sources: The files; none for the rows that a model keeps.

    """

    command: str
    typed: str
    check: str
    sources: tuple[str, ...]


def findings_section(findings: Sequence[Finding], failed: Mapping[str, str], run: Run) -> Section:
    """Return what was found in the files, and which series could not be used."""
    blocks: list[Block] = []
    columns = " ".join(dict.fromkeys(each.text for each in findings if is_choice_of_columns(each)))
    listed = [each for each in findings if not is_choice_of_columns(each)]
    if columns:
        blocks.append(Facts((("Columns", columns),)))
    if listed:
        blocks.append(_findings_table(listed[:MOST_LISTED]))
    if len(listed) > MOST_LISTED:
        more = counted(len(listed) - MOST_LISTED, "more finding")
        blocks.append(Text((f"There are {more}; this command shows all:",)))
        blocks.append(Code("Show all findings", f"{run.check} --verbose"))
    if failed:
        blocks.append(_failures_table(failed))
    return Section("findings", "Findings about the data", tuple(blocks))


def _findings_table(findings: Sequence[Finding]) -> Table:
    """Return findings with their places and remedies."""
    columns = (
        Column("Finding", [each.text for each in findings]),
        Column("Where", [str(each.place) for each in findings]),
        Column("What to do", [each.remedy for each in findings]),
        Column("Code", [each.code for each in findings]),
    )
    return Table("What was found in the files", tuple(column for column in columns if any(column.cells)))


def _failures_table(failed: Mapping[str, str]) -> Table:
    """Return the series that could not be used, with the reasons."""
    names, reasons = (list(each)[:MOST_LISTED] for each in (failed, failed.values()))
    more = len(failed) - len(names)
    caption = "Series that could not be used" + (f", and {more:,} more" if more else "")
    return Table(caption, (Column("Series", names), Column("Reason", reasons)))


def decisions_details(decisions: Sequence[Decision]) -> tuple[Block, ...]:
    """Return what was derived from the data and why, on request; nothing where there is nothing."""
    if not decisions:
        return ()
    columns = (
        Column("Choice", [each.name.replace("_", " ") for each in decisions]),
        Column("Value", [value_text(each.value) for each in decisions]),
        Column("Why", [each.reason for each in decisions]),
    )
    return (Details("Everything that was chosen, and why", (Table("What follows from the data", columns),)),)


def repeat_section(run: Run, fingerprint: Mapping[str, object], others: Sequence[tuple[str, str]] = ()) -> Section:
    """Return the command to repeat the run, the digest of the data and the versions."""
    rows, series = (f"{fingerprint[name]:,}" for name in ("rows", "series"))
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    facts = (
        ("Data", f"{rows} rows in {series} series, SHA-256 {fingerprint['sha256']}"),
        *others,
        ("Versions", f"forecaster {__version__}, Python {platform.python_version()}, {libraries}"),
    )
    return Section("repeat", "Settings to repeat it", (Code("Command", escaped(run.typed)), Facts(facts)))


def title_of(run: Run, names: Sequence[str], source: str) -> str:
    """Return what a report is about: the files, or the series that a model keeps."""
    if run.sources:
        return source
    return shown(names[0]) if len(names) == 1 else f"{len(names):,} series"
