"""The gated recurrent unit, with the reset gate after the recurrent product.

    r, u = sigmoid(W_r z_t), sigmoid(W_u z_t)               reset and update gate, with z_t = [h_{t-1}; 1; x_t]
    q    = W_q [h_{t-1}; 1]                                 recurrent half of the candidate
    p    = W_p x_t + b                                      input half of the candidate
    n    = tanh(p + r * q)                                  candidate
    h_t  = n + u * (h_{t-1} - n)

W, (3H, H + 1 + I), stacks three blocks of rows: W_r, W_u and [W_q, W_p], whose two halves are applied apart.
Letters and layout: docs/notation.md.
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
    return {"W": (3 * H, H + 1 + I), "b": (H, 1)}


class GRUWorkspace(Workspace):
    """Memory for T steps of B sequences; `wants_dx` asks backward for the gradient of the input."""

    def __init__(self, T: int, B: int, dW: Views, *, wants_dx: bool = False) -> None:
        """Allocate everything for the sizes of `dW`, which receives the gradients of the parameters."""
        super().__init__()
        H, dtype = len(dW["b"]), dW["W"].dtype
        I = dW["W"].shape[1] - H - 1
        self.dW = dW["W"]  # (3H, H+1+I) view into the gradient vector
        self.db = dW["b"]  # (H, 1) view into the gradient vector
        self.mask = np.ones((3 * H, H + 1 + I), dtype)  # (3H, H+1+I) 1/2 for sigmoid rows, 0 where q has no input
        self.mask[: 2 * H] = 0.5
        self.mask[2 * H :, H + 1 :] = 0
        self.W = np.empty((3 * H, H + 1 + I), dtype)  # (3H, H+1+I) mask * W of this call
        self.z = np.zeros((T + 1, H + 1 + I, B), dtype)  # (T+1, H+1+I, B) z[t] = [h_{t-1}; 1; x_t]
        self.z[:, H] = 1
        self.ruq = np.empty((T, 3, H, B), dtype)  # (T, 3, H, B) r, u, q; backward: their gradients
        self.n = np.empty((T, H, B), dtype)  # (T, H, B) p, then n; backward: the gradient of p
        self.slope = np.empty((2, H, B), dtype)  # (2, H, B) derivatives of the sigmoids
        self.dh = np.empty((H, B), dtype)  # (H, B) gradient of h_t
        self.carry = np.empty((H, B), dtype)  # (H, B) the part of dh_{t-1} that passes by the weights
        self.work = np.empty((H, B), dtype)  # (H, B) an intermediate result
        self.dW_t = np.empty((3 * H, H + 1 + I), dtype)  # (3H, H+1+I) one step's share of dW
        self.dx = np.empty((T, I, B), dtype) if wants_dx else None  # (T, I, B)


def gru(  # noqa: PLR0915 - forward and backward of one cell are read together
    W: Views, x: Array, ws: GRUWorkspace
) -> tuple[Array, Callable[[Array], Array | None]]:
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
    T, H, B = len(x), *ws.dh.shape
    weights, z, work = W["W"], ws.z, ws.work
    z[:T, H + 1 :] = x
    # sigmoid(a) = (1 + tanh(a / 2)) / 2: the 1/2 is folded into the weights
    np.multiply(weights, ws.mask, out=ws.W)
    # p = W_p x + b, for all steps at once
    np.matmul(weights[2 * H :, H + 1 :], z[:T, H + 1 :], out=ws.n)
    ws.n += W["b"]
    for t in range(T):
        np.matmul(ws.W, z[t], out=ws.ruq[t].reshape(3 * H, B))
        sigmoids = ws.ruq[t, :2]
        np.tanh(sigmoids, out=sigmoids)
        sigmoids += 1
        sigmoids *= 0.5
        r, u, q = ws.ruq[t]
        h_before, n = z[t, :H], ws.n[t]
        # n = tanh(p + r * q)
        n += np.multiply(r, q, out=work)
        np.tanh(n, out=n)
        # h_t = n + u * (h_{t-1} - n)
        h = z[t + 1, :H]
        np.subtract(h_before, n, out=h)
        h *= u
        h += n

    def backprop(dh_out: Array) -> Array | None:
        ws.claim(use)
        every = dh_out.ndim == 3
        dh, slope, carry = ws.dh, ws.slope, ws.carry
        dh[:] = dh_out[-1] if every else dh_out
        ws.dW[:] = 0
        for t in reversed(range(T)):
            r, u, q = ws.ruq[t]
            h_before, n = z[t, :H], ws.n[t]
            # sigmoid' = s - s^2
            np.multiply(ws.ruq[t, :2], ws.ruq[t, :2], out=slope)
            np.subtract(ws.ruq[t, :2], slope, out=slope)
            # dh_{t-1} = dh_t u + ...;  dn = dh_t - dh_t u;  du = dh_t (h_{t-1} - n)
            np.multiply(dh, u, out=carry)
            np.subtract(h_before, n, out=u)
            u *= dh
            dh -= carry
            # dp = dn (1 - n^2);  dr = dp q;  dq = dp r
            np.multiply(n, n, out=work)
            np.subtract(1, work, out=work)
            np.multiply(dh, work, out=n)
            np.multiply(n, r, out=work)
            np.multiply(n, q, out=r)
            q[:] = work
            # da_r = dr r (1 - r);  da_u = du u (1 - u)
            ws.ruq[t, :2] *= slope
            da, dp = ws.ruq[t].reshape(3 * H, B), n
            # dW += [da_r; da_u; dq] z_t', where the corner of W_p is replaced by dp x_t'
            np.matmul(da, z[t].T, out=ws.dW_t)
            np.matmul(dp, z[t, H + 1 :].T, out=ws.dW_t[2 * H :, H + 1 :])
            ws.dW += ws.dW_t
            # dx_t = W_x' [da_r; da_u] + W_p' dp
            if ws.dx is not None:
                np.matmul(weights[: 2 * H, H + 1 :].T, da[: 2 * H], out=ws.dx[t])
                ws.dx[t] += weights[2 * H :, H + 1 :].T @ dp
            # dh_{t-1} += W_h' [da_r; da_u; dq]
            np.matmul(weights[:, :H].T, da, out=dh)
            dh += carry
            if every and t:
                dh += dh_out[t - 1]
        # db = sum of dp over steps and batch
        ws.db[:, 0] = ws.n.sum(axis=(0, 2))
        return ws.dx

    return z[1:, :H], backprop
