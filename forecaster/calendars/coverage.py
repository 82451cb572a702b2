"""How the rows of a file fill the open slots of its days.

Times are whole seconds since 1970-01-01, and days are numbered from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.arrays import Bools, Ints, among
from forecaster.calendars.day_record import DayRecord
from forecaster.calendars.holidays import closed_days
from forecaster.calendars.units import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.calendars.holidays import Holiday
    from forecaster.calendars.week import Week
FULL_DAY = 0.75
"""Share of its slots from which a day has all its rows but single ones. Chosen by hand."""
FEWEST_WHOLE_DAYS, MOST_PARTS = 5, 0.2
"""Days without rows from which days close on purpose, and days that lack a part of their rows for each of them at most:
an outage begins and ends at any time, so most outages would leave parts of days. Chosen by hand."""


@dataclass(frozen=True)
class Coverage:
    """How the rows of a file fill the open slots of each day between its first and its last row, D days.

    Attributes:
        first: Number of the first day.
        present: Rows in open slots of each day, (D,).
        expected: Open slots of each day, (D,); of the first and the last day, the slots that have rows.
        closes: For days on which one run of slots has no rows: the second of the day at which the run begins, (D,), 0
            if it begins with the first slot of the day; 0 for other days.
        reopens: The second of the day at which that run ends, (D,), 86400 if it lasts until the end of the day; 0 for
            other days.

    """

    first: int
    present: Ints
    expected: Ints
    closes: Ints
    reopens: Ints

    @property
    def days(self) -> Ints:
        """Number of each day, (D,)."""
        return np.arange(self.first, self.first + len(self.present))

    @property
    def misfit(self) -> int:
        """Days that have some of their rows."""
        return int(((self.present > 0) & (self.present < self.expected)).sum())

    def contradicts_week(self, rows: int, most: float) -> bool:
        """Return whether some rows fall on closed slots, and more than the share `most` of open ones is empty."""
        return bool(self.present.sum() < min(rows, (1 - most) * self.expected.sum()))

    def closes_by_the_day(self, half_days: Sequence[Holiday]) -> bool:
        """Return whether days within the span have no rows while hardly any day lacks a part, unlike in outages.

        Days that are closed in part by a rule do not count. One slot a day cannot tell.
        """
        inside, several = slice(1, -1), self.expected > 1
        whole = int((several & (self.present == 0))[inside].sum())
        half = among(self.days, closed_days(half_days, self.first, self.first + len(self.present)))
        part = int((~half & (self.present > 0) & (self.present < FULL_DAY * self.expected))[inside].sum())
        return whole >= FEWEST_WHOLE_DAYS and part <= MOST_PARTS * whole

    def day_record(self, half_days: Sequence[Holiday]) -> DayRecord:
        """Return which days are open and which are closed: those with under half of their rows, half days with none."""
        half = among(self.days, closed_days(half_days, self.first, self.first + len(self.present)))
        closed = np.where(half, self.present == 0, 2 * self.present < self.expected)
        return DayRecord(self.first, self.expected > 0, closed & (self.expected > 0))


def measure_coverage(seconds: Ints, week: Week) -> Coverage:
    """Compare rising time stamps, (n,), with the open slots of `week`."""
    taken = week.seconds(week.number(seconds))
    # A stamp that is out of phase may stand for a slot that began the day before.
    first, last = int(taken[0] // DAY), int(taken[-1] // DAY)
    slots = week.between(first, last)
    has_row = among(slots, taken)
    day = slots // DAY - first
    expected, present = (np.bincount(found, minlength=last - first + 1) for found in (day, day[has_row]))
    closes, reopens = _closed_runs(week, slots, has_row, expected)
    expected[[0, -1]] = present[[0, -1]]
    reopens[[0, -1]] = 0
    return Coverage(first, present, expected, closes, reopens)


def _closed_runs(week: Week, slots: Ints, has_row: Bools, expected: Ints) -> tuple[Ints, Ints]:
    """Return when the slots without rows begin and end on each day, both (D,) in seconds; 0 unless they are one run.

    Args:
        week: The open slots.
        slots: When the slots of the span begin, (S,).
        has_row: Whether they have a row, (S,).
        expected: Slots of each day, (D,).

    """
    start, stop = np.cumsum(expected) - expected, np.cumsum(expected)
    if has_row.all():
        return np.zeros_like(expected), np.zeros_like(expected)
    absent = np.flatnonzero(~has_row)
    day = np.searchsorted(stop, absent, side="right")
    without_row = np.bincount(day, minlength=len(expected))
    low, high = np.zeros_like(expected), np.zeros_like(expected)
    low[day[::-1]], high[day] = absent[::-1], absent
    one_run = (without_row > 0) & (high - low + 1 == without_row)
    closes = np.where(low == start, 0, slots[low] % DAY)
    reopens = np.where(high == stop - 1, DAY, slots[high] % DAY + week.step)
    return np.where(one_run, closes, 0), np.where(one_run, reopens, 0)
