"""What the commands write for programs is what the schemas of `docs/reference` say, on files that are small and odd."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from forecaster.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    AssertValid = Callable[[str, Any], None]

GOLDEN = sorted((Path(__file__).parents[1] / "artifact" / "golden").glob("*.joblib"))
QUICK = {"FORECAST_EPOCHS": "1", "FORECAST_UPDATES": "2", "FORECAST_MEMBERS": "1", "FORECAST_HIDDEN": "4"}
"""The options that make training short, given as a user would."""
HOSTILE = [
    b"bad\xff\xfebytes.csv",
    b'line\nbreak "and" quote\\.csv',
    "\x1b[31mred\u202eright to left.csv".encode(),
    b"=1+1.csv",
    "line\u2028separator \U0001f600.csv".encode(),
]
"""Names of files that programs may meet: bytes that are no text, line breaks, escapes, formulas."""


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out, parse_constant=refuse_constant)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line, parse_constant=refuse_constant) for line in self.out.splitlines()]

    @property
    def log(self) -> list[Any]:
        return [json.loads(line, parse_constant=refuse_constant) for line in self.err.splitlines()]


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make prices, months of two shops, counted steps, hours with a time zone, known days, and files with faults."""
    folder = tmp_path_factory.mktemp("outputs")
    rng = np.random.default_rng(0)
    walk = (100 + rng.normal(size=300).cumsum()).round(2)
    prices = pd.DataFrame({"Date": pd.bdate_range("2022-01-03", periods=300), "Close": walk})
    prices.to_csv(folder / "prices.csv", index=False)
    months = pd.date_range("2015-01-01", periods=80, freq="MS")
    season = 20 + 3 * np.sin(np.arange(80) * np.pi / 6)
    shops = [
        pd.DataFrame({"shop": name, "month": months, "sales": (season + rng.normal(size=80)).round(2)})
        for name in ("north", "=south")
    ]
    pd.concat(shops).to_csv(folder / "shops.csv", index=False)
    pd.DataFrame({"step": np.arange(200), "y": walk[:200]}).to_csv(folder / "steps.csv", index=False)
    hours = pd.date_range("2024-03-20", periods=400, freq="h", tz="Europe/Berlin")
    load = 50 + 9 * np.sin(np.arange(400) * np.pi / 12) + rng.normal(size=400)
    pd.DataFrame({"time": hours.map(pd.Timestamp.isoformat), "load": load.round(2)}).to_csv(
        folder / "load.csv", index=False
    )
    days = pd.date_range("2022-01-01", periods=320)
    promotion = np.arange(320) % 10 == 0
    pd.DataFrame({"Date": days, "promo": promotion.astype(int)}).to_csv(folder / "promo.csv", index=False)
    sales = pd.DataFrame({"Date": days[:300], "units": (20 + 9 * promotion[:300] + rng.normal(size=300)).round(2)})
    sales.to_csv(folder / "sales.csv", index=False)
    cells = prices.astype(str)
    cells.loc[7, "Close"] = "x"
    cells.to_csv(folder / "broken.csv", index=False)
    odd = prices.iloc[::-1].astype(str)
    odd.loc[50:52, "Close"] = ""
    odd.loc[100, "Close"] = "9999"
    odd.to_csv(folder / "odd.csv", index=False)
    (folder / "empty.csv").write_text("")
    return folder


@pytest.fixture
def forecast(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], Run]:
    """Return a function that runs a command line in the folder, with a short training."""
    monkeypatch.chdir(folder)

    def run(line: str) -> Run:
        for name, value in QUICK.items():
            monkeypatch.delenv(name, raising=False)
            if "--zero-shot" not in line:
                monkeypatch.setenv(name, value)
        code = main(shlex.split(line))
        return Run(code, *capsys.readouterr())

    return run


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("prices.csv -H 7", marks=pytest.mark.slow),
        "steps.csv -H 2 --level 99.9 --level 50",
        pytest.param("load.csv -H 2 --explain", marks=pytest.mark.slow),
        "steps.csv -H 2 --samples 3",
        pytest.param("shops.csv -H 2 --explain", marks=pytest.mark.slow),
        pytest.param("odd.csv -H 2 --explain", marks=pytest.mark.slow),
    ],
)
def test_forecasts(line: str, forecast: Callable[[str], Run], assert_valid: AssertValid) -> None:
    found = forecast(f"predict {line} --zero-shot --format json")
    assert found.code == 0, found.err
    assert found.document
    assert_valid("forecasts.schema.json", found.document)


@pytest.mark.slow
@pytest.mark.parametrize("line", ["load.csv -H 2 --explain", "shops.csv -H 2 --samples 3"])
def test_all_forms_of_a_forecast_have_the_same_columns(line: str, forecast: Callable[[str], Run]) -> None:
    rows = forecast(f"predict {line} --zero-shot --format json").document
    assert forecast(f"predict {line} --zero-shot --format jsonl").lines == rows
    table = csv.DictReader(io.StringIO(forecast(f"predict {line} --zero-shot --format csv").out))
    assert table.fieldnames == list(rows[0])


@pytest.mark.slow
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_forecasts_of_models(path: Path, forecast: Callable[[str], Run], assert_valid: AssertValid) -> None:
    found = forecast(f"predict --model {path} -H 2 --explain --format json")
    assert found.code == 0, found.err
    assert_valid("forecasts.schema.json", found.document)


@pytest.mark.sampled("schema_9_covariates", "schema_9_effects", "schema_9_prices")
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_content_of_models(path: Path, forecast: Callable[[str], Run], assert_valid: AssertValid) -> None:
    found = forecast(f"inspect {path} --json")
    assert found.code == 0, found.err
    assert_valid("model.schema.json", found.document)


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "shops.csv --cell lstm",
        "shops.csv --cell rnn --activation relu --layers 2 --bidirectional",
        "shops.csv --arch encoder-decoder",
        "prices.csv",
        "steps.csv --irregular",
        "sales.csv --known promo.csv",
        "load.csv",
    ],
)
def test_models_and_gradients(
    line: str, tmp_path: Path, forecast: Callable[[str], Run], assert_valid: AssertValid
) -> None:
    model = tmp_path / "forecast.joblib"
    trained = forecast(f"train {line} -o {model} --log-format json")
    assert trained.code == 0, trained.err
    for event in trained.log:
        assert_valid(f"log.schema.json#/$defs/{event['event']}", event)
    assert_valid("model.schema.json", forecast(f"inspect {model} --json").document)
    assert_valid("gradients.schema.json", forecast(f"inspect {model} --gradients --json").document)


def test_the_gradients_of_a_model(forecast: Callable[[str], Run], assert_valid: AssertValid) -> None:
    (path,) = [path for path in GOLDEN if path.stem == "schema_9"]
    assert_valid("gradients.schema.json", forecast(f"inspect {path} --gradients --json").document)


@pytest.mark.sampled(slow=("shops*", "steps*"))
@pytest.mark.parametrize(
    "line",
    [
        "shops.csv --per-series --per-horizon",
        "odd.csv --per-horizon",
        "load.csv --per-series",
        "steps.csv --irregular",
        "sales.csv --known promo.csv",
    ],
)
def test_scores_and_forecasts_of_the_past(line: str, forecast: Callable[[str], Run], assert_valid: AssertValid) -> None:
    found = forecast(f"evaluate {line} --folds 2 --forecasts past.json --format json --log-format json")
    assert found.code == 0, found.err
    assert_valid("scores.schema.json", found.document)
    assert_valid("past-forecasts.schema.json", json.loads(Path("past.json").read_text()))
    assert {event["event"] for event in found.log} >= {"progress", "fact", "verdict", "decision", "written", "end"}
    for event in found.log:
        assert_valid("log.schema.json", event)


def test_scores(forecast: Callable[[str], Run], assert_valid: AssertValid) -> None:
    found = forecast("evaluate steps.csv --folds 1 --horizon 2 --zero-shot --format jsonl --forecasts past.jsonl")
    assert found.code == 0, found.err
    assert_valid("scores.schema.json", found.lines)
    past = [json.loads(line) for line in Path("past.jsonl").read_text().splitlines()]
    assert_valid("past-forecasts.schema.json", past)


def test_findings(forecast: Callable[[str], Run], assert_valid: AssertValid) -> None:
    found = forecast("check odd.csv broken.csv missing.csv shops.csv --format json --log-format json")
    assert found.code == 3
    assert_valid("findings.schema.json", found.document)
    assert {row["file"] for row in found.document} == {"odd.csv", "broken.csv", "missing.csv", "shops.csv"}
    assert any(row["line"] for row in found.document)
    for event in found.log:
        assert_valid(f"log.schema.json#/$defs/{event['event']}", event)
    assert {"failure", "summary", "end"} <= {event["event"] for event in found.log}


@pytest.mark.slow
def test_failures(forecast: Callable[[str], Run], assert_valid: AssertValid, tmp_path: Path) -> None:
    found = forecast(f"predict prices.csv broken.csv empty.csv -H 2 --out {tmp_path} --log-format json")
    assert found.code == 3
    for event in found.log:
        assert_valid(f"log.schema.json#/$defs/{event['event']}", event)
    rows = list(csv.DictReader((tmp_path / "failures.csv").read_text().splitlines()))
    assert_valid("failures.schema.json", [row | {"exit_code": int(row["exit_code"])} for row in rows])
    assert [row["exit_code"] for row in rows] == ["65", "65"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        "--fallback naive --explain",
        *(pytest.param(each, marks=pytest.mark.nightly) for each in ("", "--one-file", "--samples 2")),
    ],
)
def test_a_batch(
    options: str, tmp_path: Path, folder: Path, forecast: Callable[[str], Run], assert_valid: AssertValid
) -> None:
    sources, out = tmp_path / "sources", tmp_path / "forecasts"
    sources.mkdir()
    for name in ("prices", "shops", "steps", "load", "odd", "broken", "empty"):
        (sources / f"{name}.csv").write_bytes((folder / f"{name}.csv").read_bytes())
    Path(os.fsdecode(os.fsencode(sources) + b"/" + HOSTILE[0])).write_bytes((folder / "steps.csv").read_bytes())
    command = f"batch {sources} --horizon 2 --format json --log-format json --out {out} {options} --zero-shot"
    for broken in ("broken", "prices"):
        (sources / f"{broken}.csv").write_bytes((folder / "broken.csv").read_bytes())
        found = forecast(command)
        assert found.code == 3, found.err
        for event in found.log:
            assert_valid(f"log.schema.json#/$defs/{event['event']}", event)
        run = json.loads((out / "run.json").read_text(), parse_constant=refuse_constant)
        assert_valid("run.schema.json", run)
        json.dumps(run, ensure_ascii=False).encode()  # fails for text that is not Unicode
        rows = list(csv.DictReader((out / "failures.csv").read_text().splitlines()))
        assert_valid("failures.schema.json", [row | {"exit_code": int(row["exit_code"])} for row in rows])
        assert {Path(row["file"]).stem for row in rows} >= {broken, "empty"}
    statuses = {record["name"]: record["status"] for record in run["sources"]}
    assert statuses["bad%FF%FEbytes"] == "skipped", "a name that is no text is known in the next run"
    decided = list(csv.DictReader(forecast(f"{command} --dry-run").out.splitlines()))
    assert_valid("decisions.schema.json", decided)
    assert len(decided) == len(statuses)
    files = [path for path in out.glob("*.json") if path.name != "run.json"]
    assert len(files) == (1 if "--one-file" in options else 6)
    for file in files:
        assert_valid("forecasts.schema.json", json.loads(file.read_text(), parse_constant=refuse_constant))


@pytest.mark.parametrize(
    "line",
    [
        "train prices.csv --dry-run",
        "train steps.csv --dry-run",
        "predict prices.csv --zero-shot -H 2 -o next.csv",
        "predict prices.csv --horizon 0",
        "predict",
        "train empty.csv",
        "train prices.csv --hidden 4 --debug -o missing/model.joblib",
        pytest.param("evaluate shops.csv --folds 1", marks=pytest.mark.slow),
        pytest.param("train shops.csv --out models", marks=pytest.mark.slow),
    ],
)
def test_lines_of_the_log(
    line: str, forecast: Callable[[str], Run], assert_valid: AssertValid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECAST_HORIZONT", "5")
    found = forecast(f"{line} --log-format json")
    for event in found.log:
        assert_valid(f"log.schema.json#/$defs/{event['event']}", event)
        assert_valid("log.schema.json", event)
    assert found.log[-1]["event"] == ("error" if found.code else "end")


@pytest.mark.sampled("0")
@pytest.mark.parametrize("name", HOSTILE, ids=map(str, range(len(HOSTILE))))
def test_a_hostile_file_name_leaves_the_log_valid(
    name: bytes, tmp_path: Path, folder: Path, forecast: Callable[[str], Run], assert_valid: AssertValid
) -> None:
    file = os.fsdecode(os.fsencode(tmp_path) + b"/" + name)
    Path(file).write_bytes((folder / "odd.csv").read_bytes())
    for command in ("check", "predict --zero-shot --horizon 0"):
        found = forecast(f"{command} {shlex.quote(file)} --log-format json")
        assert found.err.isascii()
        for event in found.log:
            assert_valid(f"log.schema.json#/$defs/{event['event']}", event)
            json.dumps(event, ensure_ascii=False).encode()  # fails for text that is not Unicode


@pytest.mark.sampled(slow=("train*",))
@pytest.mark.parametrize("command", ["train --dry-run", "predict --zero-shot -H 2 --out results", "evaluate --folds 1"])
def test_hostile_file_names_leave_the_log_valid(
    command: str, tmp_path: Path, folder: Path, forecast: Callable[[str], Run], assert_valid: AssertValid
) -> None:
    for name in HOSTILE:
        file = os.fsdecode(os.fsencode(tmp_path) + b"/" + name)
        Path(file).write_bytes((folder / "odd.csv").read_bytes())
        found = forecast(f"{command} {shlex.quote(file)} --log-format json")
        assert found.code == 0, found.err
        assert found.err.isascii()
        for event in found.log:
            assert_valid(f"log.schema.json#/$defs/{event['event']}", event)
            json.dumps(event, ensure_ascii=False).encode()  # fails for text that is not Unicode


@pytest.mark.slow
def test_the_log_is_ascii_whatever_the_locale(tmp_path: Path, folder: Path, assert_valid: AssertValid) -> None:
    file = os.fsdecode(os.fsencode(tmp_path) + b"/" + HOSTILE[-1])
    Path(file).write_bytes((folder / "broken.csv").read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "forecaster", "check", file, "--log-format", "json"],
        env=os.environ | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 65
    for line in done.stderr.decode("ascii").splitlines():
        assert_valid("log.schema.json", json.loads(line))
