"""Half days: sessions that close early, open late or pause, learned from the days on which one run of slots lacks rows.

Days are numbered from 1970-01-01; hours are seconds after midnight.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.calendars.holiday_inference import DayRecord, customary, learn_holidays
from forecaster.calendars.holidays import Holiday, closed_days, weekday_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Ints
    from forecaster.calendars.week import Attendance, Week


DAY = 86_400
MOST_HOURS, MOST_HALF_DAYS = 6, 20
"""Different hours, the commonest ones, and rules at most."""


@dataclass(frozen=True)
class HalfDay:
    """One rule.

    Attributes:
        rule: The days.
        closes: No slot from this second of the day on is open
        reopens: until this one; 86400 where the rest of the day stays closed.

    """

    rule: Holiday
    closes: int
    reopens: int = DAY

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as builtins."""
        return {"rule": self.rule.to_dict(), "closes": self.closes, "reopens": self.reopens}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild a rule.

        Raises:
            KeyError: A field is absent.
            TypeError: A field is of the wrong type.
            ValueError: A field is out of bounds.

        """
        closes, reopens = data["closes"], data["reopens"]
        if set(data) != {"rule", "closes", "reopens"} or type(closes) is not int or type(reopens) is not int:
            raise TypeError("a half day has a rule and two hours")
        if not 0 <= closes < reopens <= DAY:
            raise ValueError(f"no half day is closed from second {closes} to {reopens}")
        return cls(Holiday.from_dict(data["rule"]), closes, reopens)


def keep_hours(seconds: Ints, half_days: Sequence[HalfDay]) -> Ints:
    """Return those of the slots at `seconds`, (n,), rising, that half days leave open."""
    if not half_days or not len(seconds):
        return seconds
    days, time = np.divmod(seconds, DAY)
    is_open = np.ones(len(seconds), dtype=bool)
    for each in half_days:
        closed = (time >= each.closes) & (time < each.reopens)
        is_open &= ~(closed & np.isin(days, closed_days([each.rule], int(days[0]), int(days[-1]))))
    return seconds[is_open]


def learn_half_days(found: Attendance, week: Week) -> tuple[HalfDay, ...]:
    """Find the rules of the days on which one run of slots has no rows: the last, the first or some between.

    What happened once counts only where the day is customary, as 24 December.
    """
    half_days: list[HalfDay] = []
    for closes, reopens in _hours(found):
        record = _record(found, week, closes, reopens)
        rules = [rule for rule in learn_holidays(record, 1) if customary(rule) or record.kept(rule).closed > 1]
        half_days.extend(HalfDay(rule, closes, reopens) for rule in rules)
    return tuple(half_days[:MOST_HALF_DAYS])


def _hours(found: Attendance) -> list[tuple[int, int]]:
    """Return when several days close and reopen, the commonest first."""
    short = (found.present > 0) & (found.reopens > 0)
    hours = list(zip(found.closes[short].tolist(), found.reopens[short].tolist(), strict=True))
    return [pair for pair, count in Counter(hours).most_common(MOST_HOURS) if count > 1]


def _record(found: Attendance, week: Week, closes: int, reopens: int) -> DayRecord:
    """Return on which days these hours would close some slots but not all, and on which of them they did."""
    weekday = weekday_of(found.days)
    hole = week.within(closes, reopens)[weekday]
    seen = (found.present > 0) & (hole > 0) & (hole < found.expected)
    seen[[0, -1]] = False  # a file may begin and end within a day
    kept = (found.expected - found.present == hole) & (found.closes >= closes) & (found.reopens <= reopens)
    return DayRecord(found.first, seen, seen & kept & (found.reopens > 0))
