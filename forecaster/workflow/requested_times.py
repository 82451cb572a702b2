"""The moments for which a user asks a forecast: ISO dates, or whole numbers where a series counts its steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.errors import InputRefusedError, Place, UsageError
from forecaster.reading.cells.dates import INTEGER
from forecaster.reading.cells.timestamps import EARLIEST_YEAR, LATEST_YEAR
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.series.panel import Panel

ISO = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?)?")


def requested_times(asked: Sequence[str], panel: Panel) -> NDArray[Any]:
    """Return the moments that a user names with `--at`, rising and each once, (M,), in the type of the panel's time.

    Raises:
        UsageError: One is not a time of the panel's kind.

    """
    read = _count if panel.ds.dtype.kind == "i" else _date
    return np.unique(np.array([read(text.strip()) for text in asked], panel.ds.dtype))


def passed(found: NDArray[Any], panel: Panel) -> dict[str, str]:
    """Return the series of which a moment is not after the last row, each with a sentence that says so.

    Raises:
        InputRefusedError: There is one series, and it is such a one.

    """
    what = f"--at {write_time(found[0])} is not after the last row, "
    ends = zip(panel.ids, panel.ds[panel.last], strict=True)
    late = {name: what + write_time(end) for name, end in ends if found[0] <= end}
    if len(panel) == 1 and late:
        raise InputRefusedError(late[panel.ids[0]], "ask for a later time", Place(series=shown(panel.ids[0])))
    return late


def _count(text: str) -> int:
    if not INTEGER.fullmatch(text):
        raise UsageError(f"--at '{shown(text)}' is not a whole number like 120", "write times as in the training file")
    return int(text)


def _date(text: str) -> np.datetime64:
    stamp = _stamp(text)
    if np.isnat(stamp):
        remedy = "write dates as 2024-01-31 or 2024-01-31 09:30:00, without a time zone"
        raise UsageError(f"--at '{shown(text)}' is not a date like 2024-01-31", remedy)
    if not EARLIEST_YEAR <= int(text[:4]) <= LATEST_YEAR:
        raise UsageError(f"--at {text} is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}", "check the year")
    return stamp


def _stamp(text: str) -> np.datetime64:
    """Return the time that ISO text names; NaT if there is no such time."""
    try:
        return np.datetime64(text if ISO.fullmatch(text) else "NaT", "us")
    except ValueError:
        return np.datetime64("NaT", "us")
