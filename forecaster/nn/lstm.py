"""The long short-term memory cell.

    i, f, o = sigmoid(W_i z_t), sigmoid(W_f z_t), sigmoid(W_o z_t)      input, forget and output gate
    g       = tanh(W_g z_t)                                             candidate
    c_t     = f * c_{t-1} + i * g
    h_t     = o * tanh(c_t)                                             with z_t = [h_{t-1}; 1; x_t]

W, (4H, H + 1 + I), stacks the four blocks of rows in the order i, f, o, g. Letters and layout: docs/notation.md.
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
    return {"W": (4 * H, H + 1 + I)}


class LSTMWorkspace(Workspace):
    """Memory for T steps of B sequences; `wants_dx` asks backward for the gradient of the input."""

    def __init__(self, T: int, B: int, dW: Views, *, wants_dx: bool = False) -> None:
        """Allocate everything for the sizes of `dW`, which receives the gradients of the parameters."""
        super().__init__()
        H, dtype = len(dW["W"]) // 4, dW["W"].dtype
        I = dW["W"].shape[1] - H - 1
        self.dW = dW["W"]  # (4H, H+1+I) view into the gradient vector
        self.half = np.ones((4 * H, 1), dtype)  # (4H, 1) 1/2 for the sigmoid rows, 1 for the candidate
        self.half[: 3 * H] = 0.5
        self.W = np.empty((4 * H, H + 1 + I), dtype)  # (4H, H+1+I) half * W of this call
        self.z = np.zeros((T + 1, H + 1 + I, B), dtype)  # (T+1, H+1+I, B) z[t] = [h_{t-1}; 1; x_t]
        self.z[:, H] = 1
        self.gates = np.empty((T, 4, H, B), dtype)  # (T, 4, H, B) i, f, o, g; backward: their gradients
        self.c = np.zeros((T + 1, H, B), dtype)  # (T+1, H, B) c[t] = c_{t-1}
        self.tanh_c = np.empty((T, H, B), dtype)  # (T, H, B) tanh(c_t)
        self.slope = np.empty((4, H, B), dtype)  # (4, H, B) derivatives of the four activations
        self.dc = np.empty((H, B), dtype)  # (H, B) gradient of c_t
        self.dh = np.empty((H, B), dtype)  # (H, B) gradient of h_t
        self.work = np.empty((H, B), dtype)  # (H, B) an intermediate result
        self.dW_t = np.empty((4 * H, H + 1 + I), dtype)  # (4H, H+1+I) one step's share of dW
        self.dx = np.empty((T, I, B), dtype) if wants_dx else None  # (T, I, B)


def lstm(W: Views, x: Array, ws: LSTMWorkspace) -> tuple[Array, Callable[[Array], Array | None]]:
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
    weights, z, c = W["W"], ws.z, ws.c
    z[:T, H + 1 :] = x
    # sigmoid(a) = (1 + tanh(a / 2)) / 2: one tanh serves all four blocks
    np.multiply(weights, ws.half, out=ws.W)
    for t in range(T):
        a = ws.gates[t].reshape(4 * H, B)
        np.tanh(np.matmul(ws.W, z[t], out=a), out=a)
        sigmoids = ws.gates[t, :3]
        sigmoids += 1
        sigmoids *= 0.5
        i, f, o, g = ws.gates[t]
        # c_t = f * c_{t-1} + i * g
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += np.multiply(i, g, out=ws.work)
        # h_t = o * tanh(c_t)
        np.multiply(o, np.tanh(c[t + 1], out=ws.tanh_c[t]), out=z[t + 1, :H])

    def backprop(dh_out: Array) -> Array | None:
        ws.claim(use)
        every = dh_out.ndim == 3
        dh, dc, slope, work = ws.dh, ws.dc, ws.slope, ws.work
        dh[:] = dh_out[-1] if every else dh_out
        dc[:] = 0
        ws.dW[:] = 0
        for t in reversed(range(T)):
            gates, tanh_c = ws.gates[t], ws.tanh_c[t]
            i, f, o, g = gates
            # sigmoid' = s - s^2, tanh' = 1 - g^2
            np.multiply(gates, gates, out=slope)
            np.subtract(gates[:3], slope[:3], out=slope[:3])
            np.subtract(1, slope[3], out=slope[3])
            # dc_t += dh_t o (1 - tanh(c_t)^2)
            np.multiply(tanh_c, tanh_c, out=work)
            np.subtract(1, work, out=work)
            work *= o
            work *= dh
            dc += work
            # do = dh_t tanh(c_t);  di = dc_t g;  dg = dc_t i;  df = dc_t c_{t-1};  dc_{t-1} = dc_t f
            np.multiply(dh, tanh_c, out=o)
            np.multiply(dc, i, out=work)
            np.multiply(dc, g, out=i)
            g[:] = work
            np.multiply(dc, f, out=work)
            np.multiply(dc, c[t], out=f)
            dc, work = work, dc
            # da = (di, df, do, dg) * slope
            gates *= slope
            da = gates.reshape(4 * H, B)
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
