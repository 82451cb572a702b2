"""What a table is written on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from forecaster.cli.page import MOST_ROWS, Page

if TYPE_CHECKING:
    import pytest


def test_a_pipe_takes_all_rows_as_plain_text() -> None:
    assert Page.of_standard_output() == Page()
    assert Page().rest_line(10_000, "-o FILE for all") == []


def test_a_terminal_has_a_width_and_a_last_row(monkeypatch: pytest.MonkeyPatch, terminal: Any) -> None:
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "72")
    monkeypatch.setenv("LINES", "30")
    monkeypatch.setenv("TERM", "xterm")
    page = Page.of_standard_output()
    assert page == Page(72, MOST_ROWS, grouped=True, blocks=True, bold=True, height=26)
    assert page.rest_line(10_000, "-o FILE for all") == ["and 9,960 more; -o FILE for all"]
    assert page.rest_line(40, "-o FILE for all") == []
    monkeypatch.setenv("TERM", "dumb")
    assert Page.of_standard_output() == Page(72, MOST_ROWS, grouped=True, blocks=False, bold=False, height=26)
