"""What shows that a calendar is closed: how often its closed weekdays, holidays and half days had rows and had none.

Time stamps are `datetime64`, on the clock of the file; days are counted on the clock of the sessions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.coverage import Coverage, measure_coverage
from forecaster.calendars.half_days import closure_record
from forecaster.calendars.holidays import DATE, DAY_AFTER, EASTER, Holiday, weekday_of
from forecaster.calendars.months import ORDINALS
from forecaster.calendars.schedule import DAILY, Schedule
from forecaster.calendars.times_of_day import describe_times_of_day
from forecaster.calendars.units import DAY, MONTH_NAMES, WEEK, WEEKDAYS
from forecaster.errors import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.calendars.day_record import RuleSupport
    from forecaster.calendars.half_days import HalfDay
    from forecaster.calendars.week import Week

MOST_NAMED = 10
"""Holidays, and half days, that are named, so that the evidence stays a few lines."""


def describe_closures(schedule: Schedule, ds: NDArray[Any]) -> tuple[str, str] | None:
    """Return what is closed, and how often rising time stamps, (n,), show that; None if nothing but times of day is.

    `Saturday, Sunday, 1 holiday`, `Saturday (0 of 52 open), Sunday (0 of 52 open); 25 December (closed 3 of 3 times)`
    """
    if schedule.week is None or schedule.exchange:
        return None
    seconds = schedule.to_session_clock(ds.astype("datetime64[s]").astype(np.int64))
    seconds = seconds // DAY * DAY if schedule.kind == DAILY else seconds
    coverage = measure_coverage(seconds, schedule.week)
    weekdays = [WEEKDAYS[day] for day in np.flatnonzero(schedule.week.within(0, DAY) == 0)]
    counts = [(len(schedule.holidays), "holiday"), (len(schedule.half_days), "half day")]
    closed = [*weekdays, *(counted(number, noun) for number, noun in counts if number)]
    if not closed and not schedule.week.earlier and describe_times_of_day(schedule.week):
        return None
    record = coverage.day_record([each.rule for each in schedule.half_days])
    parts = [
        _weekday_evidence(schedule.week, seconds),
        _hours_before(schedule.week),
        _rule_evidence([(describe_holiday(rule), record.support(rule)) for rule in schedule.holidays]),
        _rule_evidence([_half_day_support(each, coverage, schedule.week) for each in schedule.half_days]),
    ]
    hours = "hours" if len(schedule.week.slots) < WEEK // schedule.week.step else "nothing now"
    return ", ".join(closed) or hours, "; ".join(part for part in parts if part)


def _weekday_evidence(week: Week, seconds: NDArray[np.int64]) -> str:
    """Return on how many closed weekdays there are rows, and in how many closed hours of the others."""
    begin = week.earlier[-1].until if week.earlier else int(seconds[0] // DAY)
    taken = np.unique(week.number(seconds[seconds >= begin * DAY]))
    days = np.unique(week.seconds(taken) // DAY)
    span = weekday_of(np.arange(days[0], days[-1] + 1)) if len(days) else np.empty(0, np.int64)
    seen, had_rows = np.bincount(span, minlength=7), np.bincount(weekday_of(days), minlength=7)
    slots = week.within(0, DAY)
    words = [f"{WEEKDAYS[day]} ({had_rows[day]} of {seen[day]} open)" for day in np.flatnonzero(slots == 0)]
    closed = int(((DAY // week.step - slots) * had_rows * (slots > 0)).sum())
    if closed:
        is_open = np.isin(taken % (WEEK // week.step), week.slots)
        outside = int((~is_open & (slots[weekday_of(week.seconds(taken) // DAY)] > 0)).sum())
        words.append(f"closed hours of open days ({outside} of {counted(closed, 'slot')} open)")
    return ", ".join(words)


def _hours_before(week: Week) -> str:
    """Return until when other hours were open, and on which days."""
    if not week.earlier:
        return ""
    earlier = week.earlier[-1]
    return f"before {np.datetime64(earlier.until, 'D')}: {replace(week, open=earlier.open, earlier=()).describe()}"


def _half_day_support(half_day: HalfDay, coverage: Coverage, week: Week) -> tuple[str, RuleSupport]:
    """Return a half day in words, and how often it closed for a part of its hours."""
    record = closure_record(coverage, week, half_day.closes, half_day.reopens)
    return f"{describe_holiday(half_day.rule)} in part", record.support(half_day.rule)


def _rule_evidence(rules: list[tuple[str, RuleSupport]]) -> str:
    """Return how often the days of rules were closed, in words."""
    words = [f"{name} (closed {support.closed} of {support.seen} times)" for name, support in rules[:MOST_NAMED]]
    others = [f"{len(rules) - MOST_NAMED} others"] if len(rules) > MOST_NAMED else []
    return ", ".join([*words, *others])


def describe_holiday(rule: Holiday) -> str:
    """Return the day of a rule in words: `25 December`, `last Monday of May`, `2 days before Easter`."""
    if rule.kind == EASTER:
        side = "before" if rule.day < 0 else "after"
        return f"{counted(abs(rule.day), 'day')} {side} Easter" if rule.day else "Easter"
    month = MONTH_NAMES[rule.month - 1]
    if rule.kind == DATE:
        return f"{rule.day} {month}"
    after = "day after the " * (rule.kind == DAY_AFTER)
    return f"{after}{ORDINALS[rule.day]} {WEEKDAYS[rule.weekday]} of {month}"
