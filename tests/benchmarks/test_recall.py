"""The recall benchmark runs, gated cells solve a short lag, and the page shows the cells and lags of its defaults."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from forecaster.nn.network import NetworkInputs

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "gradients.md").read_text(encoding="utf-8")
COMMAND = "python benchmarks/recall.py"


def quick(*options: str) -> str:
    command = [sys.executable, *COMMAND.split()[1:], "--quick", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def recall() -> dict[str, object]:
    return runpy.run_path(str(ROOT / "benchmarks" / "recall.py"))


@pytest.fixture(scope="module")
def found() -> dict[str, object]:
    return json.loads(quick("--json"))


@pytest.mark.slow
def test_the_gated_cells_recall_the_first_word_over_a_short_lag(recall: dict[str, object]) -> None:
    plan = recall["Plan"](lags=(8,), seeds=1, updates=300, scale=1.0)
    for cell in ("gru chrono", "lstm chrono"):
        assert recall["trial"](cell, 8, 0.01, 0, plan).accuracy > 0.95


@pytest.mark.slow
def test_a_vanished_gradient_is_measured_and_not_rounded_to_zero(recall: dict[str, object]) -> None:
    plan = recall["Plan"](lags=(100,), seeds=1, updates=1, scale=1.0)
    before = recall["trial"]("rnn", 100, 0.01, 0, plan).before
    assert before.shape == (101,)
    assert before[0] == 1
    assert 0 < before[100] < 1e-10


def test_sentences_begin_with_the_pronoun_that_is_asked_for(recall: dict[str, object]) -> None:
    vectors = np.arange(12.0)[:, None] * np.ones(16)
    sentences = recall["Sentences"](3, 50, vectors, np.random.default_rng(0))
    inputs = NetworkInputs(np.empty((4, 16, 20)))
    x, y, chosen = inputs.window, np.empty((4, 20)), np.arange(10, 30)
    sentences.inputs(chosen, inputs)
    sentences.targets(chosen, y)
    assert np.array_equal(y.argmax(axis=0), x[0, 0])
    assert np.array_equal(y.sum(axis=0), np.ones(20))
    assert x[1:].min() >= 4  # only fillers follow


@pytest.mark.slow
def test_one_json_document_with_every_cell(recall: dict[str, object], found: dict[str, object]) -> None:
    assert [row["cell"] for row in found["rows"]] == list(recall["CELLS"])
    assert found["chance"] == 0.25
    for row in found["rows"]:
        assert 0 <= row["accuracy"] <= 1
        assert row["before"] > 0
        assert row["rate"] in recall["RATES"]
    assert [(each["cell"], each["lag"]) for each in found["gradients"]] == [(cell, 5) for cell in recall["CELLS"]]


@pytest.mark.slow
def test_the_same_figures_come_out_again(recall: dict[str, object], found: dict[str, object]) -> None:
    assert quick() == f"{recall['table'](found)}\n\n{recall['chart'](found)}\n"


def test_the_page_names_the_command_and_shows_the_rows_of_its_defaults(recall: dict[str, object]) -> None:
    assert f"```sh\n{COMMAND}\n```" in PAGE
    table, chart = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    expected = [(lag, cell) for lag in recall["LAGS"] for cell in recall["CELLS"]]
    for block in (table, chart):
        rows = re.findall(r"^ *(\d+)  ((?:rnn|gru|lstm)(?: chrono)?) ", block, re.MULTILINE)
        assert [(int(lag), cell) for lag, cell in rows] == expected
