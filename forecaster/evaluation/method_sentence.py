"""Say in words which methods make a forecast, and why: what the screens of `train` and `inspect` call the method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.evaluation.sentences import drawn_phrase
from forecaster.forecasting.holdout import FINE_TUNED, NETWORK, RIDGE
from forecaster.forecasting.methods.baselines import SEASONAL_NAIVE, THETA
from forecaster.forecasting.methods.bootstrap import NONE
from forecaster.series.scaling import RETURNS

if TYPE_CHECKING:
    from forecaster.forecasting.blend import Blend
    from forecaster.forecasting.fitted import FittedForecaster

NAMES = {
    NETWORK: "network",
    THETA: "Theta",
    RIDGE: "linear regression",
    FINE_TUNED: "fine-tuned network",
    SEASONAL_NAIVE: "last season",
}
"""Names of methods in a list of shares; any other is its own name, as in `last value`."""
LEAST_SHARE = 0.005
"""Weights below half a percent, which would read 0 %, are not named."""


def method_sentence(fitted: FittedForecaster) -> str:
    """Say what the point forecast is made of: the shares of the methods, or why it is the last value."""
    if (fitted.drawn != NONE).all():
        return drawn_phrase(fitted.drawn)
    parts = [_price_method(fitted) if fitted.recipe.mode == RETURNS else shares_in_words(fitted.blend)]
    if (fitted.drawn != NONE).any():
        parts.append(drawn_phrase(fitted.drawn))
    return "; ".join(parts)


def shares_in_words(blend: Blend) -> str:
    """Return the shares of the methods in a forecast, as `70 % network, 30 % Theta`; one alone has no share."""
    shares = sorted(((weight, name) for name, weight in blend.weights.items() if weight >= LEAST_SHARE), reverse=True)
    named = [(f"{100 * weight:.0f} %", NAMES.get(name, name.replace("_", " "))) for weight, name in shares]
    if len(named) > 1:
        return ", ".join(map(" ".join, named))
    name = named[0][1]
    return f"{name if name == NAMES[THETA] else f'the {name}'} alone"


def _price_method(fitted: FittedForecaster) -> str:
    """Say what the forecast of prices is made of, and what predicts how far they move."""
    # the point of a network that predicts how far prices move is the last value with its drift
    learned = RIDGE if fitted.recipe.predicts_volatility else NETWORK
    weight, drift = fitted.blend.weight_of(learned), _drift_in_words(fitted)
    line = f"the last value{drift}"
    if weight >= LEAST_SHARE:
        line = f"{100 * weight:.0f} % {NAMES[learned]}, {100 - 100 * weight:.0f} % last value{drift}"
    elif not drift:
        line += ", which other forecasts of prices seldom beat for long"
    return f"{line}; a network predicts how far it moves" if fitted.recipe.predicts_volatility else line


def _drift_in_words(fitted: FittedForecaster) -> str:
    """Say by how much prices drift in a step; empty where they do not."""
    volatility = fitted.components.volatility
    if volatility is None or not volatility.slope.any():
        return ""
    if len(volatility.slope) > 1:
        return f", with a drift in {np.count_nonzero(volatility.slope)} of {len(volatility.slope)} series"
    size = np.format_float_positional(100 * np.expm1(volatility.slope[0]), precision=2, fractional=False, trim="-")
    return f", with a drift of {size} % a step"
