"""How much sooner does a cluster of two workers end, are its results the same, and what does a task cost in addition?

A scheduler and two workers are started on this machine, on the loopback address, so all of it shares its cores. Daily
levels of 200 rows are simulated, and the same batch runs as `forecast batch FILES --jobs 1` and on the cluster:

    forecast batch FILES --out FORECASTS --backend dask --scheduler ADDRESS

The script prints the wall time of both, which includes the start of the program; whether models and forecasts have the
same bytes; and what a task that does nothing costs, by the client of `distributed`, which the program uses, and by
`joblib.parallel_config(backend="dask")`. It also prints how many of ten tasks each of them brings to their end when one
more task kills each worker that tries it.

    python benchmarks/cluster.py --files 16
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import cluster as benchmark  # itself: the workers import this module, too
import joblib
import numpy as np
from batch_nights import write_rows
from cells import setting, table
from distributed import KilledWorker

from forecaster.errors import DONE
from forecaster.workers.cluster import open_cluster
from forecaster.workers.cluster_run import run_on_cluster
from forecaster.workers.pool import TaskEnd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.workers.current_cluster import Cluster

ROWS, WORKERS, OTHERS, FATAL = 200, 2, 10, 3
MOST_SECONDS = 60
"""Seconds that joblib may take for a few tasks that do nothing."""
HOST = ("--host", "127.0.0.1", "--no-dashboard")
TRAINING = ("--horizon", "7", "--members", "2", "--epochs", "5", "--quiet")
"""Options of the batch: networks are trained, so that not the start alone is measured."""


@contextmanager
def started_cluster(folder: Path) -> Iterator[str]:
    """Start a scheduler and the workers in a folder, and yield the address; workers that die are started again."""
    file = folder / "scheduler.json"
    own = "--port", "0", "--scheduler-file", str(file)
    processes = [start("distributed.cli.dask_scheduler", folder, *HOST, *own)]
    while not (file.exists() and file.read_text(encoding="utf-8").endswith("}")):
        time.sleep(0.05)
    address: str = json.loads(file.read_text(encoding="utf-8"))["address"]
    each = "--nthreads", "1"
    processes += [start("distributed.cli.dask_worker", folder, address, *HOST, *each) for _ in range(WORKERS)]
    try:
        yield address
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def start(module: str, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a module of Dask as a process whose words nobody reads."""
    nowhere = subprocess.DEVNULL
    found = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parent)])
    environment = os.environ | {"PYTHONPATH": found, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=nowhere, stderr=nowhere)  # noqa: S603


def write_files(folder: Path, count: int) -> None:
    """Write daily values with a week and noise."""
    rng, steps = np.random.default_rng(0), np.arange(ROWS)
    for number in range(count):
        values = 100 + 10 * np.sin(2 * np.pi * steps / 7) + rng.normal(0, 2, ROWS)
        write_rows(folder / f"{number:04}.csv", np.datetime64("2024-01-01") + steps, values)


def seconds_of_batch(files: Path, out: Path, *options: str) -> float:
    """Return how long a batch takes as a process of its own."""
    command = [sys.executable, "-m", "forecaster", "batch", str(files), "--out", str(out), *TRAINING, *options]
    began = time.perf_counter()
    done = subprocess.run(command, check=False)  # noqa: S603
    if done.returncode != DONE:
        sys.exit(f"the batch ended with {done.returncode}")
    return time.perf_counter() - began


def digests(folder: Path) -> dict[str, str]:
    """Return the digests of models and forecasts."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in {".csv", ".joblib"}]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def fatal(number: int) -> int:
    """Return a number, but let one of them kill the process."""
    if number == FATAL:
        os._exit(9)
    return number


def by_client(cluster: Cluster, work: object, count: int, jobs: int) -> str:
    """Do tasks as the program does, and return how many came to their end."""
    reports = run_on_cluster(cluster, work, range(count), jobs)  # type: ignore[arg-type]
    return str(sum(report.end is TaskEnd.RETURNED for report in reports))


def by_joblib(cluster: Cluster, work: object, count: int, jobs: int) -> str:
    """Do tasks with joblib, and return how many came to their end in time: it may wait for a lost one for ever."""
    done: list[int] = []

    def run() -> None:
        with joblib.parallel_config(backend="dask", client=cluster.client), suppress(KilledWorker):
            parallel = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1, pre_dispatch=jobs)
            done.extend(parallel(joblib.delayed(work)(number) for number in range(count)))

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(MOST_SECONDS)
    return f"{len(done)}, no end" if thread.is_alive() else str(len(done))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=16)
    parser.add_argument("--tasks", type=int, default=200)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print(setting(), "\n")
    with tempfile.TemporaryDirectory() as name, started_cluster(Path(name)) as address:
        folder = Path(name)
        (folder / "files").mkdir()
        write_files(folder / "files", asked.files)
        with open_cluster(address) as cluster:
            cluster.client.wait_for_workers(WORKERS)
            one = seconds_of_batch(folder / "files", folder / "one", "--jobs", "1")
            two = seconds_of_batch(folder / "files", folder / "two", "--backend", "dask", "--scheduler", address)
            same = digests(folder / "one") == digests(folder / "two")
            batches = [
                {"batch by": "one process", "seconds": one, "times as fast": 1.0},
                {"batch by": "two workers", "seconds": two, "times as fast": one / two},
            ]
            print(table({"rows": batches, "files": asked.files, "the same bytes": same}), "\n")
            rows: list[dict[str, object]] = []
            for label, way in (("the client of distributed", by_client), ("joblib.parallel_config", by_joblib)):
                began = time.perf_counter()
                way(cluster, abs, asked.tasks, WORKERS)
                cost = 1000 * (time.perf_counter() - began) / asked.tasks
                done = way(cluster, benchmark.fatal, OTHERS + 1, WORKERS)
                rows.append({"tasks by": label, "ms a task": cost, f"done of {OTHERS}": done})
                cluster.client.wait_for_workers(WORKERS)
            print(table({"rows": rows, "tasks": asked.tasks}))
    if not same:
        sys.exit(1)


if __name__ == "__main__":
    main()
