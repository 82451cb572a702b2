"""The page on notation is right: its examples run, and the buffers hold what it says."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

from forecaster.nn import gru, lstm, rnn
from forecaster.nn.parameters import Parameters

PAGE = Path(__file__).parents[2] / "docs" / "notation.md"


def test_the_examples_run() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert failed == 0
    assert tried == len(re.findall("^>>> ", PAGE.read_text(), re.MULTILINE)) > 10


@pytest.mark.parametrize(("module", "workspace"), [(rnn, "RNN"), (gru, "GRU"), (lstm, "LSTM")])
def test_the_buffer_holds_state_one_and_input_one_step_apart(module: object, workspace: str) -> None:
    T, B, I, H = 4, 3, 2, 5
    W = Parameters(module.shapes(I, H), np.float64)
    W.vector[:] = np.random.default_rng(0).normal(0, 0.5, W.vector.shape)
    x = np.random.default_rng(1).normal(size=(T, I, B))
    ws = getattr(module, workspace + "Workspace")(T, B, W.views)
    h, _ = getattr(module, workspace.lower())(W.views, x, ws)
    assert ws.z.shape == (T + 1, H + 1 + I, B)
    assert np.array_equal(ws.z[1:, :H], h)
    assert not ws.z[0, :H].any()
    assert ws.end[0].shape == (H, B)
    assert all(np.shares_memory(end, kept) for end, kept in zip(ws.end, (ws.z, getattr(ws, "c", None)), strict=False))
    assert np.all(ws.z[:, H] == 1)
    assert np.array_equal(ws.z[:T, H + 1 :], x)


def test_the_gates_of_the_lstm_stand_in_the_order_of_the_page() -> None:
    W, x = Parameters(lstm.shapes(1, 1), np.float64), np.zeros((1, 1, 1))
    W["W"][:, 1] = [0.1, 0.2, 0.3, 0.4]
    ws = lstm.LSTMWorkspace(1, 1, W.views)
    h, _ = lstm.lstm(W.views, x, ws)
    i, f, o = 1 / (1 + np.exp(-W["W"][:3, 1]))
    np.testing.assert_allclose(ws.gates[0, :, 0, 0], [i, f, o, np.tanh(0.4)], rtol=1e-14)
    np.testing.assert_allclose(h.item(), o * np.tanh(i * np.tanh(0.4)), rtol=1e-14)
    np.testing.assert_allclose(ws.c.item(), i * np.tanh(0.4), rtol=1e-14)
    np.testing.assert_allclose(ws.parts[0, :, 0, 0], [i * np.tanh(0.4), 0], rtol=1e-14)
