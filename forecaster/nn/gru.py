"""The gated recurrent unit, with the reset gate after the recurrent product.

    r, u = sigmoid(W_r z_t), sigmoid(W_u z_t)               reset and update gate, with z_t = [h_{t-1}; 1; x_t]
    q    = W_q [h_{t-1}; 1]                                 recurrent half of the candidate
    p    = W_p x_t + b                                      input half of the candidate
    n    = tanh(p + r * q)                                  candidate
    h_t  = n + u * (h_{t-1} - n)

Where u is near 1 a unit keeps its state, and where it is near 0 it takes the candidate; where r is near 0 the candidate
ignores the state (Cho et al. 2014). W, (3H, H + 1 + I), stacks three blocks of rows: W_r, W_u and [W_q, W_p]. W_q and
W_p are applied separately, because r multiplies q alone. Letters and layout: docs/notation.md.
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
    return {"W": (3 * H, H + 1 + I), "b": (H, 1)}


class GRUWorkspace(CellWorkspace):
    """Memory for T steps of B sequences; `wants_dx` asks backward for the gradient of the input."""

    def __init__(self, T: int, B: int, dW: Views, *, wants_dx: bool = False) -> None:
        """Allocate everything for the sizes of `dW`, which collects the gradients of the parameters."""
        H, K = len(dW["b"]), dW["W"].shape[1]
        dtype = dW["W"].dtype
        super().__init__(T, B, H, K - H - 1, dtype, wants_dx=wants_dx)
        self.dW = dW["W"]  # (3H, H+1+I) view into the gradient vector
        self.db = dW["b"]  # (H, 1) view into the gradient vector
        self.dW_t = np.empty_like(self.dW)  # (3H, H+1+I) one step's share of dW
        self.dW_sum = np.empty_like(self.dW)  # (3H, H+1+I) the shares so far, with no meaning where W_p stands
        self.mask = np.ones_like(self.dW)  # (3H, H+1+I) the sigmoid's factor, 0 where q has no input
        self.mask[: 2 * H] = self.activations.sigmoid_factor
        self.mask[2 * H :, H + 1 :] = 0
        self.W = np.empty_like(self.dW)  # (3H, H+1+I) mask * W of this call
        self.W_h = np.empty((H, 3 * H), dtype)  # (H, 3H) transposed recurrent weights of this call
        self.P = np.empty((H, K - H), dtype)  # (H, 1+I) [b, W_p] of this call
        self.ruq = np.empty((T, 3, H, B), dtype)  # (T, 3, H, B) r, u, q
        self.n = np.empty((T, H, B), dtype)  # (T, H, B) p, then n; backward: dp
        self.steps = [(ruq.reshape(3 * H, B), ruq[:2], *ruq, n) for ruq, n in zip(self.ruq, self.n, strict=True)]
        self.da = np.empty((3, H, B), dtype)  # (3, H, B) gradients of the pre-activations of r and u, and of q
        self.rest = np.empty((2, H, B), dtype)  # (2, H, B) 1 - r, 1 - u
        self.carry = np.empty((H, B), dtype)  # (H, B) the part of dh_{t-1} that passes by the weights
        self.work = np.empty((H, B), dtype)  # (H, B) an intermediate result
        self.end = (self.h[-1],)
        self.dstart = (self.dh,)

    def saturation(self) -> dict[str, float]:
        """Return the share of each gate's values at which the sigmoid is nearly flat."""
        names = ("reset", "update")
        return {name: float((np.abs(2 * self.ruq[:, n] - 1) > FLAT).mean()) for n, name in enumerate(names)}


def gru(
    W: Views, x: Array, ws: GRUWorkspace, start: State | None = None
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
    weights, H, work = W["W"], len(W["b"]), ws.work
    np.multiply(weights, ws.mask, out=ws.W)
    # p = W_p x + b, for all steps at once
    ws.P[:, :1], ws.P[:, 1:] = W["b"], weights[2 * H :, H + 1 :]
    np.matmul(ws.P, ws.z[:-1, H:], out=ws.n)
    h_before = ws.z[0, :H]
    with exp_may_overflow():
        for z, h, (a, sigmoids, r, u, q, n) in zip(ws.z_steps, ws.h_steps, ws.steps, strict=True):
            # r, u = sigmoid(W_r z_t), sigmoid(W_u z_t);  q = W_q [h_{t-1}; 1]
            np.dot(ws.W, z, out=a)
            ws.activations.sigmoid(sigmoids)
            # n = tanh(p + r * q)
            n += np.multiply(r, q, out=work)
            ws.activations.tanh_of(n, n)
            # h_t = n + u * (h_{t-1} - n)
            np.subtract(h_before, n, out=h)
            h *= u
            h += n
            h_before = h

    def backprop(dh_out: Array) -> Array | None:
        ws.claim(use)
        dh, carry, rest = ws.begin_backward(dh_out), ws.carry, ws.rest
        W_h, W_x, W_p = ws.W_h, weights[: 2 * H, H + 1 :].T, weights[2 * H :, H + 1 :].T
        W_h[:] = weights[:, :H].T
        da, da_sigmoids, (da_r, da_u, dq) = ws.da.reshape(3 * H, -1), ws.da[:2], ws.da
        ws.dW_sum[:] = 0
        for t in reversed(range(len(ws.h))):
            z, h = ws.z_steps[t], ws.h_steps[t]
            _, sigmoids, r, u, q, n = ws.steps[t]
            # dh_{t-1} = dh_t u + ...
            np.multiply(dh, u, out=carry)
            # da_u = dh_t (h_{t-1} - n) u (1 - u), which is dh_t (h_t - n) (1 - u)
            np.subtract(h, n, out=da_u)
            da_u *= dh
            # dp = dn (1 - n^2), with dn = dh_t - dh_t u in the place of dh_t
            dh -= carry
            np.multiply(n, n, out=work)
            np.subtract(ws.one, work, out=work)
            dp = np.multiply(dh, work, out=n)
            # dq = dp r;  da_r = dp q r (1 - r)
            np.multiply(dp, r, out=dq)
            np.multiply(dq, q, out=da_r)
            da_sigmoids *= np.subtract(ws.one, sigmoids, out=rest)
            # dW += [da_r; da_u; dq] z_t'
            ws.dW_sum += np.dot(da, z.T, out=ws.dW_t)
            # dx_t = W_x' [da_r; da_u] + W_p' dp
            if ws.dx is not None:
                np.matmul(W_x, da[: 2 * H], out=ws.dx[t])
                ws.dx[t] += W_p @ dp
            # dh_{t-1} += W_h' [da_r; da_u; dq]
            if t or start is not None:
                np.dot(W_h, da, out=dh)
                dh += carry
                ws.complete_dh(t - 1)
        # d[b, W_p] = sum over steps of dp [1; x_t]'
        db_P = np.matmul(ws.n, ws.z[:-1, H:].transpose(0, 2, 1)).sum(axis=0)
        ws.dW_sum[2 * H :, H + 1 :] = db_P[:, 1:]
        ws.dW += ws.dW_sum
        ws.db += db_P[:, :1]
        return ws.dx

    return ws.h, backprop
