"""Every option is explained, bears one name everywhere, and reaches the workflow."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from forecaster.cli.app import app
from forecaster.spec import Selection, Specification

Forecast = Any
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined] - it is a group
PARAMETERS = [
    pytest.param(parameter, id=f"{name}-{parameter.name}")
    for name, command in COMMANDS.items()
    for parameter in command.params
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_help_that_is_a_sentence(command: str) -> None:
    assert COMMANDS[command].params
    assert [each.name for each in COMMANDS[command].params if not (each.help or "").endswith(".")] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_parameter_bears_the_name_of_its_option(command: str) -> None:
    options = [each for each in COMMANDS[command].params if each.param_type_name == "option"]
    assert options
    assert [each.name for each in options if f"--{each.name.replace('_', '-')}" not in each.opts] == []


def test_every_command_has_one_line_of_help_that_is_not_cut(forecast: Forecast) -> None:
    commands = forecast("--help").out.partition("Commands:")[2].partition("Examples:")[0]
    assert len(commands.split("\n  ")) == len(COMMANDS) + 1
    assert "..." not in commands


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_goes_to_standard_output(forecast: Forecast, command: list[str], flag: str) -> None:
    result = forecast(*command, flag)
    assert (result.code, result.err) == (0, "")
    assert f"Usage: {' '.join(['forecast', *command])} " in result.out


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_without_flags_nothing_is_asked_but_the_defaults(forecast: Forecast, fake: Any, command: str) -> None:
    forecast(command, "a.csv", "b.csv")
    assert fake.calls[-1][1] == (["a.csv", "b.csv"],)
    asked = fake.asked
    assert (asked["selection"], asked["specification"], asked["jobs"]) == (Selection(), Specification(), None)


READING = (
    "-y Open -y Close --time Date --series symbol --observed Volume,High --observed Low --known h.csv "
    "--date-format %d.%m.%y --decimal , --delimiter tab --encoding utf-16-le --header 3 --calendar XNYS --repair full"
)


@pytest.mark.parametrize("command", ["check", "train", "evaluate"])
def test_what_is_said_of_the_files_reaches_the_workflow(forecast: Forecast, fake: Any, command: str) -> None:
    assert forecast(command, "a.csv", *READING.split()).code == 0
    assert fake.asked["repair"] == "full"
    assert fake.asked["selection"] == Selection(
        time="Date",
        targets=("Open", "Close"),
        series="symbol",
        observed=("Volume", "High", "Low"),
        known=("h.csv",),
        date_format="%d.%m.%y",
        decimal=",",
        delimiter="tab",
        encoding="utf-16-le",
        header=3,
        calendar="XNYS",
    )
    for no_header in ("no", "0"):
        forecast(command, "a.csv", "--header", no_header)
        assert (fake.asked["selection"].header, fake.asked["repair"]) == (0, "safe")
    forecast(command, "a.csv", "--series", "store", "-s", "item")
    assert fake.asked["selection"].series == "store+item"


@pytest.mark.parametrize("header", ["-1", "yes", "1.5"])
def test_a_header_is_a_line_or_there_is_none(forecast: Forecast, fake: Any, header: str) -> None:
    result = forecast("train", "a.csv", f"--header={header}")
    assert result.code == 2
    assert f"{header} is neither the number of a line nor no" in result.err
    assert not fake.calls


@pytest.mark.parametrize("command", ["check", "train", "evaluate", "predict"])
def test_sources_are_patterns_folders_and_lists(forecast: Forecast, fake: Any, command: str) -> None:
    for name in ("b.csv", "a.csv", "deep/c.csv"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    Path("list").write_text("deep\nz.csv\n")
    assert forecast(command, "*.csv", "--files-from", "list").code == 0
    assert fake.calls[-1][1][-1] == ["a.csv", "b.csv", "deep/c.csv", "z.csv"]
    assert forecast(command, "x*.csv").code == 66


@pytest.mark.parametrize("command", ["check", "train", "evaluate"])
def test_there_must_be_something_to_read(forecast: Forecast, fake: Any, command: str) -> None:
    result = forecast(command)
    assert (result.code, result.err.splitlines()) == (
        2,
        [f"error: there is no file to read; name one: forecast {command} prices.csv"],
    )
    assert not fake.calls


def test_a_list_is_not_typed_by_hand(forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any) -> None:
    monkeypatch.setattr(sys, "stdin", terminal)
    result = forecast("train", "--files-from", "-")
    assert result.code == 2
    assert "- reads standard input, which is a terminal here; pipe the list in" in result.err


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_each_option_reaches_the_workflow(forecast: Forecast, fake: Any, command: str) -> None:
    options = (
        "-H 3 --lookback 20 --season 7 --mode level --cell rnn --activation relu --hidden 8 --layers 2 --members 4 "
        "--epochs 9 --no-early-stopping --seed 5 --jobs 2 -y Open -y Close --time Date --series symbol "
        "--segment 5 --irregular --arch one-to-many --bidirectional --dropout 0.25 --residual --updates 11 --batch 16 "
        "--no-all-rows --effort best --time-limit 90"
    )
    assert forecast(command, "a.csv", *options.split()).code == 0
    asked = fake.asked
    assert asked["specification"] == Specification(
        horizon=3,
        lookback=20,
        season=7,
        segment=5,
        mode="level",
        irregular=True,
        arch="one-to-many",
        cell="rnn",
        activation="relu",
        bidirectional=True,
        hidden=8,
        layers=2,
        dropout=0.25,
        residual=True,
        members=4,
        epochs=9,
        updates=11,
        batch=16,
        early_stopping=False,
        all_rows=False,
        effort="best",
        time_limit=90.0,
        seed=5,
    )
    assert asked["selection"] == Selection("Date", ("Open", "Close"), "symbol")
    assert asked["jobs"] == 2


def test_the_options_of_single_commands(forecast: Forecast, fake: Any) -> None:
    forecast("train", "a.csv", "-o", "m.joblib", "--require-skill", "2.5")
    assert (fake.asked["output"], fake.asked["require_skill"], fake.asked["dry_run"]) == (Path("m.joblib"), 2.5, False)
    forecast("evaluate", "a.csv", "--folds", "3", "--step", "2", "--baselines", "auto-ets,theta")
    assert (fake.asked["folds"], fake.asked["step"], fake.asked["refit"]) == (3, 2, 1)
    assert fake.asked["baselines"] == ("auto-ets", "theta")
    forecast("predict", "new.csv", "-m", "m.joblib", "-H", "9", "-t", "Date")
    assert fake.calls[-1][1] == (Path("m.joblib"), ["new.csv"])
    intervals = {"levels": (), "samples": None, "seed": 0, "minimum": None, "maximum": None}
    intervals |= {"explain": False, "members": False}
    asked = {name: value for name, value in fake.asked.items() if name != "check_size"}
    assert asked == {"selection": Selection("Date"), "horizon": 9, "at": (), **intervals}
    forecast("predict", "--at", "2024-01-05", "--at", "2024-02-01")
    assert fake.asked["at"] == ["2024-01-05", "2024-02-01"]
    forecast("predict")
    assert fake.calls[-1][1] == (Path("forecast.joblib"), [])


@pytest.mark.parametrize("command", ["train", "evaluate", "check"])
def test_limits_may_be_negative_or_none(forecast: Forecast, fake: Any, command: str) -> None:
    forecast(command, "a.csv", "--min", "-5", "--max", "inf")
    specification = fake.asked["specification"]
    assert (specification.minimum, specification.maximum) == (-5, float("inf"))
    forecast("predict", "a.csv", "-m", "m.joblib", "--min", "-inf", "--max", "1e2")
    assert (fake.asked["minimum"], fake.asked["maximum"]) == (-float("inf"), 100)


@pytest.mark.parametrize(("asked", "folds"), [("folds", 1), ("never", None), ("1", 1), ("30", 30)])
def test_a_fit_serves_as_many_folds_as_are_asked(forecast: Forecast, fake: Any, asked: str, folds: int | None) -> None:
    assert forecast("evaluate", "a.csv", "--refit", asked).code == 0
    assert fake.asked["refit"] == folds
    assert fake.asked["baselines"] == ()


@pytest.mark.parametrize("asked", ["0", "-2", "1.5", "always"])
def test_a_fit_serves_no_other_folds(forecast: Forecast, fake: Any, asked: str) -> None:
    result = forecast("evaluate", "a.csv", f"--refit={asked}")
    assert result.code == 2
    assert f"{asked} is neither folds nor never nor a count of folds" in result.err
    assert not fake.calls


@pytest.mark.parametrize(
    "option",
    [
        "--lookback",
        "--season",
        "--hidden",
        "--layers",
        "--members",
        "--epochs",
        "--jobs",
        "--horizon",
        "--segment",
        "--updates",
        "--batch",
    ],
)
def test_counts_begin_at_one(forecast: Forecast, option: str) -> None:
    result = forecast("train", "a.csv", option, "0")
    assert result.code == 2
    assert "takes a whole number from 1 to" in result.err or "takes a whole number of 1 or more" in result.err


@pytest.mark.parametrize("command", ["train", "predict", "evaluate"])
def test_a_terminal_is_not_read_as_a_file(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, terminal: Any, command: str
) -> None:
    monkeypatch.setattr(sys, "stdin", terminal)
    result = forecast(command, "-")
    assert result.code == 2
    assert "- reads standard input, which is a terminal here; pipe a file in, or name one" in result.err
    assert not fake.calls


def test_standard_input_is_read_once(forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert "- can be read only once" in forecast("train", "-", "-").err
    assert forecast("train", "-").code == 0
    assert fake.calls[-1][1] == (["-"],)


@pytest.mark.parametrize(
    ("option", "most"),
    [
        ("--hidden", 4096),
        ("--layers", 16),
        ("--members", 100),
        ("--horizon", 10_000),
        ("--lookback", 100_000),
        ("--segment", 100_000),
        ("--batch", 65_536),
    ],
)
def test_counts_end_where_the_model_file_ends(forecast: Forecast, option: str, most: int) -> None:
    assert forecast("train", "a.csv", option, str(most)).code == 0
    assert forecast("train", "a.csv", option, str(most + 1)).code == 2


SINGLE = [
    each
    for each in PARAMETERS
    if each.values[0].param_type_name == "option" and not each.values[0].multiple and not each.values[0].is_flag  # type: ignore[attr-defined] - it is a parameter
]


@pytest.mark.sampled("train-*")
@pytest.mark.parametrize("parameter", SINGLE)
def test_an_option_of_one_value_is_given_once(
    forecast: Forecast, fake: Any, parameter: Any, request: pytest.FixtureRequest
) -> None:
    command = request.node.callspec.id.partition("-")[0]
    result = forecast(command, "a.csv", *(f"{option}=5" for option in (parameter.opts[0], parameter.opts[-1])))
    assert result.code == 2
    assert "it takes one value and is given more than once" in result.err
    assert not fake.calls


def test_flags_and_options_that_may_be_repeated_are_given_twice(forecast: Forecast, fake: Any) -> None:
    assert forecast("train", "a.csv", "--quiet", "-q", "-y", "a", "-y", "b", "--dry-run", "--dry-run").code == 0
    assert fake.asked["selection"].targets == ("a", "b")


@pytest.mark.parametrize(("level", "meant"), [("0.3", "30"), ("0.8", "80"), ("0.95", "95"), ("0.999", "99.9")])
def test_a_level_is_in_percent(forecast: Forecast, fake: Any, level: str, meant: str) -> None:
    result = forecast("predict", "a.csv", "--level", level)
    assert result.code == 2
    assert f"a level is in percent, and {level} is below 1; did you mean {meant}?" in result.err
    assert not fake.calls
