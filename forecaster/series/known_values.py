"""Add known columns to a panel: their values at its rows, and after them as far as they are known.

Values of one column from several files are merged by time; the later file wins.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.errors import Code, InputRefusedError, Place
from forecaster.series.categories import Categories, columns_in_file
from forecaster.series.covariates import Covariates
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel


class Timed(NamedTuple):
    """Known values of one series: times, (m,), rising, values, (m,), and the file and its column that they are from."""

    ds: NDArray[Any]
    values: Floats
    file: str = ""
    origin: str = ""


TimedColumns = dict[str, Timed]
"""The known values of one series, by the names of the columns."""


def known_columns(panel: Panel) -> list[TimedColumns]:
    """Return the known columns of each series of a panel."""
    covariates = panel.covariates
    if covariates is None:
        return [{} for _ in panel.ids]
    found = []
    for i, calendar in enumerate(panel.calendars):
        rows, places = panel.ds[panel.slice(i)], slice(int(covariates.start[i]), int(covariates.stop[i]))
        further = calendar.future(rows[-1], places.stop - places.start - len(rows)) if covariates.known else rows[:0]
        ds = np.concatenate([rows, further])
        origins = [columns_in_file([name], covariates.categories)[0] for name in covariates.known]
        values = zip(covariates.known, covariates.known_values[:, places], origins, strict=True)
        found.append({name: Timed(ds, row, origin=origin) for name, row, origin in values})
    return found


def check_used(panel: Panel, files: Sequence[Sequence[TimedColumns]], horizon: int = 0) -> None:
    """Refuse files of known values that have no value for a row of a panel or for the `horizon` steps after it.

    Raises:
        InputRefusedError: A file has none.

    """
    wanted = np.concatenate([panel.ds, panel.future(horizon).ravel()])
    for layer in files:
        given = [column for columns in layer for column in columns.values()]
        if not np.isin(np.concatenate([column.ds for column in given]), wanted).any():
            what = f"none of the times is that of a row or of a step ahead, such as {write_time(panel.future(1)[0, 0])}"
            raise InputRefusedError(what, "write the times of the series", Place(given[0].file), code=Code.MISSING)


def with_known_values(  # noqa: PLR0913 - the values, and what is known of their columns
    panel: Panel,
    names: Sequence[str],
    layers: Sequence[Sequence[TimedColumns]],
    horizon: int = 0,
    *,
    categories: Categories = MappingProxyType({}),
    static: Sequence[str] | None = None,
) -> Panel:
    """Return a panel with the known columns `names`: their values at its rows, and after them as far as all are known.

    Static columns keep their value after the rows.

    Args:
        panel: The series, N of them.
        names: The columns, K of them.
        layers: The known values of each series from each file, one file after the other; the later one wins.
        horizon: Steps after the rows for which a value is needed.
        categories: The categories that columns of 1 and 0 stand for.
        static: The columns that never change within a series; None for those whose values show it.

    Raises:
        InputRefusedError: A value that is needed is not known, or a column is observed as well.

    """
    observed = panel.covariates.observed if panel.covariates else ()
    twice = next((name for name in names if name in observed), None)
    if twice is not None:
        what = "the column is named with --known and with --observed"
        raise InputRefusedError(what, "leave it out of one of the two", Place(column=shown(twice)), code=Code.COLUMN)
    merged = [_merged_columns([layer[i] for layer in layers], names) for i in range(len(panel))]
    constant = find_static_columns(merged, categories) if static is None else tuple(static)
    values = [_values_of_series(panel, i, columns, constant, horizon) for i, columns in enumerate(merged)]
    lengths = np.array([part.shape[1] for part in values])
    stop = np.cumsum(lengths)
    past = panel.covariates.observed_values if panel.covariates else np.empty((0, len(panel.values)))
    known = np.concatenate(values, axis=1)
    covariates = Covariates(
        tuple(observed), tuple(names), past, known, stop - lengths, stop, categories, tuple(constant)
    )
    return replace(panel, covariates=covariates)


def find_static_columns(series: Sequence[TimedColumns], categories: Categories) -> tuple[str, ...]:
    """Return the known columns that never change within a series, and differ between some series.

    Columns of 1 and 0 that stand for categories are static if all of them are.
    """
    found: list[str] = []
    names = list(series[0]) if series else []
    origins = [columns_in_file([name], categories)[0] for name in names]
    for origin in dict.fromkeys(origins):
        columns = [name for name, other in zip(names, origins, strict=True) if other == origin]
        values = [np.stack([each[name].values for name in columns]) for each in series]
        if not all(each.shape[1] and (each == each[:, :1]).all() for each in values):
            continue
        if len({each[:, 0].tobytes() for each in values}) > 1:
            found += columns
    return tuple(found)


def _merged_columns(layers: Sequence[TimedColumns], names: Sequence[str]) -> TimedColumns:
    """Return the columns of one series; where several layers have a value for one time, the latest layer counts."""
    found: TimedColumns = {}
    for name in names:
        parts = [layer[name] for layer in reversed(layers) if name in layer]
        ds, first = np.unique(np.concatenate([part.ds for part in parts]), return_index=True)
        values = np.concatenate([part.values for part in parts])[first]
        found[name] = parts[0]._replace(ds=ds, values=values)
    return found


def _values_of_series(panel: Panel, i: int, columns: TimedColumns, static: Sequence[str], horizon: int) -> Floats:
    """Return the values of series `i`, (K, m), at its rows and at the steps after them that all columns know."""
    rows = panel.ds[panel.slice(i)]
    further = max(int((column.ds > rows[-1]).sum()) for column in columns.values())
    ds = np.concatenate([rows, panel.calendars[i].future(rows[-1], max(further, horizon))])
    values = np.stack([_values_at(column, ds) for column in columns.values()])
    for k in (k for k, name in enumerate(columns) if name in static):
        ahead = values[k, len(rows) - 1 :]
        ahead[np.isnan(ahead)] = ahead[0]
    absent = np.isnan(values)
    end = int(absent.any(axis=0).argmax()) if absent.any() else len(ds)
    if end < len(rows) + horizon:
        name = list(columns)[int(absent[:, end].argmax())]
        place = Place(columns[name].file, column=shown(columns[name].origin or name), series=shown(panel.ids[i]))
        words = columns[name].origin not in {"", name}
        raise _missing_value_error(write_time(ds[end]), place, end - len(rows), words=words)
    return values[:, :end]


def _values_at(column: Timed, ds: NDArray[Any]) -> Floats:
    """Return the values of a column at the times `ds`, NaN where there is none."""
    if not len(column.ds):
        return np.full(len(ds), np.nan)
    places = np.minimum(np.searchsorted(column.ds, ds), len(column.ds) - 1)
    return np.where(column.ds[places] == ds, column.values[places], np.nan)


def _missing_value_error(moment: str, place: Place, steps: int, *, words: bool) -> InputRefusedError:
    """Return the error for a value, or one of the `words`, that is missing `steps` after the last row, or before it."""
    if steps < 0:
        what, remedy = f"the value for {moment} is missing", "give one for every row" + ", such as none" * words
    else:
        what = f"the value for {moment}, which the forecast needs, is missing"
        remedy = "give it with --known FILE" + (f", or use --horizon {steps}" if steps else "")
    return InputRefusedError(what, remedy, place, code=Code.MISSING)


def check_known_covariates(panel: Panel, horizon: int) -> None:
    """Refuse to forecast further than the known covariates go.

    Raises:
        InputRefusedError: With the first time stamp whose value is missing.

    """
    if panel.covariates is None or not panel.covariates.known:
        return
    behind = panel.covariates.known_steps(panel.lengths)
    i = int(behind.argmin())
    if behind[i] < horizon:
        first = panel.calendars[i].future(panel.ds[panel.last[i]], horizon)[behind[i]]
        names = columns_in_file(panel.covariates.known, panel.covariates.categories)
        place = Place(column=", ".join(map(shown, names)), series=panel.ids[i])
        what = f"the value for {write_time(first)}, which the forecast needs, is missing"
        remedy = "give it with --known FILE" + (f", or use --horizon {behind[i]}" if behind[i] else "")
        raise InputRefusedError(what, remedy, place, code=Code.MISSING)
