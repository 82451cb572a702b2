"""Kill runs that go on where the killed ones stopped, for `faults.py --resume` and `faults.py --batch`.

A chain is one long run that is killed again and again, each time after some seconds, until it ends; its results must be
those of a run that was never killed. The time lost is processor time, because the wall clock depends on what else runs.
"""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fault_runs import Scene, add_to_count, make_scenes, run_clean, write_series

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from fault_runs import Run

    Row = dict[str, object]

SHORTEST, LONGEST = 2.0, 10.0
"""Seconds of processor time after which a run of a chain is killed: time to begin and to train a little, and much less
than the whole run takes."""
TICKS = os.sysconf("SC_CLK_TCK")
"""Units of processor time in a second."""
LONG_ROWS = 1500
NETWORKS = ("--cell", "gru", "--members", "3", "--jobs", "1")
LONG, SHORTER = ("--epochs", "40", "--updates", "200"), ("--epochs", "8", "--updates", "80")
"""Options with which a training of these rows takes half a minute of processor time, and those of an evaluation, which
trains in each fold."""


def count_chains(scene: Scene, count: int, rng: random.Random) -> list[Row]:
    """Kill one run until it ends, clear its results and begin again, until it was killed `count` times in all."""
    began = _seconds_of_processor()
    clean, seconds = run_clean(scene)
    usual = _seconds_of_processor() - began
    row: Row = {"chain": scene.name, "kills": 0, "runs to the end": 0, "resumed": 0, "failed": 0, "differs": 0}
    row |= {"left behind": 0, "clean_s": seconds, "clean_cpu_s": usual}
    lost: list[float] = []
    kills = 0
    while kills < count:
        scene.clear()
        began, before, code = _seconds_of_processor(), kills, -1
        while code < 0:
            run = scene.start()
            if kills < count:
                kills += _kill_after(run, rng.uniform(SHORTEST, LONGEST))
            code, err = run.finish()
            add_to_count(row, "resumed", "Resumed" in err)
        add_to_count(row, "runs to the end", 1)
        add_to_count(row, "failed", code != 0)
        add_to_count(row, "differs", scene.results() != clean)
        add_to_count(row, "left behind", len(scene.unfinished()))
        if kills > before:
            lost.append((_seconds_of_processor() - began - usual) / (kills - before))
    return [row | {"kills": kills, "mean lost_cpu_s": sum(lost) / len(lost), "most lost_cpu_s": max(lost)}]


def _kill_after(run: Run, seconds: float) -> bool:
    """Kill a run when it has used these seconds of processor time; return False if it had ended before."""
    stat = Path("/proc", str(run.process.pid), "stat")
    while run.process.poll() is None:
        user, system = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
        if (int(user) + int(system)) / TICKS >= seconds:
            run.kill()
            return True
        time.sleep(0.02)
    return False


def _seconds_of_processor() -> float:
    """Return the processor time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _long_training(folder: Path) -> Scene:
    """Return a training of several networks that takes about a minute."""
    folder.mkdir(parents=True)
    write_series(folder / "level.csv", 0, LONG_ROWS)
    return Scene(
        "train", ("train", "level.csv", *NETWORKS, *LONG, "-o", "level.joblib"), folder, frozenset({"level.csv"})
    )


def _long_evaluation(folder: Path) -> Scene:
    """Return an evaluation with a shorter training in each of five folds."""
    folder.mkdir(parents=True)
    write_series(folder / "level.csv", 0, LONG_ROWS)
    outputs = ("-o", "scores.csv", "--forecasts", "forecasts.csv")
    arguments = ("evaluate", "level.csv", *NETWORKS, *SHORTER, *outputs)
    return Scene("evaluate", arguments, folder, frozenset({"level.csv"}))


def _long_update(folder: Path) -> Scene:
    """Return an update of a model of several networks, which keeps the old model and writes another one."""
    folder.mkdir(parents=True)
    write_series(folder / "all.csv", 0, LONG_ROWS)
    lines = (folder / "all.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "old.csv").write_text("".join(lines[: -LONG_ROWS // 3]), encoding="utf-8")
    inputs = frozenset({"all.csv", "old.csv", "old.joblib"})
    run_clean(Scene("train", ("train", "old.csv", *NETWORKS, *LONG, "-o", "old.joblib"), folder, inputs))
    arguments = ("train", "all.csv", "--update", "old.joblib", "--jobs", "1", "-o", "new.joblib")
    return Scene("train --update", arguments, folder, inputs)


CHAINS: dict[str, Callable[[Path], Scene]] = {
    "train": _long_training,
    "evaluate": _long_evaluation,
    "update": _long_update,
}
"""What makes each long run in a new folder."""


def count_resumed(folder: Path, count: int, rng: random.Random) -> list[Row]:
    """Kill a batch at a random moment, run it again to its end, and compare its results with a clean run."""
    (scene,) = make_scenes(folder, ["batch"])
    clean, seconds = run_clean(scene)
    row: Row = {"run again": scene.name, "runs": count, "failed": 0, "differs": 0, "left behind": 0}
    clean_records, lost = _batch_records(scene), []
    for _ in range(count):
        scene.clear()
        run = scene.start()
        before = rng.uniform(0, seconds)
        time.sleep(before)
        run.kill()
        run.survivors()
        began = time.monotonic()
        add_to_count(row, "failed", scene.start().finish()[0] != 0)
        lost.append(before + time.monotonic() - began - seconds)
        add_to_count(row, "differs", scene.results() != clean or _batch_records(scene) != clean_records)
        add_to_count(row, "left behind", len(scene.unfinished()))
    return [row | {"clean_s": seconds, "mean lost_s": sum(lost) / count, "most lost_s": max(lost)}]


def _batch_records(scene: Scene) -> list[tuple[str, str, str]]:
    """Return which results the record of a batch names: path, digest of the model, digest of the forecast."""
    record = scene.folder / "out" / "run.json"
    if not record.exists():
        return []
    sources = json.loads(record.read_bytes())["sources"]
    return [
        (each["path"], *((each.get(key) or {}).get("key", "") for key in ("model", "forecast"))) for each in sources
    ]
