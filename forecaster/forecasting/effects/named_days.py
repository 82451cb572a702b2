"""Days that come back every year under a name: by a rule, some days from it, or on dates that are listed.

A named day is a day of `forecaster.calendars.holidays`, or a number of days after or before it, or a name with its
dates, as a package of holidays gives them. Days are numbered from 1970-01-01.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.calendars.holidays import DATE, EASTER, LENGTHS, NTH_WEEKDAYS, WEEKDAY, Holiday, year_of
from forecaster.calendars.months import ORDINALS
from forecaster.calendars.units import MONTH_NAMES, WEEKDAYS

if TYPE_CHECKING:
    from forecaster.arrays import Ints

EASTER_REACH = (-49, 61)
"""Days from Easter Sunday that are tried: from the week of Carnival to the day after Corpus Christi."""
REACH = 4
"""Days before or after an nth weekday that may belong to it: from a Thursday to the next Monday."""
LARGEST_DAY = 3_000_000
"""Largest day number of a listed date: beyond the year 9999."""
MOST_DATES, LONGEST_NAME = 2000, 200
"""Dates and characters of a listed day at most; a calendar of holidays lists a few dates a year."""
EASTER_NAMES = {-47: "Shrove Tuesday", -2: "Good Friday", 0: "Easter Sunday", 1: "Easter Monday", 39: "Ascension Day",
                49: "Whit Sunday", 50: "Whit Monday", 60: "Corpus Christi"}  # fmt: skip


@dataclass(frozen=True, order=True)
class NamedDay:
    """A day that comes back every year, or a name with its dates.

    Attributes:
        rule: The rule that gives the day of each year; None where dates are listed.
        offset: Days from the day of the rule to this one.
        name: Name of listed dates; empty for a rule.
        dates: The listed day numbers, rising.

    """

    rule: Holiday | None = None
    offset: int = 0
    name: str = ""
    dates: tuple[int, ...] = ()

    @property
    def fixed_date(self) -> bool:
        """Whether the day is a date, so that its weekday changes with the year."""
        return self.rule is None or self.rule.kind == DATE

    def days(self, first: int, last: int) -> Ints:
        """Return the days from day `first` to day `last` that have the name."""
        if self.rule is None:
            days = np.array(self.dates, np.int64)
        else:
            days = self.rule.days(np.arange(year_of(first) - 1, year_of(last) + 2)) + self.offset
        return days[(days >= first) & (days <= last)]

    def observances(self, first: int, last: int) -> tuple[Ints, Ints]:
        """Return the Mondays after its Sundays, and the Fridays before its Saturdays, from day `first` to `last`.

        Listed dates have none: the list holds the days on which they are observed.
        """
        if self.rule is None or self.rule.kind != DATE:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        days = self.days(first - 1, last + 1)
        weekdays = (days + 3) % 7
        mondays, fridays = days[weekdays == 6] + 1, days[weekdays == 5] - 1
        return mondays[mondays <= last], fridays[fridays >= first]

    def describe(self) -> str:
        """Return the name in words, such as `25 December` or `the day after the fourth Thursday of November`."""
        if self.rule is None:
            return self.name
        rule = self.rule
        if rule.kind == EASTER:
            day = rule.day + self.offset
            return EASTER_NAMES.get(day) or f"{_days_apart(day)} Easter Sunday"
        if rule.kind == DATE:
            return f"{rule.day} {MONTH_NAMES[rule.month - 1]}"
        text = f"the {ORDINALS[rule.day]} {WEEKDAYS[rule.weekday]} of {MONTH_NAMES[rule.month - 1]}"
        return f"{_days_apart(self.offset)} {text}" if self.offset else text

    def to_dict(self) -> dict[str, Any]:
        """Return the named day as builtins."""
        rule = self.rule and asdict(self.rule)
        return {"rule": rule, "offset": self.offset, "name": self.name, "dates": list(self.dates)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild a named day.

        Raises:
            KeyError, TypeError, ValueError: It is none.

        """
        if set(data) != set(cls.__dataclass_fields__):
            raise TypeError("a named day has a rule, an offset, a name and dates")
        rule, offset, name, dates = (data[key] for key in ("rule", "offset", "name", "dates"))
        if type(offset) is not int or type(name) is not str or type(dates) is not list:
            raise TypeError("a named day has a whole offset, a text as name, and a list of dates")
        if any(type(day) is not int for day in dates) or (rule is not None and type(rule) is not dict):
            raise TypeError("a named day has a rule or whole day numbers")
        listed = rule is None
        bounds = abs(offset) <= REACH and len(name) <= LONGEST_NAME and len(dates) <= MOST_DATES
        if not bounds or listed != bool(dates) or listed != bool(name) or (listed and offset):
            raise ValueError("a named day has a rule and an offset, or a name and dates")
        if any(abs(day) > LARGEST_DAY for day in dates) or sorted(set(dates)) != dates:
            raise ValueError("the dates of a named day rise")
        return cls(None if rule is None else Holiday.from_dict(rule), offset, name, tuple(dates))


def _days_apart(days: int) -> str:
    """Return how many days before or after: `the day after`, `2 days before`."""
    where = "after" if days > 0 else "before"
    return f"the day {where}" if abs(days) == 1 else f"{abs(days)} days {where}"


BLACK_FRIDAY = NamedDay(Holiday(WEEKDAY, 11, 4, 3), 1)
"""The one day beside an nth weekday that is tried before the weekday is chosen: shops sell more on it than on the
Thursday, and three years cannot tell it from the fourth Friday of November."""


@lru_cache(maxsize=1)
def candidate_days() -> tuple[NamedDay, ...]:
    """Return every rule that is tried: dates, nth and last weekdays of a month, days around Easter, Black Friday."""
    dates = [Holiday(DATE, month, day) for month in range(1, 13) for day in range(1, LENGTHS[month - 1] + 1)]
    nth = [Holiday(WEEKDAY, month, k, weekday) for month in range(1, 13) for k in NTH_WEEKDAYS for weekday in range(7)]
    easter = [Holiday(EASTER, 0, day) for day in range(EASTER_REACH[0], EASTER_REACH[1] + 1)]
    return (*(NamedDay(rule) for rule in (*dates, *nth, *easter)), BLACK_FRIDAY)


def neighbours(day: NamedDay) -> list[NamedDay]:
    """Return the days around an nth weekday; those around a date or around Easter are candidates themselves."""
    if day.rule is None or day.rule.kind != WEEKDAY:
        return []
    return [NamedDay(day.rule, offset) for offset in range(-REACH, REACH + 1) if offset]


def indicator(day: NamedDay, days: Ints) -> Ints:
    """Return the places of a named day among `days`, (D,), which rise without gaps."""
    return day.days(int(days[0]), int(days[-1])) - int(days[0]) if len(days) else np.empty(0, np.int64)
