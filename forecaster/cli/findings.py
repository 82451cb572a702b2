"""Lay out findings for people: many of one kind as one with their number, and all as a table."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.cli.tables import MOST_LISTED, TableColumn, table_lines_wrapped
from forecaster.cli.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.errors import Finding


VARYING = re.compile(r"'[^']*'|\S*\d\S*")
"""What differs between findings of one kind: cells in quotes, and numbers and times."""


def group_findings(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings, with one in the place of more than `MOST_LISTED` of one kind in one file; it says their number.

    Findings of one kind have the same code and the same words.
    """
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for each in findings:
        kinds.setdefault((each.code, each.place.file, VARYING.sub("0", each.text)), []).append(each)
    many = {id(each): same for same in kinds.values() if len(same) > MOST_LISTED for each in same}
    return [
        replace(each, text=f"{each.text} (the first of {len(many[id(each)])} such findings)")
        if id(each) in many
        else each
        for each in findings
        if id(each) not in many or many[id(each)][0] is each
    ]


def finding_lines(findings: Sequence[Finding], width: int | None) -> list[str]:
    """Return the first findings with their places, and the number of the others."""
    shown = findings[:MOST_LISTED]
    places = TableColumn("where", [plain(each.place) for each in shown])
    codes = TableColumn("code", [each.code for each in shown])
    texts = TableColumn("finding", [each.text + (f"; {each.remedy}" if each.remedy else "") for each in shown])
    rest = len(findings) - len(shown)
    return [*table_lines_wrapped([places, codes, texts], width), *([f"and {rest} more"] if rest else [])]
