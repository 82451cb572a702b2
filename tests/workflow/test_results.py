"""The frames that `predict` returns."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import UsageError
from forecaster.forecasting.method import Forecast
from forecaster.size_limits import MOST_SAMPLES
from forecaster.workflow.results import check_samples_fit_memory, forecast_frame, sample_paths_frame

DS = np.array([[10, 11, 12], [20, 21, 22]])


def test_a_forecast_has_a_pair_of_columns_for_each_level() -> None:
    point = np.arange(6.0).reshape(2, 3)
    low, high = {50: point - 1, 97.5: point - 2}, {50: point + 1, 97.5: point + 2}
    frame = forecast_frame(("a", "b"), Forecast(point, low, high, np.full((2, 3), "direct", dtype=object)), DS)
    ends = ["forecast-lo-50", "forecast-hi-50", "forecast-lo-97.5", "forecast-hi-97.5"]
    assert list(frame) == ["unique_id", "ds", "forecast", *ends, "strategy"]
    assert frame.loc[4, ["unique_id", "ds", "forecast", *ends]].tolist() == ["b", 21, 4.0, 3.0, 5.0, 2.0, 6.0]


def test_paths_stand_one_below_the_other() -> None:
    paths = np.arange(24.0).reshape(4, 2, 3)
    frame = sample_paths_frame(("a", "b"), paths, DS)
    assert list(frame) == ["unique_id", "ds", "sample", "forecast"]
    assert frame["unique_id"].tolist() == ["a"] * 12 + ["b"] * 12
    assert frame["sample"].tolist() == np.repeat([0, 1, 2, 3], 3).tolist() * 2
    for number, name in enumerate("ab"):
        for path in range(4):
            rows = frame[(frame["unique_id"] == name) & (frame["sample"] == path)]
            assert rows["ds"].tolist() == DS[number].tolist()
            assert rows["forecast"].tolist() == paths[path, number].tolist()


def test_more_paths_than_a_machine_holds_are_refused() -> None:
    check_samples_fit_memory(MOST_SAMPLES // 1000, np.zeros((10, 100)))
    sentence = "10000 sample paths of 2000 values are more than 10,000,000 rows; use --samples 5000 or less"
    with pytest.raises(UsageError) as refused:
        check_samples_fit_memory(10_000, np.zeros((100, 20)))
    assert str(refused.value) == sentence
    with pytest.raises(UsageError, match="use a shorter --horizon"):
        check_samples_fit_memory(1, np.zeros((2000, 10_000)))
