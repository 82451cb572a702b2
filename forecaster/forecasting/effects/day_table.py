"""Rows of a daily or intraday series as a table of days and times of day.

Days are numbered from 1970-01-01, D of them; times of day are seconds since midnight, H of them. A daily series has
one time of day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.daylight_saving import to_session_clock
from forecaster.calendars.holidays import weekday_of
from forecaster.calendars.schedule import DAILY, INTRADAY, Schedule
from forecaster.calendars.units import DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints

MOST_SLOTS = 1440
"""Times of day at most: minutes. Shorter steps have too few days of history for a yearly pattern in any file that we
met, and a table of seconds would not fit into memory."""


@dataclass(frozen=True, eq=False)
class DayTable:
    """Values by day and time of day.

    Attributes:
        days: Number of each day, (D,), rising without gaps.
        slots: Seconds of each time of day, (H,), rising.
        values: The observed values, (D, H); NaN where there is none.

    """

    days: Ints
    slots: Ints
    values: Floats

    def weekday_profiles(self) -> Floats:
        """Return the mean of each weekday and time of day, (7, H); where nothing is observed, that of the time of day.

        A weekday that is never observed has the profile of the others.
        """
        weekdays = weekday_of(self.days)
        profiles = np.full((7, len(self.slots)), np.nan)
        for weekday in range(7):
            rows = self.values[weekdays == weekday]
            seen = np.isfinite(rows)
            profiles[weekday] = _mean_where(rows, seen)
        overall = _mean_where(profiles, np.isfinite(profiles))
        overall = np.where(np.isfinite(overall), overall, 0.0)
        return np.where(np.isfinite(profiles), profiles, overall)

    def levels(self, profiles: Floats) -> tuple[Floats, Bools]:
        """Return the level of each day, (D,), and which of the levels are observed, (D,).

        The level is the mean of the day; values that are absent are taken to differ from those of the weekday's profile
        as the others of the day do. A day is observed if at least half of its usual values are.
        """
        expected = profiles[weekday_of(self.days)]
        present = np.isfinite(self.values)
        count = present.sum(1)
        difference = np.where(present, self.values - expected, 0.0).sum(1) / np.maximum(count, 1)
        usual = np.array([np.median(count[weekday_of(self.days) == weekday]) for weekday in range(7)])
        observed = (count > 0) & (2 * count >= usual[weekday_of(self.days)])
        levels: Floats = expected.mean(1) + difference
        return levels, observed


def _mean_where(values: Floats, present: Bools) -> Floats:
    """Return the mean of the `present` values of each column; NaN for a column without any."""
    count = present.sum(0)
    total = np.where(present, values, 0.0).sum(0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def has_days(schedule: Schedule) -> bool:
    """Return whether the rows of a schedule are days, or equal parts of days."""
    if schedule.kind == DAILY:
        return schedule.step == 1
    return schedule.kind == INTRADAY and DAY % schedule.step == 0 and DAY // schedule.step <= MOST_SLOTS


def days_and_times(ds: NDArray[Any], clock: str, *, daily: bool) -> tuple[Ints, Ints]:
    """Return the day number and the seconds since midnight of time stamps, (n,) both, on a clock of sessions.

    A daily row has 0 seconds, at whatever hour it is written.
    """
    seconds = ds.astype("datetime64[s]").astype(np.int64).reshape(-1)
    days, times = np.divmod(to_session_clock(seconds, clock), DAY)
    return days, np.zeros_like(times) if daily else times


def day_table(days: Ints, times: Ints, values: Floats, observed: Bools) -> DayTable:
    """Build the table of rows, (n,) each; what is not `observed` is left out."""
    slots = np.unique(times)
    first = int(days[0])
    table = np.full((int(days[-1]) - first + 1, len(slots)), np.nan)
    table[days[observed] - first, np.searchsorted(slots, times[observed])] = values[observed]
    return DayTable(np.arange(first, first + len(table)), slots, table)
