"""Learn the effects of the calendar on one series, and keep those that the data confirm.

The level of each day is regressed on the time of the year, the day of the month and the named days, with level and
weekday pattern projected out; the profile of the day on the time of the year and on the likeness to Sunday.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.daylight_saving import SUMMERS, WALL
from forecaster.calendars.holidays import weekday_of
from forecaster.calendars.schedule import DAILY
from forecaster.forecasting.effects.confirmation import confirmed_plan
from forecaster.forecasting.effects.day_table import DayTable, day_table, days_and_times, has_days
from forecaster.forecasting.effects.effects import PROFILE_SIZE, Effects
from forecaster.forecasting.effects.level import (
    BLOCKS,
    LevelEffects,
    Levels,
    axis_of,
    choose_plan,
    learn_level_effects,
)
from forecaster.forecasting.effects.profile import profile_by_year, shares_of_sunday
from forecaster.forecasting.effects.regression import noise_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats
    from forecaster.calendars.schedule import Schedule
    from forecaster.forecasting.effects.named_days import NamedDay

LEAST_DAYS = 2 * 365
"""Days of history from which a yearly pattern is looked for: one year cannot be told from a trend."""
LEAST_DAYS_LISTED = 365
"""Days from which days that the user named are learned: each was seen once."""
EXTREMES = (1e-100, 1e100)
"""Sizes of a series beyond which nothing is learned: squares of its values, and of their differences, must be finite."""


def fit_effects(
    ds: NDArray[Any],
    values: Floats,
    schedule: Schedule,
    *,
    observed: Bools | None = None,
    listed: Sequence[NamedDay] = (),
) -> Effects | None:
    """Learn the effects of the calendar on one series; None where the data confirm none.

    Args:
        ds: Time stamps, (n,), `datetime64[us]`, rising.
        values: The values, (n,), finite.
        schedule: The calendar of the series.
        observed: Which values were observed, (n,), rather than filled in; None for all.
        listed: Named days that the user requested, with their dates.

    """
    observed = np.ones(len(ds), np.bool_) if observed is None else observed
    if not has_history(ds, schedule, listed) or not observed.any():
        return None
    if np.ptp(values[observed]) < EXTREMES[0] or np.abs(values[observed]).max() > EXTREMES[1]:
        return None
    clock = schedule.clock if schedule.clock in SUMMERS else WALL
    days, times = days_and_times(ds, clock, daily=schedule.kind == DAILY)
    log = bool((values[observed] > 0).all()) and _factors_fit_better(days, times, values, observed)
    target = np.log(np.where(observed, values, 1.0)) if log else values
    table = day_table(days, times, target, observed)
    profiles = table.weekday_profiles()
    levels = levels_of(table, profiles)
    plan = confirmed_plan(levels, choose_plan(levels, listed))
    level = learn_level_effects(levels, plan)
    profile_year, shares = _profile_effects(table, profiles, levels, level)
    if not (level.coefficients.any() or level.named or profile_year.any()):
        return None
    year, weekday_year, month = (level.coefficients[block] for block in BLOCKS.values())
    return Effects(
        clock=clock,
        daily=schedule.kind == DAILY,
        log=log,
        nonnegative=bool((values[observed] >= 0).all()),
        named=level.named,
        slots=table.slots,
        year=year,
        weekday_year=weekday_year,
        month=month,
        profile_year=profile_year,
        weekdays=profiles,
        coefficients=np.column_stack([level.constant, *np.clip([level.sunday, shares], -1.0, 2.0), level.shares]),
    )


def has_history(ds: NDArray[Any], schedule: Schedule, listed: Sequence[NamedDay]) -> bool:
    """Return whether rows at `ds` are days, or parts of days, of enough years."""
    least = LEAST_DAYS_LISTED if listed else LEAST_DAYS
    return has_days(schedule) and len(ds) > 1 and bool((ds[-1] - ds[0]) >= np.timedelta64(least - 1, "D"))


def levels_of(table: DayTable, profiles: Floats) -> Levels:
    """Return the levels of the days of a table."""
    target, observed = table.levels(profiles)
    usual = profiles.mean(1)
    return Levels(axis_of(int(table.days[0]), len(table.days)), target, observed, usual[6] - usual)


def _factors_fit_better(days: Any, times: Any, values: Floats, observed: Bools) -> bool:
    """Return whether the logarithms of values follow level, weekday and year more closely than the values.

    The likelihoods are compared as by Box and Cox (1964): the noise of logarithms is multiplied by the geometric mean.
    """
    logarithms = np.log(np.where(observed, values, 1.0))
    noises = []
    for target in (values, logarithms):
        table = day_table(days, times, target, observed)
        levels = levels_of(table, table.weekday_profiles())
        rest = levels.axis.projection.rest(levels.target)
        columns = levels.axis.rest[:, : BLOCKS["year"].stop // 2]
        rest = rest - columns @ np.linalg.lstsq(columns, rest, rcond=None)[0]
        noises.append(noise_scale(rest[levels.observed]))
    return noises[1] * float(np.exp(logarithms[observed].mean())) <= noises[0]


def _profile_effects(table: DayTable, profiles: Floats, levels: Levels, level: LevelEffects) -> tuple[Floats, Floats]:
    """Return the yearly change of the profile, (PROFILE_SIZE, H), and how much named days look like Sundays, (R,)."""
    if len(table.slots) == 1:
        return np.zeros((PROFILE_SIZE, 1)), np.zeros(len(level.named))
    shape = profiles - profiles.mean(1, keepdims=True)
    weekdays = weekday_of(table.days)
    differences = np.nan_to_num(table.values - levels.target[:, None] - shape[weekdays])
    ordinary = levels.observed & (level.named_on(table.days) == 0)
    axis = levels.axis
    coefficients = profile_by_year(axis, differences, ordinary)
    columns = axis.columns[:, :PROFILE_SIZE]
    rest = differences - (columns - columns[ordinary].mean(0)) @ coefficients
    return coefficients, shares_of_sunday(table.days, rest, shape[6] - shape, level.named, ordinary)
