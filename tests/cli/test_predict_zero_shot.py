"""`forecast predict` of tables, from the command line to the rows: at once, from standard input, or with models."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest

from forecaster.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TINY = "--horizon 5 --epochs 1 --updates 2 --members 1 --hidden 4"
DAYS = pd.date_range("2021-01-01", periods=200, freq="D")


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))

    @property
    def strategies(self) -> set[str]:
        return {row["strategy"] for row in self.rows}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], Result]:
    """Return a function that runs a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)

    def command(arguments: str) -> Result:
        return Result(main(arguments.split()), *capsys.readouterr())

    return command


def write(name: str, first: int = 0, last: int = 90, seed: int = 0) -> str:
    """Write a weekly season with noise, and return what was written."""
    y = 50 + 5 * np.sin(2 * np.pi * np.arange(200) / 7) + np.random.default_rng(seed).normal(size=200)
    text: str = pd.DataFrame({"date": DAYS, "y": y.round(3)})[first:last].to_csv(index=False)
    Path(name).write_text(text)
    return text


@pytest.fixture
def standard_input(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Return a function that puts a text on standard input."""
    reading, writing = os.pipe()

    def put(text: str) -> None:
        with os.fdopen(writing, "w") as pipe:
            pipe.write(text)

    with os.fdopen(reading) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        yield put


def test_a_file_is_forecast_without_a_model(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    result = run("predict prices.csv --horizon 5")
    assert result.code == 0, result.err
    names = ["unique_id", "ds", "forecast", "forecast-lo-80", "forecast-hi-80", "forecast-lo-95", "forecast-hi-95"]
    assert list(result.rows[0]) == [*names, "strategy"]
    assert [row["strategy"] for row in result.rows] == ["zero-shot"] * 5
    assert [row["ds"] for row in result.rows] == [f"{day:%Y-%m-%d}" for day in DAYS[90:95]]
    for row in result.rows:
        assert float(row["forecast-lo-95"]) < float(row["forecast"]) < float(row["forecast-hi-95"])
    assert not [path for path in Path().iterdir() if path.name != "prices.csv"], "nothing is left behind"


def test_the_accuracy_goes_to_standard_error_in_one_line(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    told = run("predict prices.csv --horizon 5").err.splitlines()
    assert len([line for line in told if line.startswith("Accuracy ")]) == 1
    details = run("predict prices.csv --horizon 5 --verbose").err
    assert "Method    9" in details
    assert "held-out cutoffs" in details
    quiet = run("predict prices.csv --horizon 5 --quiet")
    assert (quiet.code, quiet.err) == (0, "")
    assert len(quiet.rows) == 5


def test_standard_input_is_forecast_as_the_file(
    run: Callable[[str], Result], standard_input: Callable[[str], None]
) -> None:
    standard_input(write("prices.csv"))
    piped = run("predict - --horizon 5")
    assert piped.code == 0, piped.err
    numbers = [[row[name] for name in row if name != "unique_id"] for row in piped.rows]
    named = run("predict prices.csv --horizon 5").rows
    assert numbers == [[row[name] for name in row if name != "unique_id"] for row in named]


@pytest.mark.sampled("18-3", "60-5")
@pytest.mark.parametrize("rows", [3, 4, 5])
@pytest.mark.parametrize("horizon", [18, 60])
def test_a_few_rows_are_forecast_for_any_horizon(run: Callable[[str], Result], rows: int, horizon: int) -> None:
    write("few.csv", 0, rows)
    result = run(f"predict few.csv --horizon {horizon}")
    assert result.code == 0, result.err
    assert len(result.rows) == horizon
    assert result.strategies == {"zero-shot"}


def test_65_two_rows_are_too_few(run: Callable[[str], Result]) -> None:
    write("few.csv", 0, 2)
    result = run("predict few.csv")
    assert (result.code, result.out) == (65, "")
    assert "too few rows: have 2, need 3" in result.err


def test_the_horizon_follows_from_the_table_where_none_is_asked(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    assert len(run("predict prices.csv").rows) == 7


def test_every_format_tells_the_strategy(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    records = json.loads(run("predict prices.csv --horizon 2 --format json").out)
    assert [record["strategy"] for record in records] == ["zero-shot"] * 2
    assert "Nothing was trained for this forecast." in run("predict prices.csv --horizon 2 --format table").out


def test_a_default_model_is_used_where_it_belongs_unless_zero_shot_is_asked(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    assert run(f"train prices.csv {TINY}").code == 0
    assert run("predict prices.csv").strategies == {"direct"}
    assert run("predict").strategies == {"direct"}
    write("newer.csv", 80, 95)
    assert run("predict newer.csv").strategies == {"direct"}
    asked = run("predict prices.csv --zero-shot --horizon 5")
    assert asked.code == 0
    assert asked.strategies == {"zero-shot"}
    assert "is not used" not in asked.err


@pytest.mark.slow
def test_a_default_model_of_other_data_is_passed_over_with_a_note(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    assert run(f"train prices.csv {TINY}").code == 0
    write("other.csv", seed=1)
    result = run("predict other.csv --horizon 5")
    assert result.code == 0
    assert result.strategies == {"zero-shot"}
    (note,) = [line for line in result.err.splitlines() if "is not used" in line]
    assert "forecast.joblib is not used: 90 of the 90 values" in note


def test_a_model_that_is_named_is_used_for_other_data_too(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    assert run(f"train prices.csv {TINY} --output m.joblib").code == 0
    write("other.csv", 40, 120, seed=1)
    assert run("predict other.csv --model m.joblib").strategies == {"direct"}


def test_66_a_named_model_that_is_missing(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    for arguments in ("predict prices.csv --model missing.joblib", "predict --model missing.joblib"):
        result = run(arguments)
        assert (result.code, result.out) == (66, "")
        assert "missing.joblib" in result.err


def test_66_neither_a_file_nor_a_model(run: Callable[[str], Result]) -> None:
    result = run("predict")
    assert (result.code, result.out) == (66, "")
    assert "forecast.joblib" in result.err


def test_76_a_named_model_that_is_damaged(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    Path("m.joblib").write_bytes(b"no model")
    assert run("predict prices.csv --model m.joblib").code == 76
    Path("m.joblib").rename("forecast.joblib")
    result = run("predict prices.csv --horizon 5")
    assert result.code == 0
    assert "forecast.joblib is not used" in result.err


def test_2_zero_shot_with_a_model(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    result = run("predict prices.csv --zero-shot --model m.joblib")
    assert (result.code, result.out) == (2, "")
    assert "--zero-shot cannot be used with --model; leave one of them out" in result.err


def test_2_zero_shot_without_a_file(run: Callable[[str], Result]) -> None:
    result = run("predict --zero-shot")
    assert (result.code, result.out) == (2, "")
    assert "--zero-shot needs a file to forecast" in result.err


def test_2_the_table_is_not_written_over(run: Callable[[str], Result]) -> None:
    text = write("prices.csv")
    assert run("predict prices.csv --output prices.csv").code == 2
    assert Path("prices.csv").read_text() == text


def test_training_may_train_nothing(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    assert run("train prices.csv --zero-shot --horizon 5").code == 0
    assert Path("forecast.joblib").stat().st_size <= 20_000
    from_model = run("predict --quiet")
    assert from_model.strategies == {"zero-shot"}
    assert from_model.out == run("predict prices.csv --zero-shot --horizon 5").out
    assert json.loads(run("inspect --json").out)["recipe"]["pretrained"]


@pytest.mark.slow
def test_tables_and_models_are_mixed_in_a_batch(run: Callable[[str], Result]) -> None:
    Path("files").mkdir()
    write("train.csv")
    assert run(f"train train.csv {TINY} --output files/model.joblib").code == 0
    for name in ("one", "two"):
        write(f"files/{name}.csv", seed=len(name))
    result = run("predict files/*.csv files/model.joblib --out forecasts --horizon 5")
    assert result.code == 0, result.err
    found = {path.name: pd.read_csv(path) for path in Path("forecasts").iterdir() if path.name != "failures.csv"}
    assert sorted(found) == ["model.csv", "one.csv", "two.csv"]
    strategies = {name: frame["strategy"].unique().tolist() for name, frame in found.items()}
    assert strategies == {"model.csv": ["direct"], "one.csv": ["zero-shot"], "two.csv": ["zero-shot"]}
    alone = run("predict files/one.csv --horizon 5 --quiet").out
    assert Path("forecasts/one.csv").read_text() == alone, "as in a run on the file alone"


@pytest.mark.slow
def test_3_what_cannot_be_forecast_in_a_batch_costs_the_others_nothing(run: Callable[[str], Result]) -> None:
    Path("files").mkdir()
    write("files/good.csv")
    write("files/few.csv", 0, 2)
    Path("files/broken.joblib").write_bytes(b"no model")
    result = run("predict files/*.csv files/broken.joblib --out forecasts --horizon 5")
    assert result.code == 3
    failures = list(csv.DictReader(Path("forecasts/failures.csv").read_text().splitlines()))
    assert {Path(row["file"]).name: row["exit_code"] for row in failures} == {"few.csv": "65", "broken.joblib": "76"}
    assert len(pd.read_csv("forecasts/good.csv")) == 5


@pytest.mark.slow
def test_a_model_in_a_batch_does_not_go_with_zero_shot(run: Callable[[str], Result]) -> None:
    write("prices.csv")
    assert run(f"train prices.csv {TINY} --output m.joblib").code == 0
    result = run("predict prices.csv m.joblib --out forecasts --zero-shot --horizon 5")
    assert result.code == 3
    assert "a model cannot be used with --zero-shot" in Path("forecasts/failures.csv").read_text()
    assert Path("forecasts/prices.csv").exists()


@pytest.mark.slow
def test_a_default_model_plays_no_part_in_a_batch(run: Callable[[str], Result]) -> None:
    Path("files").mkdir()
    write("files/prices.csv")
    assert run(f"train files/prices.csv {TINY}").code == 0
    assert run("predict files/prices.csv --out forecasts --horizon 5").code == 0
    assert pd.read_csv("forecasts/prices.csv")["strategy"].unique().tolist() == ["zero-shot"]


def test_new_series_of_a_model_are_marked(run: Callable[[str], Result]) -> None:
    def write_series(name: str, ids: str) -> None:
        frames = []
        for seed, series in enumerate(ids):
            write("part.csv", seed=seed)
            frames.append(pd.read_csv("part.csv").assign(unique_id=series))
        pd.concat(frames).to_csv(name, index=False)

    write_series("train.csv", "ab")
    assert run(f"train train.csv {TINY} --output m.joblib").code == 0
    write_series("newer.csv", "abc")
    result = run("predict newer.csv --model m.joblib")
    assert result.code == 0, result.err
    assert {row["unique_id"]: row["strategy"] for row in result.rows} == {
        "a": "direct",
        "b": "direct",
        "c": "new-series",
    }
    assert "1 series that training did not see" in result.err


def test_2_a_model_among_the_files_is_named_with_the_option_that_takes_it(run: Callable[[str], Result]) -> None:
    write("a.csv")
    assert run(f"train a.csv {TINY} -o m.joblib -q").code == 0
    done = run("predict m.joblib")
    assert (done.code, done.out) == (2, "")
    assert "m.joblib is a model, not a file with rows; name it with --model m.joblib" in done.err
    assert run("predict --model m.joblib -q").code == 0, "the remedy works"
