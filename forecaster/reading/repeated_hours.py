"""Local times without an offset in which an hour stands twice in autumn, and one is missing in spring.

The first of the two is an hour of summer. Where both changes are those of a zone with daylight saving time, times are
read as its standard time, in which all steps are equal. An hour that stands twice alone may be an error of the file.
Rows are in the order of the file, R of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.arrays import most_frequent
from forecaster.calendars.durations import write_time
from forecaster.calendars.local_time import find_zone_of_local_times, standard_offset
from forecaster.calendars.units import DAY, HOUR
from forecaster.errors import Code, Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Ints
    from forecaster.errors import Place
    from forecaster.reading.cells.dates import ParsedDates

FURTHEST_BACK = 2 * HOUR
"""A series begins where times go back by more: a clock goes back by an hour."""
LEAST_DAYS = 300
"""Days between two autumns in which clocks go back, at least: about a year, less what a rule moves the date by."""
MOST_SHOWN = 3
"""Times that the finding lists, so that it stays readable: two or three years."""


def in_standard_time(dates: ParsedDates, place: Place) -> ParsedDates:
    """Return the times in the standard time of a zone whose clocks change where hours are twice or missing, if any.

    Series must stand one after the other. `place` is the column of the times.
    """
    if dates.zone or dates.ds.dtype.kind != "M" or len(dates.ds) < 2:
        return dates
    seconds = dates.ds.astype("datetime64[s]").astype(np.int64)
    falling = bool((np.diff(seconds) <= 0).mean() > 0.5)
    rising = seconds[::-1] if falling else seconds
    back, near = _repeated_hours(rising)
    if not len(back) or not _are_years_apart(rising[back] // DAY):
        return dates
    wall = dates.ds[::-1] if falling else dates.ds
    summer, repeated = _before(back, near, len(wall)), _around(back, near, len(wall))
    found = find_zone_of_local_times(wall, summer=summer, repeated=repeated)
    if found is None:
        return dates
    zone, utc = found
    if not _closes_a_gap(wall, utc):
        return dates
    ds = utc + np.timedelta64(standard_offset(zone), "m")
    times = ", ".join(write_time(stamp) for stamp in np.unique(wall[back])[:MOST_SHOWN])
    text = f"the hour from {times} occurs twice and one is missing in spring, as clocks change in {zone}"
    finding = Finding(Code.TZ, f"{text}: times are read as standard time, and written as the file has them", place)
    findings = (*dates.findings, finding)
    return replace(dates, ds=ds[::-1] if falling else ds, zone=zone, standard=True, findings=findings)


def _repeated_hours(seconds: Ints) -> tuple[Ints, int]:
    """Return the rows at which an hour begins again, and the rows of an hour; none where times go back otherwise."""
    none = np.empty(0, np.int64), 0
    changes = np.diff(seconds)
    back = np.flatnonzero((changes <= 0) & (changes >= -FURTHEST_BACK))
    if not len(back):
        return none
    ahead = changes[changes > 0]
    step = most_frequent(ahead) if len(ahead) else 0
    if not step or HOUR % step or (changes[back] != step - HOUR).any():
        return none
    return back + 1, HOUR // step


def _closes_a_gap(wall: NDArray[Any], utc: NDArray[Any]) -> bool:
    """Return whether an hour that local times lack, (n,), is none that times in UTC lack, (n,)."""
    steps, local_steps = np.diff(utc), np.diff(wall)
    return bool((local_steps - steps == np.timedelta64(HOUR, "s")).any())


def _are_years_apart(days: Ints) -> bool:
    """Return whether different days, of (n,), are most of a year apart, as the days are on which clocks go back."""
    return bool((np.diff(np.unique(days)) > LEAST_DAYS).all())


def _before(back: Ints, near: int, rows: int) -> Bools:
    """Return which rows, (R,), are the first ones of two in an hour that begins again at the rows `back`."""
    found = np.zeros(rows, dtype=bool)
    found[np.maximum(back[:, None] - np.arange(1, near + 1), 0).ravel()] = True
    return found


def _around(back: Ints, near: int, rows: int) -> Bools:
    """Return which rows, (R,), lie in an hour that occurs twice."""
    found = _before(back, near, rows)
    found[np.minimum(back[:, None] + np.arange(near), rows - 1).ravel()] = True
    return found
