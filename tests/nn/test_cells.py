"""The fast cells equal the plain ones, and a sequence's result does not depend on the batch around it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.nn import activations, gru, lstm, rnn
from forecaster.nn.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from forecaster.nn.parameters import Array
    from forecaster.nn.workspace import State

CELLS = {
    "rnn tanh": (rnn.shapes, rnn.RNNWorkspace, rnn.rnn),
    "rnn relu": (rnn.shapes, partial(rnn.RNNWorkspace, activation="relu"), rnn.rnn),
    "gru": (gru.shapes, gru.GRUWorkspace, gru.gru),
    "lstm": (lstm.shapes, lstm.LSTMWorkspace, lstm.lstm),
}
SIZES = [(6, 5, 3, 4), (1, 5, 3, 4), (6, 1, 3, 4), (6, 5, 1, 1), (24, 32, 1, 16)]
"""T, B, I, H."""


@pytest.fixture(autouse=True, params=[True, False], ids=["through exp", "through tanh"])
def _form_of_the_activations(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test with both forms, also in float64 and where numbers are few."""
    monkeypatch.setattr(activations, "through_exp", lambda _: request.param)
    monkeypatch.setattr(activations, "LARGE", 1)


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


def given(cell: str, shape: tuple[int, ...], seed: int = 0) -> State:
    """Return a random state, or the gradient of one, for h of this shape, (T, H, B)."""
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=shape[1:]) for _ in range(2 if cell == "lstm" else 1))


def plain_cell(plain: ModuleType, cell: str) -> Callable[..., tuple[Array, Callable[[Array], tuple]]]:
    name, _, activation = cell.partition(" ")
    return partial(plain.rnn, activation=activation) if name == "rnn" else getattr(plain, name)


def batch_first(sequences: Array) -> Array:
    return sequences.transpose(0, 2, 1)


@pytest.mark.sampled("*-sizes[0-3]", "through exp-gru-sizes4")
@pytest.mark.parametrize("sizes", SIZES)
def test_equals_the_plain_cell_one_sequence_at_a_time(plain: ModuleType, cell: str, sizes: tuple[int, ...]) -> None:
    W, x, dh = example(cell, sizes)
    h, dW, dx = fast(cell, W, x, dh)
    expected = {name: np.zeros_like(view) for name, view in W.views.items()}
    for n in range(x.shape[2]):
        one = slice(n, n + 1)
        states, backward = plain_cell(plain, cell)(W.views, batch_first(x[..., one]))
        gradient, slopes, _ = backward(batch_first(dh[..., one]))
        np.testing.assert_allclose(batch_first(h[..., one]), states, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(batch_first(dx[..., one]), slopes, rtol=1e-11, atol=1e-12)
        for name in expected:
            expected[name] += gradient[name]
    for name, view in expected.items():
        np.testing.assert_allclose(dW[name], view, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("sizes", SIZES)
def test_equals_the_plain_cell_from_a_given_start(plain: ModuleType, cell: str, sizes: tuple[int, ...]) -> None:
    W, x, dh = example(cell, sizes)
    start, dend = given(cell, dh.shape), given(cell, dh.shape, seed=1)
    shapes, workspace, run = CELLS[cell]
    dW = Parameters(shapes(x.shape[1], dh.shape[1]), np.float64)
    ws = workspace(len(x), x.shape[2], dW.views, wants_dx=True)
    h, backprop = run(W.views, x, ws, start)
    dx = backprop(dh, *dend[1:])
    states, backward = plain_cell(plain, cell)(W.views, batch_first(x), tuple(part.T for part in start))
    gradient, slopes, dstart = backward(batch_first(dh), *[part.T for part in dend[1:]])
    np.testing.assert_allclose(batch_first(h), states, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(batch_first(dx), slopes, rtol=1e-11, atol=1e-12)
    for name, view in gradient.items():
        np.testing.assert_allclose(dW[name], view, rtol=1e-11, atol=1e-11)
    for ours, theirs in zip(ws.dstart, dstart, strict=True):
        np.testing.assert_allclose(ours, theirs.T, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("cut", [1, 4])
def test_a_sequence_in_two_pieces_is_the_sequence(cell: str, cut: int) -> None:
    W, x, dh = example(cell, (7, 6, 2, 5))
    h, dW, dx = fast(cell, W, x, dh)
    shapes, workspace, run = CELLS[cell]
    both = Parameters(shapes(2, 5), np.float64)
    first, second = (workspace(steps, 6, both.views, wants_dx=True) for steps in (cut, 7 - cut))
    h_first, back_first = run(W.views, x[:cut], first)
    h_second, back_second = run(W.views, x[cut:], second, first.end)
    np.testing.assert_allclose(np.concatenate([h_first, h_second]), h, rtol=1e-13)
    dx_second = back_second(dh[cut:])
    dh_first = dh[:cut].copy()
    dh_first[-1] += second.dstart[0]
    dx_first = back_first(dh_first, *second.dstart[1:])
    np.testing.assert_allclose(np.concatenate([dx_first, dx_second]), dx, rtol=1e-11, atol=1e-13)
    for name in dW:
        np.testing.assert_allclose(both[name], dW[name], rtol=1e-11, atol=1e-13)


def test_zeros_given_are_zeros_left_out(cell: str) -> None:
    W, x, _ = example(cell, (7, 6, 2, 5))
    shapes, workspace, run = CELLS[cell]
    ws = workspace(7, 6, Parameters(shapes(2, 5), np.float64).views)
    zeros = tuple(np.zeros_like(part) for part in ws.end)
    run(W.views, x, ws, given(cell, (7, 5, 6)))
    left_out = run(W.views, x, ws)[0].copy()  # what an earlier call was given is gone
    assert np.array_equal(run(W.views, x, ws, zeros)[0], left_out)


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
def test_large_inputs_saturate_without_a_numeric_error(cell: str, B: int) -> None:
    W, x, dh = example(cell, (5, B, 2, 4))
    with np.errstate(under="ignore"):  # a product with a gate that is almost 0 may vanish
        h, _, dx = fast(cell, W, 1000 * x, dh)
    assert np.isfinite(h).all()
    assert np.isfinite(dx).all()
