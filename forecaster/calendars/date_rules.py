"""Rules for dates that repeat without equal steps: their running numbers, and how a model file stores them.

Running numbers count the dates of a rule from the year 1970, `per_year` of them a year, so that a missing row is a
hole. Days are numbered from 1970-01-01.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.holidays import year_of
from forecaster.calendars.months import MonthDates
from forecaster.calendars.year_dates import YearDates

if TYPE_CHECKING:
    from forecaster.arrays import Ints

DateRule = MonthDates | YearDates


def running_numbers(rule: DateRule, days: Ints) -> Ints:
    """Return the running number of the date that is nearest to each of `days`, (n,); of two, the earlier."""
    first, last = (year_of(int(day)) - 1970 for day in (days.min(), days.max()))
    numbers = np.arange((first - 1) * rule.per_year, (last + 2) * rule.per_year)
    dates = rule.days(numbers)
    later = np.clip(np.searchsorted(dates, days), 1, len(dates) - 1)
    nearer = days - dates[later - 1] <= dates[later] - days
    return np.asarray(numbers[later - nearer])


def rule_from_dict(data: dict[str, Any]) -> DateRule:
    """Rebuild a rule; errors are those of `Calendar.from_dict`."""
    return MonthDates.from_dict(data) if "anchors" in data else YearDates.from_dict(data)
