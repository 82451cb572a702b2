"""The fast cells equal the plain ones, and a sequence's result does not depend on the batch around it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.nn import gru, lstm, rnn
from forecaster.nn.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from forecaster.nn.parameters import Array

CELLS = {
    "rnn tanh": (rnn.shapes, rnn.RNNWorkspace, rnn.rnn),
    "rnn relu": (rnn.shapes, partial(rnn.RNNWorkspace, activation="relu"), rnn.rnn),
    "gru": (gru.shapes, gru.GRUWorkspace, gru.gru),
    "lstm": (lstm.shapes, lstm.LSTMWorkspace, lstm.lstm),
}
SIZES = [(6, 5, 3, 4), (1, 5, 3, 4), (6, 1, 3, 4), (6, 5, 1, 1), (24, 32, 1, 16)]
"""T, B, I, H."""


@pytest.fixture(params=CELLS)
def cell(request: pytest.FixtureRequest) -> str:
    return request.param


def example(cell: str, sizes: tuple[int, ...], dtype: str = "float64") -> tuple[Parameters, Array, Array]:
    """Return random parameters, inputs and gradients of the states."""
    T, B, I, H = sizes
    rng = np.random.default_rng(sum(sizes))
    W = Parameters(CELLS[cell][0](I, H), dtype)
    W.vector[:] = rng.normal(0, 0.4, W.vector.shape)
    return W, rng.normal(size=(T, I, B)).astype(dtype), rng.normal(size=(T, H, B)).astype(dtype)


def fast(cell: str, W: Parameters, x: Array, dh: Array) -> tuple[Array, dict[str, Array], Array]:
    """Return copies of the states, the gradients of the parameters and the gradient of x."""
    shapes, workspace, run = CELLS[cell]
    dW = Parameters(shapes(x.shape[1], dh.shape[-2]), x.dtype)
    h, backprop = run(W.views, x, workspace(len(x), x.shape[2], dW.views, wants_dx=True))
    h = h.copy()
    return h, dW.views, np.array(backprop(dh))


def plain_cell(plain: ModuleType, cell: str) -> Callable[..., tuple[Array, Callable[[Array], tuple]]]:
    name, _, activation = cell.partition(" ")
    return partial(plain.rnn, relu=activation == "relu") if name == "rnn" else getattr(plain, name)


def batch_first(sequences: Array) -> Array:
    return sequences.transpose(0, 2, 1)


@pytest.mark.parametrize("sizes", SIZES)
def test_equals_the_plain_cell_one_sequence_at_a_time(plain: ModuleType, cell: str, sizes: tuple[int, ...]) -> None:
    W, x, dh = example(cell, sizes)
    h, dW, dx = fast(cell, W, x, dh)
    expected = {name: np.zeros_like(view) for name, view in W.views.items()}
    for n in range(x.shape[2]):
        one = slice(n, n + 1)
        states, backward = plain_cell(plain, cell)(W.views, batch_first(x[..., one]))
        gradient, slopes = backward(batch_first(dh[..., one]))
        np.testing.assert_allclose(batch_first(h[..., one]), states, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(batch_first(dx[..., one]), slopes, rtol=1e-11, atol=1e-12)
        for name in expected:
            expected[name] += gradient[name]
    for name, view in expected.items():
        np.testing.assert_allclose(dW[name], view, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("sizes", SIZES)
def test_single_precision_equals_double_to_its_precision(
    gradients: ModuleType, cell: str, sizes: tuple[int, ...]
) -> None:
    W, x, dh = example(cell, sizes, "float32")
    h, dW, dx = fast(cell, W, x, dh)
    W64 = Parameters({name: view.shape for name, view in W.views.items()}, np.float64)
    W64.load(W.vector)
    h64, dW64, dx64 = fast(cell, W64, x.astype(np.float64), dh.astype(np.float64))
    assert h.dtype == dx.dtype == np.float32
    assert gradients.block_error(h, h64) < 1e-6
    assert gradients.block_error(dx, dx64) < 1e-6
    assert all(gradients.block_error(dW[name], dW64[name]) < 1e-6 for name in dW)


def test_sequential_equals_batched(cell: str) -> None:
    W, x, dh = example(cell, (7, 6, 2, 5))
    h, dW, dx = fast(cell, W, x, dh)
    alone = [fast(cell, W, x[..., [n]], dh[..., [n]]) for n in range(6)]
    np.testing.assert_allclose(h, np.concatenate([one[0] for one in alone], axis=2), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(dx, np.concatenate([one[2] for one in alone], axis=2), rtol=1e-11, atol=1e-13)
    for name in dW:
        np.testing.assert_allclose(dW[name], sum(one[1][name] for one in alone), rtol=1e-11, atol=1e-13)


def test_the_gradient_of_the_last_state_alone_is_that_of_zeros_before(cell: str) -> None:
    W, x, dh = example(cell, (7, 6, 2, 5))
    dh[:-1] = 0
    _, every, dx_every = fast(cell, W, x, dh)
    _, last, dx_last = fast(cell, W, x, dh[-1])
    assert all(np.array_equal(every[name], last[name]) for name in every)
    assert np.array_equal(dx_every, dx_last)


def test_a_used_workspace_gives_the_same_bits_as_a_fresh_one(cell: str) -> None:
    W, x, dh = example(cell, (7, 6, 2, 5))
    shapes, workspace, run = CELLS[cell]
    dW = Parameters(shapes(2, 5), np.float64)
    ws = workspace(7, 6, dW.views, wants_dx=True)
    run(W.views, x[::-1], ws)[1](dh[::-1])
    dW.vector[:] = 0
    used_h, backprop = run(W.views, x, ws)
    h, expected, dx = fast(cell, W, x, dh)
    assert np.array_equal(used_h, h)
    assert np.array_equal(backprop(dh), dx)
    assert all(np.array_equal(dW[name], expected[name]) for name in expected)


def test_backward_leaves_weights_inputs_and_gradients_as_they_were(cell: str) -> None:
    W, x, dh = example(cell, (7, 6, 2, 5))
    kept = [W.vector.copy(), x.copy(), dh.copy()]
    fast(cell, W, x, dh)
    assert all(np.array_equal(now, before) for now, before in zip([W.vector, x, dh], kept, strict=True))


def test_the_states_are_a_view_into_the_workspace(cell: str) -> None:
    W, x, _ = example(cell, (7, 6, 2, 5))
    shapes, workspace, run = CELLS[cell]
    ws = workspace(7, 6, Parameters(shapes(2, 5), np.float64).views)
    h, _ = run(W.views, x, ws)
    first = h.copy()
    run(W.views, -x, ws)
    assert np.shares_memory(h, ws.z)
    assert not np.array_equal(h, first)


@pytest.mark.parametrize("B", [1, 3])
def test_large_inputs_saturate_without_a_numeric_accident(cell: str, B: int) -> None:
    W, x, dh = example(cell, (5, B, 2, 4))
    h, _, dx = fast(cell, W, 1000 * x, dh)
    assert np.isfinite(h).all()
    assert np.isfinite(dx).all()
