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
LONG_LIST = re.compile(r"(\d+, \d+, \d+), (?:\d+, ){2,}\d+(?: and others)?")
"""Lines of a file that a finding lists: a person looks at the first ones, and JSON has more of them."""
FEWEST_SHOWN = 3
"""Findings that are shown however small the screen is."""


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


def finding_lines(findings: Sequence[Finding], width: int | None, height: int | None = None) -> list[str]:
    """Return the first findings with their places, as far as a screen of this height has room, and how many more."""
    count = min(len(findings), MOST_LISTED)
    lines = _lines_of_first(findings, count, width)
    while height is not None and len(lines) > height and count > FEWEST_SHOWN:
        count -= 1
        lines = _lines_of_first(findings, count, width)
    return lines


def _lines_of_first(findings: Sequence[Finding], count: int, width: int | None) -> list[str]:
    """Return the table of the first findings, and the number of the others."""
    shown = findings[:count]
    places = TableColumn("where", [plain(each.place) for each in shown])
    codes = TableColumn("code", [each.code for each in shown])
    sentences = [each.text + (f"; {each.remedy}" if each.remedy else "") for each in shown]
    texts = TableColumn("finding", [LONG_LIST.sub(r"\1 and others", each) for each in sentences])
    rest = len(findings) - len(shown)
    more = [f"and {rest} more; --format json has all"] if rest else []
    return [*table_lines_wrapped([places, codes, texts], width), *more]
