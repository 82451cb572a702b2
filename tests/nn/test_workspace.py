"""A backward pass that comes too late is an error and not a wrong gradient."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.nn import dense, gru, lstm, rnn
from forecaster.nn.network import Architecture, NetworkWorkspace, initial_parameters, network
from forecaster.nn.parameters import Parameters
from forecaster.nn.workspace import Workspace

LAYERS = {
    "rnn": (rnn.shapes, rnn.RNNWorkspace, rnn.rnn),
    "gru": (gru.shapes, gru.GRUWorkspace, gru.gru),
    "lstm": (lstm.shapes, lstm.LSTMWorkspace, lstm.lstm),
    "dense": (dense.shapes, dense.DenseWorkspace, dense.dense),
}
MISUSE = "^backprop was called twice, or after another forward on the same workspace$"


def test_a_claim_is_good_once() -> None:
    ws = Workspace()
    use = ws.begin()
    ws.claim(use)
    with pytest.raises(RuntimeError, match=MISUSE):
        ws.claim(use)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_notices_misuse(name: str) -> None:
    shapes, workspace, run = LAYERS[name]
    W, dW = Parameters(shapes(2, 3)), Parameters(shapes(2, 3))
    ws = workspace(4, 5, dW.views)
    x, dh = np.ones((4, 2, 5), np.float32), np.ones((4, 3, 5), np.float32)
    _, backprop = run(W.views, x, ws)
    backprop(dh)
    with pytest.raises(RuntimeError, match=MISUSE):
        backprop(dh)
    _, stale = run(W.views, x, ws)
    _, backprop = run(W.views, x, ws)
    with pytest.raises(RuntimeError, match=MISUSE):
        stale(dh)
    backprop(dh)  # the refused call took nothing from the valid one


def test_the_network_notices_misuse() -> None:
    architecture = Architecture(inputs=1, steps=3, outputs=2, hidden=2)
    W = initial_parameters(architecture, np.random.default_rng(0))
    ws = NetworkWorkspace(architecture, 4)
    x, dy = np.ones((3, 1, 4), np.float32), np.ones((2, 4), np.float32)
    _, stale = network(W, x, ws)
    _, backprop = network(W, x, ws)
    with pytest.raises(RuntimeError, match=MISUSE):
        stale(dy)
    backprop(dy)
    with pytest.raises(RuntimeError, match=MISUSE):
        backprop(dy)


def test_two_workspaces_do_not_disturb_each_other() -> None:
    architecture = Architecture(inputs=1, steps=3, outputs=2, hidden=2)
    W = initial_parameters(architecture, np.random.default_rng(0))
    W.vector += 0.1
    one, other = NetworkWorkspace(architecture, 4), NetworkWorkspace(architecture, 4)
    x, dy = np.ones((3, 1, 4), np.float32), np.ones((2, 4), np.float32)
    network(W, x, other)[1](dy)
    _, backprop = network(W, x, one)
    network(W, 3 * x, other)
    backprop(dy)
    assert np.array_equal(one.gradient.vector, other.gradient.vector)
    assert one.gradient.vector.any()
