"""The columns of a file in use: each has one part, and the user is told which."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from forecaster.errors import Code, Finding, InputRefusedError
from forecaster.reading.cells.dates import parse_dates
from forecaster.reading.cells.epochs import EPOCHS
from forecaster.reading.cells.times_of_day import with_clock
from forecaster.reading.column_search import (
    choose_series,
    choose_targets,
    choose_time,
    find_clock,
    find_column,
    is_column,
    printed_name,
    repeats_in_series,
)

if TYPE_CHECKING:
    from forecaster.reading.cells.dates import ParsedDates
    from forecaster.reading.tables.table import Table
    from forecaster.spec import Selection

BESIDE = "+"
"""Between the names of the column of dates and of the one with the times of day that belong to them."""


class ColumnRoles(NamedTuple):
    """The numbers of the columns in use.

    `series` is None where the file has one series or several targets, `clock` where no times of day stand beside the
    dates in column `time`.
    """

    time: int
    series: int | None
    targets: tuple[int, ...]
    observed: tuple[int, ...]
    known: tuple[int, ...]
    clock: int | None = None


def choose_columns(table: Table, selection: Selection) -> tuple[ColumnRoles, ParsedDates]:
    """Return the columns in use and the time stamps.

    Raises:
        InputRefusedError: A column is not there, is not certain, or has two parts.

    """
    time, clock, stamps = choose_times(table, selection)
    by = choose_series(table, selection.series, stamps.ds, time) if len(selection.targets) < 2 else None
    observed = tuple(find_column(table, name) for name in selection.observed)
    known = tuple(find_column(table, name, or_file=True) for name in selection.known)
    targets = choose_targets(table, selection.targets, (time, by, clock, *observed, *known))
    used = [time, *targets, *observed, *known, *(each for each in (by, clock) if each is not None)]
    if len(set(used)) < len(used):
        what = f"column {table.name(max(used, key=used.count))} cannot be chosen twice"
        raise InputRefusedError(what, "name different columns", table.place(), code=Code.COLUMN)
    return ColumnRoles(time, by, targets, observed, known, clock), stamps


def choose_times(table: Table, selection: Selection) -> tuple[int, int | None, ParsedDates]:
    """Return the column of the dates, that of the times of day beside them, if any, and the time stamps.

    Times of day are taken if the user names them too, as `Date+Time`, or if the dates alone repeat within a series.

    Raises:
        InputRefusedError: A column is not there or not certain, or holds something else.

    """
    named, clock = selection.time, None
    if named is not None and BESIDE in named and not is_column(table, named):
        named, _, of_day = named.partition(BESIDE)
        clock = find_column(table, of_day)
    time = choose_time(table, named)
    stamps = parse_dates(table, time, selection.date_format)
    if clock is None and _may_have_clock(stamps) and repeats_in_series(table, selection.series, stamps.ds, time):
        clock = find_clock(table, time)
    return time, clock, stamps if clock is None else with_clock(table, stamps, clock)


def _may_have_clock(stamps: ParsedDates) -> bool:
    """Return whether stamps are dates without a time of day."""
    return stamps.ds.dtype.kind == "M" and "H" not in stamps.layout and stamps.layout not in EPOCHS


def used_selection(table: Table, columns: ColumnRoles, selection: Selection) -> Selection:
    """Return the selection with the columns that were used; those without a name go by number.

    A column of times without a name is found by its content again.
    """
    names = [printed_name(name) or str(i) for i, name in enumerate(table.header, 1)]
    times = [each for each in (columns.time, columns.clock) if each is not None]
    return replace(
        selection,
        time=BESIDE.join(names[each] for each in times) if any(table.header[each] for each in times) else None,
        targets=tuple(names[target] for target in columns.targets),
        series=None if columns.series is None else names[columns.series],
        observed=tuple(names[column] for column in columns.observed),
        known=tuple(names[column] for column in columns.known),
    )


def chosen_findings(
    table: Table, columns: ColumnRoles, stamps: ParsedDates, selection: Selection
) -> tuple[Finding, ...]:
    """Tell the columns in use, and that they have no names."""
    of_day = "" if columns.clock is None else f" with {table.name(columns.clock)}"
    parts = [f"time column {table.name(columns.time)}{of_day} ({stamps.layout})"]
    parts += [f"target {', '.join(table.name(target) for target in columns.targets)}"]
    if columns.series is not None:
        parts.append(f"series column {table.name(columns.series)}")
    for word, found in (("observed", columns.observed), ("known", columns.known)):
        if found:
            parts.append(f"{word} {', '.join(table.name(column) for column in found)}")
    return (*_no_header(table, selection), Finding(Code.CHOSEN, ", ".join(parts), table.place()))


def _no_header(table: Table, selection: Selection) -> tuple[Finding, ...]:
    """Say that there are no column names, unless the user has said it."""
    if table.named or selection.header == 0:
        return ()
    text = "there is no header row: the first row is taken for data"
    return (Finding(Code.NOHEADER, text, table.place(0), "give --header LINE if one has the column names"),)
