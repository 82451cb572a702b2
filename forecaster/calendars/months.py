"""Days of the month on which rows fall: one of each month, or several.

Months are numbered from January 1970, days from 1970-01-01, weekdays from Monday = 0.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from forecaster.arrays import Ints, most_frequent
from forecaster.calendars.holidays import LAST, weekday_of
from forecaster.calendars.units import WEEKDAYS

FORWARD, BACKWARD, COUNTED = "forward", "backward", "counted"
MONTH_END = 31
LAST_FORWARD, FIRST_BACKWARD = 26, 3
"""A Saturday the 26th moves to the 28th, and a Sunday the 3rd to the 1st: no month ends in between."""
MOST_DAYS_A_MONTH = 6
"""Dates of a month at most: six pentads, the parts of a month that climate data use."""
GREGORIAN_MONTHS = np.arange(12 * 28)
"""28 years, in which every month begins on every weekday."""
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", -2: "second-to-last", LAST: "last"}
"""Which weekday of a month a rule can name. A fifth one does not exist in every month."""
COUNTS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
"""How business days are counted, from the first of a month and from the last: every month has two weeks of them."""
SECOND_LAST = -2
"""The only day that is counted from the end of a month: earlier ones are rare, and the end itself is `MONTH_END`."""


@dataclass(frozen=True)
class Anchor:
    """The day of the month on which rows fall.

    Attributes:
        day: 1 to 31; in a shorter month its last day, so 31 means the end of each month; -2 for the second-to-last day.
            With a weekday, which one of the month: 1 to 4, -1 for the last, -2 for the second-to-last.
        roll: Where a day on a weekend moves: `forward` to the next weekday, `backward` to the previous one; empty if it
            stays. `counted` if the day counts business days: 2 to 10, or -2 to -10 from the end of the month.
        weekday: The weekday, Monday = 0; None if rows fall on a day of the month.

    """

    day: int
    roll: str = ""
    weekday: int | None = None

    def days(self, months: Ints) -> Ints:
        """Return the day numbers in `months`, (n,)."""
        start, stop = (first_day_of_month(months + ahead) for ahead in (0, 1))
        if self.weekday is not None and self.day < 0:
            return np.asarray(stop - 1 - (weekday_of(stop - 1) - self.weekday) % 7 + 7 * (self.day + 1))
        if self.weekday is not None:
            return np.asarray(start + (self.weekday - weekday_of(start)) % 7 + 7 * (self.day - 1))
        if self.roll == COUNTED:
            return (
                _move_to_business_days(start, self.day - 1) if self.day > 0 else _move_to_business_days(stop, self.day)
            )
        days = stop + self.day if self.day < 0 else np.minimum(start + self.day, stop) - 1
        if self.roll:
            days = np.busday_offset(days.astype("datetime64[D]"), 0, roll=self.roll).astype(np.int64)  # type: ignore[call-overload]  # the stubs want a literal
        return days

    def describe(self) -> str:
        """Return the day in words: `the third Friday`."""
        if self.weekday is not None:
            return f"the {ORDINALS[self.day]} {WEEKDAYS[self.weekday]}"
        if self.roll == COUNTED:
            return f"the {COUNTS[abs(self.day) - 1]}{'-to-last' * (self.day < 0)} business day"
        names = {(1, FORWARD): "the first business day", (MONTH_END, BACKWARD): "the last business day"}
        if name := names.get((self.day, self.roll)):
            return name
        day = {MONTH_END: "the last day", SECOND_LAST: "the second-to-last day"}.get(self.day, f"day {self.day}")
        moved = {FORWARD: " or the next business day", BACKWARD: " or the business day before"}
        return day + moved.get(self.roll, "")

    @property
    def name(self) -> str:
        """The name under which `--calendar` knows the day: `third-friday`, `last-day`, `day-15`."""
        return self.describe().replace("the ", "").replace(" ", "-").lower()

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild an anchor; errors are those of `Calendar.from_dict`."""
        day, roll, weekday = data["day"], data["roll"], data["weekday"]
        whole = type(day) is int and (weekday is None or type(weekday) is int)
        if set(data) != {"day", "roll", "weekday"} or not whole or type(roll) is not str:
            raise TypeError("an anchor has a day, a roll and a weekday")
        anchor = cls(day, roll, weekday)
        if not anchor._in_bounds():
            raise ValueError(f"no such day of the month: {anchor}")
        return anchor

    def _in_bounds(self) -> bool:
        if self.weekday is not None:
            return self.day in ORDINALS and not self.roll and 0 <= self.weekday <= 6
        if self.roll == COUNTED:
            return 2 <= abs(self.day) <= len(COUNTS)
        if self.day == SECOND_LAST:
            return not self.roll
        return 1 <= self.day <= MONTH_END and self.roll in {"", FORWARD, BACKWARD}

    @property
    def stays_in_month(self) -> bool:
        """Whether a day that moves off a weekend stays in its month."""
        return {FORWARD: self.day <= LAST_FORWARD, BACKWARD: self.day >= FIRST_BACKWARD}.get(self.roll, True)


BUSINESS_DAYS = (Anchor(1, FORWARD), Anchor(MONTH_END, BACKWARD))


@dataclass(frozen=True)
class MonthDates:
    """Several days of every month: the 1st and the 15th, the 15th and the last day.

    Attributes:
        anchors: The days, rising in every month.

    """

    anchors: tuple[Anchor, ...]

    @property
    def per_year(self) -> int:
        """Dates of a year."""
        return 12 * len(self.anchors)

    @property
    def name(self) -> str:
        """The name under which `--calendar` knows the dates: `day-15-and-last-day`."""
        return "-and-".join(anchor.name for anchor in self.anchors)

    def describe(self) -> str:
        """Return the dates in words: `on day 15 and the last day of every month`."""
        return f"on {' and '.join(anchor.describe() for anchor in self.anchors)} of every month"

    def days(self, numbers: Ints) -> Ints:
        """Return the days of running numbers, (n,)."""
        months, which = np.divmod(numbers, len(self.anchors))
        return np.choose(which, [anchor.days(months) for anchor in self.anchors])

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as builtins."""
        return {"anchors": [asdict(anchor) for anchor in self.anchors]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild a rule; errors are those of `Calendar.from_dict`."""
        if set(data) != {"anchors"} or type(data["anchors"]) is not list:
            raise TypeError("dates of a month are a list of anchors")
        if not 2 <= len(data["anchors"]) <= MOST_DAYS_A_MONTH:
            raise ValueError("a month has from two to six dates")
        anchors = tuple(Anchor.from_dict(anchor) for anchor in data["anchors"])
        days = np.stack([anchor.days(GREGORIAN_MONTHS) for anchor in anchors], axis=1)
        if (np.diff(days.ravel()) <= 0).any():
            raise ValueError("the dates of a month must rise")
        return cls(anchors)


def learn_anchor(days: Ints) -> tuple[Anchor, bool]:
    """Return the day of the month that fits most of `days`, (n,), and whether it fits all of them."""
    fits = [(anchor, count_on_anchor(anchor, days)) for anchor in usual_anchors(days)]
    best, most = max(fits, key=lambda fit: fit[1])
    return best, most == len(days)


def rolled_anchors(days: Ints) -> tuple[Anchor, ...]:
    """Return the days of the month from which rows, (n,), may have moved off weekends, forward and backward."""
    usual = most_frequent(day_of_month(days))
    return tuple(anchor for roll in (FORWARD, BACKWARD) if (anchor := Anchor(usual, roll)).stays_in_month)


def usual_anchors(days: Ints) -> tuple[Anchor, ...]:
    """Return the days of the month that are tried first: the end, the most frequent day, the business days."""
    return Anchor(MONTH_END), Anchor(most_frequent(day_of_month(days))), *BUSINESS_DAYS


def weekday_anchors(days: Ints) -> tuple[Anchor, ...]:
    """Return the weekdays of the month on which most of `days`, (n,), may fall: last, n-th, second-to-last."""
    weekday = most_frequent(weekday_of(days))
    which = most_frequent((day_of_month(days) - 1) // 7 + 1)
    found = dict.fromkeys((LAST, which, SECOND_LAST))
    return tuple(Anchor(each, weekday=weekday) for each in found if each in ORDINALS)


def counted_anchors(days: Ints) -> tuple[Anchor, ...]:
    """Return the second-to-last day, and the business days counted from both ends, on which most rows, (n,), may fall.

    The first and the last business day are among the usual ones.
    """
    start, stop = (first_day_of_month(month_of(days) + ahead) for ahead in (0, 1))
    counts = most_frequent(_business_days(start, days)) + 1, -most_frequent(_business_days(days, stop))
    found = tuple(Anchor(count, COUNTED) for count in counts if 2 <= abs(count) <= len(COUNTS))
    return (*found, Anchor(SECOND_LAST))


def _business_days(first: Ints, stop: Ints) -> Ints:
    """Return the number of Mondays to Fridays from day numbers `first`, (n,), up to the days before `stop`, (n,)."""
    return np.busday_count(first.astype("datetime64[D]"), stop.astype("datetime64[D]")).astype(np.int64)


def _move_to_business_days(days: Ints, count: int) -> Ints:
    """Return the business days that are `count` after the first one from `days`, (n,), on, or before `days`."""
    return np.busday_offset(days.astype("datetime64[D]"), count, roll="forward").astype(np.int64)


def count_on_anchor(anchor: Anchor, days: Ints) -> int:
    """Return how many of `days`, (n,), are the day of their month."""
    return int((anchor.days(month_of(days)) == days).sum())


def month_of(days: Ints) -> Ints:
    """Return the month numbers of day numbers."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def day_of_month(days: Ints) -> Ints:
    """Return the days of the month, 1 to 31, of day numbers."""
    return days - first_day_of_month(month_of(days)) + 1


def first_day_of_month(months: Ints) -> Ints:
    """Return the day number of the first day of each month."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
