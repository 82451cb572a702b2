"""A few kills, signals and faults of files lose, tear and leave nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="processes are counted in /proc")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--kills", "1", "--signals", "4"],
        ["--resume", "1", "--batch", "2", "--overlap", "1", "--nights", "3", "--writers", "1"],
        ["--operations", "--every", "60"],
        ["--operations", "--forked", "--every", "20"],
        pytest.param(
            ["--disks", "2"],
            marks=pytest.mark.skipif(getattr(os, "geteuid", int)() != 0, reason="only root can mount a disk"),
        ),
    ],
)
@pytest.mark.nightly
def test_nothing_is_lost_torn_or_left(arguments: list[str]) -> None:
    command = [sys.executable, "benchmarks/faults.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
