"""The columns of a file that are used: each has one role, and a finding says which.

Columns are counted from 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from forecaster.calendars.local_time import is_named_zone
from forecaster.calendars.periods import parse_period
from forecaster.errors import Code, Finding, InputRefusedError
from forecaster.progress import report_reading
from forecaster.reading.cells.categories import category_key
from forecaster.reading.column_search import choose_targets, find_column, printed_name, refuse_same_names
from forecaster.reading.repeated_hours import in_standard_time
from forecaster.reading.series_search import SERIES_NAMES, choose_series, key_columns, series_of_log
from forecaster.reading.time_columns import choose_times
from forecaster.spec import PLUS
from forecaster.text import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.reading.cells.column import Column
    from forecaster.reading.cells.dates import ParsedDates
    from forecaster.reading.cells.time_style import TimeStyle
    from forecaster.reading.tables.table import Table
    from forecaster.spec import Selection


class ColumnRoles(NamedTuple):
    """The columns that are used; `series` is None where the file has one series or several targets.

    `times` are the column of dates or those of their parts, and behind them that of times of day if there is one.
    """

    times: tuple[int, ...]
    series: int | None
    targets: tuple[int, ...]
    observed: tuple[int, ...]
    known: tuple[int, ...]


def choose_columns(
    table: Table, selection: Selection, clock: TimeStyle | None = None
) -> tuple[ColumnRoles, ParsedDates]:
    """Return the columns that are used and the time stamps, on the clock of earlier files if they continue these.

    Raises:
        InputRefusedError: A column is not there, is not certain, or has two roles.

    """
    report_reading(table.file, "dates", len(table.lines))
    times, dates = choose_times(table, selection)
    if clock is None or is_named_zone(clock.zone):
        dates = in_standard_time(dates, table.columns[times[0]].place())
    if clock is not None:
        dates = dates.on_clock_of(clock)
    by = _series_column(table, selection, dates.ds, times[0]) if len(selection.targets) < 2 else None
    observed = tuple(find_column(table, name) for name in selection.observed)
    known = tuple(find_column(table, name, or_file=True) for name in selection.known)
    parts = () if by is None else key_columns(table, selection.series)
    targets = choose_targets(table, selection.targets, (*times, by, *parts, *observed, *known))
    used = [*times, *targets, *observed, *known, *([] if by is None else [by])]
    if len(set(used)) < len(used):
        twice = max(used, key=used.count)
        roles = {"time": times, "series": (by,), "target": targets, "observed": observed, "known": known}
        both = [role for role, columns in roles.items() if twice in columns]
        what = f"cannot be both {' and '.join(both)}" if len(both) > 1 else f"is named twice as {both[0]}"
        remedy = "name different columns"
        raise InputRefusedError(f"column {table.columns[twice].label} {what}", remedy, table.place(), code=Code.COLUMN)
    refuse_same_names(table, used)
    return ColumnRoles(times, by, targets, observed, known), dates


def _series_column(table: Table, selection: Selection, ds: NDArray[Any], time: int) -> int | None:
    """Return the column that names the series, if there is one; where rows are aggregated, times repeat anyway."""
    if selection.every is None or ds.dtype.kind != "M":
        return choose_series(table, selection.series, ds, time)
    return series_of_log(table, selection.series, parse_period(selection.every).numbers(ds), time)


def used_selection(table: Table, columns: ColumnRoles, selection: Selection) -> Selection:
    """Return the selection with the columns that were used, by number where a name is absent; times are found again."""
    names = [printed_name(name) or str(i) for i, name in enumerate(table.header, 1)]
    return replace(
        selection,
        time=PLUS.join(names[each] for each in columns.times)
        if any(table.header[each] for each in columns.times)
        else None,
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
    first, *others = (labels[each] for each in columns.times)
    further = f" with {' and '.join(others)}" if others else ""
    parts = [f"time column {first}{further} ({dates.date_format})"]
    parts += [f"target {', '.join(labels[target] for target in columns.targets)}"]
    if columns.series is not None:
        parts.append(f"series column {labels[columns.series]}")
        if selection.series is None and table.header[columns.series].lower() not in SERIES_NAMES:
            parts.append("which distinguishes rows of the same time")
    for word, found in (("observed", columns.observed), ("known", columns.known)):
        if found:
            parts.append(f"{word} {', '.join(labels[column] for column in found)}")
    chosen = Finding(Code.CHOSEN, ", ".join(parts), table.place())
    alike = () if columns.series is None else _alike_names_finding(table.columns[columns.series])
    if table.named or selection.header == 0:
        return (chosen, *alike)
    text = "there is no header row: the first row is read as data"
    remedy = "use --header LINE if one has the column names"
    return Finding(Code.NOHEADER, text, table.place(0), remedy), chosen, *alike


def _alike_names_finding(column: Column) -> tuple[Finding, ...]:
    """Return the finding that names of series differ only in case or blanks, with the first two of them."""
    spelling: dict[str, str] = {}
    for name in column.distinct:
        if (other := spelling.setdefault(category_key(name), name)) != name:
            text = f"the series {shown(other)} and {shown(name)} differ only in case or blanks: each is a series"
            return (Finding(Code.CHOSEN, text, column.first_place(column.distinct.index(name)), "write them alike"),)
    return ()
