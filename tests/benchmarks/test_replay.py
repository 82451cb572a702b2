"""The replay of nights forecasts and adapts as `forecast batch` does: three series over ten nights, compared."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecaster.cli import main

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NIGHTS = 10


@pytest.mark.slow
@pytest.mark.nightly
def test_a_replay_is_what_batches_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    forecasts = runpy.run_path(str(BENCHMARKS / "replay_forecasts.py"))
    replay = runpy.run_path(str(BENCHMARKS / "replay.py"))
    module = sys.modules["replay_forecasts"]
    monkeypatch.setattr(module, "NIGHTS", NIGHTS)
    monkeypatch.setitem(replay["replay_nights"].__globals__, "NIGHTS", NIGHTS)
    monkeypatch.setattr(module, "CHUNK", 4)
    horizon = forecasts["HORIZON"]
    days = pd.date_range("2024-01-01", periods=120 + NIGHTS + horizon)
    folder = tmp_path / "in"
    folder.mkdir()
    files = []
    for number in range(3):
        rng = np.random.default_rng(number)
        values = 50 + 9 * np.sin(2 * np.pi * np.arange(len(days)) / 7) + rng.normal(0, 2, len(days))
        values[125:] += 8 * number  # so that the intervals have something to learn
        file = tmp_path / f"shops-{number}.csv"
        pd.DataFrame({"date": days, "sales": values.round(2)}).to_csv(file, index=False)
        files.append(module.Replay(file, 7))
    made = [replay["File"](each, number, scheduled=True) for number, each in enumerate(files)]
    adapted: dict[tuple[str, int], tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
    ends_of = replay["adapted_ends"]

    def note(file: object, night: object, *rest: object) -> object:
        ends = ends_of(file, night, *rest)
        adapted[file.name, night.day] = night.point[0], ends[80][0][0], ends[95][1][0]  # type: ignore[attr-defined]
        return ends

    monkeypatch.setitem(replay["replay_nights"].__globals__, "adapted_ends", note)
    replay["replay_nights"](made, tmp_path / "ledger.sqlite", None, adapt=True)
    for day in range(NIGHTS):
        now = days[-1] - pd.Timedelta(days=NIGHTS + horizon - 1 - day)
        for each in files:
            rows = pd.read_csv(each.file, parse_dates=["date"])
            rows[rows["date"] <= now].to_csv(folder / each.file.name, index=False)
        out = tmp_path / "out"
        command = ["batch", str(folder), "--out", str(out), "--horizon", str(horizon), "--zero-shot", "--quiet"]
        assert main([*command, "--jobs", "1"]) == 0
        for each in files:
            found = pd.read_csv(out / each.file.name)
            point, low, high = adapted[each.file.stem, day]
            assert found["forecast"].to_numpy() == pytest.approx(point, rel=1e-9), (each.file.stem, day)
            assert found["forecast-lo-80"].to_numpy() == pytest.approx(low, rel=1e-6), (each.file.stem, day)
            assert found["forecast-hi-95"].to_numpy() == pytest.approx(high, rel=1e-6), (each.file.stem, day)
