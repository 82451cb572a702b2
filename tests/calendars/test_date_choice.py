"""The dates of a calendar are those that every row follows, those of most rows for months, or those that are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.date_choice import (
    RULE_NAME,
    choose_dates,
    choose_months,
    dates_suit_kind,
    named_dates,
    nearest_dates,
)
from forecaster.calendars.months import MONTH_END, Anchor, MonthDates
from forecaster.calendars.year_dates import WEEK_OFFSETS, YearDates
from forecaster.errors import UsageError

MONTHS = np.arange(12 * 50, 12 * 53)
THIRD_FRIDAY = Anchor(3, weekday=4)
PAYDAYS = MonthDates((Anchor(15, "backward"), Anchor(31, "backward")))
FOUR_FOUR_FIVE = YearDates(1, -6, 5, WEEK_OFFSETS[2])


def numbers_of_years(rule: YearDates | MonthDates, first: int, years: int) -> Any:
    return rule.days(np.arange((first - 1970) * rule.per_year, (first + years - 1970) * rule.per_year))


def test_a_day_of_the_month_goes_before_all_other_rules() -> None:
    found = choose_months(Anchor(15).days(MONTHS))
    assert found == ("monthly", 1, Anchor(15), None, ())


def test_two_rows_on_the_30th_may_be_ends_of_months() -> None:
    found = choose_months(Anchor(MONTH_END).days(np.array([12 * 50 + 3, 12 * 50 + 5])))
    assert found == ("monthly", 2, Anchor(MONTH_END), None, ("day-30",))
    june = choose_months(Anchor(30).days(np.arange(12 * 50 + 5, 12 * 54, 12)))
    assert june == ("yearly", 12, Anchor(MONTH_END), None, ()), "both give 30 June for ever"
    february = choose_months(Anchor(28).days(np.array([12 * 51 + 1, 12 * 52 + 1])))
    assert february is not None
    assert february.alternatives == ("day-28",), "2024 has a 29 February"


def test_most_months_decide_where_a_row_is_on_another_day() -> None:
    days = THIRD_FRIDAY.days(MONTHS)
    days[20] -= 1
    assert choose_dates(days) is None
    assert choose_months(days) == ("monthly", 1, THIRD_FRIDAY, None, ())
    days[:10] -= 1
    found = choose_months(days)
    assert found is not None
    assert found.anchor != THIRD_FRIDAY, "a third of the rows are on other days"


def test_a_year_that_ends_on_a_friday_once_keeps_its_rule() -> None:
    ends = YearDates(2, -3, 5, (0,))
    days = numbers_of_years(ends, 1990, 30)
    days[12] -= 1
    assert choose_months(days) == ("yearly", 12, None, ends, ())


def test_a_payday_that_moves_off_weekends_and_once_off_a_holiday_is_that_of_most_months() -> None:
    days = Anchor(10, "forward").days(MONTHS)
    days[7] += 1
    assert choose_months(days) == ("monthly", 1, Anchor(10, "forward"), None, ())


def test_every_second_fiscal_year_is_a_step_of_two_years() -> None:
    ends = numbers_of_years(YearDates(2, -6, 5, (0,)), 1990, 30)
    assert choose_months(ends[::2]) == ("yearly", 24, None, YearDates(2, -6, 5, (0,)), ())


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (Anchor(MONTH_END), "last-day"),
        (Anchor(10, "forward"), "day-10-or-next-business-day"),
        (Anchor(25, "backward"), "day-25-or-business-day-before"),
        (PAYDAYS, "day-15-or-business-day-before-and-last-business-day"),
        (FOUR_FOUR_FIVE, "4-4-5-last-saturday-of-december"),
        (YearDates(1, 1, None, tuple(range(0, 365, 8))), "every-8-days-from-january-1"),
    ],
)
def test_a_rule_is_found_by_its_name(rule: Anchor | MonthDates | YearDates, name: str) -> None:
    days = rule.days(MONTHS) if isinstance(rule, Anchor) else numbers_of_years(rule, 2012, 6)
    assert rule.name == name
    assert RULE_NAME.fullmatch(name)
    found = named_dates(days, name, "gold")
    assert (found.anchor or found.dates) == rule
    days[5] -= 1
    assert named_dates(days, name, "gold") == found, "the user decides, though a row is on another day"


def test_a_name_that_does_not_fit_is_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError) as caught:
        named_dates(THIRD_FRIDAY.days(MONTHS), "last-friday", "gold")
    assert str(caught.value) == (
        "series gold: --calendar last-friday is not a schedule that the rows follow; use one of third-friday"
    )
    with pytest.raises(UsageError, match="leave --calendar out"):
        Calendar.learn(np.arange(20), "gold", rule="last-friday")


def test_dates_that_most_rows_follow_are_the_nearest() -> None:
    days = numbers_of_years(FOUR_FOUR_FIVE, 2012, 6)
    days[30] -= 1
    assert choose_months(days) is None or choose_dates(days) is None
    found = nearest_dates(days)
    assert found is not None
    assert found.dates == FOUR_FOUR_FIVE
    days[::3] -= 1
    assert nearest_dates(days) is None
    assert nearest_dates(days[:3]) is None
    assert nearest_dates(np.arange(100)) is None


def test_a_yearly_row_that_falls_on_some_week_of_a_year_follows_no_rule_of_weeks() -> None:
    """The Tuesday after the first Monday of November is the first Tuesday in most years."""
    mondays = Anchor(1, weekday=0).days(np.arange(15 * 12 + 10, 50 * 12, 12))
    found = nearest_dates(mondays + 1)
    assert found is not None
    assert isinstance(found.dates, YearDates)
    assert found.dates.offsets == (0,), "one date a year"


def paydays(first: int, second: int, step: int) -> np.ndarray:
    """Return two days of each of 48 months; those on weekends move by `step` days until they are on none."""
    months = np.arange("2019-01", "2023-01", dtype="datetime64[M]").astype("datetime64[D]")
    days = np.concatenate([months + first - 1, months + second - 1])
    while not np.is_busday(days).all():
        days = np.where(np.is_busday(days), days, days + step)
    return np.sort(days).astype("datetime64[us]")


@pytest.mark.parametrize("pair", [(1, 15), (2, 17), (3, 18), (7, 22), (10, 24), (14, 28)])
@pytest.mark.parametrize("step", [-1, 1])
def test_any_two_days_of_a_month_may_move_to_a_business_day(pair: tuple[int, int], step: int) -> None:
    dates = paydays(*pair, step)
    calendar = Calendar.learn(dates[:-24])
    assert calendar.future(dates[-25], 24).tolist() == dates[-24:].tolist()
    assert Calendar.from_dict(calendar.to_dict()) == calendar


def test_the_rule_of_most_rows_has_the_fewest_dates() -> None:
    dates = paydays(1, 15, -1)
    dates[40] += np.timedelta64(2, "D")
    calendar = Calendar.nearest_dates(dates)
    assert calendar is not None
    assert calendar.rule_name == "day-1-or-business-day-before-and-day-15-or-business-day-before"


@pytest.mark.parametrize(("day", "roll"), [(30, "forward"), (2, "backward")])
def test_the_one_day_of_a_month_stays_in_it(day: int, roll: str) -> None:
    assert not dates_suit_kind("monthly", 1, Anchor(day, roll), None, ())


def test_few_names_are_proposed_for_months_of_weeks() -> None:
    weeks = np.tile([4, 4, 5], 16)
    dates = np.datetime64("2019-01-06") + 7 * np.append(0, np.cumsum(weeks))
    with pytest.raises(UsageError) as caught:
        Calendar.learn(dates.astype("datetime64[us]"), rule="last-friday")
    assert 1 <= caught.value.remedy.count(",") <= 3
