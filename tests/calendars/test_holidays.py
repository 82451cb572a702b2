"""Rules give the days on which exchanges were closed, and survive the way to JSON and back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.calendars.holidays import (
    DATE,
    DAY_AFTER,
    EASTER,
    LAST,
    LENGTHS,
    SATURDAY_SHIFTS,
    SUNDAY_SHIFTS,
    WEEKDAY,
    Holiday,
    closed_days,
    easter,
    weekday_of,
    year_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


def dates(days: NDArray[np.int64]) -> list[str]:
    return [str(np.datetime64(int(day), "D")) for day in days]


def number(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))


def test_easter_is_where_the_almanac_has_it() -> None:
    years = np.array([1818, 1943, 2000, 2008, 2019, 2024, 2038])
    expected = ["1818-03-22", "1943-04-25", "2000-04-23", "2008-03-23", "2019-04-21", "2024-03-31", "2038-04-25"]
    assert dates(easter(years)) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Holiday(EASTER, 0, -2), ["2021-04-02", "2022-04-15"]),
        (Holiday(WEEKDAY, 11, 4, 3), ["2021-11-25", "2022-11-24"]),
        (Holiday(WEEKDAY, 5, LAST, 0), ["2021-05-31", "2022-05-30"]),
        (Holiday(WEEKDAY, 12, LAST, 4), ["2021-12-31", "2022-12-30"]),
        (Holiday(DATE, 12, 25, saturday=-1, sunday=1), ["2021-12-24", "2022-12-26"]),
        (Holiday(DATE, 12, 25, saturday=2, sunday=2), ["2021-12-27", "2022-12-27"]),
        (Holiday(DATE, 12, 25), ["2021-12-25", "2022-12-25"]),
        (Holiday(DATE, 12, 25, saturday=-1, sunday=-2), ["2021-12-24", "2022-12-23"]),
        (Holiday(DAY_AFTER, 11, 4, 3), ["2021-11-26", "2022-11-25"]),
        (Holiday(DAY_AFTER, 11, LAST, 2), ["2021-11-25", "2022-12-01"]),
    ],
)
def test_rules_of_each_kind(rule: Holiday, expected: list[str]) -> None:
    assert dates(rule.days(np.array([2021, 2022]))) == expected


def test_a_new_year_observed_in_the_old_year_is_among_the_closed_days_of_december() -> None:
    days = closed_days([Holiday(DATE, 1, 1, saturday=-1)], number("2021-12-20"), number("2021-12-31"))
    assert number("2021-12-31") in days


def test_no_holidays_close_no_day() -> None:
    assert len(closed_days([], 0, 1000)) == 0


@given(st.dates(date(1700, 1, 1), date(2200, 12, 31)))
def test_weekday_and_year_agree_with_the_standard_library(day: date) -> None:
    days = np.array([number(day)])
    assert weekday_of(days)[0] == day.weekday()
    assert year_of(int(days[0])) == day.year


rules = st.one_of(
    st.builds(Holiday, st.just(EASTER), st.just(0), st.integers(-60, 70)),
    st.builds(
        Holiday,
        st.sampled_from([WEEKDAY, DAY_AFTER]),
        st.integers(1, 12),
        st.sampled_from([1, 2, 3, 4, LAST]),
        st.integers(0, 6),
    ),
    st.integers(1, 12).flatmap(
        lambda month: st.builds(
            Holiday,
            st.just(DATE),
            st.just(month),
            st.integers(1, LENGTHS[month - 1]),
            saturday=st.sampled_from(SATURDAY_SHIFTS),
            sunday=st.sampled_from(SUNDAY_SHIFTS),
        ),
    ),
)


@given(rules)
def test_round_trip(rule: Holiday) -> None:
    assert Holiday.from_dict(asdict(rule)) == rule


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"kind": "moon"}, ValueError),
        ({"month": 13}, ValueError),
        ({"month": 2, "day": 29}, ValueError),
        ({"day": 0}, ValueError),
        ({"saturday": 5}, ValueError),
        ({"kind": EASTER}, ValueError),
        ({"kind": WEEKDAY, "day": 5}, ValueError),
        ({"kind": DAY_AFTER, "day": 25}, ValueError),
        ({"sunday": -1}, ValueError),
        ({"kind": WEEKDAY, "day": 1, "weekday": 7}, ValueError),
        ({"day": True}, TypeError),
        ({"day": 1.0}, TypeError),
        ({"more": 1}, TypeError),
    ],
)
def test_what_is_no_rule_is_refused(change: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Holiday.from_dict(asdict(Holiday(DATE, 12, 25)) | change)


def test_a_rule_without_a_field_is_refused() -> None:
    with pytest.raises(KeyError):
        Holiday.from_dict({"kind": DATE})
