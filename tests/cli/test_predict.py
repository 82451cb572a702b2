"""Intervals at any level and sample paths, asked for on the command line."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecaster.forecasting.method import Forecast as Forecasts
from forecaster.reading.cells.time_style import TimeStyle
from forecaster.workflow.results import forecast_frame, sample_paths_frame

if TYPE_CHECKING:
    from pathlib import Path

Forecast = Any
DS = np.array([["2024-01-01", "2024-01-02"]], dtype="datetime64[us]")


def frame(*levels: float) -> pd.DataFrame:
    """Return the forecast 5, 7 with intervals of half a hundredth of their level."""
    point = np.array([[5.0, 7.0]])
    low, high = ({level: point + side * level / 200 for level in levels} for side in (-1, 1))
    return forecast_frame(("a",), Forecasts(point, low, high, np.full((1, 2), "direct", dtype=object)), DS)


def paths() -> pd.DataFrame:
    return sample_paths_frame(("a", "b"), np.arange(12.0).reshape(3, 2, 2), np.concatenate([DS, DS]))


@pytest.mark.parametrize(
    ("arguments", "levels"),
    [
        ("--level 50", [50]),
        ("--level 95 --level 50 --level 95.0 --level 50", [50, 95]),
        ("--level 99.5 --level 1 --level 99", [1, 99, 99.5]),
        ("", ()),
    ],
)
def test_levels_reach_the_workflow_once_and_in_order(
    forecast: Forecast, fake: Any, arguments: str, levels: list[float]
) -> None:
    assert forecast("predict", *arguments.split()).code == 0
    assert fake.asked["levels"] == levels
    assert [type(level) for level in fake.asked["levels"]] == [type(level) for level in levels]


@pytest.mark.parametrize("level", ["0", "100", "-5", "101.5", "nan", "inf"])
def test_2_a_level_without_an_interval(forecast: Forecast, fake: Any, level: str) -> None:
    result = forecast("predict", "--level", "50", "--level", level)
    assert (result.code, result.out) == (2, "")
    assert f"{float(level):g} % is not a level from 1 to 100" in result.err
    assert "--level" in result.err
    assert not fake.calls


def test_2_a_level_is_a_number(forecast: Forecast, fake: Any) -> None:
    result = forecast("predict", "--level", "80%")
    assert (result.code, result.out) == (2, "")
    assert "--level takes a number, not 80%" in result.err
    assert not fake.calls


def test_levels_of_the_settings(forecast: Forecast, fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "forecast.toml").write_text("[predict]\nlevel = [90, 50]\n")
    assert forecast("predict").code == 0
    assert fake.asked["levels"] == [50, 90]
    monkeypatch.setenv("FORECAST_LEVEL", "99.9, 60")
    assert forecast("predict").code == 0
    assert fake.asked["levels"] == [60, 99.9]


def test_columns_bear_the_level_in_every_format(forecast: Forecast, fake: Any, tmp_path: Path) -> None:
    fake.frame = frame(50, 99.5)
    names = "unique_id,ds,forecast,forecast-lo-50,forecast-hi-50,forecast-lo-99.5,forecast-hi-99.5,strategy"
    assert forecast("predict").out.splitlines()[:2] == [names, "a,2024-01-01,5.0,4.75,5.25,4.5025,5.4975,direct"]
    (first, _) = json.loads(forecast("predict", "--format", "json").out)
    assert list(first) == names.split(",")
    assert first["forecast-hi-99.5"] == 5.4975
    assert forecast("predict", "--format", "table").out.splitlines()[:3] == [
        "                         50 % interval   99.5 % interval",
        "Date        Forecast      low     high      low     high",
        "2024-01-01   5.00000  4.75000  5.25000  4.50250  5.49750",
    ]
    pytest.importorskip("pyarrow")
    assert forecast("predict", "-o", str(tmp_path / "f.parquet")).code == 0
    assert list(pd.read_parquet(tmp_path / "f.parquet").columns) == names.split(",")


def test_samples_and_their_seed_reach_the_workflow(forecast: Forecast, fake: Any) -> None:
    assert forecast("predict", "--samples", "200", "--seed", "7").code == 0
    assert (fake.asked["samples"], fake.asked["seed"], fake.asked["levels"]) == (200, 7, ())


def test_the_explanation_reaches_the_workflow(forecast: Forecast, fake: Any) -> None:
    assert forecast("predict", "--explain").code == 0
    assert fake.asked["explain"] is True


@pytest.mark.parametrize("count", ["0", "10001"])
def test_2_samples_are_between_one_and_ten_thousand(forecast: Forecast, fake: Any, count: str) -> None:
    result = forecast("predict", "--samples", count)
    assert (result.code, result.out) == (2, "")
    assert f"--samples takes a whole number from 1 to 10,000, not {count}\n" in result.err
    assert not fake.calls


def test_paths_in_every_format(forecast: Forecast, fake: Any, tmp_path: Path) -> None:
    fake.frame = paths()
    lines = forecast("predict").out.splitlines()
    assert lines[:4] == [
        "unique_id,ds,sample,forecast",
        "a,2024-01-01,0,0.0",
        "a,2024-01-02,0,1.0",
        "a,2024-01-01,1,4.0",
    ]
    assert len(lines) == 13
    assert forecast("predict", "--format", "table").out.splitlines()[:2] == [
        "Series  Date        Path  Forecast",
        "a       2024-01-01     0   0.00000",
    ]
    records = json.loads(forecast("predict", "--format", "json").out)
    assert records[-1] == {"unique_id": "b", "ds": "2024-01-02", "sample": 2, "forecast": 11.0}
    pytest.importorskip("pyarrow")
    assert forecast("predict", "-o", str(tmp_path / "f.parquet")).code == 0
    read = pd.read_parquet(tmp_path / "f.parquet")
    assert read["sample"].tolist() == pd.read_csv(io.StringIO("\n".join(lines)))["sample"].tolist()


@pytest.fixture
def german(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the forecast come from a file with dates as in Germany."""
    plain = fake.predict
    style = TimeStyle("DD.MM.YYYY", "")
    monkeypatch.setattr(
        "forecaster.workflow.predict.predict", lambda *args, **named: replace(plain(*args, **named), style=style)
    )


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("arguments", "day"),
    [
        ("", "04.01.2021"),
        ("--dates file", "04.01.2021"),
        ("--dates iso", "2021-01-04"),
        ("--format table", "04.01.2021"),
        ("--format table --dates iso", "2021-01-04"),
        ("--format json", "2021-01-04"),
        ("--format jsonl --dates file", "2021-01-04"),
    ],
)
def test_times_are_written_as_in_the_file_where_cells_are_text(forecast: Forecast, arguments: str, day: str) -> None:
    out = forecast("predict", *arguments.split()).out
    other = {"04.01.2021", "2021-01-04"} - {day}
    assert day in out
    assert not any(text in out for text in other)


@pytest.mark.sampled("UTC-*", "Europe/Berlin-*")
@pytest.mark.parametrize(
    ("zone", "written"),
    [("UTC", "Z"), ("+05:30", "+05:30"), ("-03:00", "-03:00"), ("Europe/Berlin", "+01:00")],
)
def test_iso_times_tell_their_zone(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, zone: str, written: str
) -> None:
    made = replace(fake.predict(), style=TimeStyle("DD.MM.YYYY", zone))
    monkeypatch.setattr("forecaster.workflow.predict.predict", lambda *_, **__: made)
    assert f",2021-01-04 00:00:00{written}," in forecast("predict", "--dates", "iso").out
    assert f'"2021-01-04T00:00:00{written}"' in forecast("predict", "--format", "json").out
    assert ",04.01.2021," in forecast("predict").out


@pytest.mark.usefixtures("german")
def test_parquet_keeps_times_as_times(forecast: Forecast) -> None:
    pytest.importorskip("pyarrow")
    assert forecast("predict", "-o", "x.parquet").code == 0
    assert pd.read_parquet("x.parquet")["ds"].dtype.kind == "M"


@pytest.mark.usefixtures("german")
def test_a_hostile_style_computes_nothing(forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = replace(fake.predict(), style=TimeStyle("=YYYY+MM+DD"))
    monkeypatch.setattr("forecaster.workflow.predict.predict", lambda *_, **__: made)
    assert "sp500,'=2021+01+04," in forecast("predict").out


def test_2_dates_are_as_in_the_file_or_iso(forecast: Forecast, fake: Any) -> None:
    result = forecast("predict", "--dates", "german")
    assert (result.code, result.out) == (2, "")
    assert "--dates takes file or iso, not german" in result.err
    assert not fake.calls


def test_2_a_file_of_known_values_is_not_written_over(forecast: Forecast, fake: Any, tmp_path: Path) -> None:
    (tmp_path / "known.csv").write_text("date,promo\n2021-01-04,1\n")
    result = forecast("predict", "--known", "known.csv", "-o", "known.csv")
    assert result.code == 2
    assert "known.csv is used twice and would be overwritten" in result.err
    assert not fake.calls
