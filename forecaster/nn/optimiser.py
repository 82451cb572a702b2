"""AdamW on one flat vector, with clipping by global norm and a learning rate that warms up and then decays."""

from __future__ import annotations

from math import cos, pi
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.nn.parameters import Array


def clip(gradient: Array, limit: float) -> float:
    """Shorten the gradient, (P,), in place to a Euclidean norm of at most `limit`; return the norm it had.

    Clipping by global norm: Pascanu, Mikolov & Bengio (2013).
    """
    norm = float(np.linalg.norm(gradient))
    if norm > limit:
        gradient *= limit / norm
    return norm


def rate_factor(step: int, total: int, warmup: float = 0.05) -> float:
    """Return the share of the peak learning rate at `step` of `total`, both counted from 0.

    Linear up to 1 over the first `warmup` share of the steps, then half a cosine towards 0 (Loshchilov & Hutter 2017).
    """
    rise = max(1, round(warmup * total))
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + cos(pi * (step - rise) / max(1, total - rise)))


class AdamW:
    """Adam with decoupled weight decay (Kingma & Ba 2015; Loshchilov & Hutter 2019).

    Attributes:
        mean: Running mean of the gradient, (P,).
        square: Running mean of its square, (P,).
        steps: Updates made.

    """

    def __init__(self, like: Array, decay: float = 0.0, beta1: float = 0.9, beta2: float = 0.999) -> None:
        """Start with zero moments for a parameter vector of the shape and type of `like`, (P,)."""
        self.decay, self.beta1, self.beta2, self.epsilon = decay, beta1, beta2, 1e-8
        self.mean, self.square = np.zeros_like(like), np.zeros_like(like)
        self.steps = 0
        self._work, self._root = np.empty_like(like), np.empty_like(like)

    def update(self, vector: Array, gradient: Array, rate: float) -> None:
        """Move `vector`, (P,), in place against `gradient`, (P,), at learning rate `rate`."""
        self.steps += 1
        work, root = self._work, self._root
        # m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
        self.mean += np.multiply(np.subtract(gradient, self.mean, out=work), 1 - self.beta1, out=work)
        np.multiply(gradient, gradient, out=work)
        self.square += np.multiply(np.subtract(work, self.square, out=work), 1 - self.beta2, out=work)
        # theta -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + rate decay theta
        np.sqrt(self.square, out=root)
        root /= (1 - self.beta2**self.steps) ** 0.5
        root += self.epsilon
        np.divide(self.mean, root, out=work)
        work *= rate / (1 - self.beta1**self.steps)
        vector *= 1 - rate * self.decay
        vector -= work
