"""Time stamps from the columns that hold them: one of dates, those of their parts, and one of times of day.

Columns are counted from 0; the first of those that are returned holds dates or years.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.errors import Code, InputRefusedError
from forecaster.reading.cells.epochs import EPOCHS
from forecaster.reading.cells.times_of_day import parse_dates_to_24, with_times_of_day
from forecaster.reading.column_search import (
    choose_time,
    column_called,
    find_column,
    find_times_of_day,
    has_dates,
    list_columns,
)
from forecaster.reading.date_parts import find_date_parts, named_date_parts, parse_date_parts
from forecaster.reading.series_search import repeats_in_series
from forecaster.reading.written_periods import with_plain_periods
from forecaster.spec import PLUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.reading.cells.dates import ParsedDates
    from forecaster.reading.tables.table import Table
    from forecaster.spec import Selection

    Times = tuple[tuple[int, ...], ParsedDates]


def choose_times(table: Table, selection: Selection) -> Times:
    """Return the columns of the time stamps, and the time stamps; times of day belong to them if dates repeat.

    Raises:
        InputRefusedError: There is no such column, it is not certain, or a cell is no date.

    """
    named = selection.time
    if named is not None and PLUS in named and column_called(table, named) is None:
        return _named_times(table, [find_column(table, name) for name in named.split(PLUS)], selection.date_format)
    times, dates = _chosen_dates(table, named, selection.date_format)
    days = dates.ds.dtype.kind == "M" and "H" not in dates.date_format and dates.date_format not in EPOCHS
    if not days or not repeats_in_series(table, selection.series, dates.ds, times[0]):
        return times, dates
    of_day = find_times_of_day(table, times[0])
    return (times, dates) if of_day is None else _with_times_of_day(table, times, dates, of_day)


def choose_dates(table: Table, selection: Selection) -> Times:
    """Return the columns of dates, and the time stamps, of a table that may lack the column that the user named.

    Raises:
        InputRefusedError: See `choose_times`.

    """
    named = None if column_called(table, selection.time) is None else selection.time
    return _chosen_dates(table, named, selection.date_format)


def _chosen_dates(table: Table, named: str | None, date_format: str | None) -> Times:
    """Return the columns of the dates and the time stamps; parts of dates are used if no column has whole dates."""
    plain, filled = with_plain_periods(table) if named is None else (table, ())
    parts = find_date_parts(plain) if named is None else None
    if parts is not None and not has_dates(table):
        dates = parse_date_parts(plain, parts)
        return parts.columns, replace(dates, findings=(*filled, *dates.findings))
    time = choose_time(table, named, date_format)
    return (time,), parse_dates_to_24(table.columns[time], date_format)


def _named_times(table: Table, columns: Sequence[int], date_format: str | None) -> Times:
    """Return the time stamps of columns that the user named together."""
    *dated, last = columns
    plain, filled = with_plain_periods(table)
    whole = named_date_parts(plain, columns)
    if whole is not None:
        parsed = parse_date_parts(plain, whole)
        return whole.columns, replace(parsed, findings=(*filled, *parsed.findings))
    parts = named_date_parts(table, dated)
    if parts is not None:
        return _with_times_of_day(table, parts.columns, parse_date_parts(table, parts), last)
    if len(dated) > 1:
        what = f"{list_columns(table, columns)} do not make dates"
        remedy = "name year and month, or year, month and day, and after them times of day"
        raise InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)
    return _with_times_of_day(table, (dated[0],), parse_dates_to_24(table.columns[dated[0]], date_format), last)


def _with_times_of_day(table: Table, times: tuple[int, ...], dates: ParsedDates, of_day: int) -> Times:
    return (*times, of_day), with_times_of_day(dates, table.columns[of_day])
