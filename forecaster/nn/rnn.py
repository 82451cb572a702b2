"""The vanilla recurrent cell, with tanh or relu.

    h_t = act(W [h_{t-1}; 1; x_t])

The state h carries what the cell has read so far: at each step it is computed anew from the state before and the input.
W, (H, H + 1 + I), holds the recurrent weights, the bias and the input weights next to each other, so that one matrix
product at each step applies all three. Letters and layout: docs/notation.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.nn.activations import exp_may_overflow
from forecaster.nn.workspace import FLAT, CellWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.nn.parameters import Array, Views
    from forecaster.nn.workspace import State


def shapes(I: int, H: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each parameter for I inputs and H hidden units."""
    return {"W": (H, H + 1 + I)}


class RNNWorkspace(CellWorkspace):
    """Memory for T steps of B sequences; `wants_dx` asks backward for the gradient of the input."""

    def __init__(self, T: int, B: int, dW: Views, *, activation: str = "tanh", wants_dx: bool = False) -> None:
        """Allocate everything for the sizes of `dW`, which collects the gradients of the parameters."""
        H, K = dW["W"].shape
        super().__init__(T, B, H, K - H - 1, dW["W"].dtype, wants_dx=wants_dx)
        self.relu = activation == "relu"
        self.dW = dW["W"]  # (H, H+1+I) view into the gradient vector
        self.dW_t = np.empty_like(self.dW)  # (H, H+1+I) one step's share of dW
        self.factor = 1.0 if self.relu else self.activations.tanh_factor
        self.W = np.empty_like(self.dW)  # (H, H+1+I) factor * W of this call
        self.W_h = np.empty((H, H), self.dW.dtype)  # (H, H) transposed recurrent weights of this call
        self.da = np.empty_like(self.dh)  # (H, B) gradient of the pre-activation
        self.end = (self.h[-1],)
        self.dstart = (self.dh,)

    def saturation(self) -> dict[str, float]:
        """Return the share of states at which tanh is nearly flat; of relu, which is flat at 0 alone, nothing."""
        return {} if self.relu else {"state": float((np.abs(self.h) > FLAT).mean())}


def rnn(
    W: Views, x: Array, ws: RNNWorkspace, start: State | None = None
) -> tuple[Array, Callable[[Array], Array | None]]:
    """Run the cell over a batch of sequences.

    Args:
        W: The parameters, see `shapes`.
        x: Inputs, (T, I, B).
        ws: Memory for these sizes.
        start: The state before the first step, (h_0,); None for zeros.

    Returns:
        h, (T, H, B), the state after each step, a view until the next call on `ws`; and `backprop(dh)`, which takes
        the gradient of the last state, (H, B), or of every state, (T, H, B), adds to the gradient of the parameters,
        leaves that of a given start in `ws.dstart`, and returns that of x, (T, I, B), if the workspace wants it.

    """
    use = ws.begin_forward(x, start)
    weights, H = W["W"], len(W["W"])
    np.multiply(weights, ws.factor, out=ws.W)
    with exp_may_overflow():
        for z, h in zip(ws.z_steps, ws.h_steps, strict=True):
            # h_t = act(W z_t)
            np.dot(ws.W, z, out=h)
            if ws.relu:
                np.maximum(h, 0, out=h)
            else:
                ws.activations.tanh(h)

    def backprop(dh_out: Array) -> Array | None:
        ws.claim(use)
        dh, da = ws.begin_backward(dh_out), ws.da
        W_h, W_x = ws.W_h, weights[:, H + 1 :].T
        W_h[:] = weights[:, :H].T
        for t in reversed(range(len(ws.h))):
            z, h = ws.z_steps[t], ws.h_steps[t]
            # da_t = dh_t act'(a_t), with tanh' = 1 - h^2 and relu' = [h > 0]
            if ws.relu:
                np.multiply(dh, h > 0, out=da)
            else:
                np.multiply(h, h, out=da)
                np.subtract(ws.one, da, out=da)
                da *= dh
            # dW += da_t z_t'
            ws.dW += np.dot(da, z.T, out=ws.dW_t)
            # dx_t = W_x' da_t
            if ws.dx is not None:
                np.matmul(W_x, da, out=ws.dx[t])
            # dh_{t-1} = W_h' da_t
            if t or start is not None:
                np.dot(W_h, da, out=dh)
                ws.complete_dh(t - 1)
        return ws.dx

    return ws.h, backprop
