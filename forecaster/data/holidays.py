"""Holidays as rules that are learned from the days on which a file has no row.

A rule gives one day a year: a date (with its observance when it falls on a weekend), the n-th or last weekday of a
month, or a distance from Easter Sunday. Days are numbered from 1970-01-01 and weekdays from Monday = 0.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Days = NDArray[np.int64]

DATE, WEEKDAY, EASTER = "date", "weekday", "easter"
SATURDAY, SUNDAY = 5, 6
LAST = -1
SATURDAY_SHIFTS, SUNDAY_SHIFTS = (0, -1, 2), (0, 1, 2)
EASTER_SPAN = (-60, 70)
MOST_HOLIDAYS = 40  # fewer than the weeks of a year, so that no calendar is closed for ever
YEARS_OF_PROOF = 3
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # 29 February comes too seldom to be learned


@dataclass(frozen=True, order=True)
class Holiday:
    """One rule.

    Attributes:
        kind: `date`, `weekday` or `easter`.
        month: 1 to 12; 0 for `easter`.
        day: Day of the month; for `weekday` which one, 1 to 4, or -1 for the last; for `easter` days after Easter.
        weekday: Monday = 0, for `weekday` only.
        saturday: Days by which a `date` moves from a Saturday: -1, 2, or 0 where it is not made up for.
        sunday: Days by which it moves from a Sunday: 1, 2 or 0.

    """

    kind: str
    month: int
    day: int
    weekday: int = 0
    saturday: int = 0
    sunday: int = 0

    def days(self, years: Days) -> Days:
        """Return the day number of the holiday in each of `years`, (Y,)."""
        if self.kind == EASTER:
            return easter(years) + self.day
        start = month_start(years, self.month)
        if self.kind == DATE:
            return self._observed(start + self.day - 1)
        if self.day == LAST:
            end = month_start(years, self.month + 1) - 1
            return end - (weekday_of(end) - self.weekday) % 7
        return start + (self.weekday - weekday_of(start)) % 7 + 7 * (self.day - 1)

    def _observed(self, days: Days) -> Days:
        """Move what falls on a weekend to the day on which it is observed."""
        weekdays = weekday_of(days)
        observed: Days = days + self.saturday * (weekdays == SATURDAY) + self.sunday * (weekdays == SUNDAY)
        return observed

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as builtins."""
        return {
            "kind": self.kind,
            "month": self.month,
            "day": self.day,
            "weekday": self.weekday,
            "saturday": self.saturday,
            "sunday": self.sunday,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild a rule.

        Raises:
            KeyError: A field is absent.
            TypeError: A field is of the wrong type.
            ValueError: A field is out of bounds.

        """
        numbers = [data[name] for name in ("month", "day", "weekday", "saturday", "sunday")]
        if any(type(number) is not int for number in numbers) or set(data) - set(cls.__dataclass_fields__):
            raise TypeError("a holiday has five whole numbers and a kind")
        rule = cls(data["kind"], *numbers)
        if not rule._in_bounds():
            raise ValueError(f"no such holiday: {rule}")
        return rule

    def _in_bounds(self) -> bool:
        if self.kind == EASTER:
            return self.month == 0 and EASTER_SPAN[0] <= self.day <= EASTER_SPAN[1]
        if self.kind not in {DATE, WEEKDAY} or not 1 <= self.month <= 12:
            return False
        if self.kind == WEEKDAY:
            return self.day in {1, 2, 3, 4, LAST} and 0 <= self.weekday <= SUNDAY
        shifts = self.saturday in SATURDAY_SHIFTS and self.sunday in SUNDAY_SHIFTS
        return 1 <= self.day <= LENGTHS[self.month - 1] and shifts


CUSTOMARY = (
    *(Holiday(DATE, month, day) for month, day in ((1, 1), (12, 25), (12, 26), (7, 4), (6, 19), (5, 1))),
    *(Holiday(EASTER, 0, day) for day in (-2, 1)),
    Holiday(WEEKDAY, 5, LAST, 0),
    Holiday(WEEKDAY, 11, 4, 3),
    *(Holiday(EASTER, 0, day) for day in (39, 50)),
)
"""Rules that win, the first before the next, when a closed day fits several: in a file of one year it always does."""


def easter(years: Days) -> Days:
    """Return the day number of Easter Sunday (Gregorian) in each of `years`.

    The anonymous algorithm of 1876, as in J. Meeus, Astronomical Algorithms, chapter 8.
    """
    a = years % 19
    b, c = np.divmod(years, 100)
    d, e = np.divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = np.divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = np.divmod(h + m - 7 * n + 114, 31)
    sunday: Days = month_start(years, month) + day
    return sunday


def month_start(years: Days, month: int | Days) -> Days:
    """Return the day number of the first of `month` (1 to 13) in each of `years`."""
    months = (12 * (years - 1970) + month - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64)


def weekday_of(days: Days) -> Days:
    """Return the weekdays of day numbers; 1970-01-01 was a Thursday."""
    return (days + 3) % 7


def year_of(day: int) -> int:
    """Return the year of a day number."""
    return int(np.datetime64(day, "D").astype("datetime64[Y]").astype(np.int64)) + 1970


def closed_days(holidays: Sequence[Holiday], first: int, last: int) -> Days:
    """Return the day numbers of all `holidays` in the years of `first` to `last` and in the years beside them."""
    years = np.arange(year_of(first) - 1, year_of(last) + 2)
    return np.unique(np.concatenate([np.empty(0, np.int64), *(holiday.days(years) for holiday in holidays)]))


@dataclass(frozen=True)
class Record:
    """What a file shows of each day of its span.

    Attributes:
        first: Number of the first day.
        seen: Whether the day would have rows if it were no holiday, (D,).
        closed: Whether such a day has none, (D,).

    """

    first: int
    seen: NDArray[np.bool_]
    closed: NDArray[np.bool_]

    @cached_property
    def years(self) -> Days:
        """The years whose holidays may fall into the span, (Y,)."""
        return np.arange(year_of(self.first) - 1, year_of(self.first + len(self.seen) - 1) + 2)

    def places(self, holiday: Holiday) -> Days:
        """Return the places in the span of the rule's days."""
        places = holiday.days(self.years) - self.first
        return places[(places >= 0) & (places < len(self.seen))]

    def run(self, holiday: Holiday) -> tuple[int, int]:
        """Return for how many of its latest days in a row the rule was kept, and how many of its days are seen."""
        places = self.places(holiday)
        closed = self.closed[places[self.seen[places]]]
        broken = np.flatnonzero(~closed)
        return len(closed) - (int(broken[-1]) + 1 if len(broken) else 0), len(closed)

    def weekday_is_open(self, weekday: int) -> bool:
        """Return whether the days of `weekday` have rows."""
        return bool(self.seen[(weekday - self.first - 3) % 7 :: 7].any())


def learn_holidays(record: Record, least: int) -> tuple[Holiday, ...]:
    """Find the rules that the closed days of a file follow.

    A rule holds when it was kept in each of the last three years in which its day could be seen, or in all of them if
    there are fewer; a rule that began lately is found and one that ended is not.

    Args:
        record: Which days are open and closed.
        least: How often a rule must have been kept, where fewer than three years are seen.

    """
    found: list[tuple[int, tuple[int, int], Holiday]] = []
    for rule in _settle(record, _candidates(record)):
        run, seen = record.run(rule)
        if run >= max(least, min(YEARS_OF_PROOF, seen)):
            found.append((-run, _rank(rule), rule))
    return _fewest(record, [rule for *_, rule in sorted(found)])


def _candidates(record: Record) -> list[Holiday]:
    """Return every rule that explains a closed day of the last years, dates still without observance."""
    closed = np.flatnonzero(record.closed) + record.first
    latest = closed[closed > record.first + len(record.closed) - 366 * (YEARS_OF_PROOF + 1)]
    return sorted({rule for day in latest.tolist() for rule in _explanations(day)})


def _explanations(day: int) -> Iterator[Holiday]:
    year, month, number = _civil(day)
    weekday = (day + 3) % 7
    nth = (number - 1) // 7 + 1
    if nth <= 4:
        yield Holiday(WEEKDAY, month, nth, weekday)
    if number + 7 > LENGTHS[month - 1] and _civil(day + 7)[1] != month:
        yield Holiday(WEEKDAY, month, LAST, weekday)
    offset = day - _easter_day(year)
    if EASTER_SPAN[0] <= offset <= EASTER_SPAN[1]:
        yield Holiday(EASTER, 0, offset)
    # A Monday may stand for the Sunday or Saturday before, a Tuesday for the Sunday, a Friday for the Saturday after.
    for back in {0: (0, 1, 2), 1: (0, 2), 4: (0, -1)}.get(weekday, (0,)):
        _, month_meant, day_meant = _civil(day - back)
        if day_meant <= LENGTHS[month_meant - 1]:
            yield Holiday(DATE, month_meant, day_meant)


@cache
def _easter_day(year: int) -> int:
    return int(easter(np.array([year]))[0])


def _civil(day: int) -> tuple[int, int, int]:
    date = np.datetime64(day, "D").item()
    return date.year, date.month, date.day


def _settle(record: Record, rules: Iterable[Holiday]) -> list[Holiday]:
    """Give each date the weekend observance that the file shows: the one under which it was kept longest.

    A date that never fell on a weekend in the file takes the observance that its other dates have most often.
    """
    settled: list[Holiday] = []
    dates: list[tuple[Holiday, set[int], set[int]]] = []
    for rule in rules:
        if rule.kind != DATE:
            settled.append(rule)
        elif _may_hold(record, rule):
            dates.append((rule, *_observances(record, rule)))
    saturday = _custom(shifts for _, shifts, _ in dates)
    sunday = _custom(shifts for *_, shifts in dates)
    settled.extend(
        replace(rule, saturday=_choose(saturdays, saturday), sunday=_choose(sundays, sunday))
        for rule, saturdays, sundays in dates
    )
    return settled


def _may_hold(record: Record, rule: Holiday) -> bool:
    """Return whether the date was closed when it last fell on an open weekday."""
    run, seen = record.run(rule)
    return run > 0 or seen == 0


def _observances(record: Record, rule: Holiday) -> tuple[set[int], set[int]]:
    """Return the shifts for Saturdays and for Sundays under which `rule` was kept longest."""
    saturdays = (0,) if record.weekday_is_open(SATURDAY) else SATURDAY_SHIFTS
    sundays = (0,) if record.weekday_is_open(SUNDAY) else SUNDAY_SHIFTS
    runs = {
        pair: record.run(replace(rule, saturday=pair[0], sunday=pair[1]))[0] for pair in product(saturdays, sundays)
    }
    best = [pair for pair, run in runs.items() if run == max(runs.values())]
    return {pair[0] for pair in best}, {pair[1] for pair in best}


def _custom(proven: Iterable[set[int]]) -> int:
    """Return the commonest shift among the dates whose file shows that they are made up for."""
    counts = Counter(max(shifts) for shifts in proven if 0 not in shifts)
    return counts.most_common(1)[0][0] if counts else 0


def _choose(shifts: set[int], custom: int) -> int:
    """Return the shift that is proven; where the file shows none, the custom of its other dates."""
    if 0 not in shifts:
        return max(shifts)
    return custom if custom in shifts else 0


def _rank(rule: Holiday) -> tuple[int, int]:
    """Order rules that explain a day equally well: customary, Mondays, dates, other weekdays, distances from Easter."""
    plain = replace(rule, saturday=0, sunday=0)
    if plain in CUSTOMARY:
        return 0, CUSTOMARY.index(plain)
    if rule.kind == WEEKDAY:
        return (1 if rule.weekday == 0 else 3), rule.day
    return (2 if rule.kind == DATE else 4), 0


def _fewest(record: Record, rules: Iterable[Holiday]) -> tuple[Holiday, ...]:
    """Keep each rule that explains a closed day which no stronger rule explains."""
    left = record.closed.copy()
    kept: list[Holiday] = []
    for rule in rules:
        places = record.places(rule)
        if left[places].any() and len(kept) < MOST_HOLIDAYS:
            left[places] = False
            kept.append(rule)
    return tuple(kept)
