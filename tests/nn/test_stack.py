"""Layers in a row: dropout, residual connections, and the states at both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.nn.layer import CELLS, Stack, add_to_last, last_output
from forecaster.nn.parameters import Parameters
from forecaster.nn.stack import StackWorkspace, fill_stack, stack, stack_shapes

if TYPE_CHECKING:
    from forecaster.nn.parameters import Array

T, B, H = 5, 200, 4


def sizes_of(**sizes: Any) -> Stack:
    return Stack(**{"name": "layer", "inputs": H, "hidden": H, "layers": 2, "cell": "gru"} | sizes)


def example(s: Stack) -> tuple[Parameters, StackWorkspace, Array]:
    """Return fresh parameters, memory and random inputs."""
    sizes = {f"{part}.{name}": shape for part, arrays in stack_shapes(s).items() for name, shape in arrays.items()}
    W = Parameters(sizes, np.float64)
    fill_stack(W, s, np.random.default_rng(0))
    ws = StackWorkspace(s, T, B, Parameters(sizes, np.float64), wants_dx=True)
    return W, ws, np.random.default_rng(1).normal(size=(T, s.inputs, B))


def below(ws: StackWorkspace) -> Array:
    """Return what the second layer has read, (T, H, B)."""
    return ws.layers[1].cells[0].x.copy()


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_dropout_hides_its_share_and_keeps_the_mean(p: float) -> None:
    W, ws, x = example(sizes_of(dropout=p))
    stack(W, x, ws)
    whole = below(ws)
    rng = np.random.default_rng(2)
    stack(W, x, ws, rng=rng)
    dropped = below(ws)
    hidden = dropped == 0
    assert hidden.mean() == pytest.approx(p, abs=0.03)
    np.testing.assert_allclose(dropped[~hidden], whole[~hidden] / (1 - p), rtol=1e-6)  # the mask is of float32
    mean = np.zeros_like(whole)
    for _ in range(200):
        stack(W, x, ws, rng=rng)
        mean += below(ws) / 200
    assert np.abs(mean.mean(axis=2) - whole.mean(axis=2)).max() < 0.01


def test_dropout_is_drawn_for_each_step_and_each_batch() -> None:
    W, ws, x = example(sizes_of(dropout=0.5))
    rng = np.random.default_rng(2)
    masks = []
    for _ in range(2):
        stack(W, x, ws, rng=rng)
        masks.append(below(ws) == 0)
    assert not np.array_equal(*masks)
    assert not np.array_equal(masks[0][0], masks[0][1])


def test_without_chance_nothing_is_dropped() -> None:
    W, ws, x = example(sizes_of(dropout=0.5))
    y = stack(W, x, ws)[0].copy()
    W, plain, x = example(sizes_of())
    assert np.array_equal(y, stack(W, x, plain)[0])


def test_the_top_layer_and_a_single_layer_are_never_dropped() -> None:
    for layers in (1, 2):
        _, ws, _ = example(sizes_of(layers=layers, dropout=0.5))
        assert [layer.mask is None for layer in ws.layers] == [n == layers - 1 for n in range(layers)]
    W, ws, x = example(sizes_of(layers=1, dropout=0.5))
    y = stack(W, x, ws)[0].copy()
    assert np.array_equal(stack(W, x, ws, rng=np.random.default_rng(0))[0], y)


@pytest.mark.parametrize("both", [False, True])
def test_a_residual_layer_adds_its_input_where_sizes_agree(both: bool) -> None:
    s = sizes_of(inputs=3, bidirectional=both, residual=True)
    W, ws, x = example(s)
    y = stack(W, x, ws)[0].copy()
    assert [layer.sum is not None for layer in ws.layers] == [False, True]
    W["layer1.W"][:] = 0  # a GRU without weights answers zero
    W.views.get("layer1_reverse.W", np.zeros(1))[:] = 0
    bare, _ = stack(W, x, ws)
    first = below(ws)
    assert np.array_equal(bare, first)
    assert not np.allclose(y, first)


def test_a_state_given_is_the_state_of_the_cell_and_not_of_its_residual() -> None:
    W, ws, x = example(sizes_of(residual=True))
    y, _ = stack(W, x, ws)
    assert np.array_equal(ws.ends[1][0], ws.layers[1].cells[0].h[-1])
    np.testing.assert_allclose(y[-1] - below(ws)[-1], ws.ends[1][0], rtol=0, atol=1e-14)


@pytest.mark.parametrize("cell", CELLS)
def test_a_window_in_two_pieces_is_the_window(cell: str) -> None:
    s = sizes_of(cell=cell, residual=True)
    W, ws, x = example(s)
    y = stack(W, x, ws)[0].copy()
    gradient = Parameters({name: view.shape for name, view in W.views.items()}, np.float64)
    first, second = StackWorkspace(s, 2, B, gradient), StackWorkspace(s, T - 2, B, gradient)
    pieces = [stack(W, x[:2], first)[0].copy(), stack(W, x[2:], second, first.ends)[0]]
    np.testing.assert_allclose(np.concatenate(pieces), y, rtol=0, atol=1e-13)


def test_last_is_what_each_direction_says_after_reading_everything() -> None:
    y = np.arange(12.0).reshape(3, 4, 1)  # y[t, feature] = 4 t + feature
    assert last_output(y, bidirectional=False).ravel().tolist() == [8, 9, 10, 11]
    assert last_output(y, bidirectional=True).ravel().tolist() == [8, 9, 2, 3]


def test_the_gradient_of_last_goes_where_last_came_from() -> None:
    dlast, dy = np.array([[1.0], [2], [3], [4]]), np.ones((3, 4, 1))
    one, both = (add_to_last(dy, dlast, bidirectional=way)[..., 0].tolist() for way in (False, True))
    assert one == [[1, 1, 1, 1], [1, 1, 1, 1], [2, 3, 4, 5]]
    assert both == [[1, 1, 4, 5], [1, 1, 1, 1], [2, 3, 1, 1]]
    assert add_to_last(dlast, dlast, bidirectional=True).ravel().tolist() == [2, 4, 6, 8]
    assert dy.min() == dy.max() == 1  # what was given is left as it was
