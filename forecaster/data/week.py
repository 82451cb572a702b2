"""The open hours of a week, learned from the rows themselves, for daily and intraday series alike.

A week from Monday 00:00 is cut into slots of one step; a slot is open when most of the latest weeks have a row in it.
Times are whole seconds since 1970-01-01, days are numbered from there and weekdays from Monday = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.data.closures import Record
from forecaster.data.holidays import weekday_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

DAY = 86_400
WEEK = 7 * DAY
MONDAY = 4 * DAY  # 1970-01-05
WEEKS_JUDGED = 13
OPEN_SHARE = 0.5
WEEKEND_PRIOR = 0.9  # one closed weekend is proof, one closed weekday is more likely a holiday
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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
    def slots(self) -> Integers:
        """Open slots, (S,), rising."""
        return np.concatenate([np.empty(0, np.int64), *(np.arange(start, stop) for start, stop in self.open)])

    @property
    def per_day(self) -> int:
        """Open slots of the day that is open longest."""
        return int(self.by_weekday.max())

    @cached_property
    def by_weekday(self) -> Integers:
        """Open slots of each weekday, (7,)."""
        return np.bincount(self.slots * self.step // DAY, minlength=7)

    def number(self, seconds: Integers) -> Integers:
        """Return the running number of the slots in which `seconds` fall."""
        return (seconds - MONDAY - self.phase) // self.step

    def seconds(self, numbers: Integers) -> Integers:
        """Return when the slots with these running numbers begin."""
        return numbers * self.step + self.phase + MONDAY

    def after(self, last: int, count: int) -> Integers:
        """Return the beginnings of the `count` open slots that follow the one of `last`."""
        size = WEEK // self.step
        week, slot = np.divmod(self.number(np.array([last])), size)
        weeks, places = np.divmod(np.searchsorted(self.slots, slot, side="right") + np.arange(count), len(self.slots))
        return self.seconds((week + weeks) * size + self.slots[places])

    def describe(self) -> str:
        """Return the open days in words: `Monday to Friday`."""
        days = np.flatnonzero(self.by_weekday)
        if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
            return f"{NAMES[days[0]]} to {NAMES[days[-1]]}"
        if (
            6 in days
            and len(days) > 2
            and len(closed := np.setdiff1d(np.arange(7), days)) == closed[-1] - closed[0] + 1
        ):
            return f"{NAMES[closed[-1] + 1]} to {NAMES[closed[0] - 1]}"
        return ", ".join(NAMES[day] for day in days)

    def to_dict(self) -> dict[str, Any]:
        """Return the week as builtins."""
        return {"step": self.step, "phase": self.phase, "open": [list(hours) for hours in self.open]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild a week.

        Raises:
            KeyError: A field is absent.
            TypeError: A field is of the wrong type.
            ValueError: A field is out of bounds.

        """
        step, phase, hours = data["step"], data["phase"], data["open"]
        bounds = [bound for start, stop in hours for bound in (start, stop)]
        if set(data) != {"step", "phase", "open"} or any(type(number) is not int for number in (step, phase, *bounds)):
            raise TypeError("a week has a step, a phase and ranges of open slots, all whole numbers")
        if not 1 <= step <= DAY or DAY % step or not 0 <= phase < step:
            raise ValueError(f"no week has slots of {step} seconds that begin at {phase}")
        if not bounds or bounds[0] < 0 or bounds[-1] > WEEK // step or any(np.diff(bounds) < 1):
            raise ValueError("the open slots of a week must rise within it")
        return cls(step, phase, tuple((start, stop) for start, stop in hours))


def learn_week(seconds: Integers, step: int) -> Week:
    """Find the open slots of a week from rising time stamps, (n,); `step` divides a day.

    A slot counts as open when at least half of the latest 13 weeks that have rows have one in it. Where a week or two
    are all there is, slots lean to what is customary: Monday to Friday like each other, weekends closed until a row
    falls on one.
    """
    weeks = np.unique((seconds - MONDAY) // WEEK)[-WEEKS_JUDGED:]
    latest = seconds[seconds >= weeks[0] * WEEK + MONDAY]
    phase = most_frequent(latest % step)
    number = Week(step, phase, ()).number(latest)
    hits, chances = _attendance(number, WEEK // step, from_start=len(latest) == len(seconds))
    share = (hits + _prior(hits, chances)) / (chances + 1)
    edges = np.diff(np.concatenate([[0], share.ravel() >= OPEN_SHARE, [0]]).astype(np.int8))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return Week(step, phase, tuple(zip(starts.tolist(), stops.tolist(), strict=True)))


def _attendance(number: Integers, size: int, *, from_start: bool) -> tuple[Integers, Integers]:
    """Count in how many weeks each slot has a row, and in how many it could have one, both (7, slots per day)."""
    number = np.unique(number)
    hits = np.bincount(number % size, minlength=size)
    chances = np.full(size, len(np.unique(number // size)))
    if from_start:
        chances[: number[0] % size] -= 1
    chances[number[-1] % size + 1 :] -= 1
    return hits.reshape(7, -1), chances.reshape(7, -1)


def _prior(hits: Integers, chances: Integers) -> NDArray[np.float64]:
    """Return how likely each slot is open before its own rows are counted, (7, slots per day).

    It is the likelihood of the weekday times the share of open days that have a row at this time of day.
    """
    weekday = np.array([1.0] * 5 + [WEEKEND_PRIOR if hits[5:].any() else 0.0] * 2)
    some = hits.any(axis=1)
    seen = chances[some].sum(axis=0)
    share = hits[some].sum(axis=0) / np.maximum(seen, 1)
    time_of_day = np.where(seen > 0, share / share.max(), 1.0)
    prior: NDArray[np.float64] = np.outer(weekday, time_of_day)
    return prior


@dataclass(frozen=True)
class Attendance:
    """How the rows of a file fill the open slots of its span.

    Attributes:
        first: Number of the first day.
        present: Rows in open slots of each day, (D,).
        expected: Open slots of each day, (D,); the first and the last day expect what they have.
        astray: Rows outside the open slots, or in a slot with another row.

    """

    first: int
    present: Integers
    expected: Integers
    astray: int

    @property
    def record(self) -> Record:
        """Which days are open and which are closed; closed is a day with under half of its rows."""
        return Record(self.first, self.expected > 0, 2 * self.present < self.expected)

    def absent(self, holidays: Integers) -> tuple[int, int]:
        """Return how many rows are absent on days that are no holidays, and how many were expected there."""
        expected = self.expected.copy()
        places = holidays - self.first
        expected[places[(places >= 0) & (places < len(expected))]] = 0
        return int(np.maximum(expected - self.present, 0).sum()), int(expected.sum())


def attend(seconds: Integers, week: Week) -> Attendance:
    """Compare rising time stamps, (n,), with the open slots of `week`."""
    number = np.unique(week.number(seconds))
    is_open = np.zeros(WEEK // week.step, dtype=bool)
    is_open[week.slots] = True
    day = week.seconds(number[is_open[number % len(is_open)]]) // DAY
    # A stamp that is out of phase may stand for a slot that began the day before.
    first, last = int(week.seconds(number[0]) // DAY), int(week.seconds(number[-1]) // DAY)
    present = np.bincount(day - first, minlength=last - first + 1)
    expected = week.by_weekday[weekday_of(np.arange(first, last + 1))]
    expected[[0, -1]] = present[[0, -1]]
    return Attendance(first, present, expected, len(seconds) - len(day))


def most_frequent(values: Integers) -> int:
    """Return the commonest value, the smallest of several."""
    found, counts = np.unique(values, return_counts=True)
    return int(found[counts.argmax()])
