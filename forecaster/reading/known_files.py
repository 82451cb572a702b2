"""Files of values that are known for the future: read, checked against the series, and joined with a panel by time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.errors import Code, Finding, InputRefusedError
from forecaster.reading.cells.dates import parse_dates
from forecaster.reading.cells.numbers import parse_numbers
from forecaster.reading.cells.time_style import Style
from forecaster.reading.column_search import choose_time, codes, printed_name
from forecaster.reading.tables.table import Table, read_table
from forecaster.series.known_values import Timed, TimedColumns, check_used, known_columns, with_known_values
from forecaster.spec import COLUMNS, Selection
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.series.panel import Panel

NO_STYLE = Style()


def with_known(panel: Panel, files: Sequence[str], selection: Selection, style: Style = NO_STYLE) -> Panel:
    """Return a panel with the columns of files of known values, beside those that it knows already.

    Args:
        panel: The series, N of them.
        files: Files of known values; of one column and time, the last one that has a value says it.
        selection: What is known of times, series and numbers, and the targets.
        style: How the panel's own files write times.

    Raises:
        InputUnreadableError: A file cannot be opened or read.
        InputRefusedError: A file is not one of known values, or says nothing of a row of the panel.

    """
    told = [read_known(file, panel, selection, style) for file in files]
    check_used(panel, told)
    layers = [known_columns(panel), *told]
    return with_known_values(panel, list(dict.fromkeys(name for layer in layers for name in layer[0])), layers)


def read_known(
    file: str, panel: Panel, selection: Selection, style: Style = NO_STYLE, names: Sequence[str] = ()
) -> list[TimedColumns]:
    """Return what a file of known values says of each series of a panel: the columns `names`, or else all.

    Raises:
        InputUnreadableError: The file cannot be opened or read.
        InputRefusedError: It is not a file of known values for these series.

    """
    table = read_table(file)
    time = choose_time(table, None if _called(table, selection.time) is None else selection.time)
    by = next((i for name in (selection.series, COLUMNS.series) if (i := _called(table, name)) is not None), None)
    stamps = parse_dates(table, time, selection.date_format)
    if stamps.ds.dtype.kind != panel.ds.dtype.kind:
        what = "the times are not of the kind that the series have"
        raise InputRefusedError(
            what, "write times as in the file of the series", table.place(None, time), code=Code.DATE
        )
    if stamps.style.zone != style.zone:
        zones = " and ".join(zone or "no time zone" for zone in (stamps.style.zone, style.zone))
        what = f"the times are in another zone than those of the series: {zones}"
        raise InputRefusedError(what, "write both in one zone", table.place(None, time), code=Code.TZ_MIXED)
    columns = _columns(table, {time, by}, names, selection.targets)
    numbers = {name: parse_numbers(table, column, selection.decimal) for name, column in columns.items()}
    found = {}
    for name, rows in _rows_of(table, stamps.ds, by).items():
        _check_once(table, stamps.ds, rows)
        found[name] = {
            column: _present(stamps.ds[rows], values[rows], table.file) for column, values in numbers.items()
        }
    missing = next((name for name in panel.ids if name not in found), "") if by is not None else ""
    if missing:
        what = f"there are no known values of series {shown(missing)}"
        raise InputRefusedError(what, "add its rows", table.place(None, by), code=Code.MISSING)
    return [found[name if by is not None else ""] for name in panel.ids]


def _columns(table: Table, others: set[int | None], names: Sequence[str], targets: Sequence[str]) -> dict[str, int]:
    """Return the columns of values that are wanted, without `others`: those called `names`, or else all."""
    named = {name: i for name in names if (i := _called(table, name)) is not None}
    columns = named if names else {printed_name(name): i for i, name in enumerate(table.header) if i not in others}
    target = next((name for name in targets if _called(table, name) in columns.values()), None)
    if target is not None:
        what, remedy = f"{shown(target)} is the target, which is not known ahead", "leave the column out of the file"
    elif "" in columns:
        what, remedy = "a column has no name", "give each column of values a name"
    elif not columns:
        wanted = " or ".join(map(shown, names)) or "of known values"
        what, remedy = f"there is no column {wanted}", "add it"
    else:
        return columns
    raise InputRefusedError(what, remedy, table.place(), code=Code.COLUMN)


def _rows_of(table: Table, ds: NDArray[Any], by: int | None) -> dict[str, Ints]:
    """Return the rows of each series in order of time, by its name; where no column tells them, all as those of ""."""
    names, series = codes(table.columns[by]) if by is not None else (("",), np.zeros(len(ds), np.int64))
    order = np.lexsort((ds, series))
    parts = np.split(order, np.cumsum(np.bincount(series))[:-1])
    return {printed_name(name): rows for name, rows in zip(names, parts, strict=True)}


def _called(table: Table, name: str | None) -> int | None:
    """Return the column of this name, whatever its case; None where there is none."""
    names = [printed_name(each).lower() for each in table.header]
    return names.index(name.strip().lower()) if name and name.strip().lower() in names else None


def _check_once(table: Table, ds: NDArray[Any], rows: Ints) -> None:
    """Refuse rows of one series, in order of time, of which two are of one time."""
    twice = [int(row) for row in rows[1:][ds[rows[1:]] == ds[rows[:-1]]]]
    if twice:
        found = [
            Finding(Code.DUP, f"{write_time(ds[row])} stands here again", table.place(row)) for row in twice[:1000]
        ]
        first = found[0]
        raise InputRefusedError(first.text, "keep one row for each time", first.place, code=Code.DUP, more=found[1:])


def _present(ds: NDArray[Any], values: Floats, file: str) -> Timed:
    """Return a column without the times at which it has no value."""
    known = np.isfinite(values)
    return Timed(ds[known], values[known], file)
