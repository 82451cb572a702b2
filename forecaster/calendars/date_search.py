"""Search for the rules of dates that every row follows: weekdays of the month, days of the month, years of weeks.

A rule counts only if it fits every row, and enough rows say so. Rules that fit are listed with the usual ones first.
All days are numbered from 1970-01-01.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.arrays import most_frequent
from forecaster.calendars.date_rules import DateRule, running_numbers
from forecaster.calendars.holidays import LAST, month_start, weekday_of, year_of
from forecaster.calendars.months import (
    BACKWARD,
    FORWARD,
    MONTH_END,
    MOST_DAYS_A_MONTH,
    ORDINALS,
    Anchor,
    MonthDates,
    count_on_anchor,
    counted_anchors,
    day_of_month,
    first_day_of_month,
    learn_anchor,
    month_of,
    rolled_anchors,
    usual_anchors,
    weekday_anchors,
)
from forecaster.calendars.year_dates import (
    COMMON_YEAR,
    MARCH,
    MOST_IN_YEAR,
    SHORTEST_YEAR,
    WEEK_OFFSETS,
    WEEKS,
    WINDOWS,
    YearDates,
    last_month_of_year,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forecaster.arrays import Ints

FEWEST_ROWS = 4
"""Rows that a rule needs: one weekday in four rows is chance in one of 343 files, and any rule has two such facts."""
LEAST_SHARE = 0.8
"""Share of the rows that a rule must fit to be the rule of most of them: the share of steps that any calendar must
fit. The others are reported."""
ROWS_EACH, FREQUENT = 2, 0.25
"""Rows that each day of the month needs to be one of several, and how frequent it must be compared with the most
frequent one: a row that is on a wrong date comes once. Chosen by hand."""
SHORTEST_FEBRUARY = 28
"""From this day of the month on, a row may stand for the end of the month or for a day that February does not have."""
BUSINESS_DAY_PAIRS = ((1, 15), (1, 16), (5, 20), (10, 25), (15, MONTH_END))
"""Pairs of days that move to a business day where they fall on a weekend, as paydays do."""
SHORTEST_STEP, LONGEST_DAY_STEP = 5, 31
"""Steps in days that are counted from January 1: shorter ones are sets of weekdays. Satellites repeat after 8 or 16."""
YEARS_OF_PROOF = 3
"""Years in which each date must have come that is the same every year: twice may be chance, as of missing months."""
QUARTERS, MONTHS_OF_QUARTER = 4, 3
"""Quarters of a year, and months of a quarter."""
YEAR_ENDS = (1, 12, 9, 6, 3)
"""Months at whose end most fiscal years end, the most frequent first: retailers end in January, most others in
December, and many others at the end of another quarter."""


def _rank_of_week_year(month: int, window: int) -> tuple[bool, int, int]:
    """Return a number that is smaller for more usual years of weeks: by the month that ends, then by the window."""
    end = last_month_of_year(month)
    rank = YEAR_ENDS.index(end) if end in YEAR_ENDS else len(YEAR_ENDS)
    return rank == len(YEAR_ENDS), WINDOWS.index(window), rank


WEEK_YEARS = sorted(product(range(1, 13), WINDOWS), key=lambda year: _rank_of_week_year(*year))
"""Months and windows of the dates that begin a year of weeks, the usual ones first."""
YEARS_AHEAD = 8
"""Two rules are the same where they give the same dates for eight years: these have a leap year and a long year."""


IS_START_OF_PART = np.stack([np.isin(7 * np.arange(WEEKS + 1), offsets) for offsets in WEEK_OFFSETS], axis=1)
"""Whether a part of a year begins in each week, (53, 6), for each of `WEEK_OFFSETS`."""


class Fit(NamedTuple):
    """A rule, and how many rows fall on its dates."""

    rule: Anchor | DateRule
    rows: int


def find_rules(days: Ints) -> list[Anchor | DateRule]:
    """Return the rules that fit all of rising `days`, (n,), and differ in the years to come; the usual one first.

    Rules with more dates a year than others are left out: each rule is a part of one with more dates. If a day of the
    month comes first, others are not looked for. Of the rest, one whose year begins with the first row goes first, as
    files mostly begin with a year.
    """
    fitting: list[Anchor | DateRule] = []
    if len(days) < FEWEST_ROWS:
        return fitting
    for fit in measure_rules(days):
        if fitting and isinstance(fitting[0], Anchor) and not isinstance(fit.rule, Anchor):
            break
        if fit.rows == len(days):
            fitting.append(fit.rule)
    fewest = min((dates_a_year(rule, days) for rule in fitting), default=0)
    fitting = [rule for rule in fitting if dates_a_year(rule, days) == fewest]
    return with_other_dates(sorted(fitting, key=lambda rule: not _begins_year(rule, days)), days)


def measure_rules(days: Ints) -> Iterator[Fit]:
    """Return all rules that rising `days`, (n,), may follow, the usual ones first, and how many rows do.

    Quarters on the last weekday of their month are rather those of a fiscal year.
    """
    if len(days) < 2:
        return
    months = np.diff(month_of(days))
    distinct_months, step = bool((months > 0).all()), most_frequent(np.diff(days))
    days_of_month = dict.fromkeys((*usual_anchors(days), *rolled_anchors(days))) if distinct_months else ()
    weekdays = weekday_anchors(days) if distinct_months and most_frequent(months) % 12 else ()
    quarterly = distinct_months and most_frequent(months) == MONTHS_OF_QUARTER
    yield from (Fit(anchor, count_on_anchor(anchor, days)) for anchor in days_of_month)
    if not quarterly:
        yield from (Fit(anchor, count_on_anchor(anchor, days)) for anchor in weekdays)
    if distinct_months:
        yield from (Fit(anchor, count_on_anchor(anchor, days)) for anchor in counted_anchors(days))
    if step >= SHORTEST_FEBRUARY - 1:
        yield from _week_years(days)
    else:
        yield from (Fit(rule, _count_on_dates(rule, days)) for rule in _month_dates(days))
        yield from (Fit(rule, _count_on_dates(rule, days)) for rule in _steps_from_january(days, step))
    if quarterly:
        yield from (Fit(anchor, count_on_anchor(anchor, days)) for anchor in weekdays)
    if (fit := find_dates_of_every_year(days)) is not None:
        yield fit


def _begins_year(rule: Anchor | DateRule, days: Ints) -> bool:
    """Return whether the first of rising `days`, (n,), is the first month of a fiscal year with a usual end.

    Quarters begin in any part of a year.
    """
    if not isinstance(rule, YearDates) or rule.per_year <= QUARTERS or rule.last_month not in YEAR_ENDS:
        return False
    return bool(running_numbers(rule, days[:1])[0] % rule.per_year == int(rule.ends_year))


def _count_on_dates(rule: DateRule, days: Ints) -> int:
    """Return how many of `days`, (n,), are dates of a rule, each date once."""
    numbers = running_numbers(rule, days)
    return int(((rule.days(numbers) == days) & (np.diff(numbers, prepend=numbers[0] - 1) > 0)).sum())


def _month_dates(days: Ints) -> Iterator[MonthDates]:
    """Return the sets of days of the month that most of `days`, (n,), may fall on: as they are, and moved off weekends.

    A set has the days that are about as frequent as any other, and one for the end of the month.
    """
    day = day_of_month(days)
    early, counts = np.unique(day[day < SHORTEST_FEBRUARY], return_counts=True)
    late = day[day >= SHORTEST_FEBRUARY]
    fewest = max(ROWS_EACH, max(counts.max(initial=0), len(late)) * FREQUENT)
    fixed = [Anchor(each) for each in early[counts >= fewest].tolist()][: MOST_DAYS_A_MONTH + 1]
    ends = dict.fromkeys((MONTH_END, int(late.max()))) if len(late) >= fewest else ()
    for anchors in [(*fixed, Anchor(end)) for end in ends] or [tuple(fixed)]:
        if 2 <= len(anchors) <= MOST_DAYS_A_MONTH:
            yield MonthDates(anchors)
    yield from _month_weekdays(days)
    for pair, roll in product(dict.fromkeys((*BUSINESS_DAY_PAIRS, _frequent_pair(days))), (BACKWARD, FORWARD)):
        anchors = tuple(Anchor(each, roll) for each in pair)
        if _share_near(anchors, day) >= LEAST_SHARE:
            yield MonthDates(anchors)


def _frequent_pair(days: Ints) -> tuple[int, int]:
    """Return the two most frequent days of the month, where the last one counts as 31: they move off weekends alone."""
    is_last = day_of_month(days + 1) == 1
    counts = np.bincount(np.where(is_last, MONTH_END, day_of_month(days)), minlength=MONTH_END + 1)
    early, late = np.sort(np.argsort(-counts, kind="stable")[:2]).tolist()
    return early, late


def _share_near(anchors: Sequence[Anchor], day: Ints) -> float:
    """Return the share of days of the month, (n,), to which one of the anchors may move off a weekend."""
    near = np.zeros(MONTH_END + 1, dtype=bool)
    for anchor in anchors:
        # The last day of a short month counts as well, and days that move into another month.
        earliest = min(anchor.day, SHORTEST_FEBRUARY) - 2 if anchor.roll == BACKWARD else anchor.day
        latest = anchor.day + 2 * (anchor.roll == FORWARD)
        near[max(earliest, 1) : latest + 1] = True
        if earliest < 1:
            near[SHORTEST_FEBRUARY - 1 :] = True
        if anchor.roll == FORWARD and latest > SHORTEST_FEBRUARY:
            near[min(anchor.day, SHORTEST_FEBRUARY) :] = True
            near[1:3] = True
    return float(near[day].mean())


def _month_weekdays(days: Ints) -> Iterator[MonthDates]:
    """Return the sets of one weekday on which most of `days`, (n,), may fall: the first and third, the second and last.

    A fourth weekday is the last one in most months, so both are tried.
    """
    weekday = most_frequent(weekday_of(days))
    which, counts = np.unique((day_of_month(days[weekday_of(days) == weekday]) - 1) // 7 + 1, return_counts=True)
    found = [each for each in which[counts >= max(ROWS_EACH, counts.max() * FREQUENT)].tolist() if each in ORDINALS]
    if len(found) > 1:
        for last in dict.fromkeys((LAST if found[-1] == max(ORDINALS) else found[-1], found[-1])):
            yield MonthDates(tuple(Anchor(each, weekday=weekday) for each in (*found[:-1], last)))


def _steps_from_january(days: Ints, step: int) -> Iterator[YearDates]:
    """Return the steps of days that are counted from January anew each year, if most of `days`, (n,), may follow them.

    Years that begin on January 1 need two years, others three: there the first day is learned from the rows as well.
    """
    years, day = _year_and_day(days)
    if not SHORTEST_STEP <= step <= LONGEST_DAY_STEP:
        return
    first = most_frequent(day % step)
    day = day[(day % step == first) & (day < SHORTEST_YEAR)]
    if len(np.unique(years)) >= (2 if first == 0 else 3) and day.max() >= 2 * step:
        yield YearDates(1, first + 1, None, tuple(range(0, int(day.max()) - first + 1, step)))


def find_dates_of_every_year(days: Ints) -> Fit | None:
    """Return the few dates of every year on which most of rising `days`, (n,), fall, and how many do; None if not most.

    Each date must have come in three years, and few may be missing. One day of months that are equally far apart needs
    no such rule.
    """
    months = month_of(days)
    start = first_day_of_month(months - (months - MARCH + 1) % 12)
    found, counts = np.unique(days - start, return_counts=True)
    found = found[counts >= max(YEARS_OF_PROOF, counts.max() * FREQUENT)]
    if not 2 <= len(found) <= MOST_IN_YEAR or found[-1] >= SHORTEST_YEAR:
        return None
    dates = found + month_start(np.array([COMMON_YEAR + 1970]), MARCH)
    found_months = month_of(dates)
    apart = np.diff([*found_months, found_months[0] + 12])
    month = int(found_months[0]) % 12 + 1
    if month < MARCH or ((apart == apart[0]).all() and learn_anchor(dates)[1]):
        return None
    rule = YearDates(month, int(day_of_month(dates)[0]), None, tuple((found - found[0]).tolist()))
    first, last = running_numbers(rule, days[[0, -1]])
    rows = _count_on_dates(rule, days)
    return Fit(rule, rows) if rows >= LEAST_SHARE * max(len(days), last - first + 1) else None


def _year_and_day(days: Ints) -> tuple[Ints, Ints]:
    """Return the years of day numbers and the days since January 1, both (n,)."""
    years = days.astype("datetime64[D]").astype("datetime64[Y]")
    return years.astype(np.int64) + 1970, days - years.astype("datetime64[D]").astype(np.int64)


def _week_years(days: Ints) -> Iterator[Fit]:
    """Return the years of 52 or 53 weeks that most of `days`, (n,), follow, and how many rows do.

    The parts of a year need all of a year and a row more.
    """
    weekday = most_frequent(weekday_of(days))
    on_weekday = days[weekday_of(days) == weekday]
    years = np.arange(year_of(int(days[0])) - 1, year_of(int(days[-1])) + 2)
    month, window = np.array(WEEK_YEARS).T
    first = month_start(years, month[:, None]) + window[:, None] - 1
    starts = first + (weekday - weekday_of(first)) % 7
    for (month, window), start in zip(WEEK_YEARS, starts, strict=True):
        week = (on_weekday - start[np.searchsorted(start, on_weekday, side="right") - 1]) // 7
        rows = np.bincount(week, minlength=WEEKS + 1) @ IS_START_OF_PART
        for part in np.flatnonzero(rows >= LEAST_SHARE * len(days)):
            offsets = WEEK_OFFSETS[part]
            if len(offsets) == 1 or (window <= 1 and len(offsets) < len(days)):
                yield Fit(YearDates(month, window, weekday, offsets), int(rows[part]))


def dates_a_year(rule: Anchor | DateRule, days: Ints) -> float:
    """Return how many dates a rule has in a year, if a day of the month comes in the steps of `days`, (n,)."""
    return 12 / most_frequent(np.diff(month_of(days))) if isinstance(rule, Anchor) else rule.per_year


def with_other_dates(rules: Sequence[Anchor | DateRule], days: Ints) -> list[Anchor | DateRule]:
    """Return the first of all rules that give the same dates in the years after `days`, (n,)."""
    found: dict[bytes, Anchor | DateRule] = {}
    for rule in rules:
        found.setdefault(_dates_ahead(rule, days).tobytes(), rule)
    return list(found.values())


def _dates_ahead(rule: Anchor | DateRule, days: Ints) -> Ints:
    """Return the dates of a rule in the years after `days`, (n,)."""
    if isinstance(rule, Anchor):
        months = month_of(days)
        step = most_frequent(np.diff(months))
        return rule.days(months[-1] + np.arange(step, 12 * YEARS_AHEAD + 1, step))
    number = running_numbers(rule, days[-1:])[0]
    return rule.days(number + np.arange(1, rule.per_year * YEARS_AHEAD + 1))
