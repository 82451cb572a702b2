"""Frames as they leave the program: made of records, stacked, and with their cells ready for text.

The rooms above this one take frames from here and do not import pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    texts = {}
    for name, stamps in columns_of_kind(frame, "M").items():
        if stamps.dt.tz is not None and is_named_zone(str(stamps.dt.tz)):
            texts[str(name)] = stamps.map(lambda stamp: stamp.isoformat(separator), na_action="ignore")
            continue
        present = stamps.dropna()
        zone = "" if stamps.dt.tz is None else str(stamps.dt.tz).removeprefix("UTC") or "Z"
        daily = not zone and (present == present.dt.normalize()).all()
        texts[str(name)] = stamps.dt.strftime("%Y-%m-%d" if daily else f"%Y-%m-%d{separator}%H:%M:%S{zone}")
    return frame.assign(**texts)


def records(frame: Frame) -> Iterator[dict[str, Any]]:
    """Yield each row as plain data, time stamps as text and what is missing as None."""
    columns = [
        [None if missing else value for value, missing in zip(values.tolist(), values.isna(), strict=True)]
        for _, values in dates_as_text(frame, "T").items()
    ]
    for row in zip(*columns, strict=True):
        yield dict(zip(map(str, frame.columns), row, strict=True))
