"""A wrong command line is answered in plain words, with the command that was probably meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

Forecast = Any

LIBRARIES = ("pydantic", "Input should", "Value error", "Invalid value", "click", "No such", "typer")
"""Words of the libraries that parse and validate."""


@pytest.mark.parametrize(
    ("command", "sentence", "hint"),
    [
        ("trian prices.csv", "there is no command trian", "forecast train prices.csv"),
        ("Predict -H 3", "there is no command Predict", "forecast predict -H 3"),
        ("prices.csv -H 3", "name a command before prices.csv", "forecast train prices.csv -H 3"),
        ("forecast predict", "forecast is the program itself", "forecast predict"),
        ("forecast a.csv", "forecast is the program itself", "forecast train a.csv"),
        ("forecast", "there is no command forecast", "forecast -h"),
        ("version", "the version is an option", "forecast --version"),
        ("plot", "there is no command plot", "forecast -h"),
        ("--train prices.csv", "there is no command --train", "forecast train prices.csv"),
        ("-v", "the program itself has no option -v", "forecast -h"),
        ("train a.csv --targt Close", "there is no option --targt", "forecast train a.csv --target Close"),
        ("train a.csv --targt=Close", "there is no option --targt", "forecast train a.csv --target=Close"),
        ("train a.csv --steps 5", "there is no option --steps", "forecast train a.csv --horizon 5"),
        ("train a.csv --colour red", "there is no option --colour", "forecast train -h"),
        ("train a.csv -x", "there is no option -x", "forecast train -h"),
        (
            "train a.csv --folds 3",
            "--folds is an option of forecast evaluate, not of forecast train",
            "forecast train -h",
        ),
        ("inspect -m a.joblib", "-m is not needed here", "forecast inspect a.joblib"),
        ("train a.csv --horizon", "--horizon needs a value", ""),
        ("train a.csv --quiet=yes", "--quiet takes no value", ""),
        (
            "train a.csv --horizon five",
            "--horizon takes a whole number from 1 to 10,000, not five",
            "forecast train -h",
        ),
        ("train a.csv --jobs 0", "--jobs takes a whole number of 1 or more, not 0", "forecast train -h"),
        ("train a.csv --min low", "--min takes a number, not low", "forecast train -h"),
        ("train a.csv --require-skill 101", "--require-skill takes a number up to 100, not 101", "forecast train -h"),
        ("train a.csv --cell LSTM", "--cell takes rnn, gru or lstm, not LSTM; did you mean lstm?", "forecast train -h"),
        ("train a.csv --cell transformer", "--cell takes rnn, gru or lstm, not transformer", "forecast train -h"),
        (
            "predict --level .8",
            "--level: a level is in percent, and 0.8 is below 1; did you mean 80?",
            "forecast predict -h",
        ),
        (
            "train horizon=5",
            "horizon=5 is not a file; an option begins with hyphens: --horizon 5",
            "forecast train -h",
        ),
    ],
)
def test_a_wrong_command_line(forecast: Forecast, fake: Any, command: str, sentence: str, hint: str) -> None:
    result = forecast(*command.split())
    assert (result.code, result.out) == (2, "")
    assert result.err == f"error: {sentence}\n" + (f"try: {hint}\n" if hint else "")
    assert not any(word in result.err for word in LIBRARIES)
    assert not fake.calls


def test_help_of_a_command_is_a_command_too(forecast: Forecast) -> None:
    assert forecast("help", "train").out == forecast("train", "--help").out
    assert forecast("help").out == forecast("--help").out
    assert forecast("help", "trian").out == forecast("--help").out


def test_a_file_with_an_equals_sign_is_a_file(forecast: Forecast, fake: Any) -> None:
    Path("horizon=5").touch()
    assert forecast("train", "horizon=5").code == 0
    assert fake.calls


@pytest.mark.parametrize(("variable", "meant"), [("HORIZN", "; did you mean FORECAST_HORIZON?"), ("XYZ", "; unset it")])
def test_an_unknown_variable_is_a_note(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, variable: str, meant: str
) -> None:
    monkeypatch.setenv(f"FORECAST_{variable}", "5")
    result = forecast("train", "a.csv")
    assert result.code == 0
    assert result.err.startswith(f"note: the variable FORECAST_{variable} sets no option{meant}\n")
    assert forecast("train", "a.csv", "-q").err == ""
    assert fake.calls


def test_variables_of_other_commands_are_known(forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECAST_FOLDS", "5")
    monkeypatch.setenv("FORECAST_CONFIG", "")
    assert "note: the variable" not in forecast("train", "a.csv").err
    assert fake.calls
