"""Fill the rows that a series lacks with the value before, as far as that changes little, and say which they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.calendar import write_time
from forecaster.errors import Code, Finding, InputRefusedError, counted
from forecaster.reading.row_findings import MOST_LINES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.calendars.calendar import Calendar
    from forecaster.reading.series_rows import Series

MOST_TOGETHER, MOST_SHARE = 10, 0.2
"""Rows in a run that are filled at most, and the share of a series' rows."""


def fill(series: Series, calendar: Calendar) -> tuple[Series, tuple[Finding, ...]]:
    """Return a series with the rows that its calendar expects and the file lacks, and what to say of them.

    Raises:
        InputRefusedError: More rows are missing than may be filled, in a run or in all.

    """
    absent = calendar.missing(series.ds)
    if not len(absent):
        return series, ()
    _refuse_many(series, absent)
    ds = np.sort(np.concatenate([series.ds, absent]))
    source = np.searchsorted(series.ds, ds, side="right") - 1
    lines = np.where(np.isin(ds, absent), 0, series.lines[source])
    observed = series.observed[:, source]
    filled = replace(series, ds=ds, values=series.values[source], lines=lines, observed=observed)
    more = " and others" if len(absent) > MOST_LINES else ""
    times = ", ".join(write_time(stamp) for stamp in absent[:MOST_LINES])
    text = f"{counted(len(absent), 'row')} got the value of the row before: {times}{more}"
    return filled, (Finding(Code.FILLED, text, series.place()),)


def _refuse_many(series: Series, absent: NDArray[Any]) -> None:
    """Refuse to fill rows, (a,), of which too many stand together, or too many are missing in all."""
    before, runs = np.unique(np.searchsorted(series.ds, absent) - 1, return_counts=True)
    longest = int(runs.argmax())
    remedy = "fill them in the file, or read it with --repair safe"
    if runs[longest] > MOST_TOGETHER:
        row = int(before[longest])
        what = (
            f"{runs[longest]} rows are missing behind {write_time(series.ds[row])}, more than the {MOST_TOGETHER} that"
        )
        raise InputRefusedError(f"{what} may be filled in a run", remedy, series.place(row), code=Code.GAP)
    expected = len(series.ds) + len(absent)
    if len(absent) > MOST_SHARE * expected:
        what = f"{len(absent)} of {expected} rows are missing, more than the {MOST_SHARE:.0%} that may be filled"
        raise InputRefusedError(what, remedy, series.place(), code=Code.GAP)
