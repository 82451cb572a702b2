"""Rows of a table to series: grouped by name, sorted by time, without duplicates and rows without a value.

What cannot change the meaning of the file is repaired, with a finding; a series with other faults is refused alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from forecaster.calendars.extra_rows import FEWEST_REGULAR
from forecaster.calendars.periods import aggregation_advice
from forecaster.calendars.schedule import WEEKLY
from forecaster.errors import Code, Finding, InputRefusedError
from forecaster.progress import report_reading, with_progress
from forecaster.reading.cells.column import MOST_LISTED
from forecaster.reading.column_search import printed_name
from forecaster.reading.target_rows import (
    MISSING_SHARE,
    OFF,
    around_finding,
    closed_finding,
    duplicate_rows,
    duplicates_finding,
    filled_findings,
    missing_finding,
    sorted_finding,
    too_many_missing,
)
from forecaster.series.known_values import Timed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.calendars.calendar import Calendar
    from forecaster.errors import Place
    from forecaster.reading.tables.table import Table
    from forecaster.reading.target_rows import TargetRows


class LearnCalendar(Protocol):
    """Learns the calendar of rising time stamps, (n,), of a series; equal ones are learned once."""

    def __call__(self, ds: NDArray[Any], name: str, *, requested: str | None = ...) -> Calendar:
        """Return the calendar: of the requested exchange or rule, or that the user requested for all series."""


@dataclass(frozen=True)
class Series:
    """One series as it was read.

    Attributes:
        name: Its name.
        ds: Time stamps, (n,), strictly increasing.
        values: Values, (n,), finite.
        lines: Lines of the file, (n,); 0 for rows that were filled in.
        origin: The file, the target's column and, where there are several series, the name, for messages.
        empty: Time stamps of the rows without a value, which were left out.
        observed: Values of the observed columns, (P, n), finite.
        known: Values of the known columns, K of them, at all rows of the file; NaN where one is missing.
        begins_partial: Whether the first row stands for a period of which the beginning is missing.
        ends_partial: Whether the last row stands for a period of which the end is missing.
        zero_where_empty: Whether a period without rows has the value zero.

    """

    name: str
    ds: NDArray[Any]
    values: Floats
    lines: Ints
    origin: Place
    empty: NDArray[Any]
    observed: Floats
    known: tuple[Timed, ...]
    begins_partial: bool = False
    ends_partial: bool = False
    zero_where_empty: bool = False

    def place(self, row: int | None = None) -> Place:
        """Return where the series or one of its rows is."""
        return replace(self.origin, line=None if row is None else int(self.lines[row]) or None)


class BlankRows(NamedTuple):
    """Rows of a series that have no value, by what that means; rows of the future are none of them.

    Attributes:
        around: Whether a row stands before the first value or behind the last one, (r,).
        closed: Whether a row between them falls on a time at which the calendar of the values is closed, (r,).
        empty: Whether a value is missing between them, (r,).
        calendar: The calendar of the values in words, where it closes.

    """

    around: Bools
    closed: Bools
    empty: Bools
    calendar: str


class CleanSeries(NamedTuple):
    """One series, and rows of it in the order of time.

    Attributes:
        series: The series.
        around: Rows without a value before the first value or after the last one.
        closed: Rows without a value at closed times.
        calendar: The calendar in words, where there are such rows.
        empty: Other rows without a value.
        duplicates: Rows that repeat others.
        filled: Number of values filled in each observed column, (P,).

    """

    series: Series
    around: Ints
    closed: Ints
    calendar: str
    empty: Ints
    duplicates: Ints
    filled: Ints


def series_of_rows(
    source: TargetRows, name: str, repair: str, learn: LearnCalendar
) -> tuple[list[Series], dict[str, InputRefusedError], tuple[Finding, ...]]:
    """Return the series of the rows of one target, the errors of those that are refused, by name, and the findings.

    Args:
        source: The rows.
        name: The name of the series where the file has one.
        repair: One of `forecaster.spec.REPAIRS`.
        learn: Learns the calendar of rising time stamps, (n,), of a series with a name.

    Raises:
        InputRefusedError: The rows are not in order and may not be sorted, or the only series is refused.

    """
    by = source.columns.series
    names, series = _group_rows(source.table, by, name)
    findings = sorted_finding(source, series, repair)
    order = np.lexsort((source.ds, series))
    clean: list[CleanSeries] = []
    refused: dict[str, InputRefusedError] = {}
    report_reading(source.table.file, "series", len(order))
    parts = zip(names, np.split(order, np.cumsum(np.bincount(series))[:-1]), strict=True)
    for each, rows in with_progress(list(parts), "series"):
        try:
            clean.append(_clean_series(source, rows, each, repair, learn))
        except InputRefusedError as error:
            if by is None:
                raise
            refused[each] = error
    findings += around_finding(source, _in_file_order([each.around for each in clean]))
    closed = [each for each in clean if len(each.closed)]
    findings += closed_finding(source, _in_file_order([each.closed for each in closed]), [c.calendar for c in closed])
    findings += missing_finding(source, _in_file_order([each.empty for each in clean]), repair)
    findings += duplicates_finding(source, _in_file_order([each.duplicates for each in clean]))
    none = np.zeros(len(source.columns.observed), np.int64)
    findings += filled_findings(source, sum((each.filled for each in clean), none))
    return [each.series for each in clean], refused, findings


def _in_file_order(rows: list[Ints]) -> Ints:
    """Return rows of all series in the order of the file."""
    return np.sort(np.concatenate([np.empty(0, np.int64), *rows]))


def _group_rows(table: Table, by: int | None, name: str) -> tuple[tuple[str, ...], Ints]:
    """Return the names of the series, and for each row the number of its series, (R,)."""
    if by is None:
        return (name,), np.zeros(len(table.lines), np.int64)
    column = table.columns[by]
    if "" in column.distinct:
        place = column.first_place(column.distinct.index(""))
        raise InputRefusedError("the name of the series is empty", "fill it in", place, code=Code.MISSING)
    return tuple(map(printed_name, column.distinct)), column.codes


def _clean_series(source: TargetRows, rows: Ints, name: str, repair: str, learn: LearnCalendar) -> CleanSeries:
    """Return the series of `rows`, which are in order of time; refuse it if too many values are missing."""
    missing = np.isnan(source.values[rows])
    blank = _sort_blank_rows(source, rows, missing, learn)
    values = int((~missing | blank.empty).sum())
    if blank.empty.sum() > MISSING_SHARE * values or missing.all():
        raise too_many_missing(source, values - int((~missing).sum()), values, name)
    duplicates = _duplicates(source, rows[~missing], name, repair)
    used = np.isin(rows, duplicates, invert=True) & ~missing
    observed = source.observed[:, rows]
    series = Series(
        name,
        source.ds[rows[used]],
        source.values[rows[used]],
        source.table.lines[rows[used]],
        source.place(name),
        source.ds[rows[blank.empty]],
        _fill_forward(source, observed, name)[:, used],
        tuple(Timed(source.ds[rows], row, source.table.file) for row in source.known[:, rows]),
        source.begins_partial,
        source.ends_partial,
        source.zero_where_empty,
    )
    filled = np.isnan(observed[:, used]).sum(axis=1)
    return CleanSeries(
        series, rows[blank.around], rows[blank.closed], blank.calendar, rows[blank.empty], duplicates, filled
    )


def _sort_blank_rows(source: TargetRows, rows: Ints, missing: Bools, learn: LearnCalendar) -> BlankRows:
    """Tell what the rows without a value mean, of `rows` in order of time, (r,)."""
    if missing.all() or not missing.any():
        none = np.zeros(len(rows), dtype=bool)
        return BlankRows(none, none, missing, "")
    places, valued = np.arange(len(rows)), np.flatnonzero(~missing)
    behind = places > valued[-1]
    # rows behind the last value that only say what is known of the future are no missing values
    future = behind & ~np.isnan(source.known[:, rows]).all(axis=0)
    around = (behind & ~future) | (places < valued[0])
    empty = missing & ~behind & ~around
    inside = np.arange(valued[0], valued[-1] + 1)
    calendar = _calendar_that_closes(source.ds[rows[valued]], source.ds[rows[inside]], learn) if empty.any() else None
    closed = np.zeros(len(rows), dtype=bool)
    if calendar is not None:
        times = source.ds[rows[inside]]
        closed[inside[np.union1d(calendar.outside(times), calendar.on_other_days(times))]] = True
        closed &= empty
    return BlankRows(around, closed, empty & ~closed, calendar.describe() if closed.any() and calendar else "")


def _calendar_that_closes(valued: NDArray[Any], ds: NDArray[Any], learn: LearnCalendar) -> Calendar | None:
    """Return the calendar of the values, at the times `valued`, (n,), of rows at `ds`, (m,), if it closes some times.

    That is one of open hours, or one of dates that all values have, as the months of a season. If most days have no
    value and the others no such dates, values are missing, whatever the calendar of the others is.
    """
    if ds.dtype.kind != "M":
        return None
    try:
        calendar = learn(np.unique(valued), "")
    except InputRefusedError:
        return None
    if calendar.week is None:
        dated = calendar.kind == WEEKLY or calendar.anchor or calendar.dates
        return calendar if dated and len(valued) >= FEWEST_REGULAR and calendar.has_dates(np.unique(valued)) else None
    with_value, days = (len(np.unique(times.astype("datetime64[D]"))) for times in (valued, ds))
    return calendar if 2 * with_value >= days else None


def _duplicates(source: TargetRows, rows: Ints, name: str, repair: str) -> Ints:
    """Return those of `rows`, in order of time, that say the same as the row before; refuse others of one time."""
    again = np.flatnonzero(source.ds[rows[1:]] == source.ds[rows[:-1]])
    before, duplicates = rows[again], rows[again + 1]
    if not len(duplicates):
        return duplicates
    wrong = np.flatnonzero((repair == OFF) | source.differ(before, duplicates))
    if len(wrong):
        advice = aggregation_advice(source.ds[rows], source.table.header[source.target])
        pairs = zip(before[wrong][:MOST_LISTED].tolist(), duplicates[wrong][:MOST_LISTED].tolist(), strict=True)
        first, *others = [duplicate_rows(source, row, other, name, advice) for row, other in pairs]
        raise first.also([finding for error in others for finding in error.findings])
    return duplicates


def _fill_forward(source: TargetRows, observed: Floats, name: str) -> Floats:
    """Return observed columns, (P, n), with the value before where one is missing, and the first one before that."""
    if not len(observed):
        return observed
    present = ~np.isnan(observed)
    if not present.any(axis=1).all():
        column = source.columns.observed[int(np.argmin(present.any(axis=1)))]
        place = source.place(name, column=column)
        raise InputRefusedError("there are no values", "leave the column out", place, code=Code.MISSING)
    places = np.where(present, np.arange(observed.shape[1]), 0)
    places = np.maximum(np.maximum.accumulate(places, axis=1), present.argmax(axis=1)[:, None])
    return np.take_along_axis(observed, places, axis=1)
