"""Round dates on the horizontal axis of a chart, with their texts.

Rows are drawn side by side, so that closed nights and holidays take no room: a tick is a row, the first one of a new
year, month, week, day, hour or minute.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.units import MONTH_NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Ints

PERIODS = (
    *(("s", each, 0) for each in (1, 5, 10, 15, 30)),
    *(("m", each, 0) for each in (1, 2, 5, 10, 15, 30)),
    *(("h", each, 0) for each in (1, 2, 3, 6, 12)),
    ("D", 1, 0),
    ("D", 7, 3),
    ("D", 14, 3),
    *(("M", each, 0) for each in (1, 2, 3, 6)),
    *(("Y", each, 1970) for each in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
)
"""Unit, length and offset from 1970-01-01 of the periods at whose beginnings ticks may stand, the shortest first; weeks
begin on Mondays."""
COUNTS = tuple(factor * 10**power for power in range(17) for factor in (1, 2, 5))
"""Distances of ticks of counted steps."""
GAP = 3
"""Columns between two texts at least; chosen by hand."""
COLUMNS_OF_TICK, FEWEST_TICKS = 10, 3
"""Columns of the chart for each tick at least, beyond the first few; chosen by hand: more ticks are not read."""
CLOCK_UNITS = ("s", "m", "h")


class TimeTick(NamedTuple):
    """The number of a row and what stands below it."""

    row: int
    text: str


def time_ticks(ds: NDArray[Any], columns: int) -> list[TimeTick]:
    """Return the ticks of rows at these time stamps, (n,): as many as have room in `columns`, one if two have none."""
    dated, most = ds.dtype.kind == "M", max(FEWEST_TICKS, columns // COLUMNS_OF_TICK)
    single: list[TimeTick] = []
    for period in PERIODS if dated else [("", count, 0) for count in COUNTS]:
        rows = _first_rows(ds, *period)
        if len(ds) > 1 and 0 < len(rows) <= most:
            texts = _texts(ds[rows], period[0]) if dated else [f"{number:,}" for number in ds[rows].tolist()]
            ticks = [TimeTick(int(row), text) for row, text in zip(rows, texts, strict=True)]
            if len(rows) > 1 and _have_room(ticks, len(ds), columns):
                return ticks
            single = single or ticks[: len(rows) == 1]
    return single or _ends(ds, columns)


def _first_rows(ds: NDArray[Any], unit: str, length: int, offset: int) -> Ints:
    """Return the rows that are the first of a period; the first row of all only if it is at the beginning of one."""
    numbers = (ds.astype(f"datetime64[{unit}]").astype(np.int64) if unit else ds) + offset
    periods = numbers // length
    first = np.flatnonzero(np.diff(periods)) + 1
    begins = numbers[0] % length == 0 and _begins_period(ds, unit)
    return np.concatenate([[0], first]) if begins else first


def _begins_period(ds: NDArray[Any], unit: str) -> bool:
    """Return whether the first row is the first one of its unit: a first day, or the hour at which days begin."""
    if unit in {"", *CLOCK_UNITS}:
        return not unit or bool(ds[0] == ds[0].astype(f"datetime64[{unit}]"))
    days = ds.astype("datetime64[D]")
    on_first_day = days[0] == days[0].astype(f"datetime64[{unit}]").astype("datetime64[D]")
    return bool(on_first_day and ds[0] - days[0] == (ds - days).min())


def _texts(stamps: NDArray[Any], unit: str) -> list[str]:
    """Return time stamps as short as they can be understood after the one before: a new year or day is named."""
    texts, earlier = [], None
    for each in stamps:
        texts.append(_text(each, earlier, unit))
        earlier = each
    return texts


def _text(stamp: Any, earlier: Any, unit: str) -> str:
    """Return one time stamp as text, given the one of the tick before it."""
    year, month, day = str(stamp.astype("datetime64[D]")).rsplit("-", 2)
    name = MONTH_NAMES[int(month) - 1][:3]
    if unit == "Y":
        return year
    if unit == "M":
        return name if _same(stamp, earlier, "Y") else f"{name} {year}"
    date = f"{int(day)} {name}"
    if unit not in CLOCK_UNITS:
        return date if _same(stamp, earlier, "Y") else f"{date} {year}"
    clock = str(stamp.astype("datetime64[s]")).partition("T")[2]
    clock = clock if unit == "s" else clock[:5]
    if _same(stamp, earlier, "D"):
        return clock
    return date if stamp == stamp.astype("datetime64[D]") else f"{date} {clock}"


def _same(stamp: Any, earlier: Any, unit: str) -> bool:
    """Return whether two time stamps are in one year or on one day."""
    return earlier is not None and bool(stamp.astype(f"datetime64[{unit}]") == earlier.astype(f"datetime64[{unit}]"))


def _have_room(ticks: list[TimeTick], rows: int, columns: int) -> bool:
    """Return whether texts centred below their rows do not touch each other."""
    spans = [text_span(tick, rows, columns) for tick in ticks]
    return all(left[1] + GAP <= right[0] for left, right in pairwise(spans))


def column_of(row: int, rows: int, columns: int) -> int:
    """Return the column of text in which a row is drawn."""
    return round(row * (columns - 1) / (rows - 1)) if rows > 1 else columns // 2


def text_span(tick: TimeTick, rows: int, columns: int) -> tuple[int, int]:
    """Return the columns, from and to, of the text of a tick: centred below it, and within the chart."""
    length = len(tick.text)
    begin = column_of(tick.row, rows, columns) - (length - 1) // 2
    begin = max(0, min(begin, columns - length))
    return begin, begin + length


def _ends(ds: NDArray[Any], columns: int) -> list[TimeTick]:
    """Return ticks at the first and the last row, or as many of them as have room."""
    texts = [str(each).replace("T", " ").partition(".")[0].removesuffix(" 00:00:00") for each in ds[[0, -1]]]
    ticks = [TimeTick(row, text) for row, text in zip((0, len(ds) - 1), texts, strict=True)]
    return ticks if len(ds) > 1 and _have_room(ticks, len(ds), columns) else ticks[:1]
