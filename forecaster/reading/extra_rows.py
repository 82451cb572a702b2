"""Leave out the few rows of a series that lie between the steps of all others, with a finding that names them.

One row too many, as a second one of a day, must not turn a daily series into one of hours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.durations import write_time
from forecaster.calendars.extra_rows import find_extra_rows, last_row_is_early
from forecaster.calendars.schedule import ROWWISE
from forecaster.errors import Code, Finding, InputRefusedError, counted
from forecaster.reading.partial_periods import NOT_OVER
from forecaster.reading.target_rows import MOST_SHOWN, OFF, REPAIR_REMEDY

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.reading.series_rows import Series


def leave_out_extra_rows(series: Series, repair: str) -> tuple[Series, tuple[Finding, ...]]:
    """Return a series without the rows that lie between the steps of the others, and the finding about them.

    Rows stay if the others follow no calendar either.

    Raises:
        InputRefusedError: There are such rows, and nothing may be repaired.

    """
    extra, early = find_extra_rows(series.ds), last_row_is_early(series.ds)
    if not len(extra) and early:
        extra = np.array([len(series.ds) - 1])
    if not len(extra):
        return series, ()
    rest = np.setdiff1d(np.arange(len(series.ds)), extra)
    ds = series.ds[rest]
    try:
        calendar = Calendar.learn(ds, series.name)
    except InputRefusedError:
        return series, ()
    if calendar.kind in ROWWISE or (early and not len(calendar.outside(series.ds))):
        return series, ()
    first = int(extra[0])
    more = " and others" if len(extra) > MOST_SHOWN else ""
    times = ", ".join(write_time(stamp) for stamp in series.ds[extra[:MOST_SHOWN]])
    lie = f"{counted(len(extra), 'row')} {'lies' if len(extra) == 1 else 'lie'} between the steps of the others"
    if repair == OFF:
        what = f"{lie} ({calendar.describe()}): {times}{more}"
        raise InputRefusedError(what, REPAIR_REMEDY, series.place(first), code=Code.CALENDAR)
    used = write_time(series.ds[_row_of_same_step(series, calendar, first, rest)])
    which = "it was left out, and" if len(extra) == 1 else "they were left out; by the first one,"
    text = f"{lie} ({calendar.describe()}): {times}{more}; {which} the row at {used} is used"
    kept = replace(
        series,
        ds=ds,
        values=series.values[rest],
        lines=series.lines[rest],
        observed=series.observed[:, rest],
    )
    if first == len(series.ds) - 1:
        return kept, (Finding(Code.PARTIAL, text, series.place(first), NOT_OVER),)
    return kept, (Finding(Code.CALENDAR, text, series.place(first), "remove the row that is wrong"),)


def _row_of_same_step(series: Series, calendar: Calendar, extra: int, rest: Ints) -> int:
    """Return which of the rows that stay, `rest`, (r,), is of the step of an extra row, or else precedes it."""
    steps = calendar.steps(series.ds)
    same = rest[steps[rest] == steps[extra]]
    return int(same[0]) if len(same) else max(extra - 1, int(rest[0]))
