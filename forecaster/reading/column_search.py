"""Which column holds the time, which the target and which the series: by name, then by content.

What the user named is taken or refused; what is found is unambiguous or refused with the columns to choose from.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import Code, InputRefusedError
from forecaster.reading.cells.dates import is_dated, looks_dated, parse_dates
from forecaster.reading.cells.numbers import is_numeric
from forecaster.reading.cells.times_of_day import is_clock
from forecaster.reading.tables.header import TIME_NAMES
from forecaster.text import LONGEST_NAME, nameable, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.reading.tables.table import Table

STEP_NAMES = ("step", "t", "index")
TARGET_NAMES = (("close",), ("adj close", "adj_close", "adjclose"), ("price",), ("value",), ("y",))
SERIES_NAMES = ("unique_id", "series", "id", "item_id", "series_id", "ticker", "symbol")
NUMBER = re.compile("[1-9][0-9]{0,4}")
MOST_LISTED = 20
SAMPLED = 100
"""Cells of a column that are looked at to see whether it may hold dates."""
UNEXPLAINED = 0.1
"""Share of the repeated times that may repeat within series still: they are faults of the file."""


def find_column(table: Table, name: str, *, or_file: bool = False) -> int:
    """Return the number of the column that the user named; case matters only where two names differ by it.

    A whole number counts the columns from 1, where none has it as its name. The name might also be that of a file,
    `or_file`.

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
        what = f"{shown(name)} may be any of the columns {list_columns(table, alike)}"
        raise InputRefusedError(what, "write the name exactly", table.place(), code=Code.COLUMN)
    if NUMBER.fullmatch(name) and int(name) <= len(header):
        return int(name) - 1
    close = difflib.get_close_matches(name.lower(), lower, n=1)
    remedy = f"did you mean {shown(header[lower.index(close[0])])}? " if close and close[0] else ""
    remedy += f"the columns are {list_columns(table, range(len(header)))}"
    what = f"there is no {'file or ' * or_file}column {shown(name)}"
    raise InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)


def is_column(table: Table, name: str) -> bool:
    """Return whether a column has this name, whatever its case."""
    return name.strip().lower() in [printed_name(other).strip().lower() for other in table.header]


def printed_name(name: str) -> str:
    """Return the name of a column or a series as it may stand in a model file: control characters as escapes."""
    return name if nameable(name) or not name else shown(name, most=LONGEST_NAME)


def list_columns(table: Table, columns: Sequence[int]) -> str:
    """Return the names of `columns` for a message."""
    names = [table.name(i) for i in columns[:MOST_LISTED]]
    return ", ".join(names) + (f" and {len(columns) - MOST_LISTED} more" if len(columns) > MOST_LISTED else "")


def choose_time(table: Table, named: str | None) -> int:
    """Return the column of the time stamps.

    Raises:
        InputRefusedError: There is none, or several that only the user can tell apart.

    """
    if named is not None:
        return find_column(table, named)
    by_name = _called(table, TIME_NAMES)
    for i in by_name:
        if _may_be_dates(table.columns[i]) and not is_clock(table.header[i], table.columns[i]):
            return i
    dated = [i for i, cells in enumerate(table.columns) if is_dated(cells)]
    if len(dated) == 1:
        return dated[0]
    if len(dated) == 2:
        begin = next((i for i in dated if _begins_periods(table, i, sum(dated) - i)), None)
        if begin is not None:
            return begin
    if dated:
        what = f"there are {len(dated)} columns of dates"
        remedy = f"name one with --time: {list_columns(table, dated)}"
        raise InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)
    unsupported = [i for i, cells in enumerate(table.columns) if _may_be_dates(cells) and not is_numeric(cells)]
    counted = [*by_name, *unsupported, *([] if table.header[0] else [0]), *_called(table, STEP_NAMES)]
    if counted:
        return counted[0]
    what = "there is no column of dates" + ("" if table.named else ", and no header row")
    remedy = f"add one, or name the time column with --time: {list_columns(table, range(len(table.header)))}"
    raise InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)


def _begins_periods(table: Table, one: int, other: int) -> bool:
    """Return whether two columns of dates are the beginnings of periods and their ends: each ends before the next."""
    try:
        begin, end = (parse_dates(table, column).ds for column in (one, other))
    except InputRefusedError:
        return False
    periods = np.unique(np.stack([begin, end]).astype(np.int64), axis=1)
    return bool((periods[0] < periods[1]).all() and (periods[1, :-1] <= periods[0, 1:]).all())


def _may_be_dates(cells: Sequence[str]) -> bool:
    """Return whether most of a sample of cells look like dates; one that is none must be refused with its line."""
    sample = cells[:: max(1, len(cells) // SAMPLED)]
    return 2 * sum(map(looks_dated, sample)) > len(sample)


def choose_targets(table: Table, named: Sequence[str], taken: Iterable[int | None]) -> tuple[int, ...]:
    """Return the columns to forecast; `taken` are columns that have another part.

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
            what = f"the target may be any of the columns {list_columns(table, alike)}"
            raise InputRefusedError(what, "name one with --target", table.place(), code=Code.COLUMN)
        if alike:
            return (alike[0],)
    for names in TARGET_NAMES:
        dotted = [i for i in free if "." in table.header[i] and table.header[i].lower().rpartition(".")[2] in names]
        if len(dotted) == 1:
            return (dotted[0],)
    numeric = [i for i in free if is_numeric(table.columns[i])]
    if len(numeric) == 1:
        return (numeric[0],)
    unnamed = [i for i, name in enumerate(table.header) if not name and i not in taken]
    unnamed = [i for i in unnamed if is_numeric(table.columns[i]) and any(table.columns[i])]
    if not numeric and unnamed:
        remedy = f"write a name above it, or give --target {unnamed[0] + 1}"
        raise InputRefusedError("the column of numbers has no name", remedy, table.place(), code=Code.COLUMN)
    if not numeric:
        remedy = f"name one with --target: {list_columns(table, free)}" if free else "add a column of values"
        raise InputRefusedError("there is no column of numbers", remedy, table.place(), code=Code.COLUMN)
    what = f"there are {len(numeric)} columns of numbers" + ("" if table.named else " and no header row")
    remedy = f"name one with --target: {list_columns(table, numeric)}"
    raise InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)


def choose_series(table: Table, named: str | None, ds: NDArray[Any], time: int) -> int | None:
    """Return the column that tells the series of a long file apart; None where the file has one series.

    Raises:
        InputRefusedError: Dates repeat, and no column that is known by name explains it.

    """
    if named is not None:
        return find_column(table, named)
    known = next(iter(_called(table, SERIES_NAMES)), None)
    if known == time:
        known = None
    if len(np.unique(ds)) == len(ds):
        return known if known is not None and _names_series(table.columns[known]) else None
    if known is not None and _explains(table, known, ds):
        return known
    texts = [i for i, cells in enumerate(table.columns) if i != time and not is_numeric(cells) and not is_dated(cells)]
    texts = [i for i in texts if min(Counter(table.columns[i]).values()) > 1]
    explaining = next((table.name(i) for i in texts if _explains(table, i, ds)), None)
    if explaining:
        remedy = f"if {explaining} tells the series apart, give --series {explaining}"
        raise InputRefusedError("times repeat", remedy, table.place(_repeat(ds), time), code=Code.COLUMN)
    return known if known is not None and 2 * len(set(table.columns[known])) <= len(ds) else None


def repeats_in_series(table: Table, named: str | None, ds: NDArray[Any], time: int) -> bool:
    """Return whether a time stamp stands twice within a series, as far as names of columns tell the series."""
    by = find_column(table, named) if named is not None else next(iter(_called(table, SERIES_NAMES)), time)
    names, series = codes(table.columns[by])
    if by == time or 2 * len(names) > len(ds):
        return len(np.unique(ds)) < len(ds)
    order = np.lexsort((ds, series))
    return bool(((np.diff(series[order]) == 0) & (ds[order][1:] == ds[order][:-1])).any())


def _names_series(cells: Sequence[str]) -> bool:
    """Return whether cells are words that stand for several series, though no time repeats."""
    return 2 <= len(set(cells)) <= len(cells) // 2 and not is_numeric(cells)


def _explains(table: Table, column: int, ds: NDArray[Any]) -> bool:
    """Return whether a column makes series of two rows and more, in which hardly a time stamp repeats."""
    names, series = codes(table.columns[column])
    order = np.lexsort((ds, series))
    same = (np.diff(series[order]) == 0) & (ds[order][1:] == ds[order][:-1])
    repeated = len(ds) - len(np.unique(ds))
    return 2 * len(names) <= len(ds) and same.sum() <= UNEXPLAINED * repeated


def _repeat(ds: NDArray[Any]) -> int:
    """Return the first row whose time stamp stands in an earlier row."""
    _, first = np.unique(ds, return_index=True)
    return int(np.setdiff1d(np.arange(len(ds)), first)[0])


def codes(cells: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """Return the distinct cells in order of appearance, and for each row the number of its cell, (R,)."""
    numbers = {cell: i for i, cell in enumerate(dict.fromkeys(cells))}
    return tuple(numbers), np.array([numbers[cell] for cell in cells], dtype=np.int64)


def _called(table: Table, names: Sequence[str]) -> list[int]:
    """Return the columns that are called by one of `names`, in the order of `names`."""
    lower = [name.lower() for name in table.header]
    return [lower.index(name) for name in names if name in lower]


def find_clock(table: Table, time: int) -> int | None:
    """Return the column of the times of day that belong to the dates in column `time`; None if there is none.

    Raises:
        InputRefusedError: There are several.

    """
    found = [i for i, cells in enumerate(table.columns) if i != time and is_clock(table.header[i], cells)]
    if len(found) > 1:
        what = f"there are {len(found)} columns of times of day: {', '.join(map(table.name, found))}"
        remedy = f"name the dates and the times of day with --time, as {table.name(time)}+{table.name(found[0])}"
        raise InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)
    return found[0] if found else None
