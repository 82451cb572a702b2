"""Time zones of a column: all rows have one or none has.

Times of one offset stay as they are written, in that zone; times of different offsets are converted to UTC.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.schedule import UTC
from forecaster.errors import Code, Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.reading.cells.column import Column
    from forecaster.reading.cells.date_candidates import DateCandidate

ZONE_NAME = re.compile(r" [A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+){1,2}$")
"""The name of a zone in the database of zones behind a time, as America/New_York: unlike EST it has one meaning."""
MOST_SHOWN = 4
"""Offsets that a message lists: a zone has two, and four fit on a line."""


def resolve_zone(column: Column, candidate: DateCandidate) -> tuple[NDArray[Any], str, tuple[Finding, ...]]:
    """Return the time stamps of the distinct cells, (n,), their zone, and a finding if they were converted.

    Raises:
        InputRefusedError: Some cells have a zone and others none.

    """
    stamps = candidate.timestamps
    zoned = np.zeros(len(column.texts), np.bool_)
    for shape, match in candidate.matches.items():
        zoned[column.shapes[shape]] = "z" in match.spans
    if not zoned.any():
        return stamps.wall, "", ()
    if not zoned.all():
        fault = f"has a time zone and {column.quoted(int(np.argmin(zoned)))} has none"
        remedy = "write all times with their offset, or all without"
        raise column.refusal_of(int(np.argmax(zoned)), fault, remedy, Code.TZ_MIXED)
    offsets = np.unique(stamps.offsets).tolist()
    if len(offsets) == 1:
        return stamps.wall, _zone_name(offsets[0]), ()
    listed = ", ".join(_zone_name(offset) for offset in offsets[:MOST_SHOWN])
    text = f"the offsets of the times differ ({listed}), so they were turned into UTC"
    return stamps.wall - stamps.offsets.astype("timedelta64[m]"), UTC, (Finding(Code.TZ, text, column.place()),)


def without_zone_name(column: Column) -> tuple[Column, tuple[Finding, ...]]:
    """Return a column without the name of the zone that all its times have, and a finding; else the column."""
    names = {match[0] if (match := ZONE_NAME.search(text)) else "" for text in column.texts}
    name = next(iter(names), "")
    if len(names) != 1 or not name:
        return column, ()
    local = replace(column, data=tuple(cell.strip().removesuffix(name) for cell in column.cells))
    return local, (Finding(Code.TZ, f"the times are those of clocks in{name}", column.place()),)


def _zone_name(offset: int) -> str:
    """Return the name of a zone that is `offset` minutes ahead of UTC."""
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}" if offset else UTC
