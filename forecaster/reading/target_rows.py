"""The rows of one target as they stand in the file, with what is reported about them and for what they are refused.

There are R rows, in the order of the file; `rows` are some of them, counted from 0. Messages name their lines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.errors import Code, Finding, InputRefusedError, counted
from forecaster.reading.cells.column import list_lines
from forecaster.spec import REPAIRS
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.errors import Place
    from forecaster.reading.column_roles import ColumnRoles
    from forecaster.reading.tables.table import Table

OFF, _, FULL = REPAIRS
MISSING_SHARE = 0.2
"""Share of the values that may be missing: a column with more was never meant to be a series. Chosen by hand."""
MOST_SHOWN = 20
"""Lines or times that a message lists, so that it stays readable."""
FILL_IN = "fill in what is missing"
FILL_REMEDY = f"{FILL_IN}, or use --repair full"
REPAIR_REMEDY = "repair the file, or read it with --repair safe"


@dataclass(frozen=True)
class TargetRows:
    """The rows of one target as they stand in the file.

    Attributes:
        table: The columns of the file.
        columns: The columns that are used, P observed and K known ones among them.
        target: The column of the values.
        ds: Time stamps, (R,).
        values: The values, (R,), NaN where one is missing, as in the other columns.
        observed: The observed columns, (P, R).
        known: The known columns, (K, R).
        categorical: Which of the observed and then the known columns hold codes of categories, by number.
        begins_partial: Whether the first row stands for a period of which the beginning is missing.
        ends_partial: Whether the last row of each series stands for a period of which the end is missing.
        zero_where_empty: Whether a period without rows has the value zero.

    """

    table: Table
    columns: ColumnRoles
    target: int
    ds: NDArray[Any]
    values: Floats
    observed: Floats
    known: Floats
    categorical: frozenset[int] = frozenset()
    begins_partial: bool = False
    ends_partial: bool = False
    zero_where_empty: bool = False

    def differ(self, rows: Ints, others: Ints) -> Bools:
        """Return whether rows have other numbers than others, (r,)."""
        numbers = np.concatenate([self.values[None], self.observed, self.known])
        one, two = numbers[:, rows], numbers[:, others]
        differ: Bools = ((one != two) & ~(np.isnan(one) & np.isnan(two))).any(axis=0)
        return differ

    def place(self, name: str, row: int | None = None, column: int | None = None) -> Place:
        """Return where a series, one of the rows or another column than the target is; the only series has no name."""
        place = self.table.columns[self.target if column is None else column].place(row)
        return place if self.columns.series is None else replace(place, series=shown(name))


def sorted_finding(source: TargetRows, series: Ints, repair: str) -> tuple[Finding, ...]:
    """Return the finding that the rows were sorted, if some of a series, whose number is in `series`, (R,), were not.

    Raises:
        InputRefusedError: They are not in order, and nothing may be repaired.

    """
    together = np.argsort(series, kind="stable")
    inside, ds = np.diff(series[together]) == 0, source.ds[together]
    falls = (ds[1:] < ds[:-1]) & inside
    if not falls.any():
        return ()
    order = "newest first" if (ds[1:] <= ds[:-1])[inside].all() else "not in order of time"
    if repair == OFF:
        place = source.table.place(int(together[1:][np.argmax(falls)]))
        raise InputRefusedError(f"the rows are {order}", REPAIR_REMEDY, place, code=Code.SORTED)
    return (Finding(Code.SORTED, f"the rows were {order} and have been sorted", source.table.place()),)


def missing_finding(source: TargetRows, rows: Ints, repair: str) -> tuple[Finding, ...]:
    """Return the finding about rows without a value; those that are filled have a finding of their own."""
    if not len(rows):
        return ()
    were, lines = "was" if len(rows) == 1 else "were", list_lines(source.table.lines, rows)
    text, remedy = f"{counted(len(rows), 'row')} without a value", ""
    if repair != FULL:
        text, remedy = f"{text} {were} left out", FILL_REMEDY
    return (Finding(Code.MISSING, f"{text}, {lines}", source.table.columns[source.target].place(), remedy),)


def around_finding(source: TargetRows, rows: Ints) -> tuple[Finding, ...]:
    """Return the finding about rows without a value before the first value of a series or behind its last one."""
    if not len(rows):
        return ()
    were = "was" if len(rows) == 1 else "were"
    text = f"{counted(len(rows), 'row')} without a value at the start or the end of a series {were} left out"
    place = source.table.columns[source.target].place()
    return (Finding(Code.MISSING, f"{text}, {list_lines(source.table.lines, rows)}", place),)


def closed_finding(source: TargetRows, rows: Ints, calendars: Sequence[str]) -> tuple[Finding, ...]:
    """Return the finding about rows without a value at times at which the calendars of the values are closed."""
    if not len(rows):
        return ()
    row, fall = ("1 row", "falls") if len(rows) == 1 else (f"{len(rows)} rows", "fall")
    others = " and others" if len(set(calendars)) > 1 else ""
    text = f"{row} without a value {fall} outside the calendar of the values ({calendars[0]}{others}) and were left out"
    text = text.replace(" and were", " and was") if len(rows) == 1 else text
    place = source.table.columns[source.target].place()
    return (Finding(Code.CLOSED, f"{text}, {list_lines(source.table.lines, rows)}", place),)


def duplicates_finding(source: TargetRows, rows: Ints) -> tuple[Finding, ...]:
    """Return the finding about rows that were dropped because they repeat others."""
    if not len(rows):
        return ()
    what = "1 row that repeats another one was"
    what = what if len(rows) == 1 else f"{len(rows)} rows that repeat others were"
    return (Finding(Code.DUP, f"{what} dropped, {list_lines(source.table.lines, rows)}", source.table.place()),)


def filled_findings(source: TargetRows, counts: Ints) -> tuple[Finding, ...]:
    """Return the findings about the missing values of the observed columns; `counts` has the number of each, (P,)."""
    text = "missing: the value before is used, and at the beginning the first one"
    return tuple(
        Finding(
            Code.FILLED,
            f"{counted(count, 'value')} {'is' if count == 1 else 'are'} {text}",
            source.table.columns[column].place(),
        )
        for column, count in zip(source.columns.observed, counts.tolist(), strict=True)
        if count
    )


def too_many_missing(source: TargetRows, missing: int, rows: int, name: str) -> InputRefusedError:
    """Return the error for a series of which too many values are missing."""
    place = source.place(name)
    if missing == rows:
        return InputRefusedError("there are no values", "choose another column", place, code=Code.MISSING)
    what = f"{missing} of {rows} values are missing, more than {MISSING_SHARE:.0%}"
    return InputRefusedError(what, "fill them in or choose another column", place, code=Code.MISSING)


def duplicate_rows(source: TargetRows, row: int, other: int, name: str, advice: str = "") -> InputRefusedError:
    """Return the error for two rows of one series and time; it says whether they agree, and has further advice."""
    first, second = sorted((row, other))
    values = [f"{value:.15g}" for value in source.values[[first, second]]]
    remedy, which = "keep only one row for each time", f"the values {values[0]} and {values[1]}"
    if advice:
        remedy += f", or {advice}"
    elif source.ds.dtype.kind == "M" and source.ds[row] != source.ds[row].astype("datetime64[D]"):
        remedy += ", or if the clocks went back, write times with their offset, such as 02:00+01:00"
    if not source.differ(np.array([row]), np.array([other])).any():
        remedy, which = advice or REPAIR_REMEDY, f"the value {values[0]} both times"
    elif values[0] == values[1]:
        which = f"the value {values[0]} both times and different values in other columns"
    what = f"{write_time(source.ds[row])} appears again on line {source.table.lines[second]}, with {which}"
    return InputRefusedError(what, remedy, source.place(name, first), code=Code.DUP)
