"""The long short-term memory, with forget gate and without peepholes.

    i, f, o = sigmoid(W_i z_t), sigmoid(W_f z_t), sigmoid(W_o z_t)      gates, with z_t = [h_{t-1}; 1; x_t]
    g    = tanh(W_g z_t)                                                candidate
    c_t  = i * g + f * c_{t-1}                                          what is written, and what is kept
    h_t  = o * tanh(c_t)

The memory c is a sum, so a gradient passes along it without a matrix product wherever f is near 1 (Hochreiter &
Schmidhuber 1997; Gers et al. 2000). W, (4H, H + 1 + I), stacks W_i, W_f, W_o and W_g. Letters and layout:
docs/notation.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.nn.activations import exp_may_overflow
from forecaster.nn.workspace import FLAT, CellWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.nn.parameters import Array, Views
    from forecaster.nn.workspace import State


def shapes(I: int, H: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each parameter for I inputs and H hidden units."""
    return {"W": (4 * H, H + 1 + I)}


class LSTMWorkspace(CellWorkspace):
    """Memory for T steps of B sequences; `wants_dx` asks backward for the gradient of the input."""

    def __init__(self, T: int, B: int, dW: Views, *, wants_dx: bool = False) -> None:
        """Allocate everything for the sizes of `dW`, which collects the gradients of the parameters."""
        H, K = len(dW["W"]) // 4, dW["W"].shape[1]
        dtype = dW["W"].dtype
        super().__init__(T, B, H, K - H - 1, dtype, wants_dx=wants_dx)
        self.dW = dW["W"]  # (4H, H+1+I) view into the gradient vector
        self.dW_t = np.empty_like(self.dW)  # (4H, H+1+I) one step's share of dW
        self.factors = np.empty((4 * H, 1), dtype)  # (4H, 1) what the activation of each row wants W multiplied by
        self.factors[: 3 * H] = self.activations.sigmoid_factor
        self.factors[3 * H :] = self.activations.tanh_factor
        self.W = np.empty_like(self.dW)  # (4H, H+1+I) factors * W of this call
        self.W_h = np.empty((H, 4 * H), dtype)  # (H, 4H) transposed recurrent weights of this call
        self.gates = np.empty((T, 4, H, B), dtype)  # (T, 4, H, B) i, f, o, g
        self.parts = np.empty((T, 2, H, B), dtype)  # (T, 2, H, B) i * g and f * c_{t-1}, the parts of c_t
        self.tanh_c = np.empty((T, H, B), dtype)  # (T, H, B) tanh(c_t)
        self.steps = [
            (gates.reshape(4 * H, B), gates[:3], *gates, *parts, tanh_c)
            for gates, parts, tanh_c in zip(self.gates, self.parts, self.tanh_c, strict=True)
        ]
        self.c = np.empty((H, B), dtype)  # (H, B) c_t
        self.da = np.empty((4, H, B), dtype)  # (4, H, B) gradients of the pre-activations
        self.rest = np.empty((3, H, B), dtype)  # (3, H, B) 1 - i, 1 - f, 1 - o
        self.dc = np.empty((H, B), dtype)  # (H, B) gradient of c_t
        self.work = np.empty((H, B), dtype)  # (H, B) an intermediate result
        self.end = (self.h[-1], self.c)
        self.dstart = (self.dh, self.dc)

    def saturation(self) -> dict[str, float]:
        """Return the share of each gate's values at which the sigmoid is nearly flat."""
        names = ("input", "forget", "output")
        return {name: float((np.abs(2 * self.gates[:, n] - 1) > FLAT).mean()) for n, name in enumerate(names)}


def lstm(
    W: Views, x: Array, ws: LSTMWorkspace, start: State | None = None
) -> tuple[Array, Callable[..., Array | None]]:
    """Run the cell over a batch of sequences.

    Args:
        W: The parameters, see `shapes`.
        x: Inputs, (T, I, B).
        ws: Memory for these sizes.
        start: The state before the first step, (h_0, c_0); None for zeros.

    Returns:
        h, (T, H, B), the state after each step, a view until the next call on `ws`; and `backprop(dh, dc=0)`, which
        takes the gradient of the last state, (H, B), or of every state, (T, H, B), and that of c_T, (H, B), adds to
        the gradient of the parameters, leaves that of a given start in `ws.dstart`, and returns the gradient of x,
        (T, I, B), if the workspace wants it.

    """
    use = ws.begin_forward(x, start)
    weights, H, c = W["W"], len(ws.c), ws.c
    c[:] = 0 if start is None else start[1]
    np.multiply(weights, ws.factors, out=ws.W)
    steps = zip(ws.z_steps, ws.h_steps, ws.steps, strict=True)
    with exp_may_overflow():
        for z, h, (a, sigmoids, i, f, o, g, written, kept, tanh_c) in steps:
            # i, f, o = sigmoid(W_i z_t), sigmoid(W_f z_t), sigmoid(W_o z_t);  g = tanh(W_g z_t)
            np.dot(ws.W, z, out=a)
            ws.activations.sigmoid(sigmoids)
            ws.activations.tanh(g)
            # c_t = i * g + f * c_{t-1}
            np.multiply(i, g, out=written)
            np.multiply(f, c, out=kept)
            np.add(written, kept, out=c)
            # h_t = o * tanh(c_t)
            ws.activations.tanh_of(c, tanh_c)
            np.multiply(o, tanh_c, out=h)

    def backprop(dh_out: Array, dc_out: Any = 0) -> Array | None:
        ws.claim(use)
        dh, dc, work, rest = ws.begin_backward(dh_out), ws.dc, ws.work, ws.rest
        dc[:] = dc_out
        W_h, W_x = ws.W_h, weights[:, H + 1 :].T
        W_h[:] = weights[:, :H].T
        da, da_sigmoids, (da_i, da_f, da_o, da_g) = ws.da.reshape(4 * H, -1), ws.da[:3], ws.da
        for t in reversed(range(len(ws.h))):
            z, h = ws.z_steps[t], ws.h_steps[t]
            _, sigmoids, i, f, o, g, written, kept, tanh_c = ws.steps[t]
            # dc_t += dh_t o (1 - tanh(c_t)^2), which is dh_t (o - h_t tanh(c_t))
            np.multiply(h, tanh_c, out=work)
            np.subtract(o, work, out=work)
            work *= dh
            dc += work
            if ws.memory_flow is not None:
                ws.memory_flow[t] = np.linalg.norm(dc)
            # da_i = dc_t g i (1 - i);  da_f = dc_t c_{t-1} f (1 - f);  da_o = dh_t tanh(c_t) o (1 - o)
            np.multiply(dc, written, out=da_i)
            np.multiply(dc, kept, out=da_f)
            np.multiply(dh, h, out=da_o)
            da_sigmoids *= np.subtract(ws.one, sigmoids, out=rest)
            # da_g = dc_t i (1 - g^2)
            np.multiply(written, g, out=work)
            np.subtract(i, work, out=work)
            np.multiply(dc, work, out=da_g)
            # dc_{t-1} = dc_t f
            dc *= f
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
