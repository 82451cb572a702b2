"""Findings as a table for people: where, which, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.cli.tables import TableColumn, layout_wrapped
from forecaster.cli.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.errors import Finding

MOST_LISTED = 20
"""Findings in a table; the other forms have all."""


def finding_lines(findings: Sequence[Finding], width: int | None) -> list[str]:
    """Return the first findings side by side with their places, and how many others there are."""
    shown = findings[:MOST_LISTED]
    places = TableColumn("where", [plain(each.place) for each in shown])
    codes = TableColumn("code", [each.code for each in shown])
    texts = TableColumn("finding", [each.text + (f"; {each.remedy}" if each.remedy else "") for each in shown])
    rest = len(findings) - len(shown)
    return [*layout_wrapped([places, codes, texts], width), *([f"and {rest} more"] if rest else [])]
