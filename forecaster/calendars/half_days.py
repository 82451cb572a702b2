"""Half days: sessions that close early, open late or pause, learned from days on which one run of slots has no rows.

Days are numbered from 1970-01-01; hours are seconds after midnight.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.calendars.day_record import DayRecord
from forecaster.calendars.holiday_inference import learn_holidays
from forecaster.calendars.holidays import Holiday, closed_days
from forecaster.calendars.units import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Ints
    from forecaster.calendars.coverage import Coverage
    from forecaster.calendars.week import Week

MOST_CLOSURES = 6
"""Different hours of closing and reopening that are looked at, the commonest ones: exchanges have one or two, and rarer
ones are single gaps in the data. Chosen by hand."""
MOST_HALF_DAYS = 20
"""Rules at most: more than any exchange has, and a limit for what a model file holds. Chosen by hand."""


@dataclass(frozen=True)
class HalfDay:
    """Days of the year that are closed for a part of their usual hours.

    Attributes:
        rule: The days.
        closes: The second of the day at which they close.
        reopens: The second of the day at which they open again; 86400 if they stay closed.

    """

    rule: Holiday
    closes: int
    reopens: int = DAY

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild a rule; errors are those of `Calendar.from_dict`."""
        closes, reopens = data["closes"], data["reopens"]
        if set(data) != {"rule", "closes", "reopens"} or type(closes) is not int or type(reopens) is not int:
            raise TypeError("a half day has a rule and two hours")
        if not 0 <= closes < reopens <= DAY:
            raise ValueError(f"no half day is closed from second {closes} to {reopens}")
        return cls(Holiday.from_dict(data["rule"]), closes, reopens)


def drop_closed_slots(seconds: Ints, half_days: Sequence[HalfDay]) -> Ints:
    """Return the slots at `seconds`, (n,), rising, without those in the closed hours of half days."""
    if not half_days or not len(seconds):
        return seconds
    days, time = np.divmod(seconds, DAY)
    is_open = np.ones(len(seconds), dtype=bool)
    for each in half_days:
        closed = (time >= each.closes) & (time < each.reopens)
        is_open &= ~(closed & np.isin(days, closed_days([each.rule], int(days[0]), int(days[-1]))))
    return seconds[is_open]


def learn_half_days(coverage: Coverage, week: Week) -> tuple[HalfDay, ...]:
    """Find the rules of the days on which one run of slots has no rows: the last, the first or some between.

    A day that closed early only once counts only if it is customary, as 24 December is.
    """
    half_days: list[HalfDay] = []
    closures = _repeated_closures(coverage)
    for closes, reopens in closures:
        record = closure_record(coverage, week, closes, reopens)
        half_days.extend(HalfDay(rule, closes, reopens) for rule in learn_holidays(record, 2, len(closures)))
    return tuple(half_days[:MOST_HALF_DAYS])


def _repeated_closures(coverage: Coverage) -> list[tuple[int, int]]:
    """Return the pairs of closing and reopening that more than one day has, the commonest first."""
    short = (coverage.present > 0) & (coverage.reopens > 0)
    closures = list(zip(coverage.closes[short].tolist(), coverage.reopens[short].tolist(), strict=True))
    return [pair for pair, count in Counter(closures).most_common(MOST_CLOSURES) if count > 1]


def closure_record(coverage: Coverage, week: Week, closes: int, reopens: int) -> DayRecord:
    """Return the days that have slots inside and outside these hours, and which of them were closed in these hours."""
    inside = week.within_days(coverage.days, closes, reopens)
    seen = (coverage.present > 0) & (inside > 0) & (inside < coverage.expected)
    seen[[0, -1]] = False  # a file may begin and end within a day
    absent = coverage.expected - coverage.present
    closed = (absent == inside) & (coverage.closes >= closes) & (coverage.reopens <= reopens) & (coverage.reopens > 0)
    return DayRecord(coverage.first, seen, seen & closed)
