"""Find the holidays that explain the days on which a file has no row.

A file of one year cannot show that a rule holds, only suggest it; a file of three years can. Days are numbered from
1970-01-01.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.calendars.holidays import (
    DATE,
    DAY_AFTER,
    EASTER,
    EASTER_SPAN,
    LAST,
    LENGTHS,
    MOST_HOLIDAYS,
    SATURDAY,
    SATURDAY_SHIFTS,
    SUNDAY,
    SUNDAY_SHIFTS,
    WEEKDAY,
    Holiday,
    easter,
    year_of,
)
from forecaster.calendars.units import EPOCH_WEEKDAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from forecaster.arrays import Bools, Ints

YEARS_OF_PROOF = 3
"""Times in a row that a rule must have closed its day: two could be chance, and more would miss holidays of a file of a
few years. Chosen by hand."""
SHARE_WITH_EXCEPTIONS = 0.75
"""Share of its days that a rule must have closed where a year was an exception: three of four. Chosen by hand."""
LONGEST_HOLIDAY = 2
"""Closed days in a row, seen once, that may still be holidays; more of them are a gap, unless they are customary. Two,
as 25 and 26 December."""
MAIN = tuple(Holiday(DATE, month, day) for month, day in ((1, 1), (12, 25), (12, 26), (7, 4), (6, 19), (5, 1)))
CUSTOMARY = (
    *MAIN,
    *(Holiday(EASTER, 0, day) for day in (-2, 1)),
    Holiday(WEEKDAY, 5, LAST, 0),
    Holiday(WEEKDAY, 11, 4, 3),
    *(Holiday(EASTER, 0, day) for day in (39, 50)),
    Holiday(DAY_AFTER, 11, 4, 3),
    *(Holiday(DATE, month, day) for month, day in ((12, 24), (12, 31), (7, 3))),
)
"""Rules that win, the first before the next, when a closed day fits several: in a file of one year it always does."""


class RuleSupport(NamedTuple):
    """How many of the days that a rule names were closed.

    Attributes:
        run: How many of its latest days were closed without an exception.
        closed: How many of its days were closed.
        seen: How many of its days would have rows without the rule.
        lately: Whether one of the last two was closed.

    """

    run: int
    closed: int
    seen: int
    lately: bool

    def holds(self, least: int, proof: int) -> bool:
        """Return whether the latest `proof` days were closed, or all of `least` or more, or nearly all of many."""
        with_exceptions = self.lately and self.closed >= max(YEARS_OF_PROOF, SHARE_WITH_EXCEPTIONS * self.seen)
        return with_exceptions or self.run >= max(least, min(proof, self.seen))


@dataclass(frozen=True)
class DayRecord:
    """Which days between the first and the last row of a file are closed, D days.

    Attributes:
        first: Number of the first day.
        seen: Whether the day would have rows if it were no holiday, (D,).
        closed: Whether such a day has no rows, (D,).

    """

    first: int
    seen: Bools
    closed: Bools

    @cached_property
    def years(self) -> Ints:
        """The years whose holidays may fall into the span, (Y,)."""
        return np.arange(year_of(self.first) - 1, year_of(self.first + len(self.seen) - 1) + 2)

    def places(self, holiday: Holiday) -> Ints:
        """Return the places in the span of the rule's days."""
        places = holiday.days(self.years) - self.first
        return places[(places >= 0) & (places < len(self.seen))]

    def support(self, holiday: Holiday) -> RuleSupport:
        """Return how many of the rule's days were closed."""
        places = self.places(holiday)
        closed = self.closed[places[self.seen[places]]]
        broken = np.flatnonzero(~closed)
        run = len(closed) - (int(broken[-1]) + 1 if len(broken) else 0)
        return RuleSupport(run, int(closed.sum()), len(closed), bool(closed[-2:].any()))

    @cached_property
    def in_a_gap(self) -> Bools:
        """Whether a day is one of more than `LONGEST_HOLIDAY` closed days in a row, (D,)."""
        days = np.flatnonzero(self.seen)
        starts = np.flatnonzero(np.append(True, np.diff(self.closed[days])))
        lengths = np.diff(np.append(starts, len(days)))
        gap = np.zeros(len(self.seen), np.bool_)
        gap[days] = self.closed[days] & (np.repeat(lengths, lengths) > LONGEST_HOLIDAY)
        return gap

    def weekday_is_open(self, weekday: int) -> bool:
        """Return whether the days of `weekday` have rows."""
        return bool(self.seen[(weekday - self.first - EPOCH_WEEKDAY) % 7 :: 7].any())


def learn_holidays(record: DayRecord, least: int) -> tuple[Holiday, ...]:
    """Find the rules that the closed days of a file follow.

    A rule holds when its day was closed in each of the last three years in which it could be seen (two for a customary
    rule), or in all of them if there are fewer. So a rule that began lately is found, and one that ended is not. It
    also holds with exceptions: when its day was closed in three of four years, and in one of the last two.

    Args:
        record: Which days are open and closed.
        least: How often the day of a rule must have been closed, where fewer than three years are seen.

    """
    found: list[tuple[int, int, tuple[int, int], Holiday]] = []
    for rule in _with_observances(record, _candidates(record)):
        support = record.support(rule)
        usual = is_customary(rule)
        if not usual and support.closed == 1 and record.in_a_gap[record.places(rule)].any():
            continue
        if support.holds(least, YEARS_OF_PROOF - usual):
            found.append((-support.run, -support.closed, _preference(rule), rule))
    return _without_redundant_rules(record, [rule for *_, rule in sorted(found)])


def _candidates(record: DayRecord) -> list[Holiday]:
    """Return every rule that explains a closed day of the last years, dates still without observance."""
    closed = np.flatnonzero(record.closed) + record.first
    latest = closed[closed > record.first + len(record.closed) - 366 * (YEARS_OF_PROOF + 1)]
    return sorted({rule for day in latest.tolist() for rule in _explanations(day)})


def _explanations(day: int) -> Iterator[Holiday]:
    """Yield every rule that names this day."""
    year, month, number = _year_month_day(day)
    weekday = (day + EPOCH_WEEKDAY) % 7
    nth = (number - 1) // 7 + 1
    if nth <= 4:
        yield Holiday(WEEKDAY, month, nth, weekday)
    _, month_before, number_before = _year_month_day(day - 1)
    if number_before <= 28:
        yield Holiday(DAY_AFTER, month_before, (number_before - 1) // 7 + 1, (weekday - 1) % 7)
    if number + 7 > LENGTHS[month - 1] and _year_month_day(day + 7)[1] != month:
        yield Holiday(WEEKDAY, month, LAST, weekday)
    offset = day - _easter_day(year)
    if EASTER_SPAN[0] <= offset <= EASTER_SPAN[1]:
        yield Holiday(EASTER, 0, offset)
    # A Monday may observe the Sunday or Saturday before, a Tuesday the Sunday, a Friday the Saturday or Sunday after.
    for back in {0: (0, 1, 2), 1: (0, 2), 4: (0, -1, -2)}.get(weekday, (0,)):
        _, month_meant, day_meant = _year_month_day(day - back)
        if day_meant <= LENGTHS[month_meant - 1]:
            yield Holiday(DATE, month_meant, day_meant)


@cache
def _easter_day(year: int) -> int:
    return int(easter(np.array([year]))[0])


def _year_month_day(day: int) -> tuple[int, int, int]:
    date = np.datetime64(day, "D").item()
    return date.year, date.month, date.day


def _with_observances(record: DayRecord, rules: Iterable[Holiday]) -> list[Holiday]:
    """Give each date the weekend observance that the file shows: the one with the longest run of closed days.

    A date that never fell on a weekend in the file takes the observance that the main dates have most often.
    """
    observed: list[Holiday] = []
    dates: list[tuple[Holiday, set[int], set[int]]] = []
    for rule in rules:
        if rule.kind != DATE:
            observed.append(rule)
        elif (support := record.support(rule)).lately or support.seen == 0:
            dates.append((rule, *_observances(record, rule)))
    main = [each for each in dates if each[0] in MAIN]
    saturday = _commonest_shift(shifts for _, shifts, _ in main)
    sunday = _commonest_shift(shifts for *_, shifts in main)
    observed.extend(
        replace(rule, saturday=_shift_or(saturday, saturdays), sunday=_shift_or(sunday, sundays))
        for rule, saturdays, sundays in dates
    )
    return observed


def _observances(record: DayRecord, rule: Holiday) -> tuple[set[int], set[int]]:
    """Return the shifts for Saturdays and for Sundays under which the latest days of `rule` were closed longest.

    An open day under a shift counts against it, unless the date itself was open once: then the rule is younger.
    """
    saturdays = (0,) if record.weekday_is_open(SATURDAY) else SATURDAY_SHIFTS
    sundays = (0,) if record.weekday_is_open(SUNDAY) else SUNDAY_SHIFTS
    plain = record.support(rule)
    scores: dict[tuple[int, int], tuple[int, int]] = {}
    for pair in product(saturdays, sundays):
        support = record.support(replace(rule, saturday=pair[0], sunday=pair[1]))
        scores[pair] = support.run, support.closed - support.seen if plain.closed == plain.seen else 0
    best = [pair for pair, score in scores.items() if score == max(scores.values())]
    return {pair[0] for pair in best}, {pair[1] for pair in best}


def _commonest_shift(possible: Iterable[set[int]]) -> int:
    """Return the commonest shift of the dates for which the file shows one; 0 if there are none."""
    counts = Counter(max(shifts) for shifts in possible if 0 not in shifts)
    return counts.most_common(1)[0][0] if counts else 0


def _shift_or(default: int, possible: set[int]) -> int:
    """Return the shift that the file shows; if it shows none, the `default` of its other dates where possible."""
    if 0 not in possible:
        return max(possible)
    return default if default in possible else 0


def is_customary(rule: Holiday) -> bool:
    """Return whether a rule is among the usual ones, whatever its observance."""
    return replace(rule, saturday=0, sunday=0) in CUSTOMARY


def _preference(rule: Holiday) -> tuple[int, int]:
    """Order rules that explain a day equally well: customary, Mondays, dates, other weekdays, Easter, days after."""
    if is_customary(rule):
        return 0, CUSTOMARY.index(replace(rule, saturday=0, sunday=0))
    if rule.kind == WEEKDAY:
        return (1 if rule.weekday == 0 else 3), rule.day
    return {DATE: 2, EASTER: 4, DAY_AFTER: 5}[rule.kind], 0


def _without_redundant_rules(record: DayRecord, rules: Iterable[Holiday]) -> tuple[Holiday, ...]:
    """Keep each rule that explains a closed day which no stronger rule explains.

    A date needs one such day, because observed dates move onto each other's days. Other rules need half of their closed
    days, because a weekday falls on a closed date by chance.
    """
    unexplained = record.closed.copy()
    needed: list[Holiday] = []
    for rule in rules:
        places = record.places(rule)
        least = record.closed[places].sum() / 2 if rule.kind != DATE else 1
        if unexplained[places].sum() >= max(1, least) and len(needed) < MOST_HOLIDAYS:
            unexplained[places] = False
            needed.append(rule)
    return tuple(needed)
