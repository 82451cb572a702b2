"""Fiscal years of whole weeks and steps from January: their dates, numbers, words and names."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.date_rules import DateRule, rule_from_dict, running_numbers
from forecaster.calendars.months import MONTH_END, Anchor, MonthDates
from forecaster.calendars.year_dates import WEEK_OFFSETS, WEEKS, WINDOWS, YearDates

RULES: list[DateRule] = [
    *(YearDates(month, day, 5, offsets) for month in (1, 3, 12) for day in WINDOWS for offsets in WEEK_OFFSETS),
    YearDates(1, 1, None, tuple(range(0, 365, 8))),
    YearDates(1, 1, None, tuple(range(0, 365, 7))),
    YearDates(4, 15, None, (0, 61, 153, 275)),
    YearDates(3, 31, None, (0, 214)),
    MonthDates((Anchor(15), Anchor(MONTH_END))),
    MonthDates((Anchor(1, "forward"), Anchor(15, "forward"))),
    MonthDates((Anchor(1, weekday=2), Anchor(3, weekday=2))),
]


@pytest.mark.sampled("[45]-[45]-[45]-*", "13-weeks-*", "4-weeks-*january-1", "*-nearest-*january-1", "last-*")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_running_numbers_of_dates_are_found_again(rule: DateRule) -> None:
    numbers = np.arange(20 * rule.per_year, 70 * rule.per_year)
    days = rule.days(numbers)
    assert (np.diff(days) > 0).all()
    assert running_numbers(rule, days).tolist() == numbers.tolist()
    apart = np.append(np.diff(days) > 2, [False])
    assert running_numbers(rule, days[apart] + 1).tolist() == numbers[apart].tolist()
    assert rule_from_dict(rule.to_dict()) == rule


def test_the_nearest_date_counts_for_a_row_between_two() -> None:
    rule = MonthDates((Anchor(1), Anchor(11), Anchor(21)))
    days = np.array(["2024-01-11", "2024-01-15", "2024-01-16", "2024-01-17"], "datetime64[D]").astype(np.int64)
    assert (running_numbers(rule, days) - 54 * 36).tolist() == [1, 1, 1, 2]


@pytest.mark.parametrize("offsets", WEEK_OFFSETS)
def test_parts_of_a_year_are_whole_weeks_and_the_last_one_takes_the_53rd(offsets: tuple[int, ...]) -> None:
    rule = YearDates(2, -6, 5, offsets)
    lengths = np.diff(rule.days(np.arange(30 * rule.per_year, 60 * rule.per_year + 1))).reshape(30, -1) // 7
    assert set(lengths.sum(axis=1)) == {WEEKS, WEEKS + 1}
    assert (lengths[:, :-1] == lengths[0, :-1]).all()


@pytest.mark.parametrize(
    ("rule", "words", "name"),
    [
        (YearDates(2, -6, 5, (0,)), "on the last Saturday of January", "last-saturday-of-january"),
        (
            YearDates(1, -3, 6, WEEK_OFFSETS[1]),
            "quarters of 13 weeks, years end on the Sunday nearest the end of December",
            "13-weeks-sunday-nearest-end-of-december",
        ),
        (
            YearDates(10, -5, 6, WEEK_OFFSETS[2]),
            "months of 4, 4 and 5 weeks, years begin on the Sunday after the last Saturday of September",
            "4-4-5-sunday-after-last-saturday-of-september",
        ),
        (
            YearDates(2, -2, 0, WEEK_OFFSETS[5]),
            "periods of 4 weeks, years begin on the Monday nearest February 1",
            "4-weeks-monday-nearest-february-1",
        ),
        (YearDates(5, 8, 6, (0,)), "on the second Sunday of May", "second-sunday-of-may"),
        (
            YearDates(1, 1, None, tuple(range(0, 365, 16))),
            "every 16 days from January 1 of each year",
            "every-16-days-from-january-1",
        ),
        (
            YearDates(4, 15, None, (0, 61, 153, 275)),
            "on January 15, April 15, June 15 and September 15 of every year",
            "january-15-and-april-15-and-june-15-and-september-15",
        ),
    ],
)
def test_rules_in_words(rule: YearDates, words: str, name: str) -> None:
    assert (rule.describe(), rule.name) == (words, name)


@pytest.mark.parametrize(
    ("month", "day", "offsets"),
    [(3, 1, (0, 365)), (12, 31, (0, 60)), (4, 31, (0, 30)), (4, 15, (0,)), (4, 15, tuple(range(12))), (2, 1, (0, 50))],
)
def test_what_are_no_dates_of_every_year_is_refused(month: int, day: int, offsets: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="no such dates of a year"):
        rule_from_dict(YearDates(month, day, None, offsets).to_dict())
