"""What is said of the rows of a file: what was done about them, and why a series of them is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.calendar import write_time
from forecaster.errors import Code, Finding, InputRefusedError, counted

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.reading.tables.table import Table
    from forecaster.reading.target_rows import TargetRows

OFF, FULL = "off", "full"
MISSING_SHARE = 0.2
"""Share of the values of a series that may be missing."""
MOST_LINES = 20
"""Lines that are listed; of more, the first ones."""
MEND = "repair the file, or read it with --repair safe"


def order_finding(raw: TargetRows, series: Ints, repair: str) -> tuple[Finding, ...]:
    """Say so if the rows of a series do not rise in the file; `series` has the number of each row's, (R,).

    Raises:
        InputRefusedError: They do not, and nothing may be mended.

    """
    together = np.argsort(series, kind="stable")
    inside, ds = np.diff(series[together]) == 0, raw.ds[together]
    falls = (ds[1:] < ds[:-1]) & inside
    if not falls.any():
        return ()
    order = "newest first" if (ds[1:] <= ds[:-1])[inside].all() else "not in the order of time"
    if repair == OFF:
        place = raw.table.place(int(together[1:][np.argmax(falls)]))
        raise InputRefusedError(f"the rows are {order}", MEND, place, code=Code.SORTED)
    return (Finding(Code.SORTED, f"the rows were {order} and have been sorted", raw.table.place()),)


def left_out_finding(raw: TargetRows, rows: Ints, repair: str) -> tuple[Finding, ...]:
    """Say which rows have no value; which of them are filled is said where that is done."""
    if not len(rows):
        return ()
    were, lines = "was" if len(rows) == 1 else "were", _on_lines(raw.table, rows)
    text, remedy = f"{counted(len(rows), 'row')} without a value", ""
    if repair != FULL:
        text, remedy = f"{text} {were} left out", "fill them in, or ask for --repair full"
    return (Finding(Code.MISSING, f"{text}, {lines}", raw.table.place(None, raw.target), remedy),)


def repeats_finding(raw: TargetRows, rows: Ints) -> tuple[Finding, ...]:
    """Say which rows are there twice."""
    if not len(rows):
        return ()
    what = "1 row that says again what another one says was"
    what = what if len(rows) == 1 else f"{len(rows)} rows that say again what others say were"
    return (Finding(Code.DUP, f"{what} dropped, {_on_lines(raw.table, rows)}", raw.table.place()),)


def carried_finding(raw: TargetRows, carried: Ints) -> tuple[Finding, ...]:
    """Say how many values of each observed column, (P,), lacked."""
    found = zip(raw.columns.observed, carried.tolist(), strict=True)
    text = "are missing: the value before stands in, at the beginning the first one"
    return tuple(
        Finding(Code.FILLED, f"{counted(count, 'value')} {text}", raw.table.place(None, column))
        for column, count in found
        if count
    )


def _on_lines(table: Table, rows: Ints) -> str:
    """Return the lines of the first few rows in words."""
    lines = ", ".join(str(line) for line in table.lines[rows[:MOST_LINES]])
    return ("on line " if len(rows) == 1 else "on lines ") + lines + (" and others" if len(rows) > MOST_LINES else "")


def too_many_missing(raw: TargetRows, absent: int, rows: int, name: str) -> InputRefusedError:
    """Return the error for a series of which so many of so many values are missing."""
    place = raw.place(name)
    if absent == rows:
        return InputRefusedError("there is no value", "choose another column", place, code=Code.MISSING)
    what = f"{absent} of {rows} values are missing, more than {MISSING_SHARE:.0%}"
    return InputRefusedError(what, "fill them in or choose another column", place, code=Code.MISSING)


def repeated_rows(raw: TargetRows, row: int, other: int, name: str) -> InputRefusedError:
    """Return the error for two rows of one series and time; it tells identical rows from conflicting ones."""
    first, second = sorted((row, other))
    values = [f"{value:.15g}" for value in raw.values[[first, second]]]
    remedy, which = "keep one row for each time", f"the values {values[0]} and {values[1]}"
    if raw.ds.dtype.kind == "M" and raw.ds[row] != raw.ds[row].astype("datetime64[D]"):
        remedy += ", or if the clocks went back (DST), write times with their offset, as 02:00+01:00"
    if not raw.differ(np.array([row]), np.array([other])).any():
        remedy, which = MEND, f"the value {values[0]} both times"
    elif values[0] == values[1]:
        which = f"the value {values[0]} both times and different values beside it"
    what = f"{write_time(raw.ds[row])} stands here and on line {raw.table.lines[second]}, with {which}"
    return InputRefusedError(what, remedy, raw.place(name, first), code=Code.DUP)
