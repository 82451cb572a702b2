"""What do ten thousand short files cost: to train a model of each, and to forecast with the models or without any?

The files have 14 to 150 rows with a level, a trend, a season and noise, a quarter of them each yearly, quarterly,
monthly and daily. Three commands run one after the other, each as a process of its own:

    forecast train FILES --out MODELS
    forecast predict MODELS --horizon 6 --out FORECASTS
    forecast predict FILES --horizon 6 --out OTHER

The script prints what each took and how many files failed, and the size of the models.

    python benchmarks/many_files.py --files 10000
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from cells import setting, table

from forecaster.errors import ALL_FAILED, DONE, SOME_FAILED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SEASONS = {"Y": 1, "Q": 4, "M": 12, "D": 7}
"""Steps in a season of yearly, quarterly, monthly and daily files."""
FIRST_DAY = "1870-01-01"
SHORTEST, LONGEST = 14, 150
HORIZON = 6
ENDINGS = {".joblib", ".csv"}
FAILURES = "failures.csv"
"""The list of failures that the program leaves beside the results."""


@dataclass(frozen=True)
class Cost:
    """What a process and those that it started took.

    Attributes:
        seconds: Wall time.
        cpu: Seconds of processor time, of the user and of the system.
        megabytes: Peak resident memory of the largest process, in 2^20 bytes.

    """

    seconds: float
    cpu: float
    megabytes: float


def forecast_command(*words: str) -> tuple[str, ...]:
    """Return the command that runs the program with these arguments."""
    return (sys.executable, "-m", "forecaster", *words)


def cost(command: Sequence[str], folder: Path, refused: Sequence[int] = ()) -> Cost:
    """Run a command of the program in `folder`, with its streams in files there, and return what it took.

    Files that fail are no reason to stop, nor are the exit codes `refused`. The system counts the memory of the
    starting process as a minimum of the started one.
    """
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr, cwd=folder)  # noqa: S603 - written here
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {DONE, SOME_FAILED, ALL_FAILED, *refused}:
        sys.exit(f"{(folder / 'stderr').read_text()}{' '.join(command)} ended with {process.returncode}")
    megabytes = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return Cost(seconds, usage.ru_utime + usage.ru_stime, megabytes)


def failed_files(out: Path) -> int:
    """Return how many files have no result at all, by the list of failures in the folder `out`."""
    with (out / FAILURES).open(newline="", encoding="utf-8") as file:
        return sum(not failure["series"] for failure in csv.DictReader(file))


def series_of(step: str, rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a level with a trend, a season of the usual length for such steps, and noise, (rows,)."""
    season = SEASONS[step]
    level, time_of_row = rng.uniform(50, 500), np.arange(rows)
    slope, height, noise = level * rng.normal(0, 0.005), level * rng.uniform(0, 0.3), level * rng.uniform(0.02, 0.15)
    wave = np.sin(2 * np.pi * time_of_row / season + rng.uniform(0, 2 * np.pi)) if season > 1 else np.zeros(rows)
    return np.asarray(level + slope * time_of_row + height * wave + rng.normal(0, noise, rows))


def write_series(file: Path, stamps: NDArray[np.datetime64], values: Sequence[float]) -> None:
    """Write a series to a file of its own: the day on which each step begins, and the value."""
    rows = zip(stamps.astype("datetime64[D]").astype(str), values, strict=True)
    file.write_text("date,value\n" + "".join(f"{day},{value}\n" for day, value in rows), encoding="utf-8")


def step_stamps(step: str, rows: int) -> NDArray[np.datetime64]:
    """Return the stamps of the first steps: years, quarters, months or days, (rows,)."""
    unit, months = ("M", 3) if step == "Q" else (step, 1)
    first = np.datetime64(FIRST_DAY).astype(f"datetime64[{unit}]")
    return np.asarray(first + months * np.arange(rows))


def write_files(folder: Path, count: int, seed: int) -> None:
    """Write files of short series into a folder."""
    rng, steps = np.random.default_rng(seed), list(SEASONS)
    folder.mkdir()
    for number in range(count):
        step, rows = steps[number % len(steps)], int(rng.integers(SHORTEST, LONGEST, endpoint=True))
        values = series_of(step, rows, rng).round(3)
        write_series(folder / f"series-{number:05}.csv", step_stamps(step, rows), values.tolist())


def row(name: str, words: Sequence[str], out: Path, jobs: int | None) -> dict[str, object]:
    """Run the program with these arguments, results into the folder `out`, and return the row of the table."""
    processes = () if jobs is None else ("--jobs", str(jobs))
    took = cost(forecast_command(*words, "--out", out.name, *processes), out.parent)
    results = sum(file.suffix in ENDINGS and file.name != FAILURES for file in out.iterdir())
    return {
        "command": name,
        "wall_s": took.seconds,
        "cpu_s": took.cpu,
        "cpu_ms_each": f"{1000 * took.cpu / max(1, results):.1f}",
        "peak_mb": f"{took.megabytes:.0f}",
        "done": results,
        "failed": failed_files(out),
    }


def main() -> None:
    """Run the benchmark and print a row for each command, and the size of the models."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000, help="files to write")
    parser.add_argument("--jobs", type=int, help="processes of the program (default: as the program chooses)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the series")
    asked = parser.parse_args()
    horizon = ("--horizon", str(HORIZON))
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        write_files(work / "files", asked.files, asked.seed)
        rows = [
            row("train", ("train", "files"), work / "models", asked.jobs),
            row("predict with models", ("predict", "models", *horizon), work / "forecasts", asked.jobs),
            row("predict without", ("predict", "files", *horizon), work / "other", asked.jobs),
        ]
        sizes = [file.stat().st_size for file in (work / "models").glob("*.joblib")]
    found = {"rows": rows, "models_mb": sum(sizes) / 2**20, "largest_model_bytes": max(sizes, default=0), **setting()}
    print(table(found))


if __name__ == "__main__":
    main()
