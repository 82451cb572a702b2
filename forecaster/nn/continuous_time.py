"""Unequal steps in continuous time: the state fades as time passes, and a forecast can be for any lead time.

    h~_{t-1} = exp(-L d_t) * h_{t-1}                           d_t: time since the step before
    h_t      = cell(x_t, h~_{t-1})                             x_t ends with d_t, so the cell knows it too
    q(d)     = tanh(W_q [exp(-L_q d) * h_T; 1; d])             the query: the faded state after d, and d itself
    y(d)     = W_o [q; 1] + d s                                s, the output of the linear skip, is the slope of a trend

L = BASE_RATE exp(w), (H, 1), is the rate at which each unit forgets; the network learns w. c of the LSTM fades like h.
Between observations the state thus follows h' = -L h (Mozer et al. 2017; GRU-D also learns how its state decays, Che et
al. 2018).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.nn import initialise
from forecaster.nn.stack import StackWorkspace, stack
from forecaster.nn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.nn.layer import Stack
    from forecaster.nn.parameters import Array, Parameters
    from forecaster.nn.workspace import State

BASE_RATE = 0.05
"""Rate at which a unit with w = 0 forgets, per unit of time: 5 % of the state in a typical step. Weight decay pulls
every rate towards it. Chosen by hand."""


def shapes(sizes: Stack, window: int, *, skip: bool) -> dict[str, dict[str, tuple[int, ...]]]:
    """Return the shape of every parameter but the stack's own, by part and name."""
    H = sizes.hidden
    parts: dict[str, dict[str, tuple[int, ...]]] = {f"decay{n}": {"w": (H, 1)} for n in range(sizes.layers)}
    parts |= {"query": {"w": (H, 1), "W": (H, H + 2)}, "head": {"W": (1, H + 1)}}
    return parts | ({"skip": {"W": (1, window)}} if skip else {})


def fill_decays(W: Parameters, rng: np.random.Generator) -> None:
    """Write starting values: the rates of the units are spread from a fifth to five times `BASE_RATE`."""
    query = W["query.W"]
    query[:, :-2] = initialise.glorot(len(query), len(query), rng)
    query[:, -1:] = initialise.glorot(len(query), 1, rng)
    for name, view in W.views.items():
        if name.endswith(".w"):
            view[:, 0] = np.linspace(-np.log(5), np.log(5), len(view))


def fade(w: Array, d: Array, state: State) -> tuple[State, Callable[[State], tuple[State, Array, Array]]]:
    """Let a state fade for a time.

    Args:
        w: Logarithms of the rates, (H, 1).
        d: Time that passes, (B,).
        state: What fades, each (H, B).

    Returns:
        The faded state, new arrays; and `backprop(dfaded)`, which returns the gradients of the state, of w and of d.

    """
    L = BASE_RATE * np.exp(w)
    left = np.exp(-L * d)
    faded = tuple(left * part for part in state)

    def backprop(dfaded: State) -> tuple[State, Array, Array]:
        # dpart = dfaded exp(-L d);  da = dfaded faded, with a = -L d;  dw = da (-L d);  dd = da (-L)
        da: Array = sum((df * f for df, f in zip(dfaded, faded, strict=True)), start=np.zeros_like(left))
        dw = (da * -L * d).sum(axis=1, keepdims=True)
        return tuple(left * df for df in dfaded), dw, (da * -L).sum(axis=0)

    return faded, backprop


class ObserverWorkspace(Workspace):
    """Memory for T observations of B sequences."""

    def __init__(self, sizes: Stack, T: int, B: int, gradient: Parameters, *, wants_dx: bool = False) -> None:
        """Allocate everything; `gradient` collects the gradients of the parameters."""
        super().__init__()
        self.gradient = gradient
        self.steps = [StackWorkspace(sizes, 1, B, gradient, wants_dx=wants_dx) for _ in range(T)]
        self.dx = np.empty((T, sizes.inputs, B), gradient.vector.dtype) if wants_dx else None  # (T, I, B)


class AnswerWorkspace(Workspace):
    """Memory for O lead times of B sequences."""

    def __init__(self, H: int, O: int, B: int, gradient: Parameters) -> None:
        """Allocate everything; `gradient` collects the gradients of the parameters."""
        super().__init__()
        dtype = gradient.vector.dtype
        self.gradient = gradient
        self.left = np.empty((O, H, B), dtype)  # (O, H, B) exp(-L_q d)
        self.z = np.ones((O, H + 2, B), dtype)  # (O, H+2, B) [exp(-L_q d) * h_T; 1; d]
        self.q = np.empty((O, H, B), dtype)  # (O, H, B)
        self.y = np.empty((O, B), dtype)  # (O, B)


def observe(
    W: Parameters, x: Array, ws: ObserverWorkspace, rng: np.random.Generator | None = None
) -> tuple[Array, Callable[[Array], Array | None]]:
    """Read the observations.

    Args:
        W: The parameters of the network.
        x: Inputs, (T, I, B); the last feature is the time since the step before.
        ws: Memory for these sizes.
        rng: Random numbers for the dropout of training; None for no dropout.

    Returns:
        h_T of the top layer, (H, B), and `backprop(dh)`, which adds to the gradient of the parameters and returns that
        of x, (T, I, B), a view until the next call on `ws`, if the workspace wants it.

    """
    use = ws.begin()
    starts: list[State] | None = None
    backprops = []
    for t, step in enumerate(ws.steps):
        fades = [fade(W[f"decay{n}.w"], x[t, -1], end) for n, end in enumerate(starts or [])]
        h, back = stack(W, x[t : t + 1], step, [faded for faded, _ in fades] or None, rng)
        starts = step.ends
        backprops.append((back, [fade_back for _, fade_back in fades]))

    def backprop(dh: Array) -> Array | None:
        ws.claim(use)
        dends: list[State] | None = None
        for t in reversed(range(len(backprops))):
            back, fade_backs = backprops[t]
            dx = back(dh if dends is None else np.zeros_like(dh), dends)
            if ws.dx is not None:
                ws.dx[t : t + 1] = dx
            dends = []
            for n, (fade_back, dstart) in enumerate(zip(fade_backs, ws.steps[t].dstarts, strict=False)):
                dend, dw, dd = fade_back(dstart)
                dends.append(dend)
                ws.gradient[f"decay{n}.w"][:] += dw
                if ws.dx is not None:
                    ws.dx[t, -1] += dd
        return ws.dx

    return h[0], backprop


def answer(
    W: Parameters, h: Array, lead_times: Array, skip: Array | float, ws: AnswerWorkspace
) -> tuple[Array, Callable[[Array], tuple[Array, Array]]]:
    """Forecast for given lead times.

    Args:
        W: The parameters of the network.
        h: h_T, (H, B).
        lead_times: d, the times from the last observation to each forecast, (O, B).
        skip: s, (1, B), or 0.
        ws: Memory for these sizes.

    Returns:
        y, (O, B), a view until the next call on `ws`; and `backprop(dy)`, which adds to the gradient of the parameters
        and returns those of h, (H, B), and of s, (1, B).

    """
    use = ws.begin()
    w, W_q, W_o = W["query.w"], W["query.W"], W["head.W"]
    L = BASE_RATE * np.exp(w)
    z, q = ws.z, ws.q
    # q = tanh(W_q z) with z = [exp(-L_q d) * h_T; 1; d]
    np.exp(-L * lead_times[:, None], out=ws.left)
    np.multiply(ws.left, h, out=z[:, :-2])
    z[:, -1] = lead_times
    np.tanh(np.matmul(W_q, z, out=q), out=q)
    # y = W_o [q; 1] + d s
    np.matmul(W_o[:, :-1], q, out=ws.y[:, None])
    ws.y += W_o[:, -1:] + lead_times * skip

    def backprop(dy: Array) -> tuple[Array, Array]:
        ws.claim(use)
        # dW_o = dy [q; 1]'
        ws.gradient["head.W"][0, :-1] += (dy[:, None] * q).sum(axis=(0, 2))
        ws.gradient["head.W"][0, -1] += dy.sum()
        # da = W_o' dy * (1 - q^2);  dW_q = da z'
        da = W_o[:, :-1].T * dy[:, None] * (1 - q * q)
        ws.gradient["query.W"][:] += np.matmul(da, z.swapaxes(1, 2)).sum(axis=0)
        # dfaded = W_q' da, as far as it belongs to the state;  dw = dfaded * faded * (-L d)
        dfaded = np.matmul(W_q[:, :-2].T, da)
        ws.gradient["query.w"][:, 0] += (dfaded * z[:, :-2] * -L * lead_times[:, None]).sum(axis=(0, 2))
        # dh = exp(-L_q d) * dfaded;  ds = dy d, both summed over lead times
        dh, ds = (dfaded * ws.left).sum(axis=0), (lead_times * dy).sum(axis=0, keepdims=True)
        return dh, ds

    return ws.y, backprop
