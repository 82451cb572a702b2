"""What does a night over a million files cost on 1, 10 and 100 machines, and where does it break first?

Three questions, one after the other:

1. What does a series cost? Real nights of `forecast batch` are run over files of 100 to 300 rows: the first one, one
   with a new row in each file, and one with nothing new, over few files and over many. The difference is the cost of
   each further file, of the parent and of its workers apart. In this process, the work on a file is divided into
   reading, forecasting without training, training, and writing.
2. What follows for many files? The parent's work is done by one process, the workers' by as many as there are
   processors. A simulation with a clock of its own plays the scheduler: it hands tasks with the measured times to
   workers, gives tasks of lost workers out again, and counts how long the parent and the workers are busy.
3. Does the simulation tell the truth? It first plays the real nights, and both times are printed side by side.

    python benchmarks/scale.py --files 400
    python benchmarks/scale.py --files 400 --cores 16 --losses 1    # machines of 16 processors, each lost once a day
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from batch_nights import HORIZON, WRITERS, add_row, write_rows
from cells import setting, table

from forecaster.files.atomic import atomic_write
from forecaster.reading.reader import read_sources
from forecaster.spec import Selection, Specification
from forecaster.workflow.frame_files import encode_frame
from forecaster.workflow.predict import predict, predict_table
from forecaster.workflow.request import Request
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from collections.abc import Iterator

MILLION = 1_000_000
MACHINES = (1, 10, 100)
COUNTED = """
import json, resource, sys
from forecaster.cli import main
code = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
sys.exit(code)
"""
"""Runs the program and prints the processor time and the peak memory of its first process."""
FEW = 10
"""Files of the nights that show what a night costs before its first file: imports, and processes that start."""
STAGES = 30
"""Files whose work is divided into stages."""
LONG, TRAININGS = 1500, 3
"""Rows of a file for which a network is trained, and how often it is."""
DAY = 86_400.0


@dataclass(frozen=True)
class Night:
    """What each further file of a night cost.

    Attributes:
        name: Which night it is.
        files: Files that were measured.
        wall: Seconds that these took.
        parent: Seconds of the parent.
        work: Seconds of a worker, by the clock: run it on an idle machine.
        megabytes: Peak memory of the parent.

    """

    name: str
    files: int
    wall: float
    parent: float
    work: float
    megabytes: float


@dataclass(frozen=True)
class Total:
    """What a night cost in all: seconds, processor seconds of the parent, seconds of the workers, MB of the parent."""

    wall: float
    parent: float
    work: float
    megabytes: float


def run_night(folder: Path, jobs: int) -> Total:
    """Run the batch once, and return what it cost."""
    command = [sys.executable, "-c", COUNTED, "batch", "in", "--horizon", HORIZON, "--out", "out", "-q"]
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        begin = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - written here
            [*command, "--jobs", str(jobs)], cwd=folder, stdout=stdout, stderr=stderr
        )
        process.wait()
        wall = time.perf_counter() - begin
    if process.returncode:
        sys.exit(f"{(folder / 'stderr').read_text()[-2000:]}\nthe night ended with {process.returncode}")
    parent, megabytes = json.loads((folder / "stdout").read_text().splitlines()[-1])
    records = json.loads((folder / "out" / "run.json").read_text())["sources"]
    return Total(wall, parent, sum(each["seconds"] for each in records), megabytes)


def run_nights(files: int, jobs: int, seed: int) -> tuple[dict[str, Total], dict[str, float]]:
    """Return what three nights over a number of files cost, and the bytes of each file's results."""
    with tempfile.TemporaryDirectory() as name:
        folder, rng = Path(name), np.random.default_rng(seed)
        (folder / "in").mkdir()
        for number in range(files):
            WRITERS["levels"](folder / "in" / f"levels-{number:06}.csv", rng)
        nights = {"first": run_night(folder, jobs)}
        for file in (folder / "in").iterdir():
            add_row(file)
        nights |= {night: run_night(folder, jobs) for night in ("one new row each", "nothing new")}
        return nights, bytes_of_results(folder, files)


def measure_nights(files: int, jobs: int, seed: int) -> tuple[list[Night], dict[str, float]]:
    """Return what each further file of three nights costs, and the bytes of its results."""
    (few, _), (many, sizes) = run_nights(FEW, jobs, seed), run_nights(files, jobs, seed)
    further = files - FEW
    nights = [
        Night(
            name,
            further,
            many[name].wall - few[name].wall,
            max(0.0, many[name].parent - few[name].parent) / further,
            max(0.0, many[name].work - few[name].work) / further,
            many[name].megabytes,
        )
        for name in few
    ]
    return nights, sizes


def bytes_of_results(folder: Path, files: int) -> dict[str, float]:
    """Return the bytes of each file's source, model, forecast, record and ledger, on average."""
    out = folder / "out"
    sizes = {
        "source": sum(each.stat().st_size for each in (folder / "in").iterdir()),
        "model": sum(each.stat().st_size for each in (out / "models").rglob("*.joblib")),
        "forecast": sum(each.stat().st_size for each in out.glob("levels-*.csv")),
        "record": (out / "run.json").stat().st_size,
        "ledger": sum(each.stat().st_size for each in out.glob("ledger.*")),
    }
    return {name: size / files for name, size in sizes.items()}


@dataclass
class Stopwatch:
    """Processor seconds by the name of the work."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Count the processor time of this process."""
        begin = time.process_time()
        yield
        self.seconds.setdefault(stage, []).append(time.process_time() - begin)


def measure_stages(seed: int) -> list[dict[str, object]]:
    """Return the median milliseconds of each stage of the work on a file, in one process."""
    rng, selection, horizon = np.random.default_rng(seed), Selection(), int(HORIZON)
    specification, watch = Specification(horizon=horizon), Stopwatch()
    with tempfile.TemporaryDirectory() as name:
        file, model = Path(name, "series.csv"), Path(name, "model.joblib")
        sources = [str(file)]
        for number in range(STAGES + 1):
            WRITERS["levels"](file, rng)
            with watch.timed("read a file"):
                read_sources(sources, selection)
            with watch.timed("read and forecast, nothing trained, no model"):
                predicted = predict_table(sources, selection=selection, request=Request(horizon), with_verdict=False)
            with watch.timed("read, choose the blend and the intervals, write a model"):
                train(sources, selection=selection, specification=specification, output=model, jobs=1)
            with watch.timed("read a model and newer rows, and forecast"):
                predict(model, sources, selection=selection, request=Request(horizon))
            with watch.timed("write a forecast"):
                atomic_write(Path(name, "forecast.csv"), encode_frame(predicted.frame, "csv"))
            if number == 0:
                watch.seconds.clear()  # the first file imports and fills caches
        days = np.busday_offset("2015-01-01", np.arange(LONG), roll="forward")
        write_rows(file, days, 100 * np.exp(np.cumsum(rng.normal(0, 0.01, LONG))))
        for _ in range(TRAININGS):
            with watch.timed(f"train a network on {LONG:,} prices"):
                train(sources, selection=selection, specification=specification, output=model, jobs=1, resume=False)
    return [{"stage": stage, "ms": 1000 * statistics.median(each)} for stage, each in watch.seconds.items()]


@dataclass(frozen=True)
class Simulated:
    """A night as the simulation plays it: seconds until all is done, and the shares of it in which all were busy."""

    seconds: float
    parent_busy: float
    workers_busy: float
    repeated: int


def simulate_night(  # noqa: PLR0913 - what a night depends on
    tasks: int, workers: int, parent: float, work: float, *, loss_each: float = 0.0, seed: int = 0
) -> Simulated:
    """Play a night with a clock of its own: one parent gives each task to a worker and takes its result.

    Args:
        tasks: Files.
        workers: Processes that work.
        parent: Seconds of the parent for a task: half of them before a worker gets it, half for the result.
        work: Mean seconds of a worker; single tasks take from half to twice as long, log-uniform.
        loss_each: Rate at which a worker is lost, per second; its task is given out again, to a new worker.
        seed: Seed of the times.

    """
    rng = np.random.default_rng(seed)
    spread = (2.0 - 0.5) / np.log(4.0)  # mean of a log-uniform factor from 1/2 to 2
    seconds = work / spread * 2.0 ** rng.uniform(-1, 1, tasks)
    lost = rng.random(tasks) < 1 - np.exp(-loss_each * seconds)
    free_at = 0.0  # when the parent is free
    running: list[tuple[float, bool]] = []  # when each worker is done, and whether it is lost then
    waiting, repeated, busy = tasks, 0, 0.0
    number = 0

    def give_out() -> None:
        nonlocal free_at, waiting, number, busy
        free_at += parent / 2
        duration = float(seconds[number % tasks])
        heapq.heappush(running, (free_at + duration, bool(lost[number % tasks])))
        busy += duration
        waiting, number = waiting - 1, number + 1

    while waiting and len(running) < workers:
        give_out()
    while running:
        done, failed = heapq.heappop(running)
        free_at = max(free_at, done) + parent / 2
        if failed:
            waiting, repeated = waiting + 1, repeated + 1
        if waiting:
            give_out()
    whole = free_at or 1.0  # a night that costs nothing that can be measured
    return Simulated(free_at, parent * number / whole, busy / (whole * workers), repeated)


def plan_rows(nights: list[Night], cores: int, losses: float) -> list[dict[str, object]]:
    """Return a row for each night, number of machines and number of batches that share the files."""
    rows: list[dict[str, object]] = []
    for night in nights:
        for machines in MACHINES:
            for batches in sorted({1, machines}):
                workers = machines * cores // batches
                played = simulate_night(
                    MILLION // batches,
                    workers,
                    night.parent,
                    night.work,
                    loss_each=losses / (DAY * cores),
                    seed=machines,
                )
                rows.append(
                    {
                        "night": night.name,
                        "machines": machines,
                        "batches": batches,
                        "workers_each": workers,
                        "hours": played.seconds / 3600,
                        "parent_busy": f"{100 * played.parent_busy:.0f} %",
                        "workers_busy": f"{100 * played.workers_busy:.0f} %",
                        "done_again": played.repeated * batches,
                    }
                )
    return rows


def main() -> None:
    """Measure, compare the simulation with the real nights, and print the plan."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=400, help="files of the real nights")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes of the real nights")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1, help="processors of a machine of the plan")
    parser.add_argument("--losses", type=float, default=1.0, help="losses of each machine a day in the plan")
    parser.add_argument("--seed", type=int, default=0, help="seed of the series")
    asked = parser.parse_args()
    print(table({"rows": measure_stages(asked.seed), "each": "median of processor time", **setting()}))
    nights, sizes = measure_nights(asked.files, asked.jobs, asked.seed)
    rows = [
        {
            "night": each.name,
            "parent_ms": 1000 * each.parent,
            "worker_ms": 1000 * each.work,
            "wall_s": each.wall,
            "simulated_s": simulate_night(each.files, asked.jobs, each.parent, each.work).seconds,
            "parent_mb": f"{each.megabytes:.0f}",
        }
        for each in nights
    ]
    print(
        table(
            {"rows": rows, "files": asked.files, "jobs": asked.jobs, "bytes": {k: round(v) for k, v in sizes.items()}}
        )
    )
    print(table({"rows": plan_rows(nights, asked.cores, asked.losses), "files": MILLION, "cores": asked.cores}))


if __name__ == "__main__":
    main()
