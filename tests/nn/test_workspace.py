"""A backward pass that comes too late is an error and not a wrong gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.nn import dense, gru, lstm, rnn
from forecaster.nn.architecture import Architecture, initial_parameters
from forecaster.nn.bidirectional import bidirectional
from forecaster.nn.continuous_time import observe
from forecaster.nn.decoder import decode
from forecaster.nn.layer import layer
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.parameters import Parameters
from forecaster.nn.stack import stack
from forecaster.nn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

LAYERS = {
    "rnn": (rnn.shapes, rnn.RNNWorkspace, rnn.rnn),
    "gru": (gru.shapes, gru.GRUWorkspace, gru.gru),
    "lstm": (lstm.shapes, lstm.LSTMWorkspace, lstm.lstm),
    "dense": (dense.shapes, dense.DenseWorkspace, dense.dense),
}
NETWORKS: dict[str, dict[str, Any]] = {
    "many-to-one": {},
    "bidirectional": {"bidirectional": True, "layers": 2},
    "many-to-many": {"arch": "many-to-many", "layers": 2, "residual": True},
    "encoder-decoder": {"arch": "encoder-decoder", "layers": 2},
    "one-to-many": {"arch": "one-to-many", "steps": 1},
    "one-to-one": {"arch": "one-to-one", "steps": 1},
    "irregular": {"irregular": True, "layers": 2},
}


def parts() -> dict[str, tuple[tuple[int, ...], Callable[[], Any]]]:
    """Return the parts of networks: the shape of the gradient that each takes, and a call of it."""
    both = Architecture(inputs=2, steps=3, outputs=2, hidden=2, bidirectional=True)
    decoding = Architecture(inputs=2, steps=3, outputs=2, hidden=2, arch="encoder-decoder")
    unequal = Architecture(inputs=2, steps=3, outputs=2, hidden=2, irregular=True)
    W, ws = {}, {}
    for a in (both, decoding, unequal):
        W[a], ws[a] = initial_parameters(a, np.random.default_rng(0)), NetworkWorkspace(a, 4)
    x, memory = np.ones((3, 2, 4), np.float32), ws[both].encoder.layers[0]
    ways = W[both].part("layer0"), W[both].part("layer0_reverse")
    start = [(np.ones((2, 4), np.float32),)]
    return {
        "both ways": ((3, 4, 4), lambda: bidirectional(gru.gru, ways, x, memory.both)),
        "layer": ((3, 4, 4), lambda: layer(W[both], x, memory)),
        "stack": ((3, 4, 4), lambda: stack(W[both], x, ws[both].encoder)),
        "decoder": ((2, 4), lambda: decode(W[decoding], start, 0.0, ws[decoding].decoder)),
        "unequal steps": ((2, 4), lambda: observe(W[unequal], x, ws[unequal].observer)),
    }


PARTS = parts()
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


@pytest.mark.parametrize("sizes", NETWORKS.values(), ids=NETWORKS)
def test_a_network_notices_misuse(sizes: dict[str, Any]) -> None:
    architecture = Architecture(**{"inputs": 2, "steps": 3, "outputs": 2, "hidden": 2} | sizes)
    W = initial_parameters(architecture, np.random.default_rng(0))
    W.vector += 0.1
    ws = NetworkWorkspace(architecture, 4)
    x, dy = np.ones(ws.inputs.window.shape, np.float32), np.ones(ws.output_shape, np.float32)
    _, stale = network(W, x, ws)
    _, backprop = network(W, x, ws)
    with pytest.raises(RuntimeError, match=MISUSE):
        stale(dy)
    backprop(dy)
    kept = ws.gradient.vector.copy()
    with pytest.raises(RuntimeError, match=MISUSE):
        backprop(dy)
    assert kept.any()
    assert np.array_equal(ws.gradient.vector, kept)  # the refused call did not touch it


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_network_notices_misuse(part: str) -> None:
    shape, run = PARTS[part]
    dy = np.ones(shape, np.float32)
    _, backprop = run()
    backprop(dy)
    with pytest.raises(RuntimeError, match=MISUSE):
        backprop(dy)
    _, stale = run()
    _, backprop = run()
    with pytest.raises(RuntimeError, match=MISUSE):
        stale(dy)
    backprop(dy)  # the refused call took nothing from the valid one


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
