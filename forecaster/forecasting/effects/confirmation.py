"""Keep of a plan what makes a simple forecast of the latest year better, when it is learned from the years before.

The simple forecast is the weekday pattern of the last year on the level of the last weeks, four weeks ahead.
"""

from __future__ import annotations

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
    if count < LATEST:
        return 0.0
    return _mean_error(levels, _forecast_latest_year(levels, learn_level_effects(levels.head(count), plan), count))


def confirm_plan(levels: Levels, plan: Plan) -> tuple[Plan, float]:
    """Return the plan without the blocks that do not lower the error of forecasts of the latest year, and that error.

    A history of less than two years is not tested, because nothing is left to learn from, nor is a plan of nothing;
    the error is 0 then. Named days
    that change no forecast of the latest year are kept.
    """
    count = len(levels.target) - LATEST
    if count < LATEST or not any(plan.has(block) for block in GAINS):
        return plan, 0.0
    before = levels.head(count)
    kept = plan
    for block in GAINS:
        kept = kept.without(block)
    forecast = _forecast_latest_year(levels, learn_level_effects(before, kept), count)
    error = _mean_error(levels, forecast)
    for block, least in GAINS.items():
        if not plan.has(block):
            continue
        tried = _with_block(kept, plan, block)
        effects = learn_level_effects(before, tried)
        other = _forecast_latest_year(levels, effects, count)
        lower = _mean_error(levels, other)
        untested = block == "named" and not _differ(levels, forecast, other, effects.noise)
        if lower < (1 - least) * error or untested:
            kept, forecast, error = tried, other, lower
    return kept, error


def _differ(levels: Levels, forecast: Floats, other: Floats, noise: float) -> bool:
    """Return whether two forecasts of the latest days, (n,), differ by more than the noise on an observed day.

    They do not where all named days fall on Sundays to which they are alike, or were not observed. Then their errors
    say nothing about named days.
    """
    return bool((np.abs(other - forecast) > noise)[levels.observed[-len(forecast) :]].any())


def _with_block(kept: Plan, plan: Plan, block: str) -> Plan:
    """Return `kept` with a block of `plan`."""
    if block == "named":
        return Plan(kept.penalty, plan.named)
    other = plan.without(block).penalty
    return Plan(np.where(np.isfinite(plan.penalty) & ~np.isfinite(other), plan.penalty, kept.penalty), kept.named)


def _forecast_latest_year(levels: Levels, effects: LevelEffects, count: int) -> Floats:
    """Return forecasts of the days from `count` on, (n,), on the scale of the levels; NaN where there is none.

    Sums of levels that are 0 or more do not fall below 0, as in forecasts of the series.
    """
    effect = effects.on(levels.axis)
    adjusted = np.where(levels.observed, levels.target - effect, np.nan)
    starts = np.arange(count, len(adjusted), AHEAD)
    forecast = _simple_forecasts(adjusted, starts).ravel()[: len(adjusted) - count] + effect[count:]
    if not levels.log and (levels.target[levels.observed] >= 0).all():
        forecast = np.maximum(forecast, 0.0)
    return forecast


def _mean_error(levels: Levels, forecast: Floats) -> float:
    """Return the mean absolute error of a forecast of the latest days, (n,), in units of the series."""
    actual, observed = levels.target[-len(forecast) :], levels.observed[-len(forecast) :]
    errors = np.abs(np.exp(forecast) - np.exp(actual) if levels.log else forecast - actual)
    errors = errors[observed & np.isfinite(forecast)]
    return float(errors.mean()) if len(errors) else 0.0


def _simple_forecasts(adjusted: Floats, starts: Ints) -> Floats:
    """Return forecasts of `AHEAD` days from each of S starts, (S, AHEAD); NaN for a weekday without values."""
    weeks = adjusted[starts[:, None] + np.arange(-PATTERN_DAYS, 0)].reshape(len(starts), -1, 7)
    pattern = _median_of_finite(weeks.swapaxes(1, 2))
    level = _median_of_finite((weeks[:, -LEVEL_DAYS // 7 :] - pattern[:, None]).reshape(len(starts), -1))
    forecasts: Floats = np.tile(level[:, None] + pattern, AHEAD // 7)
    return forecasts


def _median_of_finite(values: Floats) -> Floats:
    """Return the medians of the finite values along the last axis, (..., n) to (...); NaN where there are none.

    `nanmedian` of NumPy takes ten times as long on rows as short as these.
    """
    ordered = np.sort(values, axis=-1)
    count = np.isfinite(values).sum(-1, keepdims=True)
    middle = np.concatenate([np.maximum(count - 1, 0) // 2, count // 2], axis=-1)
    medians: Floats = np.take_along_axis(ordered, np.minimum(middle, values.shape[-1] - 1), axis=-1).mean(-1)
    return medians
