"""A model of an aggregated log aggregates newer rows in the same way, and leaves out a last row only on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.artifact.model import load
from forecaster.errors import Code
from forecaster.spec import Selection, Specification
from forecaster.workflow.predict import predict, predict_table
from forecaster.workflow.request import Request
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from pathlib import Path

DAYS = np.arange("2024-01-01", "2024-03-25", dtype="datetime64[D]")
LOG = Selection(every="day", agg="sum")


def write(file: Path, days: np.ndarray) -> str:
    """Write 12 receipts of each day, more on weekends, the newest first."""
    rows = [f"{day} {hour:02}:15:30,{5 + 5 * (not np.is_busday(day))}" for day in days for hour in range(9, 21)]
    file.write_text("\n".join(["time,amount", *reversed(rows)]) + "\n")
    return str(file)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    specification = Specification(zero_shot=True, horizon=7)
    selection = Selection(every="day", agg="sum", drop_last=True)
    train([write(folder / "log.csv", DAYS[:71])], selection=selection, specification=specification, output=folder / "m")
    return folder / "m"


def test_a_model_keeps_how_rows_are_aggregated(model: Path) -> None:
    loaded = load(model)
    assert (loaded.selection.every, loaded.selection.agg, loaded.selection.drop_last) == ("day", "sum", False)
    assert loaded.tail.ds[-1] == np.datetime64("2024-03-10")


def test_newer_rows_are_aggregated_as_those_of_training_were(model: Path, tmp_path: Path) -> None:
    newer = write(tmp_path / "newer.csv", DAYS[70:])
    result = predict(model, [newer], selection=Selection(), request=Request(horizon=7))
    assert result.frame["ds"].iloc[0] == np.datetime64("2024-03-25")
    assert result.frame["forecast"].between(50, 130).all()
    assert Code.AGGREGATED in {finding.code for finding in result.findings}
    dropped = predict(model, [newer], selection=Selection(drop_last=True), request=Request(horizon=7))
    assert dropped.frame["ds"].iloc[0] == np.datetime64("2024-03-24")


def test_a_log_is_forecast_at_once_with_dates_alone(tmp_path: Path) -> None:
    result = predict_table([write(tmp_path / "log.csv", DAYS)], selection=LOG, request=Request(horizon=3))
    assert result.style.date_format == ""
    assert len(result.frame) == 3
