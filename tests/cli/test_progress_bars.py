"""Progress is on a terminal alone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from forecaster.cli.progress_bars import show_progress
from forecaster.progress import report_reading

if TYPE_CHECKING:
    import pytest


def test_reading_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch, terminal: Any) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("CI", raising=False)
    with show_progress(quiet=False):
        report_reading("f\x1b.csv", "dates")
    assert "dates of f\\x1b.csv" in terminal.text


def test_nothing_is_shown_in_a_pipe_or_with_quiet(
    monkeypatch: pytest.MonkeyPatch, terminal: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with show_progress(quiet=False) as watch:
        assert watch is None
        report_reading("f.csv", "dates")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys, "stderr", terminal)
    with show_progress(quiet=True):
        report_reading("f.csv", "dates")
    assert terminal.text == ""
