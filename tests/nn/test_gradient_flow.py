"""How far back a network learns, held to gradients that are measured without backpropagation."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.nn.architecture import Architecture, initial_parameters, shapes
from forecaster.nn.gradient_flow import BATCH, flows
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.parameters import Parameters

if TYPE_CHECKING:
    from types import ModuleType

    from forecaster.nn.network import NetworkInputs
    from forecaster.nn.parameters import Array

T, S, O, H, B = 4, 2, 3, 3, 5
SMALL = Architecture(S, T, O, H)
CELLS = {"rnn": {"cell": "rnn"}, "relu": {"cell": "rnn", "activation": "relu"}, "gru": {}, "lstm": {"cell": "lstm"}}
KINDS = {
    "many-to-one": {},
    "two layers": {"layers": 2, "residual": True, "dropout": 0.5},
    "both ways": {"layers": 2, "bidirectional": True},
    "many-to-many": {"arch": "many-to-many"},
    "encoder-decoder": {"arch": "encoder-decoder", "layers": 2},
    "embedding": {"embedding": 4},
    "one-to-many": {"arch": "one-to-many", "steps": 1},
    "unequal": {"irregular": True, "layers": 2},
}


class Example:
    """Random windows with targets and moments."""

    def __init__(self, a: Architecture, count: int = B) -> None:
        rng = np.random.default_rng(4)
        self.x = rng.normal(size=(a.steps, a.inputs, count))
        if a.irregular:
            self.x[:, -1] = rng.exponential(size=(a.steps, count))
        self.y = 3 * rng.normal(size=(a.outputs, count))
        self.moments = rng.exponential(size=(a.outputs, count))

    def __len__(self) -> int:
        return self.x.shape[-1]

    def inputs(self, chosen: Array, inputs: NetworkInputs) -> None:
        inputs.window[:] = self.x[..., chosen]
        if inputs.lead_times is not None:
            inputs.lead_times[:] = self.moments[:, chosen]

    def targets(self, chosen: Array, y: Array) -> None:
        y[:] = self.y[..., chosen]


def random(a: Architecture) -> Parameters:
    W = Parameters(shapes(a), np.float64)
    W.vector[:] = np.random.default_rng(1).normal(0, 0.6, W.vector.shape)
    return W


class Pushed:
    """The plain cells, with a little added to h and c of each step of those that read the window."""

    def __init__(self, cells: ModuleType, a: Architecture, count: int) -> None:
        self.cells, self.calls = cells, 0
        self.push = np.zeros((2, a.steps * a.layers * (1 + a.bidirectional), count, a.hidden))

    def __getattr__(self, name: str) -> Any:
        def step(W: Any, x: Array, state: Any) -> Any:
            (h, *memory), kept = getattr(self.cells, name)(W, x, state)
            if self.calls < self.push.shape[1]:
                more_h, more_c = self.push[:, self.calls]
                if memory:
                    memory, o = [memory[0] + more_c], kept[5]
                    h = o * np.tanh(memory[0])
                h = h + more_h
            self.calls += 1
            return (h, *memory), kept

        return step


def measured(modules: SimpleNamespace, a: Architecture, W: Parameters, source: Example, *, targets: bool) -> Array:
    """Return the norms of dL/dh and dL/dc, (2, layers x directions, lags), by central differences over every entry."""
    cells = Pushed(modules.plain, a, len(source))
    x = source.x.swapaxes(1, 2)

    def loss() -> Array:
        cells.calls = 0
        y = modules.plain_networks.network(cells, a, W, x, training=None, lead_times=source.moments.T)
        last = y[-1] if a.every_step else y
        return np.abs(last - source.y.T).mean() if targets else -last.mean()

    push = cells.push if a.cell == "lstm" else cells.push[:1]  # other cells have no c
    norms = np.zeros(cells.push.shape[:2])
    norms[: len(push)] = np.linalg.norm(modules.gradients.differences(loss, push, np.ones(())), axis=(2, 3))
    if a.irregular:
        return norms.reshape(2, a.steps, a.layers).swapaxes(1, 2)[..., ::-1]
    return norms.reshape(2, -1, a.steps)[..., ::-1]


@pytest.fixture
def modules(plain: ModuleType, plain_networks: ModuleType, gradients: ModuleType) -> SimpleNamespace:
    return SimpleNamespace(plain=plain, plain_networks=plain_networks, gradients=gradients)


@pytest.mark.sampled("many-to-one-*-True", "many-to-one-lstm-False", "two layers-lstm-True", "*-gru-True")
@pytest.mark.parametrize("targets", [True, False])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_norms_are_those_of_central_differences(
    modules: SimpleNamespace, kind: str, cell: str, *, targets: bool
) -> None:
    a = replace(SMALL, **{**CELLS[cell], **KINDS[kind]})
    W, source = random(a), Example(a, 3)
    found = flows(a, W, source, targets=targets)
    expected, memory = measured(modules, a, W, source, targets=targets)
    assert [(flow.layer, flow.reverse) for flow in found] == [
        (n + 1, reverse) for n in range(a.layers) for reverse in [False, True][: 1 + a.bidirectional]
    ]
    assert expected.max() > 1e-3
    for flow, norms, norms_of_c in zip(found, expected, memory, strict=True):
        np.testing.assert_allclose(flow.norms, norms, rtol=1e-6, atol=1e-9)
        if cell == "lstm":
            np.testing.assert_allclose(flow.memory, norms_of_c, rtol=1e-6, atol=1e-9)
        else:
            assert flow.memory is None


@pytest.mark.slow
def test_batches_are_joined_and_a_rest_that_fills_none_is_left_out(modules: SimpleNamespace) -> None:
    a = replace(SMALL, cell="rnn")
    W, source, parts = random(a), Example(a, 2 * BATCH + 7), []
    (flow,) = flows(a, W, source, targets=True)
    for chosen in (np.arange(BATCH), np.arange(BATCH, 2 * BATCH)):
        part = Example(a, BATCH)
        part.x[:] = source.x[..., chosen]
        source.targets(chosen, part.y)
        parts.append(measured(modules, a, W, part, targets=True)[0, 0])
    np.testing.assert_allclose(flow.norms, np.linalg.norm(parts, axis=0), rtol=1e-6, atol=1e-9)


def test_neither_the_weights_nor_what_the_network_says_is_changed() -> None:
    W, source = random(SMALL), Example(SMALL)
    before, ws = W.vector.copy(), NetworkWorkspace(SMALL, B, np.float64)
    y = network(W, source.x, ws)[0].copy()
    flows(SMALL, W, source, targets=True)
    assert np.array_equal(W.vector, before)
    assert np.array_equal(network(W, source.x, ws)[0], y)


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_a_gradient_shrinks_and_grows_with_the_power_of_the_spectral_radius(factor: float) -> None:
    a = Architecture(1, 12, 1, 2, cell="rnn", activation="relu", skip=False)
    W = Parameters(shapes(a), np.float64)
    W["layer0.W"][:, :2] = factor * np.eye(2)
    W["layer0.W"][:, 2] = 1  # always active, so that relu is the identity
    W["head.W"][:] = 1
    source = Example(a)
    source.x[:] = 0
    (flow,) = flows(a, W, source, targets=False)
    assert flow.radius == pytest.approx(factor)
    np.testing.assert_allclose(flow.norms / flow.norms[0], factor ** np.arange(12), rtol=1e-12)


TURN = np.array([[0.0, -0.7, 0], [0.7, 0, 0], [0, 0, -0.5]])
"""Eigenvalues +-0.7i and -0.5: the radius is neither the largest entry of a diagonal nor real."""


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_spectral_radius_is_that_of_the_recurrent_weights_of_the_candidate(cell: str) -> None:
    a = replace(SMALL, cell=cell, layers=2, bidirectional=True)
    W = random(a)
    parts = ["layer0", "layer0_reverse", "layer1", "layer1_reverse"]
    for n, part in enumerate(parts):
        W[f"{part}.W"][-H:, :H] = TURN * (n + 1)
    found = flows(a, W, Example(a), targets=True)
    np.testing.assert_allclose([flow.radius for flow in found], [0.7, 1.4, 2.1, 2.8], rtol=1e-12)


@pytest.mark.parametrize("irregular", [False, True])
def test_units_that_are_never_active_are_dead(*, irregular: bool) -> None:
    a = replace(SMALL, cell="rnn", activation="relu", hidden=4, irregular=irregular)
    W, source = initial_parameters(a, np.random.default_rng(0), np.float64), Example(a)
    W["layer0.W"][:, 4] = [-100, 100, -100, -100]
    (flow,) = flows(a, W, source, targets=True)
    assert flow.dead == 0.75
    assert flow.saturation == {}, "relu is flat at 0 alone"
    W["layer0.W"][:] = 0
    W["layer0.W"][3, -2] = 1
    source.x[:, 0] = -1
    source.x[1, 0, 3] = 1  # active in one step of one window
    (flow,) = flows(a, W, source, targets=True)
    assert flow.dead == 0.75


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_only_relu_has_dead_units(cell: str) -> None:
    a = replace(SMALL, cell=cell)
    assert flows(a, random(a), Example(a), targets=True)[0].dead is None


SATURATED = {
    "rnn": (["state"], [[9, 0, 0]], [1 / 3]),
    "gru": (["reset", "update"], [[9, -9, 0], [0, 0, -9], [9, 9, 9]], [2 / 3, 1 / 3]),
    "lstm": (["input", "forget", "output"], [[0, 0, 0], [9, 9, -9], [0, -9, 0], [9, 9, 9]], [0, 1, 1 / 3]),
}
"""Names of the gates, the biases of all rows of the weights, and the shares of flat gates that they make."""


@pytest.mark.parametrize("irregular", [False, True])
@pytest.mark.parametrize("cell", SATURATED)
def test_saturation_is_the_share_of_flat_gates(cell: str, *, irregular: bool) -> None:
    a = replace(SMALL, cell=cell, irregular=irregular)
    names, biases, shares = SATURATED[cell]
    W = random(a)
    W["layer0.W"][:] = 0
    W["layer0.W"][:, H] = np.ravel(biases)
    (flow,) = flows(a, W, Example(a), targets=True)
    assert list(flow.saturation) == names
    np.testing.assert_allclose(list(flow.saturation.values()), shares, rtol=1e-12)
