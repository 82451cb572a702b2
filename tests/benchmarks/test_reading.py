"""The benchmark of reading runs, and its figures are those of its page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_large_file_is_read_and_two_are_refused() -> None:
    command = [sys.executable, "benchmarks/reading.py", "--rounds", "1", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)["rows"]
    found = {row["file"]: row["ending"] for row in rows}
    assert found == {"minutes": "100000 rows", "bomb": "refused with 65", "sparse": "refused with 65"}
    assert all(0 < row["read_s"] < row["process_s"] for row in rows)
    assert rows[0]["rows_per_s"] > 0
