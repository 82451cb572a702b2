"""Many-to-one sequences of a frame, for those who train networks of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from forecaster.api.accepted import refusal_of
from forecaster.api.keywords import checked_number
from forecaster.reading.frames import read_frame
from forecaster.series.sequences import sequences

if TYPE_CHECKING:
    from forecaster.series.sequences import Sequences


def windows(frame: Any, lookback: int, horizon: int) -> Sequences:
    """Cut a frame into many-to-one sequences, the same that training learns from.

    Args:
        frame: Long frame of pandas, Polars or PyArrow with a column `y`, and `unique_id` and `ds` where there are
            several series or time stamps.
        lookback: Steps in a window.
        horizon: Steps after it that are its target.

    Returns:
        x, (W, lookback), and y, (W, horizon), in the units of the frame, with unique_id and cutoff of each window,
        (W,); series by series, oldest first.

    Raises:
        UsageError: It is no frame, or a count is not a whole number of 1 or more.
        InputRefusedError: A column is missing, a value is missing, or time stamps repeat or are not regular.

    """
    steps = (checked_number(name, n, 1, None, whole=True) for name, n in (("lookback", lookback), ("horizon", horizon)))
    return sequences(read_frame(_pandas_frame(frame)), *map(int, steps))


def _pandas_frame(frame: Any) -> pd.DataFrame:
    """Return a frame of any library as one of pandas; raise UsageError if it is none."""
    if isinstance(frame, pd.DataFrame):
        return frame
    try:
        known = nw.from_native(frame, eager_only=True)
    except TypeError as error:
        raise refusal_of(frame) from error
    return pd.DataFrame({name: known[name].to_numpy() for name in known.columns})
