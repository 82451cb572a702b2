"""Flag above variable above file above default, and every mistake is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from forecaster.files.unfinished import temporary_path
from forecaster.workflow.installation import PROBED

Forecast = Any


def write(text: str, name: str = "forecast.toml") -> None:
    Path(name).write_text(text, encoding="utf-8")


def test_each_source_gives_way_to_the_one_before(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecast("predict")
    assert fake.asked["horizon"] is None
    write("horizon = 2")
    forecast("predict")
    assert fake.asked["horizon"] == 2
    write("horizon = 2\n[predict]\nhorizon = 3")
    forecast("predict")
    assert fake.asked["horizon"] == 3
    monkeypatch.setenv("FORECAST_HORIZON", "4")
    forecast("predict")
    assert fake.asked["horizon"] == 4
    forecast("predict", "--horizon", "5")
    assert fake.asked["horizon"] == 5


def test_a_table_is_for_its_command_alone(forecast: Forecast, fake: Any) -> None:
    write("model = 'm.joblib'\n[train]\nearly-stopping = false\ndry_run = true\n[evaluate]\nfolds = 7\nlayers = 2")
    forecast("train", "a.csv")
    asked = fake.asked
    assert (asked["specification"].early_stopping, asked["dry_run"], asked["specification"].layers) == (False, True, 1)
    forecast("evaluate", "a.csv")
    assert (fake.asked["folds"], fake.asked["specification"].layers) == (7, 2)
    forecast("inspect")
    assert fake.calls[-1][1] == (Path("m.joblib"),)


@pytest.mark.parametrize("text", ["target = ['Open', 'Adj Close']", "[train]\ntarget = ['Open', 'Adj Close']"])
def test_lists(forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    write(text)
    forecast("train", "a.csv")
    assert fake.asked["selection"].targets == ("Open", "Adj Close")
    monkeypatch.setenv("FORECAST_TARGET", "Low, Adj Close")
    forecast("train", "a.csv")
    assert fake.asked["selection"].targets == ("Low", "Adj Close")
    forecast("train", "a.csv", "-y", "High")
    assert fake.asked["selection"].targets == ("High",)


def test_one_value_may_stand_for_a_list(forecast: Forecast, fake: Any) -> None:
    write("target = 'Adj Close'")
    forecast("train", "a.csv")
    assert fake.asked["selection"].targets == ("Adj Close",)


def test_the_file_may_be_named(forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write("horizon = 2")
    write("horizon = 3", "other.toml")
    write("horizon = 4", "third.toml")
    monkeypatch.setenv("FORECAST_CONFIG", "other.toml")
    forecast("predict")
    assert fake.asked["horizon"] == 3
    forecast("predict", "--config", "third.toml")
    assert fake.asked["horizon"] == 4


def test_flags_from_variables(forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECAST_EARLY_STOPPING", "0")
    monkeypatch.setenv("FORECAST_QUIET", "yes")
    monkeypatch.setenv("FORECAST_SEED", "")
    assert forecast("train", "a.csv").err == ""
    assert fake.asked["specification"].early_stopping is False
    assert fake.asked["specification"].seed == 0
    assert forecast("train", "a.csv", "--early-stopping").code == 0
    assert fake.asked["specification"].early_stopping is True


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("horzion = 3", "forecast.toml: unknown key horzion; did you mean horizon?"),
        (
            "[predict]\nfolds = 3",
            "forecast.toml: unknown key folds in [predict]; see forecast --help for what there is",
        ),
        ("[predcit]\nhorizon = 3", "forecast.toml: unknown table [predcit]; did you mean predict?"),
        ("horizon = 0", "forecast.toml: key horizon: takes a whole number from 1 to 10,000, not 0"),
        (
            "[predict]\nhorizon = true",
            "forecast.toml: key horizon in [predict]: takes a whole number from 1 to 10,000, not true",
        ),
        ("quiet = 3", "forecast.toml: key quiet: takes true or false, not 3"),
        ("horizon = [1, 2]", "forecast.toml: key horizon: takes a whole number"),
        ("[predict]\nhorizon = {a = 1}", "forecast.toml: key horizon in [predict] is a table; give it a single value"),
        (
            "format = 'xml'",
            "forecast.toml: key format: takes table, csv, json, jsonl or parquet, not xml",
        ),
        ("config = 'x'", "forecast.toml: unknown key config; "),
        ("a =", "forecast.toml: is not TOML: Invalid value (at end of document); correct it there"),
    ],
)
def test_mistakes_are_named_and_end_with_78(forecast: Forecast, fake: Any, text: str, sentence: str) -> None:
    write(text)
    result = forecast("predict")
    assert result.err.startswith(f"error: {sentence}")
    assert (result.code, result.out) == (78, "")
    assert not fake.calls


def test_a_missing_file_is_no_default(forecast: Forecast) -> None:
    result = forecast("predict", "--config", "none.toml")
    assert result.code == 78
    assert result.err == (
        "error: none.toml: cannot be read: No such file or directory; name an existing file with --config\n"
    )


def test_help_works_beside_a_broken_file(forecast: Forecast) -> None:
    write("=")
    assert forecast("predict", "--help").code == 0


def test_a_project_file_gives_way_to_all_others(forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write("[project]\nname = 'x'\n[tool.forecast]\nhorizon = 2\n[tool.forecast.train]\nseed = 4", "pyproject.toml")
    forecast("predict")
    assert fake.asked["horizon"] == 2
    forecast("train", "a.csv")
    assert fake.asked["specification"].seed == 4
    write("horizon = 3")
    forecast("predict")
    assert fake.asked["horizon"] == 3
    monkeypatch.setenv("FORECAST_HORIZON", "5")
    forecast("predict")
    assert fake.asked["horizon"] == 5


@pytest.mark.parametrize("text", ["[tool.other]\nhorzion = 3", "forecast = [", "x" * 100_000, "[tool]\nforecaster = 1"])
def test_a_project_file_that_does_not_speak_of_us_is_left_alone(forecast: Forecast, text: str) -> None:
    write(text, "pyproject.toml")
    assert forecast("predict").code == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[tool.forecast]\nhorzion = 3",
            "pyproject.toml: unknown key horzion in [tool.forecast]; did you mean horizon?",
        ),
        ("[tool.forecast.predcit]\nhorizon = 3", "pyproject.toml: unknown table [tool.forecast.predcit]"),
        ("[tool.forecast]\nhorizon =", "pyproject.toml: is not TOML"),
        ("[tool.forecast]\nhorizon = 0", "pyproject.toml: key horizon in [tool.forecast]: takes a whole number from 1"),
        ("[[tool.forecast]]\nhorizon = 1", "pyproject.toml: forecast in [tool] is not a table; write [tool.forecast]"),
    ],
)
def test_a_wrong_project_file_is_refused(forecast: Forecast, text: str, sentence: str) -> None:
    write(text, "pyproject.toml")
    result = forecast("predict")
    assert result.code in {2, 78}
    assert sentence in result.err


def test_settings_are_shown_with_their_origins(forecast: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No option is set" in forecast("config").out
    write("horizon = 3\n[train]\ntarget = ['Open', 'Close']")
    monkeypatch.setenv("FORECAST_SEED", "7")
    rows = [line.split(maxsplit=3) for line in forecast("config").out.splitlines()]
    assert ["train", "--target", "Open,Close", "forecast.toml: key target in [train]"] in rows
    assert ["predict", "--horizon", "3", "forecast.toml: key horizon"] in rows
    assert ["predict", "--seed", "7", "FORECAST_SEED"] in rows
    every = json.loads(forecast("config", "train", "--json").out)
    assert {row["command"] for row in every} == {"train"}
    assert {"command": "train", "option": "--cell", "value": "gru", "from": "default"} in every
    assert forecast("config", "trian").code == 2


def test_the_doctor_says_what_a_report_needs(forecast: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    left = temporary_path(Path(PROBED).absolute())  # by a run that was killed
    left.touch()
    found = forecast("doctor")
    assert found.code == 0, found.out
    assert not left.exists()
    assert "No problem was found." in found.out
    assert re.search(r"^linear algebra +openblas .* kernels, \d+ threads$", found.out, re.MULTILINE)
    monkeypatch.setattr("forecaster.workflow.installation.EXPECTED", "00000000")
    broken = forecast("doctor", "--json")
    assert broken.code == 3
    assert "and not 00000000" in json.loads(broken.out)["problems"][0]
