"""The three cells as a textbook writes them, batch first, with a list of what backward needs.

They are slow and plain: the fast cells are held to them by tests, and compared with them by benchmarks/cells.py.
x is (T, B, I), h is (T, B, H), and W is laid out as in the package. A step takes x_t and the state before it, and
returns the state after it and what backward needs. A cell takes the state before the first step, None for zeros, and
returns h and `backward`, which takes the gradients of h and of the LSTM's last c, and returns those of W, of x and of
the start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.nn.parameters import Array, Views
    from forecaster.nn.workspace import State

    Step = tuple[State, tuple[Any, ...]]
    Result = tuple[Array, Callable[..., tuple[Views, Array, State]]]


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def split(W: Views, H: int) -> tuple[Array, Array, Array]:
    """Return what multiplies the state, the bias, and what multiplies the input, for all gates at once."""
    return W["W"][:, :H], W["W"][:, H], W["W"][:, H + 1 :]


def unroll(step: Callable[..., Step], W: Views, x: Array, state: State) -> tuple[Array, list[tuple[Any, ...]]]:
    """Return h after every step, and what backward needs of every step."""
    states, cache = [], []
    for x_t in x:
        state, kept = step(W, x_t, state)
        states.append(state[0])
        cache.append(kept)
    return np.stack(states), cache


def relu(a: Array) -> Array:
    return np.maximum(a, 0)


def rnn_step(W: Views, x: Array, state: State, act: Callable[[Array], Array]) -> Step:
    U, b, V = split(W, len(W["W"]))
    (h_before,) = state
    a = h_before @ U.T + b + x @ V.T
    return (act(a),), (x, h_before, a)


def rnn_tanh_step(W: Views, x: Array, state: State) -> Step:
    return rnn_step(W, x, state, np.tanh)


def rnn_relu_step(W: Views, x: Array, state: State) -> Step:
    return rnn_step(W, x, state, relu)


def rnn(W: Views, x: Array, start: State | None = None, *, activation: str = "tanh") -> Result:
    H = len(W["W"])
    U, b, V = split(W, H)
    step = rnn_relu_step if activation == "relu" else rnn_tanh_step
    h, cache = unroll(step, W, x, start or (np.zeros((x.shape[1], H), x.dtype),))

    def backward(dh_out: Array) -> tuple[Views, Array, State]:
        dU, db, dV, dx, dh = np.zeros_like(U), np.zeros_like(b), np.zeros_like(V), [], 0
        for dh_t, (x_t, h_before, a) in zip(dh_out[::-1], cache[::-1], strict=True):
            da = (dh + dh_t) * (a > 0 if activation == "relu" else 1 - np.tanh(a) ** 2)
            dU += da.T @ h_before
            db += da.sum(axis=0)
            dV += da.T @ x_t
            dx.append(da @ V)
            dh = da @ U
        return {"W": np.hstack([dU, db[:, None], dV])}, np.stack(dx[::-1]), (dh,)

    return h, backward


def gru_step(W: Views, x: Array, state: State) -> Step:
    U, b, V = split(W, len(W["b"]))
    (h_before,) = state
    r_state, u_state, q = np.split(h_before @ U.T + b, 3, axis=1)
    r_input, u_input, p = np.split(x @ V.T, 3, axis=1)
    r, u = sigmoid(r_state + r_input), sigmoid(u_state + u_input)
    n = np.tanh(p + W["b"][:, 0] + r * q)
    h = (1 - u) * n + u * h_before
    return (h,), (x, h_before, r, u, q, n)


def gru(W: Views, x: Array, start: State | None = None) -> Result:
    H = len(W["b"])
    U, b, V = split(W, H)
    h, cache = unroll(gru_step, W, x, start or (np.zeros((x.shape[1], H), x.dtype),))

    def backward(dh_out: Array) -> tuple[Views, Array, State]:
        dU, db, dV, dx, dh = np.zeros_like(U), np.zeros_like(b), np.zeros_like(V), [], 0
        db_p = np.zeros_like(W["b"])
        for dh_t, (x_t, h_before, r, u, q, n) in zip(dh_out[::-1], cache[::-1], strict=True):
            dh = dh + dh_t
            dp = dh * (1 - u) * (1 - n**2)
            da_r, da_u = dp * q * r * (1 - r), dh * (h_before - n) * u * (1 - u)
            of_state, of_input = np.hstack([da_r, da_u, dp * r]), np.hstack([da_r, da_u, dp])
            dU += of_state.T @ h_before
            db += of_state.sum(axis=0)
            db_p[:, 0] += dp.sum(axis=0)
            dV += of_input.T @ x_t
            dx.append(of_input @ V)
            dh = dh * u + of_state @ U
        return {"W": np.hstack([dU, db[:, None], dV]), "b": db_p}, np.stack(dx[::-1]), (dh,)

    return h, backward


def lstm_step(W: Views, x: Array, state: State) -> Step:
    U, b, V = split(W, len(W["W"]) // 4)
    h_before, c_before = state
    a_i, a_f, a_o, a_g = np.split(h_before @ U.T + b + x @ V.T, 4, axis=1)
    i, f, o, g = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)
    c = f * c_before + i * g
    h = o * np.tanh(c)
    return (h, c), (x, h_before, c_before, i, f, o, g, np.tanh(c))


def lstm(W: Views, x: Array, start: State | None = None) -> Result:
    H = len(W["W"]) // 4
    U, b, V = split(W, H)
    zeros = np.zeros((x.shape[1], H), x.dtype)
    h, cache = unroll(lstm_step, W, x, start or (zeros, zeros))

    def backward(dh_out: Array, dc_end: Array | float = 0) -> tuple[Views, Array, State]:
        dU, db, dV, dx, dh, dc = np.zeros_like(U), np.zeros_like(b), np.zeros_like(V), [], 0, dc_end
        for dh_t, (x_t, h_before, c_before, i, f, o, g, tanh_c) in zip(dh_out[::-1], cache[::-1], strict=True):
            dh = dh + dh_t
            dc = dc + dh * o * (1 - tanh_c**2)
            da_i, da_f = dc * g * i * (1 - i), dc * c_before * f * (1 - f)
            da_o, da_g = dh * tanh_c * o * (1 - o), dc * i * (1 - g**2)
            da = np.hstack([da_i, da_f, da_o, da_g])
            dU += da.T @ h_before
            db += da.sum(axis=0)
            dV += da.T @ x_t
            dx.append(da @ V)
            dh, dc = da @ U, dc * f
        return {"W": np.hstack([dU, db[:, None], dV])}, np.stack(dx[::-1]), (dh, dc)

    return h, backward
