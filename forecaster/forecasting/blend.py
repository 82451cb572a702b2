"""Blend the point forecast from several methods, with weights that the calibration rows choose.

    forecast = sum of w_m * forecast of m,    w_m >= 0, sum of w_m = 1

Prices: a learned forecast m usually has no skill, so it has to pass a gate: w = 1 - 1 / t^2 if t > 2.33, else 0, where
t is its Diebold-Mariano statistic against the best baseline; the rest is the last value. 1 - 1 / t^2 is the
positive-part shrinkage of a mean of which t is the ratio to its standard error (James & Stein 1961).

Other series: the weights, in tenths, of network, Theta, ridge and best naive method that have the least error on the
held-out windows. Few windows choose badly, so these weights are averaged with prior ones, w_m ~ b_m / E_m^2, where b_m
is the weight of a method before any window is seen and E_m its typical error: so are forecasts with independent errors
combined best (Bates & Granger 1969). A network that learned from many series gets up to half of the weight in advance:
it is judged without the latest rows, by which it gains more than methods that see each series alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.holdout import FINE_TUNED, LEARNED, NETWORK, PRETRAINED, RIDGE
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
    from forecaster.series.transforms import Transform

PARTS = 10
"""Weights that windows choose are whole multiples of 1 / PARTS: finer ones would follow the chance of these windows."""
LARGEST_ERROR_RATIO = 1.5
"""Times the best blend's error from which a network gets no head start: recent rows gain less. Chosen by hand."""
HEAD_START_SERIES = 5
"""Series with which a network gets half its head start: it gains by the latest rows of all. Chosen by hand."""
PRIOR_WEIGHTS, OTHER_PRIOR_WEIGHT = {NETWORK: 0.3, THETA: 0.6}, 0.05
"""Weights before any held-out window is seen: on a few short series Theta is hard to beat."""
PRIOR_WINDOWS = 10
"""Independent windows that count as much as the prior weights. Chosen by hand."""
MOST_VALUES = 200_000
"""Values that the weights are chosen by, about: more would change no weight and take longer."""
SHOWN = 0.005
"""Weights below half a percent, which would read 0 %, are not shown."""


@dataclass(frozen=True)
class Blend:
    """The weight of each method that has one, between 0 and 1; together they are 1."""

    weights: Mapping[str, float]

    def weight_of(self, method: str) -> float:
        """Return the weight of a method."""
        return self.weights.get(method, 0.0)

    def describe(self, *, chosen_before: bool = False) -> str:
        """Describe in a sentence what the point forecast is made of.

        `chosen_before` says that the weights are what other series taught, and not the held-out rows.
        """
        shown = sorted((item for item in self.weights.items() if item[1] >= SHOWN), key=lambda item: -item[1])
        names = [(weight, method.replace("_", " ").replace(THETA, "Theta")) for method, weight in shown]
        if len(names) > 1:
            parts = [f"{100 * weight:.0f} % {name}" for weight, name in names]
            mixed = f"{', '.join(parts[:-1])} and {parts[-1]}"
            why = "as suits series of this kind" if chosen_before else "weighed by their errors on held-out rows"
            return f"The point forecast is {mixed}, {why}."
        method, name = shown[0][0], names[0][1]
        if method in LEARNED:
            return f"The point forecast is that of the {name}, which nothing made better on held-out rows."
        return f"The point forecast is the {name}, as what was learned has not earned a place in it."

    def mix(self, forecasts: Mapping[str, Floats]) -> Floats:
        """Return the weighted mean of forecasts of equal shape, in values: baselines are defined on those."""
        mixed: Floats = sum(weight * forecasts[method] for method, weight in self.weights.items())  # type: ignore[assignment]
        return mixed

    def mix_quantiles(self, offsets: Mapping[str, Floats]) -> Floats:
        """Return the mean of the offsets of methods, of equal shape, weighted as their points are.

        Methods without a weight count only where all are (quantiles are averaged as Vincent 1912 does it).
        """
        weights = {method: self.weight_of(method) for method in offsets}
        if not sum(weights.values()):
            weights = dict.fromkeys(offsets, 1.0)
        total = sum(weights.values())
        mixed: Floats = sum(weights[method] / total * each for method, each in offsets.items() if weights[method])  # type: ignore[assignment]
        return mixed


def clip_positive(point: Floats, last: Floats, scaling: Scaling, series: Ints) -> Floats:
    """Raise forecasts, (W, h), so that they stay positive where their series is, and not negative where it has zeros.

    A positive forecast is at least a tenth of the `last` value, (W,), or the least value of its series if that is
    lower. The transform of the scaling says which series are positive; `series` are the numbers of the windows', (W,).
    """
    transform = scaling.transform
    kind, offset, size = (array[series] for array in (transform.kind, transform.offset, transform.size))
    lowest = np.where(offset > 0, 0.0, np.minimum(last / 10, size / OFFSET_SHARE))
    least = np.where(kind == LOG, lowest, np.where(kind == COUNTS, 0.0, -np.inf))
    return np.maximum(point, least[:, None])


def about_blend(offsets: Floats, point: Floats, median: Floats, transform: Transform, series: Ints) -> Floats:
    """Return offsets of quantiles from the median, (W, h, Q), as offsets from the blended point, (W, h).

    Where the point moves, the quantiles move with it. But where a series has zeros they stay: its logarithms, taken of
    values moved up, are so steep near zero that a small move would carry the lower quantiles far away from it.
    """
    of = series[:, None]
    away = transform.forward(median, of) - transform.forward(point, of)
    stays = transform.offset[series] > 0
    moved: Floats = offsets + np.where(stays[:, None], away, 0.0)[..., None]
    return moved


def choose_blend(holdout: Holdout, recipe: Recipe, series: int) -> Blend:
    """Choose the weight of each method; `series` is the number of series from which the network learned."""
    if recipe.mode == RETURNS:
        return _gated_blend(holdout, recipe.horizon - 1, predicts_volatility=recipe.predicts_volatility)
    methods = [m for m in (NETWORK, THETA, RIDGE, holdout.best(NAIVE)) if m in holdout.forecasts]
    if recipe.pretrained:
        methods = [
            m for m in (NETWORK, FINE_TUNED, PRETRAINED, THETA, RIDGE, holdout.best(NAIVE)) if m in holdout.forecasts
        ]
        return Blend(dict.fromkeys(methods, 1 / len(methods)))
    best, loss = _least_loss_weights(holdout, methods)
    independent = holdout.independent_windows()
    g = independent / (independent + PRIOR_WINDOWS)
    weights = g * best + (1 - g) * _prior_weights(holdout, methods)
    if _blend_loss(holdout, [NETWORK], np.ones(1)) < LARGEST_ERROR_RATIO * loss:
        start = series / (series + HEAD_START_SERIES) / 2
        weights = start * np.eye(len(methods))[0] + (1 - start) * weights
    return Blend({method: float(weight) for method, weight in zip(methods, weights, strict=True) if weight > 0})


def _gated_blend(holdout: Holdout, lags: int, *, predicts_volatility: bool) -> Blend:
    """Give a learned forecast that passes the gate the weight 1 - 1 / t^2, and the last value the rest."""
    # a volatility network predicts how far prices move: only the regression predicts in which direction
    learned, rest = (RIDGE, NETWORK) if predicts_volatility else (NETWORK, LAST_VALUE)
    if learned not in holdout.forecasts:
        return Blend({rest: 1.0})
    baseline = holdout.best(NAIVE)
    comparison = diebold_mariano(holdout.losses(baseline) - holdout.losses(learned), lags)
    if comparison is None or comparison.statistic <= GATE:
        return Blend({rest: 1.0})
    weight = 1 - comparison.statistic**-2
    return Blend({learned: weight, rest: 1 - weight})


def _prior_weights(holdout: Holdout, methods: Sequence[str]) -> Floats:
    """Return weights in proportion to the prior weight of each method and to 1 / E^2, with its typical error E."""
    error = np.array([holdout.typical_error(method) for method in methods])
    prior = np.array([PRIOR_WEIGHTS.get(method, OTHER_PRIOR_WEIGHT) for method in methods])
    weights: Floats = prior * (error.min() / error) ** 2
    weights /= weights.sum()
    return weights


def _least_loss_weights(holdout: Holdout, methods: Sequence[str]) -> tuple[Floats, float]:
    """Return the weights in tenths with the least mean scaled error, and this; of equals, more of the first method."""
    candidates = _compositions(PARTS, len(methods)) / PARTS
    losses = [_blend_loss(holdout, methods, weights) for weights in candidates]
    best = int(np.argmin(losses))
    return candidates[best], losses[best]


def _blend_loss(holdout: Holdout, methods: Sequence[str], weights: Floats) -> float:
    """Return the mean scaled absolute error of a blend, taken from evenly spread windows where there are many."""
    every = slice(None, None, -(-holdout.actual.size // MOST_VALUES))
    mixed = sum(w * holdout.forecasts[m][every] for w, m in zip(weights, methods, strict=True))
    return float((np.abs(mixed - holdout.actual[every]) / holdout.denominator[every, None]).mean())


def _compositions(total: int, parts: int) -> Floats:
    """Return every way to write `total` as an ordered sum of `parts` whole numbers, first ones large first."""
    bars = np.array(list(combinations(range(total + parts - 1), parts - 1)), dtype=np.int64).reshape(-1, parts - 1)
    ends = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), total + parts - 1)])
    return (np.diff(ends, axis=1) - 1)[::-1].astype(np.float64)
