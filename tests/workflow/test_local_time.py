"""Models of local times: forecasts have the offsets of their days, and newer rows may be written in other ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.artifact.model import load
from forecaster.reading.cells.time_style import TimeStyle
from forecaster.spec import Selection, Specification
from forecaster.workflow.predict import predict
from forecaster.workflow.request import Request
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from pathlib import Path

QUICK = Specification(horizon=6, members=1, epochs=2, updates=5, hidden=3, season=24)
TIMES = pd.date_range("2023-03-10", "2023-10-29 00:00", freq="h", tz="UTC")
LATER = pd.date_range("2023-10-29", periods=4, freq="h", tz="UTC")


def texts(times: pd.DatetimeIndex, zone: str = "Europe/Berlin", *, offsets: bool = True) -> list[str]:
    return [stamp.isoformat()[: None if offsets else 16] for stamp in times.tz_convert(zone)]


def write(path: Path, stamps: list[str], header: str = "Zeit,kWh", first: int = 0) -> str:
    values = 50 + 20 * np.sin(2 * np.pi * np.arange(first, first + len(stamps)) / 24)
    lines = [f"{stamp},{value:.2f}" for stamp, value in zip(stamps, values, strict=True)]
    path.write_text("\n".join([header, *lines]) + "\n")
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a model of rows from March to the night in October in which clocks go back."""
    folder = tmp_path_factory.mktemp("local")
    source = write(folder / "meter.csv", texts(TIMES))
    train([source], selection=Selection(), specification=QUICK, output=folder / "meter.joblib")
    return folder


def forecast_times(model: Path, *sources: str) -> list[str]:
    made = predict(model, sources, selection=Selection(), request=Request())
    return made.frame_as_in_file()["ds"].tolist()


@pytest.mark.slow
def test_a_model_keeps_the_zone(folder: Path) -> None:
    assert load(folder / "meter.joblib").style == TimeStyle("YYYY-MM-DDTHH:MM:SS+HH:MM", "Europe/Berlin", standard=True)


@pytest.mark.slow
def test_forecasts_have_the_offset_of_their_hour(folder: Path) -> None:
    assert forecast_times(folder / "meter.joblib") == texts(
        pd.date_range("2023-10-29 01:00", periods=6, freq="h", tz="UTC")
    )
    made = predict(folder / "meter.joblib", selection=Selection(), request=Request()).frame_in_zone()
    assert str(made["ds"].dt.tz) == "Europe/Berlin"
    assert made["ds"].iloc[0].isoformat() == "2023-10-29T02:00:00+01:00"


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "America/New_York"])
def test_newer_rows_may_have_other_offsets(folder: Path, zone: str) -> None:
    times = TIMES[-30:]
    newer = write(folder / "newer.csv", texts(times, zone), first=len(TIMES) - 30)
    made = predict(folder / "meter.joblib", [newer], selection=Selection(), request=Request())
    kept = predict(folder / "meter.joblib", selection=Selection(), request=Request())
    np.testing.assert_array_equal(made.frame["ds"], kept.frame["ds"])
    np.testing.assert_allclose(made.frame["forecast"], kept.frame["forecast"], rtol=1e-3)
    assert not [finding for finding in made.findings if finding.code in {"RESTATED", "OLDER"}]


@pytest.mark.slow
def test_local_times_without_offsets_are_trained_on_and_continued(tmp_path: Path) -> None:
    stamps = texts(TIMES.append(LATER[1:]), offsets=False)
    source = write(tmp_path / "meter.csv", stamps)
    train([source], selection=Selection(), specification=QUICK, output=tmp_path / "meter.joblib")
    assert forecast_times(tmp_path / "meter.joblib")[:2] == ["2023-10-29T05:00", "2023-10-29T06:00"]
    newer = write(tmp_path / "newer.csv", ["2023-10-29T05:00", "2023-10-29T06:00"], first=len(stamps))
    assert forecast_times(tmp_path / "meter.joblib", newer)[:2] == ["2023-10-29T07:00", "2023-10-29T08:00"]


def test_days_of_a_zone_are_local_days(tmp_path: Path) -> None:
    days = pd.date_range("2023-01-01", "2023-06-30", freq="D", tz="Europe/Berlin")
    source = write(tmp_path / "days.csv", [stamp.isoformat() for stamp in days])
    train([source], selection=Selection(), specification=QUICK, output=tmp_path / "days.joblib")
    assert load(tmp_path / "days.joblib").tail.calendars[0].describe() == "every day"
    assert forecast_times(tmp_path / "days.joblib")[0] == "2023-07-01T00:00:00+02:00"
