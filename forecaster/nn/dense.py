"""The dense layer, applied to one vector or to each step of a sequence.

    y = act(W [x; 1])
    y = y * m / (1 - p)      dropout, in training: m is 0 with probability p, else 1 (Srivastava et al. 2014)

W, (O, I + 1), ends with the bias. Letters and layout: docs/notation.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.nn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.nn.parameters import Array, Views


def shapes(I: int, O: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each parameter for I inputs and O outputs."""
    return {"W": (O, I + 1)}


class DenseWorkspace(Workspace):
    """Memory for T steps of B vectors; `wants_dx` asks backward for the gradient of the input."""

    def __init__(  # noqa: PLR0913 - sizes and switches
        self, T: int, B: int, dW: Views, *, relu: bool = False, dropout: float = 0.0, wants_dx: bool = False
    ) -> None:
        """Allocate everything for the sizes of `dW`, which collects the gradients of the parameters."""
        super().__init__()
        O, I, dtype = len(dW["W"]), dW["W"].shape[1] - 1, dW["W"].dtype
        self.relu, self.dropout = relu, dropout
        self.dW = dW["W"]  # (O, I+1) view into the gradient vector
        self.z = np.ones((T, I + 1, B), dtype)  # (T, I+1, B) z[t] = [x_t; 1]
        self.y = np.empty((T, O, B), dtype)  # (T, O, B)
        self.da = np.empty((T, O, B), dtype)  # (T, O, B) gradient of the pre-activation
        self.mask = np.empty((T, O, B), dtype) if dropout else None  # (T, O, B) m / (1 - p)
        self.dx = np.empty((T, I, B), dtype) if wants_dx else None  # (T, I, B)


def dense(
    W: Views, x: Array, ws: DenseWorkspace, rng: np.random.Generator | None = None
) -> tuple[Array, Callable[[Array], Array | None]]:
    """Apply the layer to every step.

    Args:
        W: The parameters, see `shapes`.
        x: Inputs, (T, I, B).
        ws: Memory for these sizes.
        rng: Random numbers for the dropout of training; None for no dropout.

    Returns:
        y, (T, O, B), a view until the next call on `ws`; and `backprop(dy)`, which takes the gradient of y, adds to
        the gradient of the parameters, and returns the gradient of x, (T, I, B), if the workspace wants it.

    """
    use = ws.begin()
    weights, z, y = W["W"], ws.z, ws.y
    z[:, :-1] = x
    np.matmul(weights, z, out=y)
    if ws.relu:
        np.maximum(y, 0, out=y)
    mask = None if rng is None else ws.mask
    if rng is not None and mask is not None:
        mask[:] = (rng.random(mask.shape, np.float32) >= ws.dropout) / (1 - ws.dropout)
        y *= mask

    def backprop(dy: Array) -> Array | None:
        ws.claim(use)
        # da = dy act'(a) m / (1 - p)
        da = np.multiply(dy, y > 0, out=ws.da) if ws.relu else dy
        if mask is not None:
            da = np.multiply(da, mask, out=ws.da)
        # dW += sum over steps of da_t z_t'
        ws.dW += np.matmul(da, z.transpose(0, 2, 1)).sum(axis=0)
        # dx = W_x' da
        if ws.dx is not None:
            np.matmul(weights[:, :-1].T, da, out=ws.dx)
        return ws.dx

    return y, backprop
