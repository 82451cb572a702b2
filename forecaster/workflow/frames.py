"""Frames as they leave the program: made of records, stacked, and with their cells ready for text.

The rooms above this one take frames from here and do not import pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecaster.calendars.local_time import is_named_zone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Frame = pd.DataFrame
"""The long frames of results, see `forecaster.spec.COLUMNS`, and tables of scores."""


def frame_of_rows(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> Frame:
    """Return a frame of Python values as they are."""
    return pd.DataFrame(rows, columns=list(columns), dtype=object)


def frame_of_records(rows: Sequence[dict[str, Any]]) -> Frame:
    """Return a frame of records, with the types of their values; what a record lacks is missing."""
    return pd.DataFrame.from_records(rows)


def stack_scores(pooled: Frame, parts: Sequence[Frame]) -> Frame:
    """Return the scores over everything above those of its parts, what names a part in columns behind the method."""
    types = {
        name: "Int64" if name in columns_of_kind(part, "iu") else "object"
        for part in parts
        for name in part.columns.difference(pooled.columns)
    }
    columns = [pooled.columns[0], *types, *pooled.columns[1:]]
    return pd.concat([each.reindex(columns=columns).astype(types) for each in (pooled, *parts)], ignore_index=True)


def columns_of_kind(frame: Frame, kinds: str) -> Frame:
    """Return the columns whose data types are of these kinds, as `numpy.dtype.kind` names them."""
    return frame.loc[:, [dtype.kind in kinds for dtype in frame.dtypes]]


def dates_as_text(frame: Frame, separator: str = " ") -> Frame:
    """Return `frame` with its time stamps in ISO 8601: days alone where there is no zone and only midnight."""
    times = columns_of_kind(frame, "M")
    texts: dict[str, Any] = {str(name): _as_text(values, separator) for name, values in times.items()}
    return frame.assign(**texts)


def rows(frame: Frame, separator: str = " ") -> Iterator[tuple[Any, ...]]:
    """Yield the cells of each row as plain data, time stamps in ISO 8601 and what is missing as None."""
    return zip(*(_cells(values, separator) for _, values in frame.items()), strict=True)


def records(frame: Frame) -> Iterator[dict[str, Any]]:
    """Yield each row as plain data by the names of the columns, time stamps as text and what is missing as None."""
    names = [str(name) for name in frame.columns]
    for row in rows(frame, "T"):
        yield dict(zip(names, row, strict=True))


def _cells(values: pd.Series[Any], separator: str) -> list[Any]:
    """Return the cells of a column as plain data, time stamps in ISO 8601 and what is missing as None."""
    match values.dtype.kind:
        case "M":
            return _as_text(values, separator)
        case "f":
            missing = np.isnan(values.to_numpy())
        case _:
            missing = values.isna().to_numpy()
    cells = values.tolist()
    return [None if gone else cell for cell, gone in zip(cells, missing, strict=True)] if missing.any() else cells


def _as_text(stamps: pd.Series[Any], separator: str) -> list[str | None]:
    """Return time stamps in ISO 8601, None for what is missing: days alone where there is no zone and only midnight."""
    tz = stamps.dt.tz
    if tz is not None and is_named_zone(str(tz)):
        return [None if stamp is pd.NaT else stamp.isoformat(separator) for stamp in stamps]
    zone = "" if tz is None else str(tz).removeprefix("UTC") or "Z"
    times = (stamps if tz is None else stamps.dt.tz_localize(None)).to_numpy()
    days, missing = times.astype("datetime64[D]"), np.isnat(times)
    if not zone and (missing | (days == times)).all():
        texts = np.datetime_as_string(days).tolist()
    else:
        texts = [text.replace("T", separator) + zone for text in np.datetime_as_string(times.astype("datetime64[s]"))]
    return [None if gone else text for text, gone in zip(texts, missing, strict=True)]
