"""Starting values: orthogonal, Glorot, zero, and an LSTM that remembers."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.nn.architecture import Architecture, initial_parameters
from forecaster.nn.initialise import glorot, orthogonal

CELLS = {"rnn": 1, "gru": 3, "lstm": 4}
"""Blocks of rows."""


def parameters_of(cell: str, layers: int = 2, embedding: int = 3, seed: int = 0) -> tuple[Architecture, object]:
    architecture = Architecture(inputs=2, steps=4, outputs=3, hidden=5, layers=layers, cell=cell, embedding=embedding)
    return architecture, initial_parameters(architecture, np.random.default_rng(seed), np.float64)


@pytest.mark.parametrize("size", [1, 2, 16])
def test_orthogonal(size: int) -> None:
    q = orthogonal(size, np.random.default_rng(0))
    np.testing.assert_allclose(q.T @ q, np.eye(size), atol=1e-14)


def test_orthogonal_prefers_no_sign() -> None:
    rng = np.random.default_rng(0)
    corners = [orthogonal(3, rng)[0, 0] for _ in range(500)]
    assert abs(np.mean(corners)) < 0.1  # without the correction of signs the corner is negative every time


def test_glorot_fills_its_bounds() -> None:
    weights, limit = glorot(40, 20, np.random.default_rng(0)), np.sqrt(6 / 60)
    assert weights.shape == (40, 20)
    assert np.abs(weights).max() <= limit
    assert np.abs(weights).max() > 0.95 * limit
    assert weights.var() == pytest.approx(2 / 60, rel=0.1)


@pytest.mark.parametrize("cell", CELLS)
def test_each_gate_has_orthogonal_recurrent_and_glorot_input_weights(cell: str) -> None:
    architecture, parameters = parameters_of(cell)
    for layer, inputs in enumerate([architecture.embedding, architecture.hidden]):
        W = parameters[f"layer{layer}.W"]
        assert W.shape == (CELLS[cell] * 5, 5 + 1 + inputs)
        for rows in np.split(W, CELLS[cell]):
            np.testing.assert_allclose(rows[:, :5] @ rows[:, :5].T, np.eye(5), atol=1e-14)
            assert 0.3 < np.abs(rows[:, 6:]).max() / np.sqrt(6 / (5 + inputs)) <= 1
    W = parameters["embedding.W"]
    assert 0 < np.abs(W[:, :-1]).max() <= np.sqrt(6 / 5)
    assert not W[:, -1].any()


@pytest.mark.parametrize("cell", CELLS)
def test_biases_are_zero_but_for_the_forget_gate(cell: str) -> None:
    _, parameters = parameters_of(cell)
    for layer in range(2):
        bias = parameters[f"layer{layer}.W"][:, 5].copy()
        if cell == "lstm":
            assert np.array_equal(bias[5:10], np.ones(5))
            bias[5:10] = 0
        assert not bias.any()
        assert cell != "gru" or not parameters[f"layer{layer}.b"].any()


@pytest.mark.parametrize("cell", CELLS)
def test_every_direction_and_the_decoder_start_alike_and_apart(cell: str) -> None:
    sizes = {"inputs": 1, "steps": 4, "outputs": 3, "hidden": 4, "cell": cell, "arch": "encoder-decoder"}
    a = Architecture(**sizes, bidirectional=True)
    parameters = initial_parameters(a, np.random.default_rng(0), np.float64)
    assert not np.allclose(parameters["layer0.W"], parameters["layer0_reverse.W"])
    for part, H in (("layer0", 4), ("layer0_reverse", 4), ("decoder0", 8)):
        for n, rows in enumerate(np.split(parameters[f"{part}.W"], CELLS[cell])):
            np.testing.assert_allclose(rows[:, :H] @ rows[:, :H].T, np.eye(H), atol=1e-14)
            assert np.all(rows[:, H] == (cell == "lstm" and n == 1))


def test_unequal_steps_start_with_units_that_forget_slowly_and_fast() -> None:
    a = Architecture(inputs=2, steps=4, outputs=3, hidden=5, layers=2, irregular=True)
    parameters = initial_parameters(a, np.random.default_rng(0), np.float64)
    for part in ("decay0", "decay1", "query"):
        np.testing.assert_allclose(np.exp(parameters[f"{part}.w"][[0, 2, 4], 0]), [1 / 5, 1, 5])
    assert parameters["query.W"][:, [0, 1, 2, 3, 4, 6]].all()
    assert not parameters["query.W"][:, 5].any()
