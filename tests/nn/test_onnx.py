"""The cells agree with the published cases of ONNX's operators; make_onnx_values.py says where they come from.

Each case is one layer run in D directions, one or two: W is (D, gates H, I), R is (D, gates H, H), B is (D, 2 gates H)
with the biases of the input before those of the state, X is (T, B, I), Y is (T, D, B, H), the states before and after
the run are (D, B, H). In all cases that our LSTM and GRU can run, the weights of a direction are one number: these
cases hold the equations, and test_torch.py holds the order of the gates.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
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
"""The way through time of each direction."""
BATCH_FIRST = {"X", "Y", "initial_h", "initial_c", "Y_h", "Y_c"}
"""The arrays that have the batch first in layout 1, and before the features in layout 0."""

EXPRESSED = {
    "test_simple_rnn_defaults": "one step",
    "test_simple_rnn_with_initial_bias": "one step; our bias is the sum of both",
    "test_rnn_seq_length": "two steps with random weights; despite its name it gives no lengths",
    "test_simple_rnn_batchwise": "one step, batch first",
    "test_simple_rnn_reverse": "the sequence reversed",
    "test_simple_rnn_bidirectional": "two cells, one with the sequence reversed",
    "test_gru_defaults": "one step from zeros: there is nothing to reset",
    "test_gru_with_initial_bias": "one step from zeros; our b takes both biases of the candidate, which are not reset",
    "test_gru_batchwise": "one step from zeros, batch first",
    "test_gru_reverse": "the sequence reversed; equal weights make r the same number for all units: R (r * h) = r * R h",
    "test_gru_bidirectional": "two cells, one with the sequence reversed; equal weights, as above",
    "test_lstm_defaults": "one step",
    "test_lstm_with_initial_bias": "one step; our bias is the sum of both",
    "test_lstm_batchwise": "one step, batch first",
    "test_lstm_reverse": "the sequence reversed",
    "test_lstm_bidirectional": "two cells, one with the sequence reversed",
}
"""How a case is run. All cases of the GRU leave linear_before_reset at 0, where the candidate has R (r * h), ours r * R h:
we can run those in which the two are equal."""

NOT_EXPRESSED = {
    "test_gru_seq_length": "in the second step r differs from unit to unit: R (r * h) is not our r * R h",
    "test_lstm_with_peepholes": "its output gate sees the new memory, o = sigmoid(W_o z + P_o * c), which ours does not",
}
"""Why a case cannot be run."""

CASES = EXPRESSED | NOT_EXPRESSED


@dataclass(frozen=True)
class Case:
    """One published case, in layout 0."""

    node: dict[str, Any] = field(default_factory=dict)
    input: dict[str, Array] = field(default_factory=dict)
    output: dict[str, Array] = field(default_factory=dict)


@pytest.fixture(scope="module")
def stored() -> dict[str, Case]:
    with np.load(Path(__file__).parent / "data" / "onnx_values.npz") as file:
        values = dict(file)
    nodes = {key.removesuffix("/node"): json.loads(str(v)) for key, v in values.items() if key.endswith("/node")}
    cases = {name: Case(node) for name, node in nodes.items()}
    for key, value in values.items():
        name, kind, *array = key.split("/")
        if array:
            swap = cases[name].node.get("layout") == 1 and array[0] in BATCH_FIRST
            getattr(cases[name], kind)[array[0]] = np.moveaxis(value, 0, -2) if swap else value
    return cases


def our_layout(case: Case) -> list[Views]:
    """Return the weights of each direction as our cells take them."""
    operator, H, I = case.node["operator"], case.node["hidden_size"], case.input["X"].shape[2]
    weights = []
    for d, (W, R) in enumerate(zip(case.input["W"], case.input["R"], strict=True)):
        ours = Parameters(CELLS[operator][0](I, H), W.dtype)
        b = case.input["B"][d].reshape(2, -1, 1).sum(axis=0) if "B" in case.input else np.zeros((len(W), 1), W.dtype)
        if operator == "GRU":
            ours["b"][:], b[2 * H :] = b[2 * H :], 0
        rows = np.hstack([R, b, W])
        ours["W"][:] = rows.reshape(-1, H, H + 1 + I)[GATES[operator]].reshape(rows.shape)
        weights.append(ours.views)
    return weights


def outputs(case: Case, weights: list[Views], *, step_by_step: bool = False) -> dict[str, Array]:
    """Return what our cells make of the case: Y, Y_h and, of the LSTM, Y_c."""
    _, workspace, cell = CELLS[case.node["operator"]]
    x = case.input["X"].transpose(0, 2, 1)
    before = [case.input[key].transpose(0, 2, 1) for key in ("initial_h", "initial_c") if key in case.input]
    Y, ends = [], []
    for d, way in enumerate(DIRECTIONS[case.node.get("direction", "forward")]):
        state: State | None = tuple(value[d] for value in before) or None
        h = []
        for part in np.split(x[::way], len(x) if step_by_step else 1):
            ws = workspace(len(part), part.shape[2], weights[d])  # forward takes no more than sizes from gradients
            h.append(cell(weights[d], part, ws, state)[0])
            state = ws.end
        Y.append(np.concatenate(h)[::way])
        ends.append(state)
    last = [np.stack(values) for values in zip(*ends, strict=True)]
    found = {"Y": np.stack(Y, axis=1), "Y_h": last[0]} | {"Y_c": value for value in last[1:]}
    return {key: value.swapaxes(-1, -2) for key, value in found.items()}


def error(case: Case, ours: dict[str, Array]) -> float:
    """Return the largest difference from what the case expects."""
    return max(float(np.abs(ours[key] - expected).max()) for key, expected in case.output.items())


def blocks(W: Views) -> list[Array]:
    """Return views of the recurrent part, the bias and the input part of each gate."""
    H = W["W"].shape[0]
    return [W["W"]]


def test_each_published_case_is_run_or_has_a_reason(stored: dict[str, Case]) -> None:
    assert len(EXPRESSED) + len(NOT_EXPRESSED) == len(CASES)
    assert set(CASES) == set(stored)


@pytest.mark.parametrize("step_by_step", [False, True])
@pytest.mark.parametrize("name", EXPRESSED)
def test_states(stored: dict[str, Case], name: str, step_by_step: bool) -> None:
    case = stored[name]
    ours = outputs(case, our_layout(case), step_by_step=step_by_step)
    for key, expected in case.output.items():
        assert ours[key].dtype == expected.dtype == "float32"
        np.testing.assert_allclose(ours[key], expected, rtol=0, atol=TOLERANCE, strict=True)
    print(name, error(case, ours))


@pytest.mark.parametrize("name", NOT_EXPRESSED)
def test_no(stored: dict[str, Case], name: str) -> None:
    case = stored[name]
    print(name, error(case, outputs(case, our_layout(case))))


def _blocks(W):
    H = W["W"].shape[1]


@pytest.mark.parametrize("name", EXPRESSED)
def test_sens(stored, name):
    case = stored[name]
    r = []
    D = len(case.input["W"])
    H = case.node["hidden_size"]
    for d in range(D):
        W = our_layout(case)[d]
        for key in W:
            n = len(W[key]) // H
            for g in range(n):
                cols = (
                    {"R": slice(0, H), "b": slice(H, H + 1), "W": slice(H + 1, None)}
                    if key == "W"
                    else {"b2": slice(None)}
                )
                for c, s in cols.items():
                    w = our_layout(case)
                    w[d][key][g * H : (g + 1) * H, s] += 0.01
                    r.append((d, key, g, c, f"{error(case, outputs(case, w)):.0e}"))
    print(name, [(x[0], x[2], x[3], x[4]) for x in r])
