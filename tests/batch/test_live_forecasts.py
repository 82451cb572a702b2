"""A batch acts on what its ledger knows: intervals learn, models are trained again, and drift is found."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.batch import engine, source_task
from forecaster.batch.file_stamps import FileStamp, WrittenFile
from forecaster.batch.live_measures import FEWEST_TIMES, find_drift, measure_source
from forecaster.batch.records import ModelRecord
from forecaster.cli import main
from forecaster.ledger.error_drift import LARGER
from forecaster.ledger.live_read import LiveSeries
from forecaster.series.panel import panel_from_series
from tests.batch.shop_folder import Result, add_row, digests, record, sources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODEL = ModelRecord(WrittenFile(FileStamp(1, 1), "model"), "", 100, "2024-04-09", "")
"""A model that was trained on 100 days from 2024-01-01."""


def live(model: str = "model", times: int = FEWEST_TIMES, drift: int = 0) -> LiveSeries:
    """Return what a ledger knows of a series."""
    sums = {"error": 10.0, "abs_error": 30.0, "abs_naive": 24.0, "abs_actual": 600.0, "loss": 12.0}
    return LiveSeries(model, times, 40, sums, {80.0: 30, 95.0: 39}, {80.0: 0.1}, drift, 0)


def days(rows: int, changed: int = 10**6) -> tuple[str, np.ndarray, np.ndarray]:
    """Return a daily series that shifts on a day."""
    ds = np.datetime64("2024-01-01", "us") + np.arange(rows) * np.timedelta64(1, "D")
    values = np.random.default_rng(0).normal(100, 5, rows)
    values[changed:] += 60
    return "s", ds, values


def test_measures_of_a_source() -> None:
    panel = panel_from_series([days(130)])
    values = measure_source(MODEL, panel, {"s": live()}, ())
    assert values["rows"] == 30
    assert values["age"] == 30 * 86_400
    assert values["scored"] == 40
    assert values["mae"] == 0.75
    assert values["bias"] == 0.25
    assert values["skill"] == pytest.approx(-25)
    assert values["wql"] == pytest.approx(0.02)
    assert values["coverage80"] == 75
    assert values["coverage95"] == 97.5
    assert values["drift"] is False


def test_few_values_and_those_of_another_model_say_nothing() -> None:
    panel = panel_from_series([days(130)])
    for known in ({}, {"s": live(times=FEWEST_TIMES - 1)}, {"s": live(model="other")}):
        values = measure_source(MODEL, panel, known, ())
        assert values.get("skill") is None
        assert values["rows"] == 30


def test_drift_is_a_finding_with_its_date() -> None:
    name, ds, values = days(900, changed=820)
    trained = ModelRecord(WrittenFile(FileStamp(1, 1), "model"), "", 780, str(ds[779]), "")
    panel = panel_from_series([(name, ds, values)])
    (found,) = find_drift(trained, panel, {}, 1, "in/s.csv")
    assert str(found).startswith("in/s.csv: the level of the series has changed since about 2026-0")
    errors, series = find_drift(trained, panel, {"s": live(drift=LARGER)}, 1, "in/s.csv")
    assert str(errors) == "in/s.csv: errors are larger since about 2024-01-01, more often than by chance"
    assert series == found
    assert find_drift(trained, panel_from_series([days(900)]), {"s": live("other", drift=LARGER)}, 1, "s.csv") == ()


def nights(shop: Path, batch: Callable[..., Result], count: int, *options: str) -> None:
    """Run a night after each new row, which is far above all intervals."""
    for night in range(count):
        for file in sorted((shop / "in").glob("*.csv")):
            add_row(file, f"{90 + night}.5")
        assert batch("--zero-shot", *options).code == 0


@pytest.mark.slow
def test_intervals_learn_and_the_record_says_so(shop: Path, batch: Callable[..., Result]) -> None:
    batch("--zero-shot")
    assert {tuple(each["factors"].items()) for each in sources(shop / "out").values()} == {(("80", 1.0), ("95", 1.0))}
    nights(shop, batch, 2)
    found = sources(shop / "out")["pears"]
    assert found["factors"]["80"] > 1.01
    wide = pd.read_csv(shop / "out" / "pears.csv")
    batch("--zero-shot", "--no-adapt")
    own = pd.read_csv(shop / "out" / "pears.csv")
    assert sources(shop / "out")["pears"]["factors"] == {}
    assert list(own) == list(wide)
    assert (own["forecast"] == wide["forecast"]).all()
    widths = [each["forecast-hi-80"] - each["forecast-lo-80"] for each in (wide, own)]
    assert (widths[0] > 1.005 * widths[1]).all()


@pytest.mark.slow
def test_predict_with_a_ledger_adapts_as_the_batch_does(shop: Path, batch: Callable[..., Result]) -> None:
    batch("--zero-shot")
    nights(shop, batch, 2)
    add_row(shop / "in" / "pears.csv", "95.5")
    command = ["predict", "in/pears.csv", "--zero-shot", "--horizon", "3", "--quiet", "-o", "pears.csv"]
    assert main(command) == 0
    own = pd.read_csv(shop / "pears.csv")
    assert main([*command, "--ledger", "out"]) == 0
    adapted = pd.read_csv(shop / "pears.csv")
    model = ["--model", "out/models/pears.joblib"]
    assert main([*(each for each in command if each != "--zero-shot"), *model, "--ledger", "out"]) == 0
    known = pd.read_csv(shop / "pears.csv")
    batch("--zero-shot")
    pd.testing.assert_frame_equal(known, pd.read_csv(shop / "out" / "pears.csv").drop(columns="status"))
    assert (adapted["forecast-hi-80"] > own["forecast-hi-80"]).all()


@pytest.mark.slow
def test_a_condition_of_one_source_trains_its_group_in_the_next_night(shop: Path, batch: Callable[..., Result]) -> None:
    options = ("--group", "--epochs", "1", "--members", "1", "--retrain-if", "rows > 1")
    batch(*options)
    reasons = []
    for _ in range(4):
        add_row(shop / "in" / "pears.csv", "95.5")
        assert batch(*options).code == 0
        (group,) = record(shop / "out")["groups"]
        reasons.append(group["reason"])
    assert reasons == ["there is no model yet"] * 2 + ["in/pears.csv: --retrain-if: rows 2 > 1"] * 2


@pytest.mark.slow
def test_a_killed_night_ends_with_the_same_bytes(
    shop: Path, batch: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch("--zero-shot")
    nights(shop, batch, 1)
    for file in sorted((shop / "in").glob("*.csv")):
        add_row(file, "95.0")
    shutil.copytree(shop / "out", shop / "kept")
    batch("--zero-shot")
    expected, factors = forecasts(shop), [each["factors"] for each in sources(shop / "out").values()]
    shutil.rmtree(shop / "out")
    shutil.copytree(shop / "kept", shop / "out")
    write, done = source_task.write_forecasts, []

    def stop_at_second(*arguments: object) -> None:
        done.append(1)
        if len(done) == 2:
            raise KeyboardInterrupt  # its entry is noted for the ledger, and its forecast is not written
        write(*arguments)  # type: ignore[arg-type] - handed on as they came

    with monkeypatch.context() as patch:
        patch.setattr(source_task, "write_forecasts", stop_at_second)
        patch.setattr(engine.BatchRun, "write", lambda *_: None)  # as if the process were gone
        assert batch("--zero-shot").code != 0
    assert (shop / "out" / "journal.jsonl").exists()
    assert forecasts(shop) != expected
    batch("--zero-shot")
    assert forecasts(shop) == expected
    assert [each["factors"] for each in sources(shop / "out").values()] == factors
    assert all(each["80"] > 1 for each in factors)


def forecasts(shop: Path) -> dict[str, str]:
    """Return the digests of the forecasts in a folder of results."""
    return {name: digest for name, digest in digests(shop / "out").items() if name.endswith(".csv")}


@pytest.mark.slow
def test_a_condition_trains_again_once_and_says_why(shop: Path, batch: Callable[..., Result]) -> None:
    rule = ("--retrain-if", "rows >= 2 and not drift")
    batch("--zero-shot", *rule)
    nights(shop, batch, 1, *rule)
    assert {each["action"] for each in sources(shop / "out").values()} == {"forecast"}
    nights(shop, batch, 1, *rule)
    trained = sources(shop / "out")["pears"]
    assert (trained["action"], trained["reason"]) == ("train", "--retrain-if: rows 2 >= 2 and not drift")
    nights(shop, batch, 1, *rule)
    assert record(shop / "out")["counts"]["ok"] + record(shop / "out")["counts"]["warned"] == 3
    assert {each["action"] for each in sources(shop / "out").values()} == {"forecast"}
