"""Reading both ways: each direction is the cell on its own, and nothing but the window is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.nn.architecture import Architecture, initial_parameters
from forecaster.nn.bidirectional import BidirectionalWorkspace, bidirectional
from forecaster.nn.layer import CELLS, last_output
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.parameters import Parameters

if TYPE_CHECKING:
    from forecaster.nn.parameters import Array

T, B, I, H = 5, 3, 2, 4


def example(cell: str) -> tuple[tuple[Parameters, Parameters], Array]:
    """Return random parameters of both directions, and inputs."""
    rng = np.random.default_rng(0)
    W = tuple(Parameters(CELLS[cell].shapes(I, H), np.float64) for _ in range(2))
    for each in W:
        each.vector[:] = rng.normal(0, 0.5, each.vector.shape)
    return W, rng.normal(size=(T, I, B))


def workspace(cell: str) -> BidirectionalWorkspace:
    gradients = (Parameters(CELLS[cell].shapes(I, H), np.float64).views for _ in range(2))
    return BidirectionalWorkspace(*(CELLS[cell].workspace(T, B, dW) for dW in gradients))


@pytest.mark.parametrize("cell", CELLS)
def test_each_half_is_the_cell_on_the_window_or_on_the_window_turned_round(cell: str) -> None:
    W, x = example(cell)
    ws, alone = workspace(cell), workspace(cell)
    y, _ = bidirectional(CELLS[cell].forward, (W[0].views, W[1].views), x, ws)
    forward, _ = CELLS[cell].forward(W[0].views, x, alone.forward)
    reverse, _ = CELLS[cell].forward(W[1].views, x[::-1], alone.reverse)
    assert np.array_equal(y, np.concatenate([forward, reverse[::-1]], axis=1))
    assert np.array_equal(last_output(y, bidirectional=True), np.concatenate([forward[-1], reverse[-1]]))
    assert len(ws.end) == (2 if cell == "lstm" else 1)
    for both, *one in zip(ws.end, alone.forward.end, alone.reverse.end, strict=True):
        assert np.array_equal(both, np.concatenate(one))


@pytest.mark.parametrize("cell", CELLS)
def test_a_window_turned_round_exchanges_the_directions(cell: str) -> None:
    W, x = example(cell)
    ws = workspace(cell)
    y = bidirectional(CELLS[cell].forward, (W[0].views, W[1].views), x, ws)[0].copy()
    turned, _ = bidirectional(CELLS[cell].forward, (W[1].views, W[0].views), x[::-1], ws)
    assert np.array_equal(turned[::-1, H:], y[:, :H])
    assert np.array_equal(turned[::-1, :H], y[:, H:])


def test_the_last_outputs_say_little_of_the_reverse_direction_and_the_state_says_all() -> None:
    W, x = example("gru")
    ws = workspace("gru")
    changed = x.copy()
    changed[0] += 1
    before, after = (
        bidirectional(CELLS["gru"].forward, (W[0].views, W[1].views), each, ws)[0].copy() for each in (x, changed)
    )
    assert np.array_equal(before[-1, H:], after[-1, H:])  # there the reverse direction has only begun
    assert not np.isclose(last_output(before, bidirectional=True), last_output(after, bidirectional=True)).any()


@pytest.mark.parametrize("arch", ["many-to-one", "encoder-decoder"])
def test_the_forecast_sees_the_whole_window_and_nothing_else(arch: str) -> None:
    a = Architecture(inputs=1, steps=T, outputs=2, hidden=H, layers=2, bidirectional=True, skip=False, arch=arch)
    W = initial_parameters(a, np.random.default_rng(0), np.float64)
    W["head.W"][:] = 1
    series = np.random.default_rng(1).normal(size=T + 3)

    def forecast() -> Array:
        return network(W, series[:T, None, None], NetworkWorkspace(a, 1, np.float64))[0]

    before = forecast()
    series[T:] += 100  # the future
    assert np.array_equal(forecast(), before)
    for t in range(T):
        series[t] += 0.1
        assert not np.array_equal(forecast(), before)
        series[t] -= 0.1
