"""Dates that come every year at fixed distances from one date: fiscal years of whole weeks, terms, steps of days.

Days are numbered from 1970-01-01, weekdays from Monday = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.calendars.holidays import LENGTHS, month_start, weekday_of
from forecaster.calendars.months import ORDINALS
from forecaster.calendars.units import WEEKDAYS

if TYPE_CHECKING:
    from forecaster.arrays import Ints

MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SHORTEST_YEAR, WEEKS = 365, 52
"""Days of a year from January 1 to December 31, and whole weeks of a fiscal year; some years have one day or one week
more."""
LAST_OF, AFTER_LAST_OF, NEAREST_END_OF, NEAREST_FIRST_OF = -6, -5, -3, -2
"""First of the seven days among which the weekday lies that begins a year, with the first of a month as day 1: the last
seven days of the month before, the seven that follow the first of these, those around the end of the month, and those
around the first. Fiscal years of whole weeks use these four."""
WHICH_OF = {7 * which - 6: word for which, word in ORDINALS.items() if which > 0}
"""First of the seven days among which the first to the fourth weekday of a month lie."""
WINDOWS = (LAST_OF, NEAREST_END_OF, AFTER_LAST_OF, NEAREST_FIRST_OF, *WHICH_OF)
"""All of them, those that fiscal years use most first."""
MARCH, MOST_IN_YEAR = 3, 11
"""First month of years whose fixed dates are always as many days apart, since these years end with February; and such
dates of a year at most: with twelve, each month has one."""
COMMON_YEAR = 31
"""A year without a leap day, counted from 1970, after which February has 28 days: its dates stand for those of all."""


def _offsets(*weeks: int) -> tuple[int, ...]:
    """Return the days from the start of a year to each of its parts, which have these weeks again and again."""
    lengths = np.resize(weeks, WEEKS // sum(weeks) * len(weeks))
    return tuple((7 * (np.cumsum(lengths) - lengths)).tolist())


WEEK_OFFSETS = tuple(_offsets(*weeks) for weeks in ((52,), (13,), (4, 4, 5), (4, 5, 4), (5, 4, 4), (4,)))
"""The parts of a fiscal year: all of it, quarters, months, and periods of four weeks. A year of 53 weeks makes its last
part longer by one."""


@dataclass(frozen=True)
class YearDates:
    """Dates at fixed distances from a date that comes once a year: months of 4, 4 and 5 weeks, every 8 days.

    With a weekday, the date is the one such weekday among seven days, and years have 52 or 53 whole weeks. Without one,
    the dates are equal steps from January on, or, from March on, the same days of every year, as April 15 and June 15.

    Attributes:
        month: Month, 1 to 12, from whose first day the date is counted.
        day: The day of the year's first date; with a weekday, the first of the seven days. 1 is the first of the month,
            0 the day before it.
        weekday: The weekday, or None.
        offsets: Days from the first date of a year to each of its dates; they rise from 0.

    """

    month: int
    day: int
    weekday: int | None
    offsets: tuple[int, ...]

    @property
    def per_year(self) -> int:
        """Dates of a year."""
        return len(self.offsets)

    @property
    def name(self) -> str:
        """The name under which `--calendar` knows the dates: `4-4-5-last-saturday-of-january`."""
        start = self._start_in_words()
        if self.same_every_year:
            start = "-and-".join(self._days_in_words())
        elif self.weekday is None:
            start = f"every {self.offsets[1]} days from {start}"
        elif self.per_year > 1:
            lengths = self._weeks_apart()
            start = f"{'-'.join(map(str, lengths))}{' weeks' if len(lengths) == 1 else ''} {start}"
        return start.replace(" the ", " ").removeprefix("the ").replace(" ", "-").lower()

    def describe(self) -> str:
        """Return the dates in words: `months of 4, 4 and 5 weeks, years end on the last Saturday of January`."""
        start = self._start_in_words()
        if self.same_every_year:
            *others, last = self._days_in_words()
            return f"on {', '.join(others)} and {last} of every year"
        if self.weekday is None:
            return f"every {self.offsets[1]} days from {start} of each year"
        if self.per_year == 1:
            return f"on {start}"
        lengths = self._weeks_apart()
        unit = {1: f"{lengths[0]}", 3: "{}, {} and {}".format(*(lengths * 3)[:3])}[len(lengths)]
        parts = {4: "quarters", 12: "months"}.get(self.per_year, "periods")
        return f"{parts} of {unit} weeks, years {'end' if self.ends_year else 'begin'} on {start}"

    @property
    def same_every_year(self) -> bool:
        """Whether the dates are the same days of every year, and no equal steps or weekdays."""
        return self.weekday is None and self.month >= MARCH

    @property
    def last_month(self) -> int:
        """The month, 1 to 12, in which or after which a fiscal year ends."""
        return last_month_of_year(self.month)

    @property
    def ends_year(self) -> bool:
        """Whether the first date is named as the last of the year before, so that rows are dated by their last day."""
        return self.day in {LAST_OF, NEAREST_END_OF}

    def _start_in_words(self) -> str:
        """Return the first date of a year in words."""
        month, before = MONTH_NAMES[self.month - 1], MONTH_NAMES[self.month - 2]
        if self.weekday is None:
            return f"{month} {self.day}"
        weekday, eve = WEEKDAYS[self.weekday], WEEKDAYS[self.weekday - 1]
        windows = {
            LAST_OF: f"the last {weekday} of {before}",
            AFTER_LAST_OF: f"the {weekday} after the last {eve} of {before}",
            NEAREST_END_OF: f"the {weekday} nearest the end of {before}",
            NEAREST_FIRST_OF: f"the {weekday} nearest {month} 1",
        }
        return windows.get(self.day) or f"the {WHICH_OF[self.day]} {weekday} of {month}"

    def _days_in_words(self) -> list[str]:
        """Return the dates of a year without a leap day in words, from January on."""
        days = self.days(COMMON_YEAR * self.per_year + np.arange(self.per_year)).astype("datetime64[D]").tolist()
        return [f"{MONTH_NAMES[month - 1]} {day}" for month, day in sorted((each.month, each.day) for each in days)]

    def _weeks_apart(self) -> tuple[int, ...]:
        """Return the weeks of the parts of a year of 52 weeks: one number where they are equal, else those of three."""
        weeks = np.diff([*self.offsets, 7 * WEEKS]) // 7
        return tuple(weeks[: 1 if len(set(weeks.tolist())) == 1 else 3].tolist())

    def starts(self, years: Ints) -> Ints:
        """Return the day of the first date of each of `years`, (Y,)."""
        first = month_start(years, self.month) + self.day - 1
        return first if self.weekday is None else first + (self.weekday - weekday_of(first)) % 7

    def days(self, numbers: Ints) -> Ints:
        """Return the days of running numbers, (n,)."""
        years, which = np.divmod(numbers, self.per_year)
        return np.asarray(self.starts(years + 1970) + np.array(self.offsets)[which])

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as builtins."""
        return {"month": self.month, "day": self.day, "weekday": self.weekday, "offsets": list(self.offsets)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild a rule; errors are those of `Calendar.from_dict`."""
        month, day, weekday, offsets = (data[name] for name in ("month", "day", "weekday", "offsets"))
        if set(data) != {"month", "day", "weekday", "offsets"} or type(offsets) is not list:
            raise TypeError("dates of a year have a month, a day, a weekday and offsets")
        if any(type(number) is not int for number in (month, day, 0 if weekday is None else weekday, *offsets)):
            raise TypeError("dates of a year are whole numbers")
        rule = cls(month, day, weekday, tuple(offsets))
        if not rule._in_bounds():
            raise ValueError(f"no such dates of a year: {rule}")
        return rule

    def _in_bounds(self) -> bool:
        if not 1 <= self.month <= 12 or self.offsets[:1] != (0,) or (np.diff(self.offsets) < 1).any():
            return False
        if self.same_every_year:
            return self._is_within_year() and 1 <= self.day <= LENGTHS[self.month - 1]
        if self.weekday is None:
            step = self.offsets[1] if self.per_year > 1 else 0
            equal = step > 0 and self.offsets == tuple(range(0, self.offsets[-1] + 1, step))
            return equal and self.month == 1 and 1 <= self.day <= min(step, SHORTEST_YEAR - self.offsets[-1])
        return self.day in WINDOWS and 0 <= self.weekday <= 6 and self.offsets in WEEK_OFFSETS

    def _is_within_year(self) -> bool:
        """Return whether several dates, and fewer than twelve, end before the next March."""
        days_left = sum(LENGTHS[self.month - 1 :]) + sum(LENGTHS[: MARCH - 1]) - self.day
        return 2 <= self.per_year <= MOST_IN_YEAR and self.offsets[-1] <= days_left


def last_month_of_year(month: int) -> int:
    """Return the month, 1 to 12, before the one with whose first day the dates of a year are counted."""
    return (month - 2) % 12 + 1
