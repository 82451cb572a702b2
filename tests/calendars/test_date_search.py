"""Dates that repeat without equal steps are found, and continued as independent rules for them go on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.date_search import find_dates_of_every_year, find_rules, measure_rules
from forecaster.calendars.months import Anchor
from forecaster.calendars.year_dates import YearDates

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Dates = pd.DatetimeIndex
END = pd.Timestamp("2034-12-31")


def by_offset(offset: Any) -> Callable[[], Dates]:
    return lambda: pd.date_range("1998-01-01", END, freq=offset)


def on_days(*days: int) -> Callable[[], Dates]:
    """Return the days of each month, the last one in shorter months."""

    def dates() -> Dates:
        months = pd.date_range("1998-01-01", END, freq="MS")
        return Dates(sorted(month.replace(day=min(day, month.days_in_month)) for month in months for day in days))

    return dates


def on_weekdays(weekday: int, *which: int) -> Callable[[], Dates]:
    """Return the first, second or last of a weekday in each month, numbered from 0, and -1 for the last."""

    def dates() -> Dates:
        offsets = [
            pd.offsets.LastWeekOfMonth(weekday=weekday)
            if week < 0
            else pd.offsets.WeekOfMonth(week=week, weekday=weekday)
            for week in which
        ]
        return Dates(sorted(date for each in offsets for date in pd.date_range("1998-01-01", END, freq=each)))

    return dates


def every_year(*days: tuple[int, int]) -> Callable[[], Dates]:
    """Return the same days, as month and day of the month, of each year."""
    return lambda: Dates([pd.Timestamp(year, *day) for year in range(1998, 2035) for day in days])


def days_before(offset: Any, days: int) -> Callable[[], Dates]:
    return lambda: pd.date_range("1998-01-01", END, freq=offset) - pd.Timedelta(days=days)


def business_day(which: int, period: str) -> Callable[[], Dates]:
    """Return one business day of each month or quarter, numbered from 0, and from -1 at the end."""

    def dates() -> Dates:
        days = pd.bdate_range("1998-01-01", END).to_series()
        return Dates(days.resample(period).agg(lambda within: within.iloc[which]))

    return dates


def fiscal(end: Any, weeks: tuple[int, ...], *, first_day: bool) -> Callable[[], Dates]:
    """Return the parts of fiscal years that end as the offset says; a long year makes its last part longer."""

    def dates() -> Dates:
        found = []
        ends = pd.date_range("1998-01-01", END, freq=end)
        for last, following in pairwise(ends):
            lengths = np.resize(weeks, 52 // sum(weeks) * len(weeks))
            lengths[-1] += (following - last).days // 7 - 52
            begins = last + pd.Timedelta("1D") + pd.to_timedelta(7 * (np.cumsum(lengths) - lengths), unit="D")
            found += list(begins if first_day else begins + pd.to_timedelta(7 * lengths - 1, unit="D"))
        return Dates(found)

    return dates


def from_january(step: int) -> Callable[[], Dates]:
    days = pd.date_range("1998-01-01", END)
    return lambda: days[(days.day_of_year - 1) % step == 0]


def year_end(month: int, weekday: int, variation: str) -> Any:
    return pd.offsets.FY5253(weekday=weekday, startingMonth=month, variation=variation)


def quarter_end(month: int, weekday: int, variation: str) -> Any:
    return pd.offsets.FY5253Quarter(weekday=weekday, startingMonth=month, variation=variation, qtr_with_extra_week=4)


KINDS: dict[str, tuple[Callable[[], Dates], str, int, str]] = {
    "third Friday": (by_offset(pd.offsets.WeekOfMonth(week=2, weekday=4)), "monthly", 12, "third-friday"),
    "last Friday": (by_offset(pd.offsets.LastWeekOfMonth(weekday=4)), "monthly", 12, "last-friday"),
    "second Tuesday": (by_offset(pd.offsets.WeekOfMonth(week=1, weekday=1)), "monthly", 12, "second-tuesday"),
    "business month end": (by_offset(pd.offsets.BMonthEnd()), "monthly", 12, "last-business-day"),
    "business month begin": (by_offset(pd.offsets.BMonthBegin()), "monthly", 12, "first-business-day"),
    "business quarter end": (by_offset(pd.offsets.BQuarterEnd()), "quarterly", 4, "last-business-day"),
    "second-to-last Friday": (
        days_before(pd.offsets.LastWeekOfMonth(weekday=4), 7), "monthly", 12, "second-to-last-friday",
    ),
    "second-to-last day": (days_before(pd.offsets.MonthEnd(), 1), "monthly", 12, "second-to-last-day"),
    "third business day": (business_day(2, "ME"), "monthly", 12, "third-business-day"),
    "second-to-last business day": (business_day(-2, "ME"), "monthly", 12, "second-to-last-business-day"),
    "second-to-last business day of the quarter": (
        business_day(-2, "QE"), "quarterly", 4, "second-to-last-business-day",
    ),
    "dates of estimated taxes": (
        every_year((1, 15), (4, 15), (6, 15), (9, 15)), "quarterly", 4,
        "january-15-and-april-15-and-june-15-and-september-15",
    ),
    "quarter days": (
        every_year((3, 25), (6, 24), (9, 29), (12, 25)), "quarterly", 4,
        "march-25-and-june-24-and-september-29-and-december-25",
    ),
    "terms": (every_year((1, 7), (4, 16), (9, 1)), "dates", 3, "january-7-and-april-16-and-september-1"),
    "March and October": (every_year((3, 31), (10, 31)), "dates", 2, "march-31-and-october-31"),
    "1st and 15th": (by_offset(pd.offsets.SemiMonthBegin()), "dates", 24, "day-1-and-day-15"),
    "15th and last": (by_offset(pd.offsets.SemiMonthEnd()), "dates", 24, "day-15-and-last-day"),
    "first and third Wednesday": (on_weekdays(2, 0, 2), "dates", 24, "first-wednesday-and-third-wednesday"),
    "second and last Friday": (on_weekdays(4, 1, -1), "dates", 24, "second-friday-and-last-friday"),
    "second and fourth Friday": (on_weekdays(4, 1, 3), "dates", 24, "second-friday-and-fourth-friday"),
    "15th and 30th": (on_days(15, 30), "dates", 24, "day-15-and-day-30"),
    "first days of dekads": (on_days(1, 11, 21), "dates", 36, "day-1-and-day-11-and-day-21"),
    "last days of dekads": (on_days(10, 20, 31), "dates", 36, "day-10-and-day-20-and-last-day"),
    "pentads": (
        on_days(1, 6, 11, 16, 21, 26), "dates", 72,
        "day-1-and-day-6-and-day-11-and-day-16-and-day-21-and-day-26",
    ),
    "last Saturday of January": (by_offset(year_end(1, 5, "last")), "yearly", 1, "last-saturday-of-january"),
    "Saturday nearest January": (by_offset(year_end(1, 5, "nearest")), "yearly", 1, "saturday-nearest-end-of-january"),
    "Friday nearest September": (by_offset(year_end(9, 4, "nearest")), "yearly", 1, "friday-nearest-end-of-september"),
    "last Sunday of February": (by_offset(year_end(2, 6, "last")), "yearly", 1, "last-sunday-of-february"),
    "fiscal quarters": (by_offset(quarter_end(9, 5, "last")), "quarterly", 4, "13-weeks-last-saturday-of-september"),
    "4-4-5 by last day": (
        fiscal(year_end(12, 5, "last"), (4, 4, 5), first_day=False), "monthly", 12, "4-4-5-last-saturday-of-december",
    ),
    "4-5-4 by first day": (
        fiscal(year_end(1, 5, "nearest"), (4, 5, 4), first_day=True), "monthly", 12, "4-5-4-sunday-nearest-february-1",
    ),
    "5-4-4 by last day": (
        fiscal(year_end(9, 4, "last"), (5, 4, 4), first_day=False), "monthly", 12, "5-4-4-last-friday-of-september",
    ),
    "13 periods": (
        fiscal(year_end(12, 5, "last"), (4,), first_day=False), "dates", 13, "4-weeks-last-saturday-of-december",
    ),
    "weeks from January 1": (from_january(7), "dates", 53, "every-7-days-from-january-1"),
    "8 days": (from_january(8), "dates", 46, "every-8-days-from-january-1"),
    "16 days": (from_january(16), "dates", 23, "every-16-days-from-january-1"),
}  # fmt: skip
YEARLY = {"last Saturday of January", "Saturday nearest January", "Friday nearest September", "last Sunday of February"}


def stamps(dates: Dates) -> NDArray[Any]:
    return dates.to_numpy().astype("datetime64[us]")


def days_of(dates: Dates) -> NDArray[np.int64]:
    return stamps(dates).astype("datetime64[D]").astype(np.int64)


@pytest.mark.sampled("*-all rows")
@pytest.mark.parametrize("missing", [0, 0.03], ids=["all rows", "rows missing"])
@pytest.mark.parametrize("kind", KINDS)
def test_dates_go_on_for_three_years_as_their_own_rule_says(kind: str, missing: float) -> None:
    dates, calendar_kind, per_year, name = KINDS[kind]
    ds = stamps(dates())
    cut = int(np.searchsorted(ds, np.datetime64("2021-05-20") if kind in YEARLY else np.datetime64("2010-05-20")))
    absent = np.random.default_rng(1).random(cut) < missing
    absent[[0, 1, -1]] = False
    past, coming = ds[:cut][~absent], ds[cut : cut + 3 * per_year]
    calendar = Calendar.learn(past)
    assert (calendar.kind, calendar.per_year, calendar.rule_name) == (calendar_kind, per_year, name)
    assert calendar.alternatives == ()
    assert calendar.future(past[-1], len(coming)).tolist() == coming.tolist()
    assert calendar.missing(past).tolist() == ds[:cut][absent].tolist()
    assert calendar.places(past).tolist() == np.flatnonzero(~absent).tolist()
    assert len(calendar.outside(past)) == len(calendar.on_other_days(past)) == 0
    assert Calendar.from_dict(calendar.to_dict()) == calendar


@settings(max_examples=60, deadline=None)
@given(
    month=st.integers(1, 12),
    weekday=st.integers(0, 6),
    variation=st.sampled_from(["last", "nearest"]),
    weeks=st.sampled_from([(52,), (13,), (4, 4, 5), (4, 5, 4), (5, 4, 4), (4,)]),
    first_day=st.booleans(),
    skipped=st.integers(0, 60),
)
@pytest.mark.slow
def test_any_fiscal_year_goes_on_unless_other_rules_are_named(
    month: int, weekday: int, variation: str, weeks: tuple[int, ...], *, first_day: bool, skipped: int
) -> None:
    ds = stamps(fiscal(year_end(month, weekday, variation), weeks, first_day=first_day)())
    per_year = 52 // sum(weeks) * len(weeks)
    begin = skipped * per_year // 60
    past, coming = ds[begin : begin + 12 * per_year], ds[begin + 12 * per_year :][: 3 * per_year]
    calendar = Calendar.learn(past)
    assert calendar.per_year == per_year
    assert calendar.alternatives or calendar.future(past[-1], len(coming)).tolist() == coming.tolist()


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - YEARLY))
def test_one_row_on_another_day_is_no_rule_that_every_row_follows(kind: str) -> None:
    days = days_of(KINDS[kind][0]())[:60]
    days[30] -= 1
    assert find_rules(days) == []
    assert max(fit.rows for fit in measure_rules(days)) == 59


def test_three_rows_do_not_show_a_weekday_of_the_month() -> None:
    fridays = days_of(KINDS["third Friday"][0]())
    assert find_rules(fridays[:3]) == []
    assert find_rules(fridays[:4]) == [Anchor(3, weekday=4)]


def test_a_short_file_of_last_fridays_without_a_fifth_one_may_be_of_fourth_fridays() -> None:
    fridays = pd.date_range("2023-01-01", periods=5, freq=pd.offsets.LastWeekOfMonth(weekday=4))
    short = days_of(Dates(["2022-10-28", "2022-11-25", "2023-01-27", "2023-02-24", "2023-04-28"]))
    assert find_rules(short) == [Anchor(-1, weekday=4), Anchor(4, weekday=4)]
    assert find_rules(days_of(fridays)) == [Anchor(-1, weekday=4)], "31 March 2023 is a fifth Friday"


def test_years_that_end_around_the_end_of_january_may_follow_two_rules() -> None:
    ends = Dates(["2014-01-25", "2015-01-31", "2016-01-30", "2017-01-28", "2018-01-27", "2019-01-26"])
    assert find_rules(days_of(ends)) == [YearDates(2, -6, 5, (0,))]
    later = Dates(["2015-01-31", "2016-01-30", "2020-02-01", "2021-01-30", "2022-01-29"])
    assert [rule.name for rule in find_rules(days_of(later))] == [
        "saturday-nearest-end-of-january",
        "saturday-after-last-friday-of-january",
        "saturday-nearest-february-1",
    ]


def test_quarters_without_a_long_year_leave_several_ends_of_the_year() -> None:
    quarters = pd.date_range("2012-01-01", periods=12, freq=quarter_end(9, 5, "nearest"))
    calendar = Calendar.learn(stamps(quarters))
    assert calendar.per_year == 4
    assert calendar.rule_name == "13-weeks-last-saturday-of-december"
    assert len(calendar.alternatives) == 3
    named = Calendar.learn(stamps(quarters), rule="13-weeks-saturday-nearest-end-of-september")
    coming = pd.date_range(quarters[-1], periods=30, freq=quarter_end(9, 5, "nearest"))[1:]
    assert named.future(stamps(quarters)[-1], 29).tolist() == stamps(coming).tolist()


@pytest.mark.parametrize("weeks", [2, 3, 4])
def test_equal_weeks_are_no_fiscal_year(weeks: int) -> None:
    calendar = Calendar.learn(stamps(pd.date_range("2015-01-03", periods=60, freq=f"{7 * weeks}D")))
    assert (calendar.kind, calendar.step, calendar.dates) == ("weekly", weeks, None)


@pytest.mark.parametrize(
    ("weekdays", "per_week"), [((0, 2, 4), 3), ((1, 3), 2), ((5, 6), 2), ((0, 3), 2), ((1, 2, 3, 4), 4)]
)
def test_fixed_weekdays_are_an_open_week(weekdays: tuple[int, ...], per_week: int) -> None:
    days = pd.date_range("2020-01-01", "2024-12-31")
    ds = stamps(days[days.day_of_week.isin(weekdays)])
    calendar = Calendar.learn(np.delete(ds[:-40], [50]))
    assert (calendar.kind, calendar.per_week) == ("daily", per_week)
    assert calendar.future(ds[-41], 10).tolist() == ds[-40:-30].tolist()


@pytest.mark.parametrize("gaps", [[28, 35, 28, 28], [14, 15, 17], [7, 9, 5, 8], [30, 31, 28, 33, 29], [364, 371, 380]])
def test_dates_without_a_rule_have_none(gaps: list[int]) -> None:
    days = 10_000 + np.cumsum(np.random.default_rng(0).choice(gaps, 60))
    assert find_rules(days) == []


def test_months_without_rows_every_year_are_no_gaps_and_months_without_rows_once_are() -> None:
    months = pd.date_range("2010-01-01", "2021-12-31", freq="MS")
    school = days_of(months[~np.isin(months.month, (7, 8))])
    fit = find_dates_of_every_year(school)
    assert fit is not None
    assert (fit.rule.name.count("-and-"), fit.rows) == (9, len(school))
    assert find_dates_of_every_year(days_of(months)) is None
    assert find_dates_of_every_year(np.delete(days_of(months), [7, 30, 66])) is None
    assert find_dates_of_every_year(np.delete(days_of(months[::3]), [7, 30])) is None
    assert find_dates_of_every_year(school[:20]) is None
