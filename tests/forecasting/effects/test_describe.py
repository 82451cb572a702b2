"""The names of the named days of time stamps."""

from __future__ import annotations

import numpy as np

from forecaster.calendars.daylight_saving import WALL
from forecaster.calendars.holidays import LAST, WEEKDAY, Holiday
from forecaster.forecasting.effects import design
from forecaster.forecasting.effects.describe import describe_effects, names_of_days
from forecaster.forecasting.effects.effects import COEFFICIENTS, PROFILE_SIZE, WEEKDAY_SIZE, YEAR_SIZE, Effects
from forecaster.forecasting.effects.named_days import NamedDay
from tests.forecasting.effects.simulated import BLACK_FRIDAY, CHRISTMAS

LAST_FRIDAY = NamedDay(Holiday(WEEKDAY, 11, LAST, 4))
LISTED = NamedDay(name="Opening", dates=(18_987,))
"""A name on 26 December 2021."""


def effects_of(
    *named: NamedDay, observed: float = 0.0, daily: bool = True, zero_days: tuple[NamedDay, ...] = ()
) -> Effects:
    """Return effects of named days, the same for each, and the share of their observances."""
    coefficients = np.zeros((len(named), COEFFICIENTS))
    coefficients[:, 0] = -1.0
    coefficients[:, 3:5] = observed
    slots = np.array([0]) if daily else np.arange(24) * 3600
    return Effects(
        clock=WALL,
        daily=daily,
        log=True,
        nonnegative=True,
        named=named,
        zero_days=zero_days,
        slots=slots,
        year=np.zeros(YEAR_SIZE),
        weekday_year=np.zeros(WEEKDAY_SIZE),
        month=np.zeros(design.LONGEST_MONTH),
        profile_year=np.zeros((PROFILE_SIZE, len(slots))),
        weekdays=np.zeros((7, len(slots))),
        coefficients=coefficients,
    )


def days_from(day: str, count: int) -> np.ndarray:
    return np.datetime64(day, "us") + np.arange(count) * np.timedelta64(1, "D")


def test_days_have_the_names_of_rules_and_of_lists() -> None:
    names = names_of_days(effects_of(CHRISTMAS, LISTED), days_from("2021-12-24", 4))
    assert list(names) == [None, "25 December", "Opening", None]


def test_zero_days_have_names() -> None:
    effects = effects_of(zero_days=(CHRISTMAS,))
    assert list(names_of_days(effects, days_from("2021-12-24", 3))) == [None, "25 December", None]
    assert describe_effects(effects) == "zero on 25 December"


def test_days_that_share_a_date_are_both_named() -> None:
    (name,) = names_of_days(effects_of(BLACK_FRIDAY, LAST_FRIDAY), days_from("2021-11-26", 1))
    assert name == "the day after the fourth Thursday of November, the last Friday of November"


def test_observances_are_named_after_their_date_where_they_have_a_share() -> None:
    on_sunday, on_saturday = days_from("2022-12-24", 4), days_from("2021-12-24", 4)
    with_share, without = effects_of(CHRISTMAS, observed=0.5), effects_of(CHRISTMAS)
    assert list(names_of_days(with_share, on_sunday)) == [None, "25 December", "the Monday after 25 December", None]
    assert list(names_of_days(with_share, on_saturday)) == ["the Friday before 25 December", "25 December", None, None]
    assert list(names_of_days(without, on_sunday)) == [None, "25 December", None, None]


def test_each_hour_of_a_day_has_its_name() -> None:
    hours = np.datetime64("2021-12-24T12", "us") + np.arange(48) * np.timedelta64(1, "h")
    names = names_of_days(effects_of(CHRISTMAS, daily=False), hours)
    assert list(names) == [None] * 12 + ["25 December"] * 24 + [None] * 12
