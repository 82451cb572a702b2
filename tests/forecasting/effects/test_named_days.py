"""Named days: rules, neighbours and lists, in words and in model files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forecaster.calendars.holidays import DATE, EASTER, LAST, WEEKDAY, Holiday
from forecaster.forecasting.effects.named_days import NamedDay, candidate_days, neighbours


def day(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))


def text_of(days: Any) -> list[str]:
    return days.astype("datetime64[D]").astype(str).tolist()


YEARS = day("2014-01-01"), day("2016-12-31")


@pytest.mark.parametrize(
    ("named", "days", "words"),
    [
        (NamedDay(Holiday(DATE, 12, 25)), ["2014-12-25", "2015-12-25", "2016-12-25"], "25 December"),
        (
            NamedDay(Holiday(WEEKDAY, 11, 4, 3), 1),
            ["2014-11-28", "2015-11-27", "2016-11-25"],
            "the day after the fourth Thursday of November",
        ),
        (
            NamedDay(Holiday(WEEKDAY, 5, LAST, 0), -2),
            ["2014-05-24", "2015-05-23", "2016-05-28"],
            "2 days before the last Monday of May",
        ),
        (NamedDay(Holiday(EASTER, 0, -2)), ["2014-04-18", "2015-04-03", "2016-03-25"], "Good Friday"),
        (NamedDay(Holiday(EASTER, 0, 2)), ["2014-04-22", "2015-04-07", "2016-03-29"], "2 days after Easter Sunday"),
        (NamedDay(name="Eid", dates=(day("2014-07-28"), day("2030-01-01"))), ["2014-07-28"], "Eid"),
    ],
)
def test_days_and_words_of_a_named_day(named: NamedDay, days: list[str], words: str) -> None:
    assert text_of(named.days(*YEARS)) == days
    assert named.describe() == words


def test_a_day_beside_a_rule_may_lie_in_the_next_year() -> None:
    named = NamedDay(Holiday(WEEKDAY, 12, LAST, 0), 4)
    assert text_of(named.days(day("2013-01-01"), day("2013-12-31"))) == ["2013-01-04"]


def test_dates_on_weekends_are_observed_on_the_monday_after_or_the_friday_before() -> None:
    mondays, fridays = NamedDay(Holiday(DATE, 12, 25)).observances(day("2010-01-01"), day("2016-12-31"))
    assert text_of(mondays) == ["2011-12-26", "2016-12-26"]
    assert text_of(fridays) == ["2010-12-24"]


def test_other_rules_have_no_observance() -> None:
    mondays, fridays = NamedDay(Holiday(EASTER, 0, 0)).observances(*YEARS)
    assert not len(mondays)
    assert not len(fridays)


def test_every_date_but_29_february_is_a_candidate() -> None:
    rules = [candidate.rule for candidate in candidate_days()]
    assert sum(rule is not None and rule.kind == DATE for rule in rules) == 365
    assert Holiday(WEEKDAY, 5, LAST, 0) in rules
    assert len(set(candidate_days())) == len(candidate_days())


def test_only_nth_weekdays_have_neighbours_of_their_own() -> None:
    assert NamedDay(Holiday(WEEKDAY, 11, 4, 3), 1) in neighbours(NamedDay(Holiday(WEEKDAY, 11, 4, 3)))
    assert not neighbours(NamedDay(Holiday(DATE, 12, 25)))
    assert not neighbours(NamedDay(name="Eid", dates=(0,)))


@pytest.mark.parametrize("named", [NamedDay(Holiday(WEEKDAY, 11, 4, 3), 1), NamedDay(name="Eid", dates=(16000, 16354))])
def test_a_named_day_survives_the_model_file(named: NamedDay) -> None:
    assert NamedDay.from_dict(named.to_dict()) == named


@pytest.mark.parametrize(
    "change",
    [
        {"offset": 5},
        {"offset": True},
        {"name": "x"},
        {"rule": None},
        {"rule": []},
        {"rule": {"kind": DATE}},
        {"dates": [1]},
        {"rule": None, "name": "x", "dates": [2, 1]},
        {"rule": None, "name": "x", "dates": [1.0]},
        {"rule": None, "name": "x", "dates": [10**9]},
        {"rule": None, "name": "x" * 300, "dates": [1]},
        {"rule": None, "name": "x", "dates": list(range(3000))},
        {"more": 1},
    ],
)
def test_what_is_no_named_day_is_refused(change: dict[str, Any]) -> None:
    data = NamedDay(Holiday(DATE, 12, 25)).to_dict() | change
    with pytest.raises((KeyError, TypeError, ValueError)):
        NamedDay.from_dict(data)


def test_every_named_day_that_is_tried_can_be_written_and_read() -> None:
    for day in candidate_days():
        assert NamedDay.from_dict(day.to_dict()) == day
