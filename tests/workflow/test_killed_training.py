"""Trainings of the command line that are killed at random moments, and go on until they are done."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.artifact.document import decode
from forecaster.workflow.checkpoints import ENDING

if TYPE_CHECKING:
    from pathlib import Path

TRAIN = """
import sys
from forecaster.cli import main
from forecaster.workflow import checkpoints

checkpoints.SECONDS, checkpoints.WORTH = 0.2, 1  # half a minute is too long for a test
sys.exit(main(["train", *sys.argv[1:]]))
"""
KILLS = 3
"""Runs that are killed, unless one has ended before."""


def train(source: Path, output: Path, options: tuple[str, ...]) -> str:
    """Run a training to its end, and return what it wrote to standard error."""
    command = [sys.executable, "-c", TRAIN, str(source), "-o", str(output), *options]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True).stderr


def kill_training(source: Path, output: Path, options: tuple[str, ...], seconds: float) -> str:
    """Run a training, kill it some seconds after it has written a checkpoint, and return what it wrote."""
    command = [sys.executable, "-c", TRAIN, str(source), "-o", str(output), *options]
    folder = output.with_name(output.name + ENDING)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as run:
        while run.poll() is None and not (folder.is_dir() and any(folder.iterdir())):
            time.sleep(0.02)
        time.sleep(seconds)
        with suppress(ProcessLookupError):  # it has ended
            os.killpg(run.pid, 9)
        return run.communicate()[1]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "jobs"), [("levels", "1"), ("panel", "2"), ("prices", "1")])
@pytest.mark.nightly
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
    options = ("--members", "2", "--epochs", "12", "--updates", "40", "--horizon", "7", "--jobs", jobs)
    options += ("--mode", "returns" if kind == "prices" else "level")
    train(tmp_path / "rows.csv", tmp_path / "whole.joblib", options)
    output, resumed = tmp_path / "m.joblib", 0
    for seconds in rng.uniform(0, 0.6, KILLS):
        if not output.exists():
            resumed += "Resumed" in kill_training(tmp_path / "rows.csv", output, options, seconds)
    if not output.exists():
        resumed += "Resumed" in train(tmp_path / "rows.csv", output, options)
    assert resumed
    assert decode(output).digest == decode(tmp_path / "whole.joblib").digest
    assert not output.with_name(output.name + ENDING).exists()
