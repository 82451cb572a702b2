"""Find the holidays that explain the days on which a file has no row.

A file of one year cannot show that a rule holds, only suggest it; a file of three years can. Days are numbered from
1970-01-01.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache, lru_cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.day_record import YEARS_OF_PROOF, DayRecord
from forecaster.calendars.false_discoveries import benjamini_hochberg, chance_of_closures
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
    easter_sunday,
)
from forecaster.calendars.units import EPOCH_WEEKDAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


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
OTHER_RULES = 365 + 12 * 5 * 7 + 12 * 4 * 7 + EASTER_SPAN[1] - EASTER_SPAN[0] + 1
"""Rules that are not customary among which holidays are looked for: dates, weekdays, days after one, around Easter."""
FALSE_RULES, FALSE_CUSTOMARY = 0.05, 0.075
"""Share of the rules that chance may have shown, and of customary ones: there, other holidays that closed once count as
closed at random. Chosen by hand: one invented holiday in two years of an exchange."""
OTHERS_PER_CUSTOMARY, OTHERS_PER_HOLIDAY = 1.5, 0.5
"""Closed days for each customary holiday, or for each holiday, up to which days that closed once are holidays: Canada
has six others and four customary ones, and in two years some dates of Japan fall on a weekend once. More are gaps.
Chosen by hand."""


def learn_holidays(record: DayRecord, least: int, searches: int = 1) -> tuple[Holiday, ...]:
    """Find the rules that the closed days of a file follow.

    A rule holds when its day was closed in each of the last three years in which it could be seen (two for a customary
    rule), or in all of them if there are fewer. So a rule that began lately is found, and one that ended is not. It
    also holds with exceptions: when its day was closed in three of four years, and in one of the last two. A customary
    day counts if it was closed once, unless the week is open throughout: there, one closed day is a gap. Rules that
    days closed at random would show as well are left out, unless every day that closed once counts.

    Args:
        record: Which days are open and closed.
        least: How often the day of a rule that is not customary must have been closed, where fewer than three years are
            seen; 1 or 2.
        searches: How many such records of one file are looked at: the more, the more rules chance shows.

    """
    least_customary = least if record.seen.all() else 1
    if not (candidates := _candidates(record, least, least_customary)):
        return ()
    found: list[tuple[int, int, tuple[int, int], Holiday]] = []
    candidates = _with_observances(record, candidates)
    record.look_up(candidates)
    for rule in candidates:
        support = record.support(rule)
        usual = is_customary(rule)
        if not usual and support.closed == 1 and not record.in_a_gap.isdisjoint(record.closed_places(rule)):
            continue
        if support.holds(least_customary if usual else least, YEARS_OF_PROOF - usual):
            found.append((-support.run, -support.closed, _preference(rule), rule))
    held = [rule for *_, rule in sorted(found)]
    while True:
        rules = _without_redundant_rules(record, held)
        by_chance = _explained_by_chance(record, rules, searches) if least > 1 else set()
        if not by_chance:
            return rules
        held = [rule for rule in held if rule not in by_chance]


def once_is_enough(record: DayRecord, rules: Sequence[Holiday]) -> bool:
    """Return whether a day that closed once is a holiday: few others are left beside the holidays that hold.

    Args:
        record: Which days are open and closed.
        rules: The holidays that hold where a day that is not customary must have been closed twice.

    """
    customary = sum(is_customary(rule) for rule in rules)
    most = max(OTHERS_PER_CUSTOMARY * customary, OTHERS_PER_HOLIDAY * len(rules))
    return 0 < _count_unexplained(record, rules) <= most


def _count_unexplained(record: DayRecord, rules: Iterable[Holiday]) -> int:
    """Return the number of closed days that no rule explains."""
    explained: set[int] = set()
    return int(record.closed.sum()) - len(explained.union(*map(record.closed_places, rules)))


def _explained_by_chance(record: DayRecord, rules: Sequence[Holiday], searches: int) -> set[Holiday]:
    """Return the rules that days closed at random would show as well, customary ones apart from the many others.

    The share of days closed at random is that of closed days that no rule explains; days that closed only once explain
    nothing, unless they are customary.
    """
    supports = {rule: record.support(rule) for rule in rules}
    proper = [rule for rule in rules if is_customary(rule) or supports[rule].closed > 1]
    share = max(0.5, _count_unexplained(record, proper)) / max(1, record.seen.sum())
    record.look_up(CUSTOMARY)
    seen_customary = sum(record.support(rule).seen > 0 for rule in CUSTOMARY)
    by_chance: set[Holiday] = set()
    families = (True, seen_customary, FALSE_CUSTOMARY), (False, OTHER_RULES * record.seen.mean(), FALSE_RULES)
    for customary, tests, rate in families:
        family = [rule for rule in proper if is_customary(rule) == customary]
        p_values = [chance_of_closures(*supports[rule][:3], share) for rule in family]
        holds = benjamini_hochberg(np.array(p_values), tests, rate / searches)
        by_chance.update(rule for rule, each in zip(family, holds, strict=True) if not each)
    return by_chance


def _candidates(record: DayRecord, least: int, least_customary: int) -> list[Holiday]:
    """Return every rule that explains a closed day of the last years, dates still without observance.

    It explains as many closed days as a rule must, `least` or `least_customary`: in a file of months hardly one does.
    """
    closed = (np.flatnonzero(record.closed) + record.first).tolist()
    days = Counter(rule for day in closed for rule in _explanations(day))
    often = {each for each, n in days.items() if n >= least or (n >= least_customary and is_customary(each))}
    begin = record.first + len(record.closed) - 366 * (YEARS_OF_PROOF + 1)
    return sorted(often & {rule for day in closed if day > begin for rule in _explanations(day)}) if often else []


@lru_cache(maxsize=100_000)
def _explanations(day: int) -> tuple[Holiday, ...]:
    """Return every rule that names this day."""
    return tuple(_rules_of_day(day))


def _rules_of_day(day: int) -> Iterator[Holiday]:
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
    return int(easter_sunday(np.array([year]))[0])


def _year_month_day(day: int) -> tuple[int, int, int]:
    date = np.datetime64(day, "D").item()
    return date.year, date.month, date.day


def _with_observances(record: DayRecord, rules: Sequence[Holiday]) -> list[Holiday]:
    """Give each date the weekend observance that the file shows: the one with the longest run of closed days.

    A date that never fell on a weekend in the file takes the observance that the main dates have most often.
    """
    record.look_up(rule for rule in rules if rule.kind == DATE)
    observed = [rule for rule in rules if rule.kind != DATE]
    likely = [rule for rule in rules if rule.kind == DATE and _is_likely(record, rule)]
    shifts = _possible_shifts(record)
    record.look_up(_with_shifts(rule, *each) for rule in likely for each in shifts)
    dates = [(rule, *_observances(record, rule, shifts)) for rule in likely]
    main = [each for each in dates if each[0] in MAIN]
    saturday = _commonest_shift(saturdays for _, saturdays, _ in main)
    sunday = _commonest_shift(sundays for *_, sundays in main)
    observed.extend(
        _with_shifts(rule, _shift_or(saturday, saturdays), _shift_or(sunday, sundays))
        for rule, saturdays, sundays in dates
    )
    return observed


def _is_likely(record: DayRecord, rule: Holiday) -> bool:
    """Return whether one of the last two days of a rule was closed, or none could be seen."""
    support = record.support(rule)
    return support.lately or support.seen == 0


def _possible_shifts(record: DayRecord) -> list[tuple[int, int]]:
    """Return the shifts from Saturdays and from Sundays that a date can have: none from a day that is open."""
    saturdays = (0,) if record.weekday_is_open(SATURDAY) else SATURDAY_SHIFTS
    sundays = (0,) if record.weekday_is_open(SUNDAY) else SUNDAY_SHIFTS
    return list(product(saturdays, sundays))


@lru_cache(maxsize=10_000)
def _with_shifts(rule: Holiday, saturday: int, sunday: int) -> Holiday:
    """Return a rule with other shifts from weekends."""
    return replace(rule, saturday=saturday, sunday=sunday)


def _observances(record: DayRecord, rule: Holiday, possible: Sequence[tuple[int, int]]) -> tuple[set[int], set[int]]:
    """Return the shifts for Saturdays and for Sundays under which the latest days of `rule` were closed longest.

    An open day under a shift counts against it, unless the date itself was open once: then the rule is younger.
    """
    plain = record.support(rule)
    scores: dict[tuple[int, int], tuple[int, int]] = {}
    for pair in possible:
        support = record.support(_with_shifts(rule, *pair))
        scores[pair] = support.run, support.closed - support.seen if plain.closed == plain.seen else 0
    highest = max(scores.values())
    best = [pair for pair, score in scores.items() if score == highest]
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


@lru_cache(maxsize=10_000)
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
    explained: set[int] = set()
    needed: list[Holiday] = []
    for rule in rules:
        places = record.closed_places(rule)
        least = len(places) / 2 if rule.kind != DATE else 1
        if len(places - explained) >= max(1, least) and len(needed) < MOST_HOLIDAYS:
            explained |= places
            needed.append(rule)
    return tuple(needed)
