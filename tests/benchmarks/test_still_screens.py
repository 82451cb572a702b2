"""The benchmark of screens that stand still runs commands in a pseudo-terminal and reads their last line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_command_is_watched() -> None:
    command = [sys.executable, "benchmarks/still_screens.py", "--only", "check", "--files", "0", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (row,) = json.loads(done.stdout)["rows"]
    assert row["exit"] == 0
    assert 0 < row["first_s"] <= row["still_s"] <= row["silent_s"] <= row["seconds"]
