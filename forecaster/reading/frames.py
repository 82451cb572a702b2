"""Panels from and to pandas frames: a long frame to a panel with the checks of files, and a panel to a table.

Times and codes of a frame are taken as they are; they never become text.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecaster.calendars.durations import write_time
from forecaster.calendars.local_time import is_named_zone
from forecaster.errors import InputRefusedError, Place
from forecaster.reading.cells.time_style import TimeStyle, to_utc, write_times
from forecaster.series.categories import Categories, codes_of_indicators, columns_in_file, indicator_names
from forecaster.series.panel import TIME_DTYPE, Panel, panel_from_series, refuse_mixed_steps
from forecaster.spec import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.reading.reader import ReadResult


def read_frame(frame: pd.DataFrame) -> Panel:
    """Return the panel of a frame `unique_id, ds, y`; rows may stand in any order.

    Without `unique_id` there is one series, named `y`; without `ds` rows are counted from 1 within each series.

    Raises:
        InputRefusedError: A column is absent, a value or time is missing or not of its type, or a series has a time
            stamp twice or no regular step.

    """
    if COLUMNS.target not in frame.columns:
        columns = ", ".join(map(str, frame.columns))
        raise InputRefusedError(f"there is no column {COLUMNS.target}", f"rename one of the columns: {columns}")
    if frame.empty:
        raise InputRefusedError("the frame has no rows", "add rows")
    codes, names = _series_codes(frame)
    ds, values = _frame_times(frame, codes), _frame_values(frame)
    order = np.lexsort((ds, codes))
    codes, ds, values = codes[order], ds[order], values[order]
    repeated = np.flatnonzero((np.diff(codes) == 0) & (ds[1:] == ds[:-1]))
    if len(repeated):
        what, place = f"{write_time(ds[repeated[0]])} occurs there twice", Place(series=names[codes[repeated[0]]])
        raise InputRefusedError(what, "keep only one row for each time", place)
    ends = np.cumsum(np.bincount(codes))[:-1]
    panel = panel_from_series(zip(names, np.split(ds, ends), np.split(values, ends), strict=True))
    refuse_mixed_steps(panel)
    return panel


def write_frame(source: ReadResult) -> pd.DataFrame:
    """Return one file as read and repaired: times as text, series, targets and covariates, also known ones ahead."""
    panel, used = source.panel, source.selection
    time, inputs = used.time or COLUMNS.time, panel.covariates
    known = columns_in_file(inputs.known, inputs.categories) if inputs else ()
    targets = list(panel.ids) if used.series is None and len(panel) > 1 else [used.targets[0]] * len(panel)
    parts = [_frame_of_series(panel, i, target) for i, target in enumerate(targets)]
    if used.series is not None:
        frame = pd.concat(parts, keys=panel.ids, names=[used.series, time]).reset_index()
    else:
        frame = reduce(pd.DataFrame.combine_first, parts).rename_axis(time).reset_index()
    frame[time] = write_times(frame[time].to_numpy(), source.style)
    keys = [time] if used.series is None else [time, used.series]
    return frame[[*keys, *dict.fromkeys(targets), *used.observed, *known]]


def long_frame(panel: Panel, style: TimeStyle) -> pd.DataFrame:
    """Return the series of a panel as a frame `unique_id, ds, y` and covariates; a value that was missing is NaN.

    Times are in the zone of the style, if it has one. Rows after the last value hold covariates that are known there.
    """
    shown = replace(panel, values=panel.observed_values)
    parts = [_frame_of_series(shown, i, COLUMNS.target) for i in range(len(panel))]
    frame = pd.concat(parts, keys=panel.ids, names=[COLUMNS.series, COLUMNS.time]).reset_index()
    return frame.assign(**{COLUMNS.time: times_in_zone(frame[COLUMNS.time], style)})


def times_in_zone(ds: pd.Series[Any], style: TimeStyle) -> pd.Series[Any]:
    """Return time stamps in the zone of a style; those without a zone, and counted steps, stay as they are."""
    if not style.zone or ds.dtype.kind != "M":
        return ds
    if is_named_zone(style.zone):
        instants = ds.dt.tz_localize(None).to_numpy().astype(TIME_DTYPE)
        utc: pd.Series[Any] = pd.Series(to_utc(instants, style), ds.index).dt.tz_localize("UTC")
        local: pd.Series[Any] = utc.dt.tz_convert(style.zone)
    else:
        local = ds.dt.tz_localize(style.zone)
    return local


def _frame_of_series(panel: Panel, i: int, target: str) -> pd.DataFrame:
    """Return the rows of series `i` by time, with those behind them for which covariates are known."""
    rows, inputs = panel.slice(i), panel.covariates
    further = int(inputs.known_steps(panel.lengths)[i]) if inputs is not None and inputs.known else 0
    ds = np.concatenate([panel.ds[rows], panel.calendars[i].future(panel.ds[panel.last[i]], further)])
    columns = {target: panel.values[rows]}  # noqa: PD011 - a panel is no frame
    if inputs is not None:
        columns |= zip(inputs.observed, inputs.observed_values[:, rows], strict=True)
        columns |= zip(inputs.known, inputs.known_values[:, inputs.start[i] : inputs.stop[i]], strict=True)
        columns |= _words_of_categories(columns, inputs.categories)
    return pd.DataFrame({name: pd.Series(values, ds[: len(values)]) for name, values in columns.items()}, ds)


def _words_of_categories(columns: Mapping[str, NDArray[Any]], categories: Categories) -> dict[str, NDArray[Any]]:
    """Return the columns of categories as words, from their columns of 1 and 0."""
    found: dict[str, NDArray[Any]] = {}
    for name, values in categories.items():
        indicators = np.stack([columns[each] for each in indicator_names(name, values)])
        codes = codes_of_indicators(indicators) if len(values) > 1 else np.zeros(indicators.shape[1])
        found[name] = np.array(values, dtype=object)[codes.astype(np.int64)]
    return found


def _series_codes(frame: pd.DataFrame) -> tuple[Ints, list[str]]:
    """Return the number of each row's series, (n,), and the names in order of appearance."""
    if COLUMNS.series not in frame.columns:
        return np.zeros(len(frame), np.int64), [COLUMNS.target]
    codes, names = pd.factorize(frame[COLUMNS.series])
    if (codes < 0).any():
        raise InputRefusedError("a name is missing", "fill it in", Place(column=COLUMNS.series))
    return codes.astype(np.int64), [str(name) for name in names]


def _frame_times(frame: pd.DataFrame, codes: Ints) -> NDArray[Any]:
    """Return the time stamps, (n,), `datetime64[us]` or int64."""
    if COLUMNS.time not in frame.columns:
        return frame.groupby(codes).cumcount().to_numpy(np.int64) + 1
    column = frame[COLUMNS.time]
    place = Place(column=COLUMNS.time)
    if column.isna().any():
        raise InputRefusedError("a time stamp is missing", "fill it in or drop the row", place)
    if pd.api.types.is_integer_dtype(column):
        return column.to_numpy(np.int64)
    refusal = InputRefusedError("the time stamps are neither ISO dates nor integers", "convert them first", place)
    if pd.api.types.is_numeric_dtype(column):
        raise refusal
    try:
        times = pd.to_datetime(column, format="ISO8601")
    except (ValueError, TypeError) as error:
        raise refusal from error
    if not pd.api.types.is_datetime64_dtype(times):
        raise InputRefusedError("the time stamps have a time zone", "drop it with dt.tz_localize(None)", place)
    return times.to_numpy().astype(TIME_DTYPE)


def _frame_values(frame: pd.DataFrame) -> Floats:
    """Return the values, (n,), all finite."""
    column = frame[COLUMNS.target]
    place = Place(column=COLUMNS.target)
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_complex_dtype(column):
        raise InputRefusedError("the values are not numbers", "convert them first", place)
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = int((~np.isfinite(values)).sum())
    if wrong:
        raise InputRefusedError(f"{wrong} values are missing or infinite", "fill them in or drop the rows", place)
    return values
