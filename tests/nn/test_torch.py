"""The cells and AdamW agree with values stored from PyTorch; make_torch_values.py says how they were made."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.nn import gru, lstm, rnn
from forecaster.nn.optimiser import AdamW
from forecaster.nn.parameters import Parameters

if TYPE_CHECKING:
    from types import ModuleType

    from forecaster.nn.parameters import Array, Views

TOLERANCE = {"float32": 1e-6, "float64": 1e-10}
CELLS = {
    "rnn tanh": (rnn.shapes, rnn.RNNWorkspace, rnn.rnn),
    "rnn relu": (rnn.shapes, partial(rnn.RNNWorkspace, activation="relu"), rnn.rnn),
    "gru": (gru.shapes, gru.GRUWorkspace, gru.gru),
    "lstm": (lstm.shapes, lstm.LSTMWorkspace, lstm.lstm),
}
GATES = {"lstm": [0, 1, 3, 2]}
"""PyTorch stacks i, f, g, o; r, u (its z), n of the GRU stand in our order."""


@pytest.fixture(scope="module")
def stored() -> dict[str, Array]:
    with np.load(Path(__file__).parent / "data" / "torch_values.npz") as file:
        return dict(file)


def our_layout(cell: str, ours: Views, theirs: Views, *, gradients: bool) -> None:
    """Write PyTorch's weights of one layer, or their gradients, to our views.

    PyTorch has two biases for each gate. Where we have one, it is their sum, and its gradient is that of either.
    """
    H = theirs["weight_hh"].shape[1]
    b = theirs["bias_hh"] + (0 if gradients else theirs["bias_ih"])
    if cell == "gru":
        b[2 * H :] = theirs["bias_hh"][2 * H :]
        ours["b"][:, 0] = theirs["bias_ih"][2 * H :]
    rows = np.hstack([theirs["weight_hh"], b[:, None], theirs["weight_ih"]])
    blocks = rows.reshape(-1, H, rows.shape[1])
    ours["W"][:] = blocks[GATES.get(cell, slice(None))].reshape(rows.shape)


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_states_and_gradients(
    stored: dict[str, Array], gradients: ModuleType, cell: str, layers: int, precision: str
) -> None:
    prefix = f"{cell}/{layers}/{precision}/"
    theirs = {key.removeprefix(prefix): value for key, value in stored.items() if key.startswith(prefix)}
    shapes, workspace, run = CELLS[cell]
    T, B, H = theirs["dh"].shape
    h, way_back, errors = theirs["x"].transpose(0, 2, 1), [], {}
    for n in range(layers):
        W, dW, expected = (Parameters(shapes(h.shape[1], H), precision) for _ in range(3))
        layer = {key.removesuffix(f"_l{n}"): value for key, value in theirs.items() if key.endswith(f"_l{n}")}
        our_layout(cell, W.views, layer, gradients=False)
        slopes = {key.removeprefix("d_"): value for key, value in layer.items() if key.startswith("d_")}
        our_layout(cell, expected.views, slopes, gradients=True)
        h, backprop = run(W.views, h, workspace(T, B, dW.views, wants_dx=True))
        way_back.append((backprop, dW, expected))
    errors["h"] = gradients.block_error(h, theirs["h"].transpose(0, 2, 1))
    dh = theirs["dh"].transpose(0, 2, 1)
    for n, (backprop, dW, expected) in reversed(list(enumerate(way_back))):
        dh = backprop(dh)
        errors |= {f"{name} of layer {n}": gradients.block_error(dW[name], expected[name]) for name in dW.views}
    errors["x"] = gradients.block_error(dh, theirs["dx"].transpose(0, 2, 1))
    assert h.dtype == dh.dtype == precision
    assert len(errors) == 2 + layers * len(dW.views)
    assert max(errors.values()) <= TOLERANCE[precision], errors


def test_twenty_updates_with_adamw(stored: dict[str, Array]) -> None:
    vectors, slopes = stored["adamw/vectors"], stored["adamw/gradients"]
    vector = vectors[0].copy()
    optimiser = AdamW(vector, decay=0.1)
    assert len(slopes) == 20
    for gradient, expected in zip(slopes, vectors[1:], strict=True):
        optimiser.update(vector, gradient, 1e-2)
        np.testing.assert_allclose(vector, expected, rtol=0, atol=1e-13)
    assert np.abs(vectors[-1] - vectors[0]).min() > 1e-3
