"""What a user of the library gives as data: frames of several kinds and forms, a series, or names of files.

All of it becomes sources of the reader, and results go back as frames of the kind that was given.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
import pandas as pd

from forecaster.api.accepted import ACCEPTED, refusal_of
from forecaster.errors import Code, InputRefusedError, Place, UsageError
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.dates import is_dated
from forecaster.reading.column_search import TARGET_NAMES
from forecaster.reading.series_search import SERIES_NAMES
from forecaster.reading.tables.frame_table import table_of_frame
from forecaster.spec import COLUMNS, PLUS
from forecaster.text import shown
from forecaster.workflow import expand_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from narwhals.dtypes import DType

    from forecaster.reading.tables.table import Source
    from forecaster.spec import Selection

PANDAS: Final = "pandas"
POLARS: Final = "polars"
PYARROW: Final = "pyarrow"
"""The libraries whose frames are taken and given back; of pandas where files were given."""
FRAME = "frame"
"""The name of a frame in messages, and of its only series."""


@dataclass(frozen=True)
class FrameForm:
    """What the frames of a user are like, and results are too.

    Attributes:
        backend: The library that makes frames of this kind: `pandas`, `polars` or `pyarrow`.
        period: The frequency of times that are periods of pandas; empty for others.
        kinds: The type of each column, by its name.

    """

    backend: str = PANDAS
    period: str = ""
    kinds: Mapping[str, DType] = field(default_factory=dict)


@dataclass(frozen=True)
class GivenData:
    """Data that a user gave.

    Attributes:
        sources: What the reader reads.
        selection: The columns that the user named, and those that follow from the form of the data.
        form: What its frame is like.

    """

    sources: Sequence[Source]
    selection: Selection
    form: FrameForm = field(default_factory=FrameForm)


def given_data(data: Any, selection: Selection) -> GivenData:
    """Return the sources of what a user gave.

    Args:
        data: A frame or a series of pandas, Polars or PyArrow, the name of a file, or a list of names.
        selection: The columns that the user named.

    Raises:
        ForecasterError: It is nothing of this, or a name stands for no file.

    """
    if isinstance(data, str | PathLike):
        return GivenData(expand_sources([fspath(data)]), selection)
    if isinstance(data, list | tuple) and data and all(isinstance(each, str | PathLike) for each in data):
        return GivenData(expand_sources([fspath(each) for each in data]), selection)
    if isinstance(data, pd.Series | pd.DataFrame):
        plain, selection, period = _plain_frame(data, selection)
        frame = nw.from_native(plain, eager_only=True)
    else:
        frame, period = _known_frame(data), ""
    form = FrameForm(str(frame.implementation), period, frame.schema)
    return GivenData([table_of_frame(frame, _name_of(data) or _only_id(frame) or FRAME)], selection, form)


def _known_frame(data: Any) -> nw.DataFrame[Any]:
    """Return a frame, or a series as a frame of one column; raise UsageError if it is neither."""
    try:
        known = nw.from_native(data, eager_only=True, allow_series=True)
    except TypeError as error:
        raise refusal_of(data) from error
    if str(known.implementation) not in {PANDAS, POLARS, PYARROW}:
        raise UsageError(f"frames of {known.implementation} are not known", ACCEPTED)
    return known.rename(known.name or COLUMNS.target).to_frame() if isinstance(known, nw.Series) else known


def _name_of(data: Any) -> str:
    """Return what messages call a Series, and its only series; nothing for other data."""
    name = getattr(data, "name", None)
    return name if isinstance(name, str) else ""


def _only_id(frame: nw.DataFrame[Any]) -> str:
    """Return the name of the series to which all rows of a frame belong; nothing if no column says so."""
    for name in frame.columns:
        if name.lower() in SERIES_NAMES and len(frame) and not frame[name].null_count() and frame[name].n_unique() == 1:
            only = str(frame[name][0]).strip()
            # a number under another name than `unique_id` may be anything
            return only if name.lower() == COLUMNS.series or not frame[name].dtype.is_numeric() else ""
    return ""


def _plain_frame(data: pd.Series[Any] | pd.DataFrame, selection: Selection) -> tuple[pd.DataFrame, Selection, str]:
    """Return a pandas frame whose index has become columns, what is selected, and the frequency of periods."""
    if isinstance(data, pd.Series):
        data = data.to_frame(COLUMNS.target if data.name is None else data.name)
    frame = data.set_axis([_column_name(name) for name in data.columns], axis=1)
    if (twice := frame.columns[frame.columns.duplicated()]).size:
        what = f"{(frame.columns == twice[0]).sum()} columns are called {shown(twice[0])}"
        raise InputRefusedError(what, "give every column its own name", Place(FRAME), code=Code.DUPCOL)
    if _holds_times(frame.index):
        frame = frame.rename_axis(_name_of_times(frame))
        selection = _with_wide_targets(frame, selection)
        frame = frame.reset_index()
    elif any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    period = ""
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.PeriodDtype):
            period = str(dtype).removeprefix("period[").removesuffix("]")
            frame = frame.assign(**{str(name): frame[name].dt.to_timestamp()})
    return frame, selection, period


def _holds_times(index: pd.Index[Any]) -> bool:
    """Return whether an index has times, periods or texts that are dates; refuse one with time spans."""
    if isinstance(index, pd.TimedeltaIndex):
        remedy = "make it times: frame.index + pd.Timestamp('2024-01-01')"
        raise UsageError("the index has time spans, which belong to no date", remedy)
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        return True
    if isinstance(index, pd.RangeIndex | pd.MultiIndex) or not len(index):
        return False
    return is_dated(Column(FRAME, "", np.arange(len(index)), tuple(map(str, index))))


def _name_of_times(frame: pd.DataFrame) -> str:
    """Return the name of an index with times: its own, or `ds` if that is not the name of a column."""
    if frame.index.name is not None:
        return str(frame.index.name)
    return next(name for name in (COLUMNS.time, "time", "index") if name not in frame)


def _column_name(name: Any) -> str:
    """Return the name of a column as text: levels of a MultiIndex are joined with a point, as in a file."""
    return ".".join(str(each) for each in name if str(each)) if isinstance(name, tuple) else str(name)


def _with_wide_targets(frame: pd.DataFrame, selection: Selection) -> Selection:
    """Return a selection of all columns if each is a series: numbers only, and none is called as a target is."""
    named = selection.targets or selection.series or selection.observed or selection.known
    usual = {name for names in TARGET_NAMES for name in names}
    numbers = all(dtype.kind in "iuf" for dtype in frame.dtypes)
    if named or frame.shape[1] < 2 or not numbers or any(name.lower() in usual for name in frame.columns):
        return selection
    return replace(selection, targets=tuple(frame.columns))


def names_of_columns(selection: Selection) -> dict[str, str]:
    """Return the names that a result has in the place of `unique_id` and `ds`: those of the data, where it has them."""
    names = {COLUMNS.series: selection.series, COLUMNS.time: selection.time}
    return {own: name for own, name in names.items() if name and PLUS not in name and not name.isdigit()}


def as_given(frame: pd.DataFrame, form: FrameForm, names: Mapping[str, str]) -> Any:
    """Return a result as a frame of the kind that was given, with the names and the types of its columns.

    A column keeps the name of the result where its own is that of another column of the result.
    """
    kinds = {own: form.kinds.get(names.get(own, own)) for own in (COLUMNS.series, COLUMNS.time)}
    names = {own: name for own, name in names.items() if name not in frame}
    if form.period and COLUMNS.time in frame:
        frame = frame.assign(**{COLUMNS.time: frame[COLUMNS.time].dt.to_period(form.period)})
    if COLUMNS.series in frame:
        frame = frame.assign(**{COLUMNS.series: _as_numbers(frame[COLUMNS.series], kinds[COLUMNS.series])})
    made = _frame_of_backend(frame, form.backend)
    found = {own: kind for own, kind in kinds.items() if kind is not None and own in frame}
    casts = [nw.col(own).cast(kind) for own, kind in found.items() if _is_taken_back(made.schema[own], kind, form)]
    return made.with_columns(*casts).rename({own: name for own, name in names.items() if own in frame}).to_native()


def _is_taken_back(made: DType, given: DType, form: FrameForm) -> bool:
    """Return whether a column of a result is cast to the type that it had in the data."""
    if isinstance(given, nw.Categorical):
        return True
    if given.is_numeric():
        return made.is_numeric()
    if form.backend == PANDAS or not isinstance(made, nw.Datetime):
        return False
    return isinstance(given, nw.Date | nw.Datetime) and made.time_zone == getattr(given, "time_zone", None)


def _as_numbers(ids: pd.Series[Any], kind: DType | None) -> pd.Series[Any]:
    """Return names of series as numbers if they were numbers in the data, and all of them are."""
    if kind is not None and kind.is_numeric():
        with suppress(ValueError, OverflowError):
            return ids.astype("int64" if kind.is_integer() else "float64")
    return ids


def _frame_of_backend(frame: pd.DataFrame, backend: str) -> nw.DataFrame[Any]:
    """Return a frame of pandas as a frame of another library."""
    if backend == PANDAS:
        return nw.from_native(frame, eager_only=True)
    columns = {str(name): _plain_values(values) for name, values in frame.items()}
    made = nw.from_dict(columns, backend=POLARS if backend == POLARS else PYARROW)
    zones = {name: str(values.dt.tz) for name, values in frame.items() if isinstance(values.dtype, pd.DatetimeTZDtype)}
    for name, zone in zones.items():
        in_utc = nw.col(str(name)).dt.replace_time_zone("UTC")
        made = made.with_columns(in_utc if zone.startswith("UTC") else in_utc.dt.convert_time_zone(zone))
    return made


def _plain_values(values: pd.Series[Any]) -> Any:
    """Return the values of a column as an array of NumPy, or as a list of texts; times with a zone in UTC."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    if values.dtype.kind == "M":
        return values.to_numpy().astype("datetime64[us]")
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iufb":
        return values.to_numpy()
    return [None if value is pd.NA or value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN
