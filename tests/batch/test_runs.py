"""Many files in one run: what each gives alone it gives here, and none costs another anything."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest

from forecaster.batch import file_work, runs
from forecaster.cli import main
from forecaster.files.lock import exclusive_lock
from forecaster.spec import Selection, Specification
from forecaster.workflow.inspect import inspect as inspect_model
from tests.batch.in_this_process import run_in_this_process

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.workflow.results import Training

GOOD = ("apple", "BRK.B", "Münchner Rück", "a%b")
DAYS = pd.bdate_range("2022-01-03", periods=260)
QUICK = {"epochs": 1, "updates": 2, "members": 1, "hidden": 4}
"""Options with which training is short."""
HEADER = ["file,series,code,exit_code,text"]


class Result(NamedTuple):
    code: int
    out: str
    err: str


def contents(folder: str | Path) -> dict[str, bytes]:
    """Return what stands in a folder, but for the locks."""
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def failures(folder: str) -> list[dict[str, str]]:
    return list(csv.DictReader((Path(folder) / "failures.csv").read_text().splitlines()))


def write_prices(file: Path, seed: int, rows: int = 250) -> None:
    walk = 100 + np.random.default_rng(seed).normal(size=260).cumsum()
    pd.DataFrame({"Date": DAYS, "Close": walk.round(2)})[:rows].to_csv(file, index=False)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with four good price files, three broken ones, and the models of a run over all of them."""
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "prices").mkdir()
    for seed, name in enumerate((*GOOD, "cut", "words")):
        write_prices(folder / "prices" / f"{name}.csv", seed)
    cut, words = (folder / "prices" / f"{name}.csv" for name in ("cut", "words"))
    cut.write_text(cut.read_text()[:-8])
    words.write_text(words.read_text().replace("\n2022-03-01,", "\n2022-03-01,n0t a number"))
    (folder / "prices" / "empty.csv").touch()
    return folder


@pytest.fixture
def forecast(shelf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Return a function that runs a command line in the folder of the price files, which has their models."""
    monkeypatch.chdir(shelf)
    monkeypatch.setattr(file_work, "run_in_workers", run_in_this_process)
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)
    for name, value in QUICK.items():
        monkeypatch.setenv(f"FORECAST_{name.upper()}", str(value))

    def run(*arguments: str) -> Result:
        return Result(main(arguments), *capsys.readouterr())

    if not Path("models").exists():
        assert run("train", "prices", "--out", "models", "-q", "-j", "1").code == 3
    return run


Forecast = "Callable[..., Result]"


def test_3_broken_files_cost_the_others_nothing_and_are_named(forecast: Forecast) -> None:
    done = forecast("train", "prices/*.csv", "--out", "again", "--jobs", "2")
    assert (done.code, done.out) == (3, "")
    failed = [line for line in done.err.splitlines() if line.startswith("failed: ")]
    assert [line.partition(":")[2].partition(".csv")[0] for line in failed] == [
        " prices/cut",
        " prices/empty",
        " prices/words",
    ]
    assert done.err.endswith(
        "\n4 of 7 models written to again; what failed is listed in again/failures.csv; exit code 3: some failed\n"
        "Next      forecast predict again --out FOLDER\n"
    )
    assert [line.split(".csv  ")[0] for line in done.err.splitlines()[:4]] == [
        f"prices/{name}" for name in ("BRK.B", "Münchner Rück", "a%b", "apple")
    ]
    rows = failures("again")
    assert [row["file"] for row in rows] == [f"prices/{name}.csv" for name in ("cut", "empty", "words")]
    assert {(row["exit_code"], row["series"]) for row in rows} == {("65", "")}
    assert [f"failed: {row['text']}" for row in rows] == failed
    assert set(contents("again")) == {*(f"{n}.joblib" for n in GOOD[:3]), "a%25b.joblib", "failures.csv"}
    assert contents("again") == contents("models"), "the same bytes with one process as with two"
    assert forecast("train", "prices/apple.csv", "-o", "single.joblib", "-q").code == 0
    assert Path("single.joblib").read_bytes() == Path("models/apple.joblib").read_bytes()


def test_quiet_is_silent_on_success_and_the_list_is_empty(forecast: Forecast) -> None:
    for jobs in ("1", "2"):
        done = forecast("predict", "models/*.joblib", "--horizon", "5", "--out", "forecasts", "-q", "-j", jobs)
        assert done == (0, "", "")
        written = contents("forecasts")
        assert set(written) == {*(f"{name}.csv" for name in GOOD[:3]), "a%25b.csv", "failures.csv"}
        assert written["failures.csv"].decode().splitlines() == HEADER
        assert (
            forecast("predict", "-m", "models/BRK.B.joblib", "--horizon", "5", "-q").out.encode()
            == (written["BRK.B.csv"])
        )


def test_without_quiet_one_line_tells_what_was_done(forecast: Forecast) -> None:
    assert forecast("predict", "models", "--out", "told").err == "4 forecasts written to told\n"
    Path("list.txt").write_text("models/apple.joblib\nmodels/BRK*\n")
    assert forecast("predict", "--files-from", "list.txt", "--out", "two").err == "2 forecasts written to two\n"


def test_newer_rows_go_to_the_model_of_their_name(forecast: Forecast) -> None:
    Path("newer").mkdir()
    write_prices(Path("newer/apple.csv"), 0, 260)
    write_prices(Path("newer/pear.csv"), 9, 260)
    done = forecast("predict", "models", "--newer", "newer", "--out", "updated")
    assert done.code == 0
    kept = "no newer file has this name: the forecast follows the rows that the model keeps"
    assert done.err.splitlines() == [
        "note: newer/pear.csv: no model has this name, so these rows are not used",
        *(f"note: models/{name}.joblib: {kept}" for name in ("BRK.B", "Münchner Rück", "a%25b")),
        "4 forecasts written to updated",
    ]
    alone = forecast("predict", "newer/apple.csv", "-m", "models/apple.joblib", "-q").out
    assert Path("updated/apple.csv").read_text() == alone
    assert alone.splitlines()[1].startswith(f"apple,{DAYS[-1] + pd.offsets.BDay():%Y-%m-%d},")
    assert Path("updated/BRK.B.csv").read_text() == forecast("predict", "-m", "models/BRK.B.joblib", "-q").out


def test_each_series_in_a_file_of_its_own(forecast: Forecast) -> None:
    parts = [
        pd.DataFrame({"id": name, "t": np.arange(120), "y": np.sin(np.arange(120) / 3 + k).round(3)})
        for k, name in enumerate(("BTC/USD", "../up", "=1+1"))
    ]
    short = pd.DataFrame({"id": "short", "t": np.arange(3), "y": [1.0, 2.0, 3.0]})
    Path("panels").mkdir()
    pd.concat([*parts, short]).to_csv("panels/coins.csv", index=False)
    tiny = ("--epochs", "1", "--updates", "2", "--members", "1", "--hidden", "4")
    done = forecast("train", "panels", "--out", "panel models", "-q", *tiny)
    assert done.code == 3
    assert done.err.startswith("failed: panels/coins.csv: short: ")
    assert Path("panel models/failures.csv").read_text().splitlines()[1].startswith("panels/coins.csv,short,SERIES,3,")
    done = forecast("predict", "panel models", "--by-series", "--format", "jsonl", "--out", "by series", "-q")
    assert done == (0, "", "")
    names = {"BTC%2FUSD.jsonl", "%2E.%2Fup.jsonl", "%3D1%2B1.jsonl"}
    assert set(contents("by series/coins")) == names
    assert Path("by series/coins/BTC%2FUSD.jsonl").read_text().startswith('{"unique_id": "BTC/USD", "ds": 120, ')
    assert forecast("predict", "panel models", "--out", "by series", "-q").code == 0
    assert Path("by series/coins.csv").read_text().count("\n") > 3


def test_4_when_every_file_failed(forecast: Forecast) -> None:
    done = forecast("train", "prices/empty.csv", "nowhere.csv", "--out", "none", "-q")
    assert done.code == 4
    assert done.err.endswith(
        "\n0 of 2 models written to none; what failed is listed in none/failures.csv; exit code 4: all failed\n"
    )
    assert [row["exit_code"] for row in failures("none")] == ["65", "66"]
    assert set(contents("none")) == {"failures.csv"}


def test_the_result_of_a_file_that_fails_later_stays_as_it_was(forecast: Forecast) -> None:
    Path("one").mkdir()
    write_prices(Path("one/a.csv"), 1)
    assert forecast("train", "one", "--out", "kept", "-q").code == 0
    before = contents("kept")["a.joblib"]
    Path("one/a.csv").write_text("")
    assert forecast("train", "one", "--out", "kept", "-q").code == 4
    assert contents("kept")["a.joblib"] == before
    Path("kept/a.joblib").write_bytes(before[:-1])
    Path("kept/failures.joblib").write_bytes(before)
    done = forecast("predict", "kept", "--out", "kept forecasts", "-q")
    assert done.code == 3
    assert set(contents("kept forecasts")) == {"failures.csv", "%66ailures.csv"}
    assert ",76," in Path("kept forecasts/failures.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("train - --out new", "standard input (-) has no name for a result in --out; name a file"),
        ("train --out new", "there is no file to read; name one: forecast train prices.csv"),
        ("predict --out new", "there is nothing to read; name files, a folder, or a pattern in quotes"),
        ("train prices -o m.joblib --out new", "--output cannot be used with --out; leave one of them out"),
        ("train prices --dry-run --out new", "--dry-run cannot be used with --out; leave one of them out"),
        ("predict models -o f.csv --out new", "--output cannot be used with --out; leave one of them out"),
        ("predict models -m m.joblib --out new", "--model cannot be used with --out; leave one of them out"),
        ("train prices --chart --out new", "--chart cannot be used with --out; leave one of them out"),
        ("predict --by-series", "--newer and --by-series are for --out; add --out FOLDER, or leave them out"),
        ("predict --newer prices", "--newer and --by-series are for --out; add --out FOLDER, or leave them out"),
        (
            "train models/failures.csv --out models",
            "models/failures.csv is used twice and would be overwritten; name another file",
        ),
    ],
)
def test_2_what_cannot_be_meant_is_refused_before_any_work(forecast: Forecast, arguments: str, sentence: str) -> None:
    done = forecast(*arguments.split())
    assert (done.code, done.out, done.err) == (2, "", f"error: {sentence}\n")
    assert not Path("new").exists()


def test_a_forecast_is_not_written_over_the_rows_that_it_is_made_from(forecast: Forecast) -> None:
    before = contents("prices")
    done = forecast("predict", "models/apple.joblib", "--newer", "prices", "--out", "prices", "-q")
    assert done.code == 4
    assert "prices/apple.csv is used twice and would be overwritten" in done.err
    assert before.items() <= contents("prices").items()
    Path("prices/failures.csv").unlink()


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("a/b", "a/b: cannot be written: No such file or directory; create the folder first"),
        ("prices/apple.csv", "prices/apple.csv: is not a folder; name a folder"),
        ("prices/apple.csv/x", "prices/apple.csv/x: cannot be written: Not a directory; a part of the path is a file"),
    ],
)
def test_73_the_folder_is_made_but_not_those_above_it(forecast: Forecast, out: str, sentence: str) -> None:
    done = forecast("train", "prices", "--out", out)
    assert done.code == 73
    assert done.err.startswith(f"error: {sentence}")


def test_66_a_pattern_that_no_model_fits(forecast: Forecast) -> None:
    done = forecast("predict", "models/*.model", "--out", "new")
    assert done.code == 66
    assert "models/*.model" in done.err


@pytest.mark.slow
def test_a_process_that_dies_does_not_affect_other_files(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_value: Callable[..., Callable[..., Training]]
) -> None:
    train = runs.train_model

    def deadly(sources: list[str], **named: object) -> Training:
        if "apple" in sources[0]:
            os._exit(9)
        return train(sources, **named)  # type: ignore[arg-type] - they are its own

    monkeypatch.setattr(runs, "train_model", by_value(deadly))
    files = [str(shelf / "prices" / f"{name}.csv") for name in ("apple", "BRK.B", "empty")]
    done = runs.train_each_file(files, tmp_path, selection=Selection(), specification=Specification(**QUICK), jobs=2)
    assert [Path(failure.file).stem for failure in done.failures] == ["apple", "empty"]
    assert (done.failures[0].code, done.failures[0].exit_code, done.done, done.total) == ("DIED", 1, 1, 3)
    assert [path.name for path in tmp_path.glob("*.joblib")] == ["BRK.B.joblib"]


ENDLESS = """
import time
from forecaster.workflow.train import train

def train_model(sources, **named):
    time.sleep(600 * ("endless" in sources[0]))
    return train(sources, **named)
"""
PROGRAM = """
import sys
from endless import train_model
from forecaster.batch import file_work, runs
from forecaster.cli import main
from forecaster.files.lock import exclusive_lock
runs.train_model = train_model
sys.exit(main(sys.argv[1:]))
"""
"""The program, but for a file whose training does not end while the test runs."""


@pytest.mark.slow
def test_143_what_is_finished_stays(shelf: Path, tmp_path: Path) -> None:
    for name in ("a", "b", "endless"):
        (tmp_path / f"{name}.csv").write_bytes((shelf / "prices" / "apple.csv").read_bytes())
    (tmp_path / "endless.py").write_text(ENDLESS)
    command = [sys.executable, "-c", PROGRAM, "train", "*.csv", "--out", "models", "--jobs", "2", "--epochs", "1"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        while running.poll() is None and len(list(tmp_path.glob("models/*.joblib"))) < 2:
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=300)
    assert running.returncode == 143
    assert err.startswith("error: terminated; no file is left half-written\nrun again: forecast train ")
    models = list(tmp_path.glob("models/*.joblib"))
    assert {model.stem for model in models} == {"a", "b"}
    for model in models:
        inspect_model(model)


@pytest.mark.slow
def test_files_of_one_name_have_results_of_their_own(
    forecast: Forecast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for seed, file in enumerate(("NYSE/IBM.csv", "LSE/IBM.csv", "LSE/a.csv", "LSE/a.txt", "LSE/b.csv", "LSE/B.csv")):
        Path(file).parent.mkdir(exist_ok=True)
        write_prices(Path(file), seed)
    assert forecast("predict", "LSE", "NYSE", "--out", "out", "-q", "-j", "1") == (0, "", "")
    names = {"failures.csv", "NYSE%2FIBM.csv", "LSE%2FIBM.csv", "a.csv.csv", "a.txt.csv"}
    hashed = {name for name in contents("out") if name.lower().startswith("b~")}
    assert set(contents("out")) == names | hashed
    assert len({name.lower() for name in hashed}) == 2
    assert len({*contents("out").values()}) == 7
    alone = forecast("predict", "NYSE/IBM.csv", "-q").out
    assert Path("out/NYSE%2FIBM.csv").read_text() == alone


@pytest.mark.slow
def test_newer_rows_find_the_model_of_a_longer_name(
    forecast: Forecast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for seed, file in enumerate(("NYSE/IBM.csv", "LSE/IBM.csv", "LSE/b.csv", "LSE/B.csv")):
        Path(file).parent.mkdir(exist_ok=True)
        write_prices(Path(file), seed)
    assert forecast("train", "LSE", "NYSE", "--out", "models", "-q", "-j", "1").code == 0
    for seed, file in enumerate(("NYSE/IBM.csv", "LSE/IBM.csv", "LSE/b.csv", "LSE/B.csv")):
        write_prices(Path(file), seed, 260)
    for newer in (("LSE", "NYSE"), ("LSE/b.csv", "NYSE/IBM.csv")):
        named = [word for file in newer for word in ("--newer", file)]
        assert forecast("predict", "models", *named, "--out", "out", "-q", "-j", "1").code == 0
        (model,) = Path("models").glob("b~*.joblib")
        alone = forecast("predict", "LSE/b.csv", "-m", str(model), "-q").out
        assert Path("out", f"{model.stem}.csv").read_text() == alone
        alone = forecast("predict", "NYSE/IBM.csv", "-m", "models/NYSE%2FIBM.joblib", "-q").out
        assert Path("out/NYSE%2FIBM.csv").read_text() == alone
    Path("more").mkdir()
    write_prices(Path("more/IBM.csv"), 0, 260)
    done = forecast("predict", "models", "--newer", "NYSE", "--newer", "more", "--out", "out")
    assert done.err.splitlines()[0] == "note: more/IBM.csv: no model has this name, so these rows are not used"


def test_two_newer_files_for_one_model_are_refused(forecast: Forecast) -> None:
    Path("two").mkdir(exist_ok=True)
    for ending in ("csv", "txt"):
        write_prices(Path(f"two/apple.{ending}"), 0, 260)
    done = forecast("predict", "models", "--newer", "two", "--out", "new")
    assert done.code == 2
    assert done.err == (
        "error: two/apple.csv and two/apple.txt both have the name of models/apple.joblib; "
        "name one of them with --newer\n"
    )
    assert not Path("new").exists()


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """Make a folder whose path is so long that a file with a name of 100 characters in it cannot be created."""
    folder = tmp_path
    while (room := os.pathconf(tmp_path, "PC_PATH_MAX") - len(str(folder)) - 110) > 1:
        folder /= "x" * min(room - 1, 200)
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("command", ["train", "predict"])
def test_a_name_that_is_too_long_fails_alone(forecast: Forecast, deep: Path, tmp_path: Path, command: str) -> None:
    long = tmp_path / f"{'n' * 100}.csv"
    write_prices(long, 1)
    done = forecast(command, str(long), "prices/apple.csv", "--out", str(deep), "-q", "-j", "1")
    assert done.code == 3
    (failure,) = failures(str(deep))
    assert (failure["file"], failure["code"], failure["exit_code"]) == (str(long), "OUTPUT", "73")
    assert "File name too long" in failure["text"]
    assert set(contents(deep)) == {"failures.csv", "apple.joblib" if command == "train" else "apple.csv"}


def test_a_series_whose_name_is_too_long_fails_alone(forecast: Forecast, deep: Path, tmp_path: Path) -> None:
    steps = np.arange(120)
    parts = [pd.DataFrame({"id": name, "t": steps, "y": np.sin(steps / 3).round(3)}) for name in ("a", "A", "n" * 100)]
    pd.concat(parts).to_csv(tmp_path / "p.csv", index=False)
    done = forecast("predict", str(tmp_path / "p.csv"), "--by-series", "--out", str(deep), "-q")
    assert done.code == 3
    (failure,) = failures(str(deep))
    assert (failure["series"], failure["code"], failure["exit_code"]) == ("n" * 100, "SERIES", "3")
    assert "File name too long" in failure["text"]
    assert {name.partition("~")[0] for name in contents(deep / "p")} == {"a", "A"}
    assert len({name.lower() for name in contents(deep / "p")}) == 2


def test_a_name_that_is_no_text_is_told_as_escapes(
    forecast: Forecast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bytes").mkdir()
    Path(os.fsdecode(b"bytes/x\xff.csv")).write_text("Date,Close\n")
    write_prices(Path("bytes/y.csv"), 1)
    done = forecast("train", "bytes", "--out", "told", "-q", "-j", "1")
    assert done.code == 3
    assert set(contents("told")) == {"failures.csv", "y.joblib"}
    assert r"bytes/x\udcff.csv" in Path("told/failures.csv").read_text()


@pytest.mark.slow
def test_one_run_at_a_time_writes_to_a_folder(shelf: Path, forecast: Callable[..., Result]) -> None:
    for command in (("train", "prices"), ("predict", "prices")):
        with exclusive_lock(shelf / "models", "folder"):
            before = contents("models")
            refused = forecast(*command, "--out", "models")
        assert refused.code == 75
        assert f"process {os.getpid()}" in refused.err
        assert contents("models") == before
