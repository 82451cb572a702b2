"""Frames of results are prepared for writing without a loss."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecaster.workflow.frames import columns_of_kind, dates_as_text, frame_of_rows, records, stack_scores

FRAME = pd.DataFrame(
    {
        "unique_id": ["a", "b"],
        "ds": pd.to_datetime(["2024-01-31", "2024-02-01"]),
        "y": [1.5, np.nan],
        "step": pd.array([3, None], dtype="Int64"),
    }
)


def test_rows_keep_their_values_and_the_columns_their_order() -> None:
    frame = frame_of_rows([("a.csv", 3), ("b.csv", None)], ["file", "line"])
    assert frame.columns.tolist() == ["file", "line"]
    assert frame.to_numpy().tolist() == [["a.csv", 3], ["b.csv", None]]
    assert len(frame_of_rows([], ["file"])) == 0


def test_columns_are_chosen_by_their_kind() -> None:
    assert columns_of_kind(FRAME, "f").columns.tolist() == ["y"]
    assert columns_of_kind(FRAME, "Mi").columns.tolist() == ["ds", "step"]


def test_days_are_written_without_a_time_of_day() -> None:
    assert dates_as_text(FRAME)["ds"].tolist() == ["2024-01-31", "2024-02-01"]
    late = FRAME.assign(ds=FRAME["ds"] + pd.Timedelta("90min"))
    assert dates_as_text(late)["ds"].tolist() == ["2024-01-31 01:30:00", "2024-02-01 01:30:00"]
    zoned = FRAME.assign(ds=FRAME["ds"].dt.tz_localize("UTC"))
    assert dates_as_text(zoned, "T")["ds"].tolist() == ["2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z"]


def test_records_hold_none_for_what_is_missing() -> None:
    assert list(records(FRAME)) == [
        {"unique_id": "a", "ds": "2024-01-31", "y": 1.5, "step": 3},
        {"unique_id": "b", "ds": "2024-02-01", "y": None, "step": None},
    ]


def test_the_scores_of_parts_follow_the_pooled_ones() -> None:
    pooled = pd.DataFrame({"model": ["forecast"], "mae": [1.0]})
    by_step = pd.DataFrame({"model": ["forecast"], "step": [2], "mae": [2.0]})
    stacked = stack_scores(pooled, [by_step])
    assert stacked.columns.tolist() == ["model", "step", "mae"]
    assert list(records(stacked)) == [
        {"model": "forecast", "step": None, "mae": 1.0},
        {"model": "forecast", "step": 2, "mae": 2.0},
    ]
