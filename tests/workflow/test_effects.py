"""The effects of the calendar from a file to a model file, a forecast and its explanation."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.errors import UsageError
from forecaster.spec import Selection, Specification
from forecaster.workflow.frames import records
from forecaster.workflow.inspect import inspect
from forecaster.workflow.predict import predict
from forecaster.workflow.request import Request
from forecaster.workflow.train import train
from tests.forecasting.effects.simulated import sales

if TYPE_CHECKING:
    from pathlib import Path

AUTO = Selection()
QUICK = Specification(zero_shot=True, horizon=14)


def write_sales(path: Path, count: int) -> str:
    ds, values = sales(count, 1)
    pd.DataFrame({"ds": ds, "y": values.round(2)}).to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train on sales from 5 March 2016 to 19 December 2021."""
    folder = tmp_path_factory.mktemp("sales")
    source = write_sales(folder / "sales.csv", 2116)
    train([source], selection=AUTO, specification=QUICK, output=folder / "m.joblib")
    return folder / "m.joblib"


def test_the_model_file_names_the_days_in_one_line(model: Path) -> None:
    content = inspect(model)
    assert content["effects"]["sales"].startswith("year; 5 days: ")
    assert "25 December (-" in content["effects"]["sales"]


def test_a_forecast_from_the_model_file_knows_christmas_and_tells_it(model: Path) -> None:
    prediction = predict(model, selection=AUTO, request=Request(explain=True))
    assert prediction.parts == ("level", "season-7", "year", "month", "holidays")
    frame = prediction.frame.set_index("ds")
    assert frame["holidays"].idxmin() == pd.Timestamp("2021-12-25")
    assert frame.loc["2021-12-25", "forecast"] < 0.6 * frame.loc["2022-01-01", "forecast"], "both are Saturdays"
    np.testing.assert_allclose(frame[list(prediction.parts)].sum(axis=1), frame["forecast"])
    assert frame["holiday"].dropna().to_dict() == {pd.Timestamp("2021-12-25"): "25 December"}
    days = {record["ds"]: record["holiday"] for record in records(prediction.frame)}
    assert (days["2021-12-25"], days["2021-12-26"]) == ("25 December", None)


def test_intervals_and_paths_have_the_effects_too(model: Path) -> None:
    frame = predict(model, selection=AUTO, request=Request()).frame.set_index("ds")
    low, high = (frame.loc["2021-12-25", f"forecast-{end}-80"] for end in ("lo", "hi"))
    assert low < frame.loc["2021-12-25", "forecast"] < high < 0.8 * frame.loc["2022-01-01", "forecast"]
    paths = predict(model, selection=AUTO, request=Request(samples=400)).frame
    christmas = paths[paths["ds"] == "2021-12-25"]["forecast"]
    inside = christmas.between(low, high).mean()
    assert 0.7 < inside < 0.9


@pytest.mark.skipif(importlib.util.find_spec("holidays") is None, reason="holidays is not installed")
def test_holidays_of_a_country_are_learned_from_500_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_sales(tmp_path / "short.csv", 500)
    wanted = Specification(zero_shot=True, horizon=14, holidays="us")
    train([source], selection=AUTO, specification=wanted, output=tmp_path / "m.joblib")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert "Christmas Day (-" in inspect(tmp_path / "m.joblib")["effects"]["short"], "the package is not needed again"
    frame = predict(tmp_path / "m.joblib", selection=AUTO, request=Request(horizon=200, explain=True)).frame
    assert len(frame) == 200
    assert "Christmas Day" in set(frame["holiday"].dropna())


def test_a_country_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    source = write_sales(tmp_path / "short.csv", 500)
    wanted = Specification(zero_shot=True, holidays="Atlantis")
    with pytest.raises(UsageError, match="--holidays Atlantis: 'Atlantis' is not the code of a country"):
        train([source], selection=AUTO, specification=wanted, output=tmp_path / "m.joblib")
