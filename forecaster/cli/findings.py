"""Lay out findings for people: many of one kind as one with their number, and all as a table."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.cli.tables import (
    GAP,
    INDENT,
    MOST_LISTED,
    TableColumn,
    block_width,
    table_lines_wrapped,
    wrapped_lines,
)
from forecaster.cli.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.errors import Finding


NARROWEST_TEXT = 60
"""Columns of a finding beside its place at least; chosen by hand: a sentence in a narrower column is hard to read."""
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
    """Return the first findings with their places, and the number of the others.

    Where the places leave little room for the texts, each text stands below its place.
    """
    listed = findings[:MOST_LISTED]
    places = TableColumn("where", [plain(each.place) for each in listed])
    codes = TableColumn("code", [each.code for each in listed])
    texts = TableColumn("finding", [each.text + (f"; {each.remedy}" if each.remedy else "") for each in listed])
    if width is None or width - block_width([places, codes]) >= NARROWEST_TEXT:
        lines = table_lines_wrapped([places, codes, texts], width)
    else:
        lines = [
            line
            for place, code, text in zip(places.cells, codes.cells, texts.cells, strict=True)
            for line in (
                *wrapped_lines(f"{code}{GAP}{place}", width, INDENT),
                *(INDENT + part for part in wrapped_lines(text, width - len(INDENT))),
            )
        ]
    rest = len(findings) - len(listed)
    return [*lines, *([f"and {rest:,} more; --format csv for all"] if rest else [])]
