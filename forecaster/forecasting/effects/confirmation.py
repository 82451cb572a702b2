"""Keep of a plan what makes a simple forecast of the latest year better, when it is learned from the years before.

The simple forecast is the weekday pattern of the last year on the level of the last weeks, four weeks ahead.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.effects.level import LevelEffects, Levels, Plan, learn_level_effects

if TYPE_CHECKING:
    from forecaster.arrays import Floats, Ints

LATEST = 365
"""Days on which effects are confirmed: each time of the year once."""
AHEAD, LEVEL_DAYS, PATTERN_DAYS = 28, 56, 364
"""Days ahead of each forecast, and the days before it whose level and whose weekday pattern it continues."""
GAINS = {"year": 0.01, "weekdays": 0.002, "month": 0.002, "named": 0.0}
"""Share by which each block must lower the mean absolute error, in the order in which blocks are tried: a yearly
pattern must show on most days, weekdays and days of the month change little on each day, and named days are few."""


def error_of_latest_year(levels: Levels, plan: Plan) -> float:
    """Return the mean absolute error of forecasts of the latest year with a plan; 0 where it is not tested."""
    count = len(levels.target) - LATEST
    return _forecast_error(levels, learn_level_effects(levels.head(count), plan), count) if count >= LATEST else 0.0


def confirm_plan(levels: Levels, plan: Plan) -> tuple[Plan, float]:
    """Return the plan without the blocks that do not lower the error of forecasts of the latest year, and that error.

    A history of less than two years is not tested, because nothing is left to learn from; its error is 0.
    """
    count = len(levels.target) - LATEST
    if count < LATEST:
        return plan, 0.0
    before = levels.head(count)
    kept = plan
    for block in GAINS:
        kept = kept.without(block)
    error = _forecast_error(levels, learn_level_effects(before, kept), count)
    for block, least in GAINS.items():
        if not plan.has(block):
            continue
        tried = _with_block(kept, plan, block)
        lower = _forecast_error(levels, learn_level_effects(before, tried), count)
        if lower < (1 - least) * error:
            kept, error = tried, lower
    return kept, error


def _with_block(kept: Plan, plan: Plan, block: str) -> Plan:
    """Return `kept` with a block of `plan`."""
    if block == "named":
        return Plan(kept.penalty, plan.named)
    other = plan.without(block).penalty
    return Plan(np.where(np.isfinite(plan.penalty) & ~np.isfinite(other), plan.penalty, kept.penalty), kept.named)


def _forecast_error(levels: Levels, effects: LevelEffects, count: int) -> float:
    """Return the mean absolute error of forecasts of the days from `count` on, in units of the series."""
    effect = effects.on(levels.axis)
    adjusted = np.where(levels.observed, levels.target - effect, np.nan)
    starts = np.arange(count, len(adjusted), AHEAD)
    forecast = _simple_forecasts(adjusted, starts).ravel()[: len(adjusted) - count] + effect[count:]
    actual = levels.target[count:]
    errors = np.abs(np.exp(forecast) - np.exp(actual) if levels.log else forecast - actual)
    errors = errors[levels.observed[count:] & np.isfinite(forecast)]
    return float(errors.mean()) if len(errors) else 0.0


def _simple_forecasts(adjusted: Floats, starts: Ints) -> Floats:
    """Return forecasts of `AHEAD` days from each of S starts, (S, AHEAD); NaN for a weekday without values."""
    weeks = adjusted[starts[:, None] + np.arange(-PATTERN_DAYS, 0)].reshape(len(starts), -1, 7)
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # a weekday may have no values
        pattern = np.nanmedian(weeks, axis=1)
        level = np.nanmedian(weeks[:, -LEVEL_DAYS // 7 :] - pattern[:, None], axis=(1, 2))
    forecasts: Floats = np.tile(level[:, None] + pattern, AHEAD // 7)
    return forecasts
