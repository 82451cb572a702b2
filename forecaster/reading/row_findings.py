"""Findings about the rows of a file, and the errors for which a series of them is refused.

`rows` are places in the file, counted from 0 and without its header; messages name their lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.errors import Code, Finding, InputRefusedError, counted
from forecaster.spec import REPAIRS

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.reading.tables.table import Table
    from forecaster.reading.target_rows import TargetRows

OFF, _, FULL = REPAIRS
MISSING_SHARE = 0.2
"""Share of the values of a series that may be missing. It trades off series that can still be forecast against columns
that were never meant to be one."""
MOST_SHOWN = 20
"""Lines or times that a message lists, so that it stays readable."""
REPAIR_REMEDY = "repair the file, or read it with --repair safe"


def sorted_finding(source: TargetRows, series: Ints, repair: str) -> tuple[Finding, ...]:
    """Return the finding that the rows were sorted, if those of a series are not in order of time.

    Args:
        source: The rows of the file.
        series: The number of each row's series, (R,).
        repair: What is done about faults, see `forecaster.spec.REPAIRS`.

    Raises:
        InputRefusedError: They are not in order, and nothing may be repaired.

    """
    together = np.argsort(series, kind="stable")
    inside, ds = np.diff(series[together]) == 0, source.ds[together]
    falls = (ds[1:] < ds[:-1]) & inside
    if not falls.any():
        return ()
    order = "newest first" if (ds[1:] <= ds[:-1])[inside].all() else "not in the order of time"
    if repair == OFF:
        place = source.table.place(int(together[1:][np.argmax(falls)]))
        raise InputRefusedError(f"the rows are {order}", REPAIR_REMEDY, place, code=Code.SORTED)
    return (Finding(Code.SORTED, f"the rows were {order} and have been sorted", source.table.place()),)


def missing_finding(source: TargetRows, rows: Ints, repair: str) -> tuple[Finding, ...]:
    """Return the finding about rows without a value; those that are filled have a finding of their own."""
    if not len(rows):
        return ()
    were, lines = "was" if len(rows) == 1 else "were", _list_lines(source.table, rows)
    text, remedy = f"{counted(len(rows), 'row')} without a value", ""
    if repair != FULL:
        text, remedy = f"{text} {were} left out", "fill them in, or ask for --repair full"
    return (Finding(Code.MISSING, f"{text}, {lines}", source.table.columns[source.target].place(), remedy),)


def duplicates_finding(source: TargetRows, rows: Ints) -> tuple[Finding, ...]:
    """Return the finding about rows that were dropped because they repeat others."""
    if not len(rows):
        return ()
    what = "1 row that says again what another one says was"
    what = what if len(rows) == 1 else f"{len(rows)} rows that say again what others say were"
    return (Finding(Code.DUP, f"{what} dropped, {_list_lines(source.table, rows)}", source.table.place()),)


def filled_findings(source: TargetRows, counts: Ints) -> tuple[Finding, ...]:
    """Return the findings about the missing values of the observed columns; `counts` has the number of each, (P,)."""
    text = "are missing: the value before stands in, at the beginning the first one"
    return tuple(
        Finding(Code.FILLED, f"{counted(count, 'value')} {text}", source.table.columns[column].place())
        for column, count in zip(source.columns.observed, counts.tolist(), strict=True)
        if count
    )


def _list_lines(table: Table, rows: Ints) -> str:
    """Return the lines of the first few rows in words."""
    lines = ", ".join(str(line) for line in table.lines[rows[:MOST_SHOWN]])
    return ("on line " if len(rows) == 1 else "on lines ") + lines + (" and others" if len(rows) > MOST_SHOWN else "")


def too_many_missing(source: TargetRows, missing: int, rows: int, name: str) -> InputRefusedError:
    """Return the error for a series of which too many values are missing."""
    place = source.place(name)
    if missing == rows:
        return InputRefusedError("there is no value", "choose another column", place, code=Code.MISSING)
    what = f"{missing} of {rows} values are missing, more than {MISSING_SHARE:.0%}"
    return InputRefusedError(what, "fill them in or choose another column", place, code=Code.MISSING)


def duplicate_rows(source: TargetRows, row: int, other: int, name: str) -> InputRefusedError:
    """Return the error for two rows of one series and time; it says whether they agree."""
    first, second = sorted((row, other))
    values = [f"{value:.15g}" for value in source.values[[first, second]]]
    remedy, which = "keep one row for each time", f"the values {values[0]} and {values[1]}"
    if source.ds.dtype.kind == "M" and source.ds[row] != source.ds[row].astype("datetime64[D]"):
        remedy += ", or if the clocks went back (DST), write times with their offset, as 02:00+01:00"
    if not source.differ(np.array([row]), np.array([other])).any():
        remedy, which = REPAIR_REMEDY, f"the value {values[0]} both times"
    elif values[0] == values[1]:
        which = f"the value {values[0]} both times and different values beside it"
    what = f"{write_time(source.ds[row])} stands here and on line {source.table.lines[second]}, with {which}"
    return InputRefusedError(what, remedy, source.place(name, first), code=Code.DUP)
