"""What a user of the library gives as data: frames of several kinds and forms, a series, or names of files.

All of it becomes sources of the reader, and results go back as frames of the kind that was given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
import pandas as pd

from forecaster.api.accepted import ACCEPTED, refusal_of
from forecaster.errors import UsageError
from forecaster.reading.column_search import TARGET_NAMES
from forecaster.reading.tables.frame_table import table_of_frame
from forecaster.spec import COLUMNS, PLUS
from forecaster.workflow import expand_sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.reading.tables.table import Source
    from forecaster.spec import Selection

PANDAS: Final = "pandas"
POLARS: Final = "polars"
PYARROW: Final = "pyarrow"
"""The libraries whose frames are taken and given back; of pandas where files were given."""
FRAME = "frame"
"""The name of a frame in messages, and of its only series."""


@dataclass(frozen=True)
class GivenData:
    """Data that a user gave.

    Attributes:
        sources: What the reader reads.
        selection: The columns that the user named, and those that follow from the form of the data.
        backend: The library that makes frames of this kind: `pandas`, `polars` or `pyarrow`.
        period: The frequency of times that are periods of pandas; empty for others.

    """

    sources: Sequence[Source]
    selection: Selection
    backend: str = PANDAS
    period: str = ""


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
        table = table_of_frame(nw.from_native(plain, eager_only=True), _name_of(data))
        return GivenData([table], selection, PANDAS, period)
    frame = _known_frame(data)
    return GivenData([table_of_frame(frame, _name_of(data))], selection, str(frame.implementation))


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
    """Return what messages call the data, and its only series: a Series has a name."""
    name = getattr(data, "name", None)
    return name if isinstance(name, str) and name else FRAME


def _plain_frame(data: pd.Series[Any] | pd.DataFrame, selection: Selection) -> tuple[pd.DataFrame, Selection, str]:
    """Return a pandas frame whose index has become columns, what is selected, and the frequency of periods."""
    if isinstance(data, pd.Series):
        data = data.to_frame(COLUMNS.target if data.name is None else data.name)
    frame = data.set_axis([_column_name(name) for name in data.columns], axis=1)
    if isinstance(frame.index, pd.DatetimeIndex | pd.PeriodIndex):
        frame = frame.rename_axis(COLUMNS.time if frame.index.name is None else str(frame.index.name))
        selection = _with_wide_targets(frame, selection)
        frame = frame.reset_index()
    elif any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    period = ""
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.PeriodDtype):
            period = str(frame[name].dtype).removeprefix("period[").removesuffix("]")
            frame = frame.assign(**{name: frame[name].dt.to_timestamp()})
    return frame, selection, period


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


def as_given(frame: pd.DataFrame, given: GivenData, names: dict[str, str]) -> Any:
    """Return a result as a frame of the kind that was given, with the names of its columns."""
    if given.period and COLUMNS.time in frame:
        frame = frame.assign(**{COLUMNS.time: frame[COLUMNS.time].dt.to_period(given.period)})
    frame = frame.rename(columns=names)
    if given.backend == PANDAS:
        return frame
    columns = {str(name): _plain_values(values) for name, values in frame.items()}
    made = nw.from_dict(columns, backend=POLARS if given.backend == POLARS else PYARROW)
    zones = {name: str(values.dt.tz) for name, values in frame.items() if isinstance(values.dtype, pd.DatetimeTZDtype)}
    for name, zone in zones.items():
        in_utc = nw.col(str(name)).dt.replace_time_zone("UTC")
        made = made.with_columns(in_utc if zone.startswith("UTC") else in_utc.dt.convert_time_zone(zone))
    return made.to_native()


def _plain_values(values: pd.Series[Any]) -> Any:
    """Return the values of a column as an array of NumPy, or as a list of texts; times with a zone in UTC."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    if values.dtype.kind == "M":
        return values.to_numpy().astype("datetime64[us]")
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iufb":
        return values.to_numpy()
    return [None if value is pd.NA or value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN
