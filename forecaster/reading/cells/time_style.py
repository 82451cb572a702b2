"""How a file writes its times, so that the rows of a forecast are written in the same way.

Time stamps are `datetime64[us]`, or int64 where the file only counts its steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.holidays import weekday_of
from forecaster.calendars.local_time import is_named_zone, offsets_at, standard_offset, zone_name
from forecaster.calendars.schedule import UTC
from forecaster.reading.cells.column import coarsest_unit
from forecaster.reading.cells.date_formats import ISO, format_times, split_fields
from forecaster.reading.cells.epochs import EPOCHS, format_epochs

if TYPE_CHECKING:
    from numpy.typing import NDArray

ISO_FORMATS = {"D": ISO, "s": f"{ISO} HH:MM:SS", "us": f"{ISO} HH:MM:SS.ffffff"}
"""The ISO format of times by the unit that they need."""


@dataclass(frozen=True)
class TimeStyle:
    """How a file writes times, and which clock its time stamps follow.

    Attributes:
        date_format: A format as `DD/MM/YYYY HH:MM`; empty for ISO or counts.
        zone: `UTC`, `+02:00`, or a zone with daylight saving time as `Europe/Berlin`; empty if unknown.
        standard: Whether time stamps are in the standard time of such a zone all year; otherwise they are as written.

    """

    date_format: str = ""
    zone: str = ""
    standard: bool = False


ISO_STYLE = TimeStyle()


def write_times(ds: NDArray[Any], style: TimeStyle) -> NDArray[np.object_]:
    """Return time stamps, (...), as text in a style; in ISO where it has no format, or one that would lose a part."""
    if ds.dtype.kind == "i":
        return ds.astype(str).astype(object)
    distinct, places = np.unique(ds.astype("datetime64[us]"), return_inverse=True)
    if is_named_zone(style.zone):
        return _write_local_times(distinct, style)[places].reshape(ds.shape)
    date_format = style.date_format or ISO
    if date_format in EPOCHS:
        return format_epochs(distinct, date_format)[places].reshape(ds.shape)
    if (distinct != _truncated(distinct, date_format)).any():
        date_format = ISO_FORMATS[coarsest_unit(distinct)] + {"": "", "UTC": "Z"}.get(style.zone, "+HH:MM")
    return np.array(format_times(date_format, distinct, style.zone), dtype=object)[places].reshape(ds.shape)


def _write_local_times(ds: NDArray[Any], style: TimeStyle) -> NDArray[np.object_]:
    """Return time stamps, (n,), of a zone with daylight saving time as text, each with the offset that it has there."""
    utc = to_utc(ds, style)
    offsets = offsets_at(utc, style.zone)
    texts = np.empty(len(ds), dtype=object)
    for offset in np.unique(offsets).tolist():
        chosen = offsets == offset
        wall = utc[chosen] + np.timedelta64(offset, "m")
        texts[chosen] = write_times(wall, TimeStyle(style.date_format, zone_name(offset)))
    return texts


def to_utc(ds: NDArray[Any], style: TimeStyle) -> NDArray[Any]:
    """Return time stamps, (n,), of a style with a zone in UTC."""
    named = is_named_zone(style.zone)
    offset = standard_offset(style.zone) if named else _fixed_offset(style.zone)
    utc: NDArray[Any] = ds - np.timedelta64(offset, "m")
    for _ in range(2 if named and not style.standard else 0):  # the first offset may be that of an hour too early
        utc = ds - offsets_at(utc, style.zone).astype("timedelta64[m]")
    return utc


def from_utc(utc: NDArray[Any], style: TimeStyle) -> NDArray[Any]:
    """Return time stamps in UTC, (n,), on the clock of a style with a zone that saves daylight."""
    offsets = np.full(len(utc), standard_offset(style.zone)) if style.standard else offsets_at(utc, style.zone)
    local: NDArray[Any] = utc + offsets.astype("timedelta64[m]")
    return local


def _fixed_offset(zone: str) -> int:
    """Return how many minutes a zone without daylight saving time is ahead of UTC."""
    if zone in {"", UTC}:
        return 0
    minutes = 60 * int(zone[1:3]) + int(zone[4:6])
    return -minutes if zone.startswith("-") else minutes


def _truncated(ds: NDArray[Any], date_format: str) -> NDArray[Any]:
    """Return time stamps, (n,), without what a format does not write."""
    fields = {field: word for field, word in split_fields(date_format) if field}
    if "q" in fields:
        return ds.astype("datetime64[M]") - ds.astype("datetime64[M]").astype(np.int64) % 3
    if "W" in fields:
        days = ds.astype("datetime64[D]")
        return days - weekday_of(days.astype(np.int64))
    if not {"d", "m", "b"} & fields.keys():
        return ds.astype("datetime64[Y]")
    if "d" not in fields:
        return ds.astype("datetime64[M]")
    units = {"f": "us", "S": "s", "M": "m", "H": "h", "h": "h"}
    unit = next((unit for field, unit in units.items() if field in fields), "D")
    truncated = ds.astype(f"datetime64[{unit}]").astype("datetime64[us]")
    rest = 10 ** max(0, 6 - len(fields.get("f", "")))
    return truncated - (truncated.astype(np.int64) % rest if unit == "us" else 0)
