"""Lay out findings for people: many of one kind as one with their number, and all as a table."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.cli.commands_to_type import check_command
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
from forecaster.errors import Code, counted
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.errors import Finding


NARROWEST_TEXT = 60
"""Columns of a finding beside its place at least; chosen by hand: a sentence in a narrower column is hard to read."""
MOST_KINDS = 3
"""Kinds of findings that are shown where the result is what matters, chosen by hand; `check` shows the others."""
WRONG_VALUES = {Code.JUMP, Code.STALE}
"""Kinds of findings of values that may be wrong: they change the forecast most."""
LAYOUT = {Code.PREAMBLE, Code.FOOTER, Code.TRAILING_FIELD, Code.REPEATED_HEADER, Code.SORTED, Code.NOHEADER}
"""Kinds of findings that change no value and no time."""
MOST_CHARACTERS = 130
"""Characters of such a finding at most: two lines of a terminal of 80 columns."""
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


def findings_as_facts(findings: Sequence[Finding], sources: Sequence[str]) -> list[tuple[str, str]]:
    """Return the main findings with their label, and the command that shows the others."""
    found, others = main_findings(findings)
    more = f"and {counted(others, 'more finding')}: {check_command(sources)} --verbose shows all"
    return [("Found", text) for text in found] + ([("", more)] if others else [])


def main_findings(findings: Sequence[Finding]) -> tuple[list[str], int]:
    """Return a sentence on each of the first kinds of findings, and the number of the findings of all other kinds.

    A kind is a code. The sentence is that of its first finding, with the number of the others. Kinds that may mean
    wrong values come first, and those that only say how the file is laid out come last.
    """
    kinds: dict[str, list[Finding]] = {}
    for each in sorted(findings, key=order_of_kind):
        kinds.setdefault(each.code, []).append(each)
    first = list(kinds.values())[:MOST_KINDS]
    several = len({each.place.file for each in findings if each.place.file}) > 1
    return [_kind_in_words(same, several=several) for same in first], len(findings) - sum(map(len, first))


def order_of_kind(finding: Finding) -> int:
    """Return the rank of a finding: a model that is not used, values that may be wrong, others, the layout."""
    if finding.code == Code.ZERO_SHOT:
        return -2
    return (finding.code in LAYOUT) - (finding.code in WRONG_VALUES)


def _kind_in_words(same: Sequence[Finding], *, several: bool) -> str:
    """Return the text of the first of some findings, with its place and the number of the others.

    The place has the name of the file if there are several.
    """
    place = same[0].place
    parts = [
        plain(place.file) if several else "",
        f"series {place.series}" if place.series else "",
        f"line {place.line}" if place.line is not None else "",
    ]
    where = ", ".join(part for part in parts if part)
    text = shown(LONG_LIST.sub(r"\1 and others", same[0].text), MOST_CHARACTERS)
    text += "; kept" if same[0].code in WRONG_VALUES else ""
    more = f" (and {len(same) - 1:,} more)" if len(same) > 1 else ""
    return f"{where}: {text}{more}" if where else f"{text}{more}"


def finding_lines(
    findings: Sequence[Finding], width: int | None, height: int | None = None, most: int = MOST_LISTED
) -> list[str]:
    """Return the first findings with their places: no more than `most`, and as many as fit on a screen of `height`."""
    count = min(len(findings), most)
    lines = _lines_of_first(findings, count, width)
    while height is not None and len(lines) > height and count > FEWEST_SHOWN:
        count -= 1
        lines = _lines_of_first(findings, count, width)
    return lines


def _lines_of_first(findings: Sequence[Finding], count: int, width: int | None) -> list[str]:
    """Return the table of the first findings, and the number of the others.

    Where the places leave little room for the texts, each text stands below its place.
    """
    listed = findings[:count]
    places = TableColumn("where", [plain(each.place) for each in listed])
    codes = TableColumn("code", [each.code for each in listed])
    sentences = [each.text + (f"; {each.remedy}" if each.remedy else "") for each in listed]
    texts = TableColumn("finding", [LONG_LIST.sub(r"\1 and others", each) for each in sentences])
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
    return [*lines, *([f"and {rest:,} more; --verbose for all"] if rest else [])]
