"""The network joins its layers as its formula says; test_gradients.py holds its gradients to differences."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from forecaster.nn import gru
from forecaster.nn.network import (
    Architecture,
    NetworkWorkspace,
    initial_parameters,
    network,
    parameter_count,
    shapes,
)
from forecaster.nn.parameters import Parameters

SIZES = {"inputs": 2, "steps": 4, "outputs": 3, "hidden": 5}


def random_parameters(architecture: Architecture) -> Parameters:
    parameters = Parameters(shapes(architecture), np.float64)
    parameters.vector[:] = np.random.default_rng(0).normal(0, 0.5, parameters.vector.shape)
    return parameters


def test_the_answer_is_head_plus_skip_on_embedded_layers() -> None:
    architecture = Architecture(**SIZES, layers=2, embedding=3)
    W, x = random_parameters(architecture), np.random.default_rng(1).normal(size=(4, 2, 6))
    y, _ = network(W, x, NetworkWorkspace(architecture, 6, np.float64))
    h = np.maximum(W["embedding.W"][:, :2] @ x + W["embedding.W"][:, 2:], 0)
    for n in range(2):
        part = W.part(f"layer{n}")
        h, _ = gru.gru(part, h, gru.GRUWorkspace(4, 6, part))
    expected = W["head.W"][:, :5] @ h[-1] + W["head.W"][:, 5:] + W["skip.W"] @ x.reshape(8, 6)
    np.testing.assert_allclose(y, expected, rtol=1e-13)


@pytest.mark.parametrize(("cell", "count"), [("rnn", 5 * 8), ("gru", 15 * 8 + 5), ("lstm", 20 * 8)])
def test_parameter_count(cell: str, count: int) -> None:
    head, skip = 3 * 6, 3 * 4 * 2
    assert parameter_count(**SIZES, cell=cell) == count + head + skip
    assert parameter_count(**SIZES, cell=cell, skip=False) == count + head
    assert len(random_parameters(Architecture(**SIZES, cell=cell)).vector) == count + head + skip


@pytest.mark.parametrize("wrong", [{"cell": "elman"}, {"activation": "sine"}])
def test_unknown_names_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"^no cell '(elman|gru)' with activation '(tanh|sine)'$"):
        Architecture(**SIZES, **wrong)


def test_the_activation_reaches_the_rnn_cell() -> None:
    answers = []
    for activation in ("tanh", "relu"):
        architecture = Architecture(**SIZES, cell="rnn", activation=activation)
        W, x = random_parameters(architecture), np.ones((4, 2, 1))
        answers.append(network(W, x, NetworkWorkspace(architecture, 1, np.float64))[0])
    assert not np.allclose(*answers)


def test_every_array_is_single_precision_unless_asked() -> None:
    architecture = Architecture(**SIZES)
    parameters = initial_parameters(architecture, np.random.default_rng(0))
    ws = NetworkWorkspace(architecture, 6)
    y, backprop = network(parameters, ws.window, ws)
    backprop(np.ones_like(y))
    assert {array.dtype.name for array in (parameters.vector, ws.window, ws.gradient.vector, y)} == {"float32"}


def test_the_core_loads_numpy_alone() -> None:
    code = (
        "import sys, forecaster.nn, forecaster.nn.fit, forecaster.nn.network\n"
        "print(sorted({'pandas', 'joblib', 'typer', 'rich', 'utilsforecast', 'threadpoolctl'} & set(sys.modules)))\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\nTrue\n"
