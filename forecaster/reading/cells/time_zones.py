"""Time zones of a column: all rows have one or none has.

Times of one offset stay as they are written, in that zone. Different offsets are those of a zone with daylight saving
time: days stay as they are written, and times of day become standard time, so that steps are equal. Where no zone has
these offsets, times are converted to UTC.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.local_time import find_zone, standard_offset, zone_name
from forecaster.calendars.schedule import UTC
from forecaster.calendars.units import DAY, MICROSECONDS
from forecaster.errors import Code, Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.reading.cells.column import Column
    from forecaster.reading.cells.date_candidates import DateCandidate

ZONE_NAME = re.compile(r" [A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+){1,2}$")
"""The name of a zone in the database of zones behind a time, as America/New_York: unlike EST it has one meaning."""
MOST_SHOWN = 4
"""Offsets that a message lists: a zone has two, and four fit on a line."""


class ZonedTimes(NamedTuple):
    """Time stamps, (n,), their zone, whether they are in its standard time, and a finding if offsets differ."""

    ds: NDArray[Any]
    zone: str = ""
    standard: bool = False
    findings: tuple[Finding, ...] = ()


def resolve_zone(column: Column, candidate: DateCandidate) -> ZonedTimes:
    """Return the time stamps of the distinct cells and their zone.

    Raises:
        InputRefusedError: Some cells have a zone and others none.

    """
    stamps = candidate.timestamps
    zoned = np.zeros(len(column.texts), np.bool_)
    for shape, match in candidate.matches.items():
        zoned[column.shapes[shape]] = "z" in match.spans
    if not zoned.any():
        return ZonedTimes(stamps.wall)
    if not zoned.all():
        fault = f"has a time zone and {column.quoted(int(np.argmin(zoned)))} has none"
        remedy = "write all times with their offset, or all without"
        raise column.refusal_of(int(np.argmax(zoned)), fault, remedy, Code.TZ_MIXED)
    offsets = np.unique(stamps.offsets).tolist()
    if len(offsets) == 1:
        return ZonedTimes(stamps.wall, zone_name(offsets[0]))
    listed = ", ".join(zone_name(offset) for offset in offsets[:MOST_SHOWN])
    differ = f"the offsets of the times differ ({listed})"
    utc = stamps.wall - stamps.offsets.astype("timedelta64[m]")
    zone = find_zone(utc, stamps.offsets)
    if not zone:
        text = f"{differ}, and no time zone has them all, so they were converted to UTC"
        return ZonedTimes(utc, UTC, findings=(Finding(Code.TZ, text, column.place()),))
    summer = f"{differ} as daylight saving time in {zone} does"
    if len(np.unique(stamps.wall.astype(np.int64) % (DAY * MICROSECONDS))) == 1:
        text = f"{summer}: days are local"
        return ZonedTimes(stamps.wall, zone, findings=(Finding(Code.TZ, text, column.place()),))
    standard = standard_offset(zone)
    text = f"{summer}: times are read as standard time ({zone_name(standard)}), and written with their own offset"
    ds = utc + np.timedelta64(standard, "m")
    return ZonedTimes(ds, zone, standard=True, findings=(Finding(Code.TZ, text, column.place()),))


def without_zone_name(column: Column) -> tuple[Column, tuple[Finding, ...]]:
    """Return a column without the name of the zone that all its times have, and a finding; else the column."""
    if not column.texts or not ZONE_NAME.search(column.texts[0]):
        return column, ()
    names = {match[0] if (match := ZONE_NAME.search(text)) else "" for text in column.texts}
    if len(names) > 1:
        return column, ()
    name = names.pop()
    local = replace(column, data=tuple(cell.strip().removesuffix(name) for cell in column.cells))
    return local, (Finding(Code.TZ, f"the times are those of clocks in{name}", column.place()),)
