"""What does `forecast batch` cost: the first night, a night with one new row in each file, and one with nothing new?

Files of 100 to 300 rows each are simulated: daily levels with a trend, a week and noise, or daily prices of business
days. Three nights run one after the other, each as a process of its own:

    forecast batch FILES --horizon 5 --out FORECASTS

The script prints, for each number of files and each night, the wall time, that time per file, the processor time of
the whole machine, whatever used it, the peak memory of the first process, and how the sources ended.

    python benchmarks/batch_nights.py --files 1000 3000 10000 --kind levels
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from cells import setting, table

from forecaster.errors import DONE

FEWEST, MOST = 100, 300
"""Rows of a file."""
HORIZON = "5"


def write_levels(file: Path, rng: np.random.Generator) -> None:
    """Write daily values with a level, a slope, a week and noise."""
    rows = int(rng.integers(FEWEST, MOST, endpoint=True))
    steps = np.arange(rows)
    week = rng.uniform(0, 15) * np.sin(2 * np.pi * steps / 7 + rng.uniform(0, 6))
    values = rng.uniform(50, 500) + rng.normal(0, 0.05) * steps + week + rng.normal(0, rng.uniform(1, 8), rows)
    write_rows(file, np.datetime64("2023-01-01") + steps, values)


def write_prices(file: Path, rng: np.random.Generator) -> None:
    """Write a random walk of the logarithm on business days."""
    rows = int(rng.integers(FEWEST, MOST, endpoint=True))
    days = np.busday_offset("2023-01-02", np.arange(rows))
    values = rng.uniform(5, 500) * np.exp(np.cumsum(rng.normal(0, rng.uniform(0.005, 0.03), rows)))
    write_rows(file, days, values)


def write_rows(file: Path, days: np.ndarray, values: np.ndarray) -> None:
    """Write days and values as CSV."""
    lines = [f"{day},{value:.2f}" for day, value in zip(days, values, strict=True)]
    file.write_text("\n".join(["date,value", *lines, ""]), encoding="utf-8")


def add_row(file: Path) -> None:
    """Append the next day, or business day, with the last value and a cent."""
    text = file.read_text(encoding="utf-8")
    day, value = text.rstrip().rsplit("\n", 1)[1].split(",")
    days = [np.datetime64(line.split(",")[0]) for line in text.split("\n")[1:8]]
    weekends = any(not np.is_busday(each) for each in days)
    following = np.datetime64(day) + 1 if weekends else np.busday_offset(day, 1)
    file.write_text(f"{text}{following},{float(value) + 0.01:.2f}\n", encoding="utf-8")


WRITERS = {"levels": write_levels, "prices": write_prices}


def busy_seconds() -> float:
    """Return the processor time that this machine has used since it started, of all processors; Linux counts it."""
    fields = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()
    user, nice, system = (int(field) for field in fields[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def run_night(name: str, folder: Path, files: int, jobs: int) -> dict[str, object]:
    """Run the batch once and return the row of the table."""
    command = [sys.executable, "-m", "forecaster", "batch", "in", "--horizon", HORIZON, "--out", "out"]
    command += ["--jobs", str(jobs), "--log-format", "json"]
    before, begin = busy_seconds(), time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603 - written here
    seconds, busy = time.perf_counter() - begin, busy_seconds() - before
    if done.returncode != DONE:
        sys.exit(f"{done.stderr[-2000:]}\n{' '.join(command)} ended with {done.returncode}")
    events = [json.loads(line) for line in done.stderr.splitlines()]
    peak = next(each["peak_megabytes"] for each in events if each["event"] == "end")
    said = next(each["text"] for each in events if each["event"] == "summary").partition(": ")[2]
    return {
        "files": files,
        "night": name,
        "wall_s": seconds,
        "ms_each": f"{1000 * seconds / files:.1f}",
        "busy_s": busy,
        "parent_mb": f"{peak:.0f}",
        "done": said,
    }


def measure(files: int, kind: str, jobs: int, seed: int) -> list[dict[str, object]]:
    """Return the rows of the three nights over this number of files."""
    with tempfile.TemporaryDirectory() as name:
        folder, rng = Path(name), np.random.default_rng(seed)
        (folder / "in").mkdir()
        for number in range(files):
            WRITERS[kind](folder / "in" / f"{kind}-{number:06}.csv", rng)
        rows = [run_night("first", folder, files, jobs)]
        for file in (folder / "in").iterdir():
            add_row(file)
        rows.append(run_night("one new row each", folder, files, jobs))
        rows.append(run_night("nothing new", folder, files, jobs))
        return rows


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, nargs="+", default=[1000], help="files of each series of nights")
    parser.add_argument("--kind", choices=list(WRITERS), default="levels", help="what the files hold")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes")
    parser.add_argument("--seed", type=int, default=0, help="seed of the series")
    asked = parser.parse_args()
    rows = [row for files in asked.files for row in measure(files, asked.kind, asked.jobs, asked.seed)]
    print(table({"rows": rows, "kind": asked.kind, "jobs": asked.jobs, **setting()}))


if __name__ == "__main__":
    main()
