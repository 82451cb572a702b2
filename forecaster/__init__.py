"""Forecast time series with recurrent networks written in NumPy.

    import forecaster
    x, y, unique_id, cutoff = forecaster.windows(frame, lookback=60, horizon=5)

The verbs of the command line are functions of `forecaster.workflow`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecaster.series.sequences import Sequences
    from forecaster.workflow.frames import Frame

__version__ = "0.1.0"


def windows(frame: Frame, lookback: int, horizon: int) -> Sequences:
    """Cut a pandas frame into many-to-one sequences, the same that training learns from.

    Args:
        frame: Long frame with a column `y`, and `unique_id` and `ds` where there are several series or time stamps.
        lookback: Steps in a window.
        horizon: Steps after it that are its target.

    Returns:
        x, (W, lookback), and y, (W, horizon), in the units of the frame, with unique_id and cutoff of each window,
        (W,); series by series, oldest first.

    Raises:
        InputRefusedError: A column is missing, a value is missing, or time stamps repeat or are not regular.

    """
    # Importing the package must not import pandas: `forecast --help` would wait for it.
    from forecaster.reading.frames import read_frame
    from forecaster.series.sequences import sequences

    return sequences(read_frame(frame), lookback, horizon)
