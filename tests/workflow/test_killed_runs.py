"""Runs of the command line that are killed at random moments, and go on until they are done."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecaster.artifact.document import decode
from forecaster.workflow.checkpoints import checkpoint_folder

RUN = """
import sys
from forecaster.cli import main
from forecaster.workflow import checkpoints

checkpoints.SECONDS, checkpoints.WORTH = 0.2, 1  # half a minute is too long for a test
sys.exit(main(sys.argv[1:]))
"""
KILLS = 3
"""Runs that are killed, unless one has ended before."""


def run(*arguments: str) -> str:
    """Run a command to its end, and return what it wrote to standard error."""
    command = [sys.executable, "-c", RUN, *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True).stderr


def kill(folder: Path, seconds: float, *arguments: str) -> str:
    """Run a command, kill it some seconds after it has written a checkpoint to a folder, and return what it wrote."""
    command = [sys.executable, "-c", RUN, *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        while process.poll() is None and not (folder.is_dir() and any(folder.iterdir())):
            time.sleep(0.02)
        time.sleep(seconds)
        with suppress(ProcessLookupError):  # it has ended
            os.killpg(process.pid, 9)
        return process.communicate()[1]


def write_rows(path: Path, kind: str) -> None:
    """Write 900 days of one series of levels or prices, or of eight series, as a `panel`."""
    rng, rows = np.random.default_rng(0), 900
    daily = pd.date_range("2020-01-01", periods=rows, freq="B" if kind == "prices" else "D")
    series = [100 * np.exp(np.cumsum(rng.normal(0, 0.01, rows))) for _ in range(1 if kind != "panel" else 8)]
    if kind != "prices":
        series = [each + 20 * np.sin(np.arange(rows) * 2 * np.pi / 7) for each in series]
    frame = pd.concat(pd.DataFrame({"id": i, "ds": daily, "y": each}) for i, each in enumerate(series))
    frame.to_csv(path, index=False)


def options_for(kind: str, jobs: str) -> tuple[str, ...]:
    """Return the options of a small training."""
    sizes = ("--members", "2", "--epochs", "12", "--updates", "40", "--horizon", "7", "--jobs", jobs)
    return *sizes, "--mode", "returns" if kind == "prices" else "level"


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "jobs"), [("levels", "1"), ("panel", "2"), ("prices", "1")])
@pytest.mark.nightly
def test_a_training_that_is_killed_again_and_again_ends_with_the_same_digest(
    tmp_path: Path, kind: str, jobs: str
) -> None:
    write_rows(tmp_path / "rows.csv", kind)
    train, options = ("train", str(tmp_path / "rows.csv")), options_for(kind, jobs)
    run(*train, *options, "-o", str(tmp_path / "whole.joblib"))
    output, resumed = tmp_path / "m.joblib", 0
    folder = checkpoint_folder(output)
    for seconds in np.random.default_rng(1).uniform(0, 0.6, KILLS):
        if not output.exists():
            resumed += "Resumed" in kill(folder, seconds, *train, *options, "-o", str(output))
    if not output.exists():
        resumed += "Resumed" in run(*train, *options, "-o", str(output))
    assert resumed
    assert decode(output).digest == decode(tmp_path / "whole.joblib").digest
    assert not folder.exists()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "jobs"), [("levels", "1"), ("panel", "2"), ("prices", "2")])
@pytest.mark.nightly
def test_an_evaluation_that_is_killed_again_and_again_ends_with_the_same_forecasts(
    tmp_path: Path, kind: str, jobs: str
) -> None:
    source = tmp_path / "in" / "rows.csv"
    source.parent.mkdir()
    write_rows(source, kind)
    evaluate, names = ("evaluate", str(source), *options_for(kind, jobs), "--folds", "3"), ("scores.csv", "all.csv")
    outputs = [tmp_path / name for name in names]
    whole = ("-o", str(tmp_path / "whole.csv"), "--forecasts", str(tmp_path / "whole-all.csv"))
    run(*evaluate, *whole)
    others, resumed = ("-o", str(outputs[0]), "--forecasts", str(outputs[1])), 0
    folder = checkpoint_folder(source, "evaluate")
    for seconds in np.random.default_rng(1).uniform(0, 0.6, KILLS):
        if not outputs[0].exists():
            resumed += "Resumed" in kill(folder, seconds, *evaluate, *others)
    resumed += "Resumed" in run(*evaluate, *others)
    assert resumed
    assert [each.read_bytes() for each in outputs] == [Path(each).read_bytes() for each in whole[1::2]]
    assert [file.name for file in source.parent.iterdir()] == ["rows.csv"]
