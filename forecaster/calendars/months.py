"""Time stamps that are whole months apart: which day of the month they fall on.

Months are numbered from January 1970, days from 1970-01-01.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from forecaster.arrays import Ints, most_frequent

FORWARD, BACKWARD = "forward", "backward"
MONTH_END = 31


@dataclass(frozen=True)
class Anchor:
    """The day of the month on which rows fall.

    Attributes:
        day: 1 to 31; in a shorter month its last day, so 31 means the end of each month.
        roll: Where a day on a weekend moves: `forward` to the next weekday, `backward` to the previous one; empty if it
            stays.

    """

    day: int
    roll: str = ""

    def days(self, months: Ints) -> Ints:
        """Return the day numbers in `months`, (n,)."""
        start, stop = (_first_day(months + ahead) for ahead in (0, 1))
        days = np.minimum(start + self.day, stop) - 1
        if self.roll:
            days = np.busday_offset(days.astype("datetime64[D]"), 0, roll=self.roll).astype(np.int64)  # type: ignore[call-overload]  # the stubs want a literal
        return days

    def describe(self) -> str:
        """Return the day in words."""
        names = {(1, FORWARD): "the first business day", (MONTH_END, BACKWARD): "the last business day"}
        return names.get((self.day, self.roll), "the last day" if self.day == MONTH_END else f"day {self.day}")

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild an anchor; errors are those of `Calendar.from_dict`."""
        day, roll = data["day"], data["roll"]
        if set(data) != {"day", "roll"} or type(day) is not int or type(roll) is not str:
            raise TypeError("an anchor has a day and a roll")
        if not 1 <= day <= MONTH_END or (roll and cls(day, roll) not in CANDIDATES):
            raise ValueError(f"no such day of the month: {day} {roll}")
        return cls(day, roll)


CANDIDATES = (Anchor(1, FORWARD), Anchor(MONTH_END, BACKWARD))


def learn_anchor(days: Ints) -> tuple[Anchor, bool]:
    """Return the day of the month that fits most of `days`, (n,), and whether it fits all of them."""
    months = month_of(days)
    usual = Anchor(most_frequent(days - _first_day(months) + 1))
    best, most = usual, -1
    for anchor in (Anchor(MONTH_END), usual, *CANDIDATES):
        fitting = int((anchor.days(months) == days).sum())
        if fitting > most:
            best, most = anchor, fitting
    return best, most == len(days)


def month_of(days: Ints) -> Ints:
    """Return the month numbers of day numbers."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _first_day(months: Ints) -> Ints:
    """Return the day number of the first day of each month."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
