"""Trainings of the command line that are killed at random moments, and go on until they are done."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.artifact.document import decode

if TYPE_CHECKING:
    from pathlib import Path

TRAIN = """
import sys
from forecaster.cli import main
from forecaster.workflow import checkpoints

checkpoints.SECONDS, checkpoints.WORTH = 0.2, 1  # half a minute is too long for a test
sys.exit(main(["train", *sys.argv[1:]]))
"""
KILLS = 5
"""Runs that are killed at most: the last ones end by themselves."""


def train(source: Path, output: Path, seconds: float | None, *options: str) -> str:
    """Run a training, kill it after some seconds, and return what it wrote to standard error."""
    command = [sys.executable, "-c", TRAIN, str(source), "-o", str(output), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as run:
        try:
            return run.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, 9)
            return run.communicate()[1]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "jobs"), [("levels", "1"), ("panel", "2"), ("prices", "1")])
def test_a_training_that_is_killed_again_and_again_ends_with_the_same_digest(
    tmp_path: Path, kind: str, jobs: str
) -> None:
    rng, rows = np.random.default_rng(0), 900
    daily = pd.date_range("2020-01-01", periods=rows, freq="B" if kind == "prices" else "D")
    series = [100 * np.exp(np.cumsum(rng.normal(0, 0.01, rows))) for _ in range(1 if kind != "panel" else 8)]
    if kind != "prices":
        series = [each + 20 * np.sin(np.arange(rows) * 2 * np.pi / 7) for each in series]
    frame = pd.concat(pd.DataFrame({"id": i, "ds": daily, "y": each}) for i, each in enumerate(series))
    frame.to_csv(tmp_path / "rows.csv", index=False)
    sizes = ("--members", "2", "--epochs", "12", "--updates", "40", "--horizon", "7", "--jobs", jobs)
    mode = ("--mode", "returns" if kind == "prices" else "level")
    began = time.monotonic()
    train(tmp_path / "rows.csv", tmp_path / "whole.joblib", None, *sizes, *mode)
    whole = time.monotonic() - began
    output, resumed = tmp_path / "m.joblib", 0
    for _ in range(KILLS):
        said = train(tmp_path / "rows.csv", output, rng.uniform(0.3, 1.0) * whole, *sizes, *mode)
        resumed += "Resumed" in said
        if output.exists():
            break
    else:
        train(tmp_path / "rows.csv", output, None, *sizes, *mode)
    assert resumed
    assert decode(output).digest == decode(tmp_path / "whole.joblib").digest
    assert not output.with_name("m.joblib.checkpoint").exists()
