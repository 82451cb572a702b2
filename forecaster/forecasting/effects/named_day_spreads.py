"""How much named days vary beyond other days: their intervals are wider by it.

Residuals are (D,) on days that rise without gaps; spreads are (R,), one of each named day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.effects.named_days import indicator
from forecaster.forecasting.effects.regression import Observations, fit_robustly

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.forecasting.effects.level import LevelEffects, Levels

FEW_DAYS = 3.0
"""Days of a name that weigh as much as all named days together in its variance."""


def spreads_of_named_days(levels: Levels, effects: LevelEffects) -> Floats:
    """Return the standard deviation of the next day of each name beyond that of other days, (R,).

    The variance of a named day is that of its residuals, as if each had been left out, drawn towards that of all named
    days; the error of its effect is added.
    """
    axis = levels.axis
    adjusted = levels.target - effects.on(axis)
    nothing = np.zeros((len(adjusted), 0))
    observations = Observations(adjusted, levels.observed)
    squares = fit_robustly(observations, nothing, np.zeros(0), axis.projection).residuals ** 2
    places = [indicator(day, axis.days) for day in effects.named]
    places = [each[levels.observed[each]] for each in places]
    sums = np.array([squares[each].sum() for each in places])
    counts = np.array([len(each) for each in places], np.float64)
    left_out = sums * counts / np.maximum(counts - 1, 1)
    common = left_out[counts > 1].sum() / max(counts[counts > 1].sum(), 1.0)
    variance = (left_out + FEW_DAYS * common) / (counts + FEW_DAYS)
    spreads: Floats = np.sqrt(np.maximum(variance * (1 + 1 / np.maximum(counts, 1)) - effects.noise**2, 0.0))
    return spreads
