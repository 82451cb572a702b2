"""The three cells as a textbook writes them, batch first, with a list of what backward needs.

They are slow and plain: the fast cells are held to them by tests, and compared with them by benchmarks/cells.py.
x is (T, B, I), h is (T, B, H), and W is laid out as in the package. Each returns h and `backward(dh)`, which returns
the gradients of W and of x.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.nn.parameters import Array, Views

    Result = tuple[Array, Callable[[Array], tuple[Views, Array]]]


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def rnn(W: Views, x: Array, *, relu: bool = False) -> Result:
    H = len(W["W"])
    U, b, V = np.split(W["W"], [H, H + 1], axis=1)
    h = np.zeros((x.shape[1], H), x.dtype)
    states, cache = [], []
    for x_t in x:
        h_before = h
        a = h_before @ U.T + b[:, 0] + x_t @ V.T
        h = np.maximum(a, 0) if relu else np.tanh(a)
        states.append(h)
        cache.append((x_t, h_before, a))

    def backward(dh_out: Array) -> tuple[Views, Array]:
        dU, db, dV, dx, dh = np.zeros_like(U), np.zeros_like(b), np.zeros_like(V), [], 0
        for dh_t, (x_t, h_before, a) in zip(dh_out[::-1], cache[::-1], strict=True):
            da = (dh + dh_t) * (a > 0 if relu else 1 - np.tanh(a) ** 2)
            dU += da.T @ h_before
            db[:, 0] += da.sum(axis=0)
            dV += da.T @ x_t
            dx.append(da @ V)
            dh = da @ U
        return {"W": np.hstack([dU, db, dV])}, np.stack(dx[::-1])

    return np.stack(states), backward


def gru(W: Views, x: Array) -> Result:
    H = len(W["b"])
    U, b, V = np.split(W["W"], [H, H + 1], axis=1)
    h = np.zeros((x.shape[1], H), x.dtype)
    states, cache = [], []
    for x_t in x:
        h_before = h
        r_state, u_state, q = np.split(h_before @ U.T + b[:, 0], 3, axis=1)
        r_input, u_input, p = np.split(x_t @ V.T, 3, axis=1)
        r, u = sigmoid(r_state + r_input), sigmoid(u_state + u_input)
        n = np.tanh(p + W["b"][:, 0] + r * q)
        h = (1 - u) * n + u * h_before
        states.append(h)
        cache.append((x_t, h_before, r, u, q, n))

    def backward(dh_out: Array) -> tuple[Views, Array]:
        dU, db, dV, dx, dh = np.zeros_like(U), np.zeros_like(b), np.zeros_like(V), [], 0
        db_p = np.zeros_like(W["b"])
        for dh_t, (x_t, h_before, r, u, q, n) in zip(dh_out[::-1], cache[::-1], strict=True):
            dh = dh + dh_t
            dp = dh * (1 - u) * (1 - n**2)
            da_r, da_u = dp * q * r * (1 - r), dh * (h_before - n) * u * (1 - u)
            of_state, of_input = np.hstack([da_r, da_u, dp * r]), np.hstack([da_r, da_u, dp])
            dU += of_state.T @ h_before
            db[:, 0] += of_state.sum(axis=0)
            db_p[:, 0] += dp.sum(axis=0)
            dV += of_input.T @ x_t
            dx.append(of_input @ V)
            dh = dh * u + of_state @ U
        return {"W": np.hstack([dU, db, dV]), "b": db_p}, np.stack(dx[::-1])

    return np.stack(states), backward


def lstm(W: Views, x: Array) -> Result:
    H = len(W["W"]) // 4
    U, b, V = np.split(W["W"], [H, H + 1], axis=1)
    h = c = np.zeros((x.shape[1], H), x.dtype)
    states, cache = [], []
    for x_t in x:
        h_before, c_before = h, c
        a_i, a_f, a_o, a_g = np.split(h_before @ U.T + b[:, 0] + x_t @ V.T, 4, axis=1)
        i, f, o, g = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)
        c = f * c_before + i * g
        h = o * np.tanh(c)
        states.append(h)
        cache.append((x_t, h_before, c_before, i, f, o, g, np.tanh(c)))

    def backward(dh_out: Array) -> tuple[Views, Array]:
        dU, db, dV, dx, dh, dc = np.zeros_like(U), np.zeros_like(b), np.zeros_like(V), [], 0, 0
        for dh_t, (x_t, h_before, c_before, i, f, o, g, tanh_c) in zip(dh_out[::-1], cache[::-1], strict=True):
            dh = dh + dh_t
            dc = dc + dh * o * (1 - tanh_c**2)
            da_i, da_f = dc * g * i * (1 - i), dc * c_before * f * (1 - f)
            da_o, da_g = dh * tanh_c * o * (1 - o), dc * i * (1 - g**2)
            da = np.hstack([da_i, da_f, da_o, da_g])
            dU += da.T @ h_before
            db[:, 0] += da.sum(axis=0)
            dV += da.T @ x_t
            dx.append(da @ V)
            dh, dc = da @ U, dc * f
        return {"W": np.hstack([dU, db, dV])}, np.stack(dx[::-1])

    return np.stack(states), backward
