"""Losses, each with its gradient.

A loss takes forecasts and targets of equal shape, (..., B), and weights that broadcast to it, 0 for a target that does
not count. It returns the weighted mean and the gradient of that mean with respect to the forecasts, a new array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.nn.parameters import Array

    Loss = Callable[..., tuple[float, Array]]


def _normalised_weights(weight: Array | None, like: Array) -> Array:
    """Return weights of the shape of `like` that sum to one."""
    if weight is None:
        return np.full_like(like, 1 / like.size)
    full: Array = np.broadcast_to(weight, like.shape).astype(like.dtype)
    full /= full.sum()
    return full


def absolute(forecast: Array, target: Array, weight: Array | None = None) -> tuple[float, Array]:
    """Return the mean of |target - forecast| and its gradient, taken as 0 where they are equal."""
    shares, error = _normalised_weights(weight, forecast), forecast - target
    return float(np.sum(shares * np.abs(error))), shares * np.sign(error)


def squared(forecast: Array, target: Array, weight: Array | None = None) -> tuple[float, Array]:
    """Return the mean of (target - forecast)^2 and its gradient."""
    shares, error = _normalised_weights(weight, forecast), forecast - target
    return float(np.sum(shares * error * error)), 2 * shares * error


def pinball(
    forecast: Array, target: Array, weight: Array | None = None, *, quantiles: Sequence[float]
) -> tuple[float, Array]:
    """Return the mean pinball loss over quantiles and its gradient.

    rho_q(target, forecast) = max(q (target - forecast), (q - 1) (target - forecast)), without a factor of 2
    (Koenker & Bassett 1978).

    Args:
        forecast: (Q, O, B), one block for each quantile.
        target: (O, B).
        weight: Broadcasts to (O, B).
        quantiles: Q levels in (0, 1).

    """
    shares = _normalised_weights(weight, target)[None] / len(quantiles)
    q = np.asarray(quantiles, forecast.dtype).reshape(-1, 1, 1)
    error = target[None] - forecast
    loss = np.maximum(q * error, (q - 1) * error)
    slope = np.where(error > 0, -q, np.where(error < 0, 1 - q, 0))
    return float(np.sum(shares * loss)), (shares * slope).astype(forecast.dtype)


def median_and_quantiles(
    forecast: Array, target: Array, weight: Array | None = None, *, quantiles: Sequence[float]
) -> tuple[float, Array]:
    """Return twice the mean pinball loss plus the mean absolute error of the median, and the gradient.

    The median has a loss of its own because it is the point forecast.

    Args:
        forecast: (Q * O, B), the O outputs of each quantile together.
        target: (O, B).
        weight: Broadcasts to (O, B).
        quantiles: Q levels in (0, 1), one of them 0.5.

    """
    by_quantile = forecast.reshape(len(quantiles), *target.shape)
    loss, gradient = pinball(by_quantile, target, weight, quantiles=quantiles)
    gradient *= 2
    middle = list(quantiles).index(0.5)
    of_median, slope = absolute(by_quantile[middle], target, weight)
    gradient[middle] += slope
    return 2 * loss + of_median, gradient.reshape(forecast.shape)


@np.errstate(under="ignore")  # the probability of a very unlikely class is 0
def cross_entropy(forecast: Array, target: Array, weight: Array | None = None) -> tuple[float, Array]:
    """Return the mean cross-entropy of classes and its gradient.

    -sum over c of target_c log p_c, with p = softmax(forecast), whose gradient is p - target.

    Args:
        forecast: Logits, (C, B), or (T, C, B) for an answer at every step.
        target: Probabilities of the same shape, which sum to one over the C classes: 1 for the right one.
        weight: Broadcasts to (B,), or to (T, 1, B).

    """
    shares = _normalised_weights(weight, forecast[..., :1, :])
    # log p_c = a_c - log sum exp a; a shift of all a changes nothing, so the largest is made 0
    log_p = forecast - forecast.max(axis=-2, keepdims=True)
    log_p -= np.log(np.exp(log_p).sum(axis=-2, keepdims=True))
    return -float(np.sum(shares * target * log_p)), shares * (np.exp(log_p) - target)
