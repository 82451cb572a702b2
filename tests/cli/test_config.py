"""Flag above variable above file above default, and every mistake is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

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
