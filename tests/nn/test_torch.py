"""Stacks, networks and AdamW agree with values stored from PyTorch; make_torch_values.py says how they were made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.nn.architecture import Architecture, shapes
from forecaster.nn.layer import Stack
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.optimiser import AdamW
from forecaster.nn.parameters import Parameters
from forecaster.nn.stack import StackWorkspace, stack, stack_shapes

if TYPE_CHECKING:
    from types import ModuleType

    from forecaster.nn.parameters import Array, Views
    from forecaster.nn.workspace import State

TOLERANCE = {"float32": 1e-6, "float64": 1e-10}
CELLS: dict[str, dict[str, Any]] = {
    "rnn tanh": {"cell": "rnn"},
    "rnn relu": {"cell": "rnn", "activation": "relu"},
    "gru": {"cell": "gru"},
    "lstm": {"cell": "lstm"},
}
LAYERS: dict[str, dict[str, Any]] = {
    f"{layers}{kind}": {"layers": layers, "bidirectional": kind == ", both ways"}
    for layers in (1, 2)
    for kind in ("", ", both ways", ", from a start")
}
NETWORKS: dict[str, dict[str, Any]] = {
    "many-to-one": {"layers": 2, "embedding": 4},
    "many-to-one, both ways, residual": {"layers": 3, "bidirectional": True, "residual": True},
    "many-to-one, context": {"context": 3},
    "many-to-one, context, dense layer before the outputs": {"context": 3, "head": 4},
    "many-to-many": {"layers": 2, "embedding": 4},
    "many-to-many, residual": {"layers": 3, "residual": True},
    "encoder-decoder": {},
    "encoder-decoder, two layers, residual": {"layers": 2, "residual": True},
    "encoder-decoder, two layers, both ways": {"layers": 2, "bidirectional": True},
    "one-to-many": {"layers": 2},
    "one-to-one": {"embedding": 4},
}
GATES = {"lstm": [0, 1, 3, 2]}
"""PyTorch stacks i, f, g, o; r, u (its z), n of the GRU stand in our order."""


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    """The arrays of AdamW, and for each precision the arrays of every case."""
    with np.load(Path(__file__).parent / "data" / "torch_values.npz") as file:
        found = dict(file)
    index = {name: tuple(shape) for name, shape in json.loads(str(found.pop("index"))).items()}
    for precision in TOLERANCE:
        vector, found[precision] = found[precision], Parameters(index, precision)
        found[precision].load(vector)
    return found


def our_cell(cell: str, ours: Views, theirs: Views, key: str) -> None:
    """Write PyTorch's weights of one layer and direction, or their gradients, which begin with d_, to our views.

    PyTorch has two biases for each gate. Where we have one, it is their sum, and its gradient is that of either.
    """
    U, V, of_state, of_input = (theirs[key.format(name)] for name in ("weight_hh", "weight_ih", "bias_hh", "bias_ih"))
    H = U.shape[1]
    b = of_state + (0 if key.startswith("d_") else of_input)
    if cell == "gru":
        b[2 * H :] = of_state[2 * H :]
        ours["b"][:, 0] = of_input[2 * H :]
    rows = np.hstack([U, b[:, None], V])
    blocks = rows.reshape(-1, H, rows.shape[1])
    ours["W"][:] = blocks[GATES.get(cell, slice(None))].reshape(rows.shape)


def our_stack(s: Stack, ours: Parameters, theirs: Views, key: str) -> None:
    """Write PyTorch's weights of all layers, or their gradients, to our views; `key` has a place for the layer."""
    for n in range(s.layers):
        for part, way in zip(s.parts(n), ("", "_reverse"), strict=False):
            our_cell(s.cell, ours.part(part), theirs, key.replace("#", str(n)) + way)


def batch_last(array: Array) -> Array:
    return array.swapaxes(-1, -2)


def our_states(theirs: Views, layers: int, *names: str) -> list[State]:
    """Return PyTorch's states, each (layers and directions, B, H), layer by layer, both directions in one array."""
    states = [np.split(theirs[name], layers) for name in names if name in theirs]
    return [tuple(np.vstack(batch_last(part)) for part in parts) for parts in zip(*states, strict=True)]


@pytest.mark.sampled("*-float64", "gru-*")
@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("case", LAYERS)
@pytest.mark.parametrize("cell", CELLS)
def test_layers(stored: dict[str, Any], gradients: ModuleType, cell: str, case: str, precision: str) -> None:
    theirs = stored[precision].part(f"{cell}, {case}")
    x, dy = batch_last(theirs["x"]), batch_last(theirs["d_y"])
    s = Stack("layer", x.shape[1], theirs["h_n"].shape[2], **CELLS[cell], **LAYERS[case])
    sizes = {f"{part}.{name}": shape for part, arrays in stack_shapes(s).items() for name, shape in arrays.items()}
    W, dW, expected = (Parameters(sizes, precision) for _ in range(3))
    our_stack(s, W, theirs, "{}_l#")
    our_stack(s, expected, theirs, "d_{}_l#")
    ws = StackWorkspace(s, len(x), x.shape[2], dW, wants_dx=True)
    starts = our_states(theirs, s.layers, "h_0", "c_0")
    y, backprop = stack(W, x, ws, starts or None)
    found = {"y": y.copy()} | numbered("end", ws.ends)
    found |= {"dx": backprop(dy, our_states(theirs, s.layers, "d_h_n", "d_c_n"))} | dW.views
    found |= numbered("dstart", ws.dstarts) if starts else {}
    right = {"y": batch_last(theirs["y"])} | numbered("end", our_states(theirs, s.layers, "h_n", "c_n"))
    right |= {"dx": batch_last(theirs["d_x"])} | expected.views
    right |= numbered("dstart", our_states(theirs, s.layers, "d_h_0", "d_c_0"))
    assert_equal(gradients, found, right, precision)


def numbered(name: str, states: list[State]) -> Views:
    """Return copies of all arrays of the states of layers, by name."""
    return {f"{name} {n} {part}": array.copy() for n, state in enumerate(states) for part, array in enumerate(state)}


def assert_equal(gradients: ModuleType, found: Views, right: Views, precision: str) -> None:
    assert found.keys() == right.keys()
    assert {array.dtype.name for array in found.values()} == {precision}
    errors = {name: gradients.block_error(array, right[name]) for name, array in found.items()}
    assert max(errors.values()) <= TOLERANCE[precision], errors


def our_network(a: Architecture, ours: Parameters, theirs: Views, d: str) -> None:
    """Write PyTorch's weights of a network, or their gradients for d = "d_", to our views."""
    for s in (a.encoder, a.decoder) if a.decodes else (a.encoder,):
        our_stack(s, ours, theirs, f"{d}{s.name}/#/{{}}_l0")
    for part in [part for part in ("embedding", "before_head", "head") if f"{part}.W" in ours.views]:
        ours[f"{part}.W"][:] = np.hstack([theirs[f"{d}{part}/weight"], theirs[f"{d}{part}/bias"][:, None]])
    ours["skip.W"][:] = theirs[f"{d}skip/weight"]


@pytest.mark.sampled("*-float64")
@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("cell", CELLS)
def test_networks(stored: dict[str, Any], gradients: ModuleType, cell: str, name: str, precision: str) -> None:
    theirs = stored[precision].part(f"{cell}, {name}")
    (steps, B, inputs), outputs = theirs["x"].shape, theirs["y"].shape[-1]
    a = Architecture(inputs, steps, outputs, hidden=2, arch=name.partition(",")[0], **CELLS[cell], **NETWORKS[name])
    W, expected = Parameters(shapes(a), precision), Parameters(shapes(a), precision)
    our_network(a, W, theirs, "")
    our_network(a, expected, theirs, "d_")
    ws = NetworkWorkspace(a, B, precision, wants_dx=True)
    if a.context:
        ws.inputs.context[:] = theirs["context"].T
    y, backprop = network(W, batch_last(theirs["x"]), ws)
    found = {"y": y.copy(), "dx": backprop(batch_last(theirs["d_y"]))} | ws.gradient.views
    right = {"y": batch_last(theirs["y"]), "dx": batch_last(theirs["d_x"])} | expected.views
    if a.context:
        found["dcontext"], right["dcontext"] = ws.dcontext, theirs["d_context"].T
    assert_equal(gradients, found, right, precision)


def test_every_stored_case_is_compared(stored: dict[str, Any]) -> None:
    compared = {f"{cell}, {case}" for cell in CELLS for case in [*LAYERS, *NETWORKS]}
    assert {name.split(".")[0] for name in stored["float64"].views} == compared


def test_twenty_updates_with_adamw(stored: dict[str, Any]) -> None:
    vectors, slopes = stored["adamw_vectors"], stored["adamw_gradients"]
    vector = vectors[0].copy()
    optimiser = AdamW(vector, decay=0.1)
    assert len(slopes) == 20
    for gradient, expected in zip(slopes, vectors[1:], strict=True):
        optimiser.update(vector, gradient, 1e-2)
        np.testing.assert_allclose(vector, expected, rtol=0, atol=1e-13)
    assert np.abs(vectors[-1] - vectors[0]).min() > 1e-3
