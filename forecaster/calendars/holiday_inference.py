"""The days on which a file has no row, and the holidays that explain them.

A file of a year cannot prove a rule, only suggest it; with three years it can. Ints are numbered from 1970-01-01.
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from forecaster.arrays import Bools, Ints


YEARS_OF_PROOF, STEADY = 3, 0.75
LONGEST_HOLIDAY = 2
"""Ints in a row that close once and may be holidays all the same; more of them are a gap, unless they are customary."""
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
    """How well a rule was kept.

    Attributes:
        run: Its latest days in a row that were closed.
        closed: All its days that were closed.
        seen: All its days that could be seen.
        lately: Whether one of the last two was closed.

    """

    run: int
    closed: int
    seen: int
    lately: bool

    def holds(self, least: int, proof: int) -> bool:
        """Return whether the rule was kept `proof` times in a row, or always and `least` times, or with exceptions."""
        with_exceptions = self.lately and self.closed >= max(YEARS_OF_PROOF, STEADY * self.seen)
        return with_exceptions or self.run >= max(least, min(proof, self.seen))


@dataclass(frozen=True)
class DayRecord:
    """What a file shows of each day of its span.

    Attributes:
        first: Number of the first day.
        seen: Whether the day would have rows if it were no holiday, (D,).
        closed: Whether such a day has none, (D,).

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

    def kept(self, holiday: Holiday) -> RuleSupport:
        """Return how well the rule was kept."""
        places = self.places(holiday)
        closed = self.closed[places[self.seen[places]]]
        broken = np.flatnonzero(~closed)
        run = len(closed) - (int(broken[-1]) + 1 if len(broken) else 0)
        return RuleSupport(run, int(closed.sum()), len(closed), bool(closed[-2:].any()))

    @cached_property
    def in_a_gap(self) -> Bools:
        """Whether a day is one of more closed days in a row than a holiday has, (D,)."""
        days = np.flatnonzero(self.seen)
        starts = np.flatnonzero(np.append(True, np.diff(self.closed[days])))
        lengths = np.diff(np.append(starts, len(days)))
        gap = np.zeros(len(self.seen), np.bool_)
        gap[days] = self.closed[days] & (np.repeat(lengths, lengths) > LONGEST_HOLIDAY)
        return gap

    def weekday_is_open(self, weekday: int) -> bool:
        """Return whether the days of `weekday` have rows."""
        return bool(self.seen[(weekday - self.first - 3) % 7 :: 7].any())


def learn_holidays(record: DayRecord, least: int) -> tuple[Holiday, ...]:
    """Find the rules that the closed days of a file follow.

    A rule holds when it was kept in each of the last three years in which its day could be seen (two of a customary
    rule), or in all of them if there are fewer; a rule that began lately is found and one that ended is not. It also
    holds where a year was an exception: when it was kept in three of four years, and in one of the last two.

    Args:
        record: Which days are open and closed.
        least: How often a rule must have been kept, where fewer than three years are seen.

    """
    found: list[tuple[int, int, tuple[int, int], Holiday]] = []
    for rule in _settle(record, _candidates(record)):
        kept = record.kept(rule)
        usual = customary(rule)
        if not usual and kept.closed == 1 and record.in_a_gap[record.places(rule)].any():
            continue
        if kept.holds(least, YEARS_OF_PROOF - usual):
            found.append((-kept.run, -kept.closed, _rank(rule), rule))
    return _fewest(record, [rule for *_, rule in sorted(found)])


def _candidates(record: DayRecord) -> list[Holiday]:
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
    _, month_before, number_before = _civil(day - 1)
    if number_before <= 28:
        yield Holiday(DAY_AFTER, month_before, (number_before - 1) // 7 + 1, (weekday - 1) % 7)
    if number + 7 > LENGTHS[month - 1] and _civil(day + 7)[1] != month:
        yield Holiday(WEEKDAY, month, LAST, weekday)
    offset = day - _easter_day(year)
    if EASTER_SPAN[0] <= offset <= EASTER_SPAN[1]:
        yield Holiday(EASTER, 0, offset)
    # A Monday may stand for the Sunday or Saturday before, a Tuesday for the Sunday, a Friday for one after.
    for back in {0: (0, 1, 2), 1: (0, 2), 4: (0, -1, -2)}.get(weekday, (0,)):
        _, month_meant, day_meant = _civil(day - back)
        if day_meant <= LENGTHS[month_meant - 1]:
            yield Holiday(DATE, month_meant, day_meant)


@cache
def _easter_day(year: int) -> int:
    return int(easter(np.array([year]))[0])


def _civil(day: int) -> tuple[int, int, int]:
    date = np.datetime64(day, "D").item()
    return date.year, date.month, date.day


def _settle(record: DayRecord, rules: Iterable[Holiday]) -> list[Holiday]:
    """Give each date the weekend observance that the file shows: the one under which it was kept longest.

    A date that never fell on a weekend in the file takes the observance that the main dates have most often.
    """
    settled: list[Holiday] = []
    dates: list[tuple[Holiday, set[int], set[int]]] = []
    for rule in rules:
        if rule.kind != DATE:
            settled.append(rule)
        elif _may_hold(record, rule):
            dates.append((rule, *_observances(record, rule)))
    main = [each for each in dates if each[0] in MAIN]
    saturday = _custom(shifts for _, shifts, _ in main)
    sunday = _custom(shifts for *_, shifts in main)
    settled.extend(
        replace(rule, saturday=_choose(saturdays, saturday), sunday=_choose(sundays, sunday))
        for rule, saturdays, sundays in dates
    )
    return settled


def _may_hold(record: DayRecord, rule: Holiday) -> bool:
    """Return whether the date was closed lately where it fell on an open weekday."""
    kept = record.kept(rule)
    return kept.lately or kept.seen == 0


def _observances(record: DayRecord, rule: Holiday) -> tuple[set[int], set[int]]:
    """Return the shifts for Saturdays and for Sundays under which `rule` was kept longest.

    What a shift breaks speaks against it, unless the date itself was open once: then the rule is younger than that.
    """
    saturdays = (0,) if record.weekday_is_open(SATURDAY) else SATURDAY_SHIFTS
    sundays = (0,) if record.weekday_is_open(SUNDAY) else SUNDAY_SHIFTS
    plain = record.kept(rule)
    scores: dict[tuple[int, int], tuple[int, int]] = {}
    for pair in product(saturdays, sundays):
        kept = record.kept(replace(rule, saturday=pair[0], sunday=pair[1]))
        scores[pair] = kept.run, kept.closed - kept.seen if plain.closed == plain.seen else 0
    best = [pair for pair, score in scores.items() if score == max(scores.values())]
    return {pair[0] for pair in best}, {pair[1] for pair in best}


def _custom(proven: Iterable[set[int]]) -> int:
    """Return the commonest shift of dates of which the file shows that they are made up for."""
    counts = Counter(max(shifts) for shifts in proven if 0 not in shifts)
    return counts.most_common(1)[0][0] if counts else 0


def _choose(shifts: set[int], custom: int) -> int:
    """Return the shift that is proven; where the file shows none, the custom of its other dates."""
    if 0 not in shifts:
        return max(shifts)
    return custom if custom in shifts else 0


def customary(rule: Holiday) -> bool:
    """Return whether a rule is among the usual ones, however it is made up for."""
    return replace(rule, saturday=0, sunday=0) in CUSTOMARY


def _rank(rule: Holiday) -> tuple[int, int]:
    """Order rules that explain a day equally well: customary, Mondays, dates, other weekdays, Easter, days after."""
    if customary(rule):
        return 0, CUSTOMARY.index(replace(rule, saturday=0, sunday=0))
    if rule.kind == WEEKDAY:
        return (1 if rule.weekday == 0 else 3), rule.day
    return {DATE: 2, EASTER: 4, DAY_AFTER: 5}[rule.kind], 0


def _fewest(record: DayRecord, rules: Iterable[Holiday]) -> tuple[Holiday, ...]:
    """Keep each rule that explains a closed day which no stronger rule explains; of weekdays half of their days.

    Dates move onto each other's days; weekdays fall on closed dates by chance.
    """
    left = record.closed.copy()
    kept: list[Holiday] = []
    for rule in rules:
        places = record.places(rule)
        most = record.closed[places].sum() / 2 if rule.kind != DATE else 1
        if left[places].sum() >= max(1, most) and len(kept) < MOST_HOLIDAYS:
            left[places] = False
            kept.append(rule)
    return tuple(kept)
