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
from forecaster.forecasting.effects.confirmation import confirm_plan, error_of_latest_year
from forecaster.forecasting.effects.day_table import DayTable, day_table, days_and_times, has_days
from forecaster.forecasting.effects.effects import PROFILE_SIZE, Effects
from forecaster.forecasting.effects.level import (
    BLOCKS,
    LevelEffects,
    Levels,
    axis_of,
    choose_plan,
    learn_level_effects,
    year_alone,
)
from forecaster.forecasting.effects.level_shifts import level_shifts
from forecaster.forecasting.effects.named_day_spreads import spreads_of_named_days
from forecaster.forecasting.effects.profile import profile_by_year, shares_of_sunday
from forecaster.forecasting.effects.regression import noise_scale, solve
from forecaster.forecasting.effects.zero_days import days_of_zeros, find_zero_days, zero_weekdays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.calendars.schedule import Schedule
    from forecaster.forecasting.effects.named_days import NamedDay

LEAST_DAYS = 2 * 365
"""Days of history from which a yearly pattern is looked for: one year cannot be told from a trend."""
LEAST_DAYS_LISTED = 365
"""Days from which days that the user named are learned: each was seen once."""
CLEARLY_WORSE = 1.5
"""Ratio of the noises of two scales from which the worse one is dropped; below it the forecasts decide."""
SUM_HANDICAP = 1.02
"""Factor of the error of sums where factors are possible too: sums need more effects for a pattern that grows with the
level, and some of them are chance."""
EXTREMES = (1e-70, 1e70)
"""Sizes of a series beyond which nothing is learned: the fourth powers of its values must be finite."""


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
    every, seen, zero = days_of_zeros(days, values, observed)
    zero_days = find_zero_days(every, seen, zero, listed)
    usual = observed & ~_on_any(zero_days, days)
    if not usual.any() or np.ptp(values[usual]) < EXTREMES[0]:
        return None
    never = zero_weekdays(every, seen, zero)[weekday_of(days)]
    table, levels = _table_and_levels(days, times, values, usual, never)
    plan, _ = confirm_plan(levels, choose_plan(levels, listed))
    if len(table.slots) == 1 and not (plan.named or np.isfinite(plan.penalty).any() or zero_days):
        return None
    profiles = table.weekday_profiles()
    level = learn_level_effects(levels, plan)
    profile_year, shares = _profile_effects(table, profiles, levels, level)
    if not (level.coefficients.any() or level.named or profile_year.any() or zero_days):
        return None
    year, weekday_year, month = (level.coefficients[block] for block in BLOCKS.values())
    return Effects(
        clock=clock,
        daily=schedule.kind == DAILY,
        log=levels.log,
        nonnegative=bool((values[observed] >= 0).all()),
        named=level.named,
        zero_days=zero_days,
        slots=table.slots,
        year=year,
        weekday_year=weekday_year,
        month=month,
        profile_year=profile_year,
        weekdays=profiles,
        coefficients=np.column_stack(
            [
                level.constant,
                *np.clip([level.sunday, shares], -1.0, 2.0),
                level.shares,
                spreads_of_named_days(levels, level),
            ]
        ),
    )


def has_history(ds: NDArray[Any], schedule: Schedule, listed: Sequence[NamedDay]) -> bool:
    """Return whether rows at `ds` are days, or parts of days, of enough years."""
    least = LEAST_DAYS_LISTED if listed else LEAST_DAYS
    return has_days(schedule) and len(ds) > 1 and bool((ds[-1] - ds[0]) >= np.timedelta64(least - 1, "D"))


def _on_any(named: Sequence[NamedDay], days: Ints) -> Bools:
    """Return which days, (n,), are one of the named days."""
    found = np.zeros(len(days), np.bool_)
    for day in named:
        found |= np.isin(days, day.days(int(days[0]), int(days[-1])))
    return found


def _table_and_levels(
    days: Ints, times: Ints, values: Floats, observed: Bools, never: Bools
) -> tuple[DayTable, Levels]:
    """Return the table and the levels of values, or of their logarithms where effects are rather factors.

    The likelihoods are compared as by Box and Cox (1964): the noise of logarithms is multiplied by the geometric mean.
    Where neither scale is clearly closer to level and year, the forecasts of the latest year decide. Weekdays that are
    always zero, the rows `never`, (n,), do not hinder logarithms: every factor leaves a zero as it is.
    """
    sums = _on_scale(days, times, values, observed, log=False)
    positive = observed & ~never
    if not (values[positive] > 0).all():
        return sums
    factors = _on_scale(days, times, values, positive, log=True)
    compared = _on_scale(days, times, values, positive, log=False)[1] if never.any() else sums[1]
    mean = float(np.exp(np.log(values[positive]).mean()))
    noises = mean * _noise_beside_year(factors[1]), _noise_beside_year(compared)
    if max(noises) > CLEARLY_WORSE * min(noises):
        return factors if noises[0] < noises[1] else sums
    errors = [error_of_latest_year(levels, year_alone(levels.axis)) for levels in (factors[1], compared)]
    return factors if errors[0] <= SUM_HANDICAP * errors[1] else sums


def _on_scale(days: Ints, times: Ints, values: Floats, observed: Bools, *, log: bool) -> tuple[DayTable, Levels]:
    """Return the table and the levels of values or of their logarithms."""
    table = day_table(days, times, np.log(np.where(observed, values, 1.0)) if log else values, observed)
    profiles = table.weekday_profiles()
    usual = profiles.mean(1)
    target, seen = table.levels(profiles)
    axis = axis_of(int(table.days[0]), len(table.days))
    return table, Levels(axis, target - level_shifts(target, seen), seen, usual[6] - usual, log)


def _noise_beside_year(levels: Levels) -> float:
    """Return the standard deviation of what level, weekday and year leave of the levels."""
    axis = levels.axis
    columns = axis.rest[:, : BLOCKS["year"].stop // 2]
    rest = axis.projection.rest(levels.target)
    coefficients = solve(columns.T @ columns, columns.T @ rest, np.ones(columns.shape[1]))
    return noise_scale((rest - columns @ coefficients)[levels.observed])


def _profile_effects(table: DayTable, profiles: Floats, levels: Levels, level: LevelEffects) -> tuple[Floats, Floats]:
    """Return the yearly change of the profile, (PROFILE_SIZE, H), and how much named days look like Sundays, (R,)."""
    if len(table.slots) == 1:
        return np.zeros((PROFILE_SIZE, 1)), np.zeros(len(level.named))
    shape = profiles - profiles.mean(1, keepdims=True)
    weekdays = weekday_of(table.days)
    differences = np.nan_to_num(table.values - table.levels(profiles)[0][:, None] - shape[weekdays])
    ordinary = levels.observed & (level.named_on(table.days) == 0)
    axis = levels.axis
    coefficients = profile_by_year(axis, differences, ordinary)
    columns = axis.columns[:, :PROFILE_SIZE]
    rest = differences - (columns - columns[ordinary].mean(0)) @ coefficients
    return coefficients, shares_of_sunday(table.days, rest, shape[6] - shape, level.named, ordinary)
