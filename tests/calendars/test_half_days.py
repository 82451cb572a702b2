"""Half days are found in made-up sessions whose rules are known."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.calendars.coverage import measure_coverage
from forecaster.calendars.half_days import HalfDay, drop_closed_slots, learn_half_days
from forecaster.calendars.holidays import DATE, DAY_AFTER, Holiday
from forecaster.calendars.units import DAY
from forecaster.calendars.week import Week

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HOUR = 3600
EVE = Holiday(DATE, 12, 24)
THIRD = Holiday(DATE, 7, 3)
FRIDAY = Holiday(DAY_AFTER, 11, 4, 3)
OTHER = Holiday(DATE, 3, 12)
SESSIONS = Week(HOUR, 0, tuple((24 * day + 9, 24 * day + 17) for day in range(5)))


def number(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))


def slots(start: str, end: str, half_days: Sequence[HalfDay]) -> NDArray[np.int64]:
    return drop_closed_slots(SESSIONS.between(number(start), number(end)), half_days)


def learned(seconds: NDArray[np.int64]) -> set[HalfDay]:
    plain = (
        HalfDay(Holiday(r.rule.kind, r.rule.month, r.rule.day, r.rule.weekday), r.closes, r.reopens)
        for r in found(seconds)
    )
    return set(plain)


def found(seconds: NDArray[np.int64]) -> tuple[HalfDay, ...]:
    return learn_half_days(measure_coverage(seconds, SESSIONS), SESSIONS)


def test_early_closes_late_openings_and_pauses_are_learned() -> None:
    half_days = (
        HalfDay(EVE, 13 * HOUR),
        HalfDay(FRIDAY, 13 * HOUR),
        HalfDay(THIRD, 0, 12 * HOUR),
        HalfDay(OTHER, 11 * HOUR, 14 * HOUR),
    )
    assert learned(slots("2008-01-01", "2020-06-30", half_days)) == set(half_days)


def test_one_year_is_enough_for_customary_days_only() -> None:
    half_days = [HalfDay(rule, 13 * HOUR) for rule in (EVE, FRIDAY, OTHER)]
    assert learned(slots("2018-01-01", "2018-12-31", half_days)) == set(half_days[:2])


def test_rows_that_are_missing_by_chance_are_no_half_days() -> None:
    seconds = slots("2015-01-01", "2020-12-31", ())
    kept = seconds[np.random.default_rng(0).random(len(seconds)) > 0.03]
    assert found(kept) == ()


def test_the_first_and_the_last_day_may_be_cut() -> None:
    seconds = slots("2018-12-24", "2020-12-24", [HalfDay(EVE, 13 * HOUR)])
    assert found(seconds[4:-2]) == ()


def test_hours_are_left_out_on_the_days_of_the_rule_alone() -> None:
    day = number("2024-12-23") * DAY
    seconds = day + np.arange(0, 3 * DAY, 6 * HOUR)
    kept = drop_closed_slots(seconds, [HalfDay(EVE, 6 * HOUR, 18 * HOUR)])
    assert ((kept - day) // HOUR).tolist() == [0, 6, 12, 18, 24, 42, 48, 54, 60, 66]
    assert drop_closed_slots(seconds[:0], [HalfDay(EVE, 0)]).shape == (0,)


def test_round_trip() -> None:
    half_day = HalfDay(EVE, 13 * HOUR, 18 * HOUR)
    assert HalfDay.from_dict(asdict(half_day)) == half_day


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"closes": -1}, ValueError),
        ({"reopens": DAY + 1}, ValueError),
        ({"closes": DAY}, ValueError),
        ({"closes": 13.0}, TypeError),
        ({"reopens": True}, TypeError),
        ({"rule": None}, TypeError),
        ({"rule": {}}, KeyError),
        ({"more": 0}, TypeError),
    ],
)
def test_what_is_no_half_day_is_refused(change: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        HalfDay.from_dict(asdict(HalfDay(EVE, 13 * HOUR)) | change)


def test_a_half_day_without_a_field_is_refused() -> None:
    with pytest.raises(KeyError):
        HalfDay.from_dict({"rule": asdict(EVE)})
