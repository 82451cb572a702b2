"""Values that are known for the future too: set beside the rows of a panel, and behind them as far as they are known.

A file of known values has a column of times, one of series names where series differ, and else columns of numbers. What
several places say of one column is set together by time; the later place wins.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.errors import Code, InputRefusedError, Place
from forecaster.series.covariates import Covariates
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel


class Timed(NamedTuple):
    """What is known of one column of one series: times, (m,), rising, their values, (m,), and the file that says so."""

    ds: NDArray[Any]
    values: Floats
    file: str = ""


TimedColumns = dict[str, Timed]
"""What is known of one series, by the names of the columns."""


def known_columns(panel: Panel) -> list[TimedColumns]:
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


def check_used(panel: Panel, files: Sequence[Sequence[TimedColumns]], horizon: int = 0) -> None:
    """Refuse files of known values that say nothing of any row of a panel, or of the `horizon` steps behind.

    Raises:
        InputRefusedError: One does.

    """
    wanted = np.concatenate([panel.ds, panel.future(horizon).ravel()])
    for layer in files:
        told = [column for columns in layer for column in columns.values()]
        if not np.isin(np.concatenate([column.ds for column in told]), wanted).any():
            what = f"no time is that of a row or of a step ahead, as {write_time(panel.future(1)[0, 0])} is"
            raise InputRefusedError(what, "write the times of the series", Place(told[0].file), code=Code.MISSING)


def with_known_values(
    panel: Panel, names: Sequence[str], layers: Sequence[Sequence[TimedColumns]], horizon: int = 0
) -> Panel:
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
        raise InputRefusedError(what, "leave it out of one of the two", Place(column=shown(twice)), code=Code.COLUMN)
    ahead = [_ahead(panel, i, _together([layer[i] for layer in layers], names), horizon) for i in range(len(panel))]
    stop = np.cumsum([values.shape[1] for values in ahead])
    past = panel.covariates.past if panel.covariates else np.empty((0, len(panel.values)))
    start = stop - [values.shape[1] for values in ahead]
    covariates = Covariates(tuple(observed), tuple(names), past, np.concatenate(ahead, axis=1), start, stop)
    return replace(panel, covariates=covariates)


def _together(layers: Sequence[TimedColumns], names: Sequence[str]) -> TimedColumns:
    """Return the columns of one series, with the values of later layers in the place of earlier ones."""
    found: TimedColumns = {}
    for name in names:
        parts = [layer[name] for layer in reversed(layers) if name in layer]
        ds, first = np.unique(np.concatenate([part.ds for part in parts]), return_index=True)
        values = np.concatenate([part.values for part in parts])[first]
        found[name] = Timed(ds, values, parts[0].file)
    return found


def _ahead(panel: Panel, i: int, columns: TimedColumns, horizon: int) -> Floats:
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
    return InputRefusedError(what, remedy, place, code=Code.MISSING)
