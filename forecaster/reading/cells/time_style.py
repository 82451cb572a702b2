"""How a file writes its times, so that the rows of a forecast are written in the same way.

Time stamps are `datetime64[us]`, or int64 where the file only counts its steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.holidays import weekday_of
from forecaster.reading.cells.column import coarsest_unit
from forecaster.reading.cells.date_formats import ISO, format_times, split_fields
from forecaster.reading.cells.epochs import EPOCHS, format_epochs

if TYPE_CHECKING:
    from numpy.typing import NDArray

ISO_FORMATS = {"D": ISO, "s": f"{ISO} HH:MM:SS", "us": f"{ISO} HH:MM:SS.ffffff"}
"""The ISO format of times by the unit that they need."""


@dataclass(frozen=True)
class TimeStyle:
    """A format as `DD/MM/YYYY HH:MM`, empty for ISO or counts, and a zone, `UTC` or `+02:00`, empty if unknown."""

    date_format: str = ""
    zone: str = ""


ISO_STYLE = TimeStyle()


def write_times(ds: NDArray[Any], style: TimeStyle) -> NDArray[np.object_]:
    """Return time stamps, (...), as text in a style; in ISO where it has no format, or one that would lose a part."""
    if ds.dtype.kind == "i":
        return ds.astype(str).astype(object)
    distinct, places = np.unique(ds.astype("datetime64[us]"), return_inverse=True)
    date_format = style.date_format or ISO
    if date_format in EPOCHS:
        return format_epochs(distinct, date_format)[places].reshape(ds.shape)
    if (distinct != _truncated(distinct, date_format)).any():
        date_format = ISO_FORMATS[coarsest_unit(distinct)] + {"": "", "UTC": "Z"}.get(style.zone, "+HH:MM")
    return np.array(format_times(date_format, distinct, style.zone), dtype=object)[places].reshape(ds.shape)


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
