"""Backpropagation equals central differences over every weight and every input, in float64."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.nn import network
from forecaster.nn.architecture import Architecture, initial_parameters, shapes
from forecaster.nn.losses import absolute, cross_entropy, median_and_quantiles, pinball, squared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SEEDS, FEW_SEEDS = range(20), range(5)
PARTS = {"five seeds": range(5), "more seeds": range(5, 20)}
"""All seeds, in two parts: the first is tried by default."""
TOLERANCE = 1e-7

LAYERS = {
    "rnn tanh": ("rnn", False),
    "rnn relu": ("rnn", True),
    "gru": ("gru", False),
    "lstm": ("lstm", False),
    "dense": ("dense", False),
    "dense relu": ("dense", True),
}
SIZES = {
    "several steps": (4, 3, 2, 3),
    "one step": (1, 2, 2, 3),
    "one sequence": (3, 1, 2, 3),
    "one unit": (3, 2, 1, 1),
}
"""T, B, I, H."""

CELLS = {"rnn tanh": ("rnn", "tanh"), "rnn relu": ("rnn", "relu"), "gru": ("gru", "tanh"), "lstm": ("lstm", "tanh")}
NETWORKS = {
    "plain": {"skip": False},
    "skip": {},
    "two layers": {"layers": 2, "skip": False},
    "two layers, skip, embedding": {"layers": 2, "embedding": 3},
    "embedding": {"embedding": 3, "skip": False},
    "one step": {"steps": 1, "layers": 2, "embedding": 2},
    "residual": {"inputs": 2, "hidden": 2, "layers": 3, "residual": True},
    "bidirectional": {"bidirectional": True},
    "bidirectional, three layers, residual": {"bidirectional": True, "layers": 3, "residual": True, "skip": False},
    "many-to-many": {"arch": "many-to-many"},
    "many-to-many, two layers, residual, embedding": {
        "arch": "many-to-many",
        "layers": 2,
        "residual": True,
        "embedding": 2,
    },
    "encoder-decoder": {"arch": "encoder-decoder", "outputs": 3},
    "encoder-decoder, two layers, residual": {
        "arch": "encoder-decoder",
        "layers": 2,
        "residual": True,
        "embedding": 2,
        "skip": False,
    },
    "encoder-decoder, bidirectional, two layers": {"arch": "encoder-decoder", "layers": 2, "bidirectional": True},
    "one-to-many": {"arch": "one-to-many", "steps": 1, "outputs": 3},
    "one-to-many, two layers": {"arch": "one-to-many", "steps": 1, "layers": 2},
    "one-to-one": {"arch": "one-to-one", "steps": 1},
    "quantiles": {"outputs": 6, "quantiles": 3},
    "dense layer before the outputs, skip, embedding, two layers": {"head": 3, "embedding": 2, "layers": 2},
    "quantiles, dense layer before the outputs, embedding, both ways": {
        "outputs": 4,
        "quantiles": 2,
        "head": 3,
        "embedding": 2,
        "bidirectional": True,
    },
    "quantiles, dense layer before the outputs, no skip": {"outputs": 4, "quantiles": 2, "head": 3, "skip": False},
    "irregular": {"irregular": True, "outputs": 3},
    "irregular, two layers, residual": {"irregular": True, "layers": 2, "residual": True, "skip": False},
}


def worst(errors: Iterator[Iterator[tuple[str, float]]]) -> dict[str, float]:
    """Return the largest error of each block over all seeds."""
    found: dict[str, float] = {}
    for each in errors:
        found = {name: max(error, found.get(name, 0.0)) for name, error in each}
    return found


@pytest.mark.sampled("*-five seeds")
@pytest.mark.parametrize("seeds", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize(("name", "relu"), LAYERS.values(), ids=LAYERS)
def test_a_layer_with_a_gradient_at_every_step(
    gradients: ModuleType, name: str, relu: bool, sizes: tuple[int, ...], seeds: range
) -> None:
    module = import_module(f"forecaster.nn.{name}")
    found = worst(gradients.layer_errors(module, name, *sizes, seed, relu=relu) for seed in seeds)
    assert {"W", "x"} <= set(found)
    assert max(found.values()) <= TOLERANCE, found


@pytest.mark.sampled("*-five seeds")
@pytest.mark.parametrize("seeds", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize(("name", "relu"), list(LAYERS.values())[:4], ids=list(LAYERS)[:4])
def test_a_cell_with_a_gradient_at_the_last_step(gradients: ModuleType, name: str, relu: bool, seeds: range) -> None:
    module = import_module(f"forecaster.nn.{name}")
    found = worst(gradients.layer_errors(module, name, 4, 3, 2, 3, seed, relu=relu, last=True) for seed in seeds)
    assert max(found.values()) <= TOLERANCE, found


@pytest.mark.sampled("*-five seeds")
@pytest.mark.parametrize("seeds", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("relu", [False, True])
def test_a_dense_layer_with_dropout(gradients: ModuleType, relu: bool, sizes: tuple[int, ...], seeds: range) -> None:
    dense = import_module("forecaster.nn.dense")
    found = worst(gradients.layer_errors(dense, "dense", *sizes, seed, relu=relu, dropout=0.4) for seed in seeds)
    assert set(found) == {"W", "x"}
    assert max(found.values()) <= TOLERANCE, found


@pytest.mark.sampled(
    "*-plain-1",
    "gru-two layers-2",
    "gru-irregular, two*-1",
    "lstm-bidirectional-1",
    "rnn tanh-two layers, skip*-1",
    "rnn tanh-many-to-many, two*-1",
    "rnn tanh-encoder-decoder, two*-1",
    "rnn tanh-one-to-many, two*-1",
    "rnn tanh-dense*-1",
    slow=("gru-*-2",),
)
@pytest.mark.parametrize("B", [1, 2])
@pytest.mark.parametrize("sizes", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize(("cell", "activation"), CELLS.values(), ids=CELLS)
def test_a_network(gradients: ModuleType, cell: str, activation: str, sizes: dict[str, int], B: int) -> None:
    asked = {"inputs": 2, "steps": 3, "outputs": 2, "hidden": 2} | sizes
    architecture = Architecture(cell=cell, activation=activation, **asked)
    found = worst(gradients.network_errors(network, architecture, B, seed) for seed in FEW_SEEDS)
    assert set(found) == {*shapes(architecture), "x"}
    assert max(found.values()) <= TOLERANCE, found


TRAININGS = {
    "dropout": {"layers": 3, "dropout": 0.4},
    "dropout, embedding, both ways": {"layers": 2, "dropout": 0.4, "embedding": 3, "bidirectional": True},
    "dropout, many-to-many": {"layers": 2, "dropout": 0.4, "arch": "many-to-many", "residual": True},
    "dropout before and behind one layer": {"dropout": 0.4, "embedding": 3, "head": 3},
    "dropout, quantiles, all dense layers": {
        "layers": 2,
        "dropout": 0.4,
        "embedding": 3,
        "head": 3,
        "outputs": 4,
        "quantiles": 2,
    },
    "teacher forcing": {"arch": "encoder-decoder", "outputs": 4},
    "teacher forcing, dropout": {"arch": "encoder-decoder", "outputs": 3, "layers": 2, "dropout": 0.4},
}


@pytest.mark.sampled(
    "lstm-dropout b*-0.5",
    "rnn tanh-dropout-*0.5",
    "rnn tanh-dropout, m*-0.5",
    "rnn tanh-dropout, quantiles*-0.5",
    "rnn tanh-teacher forcing-0.5",
    slow=("gru-*-0.5",),
)
@pytest.mark.parametrize("forced", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("sizes", TRAININGS.values(), ids=TRAININGS)
@pytest.mark.parametrize(("cell", "activation"), CELLS.values(), ids=CELLS)
def test_a_network_in_training(
    gradients: ModuleType, cell: str, activation: str, sizes: dict[str, int], forced: float
) -> None:
    asked = {"inputs": 2, "steps": 3, "outputs": 2, "hidden": 2} | sizes
    architecture = Architecture(cell=cell, activation=activation, **asked)
    found = worst(gradients.network_errors(network, architecture, 2, seed, forced) for seed in FEW_SEEDS)
    assert set(found) == {*shapes(architecture), "x"}
    assert max(found.values()) <= TOLERANCE, found


CONTEXTS = {
    "context": {"context": 3},
    "context, no skip, both ways, two layers": {"context": 1, "skip": False, "bidirectional": True, "layers": 2},
    "context, dense layer before the outputs": {"context": 3, "head": 3, "dropout": 0.4},
    "context, quantiles, everything": {
        "context": 3,
        "head": 3,
        "outputs": 4,
        "quantiles": 2,
        "embedding": 2,
        "dropout": 0.4,
        "residual": True,
        "layers": 2,
    },
}


@pytest.mark.sampled(
    "gru-context-*-five seeds",
    slow=(
        "gru-*-five seeds",
        "lstm-*-a forecast-five seeds",
    ),
)
@pytest.mark.parametrize("seeds", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("forced", [None, 0.0], ids=["a forecast", "training"])
@pytest.mark.parametrize("sizes", CONTEXTS.values(), ids=CONTEXTS)
@pytest.mark.parametrize(("cell", "activation"), CELLS.values(), ids=CELLS)
def test_a_network_with_context(
    gradients: ModuleType, cell: str, activation: str, sizes: dict[str, int], forced: float | None, *, seeds: range
) -> None:
    asked = {"inputs": 2, "steps": 3, "outputs": 2, "hidden": 2} | sizes
    architecture = Architecture(cell=cell, activation=activation, **asked)
    found = worst(gradients.network_errors(network, architecture, 1 + seed % 2, seed, forced) for seed in seeds)
    assert set(found) == {*shapes(architecture), "x", "context"}
    assert max(found.values()) <= TOLERANCE, found


@pytest.mark.parametrize("loss", [absolute, squared])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_loss(gradients: ModuleType, loss: object, weighted: bool) -> None:
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        forecast, target = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
        weight = rng.integers(0, 3, (3, 4)) + np.eye(3, 4) if weighted else None
        _, gradient = loss(forecast, target, weight)
        by_differences = gradients.differences(lambda: loss(forecast, target, weight)[0], forecast, 1.0)  # noqa: B023 - used at once
        assert gradients.block_error(gradient, by_differences) <= TOLERANCE


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4)], ids=["one answer", "an answer at every step"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_cross_entropy(gradients: ModuleType, weighted: bool, shape: tuple[int, ...]) -> None:
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        forecast, target = rng.normal(size=shape), rng.dirichlet(np.ones(3), (*shape[:-2], 4)).swapaxes(-1, -2)
        weight = rng.integers(0, 3, 4) + np.eye(1, 4)[0] if weighted else None
        _, gradient = cross_entropy(forecast, target, weight)
        by_differences = gradients.differences(lambda: cross_entropy(forecast, target, weight)[0], forecast, 1.0)  # noqa: B023 - used at once
        assert gradients.block_error(gradient, by_differences) <= TOLERANCE


@pytest.mark.parametrize("weighted", [False, True])
def test_the_pinball_loss(gradients: ModuleType, weighted: bool) -> None:
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        forecast, target = rng.normal(size=(3, 2, 4)), rng.normal(size=(2, 4))
        weight = rng.integers(0, 3, (2, 4)) + np.eye(2, 4) if weighted else None

        def value(forecast=forecast, target=target, weight=weight) -> float:  # noqa: ANN001 - the values of this seed
            return pinball(forecast, target, weight, quantiles=(0.1, 0.5, 0.9))[0]

        _, gradient = pinball(forecast, target, weight, quantiles=(0.1, 0.5, 0.9))
        assert gradients.block_error(gradient, gradients.differences(value, forecast, 1.0)) <= TOLERANCE


@pytest.mark.parametrize("weight", [None, np.array([1.0, 0.0, 3.0, 0.5]), np.array([[1.0], [4.0]])], ids=str)
def test_the_loss_of_median_and_quantiles(gradients: ModuleType, weight: np.ndarray | None) -> None:
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        forecast, target = rng.normal(size=(6, 4)), rng.normal(size=(2, 4))

        def value(forecast=forecast, target=target) -> float:  # noqa: ANN001 - the values of this seed
            return median_and_quantiles(forecast, target, weight, quantiles=(0.2, 0.5, 0.9))[0]

        _, gradient = median_and_quantiles(forecast, target, weight, quantiles=(0.2, 0.5, 0.9))
        assert gradients.block_error(gradient, gradients.differences(value, forecast, 1.0)) <= TOLERANCE


def test_a_skip_passes_the_gradient_on_and_its_absence_does_not() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 2, 4))
    for skip in (True, False):
        architecture = Architecture(inputs=2, steps=3, outputs=2, hidden=2, skip=skip)
        W = initial_parameters(architecture, rng, np.float64)
        W.views.get("skip.W", np.zeros(1))[:] = 1
        _, backprop = network.network(W, x, network.NetworkWorkspace(architecture, 4, np.float64, wants_dx=True))
        assert np.all(backprop(np.ones((2, 4))) == 2 * skip)  # the head is zero, so the skip alone passes it


def test_a_window_without_wants_dx_gets_no_gradient() -> None:
    architecture = Architecture(inputs=2, steps=3, outputs=2, hidden=2)
    W = initial_parameters(architecture, np.random.default_rng(0), np.float64)
    _, backprop = network.network(W, np.ones((3, 2, 4)), network.NetworkWorkspace(architecture, 4, np.float64))
    assert backprop(np.ones((2, 4))) is None
