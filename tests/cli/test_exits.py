"""One test for each way the program ends, through its command line."""

from __future__ import annotations

import errno
import os
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from forecaster import errors
from forecaster.cli.app import app
from forecaster.cli.exits import EXIT_CODES, LONGEST_COMMAND, report_signal, run
from forecaster.cli.signals import SignalState

if TYPE_CHECKING:
    from pathlib import Path

Forecast = Callable[..., Any] if TYPE_CHECKING else object

RAISED = {
    4: errors.AllSeriesFailedError,
    5: errors.QualityGateError,
    65: errors.InputRefusedError,
    66: errors.InputUnreadableError,
    73: errors.OutputError,
    74: errors.StorageError,
    75: errors.TryAgainError,
    76: errors.ModelRefusedError,
}


def test_0_done(forecast: Forecast) -> None:
    assert forecast("train", "prices.csv").code == 0


def test_1_a_defect_is_one_line(forecast: Forecast, fake: Any) -> None:
    fake.error = ZeroDivisionError("division by zero")
    result = forecast("predict")
    assert result.code == 1
    assert result.err == (
        "error: unexpected error: ZeroDivisionError: division by zero; "
        "run again with --debug for the traceback and report it\n"
    )


@pytest.mark.parametrize("arguments", [["predict", "--debug"], ["predict"]])
def test_the_traceback_is_shown_on_request(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    if "--debug" not in arguments:
        monkeypatch.setenv("FORECAST_DEBUG", "1")
    fake.error = errors.InputRefusedError("no rows")
    result = forecast(*arguments)
    assert result.code == 65
    assert result.err.startswith("Traceback (most recent call last)")
    assert result.err.endswith("error: no rows\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["trian"], "error: there is no command trian\ntry: forecast train\n"),
        (["train"], "error: there is no file to read; name one: forecast train prices.csv\n"),
        (
            ["predict", "--horzion", "5"],
            "error: there is no option --horzion\ntry: forecast predict --horizon 5\n",
        ),
        (
            ["predict", "--horizon", "0"],
            ("error: --horizon takes a whole number from 1 to 10,000, not 0\ntry: forecast predict -h\n"),
        ),
        (
            ["train", "a.csv", "--cell", "gur"],
            ("error: --cell takes rnn, gru or lstm, not gur; did you mean gru?\ntry: forecast train -h\n"),
        ),
        (["predict", "--horiz", "5"], None),
        (["predict", "--model"], "error: --model needs a value\n"),
    ],
)
def test_2_usage(forecast: Forecast, arguments: list[str], sentence: str | None) -> None:
    result = forecast(*arguments)
    assert (result.code, result.out) == (2, "")
    assert sentence is None or result.err == sentence


def test_2_without_a_command_the_first_commands_are_shown(forecast: Forecast) -> None:
    result = forecast()
    assert (result.code, result.out) == (2, "")
    assert "forecast train prices.csv" in result.err


@pytest.mark.parametrize("command", [["train", "a.csv", "--quiet"], ["predict", "-q"], ["evaluate", "a.csv", "-q"]])
def test_3_some_series_failed_and_even_quiet_says_which(forecast: Forecast, fake: Any, command: list[str]) -> None:
    fake.failed = {f"s{i}": "7 rows are too few, 8 are needed" for i in range(23)}
    result = forecast(*command)
    assert result.code == 3
    lines = result.err.splitlines()
    assert lines[0] == "failed: s0: 7 rows are too few, 8 are needed"
    assert lines[-1] == "failed: and 3 more"
    assert len(lines) == 21


@pytest.mark.parametrize(("code", "kind"), RAISED.items())
def test_errors_of_the_program_carry_their_code(
    forecast: Forecast, fake: Any, code: int, kind: type[errors.ForecasterError]
) -> None:
    fake.error = kind("the rows are not in order", "sort them", errors.Place("prices.csv", 214, "Close"))
    result = forecast("train", "prices.csv", "--require-skill", "5")
    assert result.code == code
    assert result.err == "error: prices.csv:214: column Close: the rows are not in order; sort them\n"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_74_failures_of_the_system(forecast: Forecast, fake: Any, number: int) -> None:
    fake.error = OSError(number, os.strerror(number), "prices.csv")
    result = forecast("train", "prices.csv")
    assert result.code == 74
    assert result.err == f"error: prices.csv: {os.strerror(number)}\n"


def test_73_no_folder_for_the_output_is_found_before_the_work(forecast: Forecast, fake: Any, tmp_path: Path) -> None:
    result = forecast("predict", "-o", str(tmp_path / "none" / "x.csv"))
    assert result.code == 73
    assert "x.csv: cannot be written: No such file or directory; create the folder first" in result.err
    assert not fake.calls


def test_78_a_wrong_variable(forecast: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECAST_HORIZON", "five")
    result = forecast("predict")
    assert result.code == 78
    assert result.err.startswith("error: FORECAST_HORIZON: takes a whole number from 1 to 10,000, not five")


def test_warnings_of_libraries_are_kept_from_the_user(forecast: Forecast, fake: Any) -> None:
    fake.before = lambda: warnings.warn("invalid value encountered", RuntimeWarning, stacklevel=1)
    assert forecast("predict", "--quiet").err == ""
    assert forecast("predict", "--debug").code == 1


def test_control_characters_of_an_error_cannot_command_a_terminal(forecast: Forecast, fake: Any) -> None:
    fake.error = errors.InputRefusedError("column \x1b[31mClose\n is empty")
    assert forecast("predict").err == "error: column \\x1b[31mClose\\n is empty\n"


def test_every_code_is_in_the_table_and_the_help(forecast: Forecast) -> None:
    own = {kind.exit_code for kind in errors.ForecasterError.__subclasses__()}
    assert own <= EXIT_CODES.keys()
    assert set(EXIT_CODES) == own | {0, 1, 3, 129, 130, 143}
    shown = re.findall(r"^ +(\d+)  (.+)$", forecast("--help").out.partition("Exit codes:")[2], flags=re.MULTILINE)
    assert {int(code): meaning for code, meaning in shown} == dict(EXIT_CODES)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["train", "a b.csv", "--no-resume"], "run again: forecast train 'a b.csv'"),
        (["train", "m\udcfe.csv"], r"run again: forecast train $'m\xfe.csv'"),
        (["predict", "a.csv", "-o", "-"], "run again: forecast predict a.csv -o -"),
        (["train", "-", "-H", "3"], "run again with the same standard input: forecast train - -H 3"),
        (["train", "--files-from", "-"], "run again with the same standard input: forecast train --files-from -"),
        (["train", "x" * LONGEST_COMMAND], "run again: the same command"),
        (["train", "x" * LONGEST_COMMAND, "--no-resume"], "run again: the same command without --no-resume"),
    ],
    ids=range(7),
)
def test_the_command_that_does_the_rest_after_a_signal(
    capsys: pytest.CaptureFixture[str], arguments: list[str], hint: str
) -> None:
    assert report_signal(15, arguments) == 143
    assert capsys.readouterr().err == f"error: terminated; no file is left half-written\n{hint}\n"


def test_a_run_that_does_not_end_in_time_does_not_say_that_it_left_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    signals = SignalState()
    assert run(app, ["--version"], signals) == 0
    signals.report(15)
    assert capsys.readouterr().err == (
        "error: terminated; the next run removes what is left half-written\nrun again: forecast --version\n"
    )


def test_a_working_folder_that_is_gone_is_said(
    forecast: Forecast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    result = forecast("predict", "-o", "x.csv")
    assert (result.code, result.err) == (74, "error: the working folder has been removed; change to another folder\n")
    monkeypatch.chdir(tmp_path)
