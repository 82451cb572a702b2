"""The benchmark of `forecast check` runs on small files of all kinds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.nightly
def test_a_file_of_each_kind_is_checked() -> None:
    command = [sys.executable, "benchmarks/check_speed.py", "--rows", "2000", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)["rows"]
    assert len(rows) == 10
    assert all(row["findings"] >= 1 for row in rows)
