"""Holidays as rules for days on which an open week closes.

A rule gives one day a year: a date (with its observance when it falls on a weekend), the n-th or last weekday of a
month or the day after it, or a distance from Easter Sunday. Days are numbered from 1970-01-01, and weekdays from
Monday = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.calendars.units import EPOCH_WEEKDAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Ints

DATE, WEEKDAY, DAY_AFTER, EASTER = "date", "weekday", "day after", "easter"
SATURDAY, SUNDAY = 5, 6
LAST = -1
NTH_WEEKDAYS = (1, 2, 3, 4, LAST)
"""Which weekdays of a month a rule can name."""
SATURDAY_SHIFTS, SUNDAY_SHIFTS = (0, -1, 2), (0, 1, 2, -2)
"""Days by which a date moves from a weekend: not at all, to the Friday before, the Monday or the Tuesday after."""
EASTER_SPAN = (-60, 70)
"""Days from Easter that a rule may have: from before Carnival, 47 days earlier, to after Corpus Christi, 60 later."""
MOST_HOLIDAYS = 40
"""Rules of a calendar at most, with half days: fewer than the weeks of a year, so that no weekday closes for ever."""
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month; 29 February comes too seldom to be learned."""


@dataclass(frozen=True, order=True)
class Holiday:
    """A rule for one day a year.

    Attributes:
        kind: `date`, `weekday`, `day after` (a weekday) or `easter`.
        month: 1 to 12; 0 for `easter`.
        day: Day of the month; of weekdays which one, 1 to 4, or -1 for the last; for `easter` days after Easter.
        weekday: Monday = 0, for `weekday` and `day after` only.
        saturday: Days by which a `date` moves from a Saturday: -1, 2, or 0 if it does not move.
        sunday: Days by which it moves from a Sunday: 1, 2, -2, or 0 if it does not move.

    """

    kind: str
    month: int
    day: int
    weekday: int = 0
    saturday: int = 0
    sunday: int = 0

    def days(self, years: Ints) -> Ints:
        """Return the day number of the holiday in each of `years`, (Y,)."""
        if self.kind == EASTER:
            return easter_sunday(years) + self.day
        start = month_start(years, self.month)
        if self.kind == DATE:
            return self._observed(start + self.day - 1)
        later = 1 if self.kind == DAY_AFTER else 0
        if self.day == LAST:
            end = month_start(years, self.month + 1) - 1
            return end - (weekday_of(end) - self.weekday) % 7 + later
        return start + (self.weekday - weekday_of(start)) % 7 + 7 * (self.day - 1) + later

    def _observed(self, days: Ints) -> Ints:
        """Move days that fall on a weekend to the day on which they are observed."""
        weekdays = weekday_of(days)
        observed: Ints = days + self.saturday * (weekdays == SATURDAY) + self.sunday * (weekdays == SUNDAY)
        return observed

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild a rule; errors are those of `Calendar.from_dict`."""
        numbers = [data[name] for name in ("month", "day", "weekday", "saturday", "sunday")]
        if any(type(number) is not int for number in numbers) or set(data) - set(cls.__dataclass_fields__):
            raise TypeError("a holiday has five whole numbers and a kind")
        rule = cls(data["kind"], *numbers)
        if not rule._in_bounds():
            raise ValueError(f"no such holiday: {rule}")
        return rule

    def _in_bounds(self) -> bool:
        if self.kind == EASTER:
            return self.month == 0 and EASTER_SPAN[0] <= self.day <= EASTER_SPAN[1]
        if self.kind not in {DATE, WEEKDAY, DAY_AFTER} or not 1 <= self.month <= 12:
            return False
        if self.kind != DATE:
            return self.day in NTH_WEEKDAYS and 0 <= self.weekday <= SUNDAY
        shifts = self.saturday in SATURDAY_SHIFTS and self.sunday in SUNDAY_SHIFTS
        return 1 <= self.day <= LENGTHS[self.month - 1] and shifts


@lru_cache(maxsize=100_000)
def days_in_years(holiday: Holiday, first: int, last: int) -> Ints:
    """Return the day number of a holiday in each year from `first` to `last`, (Y,), which is not to be written to."""
    days = holiday.days(np.arange(first, last + 1))
    days.setflags(write=False)
    return days


def easter_sunday(years: Ints) -> Ints:
    """Return the day number of Easter Sunday (Gregorian) in each of `years`.

    The anonymous algorithm of 1876, as in J. Meeus, Astronomical Algorithms, chapter 8.
    """
    a = years % 19
    b, c = np.divmod(years, 100)
    d, e = np.divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = np.divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = np.divmod(h + m - 7 * n + 114, 31)
    sunday: Ints = month_start(years, month) + day
    return sunday


def month_start(years: Ints, month: int | Ints) -> Ints:
    """Return the day number of the first of `month` (1 to 13) in each of `years`."""
    months = (12 * (years - 1970) + month - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64)


def weekday_of(days: Ints) -> Ints:
    """Return the weekdays of day numbers, Monday = 0."""
    return (days + EPOCH_WEEKDAY) % 7


def year_of(day: int) -> int:
    """Return the year of a day number."""
    return int(np.datetime64(day, "D").astype("datetime64[Y]").astype(np.int64)) + 1970


def closed_days(holidays: Sequence[Holiday], first: int, last: int) -> Ints:
    """Return the day numbers of all `holidays` from the year before day `first` to the year after day `last`."""
    if not holidays:
        return np.empty(0, np.int64)
    years = np.arange(year_of(first) - 1, year_of(last) + 2)
    return np.unique(np.concatenate([holiday.days(years) for holiday in holidays]))
