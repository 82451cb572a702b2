"""The benchmark of determinism runs, and nothing that it varies changes a forecast."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.nightly
def test_nothing_beside_the_data_changes_a_forecast() -> None:
    varied = ["jobs", "series in the file", "files", "newer rows", "TZ", "LC_ALL"]
    command = [sys.executable, "benchmarks/determinism.py", "--json", "--panels", "networks", "prices"]
    done = subprocess.run([*command, "--only", *varied], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert list(dict.fromkeys(row["what varies"] for row in found["rows"])) == [
        "jobs",
        "series in the file",
        "files",
        "newer rows",
        "LC_ALL",
        "TZ",
    ]
    results = ("trained equal", "evaluated equal", "batch equal", "predicted equal")
    assert {row[name] for row in found["rows"] for name in results} == {"2/2"}
    assert found["more than promised"] == "none"
