"""What the point forecast is made of, judged on the calibration rows.

    forecast = sum of w_m * forecast of m,    w_m >= 0, sum of w_m = 1

Prices: no skill is the rule, so a learned forecast m has to pass a gate: w = 1 - 1 / t^2 if t > 2.33, else 0, where t
is its Diebold-Mariano statistic against the best baseline, and the rest is the last value. 1 - 1 / t^2 is the
positive-part shrinkage of a mean of which t is the ratio to its standard error (James & Stein 1961).

Other series: the weights, in tenths, of network, Theta, ridge and best naive method that have the least error on the
held-out windows. Few windows choose badly, so these lean on w_m ~ b_m / E_m^2 with what is believed of each beforehand
and its typical error E_m, as forecasts are best combined whose errors are independent (Bates & Granger 1969). Up to
half of the weight is the network's from the start if it learned from many series: it is judged without the latest rows,
by which it gains more than methods that see each series alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.holdout import LEARNED, NETWORK, RIDGE
from forecaster.forecasting.methods.baselines import LAST_VALUE, NAIVE, THETA
from forecaster.forecasting.uncertainty.significance import GATE, diebold_mariano
from forecaster.series.scaling import RETURNS
from forecaster.series.transforms import COUNTS, LOG, OFFSET_SHARE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.arrays import Floats, Ints
    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.scaling import Scaling

PARTS = 10
"""Weights are whole multiples of 1 / PARTS where many windows choose them."""
HOPELESS = 1.5
"""Ratio of the network's error to that of the best blend from which the network gets no head start."""
SERIES = 5
"""Series from which the network gets half of its head start."""
BELIEVED, UNLIKELY = {NETWORK: 0.3, THETA: 0.6}, 0.05
"""Weights where held-out windows say nothing: on a few short series Theta is hard to beat."""
LEANING = 10
"""Independent windows that weigh as much as the typical errors."""
MOST = 200_000
"""Values that the weights are chosen by, about."""
SHOWN = 0.005
"""Weights below half a percent are not worth a word."""


@dataclass(frozen=True)
class Blend:
    """The weight of each method that has one, between 0 and 1; together they are 1."""

    weights: Mapping[str, float]

    def of(self, method: str) -> float:
        """Return the weight of a method."""
        return self.weights.get(method, 0.0)

    def describe(self) -> str:
        """Say in a sentence what the point forecast is made of."""
        shown = sorted((item for item in self.weights.items() if item[1] >= SHOWN), key=lambda item: -item[1])
        names = [(weight, method.replace("_", " ").replace(THETA, "Theta")) for method, weight in shown]
        if len(names) > 1:
            parts = [f"{100 * weight:.0f} % {name}" for weight, name in names]
            mixed = f"{', '.join(parts[:-1])} and {parts[-1]}"
            return f"The point forecast is {mixed}, weighed by their errors on held-out rows."
        method, name = shown[0][0], names[0][1]
        if method in LEARNED:
            return f"The point forecast is that of the {name}, which nothing made better on held-out rows."
        return f"The point forecast is the {name}, as what was learned has not earned a place in it."

    def mix(self, forecasts: Mapping[str, Floats]) -> Floats:
        """Return the blend of forecasts of equal shape, in values: baselines are defined on those."""
        mixed: Floats = sum(weight * forecasts[method] for method, weight in self.weights.items())  # type: ignore[assignment]
        return mixed


def clip_positive(point: Floats, last: Floats, scaling: Scaling, series: Ints) -> Floats:
    """Return forecasts, (W, h), that stay positive where their series does, and at zero or above where zeros are in it.

    The least of a positive one is a tenth of the last value, or what the series came down to before if that is lower.

    Args:
        point: Forecasts in values.
        last: Last known value of each window, (W,).
        scaling: Whose units say which series are positive.
        series: Number of each window's series, (W,).

    """
    transform = scaling.transform
    kind, offset, size = (array[series] for array in (transform.kind, transform.offset, transform.size))
    lowest = np.where(offset > 0, 0.0, np.minimum(last / 10, size / OFFSET_SHARE))
    least = np.where(kind == LOG, lowest, np.where(kind == COUNTS, 0.0, -np.inf))
    return np.maximum(point, least[:, None])


def choose(holdout: Holdout, recipe: Recipe, series: int) -> Blend:
    """Weigh the methods; the network learned from so many series."""
    if recipe.mode == RETURNS:
        return _gated(holdout, recipe.horizon - 1, predicts_volatility=recipe.predicts_volatility)
    methods = [m for m in (NETWORK, THETA, RIDGE, holdout.best(NAIVE)) if m in holdout.forecasts]
    best, loss = _best(holdout, methods)
    independent = holdout.independent_windows()
    g = independent / (independent + LEANING)
    weights = g * best + (1 - g) * _typical(holdout, methods)
    if _loss(holdout, [NETWORK], np.ones(1)) < HOPELESS * loss:
        start = series / (series + SERIES) / 2
        weights = start * np.eye(len(methods))[0] + (1 - start) * weights
    return Blend({method: float(weight) for method, weight in zip(methods, weights, strict=True) if weight > 0})


def _gated(holdout: Holdout, lags: int, *, predicts_volatility: bool) -> Blend:
    """Return 1 - 1 / t^2 for what was learned behind the gate, and the last value for the rest."""
    # a network that learns how far prices move leaves it to the regression to learn where to
    learned, rest = (RIDGE, NETWORK) if predicts_volatility else (NETWORK, LAST_VALUE)
    baseline = holdout.best(NAIVE)
    comparison = diebold_mariano(holdout.losses(baseline) - holdout.losses(learned), lags)
    if comparison is None or comparison.statistic <= GATE:
        return Blend({rest: 1.0})
    weight = 1 - comparison.statistic**-2
    return Blend({learned: weight, rest: 1 - weight})


def _typical(holdout: Holdout, methods: Sequence[str]) -> Floats:
    """Return weights in proportion to what is believed beforehand, and to 1 / E^2."""
    error = np.array([holdout.typical_error(method) for method in methods])
    believed = np.array([BELIEVED.get(method, UNLIKELY) for method in methods])
    weights: Floats = believed * (error.min() / error) ** 2
    weights /= weights.sum()
    return weights


def _best(holdout: Holdout, methods: Sequence[str]) -> tuple[Floats, float]:
    """Return the weights in tenths of the least mean scaled error, and this; of equals, more of the first method."""
    candidates = _compositions(PARTS, len(methods)) / PARTS
    losses = [_loss(holdout, methods, weights) for weights in candidates]
    best = int(np.argmin(losses))
    return candidates[best], losses[best]


def _loss(holdout: Holdout, methods: Sequence[str], weights: Floats) -> float:
    """Return the mean scaled absolute error of a blend, of every so manieth value where there are many."""
    every = slice(None, None, -(-holdout.actual.size // MOST))
    mixed = sum(w * holdout.forecasts[m][every] for w, m in zip(weights, methods, strict=True))
    return float((np.abs(mixed - holdout.actual[every]) / holdout.denominator[every, None]).mean())


def _compositions(total: int, parts: int) -> Floats:
    """Return every way to write `total` as an ordered sum of `parts` whole numbers, first ones large first."""
    bars = np.array(list(combinations(range(total + parts - 1), parts - 1)), dtype=np.int64).reshape(-1, parts - 1)
    ends = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), total + parts - 1)])
    return (np.diff(ends, axis=1) - 1)[::-1].astype(np.float64)
