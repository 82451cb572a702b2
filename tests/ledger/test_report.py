"""`forecast ledger` shows scores as tables, JSON and charts, and writes all forecasts to a file."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from forecaster.cli import main
from forecaster.ledger.details import read_details
from tests.ledger.simulated_entries import H, reading, take_nights, value_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NIGHTS = 9


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with a ledger, and work in it."""
    monkeypatch.chdir(tmp_path)
    take_nights(tmp_path / "ledger.sqlite", NIGHTS)
    return tmp_path


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    """Return the rows that the command writes as JSON."""
    assert main(["ledger", *arguments, "--format", "json", "--quiet"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.slow
def test_rows_are_those_of_all_steps_or_series(
    folder: Path, capsys: pytest.CaptureFixture[str], assert_valid: Callable[[str, Any], None]
) -> None:
    steps, series = rows(capsys), rows(capsys, "--per-series", "--ledger", str(folder))
    for found in (steps, series, rows(capsys, "--since", "2030-01")):
        assert_valid("ledger.schema.json", found)
    assert [(each["step"], each["scored"]) for each in steps] == [(None, 42), (1, 16), (2, 14), (3, 12)]
    assert [(each["source"], each["unique_id"]) for each in series] == [(None, None), ("f0", "s0"), ("f1", "s1")]
    assert series[0] == {**series[0], **{k: steps[0][k] for k in ("mae", "skill", "wql", "coverage-80", "scored")}}
    assert np.mean([each["mae"] for each in series[1:]]) == pytest.approx(series[0]["mae"])
    assert rows(capsys, "s1")[0]["mae"] == rows(capsys, "f1/s1")[0]["mae"] == series[2]["mae"]


def test_a_series_is_drawn_with_its_last_forecast_that_is_past(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert folder
    assert main(["ledger", "s0", "--chart", "--format", "table"]) == 0
    found = capsys.readouterr()
    assert "s0: the last forecast of the past, 6 days and 3 ahead" in found.err
    assert "1 series, 9 runs from 2026-01-01 to 2026-01-01; 21 steps of forecasts scored" in found.err
    assert "coverage-95" in found.out


def test_an_export_has_each_step_of_each_forecast(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("e.csv", "e.parquet"):
        assert main(["ledger", "--export", name, "--quiet"]) == 0
    capsys.readouterr()
    with (folder / "e.csv").open() as file:
        texts = list(csv.DictReader(file))
    table = pq.read_table(folder / "e.parquet")
    assert len(texts) == table.num_rows == 2 * NIGHTS * H
    assert list(texts[0]) == table.column_names
    assert (texts[0]["cutoff"], texts[0]["ds"], texts[0]["y"]) == ("2024-10-04", "2024-10-05", str(value_of(0, 1)))
    assert texts[-1]["y"] == ""
    with reading(folder / "ledger.sqlite") as connection:
        (details,) = read_details(connection, 1, 2)
    assert np.array_equal(table["hi-95"].to_numpy(), details.forecasts.ends[:, :, 3].ravel())


def test_a_wrong_name_month_or_ending_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder
    for arguments in (["nobody"], ["--since", "2026"], ["--export", "e.txt"], ["--export", "ledger.sqlite"]):
        assert main(["ledger", *arguments]) == 2
    assert main(["ledger", "--ledger", "no.sqlite"]) == 66
    assert "no.sqlite: cannot be read" in capsys.readouterr().err
