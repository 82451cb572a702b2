"""Zero-shot forecasts of files that are read twice, have other columns, holidays, zeros or neighbours."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecaster.cli import main
from forecaster.forecasting.blend import Blend
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.forecasting.holdout import PRETRAINED
from forecaster.forecasting.pretrained.grid import Grid, Season, counted_phases
from forecaster.forecasting.pretrained.level_inputs import HORIZON, level_inputs
from forecaster.series.panel import panel_from_series
from forecaster.spec import Specification


def waves(rows: int, series: int = 5) -> np.ndarray:
    rng, t = np.random.default_rng(0), np.arange(rows)[:, None]
    return 20 + 0.05 * t + 2 * np.sin(2 * np.pi * t / 12 + rng.uniform(0, 6, series)) + rng.normal(size=(rows, series))


def grid_of(x: np.ndarray, *seasons: int) -> Grid:
    T, N = x.shape
    phases = tuple(Season(m, counted_phases(T, HORIZON, m, N)) for m in seasons)
    return Grid(x, np.zeros(N, bool), phases, HORIZON)


@pytest.mark.parametrize("seasons", [(), (12,), (7, 28)])
def test_the_inputs_of_a_series_do_not_depend_on_the_others(seasons: Any) -> None:
    grid = grid_of(waves(150), *seasons)
    together = level_inputs(grid)
    for i in range(5):
        for whole, part in zip(together, level_inputs(grid.take(np.array([i]))), strict=True):
            np.testing.assert_array_equal(whole[..., [i]], part)


@pytest.mark.parametrize("seasons", [(), (12,)])
def test_what_is_missing_above_the_first_value_says_nothing(seasons: Any) -> None:
    x = waves(60)
    short, filled = (
        level_inputs(grid_of(x, *seasons)),
        level_inputs(grid_of(np.vstack([np.full((25, 5), np.nan), x]), *seasons)),
    )
    for one, other in zip(short, filled, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("season", [1, 12])
def test_the_forecast_of_a_series_does_not_depend_on_the_others(season: int) -> None:
    """Points: intervals are calibrated together."""
    rng = np.random.default_rng(0)
    each = {
        n: 20 + rng.normal(size=r).cumsum() * 0.3 + 2 * np.sin(np.arange(r) / 2)
        for n, r in (("a", 60), ("b", 60), ("c", 45))
    }

    def points(names: str) -> dict[str, np.ndarray]:
        panel = panel_from_series((n, np.arange(len(each[n])), each[n]) for n in names)
        fitted = BlendedForecaster(Specification(horizon=6, season=season, zero_shot=True)).fit(panel)
        fitted = replace(fitted, blend=Blend({PRETRAINED: 1.0}))  # the share of Theta follows the rows of all series
        return dict(zip(panel.ids, fitted.predict(panel, 6).point, strict=True))

    together = points("abc")
    for name in "abc":
        np.testing.assert_array_equal(points(name)[name], together[name])


@pytest.mark.parametrize("closed", [[90], [50], [20, 50, 90]])
def test_a_holiday_does_not_move_the_week_of_business_days(closed: list[int]) -> None:
    days = pd.bdate_range("2021-01-04", periods=110)
    y = np.array([10.0, 14, 8, 12, 20])[days.day_of_week]
    kept = np.delete(np.arange(100), closed)
    panel = panel_from_series([("a", days[kept].to_numpy().astype("datetime64[us]"), y[kept])])
    point = (
        BlendedForecaster(Specification(horizon=10, season=5, zero_shot=True)).fit(panel).predict(panel, 10).point[0]
    )
    assert np.abs(point - y[100:]).mean() < 1


def write(name: str, rows: int, *, promo: bool = False) -> str:
    y = 50 + 5 * np.sin(2 * np.pi * np.arange(rows) / 7) + np.random.default_rng(0).normal(size=rows)
    frame = pd.DataFrame({"date": pd.date_range("2021-01-01", periods=rows), "y": y.round(3)})
    text: str = (frame.assign(promo=np.arange(rows) % 5 == 0) * 1 if promo else frame).to_csv(name, index=False) or ""
    return text


TINY = "--horizon 5 --epochs 1 --updates 2 --members 1 --hidden 4"


# cli/test_predict_zero_shot.py, with its fixtures run and standard_input
@pytest.mark.slow
def test_standard_input_is_read_once_where_there_is_a_default_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write("prices.csv", 90)
    assert main(f"train prices.csv {TINY}".split()) == 0
    with Path("prices.csv").open() as stream:
        command = [sys.executable, "-m", "forecaster", "predict", "-"]
        done = subprocess.run(command, stdin=stream, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.sampled("observed")
@pytest.mark.parametrize("kind", ["observed", "known"])
def test_a_few_rows_with_other_columns_are_forecast_without_these(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame(
        {"date": pd.date_range("2021-01-01", periods=15), "y": np.arange(15.0) ** 1.1, "promo": np.arange(15) % 5}
    )
    frame.to_csv("c.csv", index=False)
    assert main(f"train c.csv --{kind} promo --horizon 18".split()) == 0
    assert "the other columns are not used" in capsys.readouterr().err
    assert main(["predict"]) == 0
    assert capsys.readouterr().out.count("zero-shot") == 18
    assert main(f"evaluate c.csv --{kind} promo --horizon 4 --folds 2".split()) == 0


def test_known_values_without_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write("prices.csv", 90)
    pd.DataFrame({"date": pd.date_range("2021-01-01", periods=120), "promo": np.arange(120) % 5}).to_csv(
        "k.csv", index=False
    )
    assert main(["predict", "prices.csv", "--known", "k.csv", "--horizon", "2"]) == 0
    told = capsys.readouterr().err
    assert "the model was trained with" not in told
    assert "no other columns help the forecast" in told


def test_zeros_are_forecast_as_zeros() -> None:
    panel = panel_from_series([("a", np.arange(20), np.zeros(20))])
    forecast = BlendedForecaster(Specification(horizon=6, zero_shot=True)).fit(panel).predict(panel, 6)
    assert not forecast.point.any()
    assert (forecast.low[95] >= 0).all()
