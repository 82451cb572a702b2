"""The open hours of a week, and those that it had before they changed.

A week from Monday 00:00 is divided into slots of one step. Times are whole seconds since 1970-01-01, days are numbered
from there, and weekdays from Monday = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecaster.calendars.holidays import weekday_of
from forecaster.calendars.units import DAY, FIRST_MONDAY, HOUR, WEEK, WEEKDAYS

if TYPE_CHECKING:
    from forecaster.arrays import Ints

Ranges = tuple[tuple[int, int], ...]

MOST_CHANGES = 20
"""Changes of the open hours that a week holds at most: hours that change twice a year for ten years. Chosen by hand."""
CLOCK_CHANGE = 6 * DAY - 2 * HOUR, 6 * DAY + 2 * HOUR
"""From Saturday 22:00 to Sunday 2:00, in seconds from Monday 00:00."""
LISTED = 100
"""Slots for each step that is looked up, up to which all of them are listed: a bisection takes as long for about a
hundred, and its memory does not grow with them. Chosen by hand."""
NEARLY_OPEN = 0.8
"""Share of a week's slots from which it counts as open all the time. Chosen by hand: above any week with a weekend of
two days, below any with single slots that were missing by chance."""


@dataclass(frozen=True)
class EarlierHours:
    """Open slots that were other ones before a day.

    Attributes:
        until: Number of the day from which later hours count.
        open: Half-open ranges of open slots before it, counted from Monday.

    """

    until: int
    open: Ranges


@dataclass(frozen=True)
class Week:
    """Open slots.

    Attributes:
        step: Length of a slot in seconds; it divides a day.
        phase: Seconds from midnight to the first slot of a day, less than a step.
        open: Half-open ranges of open slots, counted from Monday.
        earlier: The open slots before each change, the oldest first.

    """

    step: int
    phase: int
    open: Ranges
    earlier: tuple[EarlierHours, ...] = ()

    @cached_property
    def slots(self) -> Ints:
        """Open slots, (S,), rising."""
        return _slots_of(self.open)

    @property
    def most_open(self) -> int:
        """Open slots of a week, now or before a change, whichever are more."""
        return max(map(_size_of, (self.open, *(each.open for each in self.earlier))))

    @property
    def size(self) -> int:
        """Open slots of a week, now and before each change together: what the arrays of slots hold."""
        return _size_of(self.open) + sum(_size_of(each.open) for each in self.earlier)

    def number(self, seconds: Ints) -> Ints:
        """Return the running number of the slots in which `seconds` fall."""
        return (seconds - FIRST_MONDAY - self.phase) // self.step

    def seconds(self, numbers: Ints) -> Ints:
        """Return when the slots with these running numbers begin."""
        return numbers * self.step + self.phase + FIRST_MONDAY

    def places(self, seconds: Ints) -> Ints:
        """Return the running number of the steps in which `seconds` fall, or that follow them if they are closed."""
        return self._places_of_slots(self.number(seconds))

    def last_places(self, seconds: Ints) -> Ints:
        """Return the running number of the steps in which `seconds` fall, or that precede them if they are closed."""
        return self._places_of_slots(self.number(seconds) + 1) - 1

    def seconds_at(self, places: Ints, first: int, last: int) -> Ints:
        """Return when the steps with these running numbers begin, among the slots numbered `first` to `last`."""
        if last - first < LISTED * (len(places) + 1):
            numbers = np.arange(first, last + 1)
            return self.seconds(numbers[np.searchsorted(self._places_of_slots(numbers), places, side="right") - 1])
        low, high = np.full(len(places), first), np.full(len(places), last)
        while (low < high).any():  # bisection: places never fall from one slot to the next
            middle = (low + high + 1) // 2
            within = self._places_of_slots(middle) <= places
            low, high = np.where(within, middle, low), np.where(within, high, middle - 1)
        return self.seconds(low)

    @cached_property
    def counts_closed_slots(self) -> bool:
        """Whether closed slots are steps as well: hardly any is closed, and open days differ in their number of slots.

        Days of equal hours, as Monday to Saturday or 23 hours of each day, are whole seasons without closed slots.
        """
        of_days = self.within(0, DAY)
        unequal = len(np.unique(of_days[of_days > 0])) > 1
        return unequal and len(self.slots) > NEARLY_OPEN * (WEEK // self.step)

    def _places_of_slots(self, numbers: Ints) -> Ints:
        """Return the numbers of slots as steps: those of open slots, or of all if closed ones count."""
        return numbers if self.counts_closed_slots else self.count_open_slots(numbers)

    def count_open_slots(self, numbers: Ints) -> Ints:
        """Return how many open slots there are before the slots with these running numbers, (n,), from any beginning.

        Before a change, slots that opened later count as well, so that rows a week apart are as many slots apart as
        now; if some were open that are closed now, those of then are counted.
        """
        counts, slots, offset = self._count(numbers, self.slots), self.slots, 0
        for each in reversed(self.earlier):
            change, before = self.number(np.array([each.until * DAY + self.phase])), _slots_of(each.open)
            if not np.isin(before, slots).all():
                offset += int((self._count(change, slots) - self._count(change, before))[0])
                slots = before
            earlier = numbers < change
            counts[earlier] = self._count(numbers[earlier], slots) + offset
        return counts

    def _count(self, numbers: Ints, slots: Ints) -> Ints:
        """Return how many of `slots`, (S,), of each week lie before the slots with these numbers, (n,)."""
        weeks, places = np.divmod(numbers, WEEK // self.step)
        return np.asarray(weeks * len(slots) + np.searchsorted(slots, places))

    @property
    def closed_at_clock_change(self) -> bool:
        """Whether it is closed from Saturday 22:00 to Sunday 2:00, when clocks change to and from summer time."""
        low, high = ((time - self.phase + self.step - 1) // self.step for time in CLOCK_CHANGE)
        return all(stop <= low or start >= high for start, stop in self.open)

    def between(self, first: int, last: int) -> Ints:
        """Return the beginnings of all open slots from day `first` to day `last`."""
        parts = []
        for each in self.earlier:
            parts.append(self._begins(_slots_of(each.open), first, min(last, each.until - 1)))
            first = max(first, each.until)
        return np.concatenate([*parts, self._begins(self.slots, first, last)])

    def _begins(self, slots: Ints, first: int, last: int) -> Ints:
        """Return the beginnings of `slots`, (S,), of each week from day `first` to day `last`."""
        weeks = np.arange((first * DAY - FIRST_MONDAY) // WEEK, (last * DAY - FIRST_MONDAY) // WEEK + 1)
        begins = (weeks[:, None] * WEEK + FIRST_MONDAY + self.phase + slots * self.step).ravel()
        return begins[slice(*np.searchsorted(begins, [first * DAY, (last + 1) * DAY]))]

    def within(self, start: int, stop: int) -> Ints:
        """Return how many slots of each weekday begin from second `start` of the day to before `stop`, (7,)."""
        return self._within(self.slots, start, stop)

    def within_days(self, days: Ints, start: int, stop: int) -> Ints:
        """Return how many slots of each of `days`, (n,), begin from second `start` of the day to before `stop`."""
        hours = [*(_slots_of(each.open) for each in self.earlier), self.slots]
        counts = np.array([self._within(slots, start, stop) for slots in hours])
        changes = np.array([each.until for each in self.earlier], np.int64)
        return np.asarray(counts[np.searchsorted(changes, days, side="right"), weekday_of(days)])

    def _within(self, slots: Ints, start: int, stop: int) -> Ints:
        """Return how many of `slots`, (S,), of each weekday begin from `start` to before `stop`, (7,)."""
        day, time = np.divmod(slots * self.step + self.phase, DAY)
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
        earlier = [{"until": each.until, "open": [list(hours) for hours in each.open]} for each in self.earlier]
        hours = [list(hours) for hours in self.open]
        return {"step": self.step, "phase": self.phase, "open": hours, "earlier": earlier}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild a week; errors are those of `Calendar.from_dict`."""
        step, phase, earlier, hours = (data[name] for name in ("step", "phase", "earlier", "open"))
        if set(data) != {"step", "phase", "open", "earlier"} or {type(step), type(phase), type(earlier)} != {int, list}:
            raise TypeError("a week has a step, a phase, ranges of open slots, and earlier ones")
        if not 1 <= step <= DAY or DAY % step or not 0 <= phase < step:
            raise ValueError(f"no week has slots of {step} seconds that begin at {phase}")
        if any(set(each) != {"until", "open"} or type(each["until"]) is not int for each in earlier):
            raise TypeError("earlier hours have a day and ranges of open slots")
        before = tuple(EarlierHours(each["until"], _ranges_of(each["open"], WEEK // step)) for each in earlier)
        if len(before) > MOST_CHANGES or any(np.diff([each.until for each in before]) < 1):
            raise ValueError("the changes of a week must be few and rise")
        return cls(step, phase, _ranges_of(hours, WEEK // step), before)


def _slots_of(ranges: Ranges) -> Ints:
    """Return the slots in half-open ranges, (S,), rising."""
    return np.concatenate([np.empty(0, np.int64), *(np.arange(start, stop) for start, stop in ranges)])


def _size_of(ranges: Ranges) -> int:
    """Return the number of slots in half-open ranges."""
    return sum(stop - start for start, stop in ranges)


def _ranges_of(hours: Any, slots: int) -> Ranges:
    """Return ranges of open slots from builtins; there are `slots` in a week."""
    bounds = [bound for start, stop in hours for bound in (start, stop)]
    if any(type(number) is not int for number in bounds):
        raise TypeError("ranges of open slots are whole numbers")
    if not bounds or bounds[0] < 0 or bounds[-1] > slots or any(np.diff(bounds) < 1):
        raise ValueError("the open slots of a week must rise within it")
    return tuple((start, stop) for start, stop in hours)
