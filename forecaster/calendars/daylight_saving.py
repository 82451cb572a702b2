"""Sessions that keep daylight saving time in files whose time stamps do not.

A file in UTC shows the same session an hour earlier in summer. On the clock of the sessions, which is the clock of the
file plus one hour in summer, a session has the same hours all year. Times are whole seconds since 1970-01-01.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.holidays import LAST, SUNDAY, WEEKDAY, Holiday, year_of
from forecaster.calendars.units import DAY, HOUR

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Ints

WALL = "wall"
SUMMERS = {
    "american": (Holiday(WEEKDAY, 3, 2, SUNDAY), Holiday(WEEKDAY, 11, 1, SUNDAY)),
    "european": (Holiday(WEEKDAY, 3, LAST, SUNDAY), Holiday(WEEKDAY, 10, LAST, SUNDAY)),
    "australian": (Holiday(WEEKDAY, 10, 1, SUNDAY), Holiday(WEEKDAY, 4, 1, SUNDAY)),
}
"""First day of summer and of winter time: the rules since 2007 (United States), 1996 (Europe), 2008 (Australia)."""


def to_session_clock(seconds: Ints, clock: str) -> Ints:
    """Return time stamps, (n,), on the clock of the sessions."""
    return seconds + HOUR * _is_summer(seconds // DAY, clock)


def to_time_stamps(seconds: Ints, clock: str) -> Ints:
    """Return the time stamps, (n,), of times on the clock of the sessions."""
    return seconds - HOUR * _is_summer(seconds // DAY, clock)


def session_days(seconds: Ints) -> tuple[Ints, str]:
    """Return the days of time stamps in seconds, (n,), on the clock that most of them follow, and this clock."""
    clock = learn_clock(seconds)
    return to_session_clock(seconds, clock) // DAY, clock


def learn_clock(seconds: Ints) -> str:
    """Return the clock on which rows a day or more apart, (n,), have one time of day; `wall` if there is none."""
    return next((clock for clock in (WALL, *SUMMERS) if np.ptp(to_session_clock(seconds, clock) % DAY) == 0), WALL)


def _is_summer(days: Ints, clock: str) -> Bools:
    """Return which days, (n,), fall into the summer of a clock."""
    if clock not in SUMMERS or not len(days):
        return np.zeros(len(days), dtype=bool)
    years = np.arange(year_of(int(days.min())) - 1, year_of(int(days.max())) + 1)
    begins, ends = (rule.days(years) for rule in SUMMERS[clock])
    begun, ended = (np.searchsorted(switches, days, side="right") for switches in (begins, ends))
    summer: Bools = begun - ended == (1 if begins[0] < ends[0] else 0)
    return summer
