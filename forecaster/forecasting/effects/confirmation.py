"""Keep of a plan what makes a simple forecast of the latest year better, when it is learned from the years before.

The simple forecast is the weekday pattern of the last year on the level of the last weeks, four weeks ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.holidays import weekday_of
from forecaster.forecasting.effects.level import LevelEffects, Levels, Plan, learn_level_effects

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats, Ints

LATEST = 365
"""Days on which effects are confirmed: each time of the year once."""
AHEAD, LEVEL_DAYS, PATTERN_DAYS = 28, 56, 364
"""Days ahead of each forecast, and the days before it whose level and whose weekday pattern it continues."""
GAINS = {"year": 0.01, "weekdays": 0.002, "month": 0.002, "named": 0.0}
"""Share by which each block must lower the mean absolute error, in the order in which blocks are tried: a yearly
pattern must show on most days, weekdays and days of the month change little on each day, and named days are few."""


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
    weekdays = weekday_of(levels.axis.days)
    starts = range(count, len(adjusted), AHEAD)
    forecasts = np.concatenate([_simple_forecast(adjusted, weekdays, start) for start in starts])
    forecast, actual = forecasts[: len(adjusted) - count] + effect[count:], levels.target[count:]
    errors = np.abs(np.exp(forecast) - np.exp(actual) if levels.log else forecast - actual)
    errors = errors[levels.observed[count:] & np.isfinite(forecast)]
    return float(errors.mean()) if len(errors) else 0.0


def _simple_forecast(adjusted: Floats, weekdays: Ints, start: int) -> Floats:
    """Return the forecast of `AHEAD` days from `start`, (AHEAD,); NaN for a weekday without values."""
    recent = slice(max(0, start - LEVEL_DAYS), start)
    long = slice(max(0, start - PATTERN_DAYS), start)
    pattern = np.array([_median(adjusted[long], weekdays[long] == weekday) for weekday in range(7)])
    level = _median(adjusted[recent] - pattern[weekdays[recent]], np.ones(recent.stop - recent.start, np.bool_))
    ahead = (weekdays[start] + np.arange(AHEAD)) % 7
    forecast: Floats = level + pattern[ahead]
    return forecast


def _median(values: Floats, chosen: Bools) -> float:
    """Return the median of the chosen values that are observed; NaN where there are none."""
    seen = values[chosen & np.isfinite(values)]
    return float(np.median(seen)) if len(seen) else np.nan
