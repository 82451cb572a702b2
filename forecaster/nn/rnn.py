"""The vanilla recurrent cell, with tanh or relu.

    h_t = act(W [h_{t-1}; 1; x_t])

W, (H, H + 1 + I), holds the recurrent weights, the bias and the input weights side by side, so that one matrix
product a step does all three. Letters and layout: docs/notation.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.nn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.nn.parameters import Array, Views


def shapes(I: int, H: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each parameter for I inputs and H hidden units."""
    return {"W": (H, H + 1 + I)}


class RNNWorkspace(Workspace):
    """Memory for T steps of B sequences; `wants_dx` asks backward for the gradient of the input."""

    def __init__(self, T: int, B: int, dW: Views, *, activation: str = "tanh", wants_dx: bool = False) -> None:
        """Allocate everything for the sizes of `dW`, which receives the gradients of the parameters."""
        super().__init__()
        H, dtype = len(dW["W"]), dW["W"].dtype
        I = dW["W"].shape[1] - H - 1
        self.relu = activation == "relu"
        self.dW = dW["W"]  # (H, H+1+I) view into the gradient vector
        self.z = np.zeros((T + 1, H + 1 + I, B), dtype)  # (T+1, H+1+I, B) z[t] = [h_{t-1}; 1; x_t]
        self.z[:, H] = 1
        self.da = np.empty((H, B), dtype)  # (H, B) gradient of the pre-activation
        self.dh = np.empty((H, B), dtype)  # (H, B) gradient of h_t
        self.dW_t = np.empty((H, H + 1 + I), dtype)  # (H, H+1+I) one step's share of dW
        self.dx = np.empty((T, I, B), dtype) if wants_dx else None  # (T, I, B)


def rnn(W: Views, x: Array, ws: RNNWorkspace) -> tuple[Array, Callable[[Array], Array | None]]:
    """Run the cell over a batch of sequences from a zero state.

    Args:
        W: The parameters, see `shapes`.
        x: Inputs, (T, I, B).
        ws: Memory for these sizes.

    Returns:
        h, (T, H, B), the state after each step, a view until the next call on `ws`; and `backprop(dh)`, which takes
        the gradient of the last state, (H, B), or of every state, (T, H, B), fills the gradient of the parameters,
        and returns the gradient of x, (T, I, B), if the workspace wants it. It works in place: call it once.

    """
    use = ws.begin()
    T, H = len(x), len(ws.da)
    weights, z = W["W"], ws.z
    z[:T, H + 1 :] = x
    for t in range(T):
        # h_t = act(W z_t)
        h = np.matmul(weights, z[t], out=ws.da)
        if ws.relu:
            np.maximum(h, 0, out=z[t + 1, :H])
        else:
            np.tanh(h, out=z[t + 1, :H])

    def backprop(dh_out: Array) -> Array | None:
        ws.claim(use)
        every = dh_out.ndim == 3
        dh, da = ws.dh, ws.da
        dh[:] = dh_out[-1] if every else dh_out
        ws.dW[:] = 0
        for t in reversed(range(T)):
            h = z[t + 1, :H]
            # da_t = dh_t act'(a_t), with tanh' = 1 - h^2 and relu' = [h > 0]
            if ws.relu:
                np.multiply(dh, h > 0, out=da)
            else:
                np.multiply(h, h, out=da)
                np.subtract(1, da, out=da)
                da *= dh
            # dW += da_t z_t'
            ws.dW += np.matmul(da, z[t].T, out=ws.dW_t)
            # dx_t = W_x' da_t
            if ws.dx is not None:
                np.matmul(weights[:, H + 1 :].T, da, out=ws.dx[t])
            # dh_{t-1} = W_h' da_t
            np.matmul(weights[:, :H].T, da, out=dh)
            if every and t:
                dh += dh_out[t - 1]
        return ws.dx

    return z[1:, :H], backprop
