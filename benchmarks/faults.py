"""Is anything lost, torn or left behind when runs are killed, interrupted, doubled or meet a full disk?

Small commands are run, hurt at random moments and run again. Each result that is not that of a clean run, each process
that lives 2 seconds after the death of the first, each temporary file after the next run, and each traceback counts.

    python benchmarks/faults.py --kills 100                        # SIGKILL over train, panel train, batch and predict
    python benchmarks/faults.py --signals 50                       # as many each of SIGINT, SIGTERM and SIGHUP
    python benchmarks/faults.py --resume 50                        # kill long runs again and again until they end
    python benchmarks/faults.py --batch 50                         # kill, run again, compare with a clean run
    python benchmarks/faults.py --overlap 20 --nights 30 --writers 60
    python benchmarks/faults.py --disks 20                         # results on a disk of 2 MB that is almost full
    python benchmarks/faults.py --operations --forked              # a fault at every file operation, one at a time

Linux only: processes are counted in /proc. The exit code is 1 if anything was torn, lost or left behind.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cells import table
from fault_disks import count_full_disks
from fault_operations import COMMANDS, Trials, count_faults_of_operations
from fault_resumption import CHAINS, count_chains, count_resumed
from fault_runs import (
    BATCH_FILES,
    Scene,
    add_row,
    add_to_count,
    batch_is_readable,
    limit_file_size,
    make_scenes,
    run_clean,
    torn_files,
)

from forecaster.errors import TryAgainError
from forecaster.files.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = dict[str, object]

ALL = ("train", "panel train", "batch", "predict")
FEW_BYTES = 300
"""Size of a file past which a full disk is simulated: less than a forecast of five steps has."""
READERS = 8
KILLS_IN_A_ROW = 3
"""Kills before a run that goes on to its end: that run takes twice as long as one that is killed, and a run that
follows a killed one must survive the same."""


def count_kills(folder: Path, count: int, rng: random.Random) -> list[Row]:
    """Kill the first process of each command at random moments, three runs in a row, and then run it to its end."""
    rows: list[Row] = []
    for scene in make_scenes(folder, ALL):
        clean, seconds = run_clean(scene)
        scene.clear()
        row: Row = {"killed": scene.name, "runs": count, "finished": 0, "torn": 0, "alive": 0, "shared memory": 0}
        row |= {"next failed": 0, "next differs": 0, "left behind": 0}
        for number in range(1, count + 1):
            run = scene.start()
            time.sleep(rng.uniform(0, seconds))
            run.kill()
            add_to_count(row, "alive", run.survivors())
            code, _ = run.finish()
            add_to_count(row, "finished", code == 0)
            add_to_count(row, "next failed", code not in {0, -signal.SIGKILL})
            add_to_count(row, "torn", len(torn_files(scene.results(), clean)) + (not batch_is_readable(scene.folder)))
            add_to_count(row, "shared memory", len(run.shared_memory()))
            if number % KILLS_IN_A_ROW == 0 or number == count:
                add_to_count(row, "next failed", scene.start().finish()[0] != 0)
                add_to_count(row, "next differs", scene.results() != clean)
                add_to_count(row, "left behind", len(scene.unfinished()))
                scene.clear()
        rows.append(row)
    return rows


def count_signals(folder: Path, count: int, rng: random.Random) -> list[Row]:
    """Send each signal at random moments to each command in turn."""
    scenes = [(scene, *run_clean(scene)) for scene in make_scenes(folder, ALL)]
    for scene, *_ in scenes:
        scene.clear()
    rows: list[Row] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        row: Row = {"signal": number.name, "runs": count, "finished": 0, "in order": 0, "by the system": 0}
        row |= {"other codes": 0, "slowest_s": 0.0, "tracebacks": 0, "no command": 0, "alive": 0, "left behind": 0}
        for n in range(count):
            scene, _, seconds = scenes[n % len(scenes)]
            run = scene.start()
            time.sleep(rng.uniform(0, seconds))
            sent = time.monotonic()
            run.process.send_signal(number)
            code, err = run.finish()
            row["slowest_s"] = max(float(str(row["slowest_s"])), (time.monotonic() - sent) * (code != 0))
            ends = {0: "finished", 128 + number: "in order", -number: "by the system"}
            add_to_count(row, ends.get(code, "other codes"), 1)
            traceback = "Traceback" in err or "Exception ignored" in err
            add_to_count(row, "tracebacks", traceback)
            add_to_count(row, "no command", code == 128 + number and "\nrun again: forecast" not in err)
            add_to_count(row, "alive", run.survivors())
            left = scene.temporary_files()
            add_to_count(row, "left behind", len(left))
            if left or traceback or code not in {0, 128 + number}:
                print(f"{scene.name}: {number.name} ended with {code}: {err}{left}", flush=True)
            scene.clear()
        rows.append(row)
    return rows


def count_overlaps(folder: Path, count: int, rng: random.Random) -> list[Row]:
    """Start a command twice at almost the same time."""
    rows: list[Row] = []
    for scene in make_scenes(folder, ["train", "batch"]):
        clean, _ = run_clean(scene)
        row: Row = {"twice": scene.name, "pairs": count, "one waits": 0, "one after another": 0, "other codes": 0}
        row |= {"holder not named": 0, "differs": 0, "left behind": 0}
        for _ in range(count):
            scene.clear()
            runs = [scene.start()]
            time.sleep(rng.uniform(0, 1))
            runs.append(scene.start())
            ends = [run.finish() for run in runs]
            codes = sorted(code for code, _ in ends)
            kinds = {(0, TryAgainError.exit_code): "one waits", (0, 0): "one after another"}
            add_to_count(row, kinds.get((codes[0], codes[1]), "other codes"), 1)
            for n, (code, err) in enumerate(ends):
                holder = f"process {runs[1 - n].process.pid} "
                add_to_count(row, "holder not named", code == TryAgainError.exit_code and holder not in err)
            add_to_count(row, "differs", scene.results() != clean)
            add_to_count(row, "left behind", len(scene.unfinished()))
        rows.append(row)
    return rows


def count_nights(folder: Path, count: int, rng: random.Random) -> list[Row]:
    """Run a batch night after night with random faults; the last good forecasts must be there each morning."""
    (scene,) = make_scenes(folder, ["batch"])
    _, seconds = run_clean(scene)
    faults: dict[str, Callable[[Scene], object]] = {
        "none": lambda scene: scene.start().finish(),
        "killed": lambda scene: _kill_after(scene, rng.uniform(0, seconds)),
        "disk full": lambda scene: scene.start(limit_file_size(FEW_BYTES)).finish(),
        "bad file": lambda scene: _spoil_a_file(scene, rng),
        "clock": lambda scene: _set_clocks(scene, rng),
    }
    rows = {name: {"fault": name, "nights": 0, "missing": 0, "damaged": 0, "left behind": 0} for name in faults}
    for night in range(count):
        for file in (scene.folder / "in").iterdir():
            add_row(file, night)
        name = rng.choice([*faults])
        faults[name](scene)
        row = rows[name]
        add_to_count(row, "nights", 1)
        forecasts = [scene.folder / "out" / f"{number}.csv" for number in range(BATCH_FILES)]
        add_to_count(row, "missing", sum(not path.exists() for path in forecasts))
        add_to_count(row, "damaged", sum(not _is_whole_forecast(path) for path in forecasts if path.exists()))
        scene.start().finish()
        add_to_count(row, "left behind", len(scene.unfinished()))
    return [*rows.values()]


def _kill_after(scene: Scene, seconds: float) -> None:
    """Start a batch and kill it."""
    run = scene.start()
    time.sleep(seconds)
    run.kill()
    run.survivors()


def _spoil_a_file(scene: Scene, rng: random.Random) -> None:
    """Run a batch while one of its files is damaged."""
    file = scene.folder / "in" / f"{rng.randrange(BATCH_FILES)}.csv"
    before = file.read_bytes()
    file.write_bytes(rng.choice([b"", rng.randbytes(500), before[: len(before) // 2] + b'"', b"a,b\n" * 50]))
    scene.start().finish()
    file.write_bytes(before)


def _set_clocks(scene: Scene, rng: random.Random) -> None:
    """Run a batch after the clock was set: files and results come from the future or the distant past."""
    for path in scene.folder.rglob("*"):
        moment = time.time() + rng.choice([-1e9, -86400.0, 86400.0, 1e9])
        if path.is_file():
            os.utime(path, (moment, moment))
    scene.start().finish()


def _is_whole_forecast(path: Path) -> bool:
    """Return whether a forecast of five steps has its header, all its rows and all their cells."""
    text = path.read_text(encoding="utf-8")
    header, *rows = text.split("\n")[:-1]
    return text.endswith("\n") and len(rows) == 5 and {row.count(",") for row in rows} == {header.count(",")}


def count_bad_reads(folder: Path, seconds: float) -> list[Row]:
    """Read a file in eight processes beside a process that replaces it all the time."""
    folder.mkdir(parents=True)
    path, contents = folder / "model.joblib", [bytes([n]) * 200_000 for n in (1, 2)]
    atomic_write(path, contents[0])
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    readers = [context.Process(target=_read_again_and_again, args=(path, contents, seconds, queue)) for _ in range(8)]
    for reader in readers:
        reader.start()
    end, written = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        atomic_write(path, contents[written % 2])
        written += 1
    found = [queue.get() for _ in readers]
    for reader in readers:
        reader.join()
    return [{"readers": READERS, "writes": written, "reads": sum(n for n, _ in found), "bad": sum(b for _, b in found)}]


def _read_again_and_again(path: Path, contents: list[bytes], seconds: float, queue: multiprocessing.Queue) -> None:
    """Read a file for some seconds; put the numbers of reads and of bad reads into the queue."""
    end, reads = time.monotonic() + seconds, Counter[bool]()
    while time.monotonic() < end:
        try:
            reads[path.read_bytes() in contents] += 1
        except OSError:
            reads[False] += 1
    queue.put((reads.total(), reads[False]))


BAD = {
    *("torn", "alive", "shared memory", "next failed", "next differs", "left behind", "other codes", "tracebacks"),
    *("no command", "failed", "differs", "holder not named", "missing", "damaged", "bad", "no sentence"),
}
"""Columns whose counts must be 0."""


def main() -> None:
    """Run what the options name and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=0, help="SIGKILLs of each command")
    parser.add_argument("--signals", type=int, default=0, help="runs of each signal")
    parser.add_argument("--resume", type=int, default=0, help="kills of long trainings, evaluations and updates")
    parser.add_argument("--batch", type=int, default=0, help="batches that are killed and run again")
    parser.add_argument("--overlap", type=int, default=0, help="pairs of simultaneous runs of each command")
    parser.add_argument("--nights", type=int, default=0, help="nights of a batch with random faults")
    parser.add_argument("--writers", type=float, default=0, help="seconds of reading beside a writer")
    parser.add_argument(
        "--disks", type=int, default=0, help="runs of each command on a disk of 2 MB that is almost full"
    )
    parser.add_argument("--operations", nargs="*", choices=COMMANDS, help="a fault at every file operation of commands")
    parser.add_argument("--every", type=int, default=1, help="of --operations, only every EVERYth")
    parser.add_argument("--begin", type=int, default=1, help="of --operations, the first that fails, from 1")
    parser.add_argument(
        "--forked", action="store_true", help="with --operations: do not start interpreters; ten times as fast"
    )
    parser.add_argument("--chains", nargs="+", choices=CHAINS, default=[*CHAINS], help="of --resume, the kinds of runs")
    parser.add_argument("--seed", type=int, default=0, help="seed of the moments")
    asked = parser.parse_args()
    operations = COMMANDS if asked.operations == [] else asked.operations or ()
    for number in (
        signal.SIGINT,
        signal.SIGHUP,
    ):  # a shell has its background processes ignore the one, `nohup` the other
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    rng = random.Random(asked.seed)  # noqa: S311 - chance, not secrecy
    tables: list[list[Row]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        experiments: list[tuple[float, Callable[[], list[Row]]]] = [
            (asked.kills, lambda: count_kills(folder / "kills", asked.kills, rng)),
            (asked.signals, lambda: count_signals(folder / "signals", asked.signals, rng)),
            *(
                (
                    asked.resume,
                    lambda name=name: count_chains(CHAINS[name](folder / f"chain-{name}"), asked.resume, rng),
                )
                for name in asked.chains
            ),
            (asked.batch, lambda: count_resumed(folder / "batch", asked.batch, rng)),
            (asked.overlap, lambda: count_overlaps(folder / "overlap", asked.overlap, rng)),
            (asked.nights, lambda: count_nights(folder / "nights", asked.nights, rng)),
            (asked.writers, lambda: count_bad_reads(folder / "writers", asked.writers)),
            (asked.disks, lambda: count_full_disks(folder / "disks", asked.disks, rng)),
            (
                len(operations),
                lambda: count_faults_of_operations(
                    folder / "operations", operations, Trials(asked.begin, asked.every, asked.forked)
                ),
            ),
        ]
        for wanted, run in experiments:
            if wanted:
                tables.append(run())
                print(table({"rows": tables[-1]}), end="\n\n", flush=True)
    sys.exit(any(int(str(row.get(column, 0))) for rows in tables for row in rows for column in BAD))


if __name__ == "__main__":
    main()
