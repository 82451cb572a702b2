"""Local time of zones with daylight saving time: offsets from UTC, and the zone that the offsets of a file follow.

Time stamps are `datetime64[us]`, offsets are minutes ahead of UTC. The rules are those of the time zone database.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import numpy as np
import pandas as pd

from forecaster.calendars.schedule import UTC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Ints

USUAL_ZONES = (
    *("Europe/Berlin", "Europe/London", "Europe/Athens"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Halifax"),
    *("Australia/Sydney", "Australia/Adelaide", "Pacific/Auckland", "America/Santiago", "America/Sao_Paulo"),
)
"""Zones that are tried first, because many people live in them: several zones may have the offsets of a file."""
NAMED_ZONE = re.compile(r"(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z0-9_+/-]+")
HALF_HOUR = 30
"""Minutes: clocks change at whole or half hours, so times are compared by the half hour, of which there are few."""
REFERENCE_DAYS = np.array(["2020-01-15", "2020-07-15"], dtype="datetime64[us]")
"""A day of winter and one of summer. The standard time of a zone must not depend on the rows of a file."""


def is_named_zone(zone: str) -> bool:
    """Return whether a zone is one of the time zone database, and not UTC or a fixed offset."""
    return NAMED_ZONE.fullmatch(zone) is not None


def offsets_at(utc: NDArray[Any], zone: str) -> Ints:
    """Return how far a zone is ahead of UTC at time stamps in UTC, (n,)."""
    instants = pd.DatetimeIndex(utc).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    local: NDArray[Any] = instants.to_numpy().astype("datetime64[us]")
    minutes: Ints = (local - utc).astype("timedelta64[m]").astype(np.int64)
    return minutes


@lru_cache(maxsize=100)
def standard_offset(zone: str) -> int:
    """Return how far a zone is ahead of UTC outside daylight saving time."""
    return int(offsets_at(REFERENCE_DAYS, zone).min())


def zone_name(offset: int) -> str:
    """Return the name of a zone that is `offset` minutes ahead of UTC."""
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}" if offset else UTC


def find_zone(utc: NDArray[Any], offsets: Ints) -> str:
    """Return a zone that has these offsets at time stamps in UTC, (n,) both; empty if there is none.

    Several zones may have them. Their local times are then equal at these time stamps.
    """
    order = np.argsort(utc, kind="stable")
    utc, offsets = utc[order], offsets[order]
    changes = np.flatnonzero(np.diff(offsets))
    ends = np.unique(np.concatenate([[0], changes, changes + 1, [len(utc) - 1]]))
    for zone in _candidates():
        if (offsets_at(utc[ends], zone) == offsets[ends]).all() and (offsets_at(utc, zone) == offsets).all():
            return zone
    return ""


def _candidates() -> Iterator[str]:
    """Yield the zones of the time zone database, the usual ones first."""
    known = available_timezones()
    yield from (zone for zone in USUAL_ZONES if zone in known)
    yield from (zone for zone in sorted(known - set(USUAL_ZONES)) if is_named_zone(zone))


def find_zone_of_local_times(wall: NDArray[Any], *, summer: Bools, repeated: Bools) -> tuple[str, NDArray[Any]] | None:
    """Return a zone with these local times, and the times in UTC, (n,); None where no zone has them.

    Args:
        wall: Local times, (n,).
        summer: Which of them are the first ones of an hour that occurs twice, (n,).
        repeated: Which of them lie in such an hour, (n,): all that the zone has twice must.

    """
    twice, once = (
        np.unique(part.astype("datetime64[m]").astype(np.int64) // HALF_HOUR)
        for part in (wall[repeated], wall[~repeated])
    )
    for zone in _candidates():
        if _has_twice(twice, zone).all() and not _has_twice(once, zone).any():
            local = pd.DatetimeIndex(wall)
            utc = local.tz_localize(zone, ambiguous=summer, nonexistent="NaT").tz_convert("UTC").tz_localize(None)
            if not utc.hasnans:
                return zone, utc.to_numpy().astype("datetime64[us]")
    return None


def _has_twice(half_hours: Ints, zone: str) -> Bools:
    """Return which local half hours since 1970, (n,), a zone has twice."""
    wall = (HALF_HOUR * half_hours).astype("datetime64[m]").astype("datetime64[us]")
    localized = pd.DatetimeIndex(wall).tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
    twice: Bools = np.asarray(localized.isna())
    return twice
