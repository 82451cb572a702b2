"""Values that are known for the future too: set beside the rows of a panel, and behind them as far as they are known.

A file of known values has a column of times, one of series names where series differ, and else columns of numbers. What
several places say of one column is set together by time; the later place wins.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.data.calendar import write_time
from forecaster.data.covariates import Covariates
from forecaster.data.dates import parse_dates
from forecaster.data.numbers import parse_numbers
from forecaster.data.quoting import shown
from forecaster.data.select import choose_time, codes, printed_name
from forecaster.data.styles import Style
from forecaster.data.table import read_table
from forecaster.errors import Finding, InputRefusedError, Place
from forecaster.spec import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.data.panel import Panel
    from forecaster.data.table import Table
    from forecaster.spec import Selection

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

NO_STYLE = Style()


class Timed(NamedTuple):
    """What is known of one column of one series: times, (m,), rising, their values, (m,), and the file that says so."""

    ds: NDArray[Any]
    values: Floats
    file: str = ""


Columns = dict[str, Timed]
"""What is known of one series, by the names of the columns."""


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
    return beside(panel, list(dict.fromkeys(name for layer in layers for name in layer[0])), layers)


def known_columns(panel: Panel) -> list[Columns]:
    """Return what a panel knows of each of its series."""
    held = panel.covariates
    if held is None:
        return [{} for _ in panel.ids]
    found = []
    for i, calendar in enumerate(panel.calendars):
        rows, places = panel.ds[panel.slice(i)], slice(int(held.start[i]), int(held.stop[i]))
        further = calendar.future(rows[-1], places.stop - places.start - len(rows)) if held.known else rows[:0]
        ds = np.concatenate([rows, further])
        found.append({name: Timed(ds, held.ahead[k, places]) for k, name in enumerate(held.known)})
    return found


def check_used(panel: Panel, files: Sequence[Sequence[Columns]], horizon: int = 0) -> None:
    """Refuse files of known values that say nothing of any row of a panel, or of the `horizon` steps behind.

    Raises:
        InputRefusedError: One does.

    """
    wanted = np.concatenate([panel.ds, panel.future(horizon).ravel()])
    for layer in files:
        told = [column for columns in layer for column in columns.values()]
        if not np.isin(np.concatenate([column.ds for column in told]), wanted).any():
            what = f"no time is that of a row or of a step ahead, as {write_time(panel.future(1)[0, 0])} is"
            raise InputRefusedError(what, "write the times of the series", Place(told[0].file), code="MISSING")


def beside(panel: Panel, names: Sequence[str], layers: Sequence[Sequence[Columns]], horizon: int = 0) -> Panel:
    """Return a panel with the columns `names`, known for its rows and behind them as far as all of them are known.

    Args:
        panel: The series, N of them.
        names: The columns, K of them.
        layers: What is known of each series, in one place after the other; the later one wins.
        horizon: Steps behind the rows for which a value is needed.

    Raises:
        InputRefusedError: A value that is needed is not known, or a column is observed as well.

    """
    observed = panel.covariates.observed if panel.covariates else ()
    twice = next((name for name in names if name in observed), None)
    if twice is not None:
        what = "the column is said to be known for the future, and to be observed"
        raise InputRefusedError(what, "leave it out of one of the two", Place(column=shown(twice)), code="COLUMN")
    ahead = [_ahead(panel, i, _together([layer[i] for layer in layers], names), horizon) for i in range(len(panel))]
    stop = np.cumsum([values.shape[1] for values in ahead])
    past = panel.covariates.past if panel.covariates else np.empty((0, len(panel.values)))
    start = stop - [values.shape[1] for values in ahead]
    covariates = Covariates(tuple(observed), tuple(names), past, np.concatenate(ahead, axis=1), start, stop)
    return replace(panel, covariates=covariates)


def _together(layers: Sequence[Columns], names: Sequence[str]) -> Columns:
    """Return the columns of one series, with the values of later layers in the place of earlier ones."""
    found: Columns = {}
    for name in names:
        parts = [layer[name] for layer in reversed(layers) if name in layer]
        ds, first = np.unique(np.concatenate([part.ds for part in parts]), return_index=True)
        values = np.concatenate([part.values for part in parts])[first]
        found[name] = Timed(ds, values, parts[0].file)
    return found


def _ahead(panel: Panel, i: int, columns: Columns, horizon: int) -> Floats:
    """Return the values of series `i`, (K, m): of its rows and of the steps behind them that all columns know."""
    rows = panel.ds[panel.slice(i)]
    further = max(int((column.ds > rows[-1]).sum()) for column in columns.values())
    ds = np.concatenate([rows, panel.calendars[i].future(rows[-1], max(further, horizon))])
    values = np.stack([_at(column, ds) for column in columns.values()])
    absent = np.isnan(values)
    end = int(absent.any(axis=0).argmax()) if absent.any() else len(ds)
    if end < len(rows) + horizon:
        name = list(columns)[int(absent[:, end].argmax())]
        place = Place(columns[name].file, column=shown(name), series=shown(panel.ids[i]))
        raise _unknown(write_time(ds[end]), place, end - len(rows))
    return values[:, :end]


def _at(column: Timed, ds: NDArray[Any]) -> Floats:
    """Return the values of a column at the times `ds`, NaN where there is none."""
    if not len(column.ds):
        return np.full(len(ds), np.nan)
    places = np.minimum(np.searchsorted(column.ds, ds), len(column.ds) - 1)
    return np.where(column.ds[places] == ds, column.values[places], np.nan)


def _unknown(moment: str, place: Place, steps: int) -> InputRefusedError:
    """Return the refusal of a value that is missing `steps` steps behind the last row, or before it."""
    if steps < 0:
        what, remedy = f"the value for {moment} is missing", "give one for every row"
    else:
        what = f"the value for {moment} is missing, which the forecast needs"
        remedy = "give it with --known FILE" + (f", or ask for --horizon {steps}" if steps else "")
    return InputRefusedError(what, remedy, place, code="MISSING")


def read_known(
    file: str, panel: Panel, selection: Selection, style: Style = NO_STYLE, names: Sequence[str] = ()
) -> list[Columns]:
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
        raise InputRefusedError(what, "write times as in the file of the series", table.place(None, time), code="DATE")
    if stamps.style.zone != style.zone:
        zones = " and ".join(zone or "no time zone" for zone in (stamps.style.zone, style.zone))
        what = f"the times are in another zone than those of the series: {zones}"
        raise InputRefusedError(what, "write both in one zone", table.place(None, time), code="TZ-MIXED")
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
        raise InputRefusedError(what, "add its rows", table.place(None, by), code="MISSING")
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
    raise InputRefusedError(what, remedy, table.place(), code="COLUMN")


def _rows_of(table: Table, ds: NDArray[Any], by: int | None) -> dict[str, Rows]:
    """Return the rows of each series in order of time, by its name; where no column tells them, all as those of ""."""
    names, series = codes(table.columns[by]) if by is not None else (("",), np.zeros(len(ds), np.int64))
    order = np.lexsort((ds, series))
    parts = np.split(order, np.cumsum(np.bincount(series))[:-1])
    return {printed_name(name): rows for name, rows in zip(names, parts, strict=True)}


def _called(table: Table, name: str | None) -> int | None:
    """Return the column of this name, whatever its case; None where there is none."""
    names = [printed_name(each).lower() for each in table.header]
    return names.index(name.strip().lower()) if name and name.strip().lower() in names else None


def _check_once(table: Table, ds: NDArray[Any], rows: Rows) -> None:
    """Refuse rows of one series, in order of time, of which two are of one time."""
    twice = [int(row) for row in rows[1:][ds[rows[1:]] == ds[rows[:-1]]]]
    if twice:
        found = [Finding("DUP", f"{write_time(ds[row])} stands here again", table.place(row)) for row in twice[:1000]]
        first = found[0]
        raise InputRefusedError(first.text, "keep one row for each time", first.place, code="DUP", more=found[1:])


def _present(ds: NDArray[Any], values: Floats, file: str) -> Timed:
    """Return a column without the times at which it has no value."""
    known = np.isfinite(values)
    return Timed(ds[known], values[known], file)
