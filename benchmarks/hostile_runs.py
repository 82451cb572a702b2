"""Hostile sources, names, numbers and forged files of the program itself for `benchmarks/hostile.py`."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from hostile_files import HEADER, ROWS, TABLE, Attack, kind

from forecaster.artifact import npz
from forecaster.artifact.checkpoint import FORMAT as CHECKPOINT
from forecaster.artifact.document import content_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOLDEN = Path(__file__).parents[1] / "tests" / "artifact" / "golden" / "schema_8.joblib"
ENDINGS = frozenset({0, 2, 3, 4, 65, 66, 73, 74, 76, 78})
"""The codes of runs that end in order; what else an attack must not do, `hostile.py` checks."""
AHEAD = ("--horizon", "2")


@kind
def sources(folder: Path) -> Iterator[Attack]:
    """Sources that are no regular files or that loop, and tables of extreme dates, steps and numbers."""
    loop, pipe = folder / "loop.csv", folder / "pipe.csv"
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    (folder / "circle").mkdir()
    (folder / "circle" / "a").symlink_to(folder / "circle")
    (folder / "circle" / "b.csv").symlink_to("/dev/zero")
    (folder / "circle" / "c.csv").symlink_to("/proc/self/mem")
    good = folder / "good.csv"
    good.write_bytes(TABLE)
    for source in (loop, pipe, folder / "circle", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "/dev/tty", "/proc"):
        for verb in ("check", "predict", "evaluate"):
            yield Attack(f"{verb} {source}", [verb, str(source)], ENDINGS)
    for path in (loop, pipe, folder, "/dev/full", "/dev/zero", "/proc/self/mem", "/proc/none"):
        yield Attack(f"a result in {path}", ["predict", str(good), *AHEAD, "-o", str(path)], ENDINGS)
        yield Attack(f"a folder {path}", ["batch", str(good), *AHEAD, "--out", str(path)], ENDINGS)
        yield Attack(f"a model {path}", ["predict", "--model", str(path)], ENDINGS)
        yield Attack(f"known values in {path}", ["predict", str(good), "--known", str(path)], ENDINGS)
    tables = {
        "year 1": b"".join(b"0001-01-%02d,%d\n" % (day, day) for day in range(1, 32)),
        "year 9999": b"".join(b"9999-12-%02d,%d\n" % (day, day) for day in range(1, 32)),
        "year 2262": b"".join(b"2262-%02d-01,%d\n" % (month, month) for month in range(1, 13)) * 2,
        "seconds far apart": b"".join(b"%d-01-01 00:00:0%d,%d\n" % (1600 + 20 * n, n % 10, n) for n in range(30)),
        "numbers at the bounds": ROWS.replace(b".5", b"e13"),
        "numbers near zero": ROWS.replace(b".5", b"e-300"),
        "numbers below zero": ROWS.replace(b".5", b"e-324"),
        "both": b"".join(b"2020-01-%02d,%s\n" % (n, b"1e15" if n % 2 else b"1e-15") for n in range(1, 32)),
        "signs": b"".join(b"2020-01-%02d,%s\n" % (n, b"1e15" if n % 2 else b"-1e15") for n in range(1, 32)),
        "epochs": b"".join(b"%d,%d\n" % (n * 10**17, n) for n in range(1, 32)),
        "integers": b"".join(b"%d,%d\n" % (2**62 + n, n) for n in range(1, 32)),
    }
    for name, rows in tables.items():
        path = folder / f"{name.replace(' ', '_')}.csv"
        path.write_bytes(HEADER + rows)
        for more in (["predict"], ["predict", "--horizon", "10000"], ["evaluate"], ["predict", "--samples", "5"]):
            yield Attack(f"{name}: {' '.join(more)}", [more[0], str(path), *more[1:]], ENDINGS)


SERIES = (
    *("=1+1", "+1", "-1+2", "@SUM(A1)", "\tx", "a\nb", "a\rb", "\x1b]0;evil\x07", "../../x", "..", "/etc/x", "CON"),
    *("a,b;c", 'a"b', "\u202ecsv.exe", "x" * 900, "%s%n{0}", "$(touch x)", "NaN", "null", "\u0000x"),
)
"""Names of series that a spreadsheet, a terminal, a shell or a file system could misread."""


@kind
def outputs(folder: Path) -> Iterator[Attack]:
    """Hostile names in everything that is written, which is then looked at: CSV, JSON, metrics, journals, folders."""
    folder = folder / "outputs"
    folder.mkdir()
    os.chdir(folder)
    rows = TABLE.decode().splitlines()[1:]
    quoted = ['"' + name.replace('"', '""') + '"' for name in SERIES if "\0" not in name]
    Path("panel.csv").write_text("id,Date,Close\n" + "".join(f"{n},{row}\n" for n in quoted for row in rows))
    Path("in").mkdir()
    for name in SERIES:
        if "/" not in name and "\0" not in name and len(name) < 200 and name.strip("."):
            Path("in", f"{name}.csv").write_bytes(TABLE if len(name) % 2 else b"Date,Close\n=cmd(),=1+1\n")
    metrics = ["--metrics-file", "m.prom"]
    written = {
        "series to one file": ["predict", "panel.csv", *AHEAD, "-o", "series.csv"],
        "series to a folder": ["predict", "panel.csv", *AHEAD, "--out", "series"],
        "findings": ["check", "in", "--format", "csv", "-o", "findings.csv"],
        "findings as JSON": ["check", "in", "--format", "jsonl"],
        "files by a batch": ["batch", "in", *AHEAD, "--out", "batch", *metrics],
        "files to one file": ["batch", "in", *AHEAD, "--out", "one", "--one-file"],
        "series by a batch": ["batch", "panel.csv", *AHEAD, "--out", "panel"],
        "scores": ["evaluate", "panel.csv", *AHEAD, "--folds", "2", "--by-series", "-o", "scores.csv"],
    }
    for name, command in written.items():
        yield Attack(name, command, ENDINGS)
    faults = [fault for path in sorted(folder.rglob("*")) if path.is_file() for fault in _written_faults(folder, path)]
    if faults:
        print("\n".join(faults), file=sys.stderr)
    yield Attack(
        f"{len(faults)} formula cells or control characters in what was written", ["--version"], _fails(faults)
    )


def _fails(faults: list[str]) -> frozenset[int]:
    """Return the codes of an attack that only counts faults: none if there are any."""
    return frozenset() if faults else frozenset({0})


def _written_faults(folder: Path, path: Path) -> Iterator[str]:
    """Yield what a spreadsheet or a terminal would misread in a file that the program wrote."""
    import csv

    name = path.relative_to(folder)
    if name.parts[0] in {"in", "panel.csv"} or name.suffix not in {".csv", ".json", ".jsonl", ".prom"}:
        return
    text = path.read_text(encoding="utf-8")
    if not all(character.isprintable() or character == "\n" for character in text):
        yield f"{name}: control characters"
    if name.suffix == ".csv":
        for row in csv.reader(text.splitlines()):
            for cell in row:
                plain = cell.lstrip("+-").replace(".", "").replace("e-", "").replace("e+", "").isdecimal()
                if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not plain:
                    yield f"{name}: the cell {cell[:40]!a}"


TRAIN = ("--no-zero-shot", "--epochs", "1", "--updates", "1", "--members", "1", "--hidden", "2", "--jobs", "1")


@kind
def checkpoints(folder: Path) -> Iterator[Attack]:
    """Files in the place of a checkpoint: all attacks on models, links, pipes, devices, and many or large files."""
    import importlib

    sys.path.insert(0, str(GOLDEN.parents[1]))
    attacks, parts = importlib.import_module("test_attacks"), importlib.import_module("conftest")
    make = parts.parts.__wrapped__ if hasattr(parts.parts, "__wrapped__") else parts.parts.__pytest_wrapped__.obj
    table, model = folder / "table.csv", folder / "m.joblib"
    table.write_bytes(
        HEADER + b"".join(b"%d-%02d-01,%d\n" % (2000 + n // 12, n % 12 + 1, n * 7 % 11 + 9) for n in range(60))
    )
    place = folder / "m.joblib.checkpoint" / "network-1-judged.checkpoint"

    def sparse() -> None:
        place.touch()
        os.truncate(place, 3 * 2**30)

    others: dict[str, Callable[[], Any]] = {
        "a link": lambda: place.symlink_to(table),
        "a link to itself": lambda: place.symlink_to(place),
        "a link to zeros": lambda: place.symlink_to("/dev/zero"),
        "a pipe": lambda: os.mkfifo(place),
        "a folder": place.mkdir,
        "3 GiB": sparse,
        "a model": lambda: place.write_bytes(GOLDEN.read_bytes()),
        "large arrays": lambda: place.write_bytes(_forged_checkpoint(10_000_000)),
    }
    others |= {
        name: (lambda attack=attack: place.write_bytes(attack(make()))) for name, attack in attacks.ATTACKS.items()
    }
    for name, put in others.items():
        for old in place.parent.glob("*") if place.parent.is_dir() else ():
            old.rmdir() if old.is_dir() and not old.is_symlink() else old.unlink()
        place.parent.mkdir(exist_ok=True)
        put()
        yield Attack(name, ["train", str(table), "-o", str(model), "--horizon", "2", *TRAIN], frozenset({0}))


def _forged_checkpoint(count: int) -> bytes:
    """Return a checkpoint of this many weights whose digest fits."""
    weights = {name: np.zeros(count, np.float32) for name in ("weights", "best", "mean", "square")}
    arrays = {**weights, "epochs": np.array([[0, 0, 0, 1, 0, 0.0]])}
    sizes = {"members": 1, "epochs": 1, "updates": 1, "tuning_updates": 0}
    chance = {"state": "0" * 32, "inc": "0" * 32, "has_uint32": 0, "uinteger": 0}
    meta = {"run": {}, "sizes": sizes, "saved": "2026-01-01 00:00:00", "updates": 0, "halvings": 0, "chance": chance}
    content = {"format": CHECKPOINT, "schema": 1, "meta": meta, "arrays": npz.pack_npz(arrays)}
    return pickle.dumps(content | {"sha256": content_digest(1, meta, arrays)}, protocol=4)
