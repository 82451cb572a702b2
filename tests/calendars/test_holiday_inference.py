"""Holidays are found in the closed days of made-up exchanges whose rules are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.calendars.day_record import DayRecord
from forecaster.calendars.holiday_inference import learn_holidays, once_is_enough
from forecaster.calendars.holidays import DATE, DAY_AFTER, EASTER, LAST, WEEKDAY, Holiday, closed_days, weekday_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MEMORIAL = Holiday(WEEKDAY, 5, LAST, 0)
THANKSGIVING = Holiday(WEEKDAY, 11, 4, 3)
DAY_AFTER_THANKSGIVING = Holiday(DAY_AFTER, 11, 4, 3)
GOOD_FRIDAY = Holiday(EASTER, 0, -2)
CHRISTMAS = Holiday(DATE, 12, 25, saturday=-1, sunday=1)
INDEPENDENCE = Holiday(DATE, 7, 4, saturday=-1, sunday=1)
JUNETEENTH = Holiday(DATE, 6, 19, saturday=-1, sunday=1)
AMERICAN = (MEMORIAL, THANKSGIVING, GOOD_FRIDAY, CHRISTMAS, INDEPENDENCE)


def number(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))


def record(start: str, end: str, rules: Sequence[Holiday], also: Sequence[str] = (), open_days: int = 5) -> DayRecord:
    """Return the record of an exchange that keeps `rules` and closes on the days `also`."""
    first, last = number(start), number(end)
    days = np.arange(first, last + 1)
    seen = weekday_of(days) < open_days
    closed = np.union1d(closed_days(rules, first, last), [number(day) for day in also])
    return DayRecord(first, seen, seen & np.isin(days, closed))


def test_ten_years_give_exactly_the_rules() -> None:
    assert set(learn_holidays(record("2008-01-01", "2017-12-31", AMERICAN), 1)) == set(AMERICAN)


def test_one_year_gives_the_customary_rules() -> None:
    found = learn_holidays(record("2018-01-01", "2018-12-31", AMERICAN), 1)
    plain = {(rule.kind, rule.month, rule.day, rule.weekday) for rule in found}
    assert plain == {(rule.kind, rule.month, rule.day, rule.weekday) for rule in AMERICAN}


def test_a_monday_of_one_year_is_taken_for_the_nth_monday() -> None:
    (rule,) = learn_holidays(record("2018-01-01", "2018-12-31", [Holiday(WEEKDAY, 9, 1, 0)]), 1)
    assert rule == Holiday(WEEKDAY, 9, 1, 0)


def test_an_unscheduled_closing_is_no_holiday() -> None:
    storm = ("2012-10-29", "2012-10-30")
    assert set(learn_holidays(record("2008-01-01", "2017-12-31", AMERICAN, also=storm), 1)) == set(AMERICAN)


def test_more_days_in_a_row_than_a_holiday_has_are_a_gap_unless_they_are_customary() -> None:
    days = ["2018-03-06", "2018-03-07", "2018-03-08"]
    assert learn_holidays(record("2018-01-01", "2018-12-31", [], also=days), 1) == ()
    assert len(learn_holidays(record("2018-01-01", "2018-12-31", [], also=days[:2]), 1)) == 2
    christmas = ["2018-12-24", "2018-12-25", "2018-12-26"]
    assert len(learn_holidays(record("2018-01-01", "2018-12-31", [], also=christmas), 1)) == 3


def test_a_rule_that_began_lately_is_found_with_the_custom_of_the_others() -> None:
    lately = [str(np.datetime64(int(day), "D")) for day in JUNETEENTH.days(np.array([2022, 2023, 2024]))]
    assert JUNETEENTH in learn_holidays(record("2005-01-01", "2024-12-31", AMERICAN, also=lately), 1)


def test_a_customary_rule_needs_two_years_and_another_three() -> None:
    other = Holiday(DATE, 8, 3, saturday=-1, sunday=1)
    lately = [
        str(np.datetime64(int(day), "D")) for rule in (JUNETEENTH, other) for day in rule.days(np.array([2022, 2023]))
    ]
    found = learn_holidays(record("2005-01-01", "2023-12-31", AMERICAN, also=lately), 1)
    assert set(found) == {*AMERICAN, JUNETEENTH}


@pytest.mark.parametrize("year", [2017, 2022, 2023])
def test_a_year_of_exception_does_not_end_a_rule(year: int) -> None:
    moved = str(np.datetime64(int(MEMORIAL.days(np.array([year]))[0]), "D"))
    whole = record("2005-01-01", "2023-12-31", AMERICAN)
    closed = whole.closed.copy()
    closed[number(moved) - whole.first] = False
    assert MEMORIAL in learn_holidays(DayRecord(whole.first, whole.seen, closed), 1)


def test_two_years_without_it_end_a_rule() -> None:
    whole = record("2005-01-01", "2023-12-31", AMERICAN)
    closed = whole.closed.copy()
    closed[MEMORIAL.days(np.array([2022, 2023])) - whole.first] = False
    assert MEMORIAL not in learn_holidays(DayRecord(whole.first, whole.seen, closed), 1)


def test_the_day_after_a_weekday_is_not_the_next_weekday() -> None:
    (rule,) = learn_holidays(record("2010-01-01", "2023-12-31", [DAY_AFTER_THANKSGIVING]), 1)
    assert rule == DAY_AFTER_THANKSGIVING


def test_weekdays_that_fall_on_closed_dates_are_no_rule() -> None:
    golden = [Holiday(DATE, 5, day, saturday=2, sunday=2) for day in (3, 4, 5)]
    also = ["2015-05-06", "2020-05-06"]
    found = learn_holidays(record("2013-01-01", "2023-12-31", golden, also=also), 1)
    assert {(rule.kind, rule.month, rule.day) for rule in found} == {(DATE, 5, day) for day in (3, 4, 5)}


def test_a_rule_that_ended_is_not_found() -> None:
    before = [str(np.datetime64(int(day), "D")) for day in JUNETEENTH.days(np.arange(2000, 2010))]
    found = learn_holidays(record("2000-01-01", "2012-12-31", AMERICAN, also=before), 1)
    assert set(found) == set(AMERICAN)


def test_a_saturday_that_is_observed_differs_from_one_that_is_not() -> None:
    new_year = Holiday(DATE, 1, 1, sunday=1)
    assert new_year in learn_holidays(record("1999-01-01", "2017-12-31", (*AMERICAN, new_year)), 1)


def test_british_christmas_moves_to_monday_and_tuesday() -> None:
    rules = (Holiday(DATE, 12, 25, saturday=2, sunday=2), Holiday(DATE, 12, 26, saturday=2, sunday=2))
    history = record("2000-01-01", "2020-06-30", rules)
    found = learn_holidays(history, 1)
    later = number("2020-07-01"), number("2033-12-31")
    weekdays = [day for day in closed_days(rules, *later) if weekday_of(day) < 5]
    assert [day for day in closed_days(found, *later) if weekday_of(day) < 5] == weekdays


def test_nothing_moves_where_the_weekend_is_open() -> None:
    (rule,) = learn_holidays(record("2015-01-01", "2022-12-31", [Holiday(DATE, 12, 25)], open_days=7), 2)
    assert rule == Holiday(DATE, 12, 25)


def test_ten_months_with_five_customary_days_and_five_others_keep_all() -> None:
    others = ("2012-10-29", "2012-10-30", "2012-09-03", "2013-01-21", "2013-02-18")
    history = record("2012-05-18", "2013-03-01", AMERICAN, also=(*others, "2013-01-01"))
    assert history.closed.sum() == 10
    assert once_is_enough(history, learn_holidays(history, 2))
    assert len(learn_holidays(history, 1)) == 10


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_days_that_are_closed_at_random_show_no_holidays(share: float, seed: int) -> None:
    plain = record("2020-01-01", "2022-12-31", [])
    closed = plain.seen & (np.random.default_rng(seed).random(len(plain.seen)) < share)
    history = DayRecord(plain.first, plain.seen, closed)
    assert learn_holidays(history, 2) == ()
    assert not once_is_enough(history, ())


def test_holidays_are_found_beside_days_that_are_closed_at_random() -> None:
    whole = record("2013-01-01", "2022-12-31", AMERICAN)
    closed = whole.closed | (whole.seen & (np.random.default_rng(0).random(len(whole.seen)) < 0.05))
    found = learn_holidays(DayRecord(whole.first, whole.seen, closed), 2)
    plain = {(rule.kind, rule.month, rule.day) for rule in found}
    assert plain >= {(rule.kind, rule.month, rule.day) for rule in AMERICAN}


def test_one_closed_day_of_a_week_that_is_always_open_is_a_gap() -> None:
    history = record("2020-01-01", "2020-12-31", [], also=["2020-12-25"], open_days=7)
    assert learn_holidays(history, 2) == ()


@pytest.mark.parametrize("least", [1, 2])
def test_what_happened_once_counts_only_where_once_is_enough(least: int) -> None:
    found = learn_holidays(record("2018-01-01", "2018-12-31", [], also=["2018-03-07"]), least)
    assert len(found) == (1 if least == 1 else 0)
