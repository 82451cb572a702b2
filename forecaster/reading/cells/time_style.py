"""How a file writes its times, so that the forecast's rows are written in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.reading.cells.date_formats import split_words, write_words
from forecaster.reading.cells.epochs import EPOCHS, write_epochs

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Style:
    """A way to write times.

    Attributes:
        layout: As users write it: `DD/MM/YYYY HH:MM`; empty for ISO dates or whole numbers.
        zone: `UTC` or an offset such as `+02:00`, in which the times are; empty where the file does not say.

    """

    layout: str = ""
    zone: str = ""


def write_times(ds: NDArray[Any], style: Style) -> NDArray[np.object_]:
    """Return time stamps of any shape as text in the style of their file.

    ISO is written where the layout is empty or would lose a part of a time.
    """
    if ds.dtype.kind == "i":
        return ds.astype(str).astype(object)
    distinct, places = np.unique(ds.astype("datetime64[us]"), return_inverse=True)
    return _written(distinct, style)[places].reshape(ds.shape)


def _written(ds: NDArray[Any], style: Style) -> NDArray[np.object_]:
    """Return distinct time stamps as text, (n,)."""
    if style.layout in EPOCHS:
        return write_epochs(ds, style.layout)
    layout = style.layout or "YYYY-MM-DD"
    if (ds != _kept(ds, layout)).any():
        layout = _iso(ds) + {"": "", "UTC": "Z"}.get(style.zone, "+HH:MM")
    return np.array(write_words(layout, ds, style.zone), dtype=object)


def _kept(ds: NDArray[Any], layout: str) -> NDArray[Any]:
    """Return what a layout keeps of time stamps."""
    fields = {field: word for field, word in split_words(layout) if field}
    if not {"d", "m", "b"} & fields.keys():
        return ds.astype("datetime64[Y]")
    if "d" not in fields:
        return ds.astype("datetime64[M]")
    unit = next(
        (unit for field, unit in (("f", "us"), ("S", "s"), ("M", "m"), ("H", "h"), ("h", "h")) if field in fields), "D"
    )
    kept = ds.astype(f"datetime64[{unit}]").astype("datetime64[us]")
    rest = 10 ** max(0, 6 - len(fields.get("f", "")))
    return kept - (kept.astype(np.int64) % rest if unit == "us" else 0)


def _iso(ds: NDArray[Any]) -> str:
    """Return the shortest ISO layout that keeps all of the time stamps."""
    date_patterns = ("YYYY-MM-DD", "YYYY-MM-DD HH:MM:SS", "YYYY-MM-DD HH:MM:SS.ffffff")
    return next(layout for layout in date_patterns if (ds == _kept(ds, layout)).all())
