"""How fast is a large file read, and how fast is a file refused that is too large to be read?

A file of 100,000 rows is read. A gzip file of a megabyte that unpacks to a gigabyte is refused, and so is a file of
10 GiB without content. Each is read in a new process, as every command reads its files. `read_s` is the time of reading
alone, `process_s` that of the whole process with its imports, and `peak_mb` its peak resident memory.

    python benchmarks/reading.py
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cells import table

FILES = runpy.run_path(str(Path(__file__).parents[1] / "tests" / "reading" / "large_files.py"))
SCRIPT = """
import json, sys, time
from forecaster.reading.reader import read_sources
from forecaster.errors import ForecasterError
from forecaster.spec import Selection
begin = time.perf_counter()
try:
    ending = f"{len(read_sources([sys.argv[1]], Selection()).panel.values)} rows"
except ForecasterError as error:
    ending = f"refused with {error.exit_code}"
print(json.dumps({"ending": ending, "read_s": time.perf_counter() - begin}))
"""
CASES = {"minutes": "rows.csv", "bomb": "bomb.csv.gz", "sparse": "sparse.csv"}
"""The function that makes each file, and the file's name."""


def turn(path: Path, log: Path) -> dict[str, object]:
    """Read a file in a separate process, and return how it ended, and its time and memory."""
    with log.open("wb") as stdout:
        begin = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(path)], stdout=stdout)  # noqa: S603 - written above
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"the reading of {path.name} ended with {process.returncode}")
    found = json.loads(log.read_text(encoding="utf-8"))
    memory = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return found | {"process_s": seconds, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": memory}


def row(case: str, path: Path, rounds: int) -> dict[str, object]:
    """Return the medians over the rounds of one file, and the rows read in a second."""
    turns = [turn(path, path.with_suffix(".log")) for _ in range(rounds)]
    medians = {
        key: statistics.median(each[key] for each in turns) for key in ("read_s", "process_s", "cpu_s", "peak_mb")
    }
    count, _, unit = str(turns[0]["ending"]).partition(" ")
    pace = int(count) / medians["read_s"] if unit == "rows" else None
    return {"file": case, "ending": turns[0]["ending"], **medians, "rows_per_s": pace}


def main() -> None:
    """Run the benchmark and print one line for each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="times that every file is read")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        paths = {case: Path(name) / file for case, file in CASES.items()}
        for case, path in paths.items():
            FILES[case](path)
        found = {"rows": [row(case, path, asked.rounds) for case, path in paths.items()]}
    print(json.dumps(found) if asked.json else table(found))


if __name__ == "__main__":
    main()
