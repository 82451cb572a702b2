"""Files of values that are known for the future: read, checked against the series, and joined with a panel by time.

Every column of such a file is a known covariate of each series: times and values, both (n,).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.calendars.periods import parse_period
from forecaster.errors import Code, Finding, InputRefusedError
from forecaster.reading.aggregation import aggregate_known
from forecaster.reading.cells.column import MOST_LISTED
from forecaster.reading.cells.time_style import ISO_STYLE, TimeStyle
from forecaster.reading.column_search import column_called, printed_name
from forecaster.reading.covariate_columns import CovariateRows, join_categories, read_covariates, with_indicators
from forecaster.reading.series_search import key_columns, with_series_key
from forecaster.reading.tables.table import Table, read_table
from forecaster.reading.time_columns import choose_dates
from forecaster.series.categories import Categories, columns_in_file
from forecaster.series.known_values import Timed, TimedColumns, check_used, known_columns, with_known_values
from forecaster.spec import COLUMNS, PLUS, Selection
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.series.panel import Panel


class KnownFile(NamedTuple):
    """Known values of each series of a panel from one file, in which categories are codes, and what was read."""

    series: list[TimedColumns]
    covariates: CovariateRows

    def with_indicators(self, categories: Categories) -> list[TimedColumns]:
        """Return the known values with columns of 1 and 0 in the place of categories."""
        return [with_indicators(each, self.covariates.rows, categories) for each in self.series]


def with_known(
    panel: Panel, files: Sequence[str], selection: Selection, style: TimeStyle = ISO_STYLE
) -> tuple[Panel, tuple[Finding, ...]]:
    """Return a panel with the columns of files of known values, in addition to those that it has, and the findings.

    Where several files have one column and time, the last one counts; `style` is that of the panel's own files.

    Raises:
        InputUnreadableError: A file cannot be opened or read.
        InputRefusedError: A file is not one of known values, or has no value for a row of the panel.

    """
    held = panel.covariates.categories if panel.covariates else {}
    read = [_read_known_file(file, panel, selection, style, (), held) for file in files]
    categories, findings = join_categories([each.covariates for each in read], held)
    known = [each.with_indicators(categories) for each in read]
    check_used(panel, known, horizon=1)
    layers = [known_columns(panel), *known]
    names = list(dict.fromkeys(name for layer in layers for name in layer[0]))
    unknown = (finding for each in read for finding in each.covariates.findings)
    return with_known_values(panel, names, layers, categories=categories), (*findings, *unknown)


def read_known(  # noqa: PLR0913, PLR0917 - everything that says how a file is read
    file: str,
    panel: Panel,
    selection: Selection,
    style: TimeStyle = ISO_STYLE,
    names: Sequence[str] = (),
    categories: Categories = MappingProxyType({}),
) -> tuple[list[TimedColumns], tuple[Finding, ...]]:
    """Return the known values that a file has for each series of a panel, and findings about categories.

    Args:
        file: The file.
        panel: The series.
        selection: The columns that were read in training, and how the file is written.
        style: How the files of the panel write times.
        names: The known columns of the model; none for all columns of the file.
        categories: The categories of the model.

    Raises:
        InputUnreadableError: The file cannot be opened or read.
        InputRefusedError: It is not a file of known values for these series.

    """
    columns = columns_in_file(names, categories)
    expected = {name: categories.get(name, ()) for name in columns}
    read = _read_known_file(file, panel, selection, style, columns, expected)
    return read.with_indicators(categories), read.covariates.findings


def _read_known_file(  # noqa: PLR0913, PLR0917 - everything that says how a file is read
    file: str,
    panel: Panel,
    selection: Selection,
    style: TimeStyle,
    names: Sequence[str],
    expected: Categories,
) -> KnownFile:
    """Return the known values that a file has for each series of a panel: those of the columns `names`, or of all.

    `expected` are the categories of columns that were read before, see `read_covariates`.
    """
    table = read_table(file)
    if selection.series and all(column_called(table, part) is not None for part in selection.series.split(PLUS)):
        table = with_series_key(table, selection.series)
    by = next((i for name in (selection.series, COLUMNS.series) if (i := column_called(table, name)) is not None), None)
    ids = None if by is None else table.columns[by]
    times, dates = choose_dates(table, selection)
    dates = dates.on_clock_of(style)
    if dates.ds.dtype.kind != panel.ds.dtype.kind:
        what = "the times are not of the kind that the series have"
        remedy = "write times as in the file of the series"
        raise InputRefusedError(what, remedy, table.columns[times[0]].place(), code=Code.DATE)
    if dates.style.zone != style.zone:
        zones = " and ".join(zone or "no time zone" for zone in (dates.style.zone, style.zone))
        what = f"the times are in a different time zone from those of the series: {zones}"
        raise InputRefusedError(
            what, "write both in one time zone", table.columns[times[0]].place(), code=Code.TZ_MIXED
        )
    keys = key_columns(table, None if by is None else table.header[by])
    columns = _value_columns(table, {*times, by, *keys}, names, selection.targets)
    covariates = read_covariates(table, columns, selection.decimal, expected)
    numbers = dict(zip(columns, covariates.values, strict=True))
    ds, series = dates.ds, ids.codes if ids is not None else np.zeros(len(dates.ds), np.int64)
    if selection.every is not None and ds.dtype.kind == "M":
        period = parse_period(selection.every)
        ds, series, numbers = aggregate_known(ds, series, numbers, period, covariates.rows)
    found = {}
    for name, rows in _rows_by_series(("",) if ids is None else ids.distinct, series, ds).items():
        _refuse_duplicates(table, ds, rows)
        known = {column: rows[np.isfinite(values[rows])] for column, values in numbers.items()}
        found[name] = {column: Timed(ds[own], numbers[column][own], table.file) for column, own in known.items()}
    if ids is None:
        return KnownFile([found[""]] * len(panel), covariates)
    missing = next((name for name in panel.ids if name not in found), "")
    if missing:
        what = f"there are no known values for series {shown(missing)}"
        raise InputRefusedError(what, "add its rows", ids.place(), code=Code.MISSING)
    return KnownFile([found[name] for name in panel.ids], covariates)


def _value_columns(
    table: Table, others: set[int | None], names: Sequence[str], targets: Sequence[str]
) -> dict[str, int]:
    """Return the columns of values, without `others`: those called `names`, or all if there are no `names`."""
    named = {name: i for name in names if (i := column_called(table, name)) is not None}
    columns = named if names else {printed_name(name): i for i, name in enumerate(table.header) if i not in others}
    target = next((name for name in targets if column_called(table, name) in columns.values()), None)
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


def _rows_by_series(names: Sequence[str], series: Ints, ds: NDArray[Any]) -> dict[str, Ints]:
    """Return the rows of each series in order of time, by its name, whose number is in `series`, (R,)."""
    order = np.lexsort((ds, series))
    parts = np.split(order, np.cumsum(np.bincount(series))[:-1])
    return {printed_name(name): rows for name, rows in zip(names, parts, strict=True)}


def _refuse_duplicates(table: Table, ds: NDArray[Any], rows: Ints) -> None:
    """Refuse rows of one series, in order of time, if two have the same time."""
    twice = [int(row) for row in rows[1:][ds[rows[1:]] == ds[rows[:-1]]]]
    if twice:
        texts = {row: f"{write_time(ds[row])} appears here a second time" for row in twice[:MOST_LISTED]}
        found = [Finding(Code.DUP, text, table.place(row)) for row, text in texts.items()]
        remedy = "keep only one row for each time"
        raise InputRefusedError(found[0].text, remedy, found[0].place, code=Code.DUP, more=found[1:])
