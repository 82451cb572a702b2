"""The installed program, run as users and their scripts run it: streams that are closed, files used twice, odd data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    Forecast = Callable[[str], subprocess.CompletedProcess[str]]

QUICK = {"FORECAST_EPOCHS": "2", "FORECAST_MEMBERS": "1"}
DAYS = pd.date_range("2023-01-01", periods=200)


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    surroundings = {**os.environ, **QUICK, "PATH": path}
    done = ["bash", "-c", command]
    return subprocess.run(done, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with a price file and a model of it."""
    place = tmp_path_factory.mktemp("program")
    walk = 50 + np.random.default_rng(0).normal(size=200).cumsum()
    pd.DataFrame({"Date": DAYS, "Close": walk.round(3)}).to_csv(place / "prices.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.delenv("PYTHONWARNINGS", raising=False)
        for name, value in QUICK.items():
            patch.setenv(name, value)
        assert main(["train", "prices.csv"]) == 0
    return place


@pytest.fixture
def forecast(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Forecast:
    """Return a function that runs a command line in that folder and in this process."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)

    def run(arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(arguments, main(arguments.split()), *capsys.readouterr())

    return run


@pytest.mark.slow
def test_with_standard_error_closed_the_work_is_done(folder: Path) -> None:
    assert shell("forecast train prices.csv -o closed.joblib 2>&-", folder).returncode == 0
    assert shell("forecast train prices.csv -o full.joblib 2>/dev/full", folder).returncode == 0
    assert shell("forecast predict --model closed.joblib | wc -l", folder).stdout.strip() == "8"


@pytest.mark.slow
def test_with_standard_output_closed_or_full_the_code_says_so(folder: Path) -> None:
    assert shell("forecast predict >&-", folder).returncode == 74
    assert shell("forecast predict >/dev/full", folder).returncode == 74


@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_failure(folder: Path) -> None:
    done = shell("set -o pipefail; forecast predict --horizon 2000 | head -1", folder)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "command",
    [
        "train prices.csv -o prices.csv",
        "predict prices.csv -o prices.csv",
        "predict -o ./forecast.joblib --format csv",
        "evaluate prices.csv -o prices.csv",
        "evaluate prices.csv -o out.csv --forecasts out.csv",
    ],
)
def test_no_result_is_written_over_an_input_or_another_result(folder: Path, forecast: Forecast, command: str) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = forecast(command)
    assert done.returncode == 2
    assert "is used twice and would be overwritten; name another file" in done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("train prices.csv -o -", "a model cannot be written to standard output"),
        ("evaluate prices.csv --forecasts -", "--forecasts needs a file"),
        ("train prices.csv --activation relu", "the gru cell has no --activation relu; use --cell rnn"),
        ("train prices.csv --season 200", "--season 200 is too long for 200 rows; use less than 200"),
        ("train prices.csv --lookback 5000", "--lookback 5000 is too long for 200 rows"),
    ],
)
def test_options_that_could_have_no_effect_are_refused(forecast: Forecast, command: str, sentence: str) -> None:
    done = forecast(command)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_file_whose_time_column_has_no_name(folder: Path, forecast: Forecast) -> None:
    pd.Series(range(1, 201), index=DAYS, name="close").to_csv(folder / "unnamed.csv")
    assert forecast("train unnamed.csv -q -o u.joblib").returncode == 0
    done = forecast("predict unnamed.csv -q --model u.joblib")
    assert done.returncode == 0, done.stderr
    assert "unnamed,2023-07-20," in done.stdout


def test_one_irregular_series_costs_the_others_nothing(folder: Path, forecast: Forecast) -> None:
    odd = np.sort(np.random.default_rng(0).choice(4000, 200, replace=False))
    frames = [
        pd.DataFrame({"id": name, "ds": t, "y": np.sin(t / 3)}) for name, t in (("a", np.arange(200)), ("odd", odd))
    ]
    pd.concat(frames).to_csv(folder / "panel.csv", index=False)
    done = forecast("train panel.csv -q -o p.joblib")
    assert done.returncode == 3
    assert done.stderr.startswith("failed: odd: ")
    done = forecast("predict --model p.joblib --format json")
    assert {row["unique_id"] for row in json.loads(done.stdout)} == {"a"}


@pytest.mark.sampled("constant")
@pytest.mark.parametrize(
    ("values", "tolerance"),
    [
        (np.full(200, 5.0), 1e-9),
        (np.arange(300.0, 100, -1), 0.5),
        (np.r_[np.full(150, 10.0), 10 + np.random.default_rng(1).normal(0, 0.2, 50)], 1.0),
    ],
    ids=["constant", "falling", "peg"],
)
def test_intervals_hold_the_point_and_are_never_without_width(
    folder: Path, forecast: Forecast, values: np.ndarray, tolerance: float
) -> None:
    pd.DataFrame({"ds": DAYS, "y": values}).to_csv(folder / "odd.csv", index=False)
    assert forecast("train odd.csv -q -o odd.joblib").returncode == 0
    done = forecast("predict --model odd.joblib -H 10")
    assert done.returncode == 0, done.stderr
    rows = [line.split(",") for line in done.stdout.splitlines()[1:]]
    step = values[-1] - values[-2] if values[0] == 300 else 0.0
    for k, (_, _, point, low80, high80, low95, high95, _) in enumerate(rows, 1):
        assert float(low95) <= float(low80) < float(point) < float(high80) <= float(high95)
        assert abs(float(point) - (values[-1] + k * step)) <= tolerance


def test_a_panel_of_dead_series_is_forecast(folder: Path, forecast: Forecast) -> None:
    frames = [pd.DataFrame({"id": f"s{i}", "ds": np.arange(80), "y": np.arange(80) * (i == 0)}) for i in range(12)]
    pd.concat(frames).to_csv(folder / "dead.csv", index=False)
    done = forecast("train dead.csv --series id -q -o dead.joblib")
    assert done.returncode == 0, done.stderr
