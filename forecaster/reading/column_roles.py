"""The columns of a file that are used: each has one role, and a finding says which.

Columns are counted from 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from forecaster.errors import Code, Finding, InputRefusedError
from forecaster.reading.cells.dates import parse_dates
from forecaster.reading.cells.epochs import EPOCHS
from forecaster.reading.cells.times_of_day import with_times_of_day
from forecaster.reading.column_search import (
    choose_targets,
    choose_time,
    column_called,
    find_column,
    find_times_of_day,
    printed_name,
)
from forecaster.reading.series_search import SERIES_NAMES, choose_series, key_columns, repeats_in_series
from forecaster.spec import PLUS

if TYPE_CHECKING:
    from forecaster.reading.cells.dates import ParsedDates
    from forecaster.reading.tables.table import Table
    from forecaster.spec import Selection


class ColumnRoles(NamedTuple):
    """The columns that are used; `series` is None where the file has one series or several targets."""

    time: int
    series: int | None
    targets: tuple[int, ...]
    observed: tuple[int, ...]
    known: tuple[int, ...]
    time_of_day: int | None = None


def choose_columns(table: Table, selection: Selection) -> tuple[ColumnRoles, ParsedDates]:
    """Return the columns that are used and the time stamps.

    Raises:
        InputRefusedError: A column is not there, is not certain, or has two roles.

    """
    time, of_day, dates = _choose_times(table, selection)
    by = choose_series(table, selection.series, dates.ds, time) if len(selection.targets) < 2 else None
    observed = tuple(find_column(table, name) for name in selection.observed)
    known = tuple(find_column(table, name, or_file=True) for name in selection.known)
    parts = () if by is None else key_columns(table, selection.series)
    targets = choose_targets(table, selection.targets, (time, by, of_day, *parts, *observed, *known))
    used = [time, *targets, *observed, *known, *(each for each in (by, of_day) if each is not None)]
    if len(set(used)) < len(used):
        what = f"column {table.columns[max(used, key=used.count)].label} cannot be chosen twice"
        raise InputRefusedError(what, "name different columns", table.place(), code=Code.COLUMN)
    return ColumnRoles(time, by, targets, observed, known, of_day), dates


def _choose_times(table: Table, selection: Selection) -> tuple[int, int | None, ParsedDates]:
    """Return the column of dates, that of times of day, if named or needed as dates repeat, and the time stamps."""
    named, of_day = selection.time, None
    if named is not None and PLUS in named and column_called(table, named) is None:
        named, _, second = named.partition(PLUS)
        of_day = find_column(table, second)
    time = choose_time(table, named)
    dates = parse_dates(table.columns[time], selection.date_format)
    days = dates.ds.dtype.kind == "M" and "H" not in dates.date_format and dates.date_format not in EPOCHS
    if of_day is None and days and repeats_in_series(table, selection.series, dates.ds, time):
        of_day = find_times_of_day(table, time)
    return time, of_day, dates if of_day is None else with_times_of_day(dates, table.columns[of_day])


def used_selection(table: Table, columns: ColumnRoles, selection: Selection) -> Selection:
    """Return the selection with the columns that were used, by number where a name is absent; times are found again."""
    names = [printed_name(name) or str(i) for i, name in enumerate(table.header, 1)]
    times = [each for each in (columns.time, columns.time_of_day) if each is not None]
    return replace(
        selection,
        time=PLUS.join(names[each] for each in times) if any(table.header[each] for each in times) else None,
        targets=tuple(names[target] for target in columns.targets),
        series=None if columns.series is None else names[columns.series],
        observed=tuple(names[column] for column in columns.observed),
        known=tuple(names[column] for column in columns.known),
    )


def chosen_findings(
    table: Table, columns: ColumnRoles, dates: ParsedDates, selection: Selection
) -> tuple[Finding, ...]:
    """Return the finding that lists the columns that are used, and the one that there is no header."""
    labels = [column.label for column in table.columns]
    of_day = "" if columns.time_of_day is None else f" with {labels[columns.time_of_day]}"
    parts = [f"time column {labels[columns.time]}{of_day} ({dates.date_format})"]
    parts += [f"target {', '.join(labels[target] for target in columns.targets)}"]
    if columns.series is not None:
        parts.append(f"series column {labels[columns.series]}")
        if selection.series is None and table.header[columns.series].lower() not in SERIES_NAMES:
            parts.append("which tells rows of the same time apart")
    for word, found in (("observed", columns.observed), ("known", columns.known)):
        if found:
            parts.append(f"{word} {', '.join(labels[column] for column in found)}")
    chosen = Finding(Code.CHOSEN, ", ".join(parts), table.place())
    if table.named or selection.header == 0:
        return (chosen,)
    text = "there is no header row: the first row is taken for data"
    return Finding(Code.NOHEADER, text, table.place(0), "give --header LINE if one has the column names"), chosen
