"""The benchmark of the cells runs, and its JSON has what its page promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TAIL = ["geometric_means:", "sgemm_gflops:", "blas:", "versions:", "processor:"]
COLUMNS = {"cell", "batch", "steps", "inputs", "hidden", "outputs", "numpy_ms", "torch_ms", "torch_over_numpy"}


def run(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "benchmarks/cells.py", "--quick", "--rounds", "1", *options]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)


@pytest.mark.slow
def test_one_json_document_with_every_cell() -> None:
    found = json.loads(run("--json").stdout)
    assert set(found) == {"rows", "geometric_means", "sgemm_gflops", "blas", "versions", "processor"}
    assert [row["cell"] for row in found["rows"]] == ["rnn", "gru", "lstm"] * 2
    assert all(set(row) >= COLUMNS and row["numpy_ms"] > 0 for row in found["rows"])


@pytest.mark.nightly
@pytest.mark.slow
def test_a_table_and_a_warning_where_the_kernels_are_forced() -> None:
    done = run(OPENBLAS_CORETYPE="Prescott")
    heading, *lines = done.stdout.splitlines()
    assert set(heading.split()) >= COLUMNS
    assert [line.split()[0] for line in lines] == ["rnn", "gru", "lstm"] * 2 + TAIL
    assert done.stderr.startswith("OPENBLAS_CORETYPE is set: ")
