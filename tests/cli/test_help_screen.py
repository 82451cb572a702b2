"""Help has examples that run and options in panels; `-h` is one screen."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forecaster.cli.app import EXAMPLES, FIRST_COMMANDS
from forecaster.cli.help_screen import definition_lines, example_lines
from forecaster.spec import Panel

Forecast = Any
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("command", [[], *([name] for name in EXAMPLES)])
def test_the_short_help_fits_a_terminal_of_24_lines(forecast: Forecast, command: list[str]) -> None:
    lines = forecast(*command, "-h").out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", ["train", "evaluate", "batch"])
def test_the_long_help_has_all_options_in_panels(forecast: Forecast, command: str) -> None:
    long = forecast(command, "--help").out
    headings = [line.removesuffix(":") for line in long.splitlines() if line.endswith(":") and line[0] != " "]
    panels = [panel for panel in Panel if panel != Panel.MANY_FILES or command == "batch"]
    assert [name for name in headings if name in list(Panel)] == panels
    assert "--hidden UNITS" in long
    assert "--[no-]early-stopping" in long
    assert "--hidden" not in forecast(command, "-h").out


@pytest.mark.parametrize("command", EXAMPLES)
def test_help_has_no_bounds_and_no_empty_default(forecast: Forecast, command: str) -> None:
    text = forecast(command, "--help").out
    for noise in ("<=x", "x>=", "(none)", "default: None", "<list", "_"):
        assert noise not in text.replace("sample_data", "").replace("us_employment", "").replace("FORECAST_", "")


@pytest.mark.parametrize("width", ["30", "60", "200"])
def test_help_follows_the_width_of_the_terminal(forecast: Forecast, monkeypatch: Any, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    longest = max(map(len, forecast("train", "-h").out.splitlines()))
    assert longest <= max(60, min(100, int(width)))


def test_without_a_command_the_first_steps_are_shown(forecast: Forecast) -> None:
    result = forecast()
    assert result.code == 2
    assert all(command in result.err for command, _ in FIRST_COMMANDS)


def test_headings_are_bold_on_a_terminal_that_shows_it(
    forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any
) -> None:
    monkeypatch.setattr(sys, "stdout", terminal)
    forecast("train", "-h")
    assert "\x1b[1mExamples:\x1b[0m" in terminal.text


def test_a_long_name_stands_on_a_line_of_its_own() -> None:
    assert definition_lines([("-a", "Short."), (f"--{'b' * 30}", "Long one.")], 40) == [
        f"  {'-a':24}  Short.",
        f"  --{'b' * 30}",
        f"{' ' * 28}Long one.",
    ]


def test_a_purpose_is_left_out_where_it_does_not_fit() -> None:
    assert example_lines([("forecast", "all")], 40) == ["  forecast  # all"]
    assert example_lines([("forecast", "all"), ("forecast train", "a" * 40)], 40) == ["  forecast", "  forecast train"]


@pytest.mark.slow
@pytest.mark.nightly
def test_the_examples_run_on_the_sample_data(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    quick = {"FORECAST_EFFORT": "quick", "FORECAST_FOLDS": "2", "FORECAST_EPOCHS": "1"}
    for name, examples in EXAMPLES.items():
        assert len(examples) == 3
        for command, _ in examples:
            assert shlex.split(command)[:2] == ["forecast", name]
            done = subprocess.run(
                [sys.executable, "-m", "forecaster", *shlex.split(command)[1:]],
                cwd=tmp_path,
                env={**os.environ, **quick},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, (command, done.stderr)
