"""Commands in folders of their own for `faults.py`, and what is left of them after they were killed.

A scene is a folder with input files, and a command that writes results there. Results depend on the input alone, so a
result that differs from that of a clean run is torn.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SECONDS_TO_VANISH = 2.0
"""Seconds after the death of the first process in which all others must have ended."""
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - it is listed, and nothing is written there
RECORDS = {"run.json", "failures.csv", "journal.jsonl", "ledger.sqlite"}
"""Files of a batch that hold times, or that come and go."""
LEDGER_JOURNAL = "ledger.journal"
"""The folder of the entries that a batch has noted and not yet taken into its ledger."""
UNFINISHED = (".tmp", ".new")
"""Endings of temporary files, and of models that a batch has trained and not yet accepted."""
CHECKPOINT = ".checkpoint"
"""Ending of the folders of checkpoints and of the files in them."""
BATCH_FILES = 6
BRIEF = ("--epochs", "2", "--members", "1")
"""Options of a training that is run very often."""


@dataclass(frozen=True)
class Scene:
    """A command and the folder in which it runs.

    Attributes:
        name: What the command is called in the tables.
        arguments: The arguments of `forecast`.
        folder: The folder, with the input files.
        inputs: Names of the input files and folders.

    """

    name: str
    arguments: tuple[str, ...]
    folder: Path
    inputs: frozenset[str]

    def start(self, limit: Callable[[], object] | None = None) -> Run:
        """Start the command as the first process of a session of its own."""
        process = subprocess.Popen(  # noqa: S603 - the command is written here
            [sys.executable, "-m", "forecaster", *self.arguments],
            cwd=self.folder,
            env=os.environ | self.places(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=limit,  # noqa: PLW1509 - this process has one thread
        )
        return Run(process)

    def places(self) -> dict[str, str]:
        """Return the environment of the command: it keeps temporary files and locks where they can be counted."""
        self.system.mkdir(exist_ok=True)
        return {"TMPDIR": str(self.system), "FORECAST_LOCK_FOLDER": str(self.system), "OMP_NUM_THREADS": "1"}

    @property
    def system(self) -> Path:
        """The folder for the files of the system."""
        return self.folder.parent / f"{self.folder.name}-system"

    def results(self) -> dict[str, bytes]:
        """Return the content of all results, by their paths, without records, which hold times, and checkpoints."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        found = {str(path.relative_to(self.folder)): path for path in files}
        return {
            name: path.read_bytes()
            for name, path in found.items()
            if name.partition("/")[0] not in self.inputs
            and path.name not in RECORDS
            and path.parent.name != LEDGER_JOURNAL
            and path.suffix not in {*UNFINISHED, CHECKPOINT}
        }

    def temporary_files(self) -> list[str]:
        """Return the temporary files among the results, and the files of the system that are left."""
        temporary = (path for ending in UNFINISHED for path in self.folder.rglob(f"*{ending}"))
        return [*map(str, temporary), *map(str, self.system.rglob("*"))]

    def unfinished(self) -> list[str]:
        """Return the temporary files, checkpoints and journals of ledgers, which only a run that ended badly leaves."""
        kept = (path for name in (f"*{CHECKPOINT}", LEDGER_JOURNAL) for path in self.folder.rglob(name))
        return [*self.temporary_files(), *map(str, kept)]

    def clear(self) -> None:
        """Remove all results, and the files of the system."""
        shutil.rmtree(self.system, ignore_errors=True)
        for path in self.folder.iterdir():
            if path.name not in self.inputs:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@dataclass(frozen=True)
class Run:
    """A command that runs."""

    process: subprocess.Popen[str]

    def kill(self) -> None:
        """Kill the first process, and no other."""
        self.process.send_signal(signal.SIGKILL)

    def finish(self, timeout: float = 1800) -> tuple[int, str]:
        """Wait for the end; return the exit code and what was written to standard error."""
        _, err = self.process.communicate(timeout=timeout)
        return self.process.returncode, err

    def survivors(self) -> int:
        """Return how many processes of the session live 2 seconds after the first has ended."""
        self.process.wait()
        end = time.monotonic() + SECONDS_TO_VANISH
        while (living := living_processes(self.process.pid)) and time.monotonic() < end:
            time.sleep(0.02)
        for pid in living:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(living)

    def shared_memory(self) -> list[str]:
        """Return what is left in shared memory under the number of the first process."""
        number = str(self.process.pid)
        return [path.name for path in SHARED_MEMORY.glob("*") if number in path.name.replace("-", "_").split("_")]


def living_processes(session: int) -> list[int]:
    """Return the processes of a session that have not ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, _, _, its_session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state not in "ZX":
                found.append(int(folder.name))
    return found


def make_scenes(folder: Path, names: Sequence[str]) -> list[Scene]:
    """Return scenes, each in a folder of its own below `folder`."""
    return [SCENES[name](folder / name.replace(" ", "-")) for name in names]


def _make_training(folder: Path, *options: str) -> Scene:
    """Return a training of a small network on one series, with a model to replace."""
    folder.mkdir(parents=True)
    write_series(folder / "level.csv", 0)
    arguments = ("train", "level.csv", "--cell", "gru", *(options or ("--epochs", "6")), "-o", "level.joblib")
    return Scene("train", arguments, folder, frozenset({"level.csv"}))


def _make_update(folder: Path) -> Scene:
    """Return an update of a small model on newer rows, which writes another model."""
    folder.mkdir(parents=True)
    write_series(folder / "old.csv", 0)
    write_series(folder / "level.csv", 0, 180)
    train = ("train", "old.csv", "--cell", "gru", *BRIEF, "-o", "old.joblib")
    run_clean(Scene("train", train, folder, frozenset()))
    arguments = ("train", "level.csv", "--update", "old.joblib", "-o", "new.joblib")
    return Scene("update", arguments, folder, frozenset({"old.csv", "level.csv", "old.joblib"}))


def _make_panel_training(folder: Path) -> Scene:
    """Return a training of several networks on several series in two processes."""
    folder.mkdir(parents=True)
    (folder / "in").mkdir()
    for number in range(4):
        write_series(folder / "in" / f"{number}.csv", number)
    arguments = ("train", "in", "--cell", "gru", "--epochs", "3", "--jobs", "2", "-o", "panel.joblib")
    return Scene("panel train", arguments, folder, frozenset({"in"}))


def _make_prediction(folder: Path) -> Scene:
    """Return a forecast from a model."""
    folder.mkdir(parents=True)
    write_series(folder / "level.csv", 0)
    train = Scene("train", ("train", "level.csv", "-o", "level.joblib"), folder, frozenset())
    run_clean(train)
    arguments = ("predict", "level.csv", "--model", "level.joblib", "-o", "next.csv")
    return Scene("predict", arguments, folder, frozenset({"level.csv", "level.joblib"}))


def _make_batch(folder: Path, *options: str) -> Scene:
    """Return a batch of short files, with further options."""
    folder.mkdir(parents=True)
    (folder / "in").mkdir()
    for number in range(BATCH_FILES):
        write_series(folder / "in" / f"{number}.csv", number)
    arguments = ("batch", "in", "--out", "out", "--horizon", "5", "--jobs", "2", *options)
    return Scene(" ".join(("batch", *options)), arguments, folder, frozenset({"in"}))


SCENES: dict[str, Callable[[Path], Scene]] = {
    "train": _make_training,
    "brief train": lambda folder: _make_training(folder, *BRIEF),
    "update": _make_update,
    "panel train": _make_panel_training,
    "batch": _make_batch,
    "batch --group": lambda folder: _make_batch(folder, "--group"),
    "predict": _make_prediction,
}
"""What makes each scene in a new folder."""


def write_series(file: Path, seed: int, rows: int = 150) -> None:
    """Write daily values with a level and a week."""
    rng, steps = np.random.default_rng(seed), np.arange(rows)
    values = 100 + 5 * np.sin(2 * np.pi * steps / 7) + rng.normal(0, 2, rows)
    days = np.datetime64("2023-01-01") + steps
    lines = [f"{day},{value:.2f}" for day, value in zip(days, values, strict=True)]
    file.write_text("\n".join(["date,value", *lines, ""]), encoding="utf-8")


def add_row(file: Path, seed: int) -> None:
    """Append the next day to a file of `write_series`."""
    text = file.read_text(encoding="utf-8")
    last = np.datetime64(text.rstrip().rpartition("\n")[2].partition(",")[0])
    file.write_text(f"{text}{last + 1},{100 + seed % 7}.25\n", encoding="utf-8")


def run_clean(scene: Scene) -> tuple[dict[str, bytes], float]:
    """Run a scene without a fault; return its results and the seconds it took."""
    began = time.monotonic()
    code, err = scene.start().finish()
    if code:
        sys.exit(f"{scene.name} without a fault ended with {code}: {err}")
    return scene.results(), time.monotonic() - began


def torn_files(found: dict[str, bytes], clean: dict[str, bytes]) -> list[str]:
    """Return the results that differ from those of a clean run; results that are missing are not torn."""
    return [name for name, content in found.items() if content != clean.get(name)]


def batch_is_readable(folder: Path) -> bool:
    """Return whether the record of a batch is missing or whole."""
    record = folder / "out" / "run.json"
    with suppress(ValueError):
        return not record.exists() or bool(json.loads(record.read_bytes()))
    return False


def limit_file_size(size: int) -> Callable[[], None]:
    """Return what has the system refuse to write more than this number of bytes to a file, as on a full disk."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def add_to_count(row: dict[str, object], column: str, number: int) -> None:
    """Add to a count of a row of a table."""
    row[column] = int(str(row.get(column, 0))) + number
