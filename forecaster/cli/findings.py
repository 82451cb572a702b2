"""Lay out findings as a table: place, text and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.cli.tables import MOST_LISTED, TableColumn, table_lines_wrapped
from forecaster.cli.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.errors import Finding


def finding_lines(findings: Sequence[Finding], width: int | None) -> list[str]:
    """Return the first findings with their places, and the number of the others."""
    shown = findings[:MOST_LISTED]
    places = TableColumn("where", [plain(each.place) for each in shown])
    codes = TableColumn("code", [each.code for each in shown])
    texts = TableColumn("finding", [each.text + (f"; {each.remedy}" if each.remedy else "") for each in shown])
    rest = len(findings) - len(shown)
    return [*table_lines_wrapped([places, codes, texts], width), *([f"and {rest} more"] if rest else [])]
