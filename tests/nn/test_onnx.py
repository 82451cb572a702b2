"""The cells agree with the published cases of ONNX's operators; make_onnx_values.py says where they come from.

A case is one layer run in D directions, one or two: X is (T, B, I), W (D, gates H, I), R (D, gates H, H), and B, the
biases of input and state, (D, 2 gates H); Y is (T, D, B, H), a state before or after the run (D, B, H). All weights of
a direction of an LSTM are the same number, and no case tells the two forms of the GRU apart: the order of the LSTM's
gates and the place of the GRU's reset gate are left to test_torch.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.nn import gru, lstm, rnn
from forecaster.nn.parameters import Parameters

if TYPE_CHECKING:
    from forecaster.nn.parameters import Array, Views
    from forecaster.nn.workspace import State

TOLERANCE = 1e-6
CELLS: dict[str, Any] = {
    "RNN": (rnn.shapes, rnn.RNNWorkspace, rnn.rnn),
    "GRU": (gru.shapes, gru.GRUWorkspace, gru.gru),
    "LSTM": (lstm.shapes, lstm.LSTMWorkspace, lstm.lstm),
}
GATES = {"RNN": [0], "GRU": [1, 0, 2], "LSTM": [0, 2, 1, 3]}
"""ONNX stacks z (our u), r, h of the GRU, and i, o, f, c (our g) of the LSTM."""
DIRECTIONS = {"forward": [1], "reverse": [-1], "bidirectional": [1, -1]}
"""The way of each direction through time."""

EXPRESSED = {
    "test_simple_rnn_defaults": "one step",
    "test_simple_rnn_with_initial_bias": "one step; our bias is the sum of ONNX's two",
    "test_simple_rnn_batchwise": "one step; the batch comes first",
    "test_simple_rnn_reverse": "the sequence reversed",
    "test_simple_rnn_bidirectional": "two cells, one with the sequence reversed",
    "test_rnn_seq_length": "two steps, random weights and biases, no lengths in spite of the name",
    "test_gru_defaults": "one step from zeros, where R h = 0 in both forms",
    "test_gru_with_initial_bias": "one step from zeros, as above",
    "test_gru_batchwise": "one step from zeros, as above; the batch comes first",
    "test_gru_reverse": "the sequence reversed; equal weights make r the same in all units, so R (r * h) = r * R h",
    "test_gru_bidirectional": "two cells, one with the sequence reversed; equal weights, as above",
    "test_gru_seq_length": "two steps, random weights and biases; in the second step R (r * h) is not r * R h, but "
    "where the candidate is not saturated u is 1 to 3e-6, and the state shows nothing of it",
    "test_lstm_defaults": "one step",
    "test_lstm_with_initial_bias": "one step; our bias is the sum of ONNX's two",
    "test_lstm_batchwise": "one step; the batch comes first",
    "test_lstm_reverse": "the sequence reversed",
    "test_lstm_bidirectional": "two cells, one with the sequence reversed",
}
"""How a case is run. Every case of the GRU has linear_before_reset = 0, a candidate tanh(p + R (r * h) + both biases),
while ours is tanh(p + b + r * (R h + bias)): with both biases in b, a case can be run if its values make the two equal.
"""

NOT_EXPRESSED = {
    "test_lstm_with_peepholes": "P is not zero: the output gate, sigmoid(W_o z + P_o * c), sees c, and ours does not",
}
"""Why a case cannot be run."""

CASES = EXPRESSED | NOT_EXPRESSED


@dataclass(frozen=True)
class Case:
    """The operator with its attributes, and the arrays by name, with the batch before the features."""

    node: dict[str, Any]
    inputs: dict[str, Array]
    outputs: dict[str, Array]


def read(values: dict[str, Any], name: str) -> Case:
    """Return the case `name` of the file."""
    node = json.loads(str(values[f"{name}/node"]))
    inputs, outputs = (
        {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}
        for prefix in (f"{name}/input/", f"{name}/output/")
    )
    if node.get("layout") == 1:
        for arrays in (inputs, outputs):
            batch_first = arrays.keys() & {"X", "initial_h", "initial_c", "Y", "Y_h", "Y_c"}
            arrays |= {key: np.moveaxis(arrays[key], 0, -2) for key in batch_first}
    return Case(node, inputs, outputs)


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    with np.load(Path(__file__).parent / "data" / "onnx_values.npz") as file:
        values = dict(file)
    return {name: read(values, name) for name in {key.partition("/")[0] for key in values}}


def our_layout(case: Case) -> list[Views]:
    """Return ONNX's weights of each direction as our parameters."""
    operator, W, R = case.node["operator"], case.inputs["W"], case.inputs["R"]
    D, rows, I = W.shape
    H, weights = R.shape[2], []
    b = case.inputs.get("B", np.zeros((D, 2 * rows), W.dtype)).reshape(D, 2, rows, 1).sum(axis=1)
    for d in range(D):
        ours = Parameters(CELLS[operator][0](I, H), W.dtype).views
        if operator == "GRU":
            ours["b"][:] = b[d, 2 * H :]
            b[d, 2 * H :] = 0
        blocks = np.hstack([R[d], b[d], W[d]]).reshape(-1, H, H + 1 + I)
        ours["W"][:] = blocks[GATES[operator]].reshape(rows, -1)
        weights.append(ours)
    return weights


def run(case: Case, weights: list[Views], *, step_by_step: bool = False) -> dict[str, Array]:
    """Return Y, Y_h and, of the LSTM, Y_c of our cells; step by step, each step is a run from where the last ended."""
    _, workspace, cell = CELLS[case.node["operator"]]
    x = case.inputs["X"].swapaxes(1, 2)
    before = [case.inputs[key].swapaxes(1, 2) for key in ("initial_h", "initial_c") if key in case.inputs]
    states, ends = [], []
    for d, way in enumerate(DIRECTIONS[case.node.get("direction", "forward")]):
        W, h = weights[d], []
        state: State | None = tuple(value[d] for value in before) or None
        for part in np.split(x[::way], len(x) if step_by_step else 1):
            ws = workspace(len(part), x.shape[2], W)  # in place of gradients, which forward asks for their sizes alone
            h.append(cell(W, part, ws, state)[0])
            state = ws.end
        states.append(np.concatenate(h)[::way])
        ends.append(state)
    found = {"Y": np.stack(states, axis=1)}
    found |= zip(("Y_h", "Y_c"), map(np.stack, zip(*ends, strict=True)), strict=False)
    return {key: value.swapaxes(-1, -2) for key, value in found.items()}


def error(case: Case, ours: dict[str, Array]) -> float:
    """Return the largest difference from what the case expects."""
    return max(float(np.abs(ours[key] - expected).max()) for key, expected in case.outputs.items())


def blocks(W: Views, H: int) -> list[Array]:
    """Return views of the recurrent part, the bias and the input part of each gate, and of the GRU's second bias."""
    gates = [gate for view in W.values() for gate in np.split(view, len(view) // H)]
    parts = [part for gate in gates for part in np.split(gate, [H, H + 1], axis=1)]
    return [part for part in parts if part.size]


def test_every_case_is_run_or_has_a_reason_why_not(cases: dict[str, Case]) -> None:
    assert not EXPRESSED.keys() & NOT_EXPRESSED.keys()
    assert CASES.keys() == cases.keys()


@pytest.mark.parametrize("step_by_step", [False, True])
@pytest.mark.parametrize("name", EXPRESSED)
def test_states(cases: dict[str, Case], name: str, step_by_step: bool) -> None:
    case = cases[name]
    ours = run(case, our_layout(case), step_by_step=step_by_step)
    assert case.node.keys() <= {"operator", "hidden_size", "direction", "layout"}
    assert case.inputs.keys() <= {"X", "W", "R", "B", "initial_h", "initial_c"}
    assert case.outputs
    for key, expected in case.outputs.items():
        assert ours[key].shape == expected.shape
        assert ours[key].dtype == expected.dtype == "float32"
        np.testing.assert_allclose(ours[key], expected, rtol=0, atol=TOLERANCE)


def test_the_peephole_is_all_that_parts_us_from_its_case(cases: dict[str, Case]) -> None:
    case = cases["test_lstm_with_peepholes"]
    ours = run(case, our_layout(case))
    assert error(case, ours) > 1e-3
    # o = sigmoid(a), and with the peephole sigmoid(a + P_o * c); one step from zeros leaves P_i and P_f nothing to see
    _, P_o, _ = np.split(case.inputs["P"], 3, axis=1)
    tanh_c = np.tanh(ours["Y_c"])
    o = ours["Y_h"] / tanh_c
    with_peephole = tanh_c / (1 + (1 - o) / o * np.exp(-P_o * ours["Y_c"]))
    assert error(case, {"Y_h": with_peephole}) < TOLERANCE


@pytest.mark.parametrize("operator", CELLS)
def test_a_small_mistake_in_any_weight_shows_in_some_case(cases: dict[str, Case], operator: str) -> None:
    largest = np.zeros({"RNN": 3, "GRU": 10, "LSTM": 12}[operator])
    for case in (cases[name] for name in EXPRESSED if cases[name].node["operator"] == operator):
        for n in range(len(largest)):
            weights = our_layout(case)
            moved = [blocks(W, case.node["hidden_size"]) for W in weights]
            assert {len(each) for each in moved} == {len(largest)}
            for each in moved:
                each[n] += 0.01
            largest[n] = max(largest[n], error(case, run(case, weights)))
    assert largest.min() > 100 * TOLERANCE, largest


@pytest.mark.parametrize("name", EXPRESSED)
def test_a_large_mistake_in_any_direction_shows_in_each_case(cases: dict[str, Case], name: str) -> None:
    case = cases[name]
    for d in range(len(case.inputs["W"])):
        weights = our_layout(case)
        weights[d] = {key: -value for key, value in weights[d].items()}
        assert error(case, run(case, weights)) > 1000 * TOLERANCE
