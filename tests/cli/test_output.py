"""Data on standard output and in files: whole, exact, harmless."""

from __future__ import annotations

import importlib.util
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecaster.cli.output import Destination
from forecaster.errors import OutputError
from forecaster.files.unfinished import temporary_path
from forecaster.workflow.request import Extent

Forecast = Any
CHILD = """
import sys
import numpy as np, pandas as pd
from forecaster.cli import main
from forecaster.workflow import predict, results
frame = pd.DataFrame({"unique_id": "s", "ds": np.arange(100_000), "forecast": 1.5})
predict.predict = lambda *_, **__: results.Prediction(frame, (), {})
sys.exit(main(["predict"]))
"""


def read(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text))


def test_a_pipe_gets_csv_and_nothing_else(forecast: Forecast, fake: Any) -> None:
    result = forecast("predict")
    assert result.out.splitlines()[:2] == [
        "unique_id,ds,forecast,forecast-lo-80,forecast-hi-80,forecast-lo-95,forecast-hi-95,strategy",
        "sp500,2021-01-04,4783.4512,4743.4512,4824.4512,4703.4512,4864.4512,direct",
    ]
    assert result.err == "note: prices.csv: the rows were newest first\n"
    assert (read(result.out)["forecast"] == fake.frame["forecast"]).all()


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_the_names_of_standard_output_are_no_files(forecast: Forecast, name: str) -> None:
    assert forecast("predict", "-o", name).out == forecast("predict").out
    assert forecast("train", "prices.csv", "-o", name).err == (
        "error: a model cannot be written to standard output; name a file with --output\n"
    )


def test_a_terminal_gets_a_table(forecast: Forecast, monkeypatch: pytest.MonkeyPatch, terminal: Any) -> None:
    monkeypatch.setattr(sys, "stdout", terminal)
    forecast("predict")
    assert terminal.text.splitlines()[:3] == [
        "                           80 % interval       95 % interval",
        "Date        Forecast       low      high       low      high",
        "2021-01-04  4,783.45  4,743.45  4,824.45  4,703.45  4,864.45",
    ]


def test_json_is_one_document(forecast: Forecast, fake: Any) -> None:
    fake.frame["change"] = [1.5, np.nan, 2.5, -1.0, 0.0]
    fake.frame["unique_id"] = 'ä"\n'
    records = json.loads(forecast("predict", "--format", "json").out)
    assert [record["forecast"] for record in records] == fake.frame["forecast"].tolist()
    assert [record["change"] for record in records] == [1.5, None, 2.5, -1.0, 0.0]
    assert records[0]["ds"] == "2021-01-04"
    assert records[0]["unique_id"] == 'ä"\n'
    lines = forecast("predict", "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == records


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet", "table"])
@pytest.mark.parametrize(
    ("column", "number"), [("forecast", np.nan), ("forecast-lo-80", np.nan), ("forecast", np.inf), ("change", -np.inf)]
)
def test_1_no_number_of_a_forecast_is_missing_and_none_is_infinite(
    forecast: Forecast, fake: Any, form: str, column: str, number: float
) -> None:
    fake.frame["change"] = 0.0
    fake.frame.loc[1, column] = number
    result = forecast("predict", "--format", form, "-o", "out.file")
    assert (result.code, result.out) == (1, "")
    assert f"the column {column} has infinite or missing numbers, so nothing is written" in result.err
    assert not Path("out.file").exists()


@pytest.mark.slow
def test_the_time_of_day_is_kept_where_there_is_one(forecast: Forecast, fake: Any) -> None:
    fake.frame["ds"] += pd.Timedelta(hours=15)
    assert json.loads(forecast("predict", "--format", "json").out)[0]["ds"] == "2021-01-04T15:00:00"
    assert ",2021-01-04 15:00:00," in forecast("predict").out
    fake.frame["ds"] = np.arange(7, 12)
    assert json.loads(forecast("predict", "--format", "json").out)[0]["ds"] == 7


def test_a_spreadsheet_computes_nothing(forecast: Forecast, fake: Any) -> None:
    fake.frame["unique_id"] = ["=1+1", "+a", "-a", "@a", "\ta"]
    fake.frame["forecast"] = -1.5
    table = read(forecast("predict").out)
    assert list(table["unique_id"]) == ["'=1+1", "'+a", "'-a", "'@a", "'\ta"]
    assert (table["forecast"] == -1.5).all()


def test_names_of_columns_are_computed_as_little(forecast: Forecast, fake: Any) -> None:
    fake.frame = pd.DataFrame({"=1+1": [1.5], "@a": ["b"], "plain": [None], "-c": ["=d"]})
    assert forecast("predict").out.splitlines() == ["'=1+1,'@a,plain,'-c", "1.5,b,,'=d"]
    assert list(json.loads(forecast("predict", "--format", "json").out)[0]) == ["=1+1", "@a", "plain", "-c"]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json_has_no_control_characters_anywhere(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, terminal: Any, form: str
) -> None:
    name = "é\x1b[31m\x9b\x7f\u202e\U000e0001"
    fake.frame["unique_id"] = name
    piped = forecast("predict", "--format", form).out
    assert all(c.isprintable() or c == "\n" for c in piped)
    assert "é" in piped
    monkeypatch.setattr(sys, "stdout", terminal)
    forecast("predict", "--format", form)
    assert terminal.text == piped
    first = piped.splitlines()[form == "json"].rstrip(",")
    assert json.loads(first)["unique_id"] == name


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "txt", "JSON"])
def test_the_ending_of_a_file_is_its_form(forecast: Forecast, ending: str) -> None:
    form = {"txt": "table"}.get(ending, ending.lower())
    expected = forecast("predict", "--format", form).out
    result = forecast("predict", "-o", f"x.{ending}")
    assert (result.code, result.out) == (0, "")
    assert result.err.endswith(f"Written to x.{ending}\n")
    assert Path(f"x.{ending}").read_text(encoding="utf-8") == expected
    assert [path.name for path in Path().iterdir()] == [f"x.{ending}"]


def test_format_wins_over_the_ending_and_a_dash_is_standard_output(forecast: Forecast) -> None:
    forecast("predict", "-o", "x.csv", "--format", "json")
    assert json.loads(Path("x.csv").read_text(encoding="utf-8"))
    assert forecast("predict", "-o", "-").out == forecast("predict").out


def test_an_ending_without_a_form_is_refused_before_the_work(forecast: Forecast, fake: Any) -> None:
    result = forecast("predict", "-o", "x.xls")
    assert result.code == 2
    assert (
        "the ending of x.xls does not name a format; end it in .txt, .csv, .json, .jsonl, .parquet, or use"
        in result.err
    )
    assert not fake.calls


def test_parquet(forecast: Forecast, fake: Any) -> None:
    pytest.importorskip("pyarrow")
    assert forecast("predict", "-o", "x.parquet").code == 0
    pd.testing.assert_frame_equal(pd.read_parquet("x.parquet"), fake.frame, check_dtype=False)


def test_parquet_names_the_package_that_is_missing(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    result = forecast("predict", "-o", "x.parquet")
    assert result.code == 2
    assert result.err == (
        "error: Parquet needs pyarrow, which is not installed; pip install 'forecaster-rnn[parquet]'\n"
    )
    assert not fake.calls


def test_parquet_is_kept_from_a_terminal(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, terminal: Any
) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(sys, "stdout", terminal)
    result = forecast("predict", "--format", "parquet")
    assert result.code == 2
    assert "Parquet is not for terminals; use --output FILE, or pipe it into a program" in result.err
    assert not fake.calls


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
def test_a_terminal_is_never_commanded(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, terminal: Any, form: str
) -> None:
    fake.frame["unique_id"] = "a\x1b[31m\x9b\x7f"
    monkeypatch.setattr(sys, "stdout", terminal)
    forecast("predict", "--format", form)
    assert all(c.isprintable() or c == "\n" for c in terminal.text)


def test_scores_for_all_steps_and_for_each(forecast: Forecast) -> None:
    assert list(read(forecast("evaluate", "a.csv").out)["model"]) == ["forecast", "last_value"]
    lines = forecast("evaluate", "a.csv", "--per-horizon").out.splitlines()
    assert lines[:2] == ["model,step,mae,mase,coverage-80,skill,p_value", "forecast,,35.214,0.8123,81.3,,"]
    assert lines[3].startswith("forecast,1,")
    assert len(lines) == 7
    records = json.loads(forecast("evaluate", "a.csv", "--per-horizon", "--format", "json").out)
    assert [record["step"] for record in records] == [None, None, 1, 1, 2, 2]


def test_scores_for_each_series_and_step(forecast: Forecast, fake: Any) -> None:
    fake.series = ("a", "b")
    lines = forecast("evaluate", "a.csv", "--per-series").out.splitlines()
    assert lines[:2] == ["model,unique_id,mae,mase,coverage-80,skill,p_value", "forecast,,35.214,0.8123,81.3,,"]
    assert [line.split(",")[:2] for line in lines[3:5]] == [["forecast", "a"], ["last_value", "a"]]
    assert len(lines) == 7
    records = json.loads(forecast("evaluate", "a.csv", "--per-series", "--per-horizon", "--format", "json").out)
    assert [record["unique_id"] for record in records] == [None, None, "a", "a", "b", "b", None, None, None, None]
    assert [record["step"] for record in records] == [None] * 6 + [1, 1, 2, 2]
    table = forecast("evaluate", "a.csv", "--per-series", "--format", "table", "-v").out.splitlines()
    start = table.index("All scores, with their names in CSV and JSON")
    assert table[start + 2].split() == ["forecast", "35.21", "0.8123", "81.3", "n/a", "n/a"]


def test_the_forecasts_of_all_folds_go_to_a_file(forecast: Forecast, fake: Any) -> None:
    result = forecast("evaluate", "a.csv", "-o", "scores.json", "--forecasts", "folds.csv")
    assert (result.code, result.out) == (0, "")
    assert len(read(Path("folds.csv").read_text(encoding="utf-8"))) == len(fake.frame)
    assert len(json.loads(Path("scores.json").read_text(encoding="utf-8"))) == 2


def test_inspect_speaks_to_people_or_to_programs(forecast: Forecast, fake: Any) -> None:
    page = forecast("inspect").out
    assert page.splitlines()[:3] == [
        "Model       forecast.joblib, 69 KB",
        "Trained on  series sp500: 5,031 rows from 1999-01-04 to 2018-12-31",
        "Columns     target Close",
    ]
    assert forecast("inspect", "-v").out == f"{page}\nschema  1\n\nprogram\n  numpy  2.0\n"
    fake.record["scores"] = [{"mase": np.nan}]
    assert json.loads(forecast("inspect", "--json").out) == {**fake.record, "scores": [{"mase": None}]}


@pytest.mark.slow
def test_a_reader_may_leave_early() -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b"unique_id,ds,forecast\n"
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(timeout=300) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.slow
def test_a_full_disk_behind_standard_output() -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run([sys.executable, "-c", CHILD], stdout=full, stderr=subprocess.PIPE, check=False)
    assert run.returncode == 74
    assert run.stderr == (
        b"error: standard output: cannot be written: No space left on device; free some space and try again\n"
    )


def test_a_file_needs_space_for_its_cells_and_a_pipe_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=10**9, free=12_000))
    destination = Destination(tmp_path / "a.csv", "csv")
    destination.check_size(Extent(cells=1000))
    with pytest.raises(OutputError, match=r"a\.csv: .* it takes about 12 KB, and its disk has 12 KB left"):
        destination.check_size(Extent(cells=1001))
    Destination(None, "csv").check_size(Extent(cells=10**12))


def test_what_killed_runs_have_left_in_the_folder_is_removed(tmp_path: Path) -> None:
    left = temporary_path(tmp_path / "b.csv")
    left.touch()
    Destination.choose(tmp_path / "a.csv", None)
    assert not left.exists()
