"""The effects of the calendar on the level of each day.

Levels are (D,) on days that rise without gaps. The columns of a regression are those of the year, of the weekdays
within the year, of the month, and two for each named day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.holidays import weekday_of
from forecaster.forecasting.effects import design
from forecaster.forecasting.effects.regression import (
    TEN_PERCENT,
    TWO_PERCENT,
    MomentsByPart,
    Observations,
    Projection,
    choose_penalty,
    fit_robustly,
    noise_scale,
)
from forecaster.forecasting.effects.selection import (
    LEAST_YEARS,
    SelectionTask,
    first_penalties,
    named_columns,
    select_named_days,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.forecasting.effects.named_days import NamedDay

YEAR_BLOCK = slice(0, 2 * design.PAIRS)
WEEKDAY_BLOCK = slice(YEAR_BLOCK.stop, YEAR_BLOCK.stop + 12 * design.WEEKDAY_PAIRS)
MONTH_BLOCK = slice(WEEKDAY_BLOCK.stop, WEEKDAY_BLOCK.stop + design.LONGEST_MONTH)
BLOCKS = {"year": YEAR_BLOCK, "weekdays": WEEKDAY_BLOCK, "month": MONTH_BLOCK}
REFERENCE_PAIR = 10
"""Frequency whose penalty is that of the choice: ten pairs are usual for daily data (Taylor and Letham, 2018)."""
YEAR_CHOICES, WEEKDAY_CHOICES, MONTH_CHOICES = (10.0, 100.0, 1e3, 1e4, 1e5), (10.0, 100.0, 1e3), (5.0, 20.0, 100.0)
"""Penalties, in days, from which the left-out years choose."""
MONTH_PART = 91
"""Days of the parts that are left out to test the days of the month: a quarter holds each of them three times, and a
history has many quarters."""
NAMED_PENALTIES = (0.02, 50.0)
"""Bounds of the penalty of named days."""
WEAK = 2.0
"""Standard errors that the effect of a named day must reach beside those of all others."""
LARGE = 3.0
"""Standard deviations of the noise from which a date is taken to be observed on a weekday if it falls on a weekend."""


@dataclass(frozen=True, eq=False)
class Axis:
    """What series with the same days share: the columns of the regression.

    Attributes:
        days: Day numbers, (D,).
        projection: Takes level and weekdays out.
        columns: Columns of year, weekdays within the year, and month, (D, P).
        groups: The year of each day, counted back from the last, (D,).

    """

    days: Ints
    projection: Projection
    columns: Floats
    groups: Ints

    @cached_property
    def rest(self) -> Floats:
        """The columns without what level and weekdays explain, (D, P)."""
        return self.projection.rest(self.columns)


@lru_cache(maxsize=4)
def axis_of(first: int, count: int) -> Axis:
    """Return what `count` days from day `first` share."""
    days = np.arange(first, first + count)
    columns = [design.year_columns(days), design.weekday_year_columns(days), design.month_columns(days)]
    years = max(1, int(count / design.YEAR))
    groups = np.minimum(((days[-1] - days) / design.YEAR).astype(np.int64), years - 1)
    return Axis(days, Projection.onto(design.nuisance_columns(days)), np.column_stack(columns), groups)


def year_penalty(scale: float) -> Floats:
    """Return the penalties of the yearly pattern, (2 PAIRS,): they grow with the fourth power of the frequency.

    That is the penalty of the squared second derivative, as of a smoothing spline (Wahba, 1990).
    """
    frequency = np.repeat(np.arange(1, design.PAIRS + 1), 2)
    penalty: Floats = 0.1 + scale * (frequency / REFERENCE_PAIR) ** 4
    return penalty


@dataclass(frozen=True, eq=False)
class Levels:
    """The levels of one series.

    Attributes:
        axis: What their days share.
        target: The level of each day, (D,).
        observed: Whether it counts, (D,).
        contrast: Sunday's usual level minus that of each weekday, (7,).
        log: Whether the levels are logarithms.

    """

    axis: Axis
    target: Floats
    observed: Bools
    contrast: Floats
    log: bool

    @cached_property
    def observations(self) -> Observations:
        """The target of the regressions."""
        return Observations(self.target, self.observed)

    def head(self, count: int) -> Levels:
        """Return the levels of the first `count` days."""
        axis = axis_of(int(self.axis.days[0]), count)
        return Levels(axis, self.target[:count], self.observed[:count], self.contrast, self.log)


@dataclass(frozen=True, eq=False)
class Plan:
    """What is learned of the level.

    Attributes:
        penalty: Penalties of year, weekdays within the year and month, (P,); infinite for what is left out.
        named: The named days.

    """

    penalty: Floats
    named: tuple[NamedDay, ...]

    def without(self, block: str) -> Plan:
        """Return the plan without a block: `year`, `weekdays`, `month` or `named`."""
        if block == "named":
            return replace(self, named=())
        penalty = self.penalty.copy()
        penalty[BLOCKS[block]] = np.inf
        return replace(self, penalty=penalty)

    def has(self, block: str) -> bool:
        """Return whether the plan has a block."""
        return bool(self.named) if block == "named" else bool(np.isfinite(self.penalty[BLOCKS[block]]).any())


@dataclass(frozen=True, eq=False)
class LevelEffects:
    """The effects on the level of days.

    Attributes:
        named: The named days, R of them.
        contrast: Sunday's level minus that of each weekday, (7,).
        coefficients: Of year, weekdays within the year and month, (P,).
        constant, sunday: Of each named day: its effect, and its share of the contrast, (R,).
        shares: Shares of the effect of a date on the Monday after a Sunday and on the Friday before a Saturday, (R, 2).
        noise: Standard deviation of what is left.

    """

    named: tuple[NamedDay, ...]
    contrast: Floats
    coefficients: Floats
    constant: Floats
    sunday: Floats
    shares: Floats
    noise: float

    def on(self, axis: Axis) -> Floats:
        """Return the effect on each day, (D,)."""
        return self.year_on(axis) + self.named_on(axis.days)

    def year_on(self, axis: Axis) -> Floats:
        """Return the effect of year and month on each day, (D,)."""
        effect: Floats = axis.columns @ self.coefficients
        return effect

    def named_on(self, days: Ints) -> Floats:
        """Return the effect of named days on each day, (D,)."""
        pairs = np.stack([self.constant, self.sunday], axis=1).ravel()
        effect: Floats = named_columns(self.named, days, self.contrast) @ pairs
        for number in np.flatnonzero(self.shares.any(1)).tolist():
            for share, column in zip(self.shares[number], self.observance_columns(days, [number]).T, strict=True):
                effect += share * column
        return effect

    def observance_columns(self, days: Ints, which: Sequence[int]) -> Floats:
        """Return what some dates would add on the Monday after a Sunday and the Friday before a Saturday, (D, 2)."""
        columns = np.zeros((len(days), 2))
        first, last = int(days[0]), int(days[-1])
        for number in which:
            for column, dates in enumerate(self.named[number].observances(first, last)):
                sunday = self.sunday[number] * self.contrast[weekday_of(dates)]
                columns[dates - first, column] += self.constant[number] + sunday
        return columns

    def large_dates(self) -> list[int]:
        """Return the numbers of the dates whose effect on a usual weekday is large."""
        size = np.abs(self.constant + self.sunday * self.contrast[:5].mean())
        dates = [day.rule is not None and day.fixed_date for day in self.named]
        return np.flatnonzero((size > LARGE * self.noise) & np.array(dates, np.bool_)).tolist()


def learn_level_effects(levels: Levels, plan: Plan) -> LevelEffects:
    """Learn the effects of a plan: first all named days alike, then shrunk by their spread, then the observances."""
    size = 2 * len(plan.named)
    named = named_columns(plan.named, levels.axis.days, levels.contrast)
    penalties = first_penalties(len(plan.named), levels.contrast)
    coefficients, noise = _fit(levels, plan, named, penalties)
    if not size:
        return _level_effects(levels, plan, coefficients, noise)
    penalties = _shrinkage(coefficients[-size:], named, levels, noise)
    coefficients, noise = _fit(levels, plan, named, penalties)
    effects = _level_effects(levels, plan, coefficients, noise)
    dates = effects.large_dates()
    observances = effects.observance_columns(levels.axis.days, dates)
    if not observances.any():
        return effects
    # A share of 1 is as likely as none, so its prior has the standard deviation 1.
    more = np.append(penalties, np.full(2, max(noise**2, 1e-300)))
    coefficients, noise = _fit(levels, plan, np.column_stack([named, observances]), more)
    shares = np.zeros((len(plan.named), 2))
    shares[dates] = np.clip(coefficients[-2:], 0, 1)
    return replace(_level_effects(levels, plan, coefficients[:-2], noise), shares=shares)


def _fit(levels: Levels, plan: Plan, more: Floats, penalties: Floats) -> tuple[Floats, float]:
    """Return the coefficients of the axis' columns and of `more` columns, and the noise."""
    axis = levels.axis
    columns = np.column_stack([axis.rest, axis.projection.rest(more)])
    penalty = np.append(plan.penalty, penalties)
    fit = fit_robustly(levels.observations, columns, penalty, axis.projection)
    return fit.coefficients, noise_scale((fit.clipped - columns @ fit.coefficients)[levels.observed])


def _shrinkage(pairs: Floats, columns: Floats, levels: Levels, noise: float) -> Floats:
    """Return the penalties of named days, (2 R,), by the spread of their effects (empirical Bayes).

    The variance of the true effects is that of the estimates minus that of their errors; the penalty is the variance of
    the noise divided by it. Shares of Sunday's level have a prior standard deviation of one half.
    """
    constant = pairs[::2]
    count = np.maximum(columns[:, ::2].sum(0), 1)
    spread = max(float((constant**2 - noise**2 / count).mean()), 1e-300)
    bounded = np.clip(noise**2 / spread, *NAMED_PENALTIES)
    share = max(4 * noise**2, 1e-12 * float((levels.contrast**2).max()), 1e-300)
    return np.tile([bounded, share], len(constant))


def _level_effects(levels: Levels, plan: Plan, coefficients: Floats, noise: float) -> LevelEffects:
    """Return effects without observances from the coefficients of a fit."""
    split = len(plan.penalty)
    pairs = coefficients[split:].reshape(-1, 2)
    return LevelEffects(
        plan.named,
        levels.contrast,
        coefficients[:split],
        pairs[:, 0],
        pairs[:, 1],
        np.zeros((len(plan.named), 2)),
        noise,
    )


def _without_weak_days(levels: Levels, penalty: Floats, named: Sequence[NamedDay]) -> list[NamedDay]:
    """Return the named days without those that others explain: their effects are within two standard errors of 0."""
    if not named:
        return []
    columns = named_columns(named, levels.axis.days, levels.contrast)
    coefficients, noise = _fit(
        levels, Plan(penalty, tuple(named)), columns, first_penalties(len(named), levels.contrast)
    )
    effects = columns * coefficients[-columns.shape[1] :]
    evidence = [
        np.sqrt((effects[columns[:, place] > 0, place : place + 2].sum(1) ** 2).sum())
        for place in range(0, columns.shape[1], 2)
    ]
    return [day for day, size in zip(named, evidence, strict=True) if size > WEAK * noise]


def year_alone(axis: Axis) -> Plan:
    """Return the plan of a year of usual smoothness and nothing else."""
    penalty = np.full(axis.columns.shape[1], np.inf)
    penalty[YEAR_BLOCK] = year_penalty(YEAR_CHOICES[1])
    return Plan(penalty, ())


def choose_plan(levels: Levels, listed: Sequence[NamedDay]) -> Plan:
    """Choose what is learned of the level: the named days, and each block by the years that are left out."""
    axis = levels.axis
    penalty = year_alone(axis).penalty
    free = np.isfinite(penalty)
    task = SelectionTask(
        axis.days,
        levels.observations,
        axis.rest[:, free],
        penalty[free],
        axis.projection,
        levels.contrast,
    )
    named = tuple(_without_weak_days(levels, penalty, select_named_days(task, listed)))
    more = named_columns(named, axis.days, levels.contrast)
    rest = np.column_stack([axis.rest, axis.projection.rest(more)])
    penalty = np.append(penalty, first_penalties(len(named), levels.contrast))
    target = fit_robustly(levels.observations, rest, penalty, axis.projection).clipped
    years = MomentsByPart.of(rest, target, axis.groups)
    quarters = MomentsByPart.of(rest, target, (axis.days[-1] - axis.days) // MONTH_PART)
    weekday_choices = [np.full(12 * design.WEEKDAY_PAIRS, scale) for scale in WEEKDAY_CHOICES]
    month_choices = [np.full(design.LONGEST_MONTH, scale) for scale in MONTH_CHOICES]
    year_choices = [year_penalty(scale) for scale in YEAR_CHOICES]
    penalty = choose_penalty(years, penalty, YEAR_BLOCK, year_choices, TEN_PERCENT)
    if axis.groups[0] + 1 >= LEAST_YEARS:
        penalty = choose_penalty(years, penalty, WEEKDAY_BLOCK, weekday_choices, TEN_PERCENT)
    penalty = choose_penalty(quarters, penalty, MONTH_BLOCK, month_choices, TWO_PERCENT)
    return Plan(penalty[: axis.columns.shape[1]], named)
