"""Blend the point forecast from several methods, with weights that the calibration rows choose.

    forecast = sum of w_m * forecast of m,    w_m >= 0, sum of w_m = 1

Prices: a learned forecast m usually has no skill, so it has to pass a gate: w = 1 - 1 / t^2 if t > 2.33, else 0, where
t is its Diebold-Mariano statistic against the best baseline; the rest is the last value. 1 - 1 / t^2 is the
positive-part shrinkage of a mean of which t is the ratio to its standard error (James & Stein 1961).

Other series: before any held-out window is seen, a method has a prior weight p_m, of which 1 / E_m^2 is a factor with
its typical error E_m: so are forecasts with independent errors combined best (Bates & Granger 1969). The weights are
those with the least

    n log L(w) + k sum of w_m log(w_m / p_m)

where L(w) is the mean scaled error of the blend on the held-out windows, n is the number of windows that do not overlap
and k is a constant: n log L is, but for a constant, the negative logarithm of the likelihood of n errors of Laplace's
distribution, and the second term holds the weights to the prior ones. A few windows move them little, and many decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.holdout import FINE_TUNED, LEARNED, NETWORK, PRETRAINED, RIDGE
from forecaster.forecasting.method import ROUNDING, TINY
from forecaster.forecasting.methods.baselines import LAST_VALUE, NAIVE, THETA
from forecaster.forecasting.uncertainty.significance import GATE, diebold_mariano
from forecaster.series.scaling import RETURNS
from forecaster.series.transforms import COUNTS, LOG, OFFSET_SHARE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.forecasting.holdout import Holdout
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.scaling import Scaling
    from forecaster.series.transforms import Transform

TUNED_SERIES = 20
"""Series that give a fine-tuned network half of its prior weight: it learned their common ways. Chosen by hand."""
PRIOR_WEIGHTS = {FINE_TUNED: 0.45, NETWORK: 0.3, PRETRAINED: 0.15, THETA: 0.1}
"""Prior weights where pretrained networks forecast beside others; any other method has `OTHER_PRIOR_WEIGHT`. On last
horizons of training files, more for the fine-tuned network were better on panels of short series, and for the network
alone on long ones; `benchmarks/blend_members.py` prints what each is worth."""
ALONE, AMONG_MANY = {NETWORK: 0.3, THETA: 0.6}, {NETWORK: 0.65, THETA: 0.3}
"""Prior weights where only networks of one's own are trained: on a single series, and on many. On a few short series
Theta is hard to beat; networks gain by the latest rows of all series, which they are judged without."""
OTHER_PRIOR_WEIGHT = 0.03
HEAD_START_SERIES = 5
"""Series of which the prior weights are halfway between those of one series and of many. Chosen by hand."""
PRIOR_WINDOWS = 5.0
"""The constant k: as many windows, about, count as much as the prior weights. On last horizons of training files,
values from 3 to 30 made errors on panels less than .5 % larger or smaller; on long single series 3 was .7 % better
than 10."""
SURELY = 1.645
"""Standard errors of a difference beyond which it is hardly chance."""
STEPS, FIRST_STEP, SMALLEST_STEP = 200, 1.0, 1e-4
"""Steps of the search for the weights at most, the size of the first one, and the size at which it ends."""
MOST_VALUES = 60_000
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
        spoken = {THETA: "Theta", FINE_TUNED: "fine-tuned network"}
        names = [(weight, spoken.get(method, method.replace("_", " "))) for method, weight in shown]
        if len(names) > 1:
            parts = [f"{100 * weight:.0f} % {name}" for weight, name in names]
            mixed = f"{', '.join(parts[:-1])} and {parts[-1]}"
            why = "which suits series of this kind" if chosen_before else "weighed by their errors on held-out rows"
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


def clip_to_limits(point: Floats, last: Floats, scaling: Scaling, series: Ints) -> Floats:
    """Keep forecasts, (W, h), within the limits of their series, positive where it is, not negative where it has zeros.

    A positive forecast is at least a tenth of the `last` value, (W,), or the least value of its series if that is
    lower. The transform of the scaling says which series are positive; `series` are the numbers of the windows', (W,).
    """
    transform = scaling.transform
    kind, offset, size = (array[series] for array in (transform.kind, transform.offset, transform.size))
    lowest = np.where(offset > 0, 0.0, np.minimum(last / 10, size / OFFSET_SHARE))
    least = np.where(kind == LOG, lowest, np.where(kind == COUNTS, 0.0, -np.inf))
    return transform.limits.clip(np.maximum(point, least[:, None]))


def about_blend(offsets: Floats, point: Floats, median: Floats, transform: Transform, series: Ints) -> Floats:
    """Return offsets of quantiles from the median, (W, h, Q), as offsets from the blended point, (W, h).

    Where the point moves, the quantiles move with it. But where a series has zeros they stay: its logarithms, taken of
    values moved up, are so steep near zero that a small move would carry the lower quantiles far away from it, and of
    counts it would carry those that are zero above it.
    """
    of = series[:, None]
    away = transform.forward(median, of) - transform.forward(point, of)
    moved: Floats = offsets + np.where(has_zeros(transform)[series][:, None], away, 0.0)[..., None]
    return moved


def has_zeros(transform: Transform) -> Bools:
    """Return for each series whether it has zeros, or values near zero, (N,)."""
    return np.asarray((transform.kind == COUNTS) | (transform.kind == LOG) & (transform.offset > 0))


def choose_blend(holdout: Holdout, recipe: Recipe, series: int) -> Blend:
    """Choose the weight of each method; `series` is the number of series from which the network learned."""
    if recipe.mode == RETURNS:
        return _gated_blend(holdout, recipe.horizon - 1, predicts_volatility=recipe.predicts_volatility)
    methods = _trusted_methods(holdout)
    weights = _least_loss_weights(holdout, methods, _prior_weights(holdout, methods, series))
    return Blend({method: float(weight) for method, weight in zip(methods, weights, strict=True) if weight > 0})


def _trusted_methods(holdout: Holdout) -> list[str]:
    """Return the methods that may have a weight.

    A trained one has none if the pretrained network, with nothing trained, is surely better: then training did harm.
    Surely is at the 5 % level of a normal distribution.
    """
    methods = [m for m in (*LEARNED, THETA, holdout.best(NAIVE)) if m in holdout.forecasts]
    if PRETRAINED not in methods:
        return methods
    reference = holdout.window_losses(PRETRAINED)
    harmful = []
    for method in {NETWORK, FINE_TUNED, RIDGE}.intersection(methods):
        worse = holdout.window_losses(method) - reference
        if worse.mean() > SURELY * worse.std() / np.sqrt(holdout.independent_windows()):
            harmful.append(method)
    return [method for method in methods if method not in harmful]


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


def _prior_weights(holdout: Holdout, methods: Sequence[str], series: int) -> Floats:
    """Return weights in proportion to the prior weight of each method and to 1 / E^2, with its typical error E."""
    error = np.array([holdout.typical_error(method) for method in methods])
    if PRETRAINED in methods:
        known = PRIOR_WEIGHTS | {FINE_TUNED: PRIOR_WEIGHTS[FINE_TUNED] * series / (series + TUNED_SERIES)}
        prior = np.array([known.get(method, OTHER_PRIOR_WEIGHT) for method in methods])
    else:
        many = series / (series + HEAD_START_SERIES)
        ends = ([found.get(method, OTHER_PRIOR_WEIGHT) for method in methods] for found in (ALONE, AMONG_MANY))
        prior = np.average(list(ends), axis=0, weights=[1 - many, many])
    weights: Floats = np.maximum(prior * (error.min() / error) ** 2, TINY)
    weights /= weights.sum()
    return weights


def _least_loss_weights(holdout: Holdout, methods: Sequence[str], prior: Floats) -> Floats:
    """Return the weights with the least n log L(w) + k sum w log(w / p), by exponentiated gradient descent.

    w_m <- w_m exp(-s g_m) / sum, with the gradient g and a step s that grows while the sum falls and else is halved
    (Kivinen & Warmuth 1997).
    """
    n = holdout.independent_windows()
    forecasts, actual = _scaled_values(holdout, methods)
    floor = ROUNDING * np.abs(actual).mean() + TINY

    def cost(w: Floats) -> tuple[float, Floats]:
        error = w @ forecasts - actual
        loss, away = np.abs(error).mean() + floor, np.log(np.maximum(w, TINY) / prior)
        gradient = n * (forecasts @ np.sign(error) / len(error)) / loss + PRIOR_WINDOWS * away
        return n * np.log(loss) + PRIOR_WINDOWS * float(w @ away), gradient - w @ gradient

    weights, step = prior, FIRST_STEP
    least, gradient = cost(weights)
    for _ in range(STEPS):
        moved = weights * np.exp(-step * gradient / (np.abs(gradient).max() + TINY))
        moved /= moved.sum()
        found, slope = cost(moved)
        if found < least:
            weights, least, gradient, step = moved, found, slope, 1.5 * step
        else:
            step /= 2
        if step < SMALLEST_STEP:
            break
    return weights


def _scaled_values(holdout: Holdout, methods: Sequence[str]) -> tuple[Floats, Floats]:
    """Return forecasts, (M, V), and actual values, (V,), in units of their series, evenly spread if there are many."""
    every = slice(None, None, -(-holdout.actual.size // MOST_VALUES))
    scale = holdout.denominator[every, None]
    scaled = [(holdout.forecasts[method][every] / scale).ravel() for method in methods]
    return np.stack(scaled), (holdout.actual[every] / scale).ravel()
