"""The open hours of a week, learned from the rows of a daily or intraday series.

A week from Monday 00:00 is divided into slots of one step. A slot is open when most of the latest weeks have a row in
it. Times are whole seconds since 1970-01-01, days are numbered from there, and weekdays from Monday = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.arrays import Bools, Floats, Ints, among, distinct, most_frequent
from forecaster.calendars.holiday_inference import DayRecord
from forecaster.calendars.holidays import closed_days
from forecaster.calendars.units import DAY, FIRST_MONDAY, HOUR, WEEK, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.calendars.holidays import Holiday

LATEST_WEEKS = 13
"""Weeks with rows from which open slots are learned: a quarter of a year, so that new opening hours are soon seen and
a few holidays decide nothing. Chosen by hand."""
OPEN_SHARE = 0.5
"""Share of these weeks in which an open slot has a row: the majority."""
WEEKEND_PRIOR = 0.9
"""How likely a weekend slot is open before its own rows are counted, if any weekend has rows. Below 1, so that one
closed weekend closes it; one closed weekday is more likely a holiday. Chosen by hand."""
NEARLY_OPEN = 0.8
"""Share of a week's slots from which it counts as open all the time. Chosen by hand: above any week with a weekend of
two days, below any with single slots that were missing by chance."""


@dataclass(frozen=True)
class Week:
    """Open slots.

    Attributes:
        step: Length of a slot in seconds; it divides a day.
        phase: Seconds from midnight to the first slot of a day, less than a step.
        open: Half-open ranges of open slots, counted from Monday.

    """

    step: int
    phase: int
    open: tuple[tuple[int, int], ...]

    @cached_property
    def slots(self) -> Ints:
        """Open slots, (S,), rising."""
        return np.concatenate([np.empty(0, np.int64), *(np.arange(start, stop) for start, stop in self.open)])

    def number(self, seconds: Ints) -> Ints:
        """Return the running number of the slots in which `seconds` fall."""
        return (seconds - FIRST_MONDAY - self.phase) // self.step

    def seconds(self, numbers: Ints) -> Ints:
        """Return when the slots with these running numbers begin."""
        return numbers * self.step + self.phase + FIRST_MONDAY

    @cached_property
    def _placed_slots(self) -> Ints:
        """The slots of a week that count as steps, rising: the open ones, or all of them where hardly any is closed."""
        weekly = WEEK // self.step
        return np.arange(weekly) if len(self.slots) > NEARLY_OPEN * weekly else self.slots

    def places(self, seconds: Ints) -> Ints:
        """Return the running number of the steps in which `seconds` fall, or that follow them if they are closed."""
        weeks, number = np.divmod(self.number(seconds), WEEK // self.step)
        return np.asarray(weeks * len(self._placed_slots) + np.searchsorted(self._placed_slots, number))

    def seconds_at(self, places: Ints) -> Ints:
        """Return when the steps with these running numbers begin."""
        weeks, number = np.divmod(places, len(self._placed_slots))
        return self.seconds(weeks * (WEEK // self.step) + self._placed_slots[number])

    @property
    def closed_at_clock_change(self) -> bool:
        """Whether it is closed from Saturday 22:00 to Sunday 2:00, when clocks change to and from summer time."""
        times = self.slots * self.step + self.phase
        return not ((times >= 6 * DAY - 2 * HOUR) & (times < 6 * DAY + 2 * HOUR)).any()

    def between(self, first: int, last: int) -> Ints:
        """Return the beginnings of all open slots from day `first` to day `last`."""
        weeks = np.arange((first * DAY - FIRST_MONDAY) // WEEK, (last * DAY - FIRST_MONDAY) // WEEK + 1)
        begins = (weeks[:, None] * WEEK + FIRST_MONDAY + self.phase + self.slots * self.step).ravel()
        return begins[slice(*np.searchsorted(begins, [first * DAY, (last + 1) * DAY]))]

    def within(self, start: int, stop: int) -> Ints:
        """Return how many slots of each weekday begin from second `start` of the day to before `stop`, (7,)."""
        day, time = np.divmod(self.slots * self.step + self.phase, DAY)
        return np.bincount(day[(time >= start) & (time < stop)], minlength=7)

    def describe(self) -> str:
        """Return the open days in words: `Monday to Friday`."""
        days = np.flatnonzero(self.within(0, DAY))
        if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
            return f"{WEEKDAYS[days[0]]} to {WEEKDAYS[days[-1]]}"
        closed = np.setdiff1d(np.arange(7), days)
        if len(days) > 2 and 6 in days and closed[-1] - closed[0] == len(closed) - 1:
            return f"{WEEKDAYS[closed[-1] + 1]} to {WEEKDAYS[closed[0] - 1]}"
        return ", ".join(WEEKDAYS[day] for day in days)

    def to_dict(self) -> dict[str, Any]:
        """Return the week as builtins."""
        return {"step": self.step, "phase": self.phase, "open": [list(hours) for hours in self.open]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild a week; errors are those of `Calendar.from_dict`."""
        step, phase, hours = data["step"], data["phase"], data["open"]
        bounds = [bound for start, stop in hours for bound in (start, stop)]
        if set(data) != {"step", "phase", "open"} or any(type(number) is not int for number in (step, phase, *bounds)):
            raise TypeError("a week has a step, a phase and ranges of open slots, all whole numbers")
        if not 1 <= step <= DAY or DAY % step or not 0 <= phase < step:
            raise ValueError(f"no week has slots of {step} seconds that begin at {phase}")
        if not bounds or bounds[0] < 0 or bounds[-1] > WEEK // step or any(np.diff(bounds) < 1):
            raise ValueError("the open slots of a week must rise within it")
        return cls(step, phase, tuple((start, stop) for start, stop in hours))


def learn_week(seconds: Ints, step: int) -> Week:
    """Find the open slots of a week from rising time stamps, (n,); `step` divides a day.

    A slot counts as open when at least half of the latest 13 weeks with rows have a row in it. If there are only one or
    two weeks, the usual week decides where rows do not: Monday to Friday are alike, and weekends are closed until a row
    falls on one.
    """
    weeks = distinct((seconds - FIRST_MONDAY) // WEEK)[-LATEST_WEEKS:]
    latest = seconds[seconds >= weeks[0] * WEEK + FIRST_MONDAY]
    phase = most_frequent(latest % step)
    number = Week(step, phase, ()).number(latest)
    hits, chances = _count_weeks_with_rows(number, WEEK // step, from_start=len(latest) == len(seconds))
    share = (hits + _open_prior(hits, chances)) / (chances + 1)
    edges = np.diff(np.concatenate([[0], share.ravel() >= OPEN_SHARE, [0]]).astype(np.int8))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return Week(step, phase, tuple(zip(starts.tolist(), stops.tolist(), strict=True)))


def _count_weeks_with_rows(number: Ints, size: int, *, from_start: bool) -> tuple[Ints, Ints]:
    """Count in how many weeks each slot has a row, and in how many it could have one, both (7, slots per day)."""
    number = distinct(number)
    hits = np.bincount(number % size, minlength=size)
    chances = np.full(size, len(distinct(number // size)))
    if from_start:
        chances[: number[0] % size] -= 1
    chances[number[-1] % size + 1 :] -= 1
    return hits.reshape(7, -1), chances.reshape(7, -1)


def _open_prior(hits: Ints, chances: Ints) -> Floats:
    """Return how likely each slot is open before its own rows are counted, (7, slots per day).

    It is the likelihood of the weekday times the share of open days that have a row at this time of day.
    """
    weekday = np.array([1.0] * 5 + [WEEKEND_PRIOR if hits[5:].any() else 0.0] * 2)
    open_days = hits.any(axis=1)
    seen = chances[open_days].sum(axis=0)
    share = hits[open_days].sum(axis=0) / np.maximum(seen, 1)
    time_of_day = np.where(seen > 0, share / share.max(), 1.0)
    prior: Floats = np.outer(weekday, time_of_day)
    return prior


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
