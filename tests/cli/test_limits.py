"""`--min` and `--max`, from the command line to the rows: nothing that is forecast lies outside."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest

from forecaster.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

TINY = "--horizon 5 --epochs 1 --updates 2 --members 1 --hidden 4"
DAYS = pd.date_range("2021-01-01", periods=400, freq="D")


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def numbers(self) -> np.ndarray:
        """All numbers that are forecast: points, ends of intervals, or sample paths."""
        rows = csv.DictReader(io.StringIO(self.out))
        return np.array([[float(row[name]) for name in row if name.startswith("forecast")] for row in rows])


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], Result]:
    """Return a function that runs a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)

    def command(arguments: str) -> Result:
        return Result(main(arguments.split()), *capsys.readouterr())

    return command


def near_the_top(top: float, rows: int = 120, seed: int = 0) -> np.ndarray:
    """Return a weekly season with noise that is cut off at `top`, which it touches often."""
    rng = np.random.default_rng(seed)
    y = 0.97 + 0.04 * np.sin(2 * np.pi * np.arange(rows) / 7) + 0.01 * rng.normal(size=rows)
    return np.asarray(top * np.minimum(y, 1))


def write(name: str, y: np.ndarray, first: int = 0) -> None:
    pd.DataFrame({"date": DAYS[first : first + len(y)], "y": y.round(4)}).to_csv(name, index=False)


def check_order(values: np.ndarray) -> None:
    """Check that low <= point <= high at both levels."""
    point, low, high = values[:, 0], values[:, [1, 3]], values[:, [2, 4]]
    assert (low <= point[:, None]).all()
    assert (high >= point[:, None]).all()


@pytest.mark.sampled("--zero-shot")
@pytest.mark.parametrize("training", ["", "--zero-shot", "--no-zero-shot " + TINY, "--irregular " + TINY])
def test_percentages_stay_below_100(run: Callable[[str], Result], training: str) -> None:
    write("rates.csv", near_the_top(100))
    assert run(f"train rates.csv {training} --max 100").code == 0
    for options in ("", "--horizon 30", "--level 50 --level 99.9"):
        result = run(f"predict {options}")
        assert result.code == 0, result.err
        assert result.numbers.max() <= 100
        if "--level" not in options:
            check_order(result.numbers)
    samples = run("predict --samples 50")
    assert samples.numbers.max() <= 100
    assert len(samples.numbers) >= 250


def test_without_the_option_they_do_not(run: Callable[[str], Result]) -> None:
    write("rates.csv", near_the_top(100))
    assert run("predict rates.csv").numbers.max() > 100
    assert run("predict rates.csv --max 100").numbers.max() == 100


@pytest.mark.sampled("--no-zero-shot*")
@pytest.mark.parametrize("training", ["", "--no-zero-shot " + TINY])
def test_a_plain_series_with_zeros_stays_above_zero(run: Callable[[str], Result], training: str) -> None:
    rng = np.random.default_rng(2)
    rain = np.maximum(0, 10 * np.sin(2 * np.pi * np.arange(120) / 7) + 4 * rng.normal(size=120))
    write("rain.csv", rain)
    assert run(f"train rain.csv {training} --min 0").code == 0
    result = run("predict --horizon 20")
    check_order(result.numbers)
    assert result.numbers.min() == 0
    assert run("predict --samples 100").numbers.min() == 0


def test_prices_obey_limits(run: Callable[[str], Result]) -> None:
    peg = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, 400)))
    top = float(np.ceil(peg.max()))
    write("peg.csv", peg)
    done = run(f"train peg.csv --max {top:g} --min 1 --epochs 1 --updates 2 --verbose")
    assert (done.code, "returns" in done.err) == (0, True)
    result = run("predict --horizon 250")
    check_order(result.numbers)
    assert 1 <= result.numbers.min() < result.numbers.max() == top


@pytest.mark.slow
def test_shares_are_detected_and_said(run: Callable[[str], Result]) -> None:
    write("shares.csv", near_the_top(1))
    note = "note: all values lie between 0 and 1, so forecasts stay there: use --max inf if larger values can come"
    for command in ("predict shares.csv", "train shares.csv", "check shares.csv", "evaluate shares.csv --folds 2"):
        result = run(command)
        assert result.code == 0
        assert note.removeprefix("note: ") in result.err + result.out, command
        silent = run(f"{command} --max inf")
        assert note not in silent.err + silent.out
    findings = map(json.loads, run("check shares.csv --format jsonl").out.splitlines())
    assert [each["file"] for each in findings if each["code"] == "SHARES"] == ["shares.csv"]
    assert run("predict shares.csv --zero-shot").numbers.max() == 1
    assert run("predict shares.csv --zero-shot --max inf").numbers.max() > 1


def test_a_model_keeps_and_shows_its_limits(run: Callable[[str], Result]) -> None:
    write("shares.csv", near_the_top(1))
    run("train shares.csv --min 0 --max 1")
    found = json.loads(run("inspect --json").out)
    assert (found["recipe"]["minimum"], found["recipe"]["maximum"]) == (0, 1)
    assert {"name": "maximum", "value": 1.0, "reason": "requested"} in found["decisions"]
    run("train shares.csv --min -inf --max inf")
    found = json.loads(run("inspect --json").out)
    assert (found["recipe"]["minimum"], found["recipe"]["maximum"]) == (None, None)
    assert (found["specification"]["minimum"], found["specification"]["maximum"]) == (None, None)
    assert {"name": "maximum", "value": "none", "reason": "requested"} in found["decisions"]


@pytest.mark.sampled("train", "predict", "check")
@pytest.mark.parametrize("command", ["train", "predict", "evaluate --folds 2", "check"])
def test_values_outside_are_refused_with_a_remedy_that_works(run: Callable[[str], Result], command: str) -> None:
    write("rates.csv", near_the_top(100) + np.where(np.arange(120) == 60, 20, 0))
    refused = run(f"{command} rates.csv --max 100")
    assert refused.code == 65
    assert refused.err.splitlines()[-1].startswith("error: rates.csv:62: column y: the value ")
    remedy = refused.err.strip().rpartition("or use ")[2]
    assert remedy.startswith("--max ")
    assert run(f"{command} rates.csv {remedy}").code == 0


def test_only_the_series_outside_fails(run: Callable[[str], Result]) -> None:
    names, days = np.repeat(["a", "b"], 120), np.tile(DAYS[:120], 2)
    y = np.concatenate([near_the_top(100), near_the_top(130)])
    pd.DataFrame({"date": days, "id": names, "y": y}).to_csv("panel.csv", index=False)
    result = run("train panel.csv --max 100")
    assert result.code == 3
    assert "Failed    b: the value 1" in result.err
    assert "failed: b: the value 1" in run("train panel.csv --max 100 --quiet").err


@pytest.mark.parametrize("limits", ["--min 3 --max 2", "--min 2 --max 2", "--max nan"])
@pytest.mark.parametrize("command", ["train", "predict", "evaluate", "check"])
def test_limits_without_room_are_a_usage_error(run: Callable[[str], Result], command: str, limits: str) -> None:
    write("rates.csv", near_the_top(100))
    result = run(f"{command} rates.csv {limits}")
    assert result.code == 2
    assert "is not below --max" in result.err


@pytest.mark.sampled("")
@pytest.mark.parametrize("training", ["", "--no-zero-shot " + TINY])
def test_newer_rows_outside_are_refused_where_the_user_gave_the_limit(
    run: Callable[[str], Result], training: str
) -> None:
    write("rates.csv", near_the_top(100))
    run(f"train rates.csv --max 100 {training}")
    write("newer.csv", np.array([98.0, 103.5, 99.0]), first=120)
    refused = run("predict newer.csv")
    assert refused.code == 65
    assert "newer.csv:3: column y: the value 103.5 at 2021-05-02 is above --max 100" in refused.err
    assert refused.err.strip().endswith("or use --max 103.5")
    assert run("predict newer.csv --max 103.5").numbers.max() <= 103.5


@pytest.mark.sampled("")
@pytest.mark.parametrize("training", ["", "--no-zero-shot " + TINY])
def test_newer_rows_outside_end_the_limits_of_shares(run: Callable[[str], Result], training: str) -> None:
    write("shares.csv", near_the_top(1))
    run(f"train shares.csv {training}")
    assert run("predict --level 99.9").numbers.max() == 1
    write("newer.csv", np.array([0.98, 1.2, 1.1]), first=120)
    result = run("predict newer.csv --model forecast.joblib --level 99.9")
    assert (result.code, result.numbers.max() > 1) == (0, True)
    assert "the value 1.2 at 2021-05-02 is not a share, so forecasts no longer stay between 0 and 1" in result.err


@pytest.mark.sampled("--zero-shot")
@pytest.mark.parametrize("training", ["--zero-shot", "--no-zero-shot " + TINY])
def test_series_that_training_did_not_see_have_the_limits_too(run: Callable[[str], Result], training: str) -> None:
    names, days = np.repeat(["a", "b"], 120), np.tile(DAYS[:120], 2)
    both = pd.DataFrame({"date": days, "id": names, "y": np.tile(near_the_top(1), 2)})
    both.to_csv("panel.csv", index=False)
    run(f"train panel.csv {training}")
    both.assign(id=np.repeat(["c", "d"], 120)).to_csv("new.csv", index=False)
    result = run("predict new.csv --model forecast.joblib --horizon 14")
    assert (result.code, result.numbers.max()) == (0, 1)
    check_order(result.numbers)


def test_limits_of_predict_take_the_place_of_those_of_the_model(run: Callable[[str], Result]) -> None:
    write("shares.csv", near_the_top(1))
    run("train shares.csv")
    assert run("predict --max inf").numbers.max() > 1
    refused = run("predict --max 0.5")
    assert refused.code == 65
    remedy = refused.err.strip().rpartition("use ")[2].removesuffix(", or wider limits")
    assert remedy.endswith(" --max 1")
    assert run(f"predict {remedy}").numbers.max() == 1


@pytest.mark.slow
def test_a_folder_of_files_obeys_limits(run: Callable[[str], Result]) -> None:
    Path("in").mkdir()
    for seed in range(2):
        write(f"in/{seed}.csv", near_the_top(100, seed=seed))
    assert run("predict in --out forecasts --max 100").code == 0
    for path in Path("forecasts").glob("[01].csv"):
        assert pd.read_csv(path)["forecast-hi-95"].max() == 100


def test_settings_give_limits(run: Callable[[str], Result], monkeypatch: pytest.MonkeyPatch) -> None:
    write("rates.csv", near_the_top(100))
    Path("forecast.toml").write_text("max = 100\n[predict]\nmin = -inf\n")
    assert run("predict rates.csv").numbers.max() == 100
    monkeypatch.setenv("FORECAST_MAX", "101")
    assert run("predict rates.csv").numbers.max() == 101


@pytest.mark.slow
def test_held_out_forecasts_obey_limits(run: Callable[[str], Result]) -> None:
    write("shares.csv", near_the_top(1, rows=200))
    assert run("evaluate shares.csv --folds 4 --forecasts folds.csv").code == 0
    ours = [name for name in pd.read_csv("folds.csv") if name.startswith("forecast")]
    values = pd.read_csv("folds.csv")[ours].to_numpy()
    assert len(ours) == 5
    assert values.max() == 1
