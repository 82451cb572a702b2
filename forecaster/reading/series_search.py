"""Which column tells the series of a long file apart: by name, then by content.

Where times repeat, it is the column whose cells differ wherever times are equal. A key of several columns is joined to
one column more, such as `store+item` with cells such as `a/1`. There are R rows; columns are counted from 0.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecaster.calendars.periods import FEWEST_PERIODS, PRICE_NAMES, aggregation_advice
from forecaster.errors import Code, InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.dates import is_dated
from forecaster.reading.cells.numbers import is_numeric, names_currencies
from forecaster.reading.cells.times_of_day import is_time_of_day
from forecaster.reading.column_search import (
    TARGET_NAMES,
    column_called,
    columns_called,
    find_column,
    printed_name,
)
from forecaster.reading.counted_steps import STEP_NAMES
from forecaster.reading.tables.header import TIME_NAMES
from forecaster.spec import PLUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.reading.tables.table import Table

SERIES_NAMES = ("unique_id", "series", "id", "item_id", "series_id", "ticker", "symbol")
SLASH = "/"
"""Stands between the cells of a key of several columns."""
NO_KEYS = {*TIME_NAMES, *STEP_NAMES, "hour", "minute", *(name for names in TARGET_NAMES for name in names)}
"""Names of columns of numbers that are times or values, and never names of series."""
WHOLE = re.compile(r"\d{1,18}")
UNEXPLAINED = 0.1
"""Share of repeated times that may be faults within series. Chosen by hand: with a larger share, any words could pass
for the names of series."""
CERTAIN = 0.01
"""The same share for a column that the user has not named: nobody has confirmed that it names series. Chosen by hand:
a row or two of a long file may stand there twice."""
PRESENT, DENSE = 0.1, 0.5
"""Share of the times between its first and its last row at which a series has rows: of texts, and of numbers or several
columns. Chosen by hand: customers in a log of sales have a few rows each, and are no series; pairs of a name and a
value tell rows apart by chance."""
MOST_KEYS, MOST_OFFERED = 8, 3
"""Columns of which keys are made, and keys that a message offers: more would take long to try, and to read."""


def with_series_key(table: Table, named: str | None) -> Table:
    """Return the table with one column more where the user named the series by several columns, as `store+item`."""
    if named is None or column_called(table, named) is not None or len(columns := key_columns(table, named)) < 2:
        return table
    parts = [table.columns[i].cells for i in columns]
    cells = tuple(SLASH.join(names) if all(names) else "" for names in zip(*parts, strict=True))
    if len(set(cells)) < len({names if all(names) else "" for names in zip(*parts, strict=True)}):
        remedy = f"write their names without {SLASH}"
        what = f"different series have the same name when the cells of {named} are joined by {SLASH}"
        raise InputRefusedError(what, remedy, table.place(), code=Code.DUP)
    return replace(table, columns=(*table.columns, Column(table.file, named, table.lines, cells)))


def key_columns(table: Table, named: str | None) -> tuple[int, ...]:
    """Return the columns whose cells together name the series: those between which a plus stands, or the one named.

    Raises:
        InputRefusedError: There is no such column.

    """
    if named is None:
        return ()
    parts = named.split(PLUS)
    if column_called(table, named) is not None and any(column_called(table, part) is None for part in parts):
        parts = [named]
    return tuple(find_column(table, part) for part in parts)


def choose_series(table: Table, named: str | None, ds: NDArray[Any], time: int) -> int | None:
    """Return the column that tells the series of a long file apart; None where the file has one series.

    A column that is not known by its name is taken where it is the only one that can be meant.

    Raises:
        InputRefusedError: Dates repeat, and only the user can tell which columns explain it.

    """
    if named is not None:
        column = find_column(table, named)
        _offer_longer_key(table, named, ds, time)
        return column
    by_name = next(iter(columns_called(table, SERIES_NAMES)), time)
    known = None if by_name == time else table.columns[by_name]
    if len(np.unique(ds)) == len(ds):
        several = known is not None and 2 <= len(known.distinct) <= len(known.cells) // 2
        return by_name if several and not is_numeric(table.columns[by_name]) else None
    if known is not None and _explains_repeats(known.codes, ds):
        return by_name
    texts = _text_columns(table, time)
    certain = [i for i in texts if _tells_apart(table.columns[i], ds)]
    if certain and len({_partition(table.columns[i].codes) for i in certain}) == 1:
        return certain[0]
    named_often = [i for i in texts if np.bincount(table.columns[i].codes).min() > 1]
    likely = certain or [i for i in named_often if _explains_repeats(table.columns[i].codes, ds)]
    keys: list[tuple[int, ...]] = [(i,) for i in likely]
    keys = keys or [(i,) for i in _number_columns(table, time) if _is_key(table, (i,), ds)]
    keys = keys or _joined_keys(table, (), ds, time)
    if keys:
        raise _several_rows_of_one_time(table, keys, ds, time, "times repeat")
    return by_name if known is not None and 2 * len(known.distinct) <= len(ds) else None


def series_of_log(table: Table, named: str | None, periods: Ints, time: int) -> int | None:
    """Return the column that names the series of a log, whose rows lie in `periods`, (R,): the named one, or by name.

    Other columns of texts may be anything, and numbers of orders are no series: their rows lie in one period.
    """
    if named is not None:
        return find_column(table, named)
    by_name = next(iter(columns_called(table, SERIES_NAMES)), time)
    column = table.columns[by_name]
    if by_name == time or len(column.distinct) < 2:
        return None
    return by_name if _recurs(column.codes, periods, DENSE if is_numeric(column) else PRESENT) else None


def _recurs(codes: Ints, periods: Ints, presence: float) -> bool:
    """Return whether names with these numbers, (R,), have rows in several of the periods, (R,), a share of theirs."""
    frame = pd.DataFrame({"name": codes, "period": periods}).drop_duplicates()
    counts = frame.groupby("name")["period"].agg(["size", "min", "max"])
    spans = counts["max"] - counts["min"] + 1
    return bool(counts["size"].median() >= FEWEST_PERIODS and counts["size"].sum() >= presence * spans.sum())


def repeats_in_series(table: Table, named: str | None, ds: NDArray[Any], time: int) -> bool:
    """Return whether a time stamp stands twice within a series, as far as names of columns tell the series."""
    by = find_column(table, named) if named is not None else next(iter(columns_called(table, SERIES_NAMES)), time)
    column = table.columns[by]
    if by == time or 2 * len(column.distinct) > len(ds):
        return len(np.unique(ds)) < len(ds)
    return _repeats_within(column.codes, ds) > 0


def _offer_longer_key(table: Table, named: str, ds: NDArray[Any], time: int) -> None:
    """Refuse a named column in whose series times repeat, where further columns explain it."""
    columns = key_columns(table, named)
    codes = _joint_codes(table, columns)
    if _repeats_within(codes, ds) <= UNEXPLAINED * (len(ds) - len(np.unique(ds))):
        return
    if keys := _joined_keys(table, columns, ds, time):
        raise _several_rows_of_one_time(table, keys, ds, time, f"times repeat within the series of {named}")


def _joined_keys(table: Table, chosen: tuple[int, ...], ds: NDArray[Any], time: int) -> list[tuple[int, ...]]:
    """Return the shortest keys of several columns that tell all rows apart, the `chosen` ones among them."""
    free = sorted({*_text_columns(table, time), *_number_columns(table, time)} - {*chosen})
    free = [i for i in free if 1 < len(table.columns[i].distinct) <= len(ds) // 2][:MOST_KEYS]
    for more in (1, 2) if chosen else (2, 3):
        keys = [key for added in combinations(free, more) if _is_key(table, key := (*chosen, *added), ds)]
        first = {_partition(_joint_codes(table, key)): key for key in reversed(keys)}
        if keys:
            return [key for key in keys if key in first.values()]
    return []


def _is_key(table: Table, columns: tuple[int, ...], ds: NDArray[Any]) -> bool:
    """Return whether columns together name series of two rows and more that have rows at most of their times."""
    codes = _joint_codes(table, columns)
    return bool(np.bincount(codes).min() > 1) and _names_series(codes, ds, DENSE)


def _tells_apart(column: Column, ds: NDArray[Any]) -> bool:
    """Return whether texts tell rows of equal times apart, and most rows have such a time; a name may stand once."""
    counts = np.unique(ds, return_counts=True)[1]
    often = 2 * counts[counts > 1].sum() >= len(ds)
    return bool(often) and "" not in column.distinct and _names_series(column.codes, ds, PRESENT)


def _names_series(codes: Ints, ds: NDArray[Any], presence: float) -> bool:
    """Return whether the names with these numbers, (R,), certainly explain the repeats, as series that are present."""
    repeated = len(ds) - len(np.unique(ds))
    if 2 * (int(codes.max()) + 1) > len(ds) or _repeats_within(codes, ds) > CERTAIN * repeated:
        return False
    times = np.unique(ds, return_inverse=True)[1]
    first, last = np.full(codes.max() + 1, len(ds)), np.full(codes.max() + 1, -1)
    np.minimum.at(first, codes, times)
    np.maximum.at(last, codes, times)
    return bool(len(ds) >= presence * (last - first + 1).sum())


def _explains_repeats(codes: Ints, ds: NDArray[Any]) -> bool:
    """Return whether names with these numbers, (R,), make series of two rows or more, where hardly a time repeats."""
    repeated = len(ds) - len(np.unique(ds))
    return 2 * (int(codes.max()) + 1) <= len(ds) and _repeats_within(codes, ds) <= UNEXPLAINED * repeated


def _repeats_within(codes: Ints, ds: NDArray[Any]) -> int:
    """Return how many rows have the same time and the same name, by its number, as another one before them."""
    order = np.lexsort((ds, codes))
    return int(((np.diff(codes[order]) == 0) & (ds[order][1:] == ds[order][:-1])).sum())


def _joint_codes(table: Table, columns: tuple[int, ...]) -> Ints:
    """Return the number of each row's names in several columns, (R,), in order of their appearance."""
    codes = np.zeros(len(table.lines), np.int64)
    for i in columns:
        column = table.columns[i]
        codes = np.unique(codes * len(column.distinct) + column.codes, return_inverse=True)[1].astype(np.int64)
    return codes


def _partition(codes: Ints) -> bytes:
    """Return what is equal where two columns put the same rows together, whatever the names."""
    first, places = np.unique(codes, return_index=True, return_inverse=True)[1:]
    return bytes(first[places].astype(np.int64).tobytes())


def _text_columns(table: Table, time: int) -> list[int]:
    """Return the columns of texts that are neither dates nor times of day."""
    others = [i for i in range(len(table.columns)) if i != time]
    return [i for i in others if not any(kind(table.columns[i]) for kind in (_has_amounts, is_dated, is_time_of_day))]


def _has_amounts(column: Column) -> bool:
    return is_numeric(column) and not names_currencies(column)


def _number_columns(table: Table, time: int) -> list[int]:
    """Return the columns of whole numbers that may name series, as those of stores."""
    named = [i for i, name in enumerate(table.header) if name and i != time and name.lower() not in NO_KEYS]
    return [i for i in named if all(map(WHOLE.fullmatch, table.columns[i].distinct))]


def _several_rows_of_one_time(
    table: Table, keys: Sequence[tuple[int, ...]], ds: NDArray[Any], time: int, what: str
) -> InputRefusedError:
    """Return the error for times that repeat, with the columns that may explain it."""
    offered = [_offered_key(table, key, also=i > 0) for i, key in enumerate(keys[:MOST_OFFERED])]
    price = next((table.header[i] for i in columns_called(table, PRICE_NAMES)), "")
    remedy = "; ".join([*offered, *filter(None, [aggregation_advice(ds, price)])])
    firsts = np.unique(ds, return_index=True)[1]
    place = table.columns[time].place(int(np.setdiff1d(np.arange(len(ds)), firsts)[0]))
    return InputRefusedError(what, remedy, place, code=Code.COLUMN)


def _offered_key(table: Table, key: Iterable[int], *, also: bool) -> str:
    """Return the advice to name the columns of a key, as it is typed."""
    names = [printed_name(table.header[i]) or str(i + 1) for i in key]
    verb = "distinguishes the series" if len(names) == 1 else "distinguish the series"
    if also:
        verb = "does" if len(names) == 1 else "do"
    options = " ".join(f"--series {shlex.quote(name)}" for name in names)
    listed = " and ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])
    return f"if {listed} {verb}, use {options}"
