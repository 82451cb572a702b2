"""The moments for which a user asks a forecast: ISO dates, or whole numbers where a series counts its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.data.calendar import write_time
from forecaster.data.dates import EARLIEST_YEAR, INTEGER, LATEST_YEAR, LAYOUTS
from forecaster.data.quoting import shown
from forecaster.errors import InputRefusedError, Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.data.panel import Panel

ISO = tuple(layout for layout in LAYOUTS if layout.name.startswith("YYYY-MM"))


def moments(asked: Sequence[str], panel: Panel) -> NDArray[Any]:
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
    try:
        layout = next(layout for layout in ISO if layout.pattern.fullmatch(text))
        stamp = np.datetime64(layout.iso(text), "us")
    except (StopIteration, ValueError):
        remedy = "write dates as 2024-01-31 or 2024-01-31 09:30:00, without a time zone"
        raise UsageError(f"--at '{shown(text)}' is not a date like 2024-01-31", remedy) from None
    if not EARLIEST_YEAR <= int(text[:4]) <= LATEST_YEAR:
        raise UsageError(f"--at {text} is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}", "check the year")
    return stamp
