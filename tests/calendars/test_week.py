"""Open slots of a week are counted, and follow the hours of their time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forecaster.arrays import among, distinct, most_frequent
from forecaster.calendars import week as week_module
from forecaster.calendars.units import DAY, FIRST_MONDAY, WEEK
from forecaster.calendars.week import EarlierHours, Ranges, Week

HOUR = 3600


def test_open_slots_between_two_days_hold_both_days() -> None:
    monday = FIRST_MONDAY // DAY
    week = Week(12 * HOUR, HOUR, ((0, 10),))
    slots = (week.between(monday + 4, monday + 7) - FIRST_MONDAY) / HOUR
    assert slots.tolist() == [4 * 24 + 1, 4 * 24 + 13, 7 * 24 + 1, 7 * 24 + 13]
    assert len(week.between(monday + 5, monday + 6)) == 0


def test_before_a_change_the_slots_are_those_of_then() -> None:
    monday = FIRST_MONDAY // DAY
    week = Week(DAY, 0, ((0, 7),), (EarlierHours(monday + 7, ((0, 5),)), EarlierHours(monday + 16, ((0, 6),))))
    days = week.between(monday, monday + 20) // DAY - monday
    assert days.tolist() == [0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 14, 15, *range(16, 21)]
    assert week.within_days(np.array([5, 12, 13, 20]) + monday, 0, DAY).tolist() == [0, 1, 0, 1]
    assert Week.from_dict(week.to_dict()) == week


def test_rows_before_a_change_keep_their_distance_and_never_share_a_place() -> None:
    monday = FIRST_MONDAY // DAY
    added = Week(DAY, 0, ((0, 5), (6, 7)), (EarlierHours(monday + 13, ((0, 5),)),))
    days = added.between(monday, monday + 27)
    assert added.count_open_slots(added.number(days)).tolist() == [0, 1, 2, 3, 4, *range(6, 11), *range(11, 24)]
    ended = Week(DAY, 0, ((0, 5),), (EarlierHours(monday + 14, ((0, 6),)),))
    days = ended.between(monday, monday + 27)
    counts = ended.count_open_slots(ended.number(days))
    assert counts.tolist() == list(range(-2, 20))


@pytest.mark.parametrize(
    ("step", "hours", "steps_of_week"),
    [
        pytest.param(DAY, ((0, 6),), 6, id="Monday to Saturday"),
        pytest.param(HOUR, tuple((24 * day, 24 * day + 23) for day in range(7)), 7 * 23, id="23 hours of each day"),
        pytest.param(HOUR, ((0, 148),), 7 * 24, id="4 hours on Sunday"),
        pytest.param(HOUR, tuple((24 * day, 24 * day + 8) for day in range(5)), 40, id="business hours"),
    ],
)
def test_a_week_is_always_as_many_steps_as_its_days_have(step: int, hours: Ranges, steps_of_week: int) -> None:
    week = Week(step, 0, hours)
    begins = week.slots * step + FIRST_MONDAY
    assert (week.places(begins + WEEK) - week.places(begins)).tolist() == [steps_of_week] * len(begins)


def test_slots_are_counted_by_weekday_and_hour() -> None:
    week = Week(HOUR, 1800, ((9, 16), (33, 36)))
    assert week.within(0, DAY).tolist() == [7, 3, 0, 0, 0, 0, 0]
    assert week.within(10 * HOUR + 1800, 11 * HOUR + 1801).tolist() == [2, 2, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(("slot", "sleeps"), [(141, True), (142, False), (145, False), (146, True)])
def test_a_week_is_closed_at_the_clock_change_when_the_night_to_sunday_is_closed(slot: int, *, sleeps: bool) -> None:
    assert Week(HOUR, 0, ((0, 5), (slot, slot + 1))).closed_at_clock_change == sleeps


def test_membership_among_rising_values() -> None:
    assert among(np.array([5, 1, 9]), np.array([1, 5, 7])).tolist() == [True, True, False]
    assert among(np.array([5]), np.array([], dtype=np.int64)).tolist() == [False]
    assert distinct(np.array([1, 1, 2, 5, 5])).tolist() == [1, 2, 5]


def test_the_smallest_of_several_commonest_values() -> None:
    assert most_frequent(np.array([4, 7, 4, 7, 1])) == 4


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"step": 0, "phase": 0, "open": [[0, 1]], "earlier": []}, ValueError),
        ({"step": 7 * HOUR, "phase": 0, "open": [[0, 1]], "earlier": []}, ValueError),
        ({"step": DAY, "phase": DAY, "open": [[0, 1]], "earlier": []}, ValueError),
        ({"step": DAY, "phase": 0, "open": [], "earlier": []}, ValueError),
        ({"step": DAY, "phase": 0, "open": [[0, 8]], "earlier": []}, ValueError),
        ({"step": DAY, "phase": 0, "open": [[3, 2]], "earlier": []}, ValueError),
        ({"step": DAY, "phase": 0, "open": [[0, 2], [1, 3]], "earlier": []}, ValueError),
        ({"step": DAY, "phase": 0, "open": [[0, 2, 3]], "earlier": []}, ValueError),
        ({"step": DAY, "phase": 0, "open": [[0, 2.0]], "earlier": []}, TypeError),
        ({"step": DAY, "phase": 0, "open": 5, "earlier": []}, TypeError),
        ({"step": DAY, "phase": 0, "earlier": []}, KeyError),
        ({"step": DAY, "phase": 0, "open": [[0, 5]]}, KeyError),
        ({"step": DAY, "phase": 0, "open": [[0, 5]], "earlier": 5}, TypeError),
        ({"step": DAY, "phase": 0, "open": [[0, 5]], "earlier": [{"until": 1.5, "open": [[0, 6]]}]}, TypeError),
        ({"step": DAY, "phase": 0, "open": [[0, 5]], "earlier": [{"until": 1, "open": [[0, 8]]}]}, ValueError),
        ({"step": DAY, "phase": 0, "open": [[0, 5]], "earlier": [{"until": 1, "open": [[0, 6]]}] * 2}, ValueError),
    ],
)
def test_what_is_no_week_is_refused(data: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Week.from_dict(data)


def test_steps_are_found_without_listing_all_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    hours = Week(3600, 0, ((9, 17), (33, 40)), (EarlierHours(100, ((9, 12),)),))
    places = hours.places(hours.seconds(np.array([-900, -1, 12, 40, 700])))
    listed = hours.seconds_at(places, -1000, 1000)
    monkeypatch.setattr(week_module, "LISTED", 0)
    assert hours.seconds_at(places, -1000, 1000).tolist() == listed.tolist()


def test_a_second_of_each_week_takes_little_memory() -> None:
    second = Week(1, 0, ((0, 1),))
    numbers = np.arange(3) * WEEK
    found = second.seconds_at(second.places(second.seconds(numbers)), 0, 10_000 * WEEK)
    assert found.tolist() == second.seconds(numbers).tolist()
