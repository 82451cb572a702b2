"""Which column holds the time, which the target and which the series: by name, then by content.

What the user named is taken or refused; what is found is unambiguous or refused with the columns to choose from.
"""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.data.dates import is_dated
from forecaster.data.numbers import is_numeric
from forecaster.data.quoting import shown
from forecaster.errors import InputRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from forecaster.data.table import Table

TIME_NAMES = ("date", "ds", "datetime", "timestamp", "time", "period", "day", "week", "month", "quarter", "year")
STEP_NAMES = ("step", "t", "index")
TARGET_NAMES = (("close",), ("adj close", "adj_close", "adjclose"), ("price",), ("value",), ("y",))
SERIES_NAMES = ("unique_id", "series", "id", "item_id", "series_id", "ticker", "symbol")
MOST_LISTED = 20


def find_column(table: Table, name: str) -> int:
    """Return the number of the column that the user named; case matters only where two names differ by it.

    Raises:
        InputRefusedError: There is no such column.

    """
    if name in table.header:
        return table.header.index(name)
    alike = [i for i, other in enumerate(table.header) if other.lower() == name.strip().lower()]
    if len(alike) == 1:
        return alike[0]
    close = difflib.get_close_matches(name.lower(), [other.lower() for other in table.header], n=1)
    meant = next((other for other in table.header if close and other.lower() == close[0]), None)
    remedy = f"did you mean {shown(meant)}? " if meant else ""
    remedy += f"the columns are {list_columns(table, range(len(table.header)))}"
    raise InputRefusedError(f"there is no column {shown(name)}", remedy, table.place())


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
    by_name = _first_named(table, TIME_NAMES)
    if by_name is not None:
        return by_name
    if not table.header[0]:
        return 0
    dated = [i for i, cells in enumerate(table.columns) if is_dated(cells)]
    if len(dated) == 1:
        return dated[0]
    if dated:
        what = f"there are {len(dated)} columns of dates"
        raise InputRefusedError(what, f"name one with --time: {list_columns(table, dated)}", table.place())
    counted = _first_named(table, STEP_NAMES)
    if counted is not None:
        return counted
    remedy = f"add one, or name the time column with --time: {list_columns(table, range(len(table.header)))}"
    raise InputRefusedError("there is no column of dates", remedy, table.place())


def choose_targets(table: Table, named: Sequence[str], taken: Iterable[int | None]) -> tuple[int, ...]:
    """Return the columns to forecast; `taken` are the columns of time and series.

    Raises:
        InputRefusedError: There is no numeric column, or several that only the user can tell apart.

    """
    if named:
        return tuple(find_column(table, name) for name in named)
    free = [i for i, name in enumerate(table.header) if name and i not in taken]
    for names in TARGET_NAMES:
        for i in free:
            if table.header[i].lower() in names:
                return (i,)
    for names in TARGET_NAMES:
        dotted = [i for i in free if "." in table.header[i] and table.header[i].lower().rpartition(".")[2] in names]
        if len(dotted) == 1:
            return (dotted[0],)
    numeric = [i for i in free if is_numeric(table.columns[i])]
    if len(numeric) == 1:
        return (numeric[0],)
    if not numeric:
        remedy = f"name one with --target: {list_columns(table, free)}" if free else "add a column of values"
        raise InputRefusedError("there is no column of numbers", remedy, table.place())
    what = f"there are {len(numeric)} columns of numbers"
    raise InputRefusedError(what, f"name one with --target: {list_columns(table, numeric)}", table.place())


def choose_series(table: Table, named: str | None, ds: NDArray[Any], time: int) -> int | None:
    """Return the column that tells the series of a long file apart; None where the file has one series.

    Raises:
        InputRefusedError: Dates repeat, and no column that is known by name explains it.

    """
    if named is not None:
        return find_column(table, named)
    if len(np.unique(ds)) == len(ds):
        return None
    known = _first_named(table, SERIES_NAMES)
    if known is not None and _explains(table, known, ds):
        return known
    texts = [i for i, cells in enumerate(table.columns) if i != time and not is_numeric(cells) and not is_dated(cells)]
    explaining = next((table.name(i) for i in texts if _explains(table, i, ds)), None)
    if explaining:
        remedy = f"if {explaining} tells the series apart, give --series {explaining}"
        raise InputRefusedError("times repeat", remedy, table.place(_repeat(ds), time))
    return None if known == time else known


def _explains(table: Table, column: int, ds: NDArray[Any]) -> bool:
    """Return whether a column makes series of two rows and more in which no time stamp repeats."""
    names, series = codes(table.columns[column])
    order = np.lexsort((ds, series))
    same = (np.diff(series[order]) == 0) & (ds[order][1:] == ds[order][:-1])
    return 2 * len(names) <= len(ds) and not same.any()


def _repeat(ds: NDArray[Any]) -> int:
    """Return the first row whose time stamp stands in an earlier row."""
    _, first = np.unique(ds, return_index=True)
    return int(np.setdiff1d(np.arange(len(ds)), first)[0])


def codes(cells: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the distinct cells in order of appearance, and for each row the number of its cell, (R,)."""
    numbers = {cell: i for i, cell in enumerate(dict.fromkeys(cells))}
    return tuple(numbers), np.array([numbers[cell] for cell in cells], dtype=np.int64)


def check_header(table: Table) -> None:
    """Refuse a first line that is data, a wide table with a date above each column, and names that repeat.

    Raises:
        InputRefusedError: It is so.

    """
    filled = [name for name in table.header if name]
    dated = any(is_dated([name]) for name in filled)
    if dated or all(is_numeric([name]) for name in filled):
        what = "there are dates in the header row" if dated else "there is no header row"
        remedy = "put column names on the first line, and one row for each date below it"
        raise InputRefusedError(what, remedy, table.place())
    name, count = Counter(table.header).most_common(1)[0]
    if count > 1:
        what = f"{count} columns are called {shown(name)}" if name else f"{count} columns have no name"
        raise InputRefusedError(what, "give every column its own name", table.place())


def _first_named(table: Table, names: Sequence[str]) -> int | None:
    """Return the first column that is called by one of `names`, in the order of `names`."""
    lower = [name.lower() for name in table.header]
    return next((lower.index(name) for name in names if name in lower), None)
