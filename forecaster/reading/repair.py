"""Fill missing rows of a series with the value before, as far as that changes little, with a finding.

Rows are missing where the calendar of the series expects one and the file has none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.errors import Code, Finding, InputRefusedError, counted
from forecaster.reading.target_rows import FILL_IN, FILL_REMEDY, MOST_SHOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from forecaster.calendars.calendar import Calendar
    from forecaster.reading.series_rows import Series

MOST_TOGETHER, MOST_SHARE = 10, 0.2
"""Rows that are filled at most in one run, and as a share of all: from long flat stretches a model learns that nothing
moves. Chosen by hand."""


def fill_gaps(series: Series, calendar: Calendar) -> tuple[Series, tuple[Finding, ...]]:
    """Return a series without gaps, and the finding that lists the filled rows.

    Raises:
        InputRefusedError: More rows are missing than may be filled, in a run or in all.

    """
    missing = calendar.missing(series.ds)
    if not len(missing):
        return series, ()
    if (refused := find_large_gap(series, missing)) is not None:
        raise refused
    ds = np.sort(np.concatenate([series.ds, missing]))
    source = np.searchsorted(series.ds, ds, side="right") - 1
    lines = np.where(np.isin(ds, missing), 0, series.lines[source])
    observed = series.observed[:, source]
    filled = replace(series, ds=ds, values=series.values[source], lines=lines, observed=observed)
    more = " and others" if len(missing) > MOST_SHOWN else ""
    times = ", ".join(write_time(stamp) for stamp in missing[:MOST_SHOWN])
    text = f"{counted(len(missing), 'row')} got the value of the row before: {times}{more}"
    return filled, (Finding(Code.FILLED, text, series.place()),)


def find_large_gap(series: Series, missing: NDArray[Any]) -> InputRefusedError | None:
    """Return the error that too many rows of those missing, (a,), stand together or are missing in all, if they do."""
    if not len(missing):
        return None
    before, runs = np.unique(np.searchsorted(series.ds, missing) - 1, return_counts=True)
    longest = int(runs.argmax())
    remedy = "fill in the missing rows, or read it with --repair safe"
    if runs[longest] > MOST_TOGETHER:
        row = int(before[longest])
        what = f"{runs[longest]} rows are missing after {write_time(series.ds[row])}"
        what += f", more than the {MOST_TOGETHER} that may be filled in together"
        return InputRefusedError(what, remedy, series.place(row), code=Code.GAP)
    expected = len(series.ds) + len(missing)
    if len(missing) > MOST_SHARE * expected:
        what = f"{len(missing)} of {expected} rows are missing, more than the {MOST_SHARE:.0%} that may be filled"
        return InputRefusedError(what, remedy, series.place(), code=Code.GAP)
    return None


def offers_to_fill(finding: Finding) -> bool:
    """Return whether the remedy of a finding is to let the program fill in rows."""
    return finding.remedy == FILL_REMEDY


def withdraw_offers(findings: Sequence[Finding], files: Collection[str]) -> list[Finding]:
    """Return findings without the offer to fill rows where they are about `files`, in which that is refused."""
    return [
        replace(each, remedy=FILL_IN) if offers_to_fill(each) and each.place.file in files else each
        for each in findings
    ]
