"""Fill a real disk of 2 MB under the results of commands, for `faults.py --disks`.

The disk is a file system in memory, which only root can mount. Without root, the command is `unshare --map-root-user
--mount python benchmarks/faults.py --disks 20`, where the system allows that. Results are on the disk, and each run
finds another number of bytes free: none, or up to twice what the results take.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from fault_operations import CODES
from fault_runs import make_scenes, run_clean
from forked_runs import run_forked

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

    from fault_runs import Scene

SIZE = 2 * 2**20
"""Bytes of the disk."""
BLOCK = 4096
"""Bytes in which it gives space to files."""
COMMANDS = ("brief train", "predict", "batch")
STORAGE = {73, 74}
"""Codes of a result that cannot be written."""


def count_full_disks(folder: Path, count: int, rng: random.Random) -> list[dict[str, object]]:
    """Return a row for each command: how its runs on a disk with little space ended.

    Old results are there in every second run. A result must be the old or the new one and whole; after a run that
    failed, and after the next run with enough space, nothing temporary may be left.
    """
    return [_fill_disk_under(scene, count, rng) for scene in make_scenes(folder, COMMANDS)]


def _fill_disk_under(scene: Scene, count: int, rng: random.Random) -> dict[str, object]:
    """Run one command on a disk that has less and less space."""
    clean, _ = run_clean(scene)
    scene.clear()
    on_disk = replace(scene, folder=scene.folder / "disk")
    row: dict[str, object] = {"full disk": scene.name, "runs": count, "done": 0, "refused": 0, "in the folder": 0}
    row |= {"other codes": 0, "no sentence": 0, "torn": 0, "left behind": 0, "next failed": 0}
    found = Counter[str]()
    needed = sum(map(len, clean.values()))
    for number in range(count):
        with _small_disk(on_disk.folder) as filler:
            for name in scene.inputs:
                subprocess.run(["cp", "-r", scene.folder / name, on_disk.folder], check=True)  # noqa: S603, S607 - of Linux
            if number % 2:
                run_forked(on_disk, {})
            old = on_disk.results()
            _fill(filler, int(2 * needed * rng.random() * (number > 1)))
            code, err = run_forked(on_disk, {})
            end = {0: "done"} | dict.fromkeys(STORAGE, "refused") | dict.fromkeys({3, 4}, "in the folder")
            found[end.get(code, "other codes") if code in CODES.get(scene.name, {0, *STORAGE}) else "other codes"] += 1
            found["no sentence"] += code != 0 and (not err.strip() or "Traceback" in err)
            results = {name: content for name, content in on_disk.results().items() if name != filler.name}
            torn = [name for name, content in results.items() if content not in {clean.get(name), old.get(name)}]
            found["torn"] += bool(torn) or bool(old.keys() - results.keys())
            left = on_disk.temporary_files()
            found["left behind"] += bool(left)
            filler.unlink()
            found["next failed"] += run_forked(on_disk, {})[0] != 0 or on_disk.results() != clean
            found["left behind"] += bool(on_disk.unfinished())
            if torn or left or found["other codes"]:
                print(f"{scene.name}: {code} {err[-300:]}{torn}{left}", flush=True)
    return row | found


def _fill(filler: Path, free: int) -> None:
    """Fill a disk until about `free` bytes are left."""
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(BLOCK)) == BLOCK:
                pass
        except OSError:
            pass
        file.truncate(max(0, file.tell() - free // BLOCK * BLOCK))


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk, and yield the name of the file that will fill it."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False).returncode:  # noqa: S603 - written here
        sys.exit("a disk in memory cannot be mounted; be root, or put this in front: unshare --map-root-user --mount")
    try:
        yield folder / "filler"
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S603, S607 - wherever it is
        folder.rmdir()
