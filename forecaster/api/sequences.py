"""Many-to-one sequences of a frame, for those who train networks of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.reading.frames import read_frame
from forecaster.series.sequences import sequences

if TYPE_CHECKING:
    from forecaster.series.sequences import Sequences
    from forecaster.workflow.frames import Frame


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
    return sequences(read_frame(frame), lookback, horizon)
