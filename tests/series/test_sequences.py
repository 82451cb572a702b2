"""Sequences of a frame, as `forecaster.windows` returns them."""

from __future__ import annotations

import numpy as np
import pandas as pd

import forecaster


def test_windows_of_a_frame_are_many_to_one_sequences() -> None:
    frame = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=6), "y": np.arange(6.0)})
    x, y, unique_id, cutoff = forecaster.windows(frame, lookback=3, horizon=2)
    assert x.tolist() == [[0, 1, 2], [1, 2, 3]]
    assert y.tolist() == [[3, 4], [4, 5]]
    assert len(set(unique_id)) == 1
    assert cutoff.astype("datetime64[D]").astype(str).tolist() == ["2024-01-03", "2024-01-04"]
