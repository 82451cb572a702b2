"""The chart that a command ends with: on a terminal or by request, never with `--quiet`, never between the data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.workflow.chart_series import ChartSeries, ChartSet

if TYPE_CHECKING:
    from collections.abc import Sequence

Forecast = Any
COMMANDS = (["predict"], ["train", "a.csv"], ["evaluate", "a.csv"])
TITLE = "sp500\\x1b: last 40 business days and 5 ahead"


@pytest.fixture(autouse=True)
def charts(monkeypatch: pytest.MonkeyPatch) -> ChartSet:
    """Put one series in the place of those of every result."""
    values = 100.0 + np.arange(45) % 9
    ds = np.datetime64("2024-01-01", "us") + np.arange(45) * np.timedelta64(1, "D")
    ends = {80.0: values[40:] - 2}, {80.0: values[40:] + 2}
    found = ChartSet((ChartSeries("sp500\x1b", ds, values[:40], values[40:], *ends),), 0, "business day")
    for name in ("prediction", "training", "evaluation"):
        monkeypatch.setattr(f"forecaster.workflow.chart_series.charts_of_{name}", lambda _: found)
    monkeypatch.setenv("COLUMNS", "60")
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_a_terminal_sees_a_chart(
    forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any, command: Sequence[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    result = forecast(*command)
    assert TITLE in terminal.text
    assert "⠒⠒\x1b[0m forecast" in terminal.text
    assert "\x1b[35m" in terminal.text
    assert TITLE not in result.out


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_sees_a_chart_on_request_only(forecast: Forecast, command: Sequence[str]) -> None:
    plain, drawn = forecast(*command), forecast(*command, "--chart")
    assert "80 %" not in plain.err
    assert TITLE in drawn.err
    assert "⠒⠒ forecast" in drawn.err
    assert "\x1b" not in drawn.err
    assert drawn.out == plain.out


@pytest.mark.parametrize("options", [["--quiet"], ["--quiet", "--chart"], ["--no-chart"]])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_chart_can_be_left_out(
    forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any, command: Sequence[str], options: Sequence[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    assert forecast(*command, *options).code == 0
    assert TITLE not in terminal.text


@pytest.mark.parametrize(("variable", "value"), [("TERM", "dumb"), ("NO_COLOR", "1")])
def test_simple_terminals_see_a_chart_without_colours(
    forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any, variable: str, value: str
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv(variable, value)
    forecast("predict")
    assert TITLE in terminal.text
    assert "\x1b[35m" not in terminal.text
    assert ("oo forecast" if variable == "TERM" else "⠒⠒ forecast") in terminal.text


def test_terminals_without_unicode_see_ascii(
    forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any
) -> None:
    terminal.reconfigure(encoding="ascii")
    monkeypatch.setattr(sys, "stderr", terminal)
    assert forecast("predict").code == 0
    assert ":: 80 %" in terminal.text.replace("\x1b[0m", "").replace("\x1b[2;35m", "")


def test_a_chart_that_cannot_be_drawn_says_why(forecast: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> ChartSet:
        raise InputRefusedError("promo is not known after 2024-03-01")

    monkeypatch.setattr("forecaster.workflow.chart_series.charts_of_training", refuse)
    result = forecast("train", "a.csv", "--chart")
    assert result.code == 0
    assert "No chart: promo is not known after 2024-03-01\n" in result.err
