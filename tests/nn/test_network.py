"""The network equals the plain one for every architecture; test_gradients.py holds its gradients to differences."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.nn.architecture import Architecture, initial_parameters, shapes
from forecaster.nn.decoder import TrainingContext
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.parameters import Parameters

if TYPE_CHECKING:
    from types import ModuleType

    from forecaster.nn.parameters import Array, Views

SIZES = {"inputs": 2, "steps": 4, "outputs": 3, "hidden": 5}


CELLS = {
    "rnn tanh": {"cell": "rnn"},
    "rnn relu": {"cell": "rnn", "activation": "relu"},
    "gru": {"cell": "gru"},
    "lstm": {"cell": "lstm"},
}
NETWORKS = {
    "many-to-one": {"skip": False},
    "many-to-one, everything": {"layers": 3, "embedding": 5, "residual": True, "dropout": 0.3},
    "many-to-one, bidirectional, everything": {
        "layers": 3,
        "embedding": 10,
        "residual": True,
        "dropout": 0.3,
        "bidirectional": True,
    },
    "bidirectional": {"layers": 2, "bidirectional": True},
    "many-to-many": {"arch": "many-to-many", "skip": False},
    "many-to-many, everything": {
        "arch": "many-to-many",
        "layers": 3,
        "embedding": 3,
        "residual": True,
        "dropout": 0.3,
    },
    "encoder-decoder": {"arch": "encoder-decoder", "skip": False},
    "encoder-decoder, everything": {
        "arch": "encoder-decoder",
        "layers": 2,
        "embedding": 3,
        "residual": True,
        "dropout": 0.3,
        "bidirectional": True,
    },
    "one-to-many": {"arch": "one-to-many", "steps": 1, "layers": 2, "embedding": 3, "dropout": 0.3},
    "one-to-one": {"arch": "one-to-one", "steps": 1, "layers": 2, "embedding": 3},
    "quantiles": {"outputs": 6, "quantiles": 3},
    "quantiles, everything": {
        "outputs": 6,
        "quantiles": 3,
        "head": 4,
        "layers": 2,
        "embedding": 5,
        "residual": True,
        "dropout": 0.3,
    },
    "dense layer before the outputs, bidirectional": {"head": 4, "dropout": 0.3, "bidirectional": True, "skip": False},
    "context": {"context": 3},
    "context, everything": {
        "context": 2,
        "outputs": 6,
        "quantiles": 3,
        "head": 4,
        "layers": 2,
        "embedding": 5,
        "dropout": 0.3,
        "bidirectional": True,
    },
    "irregular": {"irregular": True},
    "irregular, two layers, residual": {"irregular": True, "layers": 2, "residual": True, "skip": False},
}


def random_parameters(architecture: Architecture) -> Parameters:
    parameters = Parameters(shapes(architecture), np.float64)
    parameters.vector[:] = np.random.default_rng(0).normal(0, 0.5, parameters.vector.shape)
    return parameters


def example(a: Architecture, B: int) -> tuple[Array, Views, Array]:
    """Return windows, what else the workspace is given by name, and gradients of the answers."""
    rng = np.random.default_rng(1)
    x, beside = rng.normal(size=(a.steps, a.inputs, B)), {}
    if a.irregular:
        x[:, -1], beside["lead_times"] = rng.exponential(size=(a.steps, B)), rng.exponential(size=(a.outputs, B))
    if a.context:
        beside["context"] = rng.normal(size=(a.context, B))
    return x, beside, rng.normal(size=NetworkWorkspace(a, B).output_shape)


def workspace(a: Architecture, B: int, beside: Views) -> NetworkWorkspace:
    ws = NetworkWorkspace(a, B, np.float64, wants_dx=True)
    for name, array in beside.items():
        getattr(ws.inputs, name)[:] = array
    return ws


@pytest.mark.sampled("None-*", "0.5-gru-*", "0.5-lstm-*", slow=("0.5-*", "0.0-*", "1.0-*"))
@pytest.mark.parametrize("sizes", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
@pytest.mark.parametrize("forced", [None, 0.0, 0.5, 1.0])
def test_equals_the_plain_network(
    plain: ModuleType, plain_networks: ModuleType, cell: dict[str, str], sizes: dict[str, object], forced: float | None
) -> None:
    a = Architecture(**SIZES | cell | sizes)
    W = random_parameters(a)
    x, beside, target = example(a, 6)
    target[0, 0] = np.nan  # a truth that is not known is not fed

    def training() -> TrainingContext | None:
        return None if forced is None else TrainingContext(np.random.default_rng(2), target, forced)

    y, _ = network(W, x, workspace(a, 6, beside), training())
    turned = {name: array.T for name, array in beside.items()}
    expected = plain_networks.network(plain, a, W, x.transpose(0, 2, 1), training=training(), **turned)
    np.testing.assert_allclose(y, expected.swapaxes(-1, -2), rtol=1e-11, atol=1e-13)


@pytest.mark.sampled("gru-*", "lstm-*")
@pytest.mark.parametrize("sizes", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_sequential_equals_batched(cell: dict[str, str], sizes: dict[str, object]) -> None:
    a = Architecture(**SIZES | cell | sizes)
    W = random_parameters(a)
    x, beside, dy = example(a, 3)

    def run(chosen: slice) -> tuple[Array, Array, Array]:
        some = x[..., chosen]
        ws = workspace(a, some.shape[-1], {name: array[:, chosen] for name, array in beside.items()})
        y, backprop = network(W, some, ws)
        dx = backprop(dy[..., chosen])
        return y, dx, ws.gradient.vector

    alone = [run(slice(n, n + 1)) for n in range(3)]
    y, dx, gradient = run(slice(None))
    np.testing.assert_allclose(y, np.concatenate([one[0] for one in alone], axis=-1), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(dx, np.concatenate([one[1] for one in alone], axis=-1), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(gradient, sum(one[2] for one in alone), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("head", [0, 4])
def test_context_without_weight_changes_nothing(head: int) -> None:
    a, beside = Architecture(**SIZES, head=head), Architecture(**SIZES, head=head, context=2)
    W, W_beside = random_parameters(a), Parameters(shapes(beside), np.float64)
    read_by = "before_head.W" if head else "head.W"
    for name, view in W.views.items():
        W_beside[name][:] = np.insert(view, [5, 5], 0, axis=1) if name == read_by else view
    x, _, dy = example(a, 8)
    found = []
    for sizes, weights in ((a, W), (beside, W_beside)):
        ws = NetworkWorkspace(sizes, 8, np.float64, wants_dx=True)
        y, backprop = network(weights, x, ws)
        found.append([y.copy(), backprop(dy).copy(), ws.gradient["layer0.W"]])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def test_the_activation_reaches_the_rnn_cell() -> None:
    answers = []
    for activation in ("tanh", "relu"):
        architecture = Architecture(**SIZES, cell="rnn", activation=activation)
        W, x = random_parameters(architecture), np.ones((4, 2, 1))
        answers.append(network(W, x, NetworkWorkspace(architecture, 1, np.float64))[0])
    assert not np.allclose(*answers)


@pytest.mark.parametrize("sizes", NETWORKS.values(), ids=NETWORKS)
def test_every_array_is_single_precision_unless_asked(sizes: dict[str, object]) -> None:
    architecture = Architecture(**SIZES | sizes)
    parameters = initial_parameters(architecture, np.random.default_rng(0))
    ws = NetworkWorkspace(architecture, 6, wants_dx=True)
    target = np.ones(ws.output_shape)
    y, backprop = network(parameters, ws.inputs.window, ws, TrainingContext(np.random.default_rng(1), target, 0.5))
    dx = backprop(np.ones_like(y))
    found = (parameters.vector, ws.inputs.window, ws.gradient.vector, y, dx)
    assert {array.dtype.name for array in found} == {"float32"}


@pytest.mark.sampled("gru-*", "lstm-*")
@pytest.mark.parametrize("sizes", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_a_used_workspace_gives_the_same_bits_as_a_fresh_one(cell: dict[str, str], sizes: dict[str, object]) -> None:
    a = Architecture(**SIZES | cell | sizes)
    W = random_parameters(a)
    x, beside, dy = example(a, 3)
    used, fresh = workspace(a, 3, beside), workspace(a, 3, beside)
    network(W, -x[::-1], used, TrainingContext(np.random.default_rng(1), dy, 0.5))[1](dy[::-1])
    answers = []
    for ws in (used, fresh):
        y, backprop = network(W, x, ws)
        answers.append([y.copy(), backprop(dy).copy(), ws.gradient.vector])
    assert all(np.array_equal(one, other) for one, other in zip(*answers, strict=True))


def test_the_core_loads_numpy_alone() -> None:
    code = (
        "import sys, forecaster.nn, forecaster.nn.fit, forecaster.nn.network\n"
        "print(sorted({'pandas', 'joblib', 'typer', 'rich', 'utilsforecast', 'threadpoolctl'} & set(sys.modules)))\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\nTrue\n"
