"""Which column holds the time and which the target: by name, then by content.

What the user named is taken or refused, and what is found must be unambiguous. Columns are counted from 0.
"""

from __future__ import annotations

import difflib
import re
import shlex
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import Code, InputRefusedError
from forecaster.reading.cells.column import SAMPLED
from forecaster.reading.cells.dated_cells import look_dated
from forecaster.reading.cells.dates import follows_format, is_dated, mixes_units, parse_dates
from forecaster.reading.cells.missing_values import is_missing
from forecaster.reading.cells.numbers import is_numeric, looks_numeric
from forecaster.reading.cells.times_of_day import is_time_of_day, with_times_of_day
from forecaster.reading.counted_steps import STEP_NAMES, counting_columns
from forecaster.reading.date_parts import columns_of_years, parts_in_names, says_again
from forecaster.reading.tables.header import TIME_NAMES
from forecaster.text import LONGEST_NAME, nameable, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from forecaster.reading.cells.column import Column
    from forecaster.reading.tables.table import Table

TARGET_NAMES = (("close",), ("adj close", "adj_close", "adjclose"), ("price",), ("value",), ("y",))
COLUMN_NUMBER = re.compile("[1-9][0-9]{0,4}")
MOST_SHOWN = 20
"""Columns that a message lists, so that it stays readable."""


def find_column(table: Table, name: str, *, or_file: bool = False) -> int:
    """Return the number of the column that the user named; case matters only where two names differ by it.

    A whole number counts the columns from 1, where none has it as its name.

    Raises:
        InputRefusedError: There is no such column, or there are two.

    """
    header = [printed_name(other) for other in table.header]
    if name in header:
        return header.index(name)
    lower = [other.strip().lower() for other in header]
    alike = [i for i, other in enumerate(lower) if other == name.strip().lower()]
    if len(alike) == 1:
        return alike[0]
    if len(alike) > 1:
        what = f"{shown(name)} could be any of the columns {list_columns(table, alike)}"
        raise InputRefusedError(what, "write the name exactly", table.place(), code=Code.COLUMN)
    if COLUMN_NUMBER.fullmatch(name) and int(name) <= len(header):
        return int(name) - 1
    close = difflib.get_close_matches(name.lower(), lower, n=1)
    remedy = f"did you mean {shown(header[lower.index(close[0])])}? " if close and close[0] else ""
    remedy += f"the columns are {list_columns(table, range(len(header)))}"
    what = f"there is no {'file or ' * or_file}column {shown(name)}"
    raise InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)


def refuse_same_names(table: Table, columns: Iterable[int]) -> None:
    """Refuse columns that are used and have the name of another one; others may be called as they like."""
    for name in (table.header[i] for i in columns):
        if name and table.header.count(name) > 1:
            what = f"{table.header.count(name)} columns are called {shown(name)}"
            raise InputRefusedError(what, "give every column its own name", table.place(), code=Code.DUPCOL)


def column_called(table: Table, name: str | None) -> int | None:
    """Return the column of this name, whatever its case; None where there is none."""
    names = [printed_name(other).strip().lower() for other in table.header]
    return names.index(name.strip().lower()) if name and name.strip().lower() in names else None


def printed_name(name: str) -> str:
    """Return the name of a column or a series as it may stand in a model file: control characters as escapes."""
    return name if nameable(name) or not name else shown(name, most=LONGEST_NAME)


def list_columns(table: Table, columns: Sequence[int]) -> str:
    """Return the names of `columns` for a message."""
    labels = [table.columns[i].label for i in columns[:MOST_SHOWN]]
    return ", ".join(labels) + (f" and {len(columns) - MOST_SHOWN} more" if len(columns) > MOST_SHOWN else "")


def choose_time(table: Table, named: str | None, date_format: str | None = None) -> int:
    """Return the column of the time stamps, all of which follow `date_format` if it is given.

    Raises:
        InputRefusedError: There is none, or several that only the user can tell apart.

    """
    if named is not None:
        return find_column(table, named)
    by_name = columns_called(table, TIME_NAMES)
    for i in by_name:
        if _may_be_dates(table.columns[i]) and not is_time_of_day(table.columns[i]):
            return i
    dated = _dated_columns(table, date_format)
    if len(dated) == 1:
        return dated[0]
    if len(dated) == 2:
        start = next((i for i in dated if _starts_periods(table, i, sum(dated) - i)), None)
        if start is not None:
            return start
    if dated:
        what = f"there are {len(dated)} columns of dates"
        remedy = f"name one with --time: {list_columns(table, dated)}"
        raise InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)
    unsupported = [i for i, column in enumerate(table.columns) if _may_be_dates(column) and not is_numeric(column)]
    unsupported += [i for i, column in enumerate(table.columns) if mixes_units(column)]
    first = [] if table.header[0] else [0]
    others = [*by_name, *unsupported, *first, *columns_called(table, STEP_NAMES), *columns_of_years(table)]
    counting = counting_columns(table)
    others += counting if len(counting) == 1 else []
    if others:
        return others[0]
    what = "there is no column of dates" + ("" if table.named else ", and no header row")
    remedy = f"add one, or name the time column with --time: {list_columns(table, range(len(table.header)))}"
    if len(table.columns) == 1 and is_numeric(table.columns[0]):
        remedy = f"add one, or count the rows with --time {STEP_NAMES[0]}"
    raise InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)


def _dated_columns(table: Table, date_format: str | None) -> list[int]:
    """Return the columns of dates; of those that say the same the first, and none that says the same in all rows."""
    if date_format is None:
        dated = [i for i, column in enumerate(table.columns) if is_dated(column)]
    else:
        dated = [i for i, column in enumerate(table.columns) if follows_format(column, date_format)]
    varying = [i for i in dated if len(table.columns[i].distinct) > 1] or dated
    return varying[:1] if len({table.columns[i].cells for i in varying}) == 1 else varying


def has_dates(table: Table) -> bool:
    """Return whether a column holds dates, or one with the name of a time holds what should be dates."""
    named = [table.columns[i] for i in columns_called(table, TIME_NAMES)]
    return any(_may_be_dates(each) and not is_time_of_day(each) for each in named) or any(map(is_dated, table.columns))


def _starts_periods(table: Table, one: int, other: int) -> bool:
    """Return whether two columns of dates are starts and ends of periods: each ends before the next one starts.

    If each has times of day beside it, these belong to them.
    """
    clocks = _has_own_clock(table, one) and _has_own_clock(table, other)
    try:
        start, end = (_dates_with_clock(table, i, clock=clocks) for i in (one, other))
    except InputRefusedError:
        return False
    return _follow_each_other(start, end)


def _has_own_clock(table: Table, dates: int) -> bool:
    """Return whether the column to the right of one of dates has times of day."""
    return dates + 1 < len(table.columns) and is_time_of_day(table.columns[dates + 1])


def _dates_with_clock(table: Table, dates: int, *, clock: bool) -> NDArray[Any]:
    """Return the time stamps of a column of dates, (R,), with the times of day beside it if `clock`."""
    parsed = parse_dates(table.columns[dates])
    return with_times_of_day(parsed, table.columns[dates + 1]).ds if clock else parsed.ds


def _may_be_dates(column: Column) -> bool:
    """Return whether most of a sample of cells look like dates; a cell that is none must be refused with its line."""
    sample = column.sample(SAMPLED)
    return 2 * sum(look_dated(sample)) > len(sample)


def choose_targets(table: Table, named: Sequence[str], taken: Iterable[int | None]) -> tuple[int, ...]:
    """Return the columns to forecast; `taken` are columns that have another role.

    Raises:
        InputRefusedError: There is no numeric column, or several that only the user can tell apart.

    """
    if named:
        return tuple(find_column(table, name) for name in named)
    taken = set(taken)
    free = [i for i, name in enumerate(table.header) if name and i not in taken]
    for names in TARGET_NAMES:
        alike = [i for i in free if table.header[i].lower() in names]
        if len(alike) > 1:
            refuse_same_names(table, alike)
            what = f"the target could be any of the columns {list_columns(table, alike)}"
            raise InputRefusedError(what, "name one with --target", table.place(), code=Code.COLUMN)
        if alike:
            return (alike[0],)
    for names in TARGET_NAMES:
        dotted = [i for i in free if "." in table.header[i] and table.header[i].lower().rpartition(".")[2] in names]
        if len(dotted) == 1:
            return (dotted[0],)
    numeric = [i for i in free if is_numeric(table.columns[i])]
    numeric = [i for i in numeric if not says_again(table, i)] or numeric
    counting = counting_columns(table) if table.named and len(numeric) > 1 else []
    numeric = [i for i in numeric if i not in counting] or numeric
    if len(numeric) == 1:
        return (numeric[0],)
    if not numeric:
        return (_target_with_units(table, free, taken),)
    raise _several_targets(table, numeric)


def _target_with_units(table: Table, free: Sequence[int], taken: Collection[int | None]) -> int:
    """Return the only column of numbers with a unit: it is refused later, with what stands around its numbers.

    Raises:
        InputRefusedError: There is none, or more than one.

    """
    measured = [i for i in free if _has_units(table.columns[i])]
    if len(measured) == 1:
        return measured[0]
    unnamed = [i for i, name in enumerate(table.header) if not name and i not in taken]
    unnamed = [i for i in unnamed if is_numeric(table.columns[i]) and any(table.columns[i].cells)]
    if unnamed:
        remedy = f"write a name above it, or use --target {unnamed[0] + 1}"
        raise InputRefusedError("the column of numbers has no name", remedy, table.place(), code=Code.COLUMN)
    remedy = f"name one with --target: {list_columns(table, free)}" if free else "add a column of values"
    remedy += ", or count the rows with --every day --agg count"
    raise InputRefusedError("there is no column of numbers", remedy, table.place(), code=Code.COLUMN)


def _has_units(column: Column) -> bool:
    """Return whether most of a sample of cells are numbers with a unit, as `3%` and `1.5K`."""
    sample = [cell for cell in map(str.strip, column.sample(SAMPLED)) if not is_missing(cell)]
    return 2 * sum(map(looks_numeric, sample)) > len(sample)


def _several_targets(table: Table, numeric: Sequence[int]) -> InputRefusedError:
    """Return the error for several columns of numbers; months and quarters are not offered as targets alone."""
    parts = parts_in_names([table.header[i] for i in numeric])
    if parts is not None:
        what = f"the {parts} are in columns of their own"
        remedy = f"put them into one column, with one row for each year and {parts[:-1]}, as melt in pandas does, "
        remedy += f"or name one of the {parts} with --target"
    else:
        what = f"there are {len(numeric)} columns of numbers" + ("" if table.named else " and no header row")
        remedy = f"name one with --target: {list_columns(table, numeric)}"
    return InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)


def columns_called(table: Table, names: Sequence[str]) -> list[int]:
    """Return the columns that are called by one of `names`, in the order of `names`."""
    lower = [name.lower() for name in table.header]
    return [lower.index(name) for name in names if name in lower]


def find_times_of_day(table: Table, time: int) -> int | None:
    """Return the column of the times of day that belong to the dates in column `time`; None if there is none.

    Raises:
        InputRefusedError: There are several.

    """
    found = [i for i, column in enumerate(table.columns) if i != time and is_time_of_day(column)]
    if len(found) > 1 and time + 1 in found and all(i and is_dated(table.columns[i - 1]) for i in found):
        return time + 1
    if len(found) == 2:
        begin = next((i for i in found if _begins_periods(table, time, i, sum(found) - i)), None)
        if begin is not None:
            return begin
    if len(found) > 1:
        labels = [table.columns[i].label for i in found]
        what = f"there are {len(found)} columns of times of day: {', '.join(labels)}"
        named = shlex.quote(f"{table.columns[time].label}+{labels[0]}")
        remedy = f"name the dates and the times of day with --time {named}"
        raise InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)
    return found[0] if found else None


def _begins_periods(table: Table, dates: int, one: int, other: int) -> bool:
    """Return whether two columns of times of day are begins and ends of periods: each ends before the next one begins.

    An end at midnight is that of the day.
    """
    try:
        parsed = parse_dates(table.columns[dates])
        begin, end = (with_times_of_day(parsed, table.columns[i]).ds for i in (one, other))
    except InputRefusedError:
        return False
    end = np.where((end == end.astype("datetime64[D]")) & (end < begin), end + np.timedelta64(1, "D"), end)
    return _follow_each_other(begin, end)


def _follow_each_other(begin: NDArray[Any], end: NDArray[Any]) -> bool:
    """Return whether periods, (R,), some of them equal, end after they begin and before the next one begins."""
    periods = np.unique(np.stack([begin, end]).astype(np.int64), axis=1)
    return bool((periods[0] < periods[1]).all() and (periods[1, :-1] <= periods[0, 1:]).all())
