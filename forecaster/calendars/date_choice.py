"""Choose the rule for the dates of a series: the one that every row follows, or the one that the user names.

The result is the part of a calendar that says on which dates rows fall. Days are numbered from 1970-01-01.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.arrays import most_frequent
from forecaster.calendars.date_rules import running_numbers
from forecaster.calendars.date_search import (
    FEWEST_ROWS,
    LEAST_SHARE,
    SHORTEST_STEP,
    dates_a_year,
    find_dates_of_every_year,
    find_rules,
    measure_rules,
    with_other_dates,
)
from forecaster.calendars.months import (
    MONTH_END,
    Anchor,
    count_on_anchor,
    day_of_month,
    learn_anchor,
    month_of,
)
from forecaster.calendars.schedule import DATES, MONTHLY, MONTHS, QUARTERLY, YEARLY
from forecaster.calendars.year_dates import SHORTEST_YEAR
from forecaster.errors import Place, UsageError
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Ints
    from forecaster.calendars.date_rules import DateRule

DATED = (*MONTHS, DATES)
"""Kinds of calendars that have a rule for dates."""
RULE_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
"""What the name of a rule looks like. It has a hyphen, and the code of an exchange has none."""
LONGEST_NAME = 200
"""Characters of a name at most: six days of a month have fewer."""
MOST_ALTERNATIVES = 3
"""Other rules that a calendar names at most: a few show that the choice is open. Chosen by hand."""
MOST_DATES_A_ROW = 3
"""Dates of a rule for each row up to which the rule may be meant: a yearly row often falls on one of many dates."""
MOST_PROPOSED = 4
"""Rules that the refusal of a name proposes, those of most rows first: more are not read. Chosen by hand."""
YEAR_PARTS = (7 * 13, 7 * 52)
"""Equal steps in days that are a quarter or a year of whole weeks rather than 13 or 52 equal weeks: such years have 53
weeks now and then."""


class DateFields(NamedTuple):
    """The fields of a calendar that say on which dates rows fall; see `Schedule`."""

    kind: str
    step: int
    anchor: Anchor | None
    dates: DateRule | None
    alternatives: tuple[str, ...] = ()


def choose_months(days: Ints) -> DateFields | None:
    """Choose the dates of rows, (n,), of which each has a month of its own, or a year of weeks for rows a month apart.

    If rows fall on a few dates of every year, these are taken; else a day of the month that fits every row, else
    another rule that fits every row, else the rule or the day that fits most rows. Return None if rows share a month,
    or are a fixed number of weeks apart, and no rule fits.
    """
    if (fit := find_dates_of_every_year(days)) is not None and fit.rows == len(days):
        return _fields_of_rule(fit.rule, days)
    gaps = np.diff(days)
    anchor, fits_all = learn_anchor(days)
    share_month = bool((np.diff(month_of(days)) == 0).any())
    if fits_all and not share_month:
        return _fields_of_rule(anchor, days, other_days_of_month(anchor, days))
    equal_weeks = len(gaps) > 1 and gaps[0] % 7 == 0 and bool((gaps == gaps[0]).all())
    if (not equal_weeks or gaps[0] in YEAR_PARTS) and (fields := choose_dates(days)):
        return fields
    if share_month or equal_weeks:
        return None
    return _fields_of_rule(rule_of_most_rows(days) or anchor, days)


def rule_of_most_rows(days: Ints) -> Anchor | DateRule | None:
    """Return the rule of the fewest dates that fits most of rising `days`, (n,); of several, the one of most rows.

    More dates fit more rows whatever they are, so a rule of more dates says less.
    """
    if len(days) < FEWEST_ROWS:
        return None
    fits = [fit for fit in measure_rules(days) if fit.rows >= LEAST_SHARE * len(days)]
    best = min(fits, key=lambda fit: (dates_a_year(fit.rule, days), -fit.rows), default=None)
    return best and best.rule


def choose_dates(days: Ints) -> DateFields | None:
    """Choose the dates that every one of rising `days`, (n,), follows without equal steps; None if there are none."""
    rules = find_rules(days)
    return _fields_of_rule(rules[0], days, rules[1:]) if rules else None


def named_dates(days: Ints, name: str, series: str) -> DateFields:
    """Return the dates that are named, for a series whose rows fall on rising `days`, (n,).

    Raises:
        UsageError: Not enough rows follow them.

    """
    found = {fit.rule.name: fit for fit in measure_rules(days) if fit.rows >= LEAST_SHARE * len(days)}
    if name in found:
        return _fields_of_rule(found[name].rule, days)
    what = f"--calendar {shown(name)} is not a schedule that the rows follow"
    best_first = sorted(found.values(), key=lambda fit: -fit.rows)
    others = with_other_dates([fit.rule for fit in best_first], days)[:MOST_PROPOSED]
    fitting = ", ".join(rule.name for rule in others)
    remedy = f"use one of {fitting}" if fitting else "leave --calendar out"
    raise UsageError(what, remedy, Place(series=shown(series)))


def nearest_dates(days: Ints) -> DateFields | None:
    """Return the dates that most of rising `days`, (n,), follow, if not most of them are missing; None if none are."""
    if len(days) < FEWEST_ROWS or (np.diff(days) < 1).any() or np.median(np.diff(days)) < SHORTEST_STEP:
        return None
    rule = rule_of_most_rows(days)
    years = (days[-1] - days[0]) / SHORTEST_YEAR
    if rule is None or dates_a_year(rule, days) * years > MOST_DATES_A_ROW * len(days):
        return None
    return _fields_of_rule(rule, days)


def other_days_of_month(anchor: Anchor, days: Ints) -> tuple[Anchor, ...]:
    """Return the day of the month that fits rising `days`, (n,), as well as their month's last, and differs later."""
    other = Anchor(int(day_of_month(days).max()))
    if anchor != Anchor(MONTH_END) or count_on_anchor(other, days) < len(days):
        return ()
    return (other,) if len(with_other_dates([anchor, other], days)) > 1 else ()


def _fields_of_rule(rule: Anchor | DateRule, days: Ints, others: Sequence[Anchor | DateRule] = ()) -> DateFields:
    """Return the fields of a calendar with a rule for rows that fall on rising `days`, (n,)."""
    names = tuple(other.name for other in others)[:MOST_ALTERNATIVES]
    if isinstance(rule, Anchor):
        step = most_frequent(np.diff(month_of(days)))
        kind = YEARLY if step % 12 == 0 else QUARTERLY if step == 3 else MONTHLY
        return DateFields(kind, step, rule, None, names)
    kind, step = kind_of_dates(rule)
    step *= most_frequent(np.diff(running_numbers(rule, days))) if kind == YEARLY else 1
    return DateFields(kind, step, None, rule, names)


def kind_of_dates(rule: DateRule) -> tuple[str, int]:
    """Return the kind of calendar that the dates of a rule make, and the step: in months, or a date."""
    kind = {1: YEARLY, 4: QUARTERLY, 12: MONTHLY}.get(rule.per_year, DATES)
    return kind, 1 if kind == DATES else 12 // rule.per_year


def dates_suit_kind(
    kind: str, step: int, anchor: Anchor | None, dates: DateRule | None, alternatives: tuple[str, ...]
) -> bool:
    """Return whether a calendar has one rule for dates, if its kind needs one, and the kind is that of the rule."""
    if anchor is not None and not anchor.stays_in_month:
        return False
    if dates is None:
        return kind != DATES and (anchor is not None) == (kind in MONTHS) and not (alternatives and anchor is None)
    rule_kind, rule_step = kind_of_dates(dates)
    same_step = step % rule_step == 0 if kind == YEARLY else step == rule_step
    return anchor is None and kind == rule_kind and same_step


def names_from_list(names: list[str]) -> tuple[str, ...]:
    """Return the names of rules that a model file stores; errors are those of `Calendar.from_dict`."""
    if type(names) is not list or any(type(name) is not str for name in names):
        raise TypeError("the names of rules are a list of texts")
    if len(names) > MOST_ALTERNATIVES or any(
        len(name) > LONGEST_NAME or not RULE_NAME.fullmatch(name) for name in names
    ):
        raise ValueError("these are no names of rules")
    return tuple(names)
