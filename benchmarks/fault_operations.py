"""Have every single file operation of a command fail, one a run, for `faults.py --operations`.

`failing_operations/sitecustomize.py` counts the operations of the first process on files of the folder, and has one of
them fail. After each run all results must be old or new and whole, the sentence must be one line, and the code one that
the documentation names; nothing temporary may be left. Where the process died, this holds after the next run, which
must work.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fault_runs import Scene, batch_is_readable, make_scenes, run_clean, torn_files, write_series

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SHIM = Path(__file__).with_name("failing_operations")
FULL, REFUSED, BROKEN = {"ENOSPC", "EDQUOT"}, {"EACCES", "EROFS"}, {"EIO", "DEATH"}
KINDS = {
    "read": {"EACCES", *BROKEN},
    "stat": {"EACCES", *BROKEN},
    "write": {"SHORT", *FULL, *BROKEN},
    **dict.fromkeys(("fsync", "posix_fallocate", "ftruncate"), FULL | BROKEN),
    **dict.fromkeys(("unlink", "remove", "rmdir", "chmod", "fchmod"), REFUSED | BROKEN),
    **dict.fromkeys(("open", "replace", "rename", "mkdir", "link", "truncate"), FULL | REFUSED | BROKEN),
}
"""The faults that each operation can meet, by the manual pages of Linux: a full disk stops no look at a file, and only
a write can be too short."""
DIED = 99
"""Exit code of a process that the shim has ended."""
REMOVALS = {"unlink", "remove"}
"""Operations after whose failure a temporary file stays until the next run; its removal is what failed."""
WORKERS, GROUP_WORKERS = "batch workers", "group workers"
COMMANDS = ("train", "update", "predict", "evaluate", "check", "batch", WORKERS, "group", GROUP_WORKERS)
"""Whose operations are counted: those of the first process of a command, or those of the workers of a batch; a group is
a batch whose files share a network."""
BATCHES = {"batch": "batch", WORKERS: "batch", "group": "batch --group", GROUP_WORKERS: "batch --group"}
SCENES = {"train": "brief train", **BATCHES}
"""The scenes of batches, and those of other names than the command."""
OUTPUTS = {"evaluate": "scores.csv", "check": "clean.csv"}
"""Commands that write what they found to a file, and its name."""
SOURCES = 3
"""Files of a batch here."""
CODES = {
    "batch": {0, 3, 4, 65, 66, 73, 74},
    "batch --group": {0, 3, 4, 65, 66, 73, 74},
    "update": {0, 65, 66, 73, 74, 76},
    "train": {0, 65, 66, 73, 74},
    "predict": {0, 65, 66, 73, 74, 76},
    "evaluate": {0, 65, 66, 73, 74},
    "check": {0, 65, 66, 73, 74},
}
"""Codes that a command may end with after a fault; 0 where the operation was one that may fail, such as a look at a
file that need not exist, and 65, 66 and 76 where an input could not be read."""


class Trials(NamedTuple):
    """Which operations fail, and how commands are run.

    Attributes:
        begin: Number of the first operation that fails, from 1.
        every: Distance from one operation that fails to the next; 1 for all of them.
        forked: Whether commands run in copies of this process, which is quick, or in interpreters of their own.

    """

    begin: int
    every: int
    forked: bool

    def run(self, scene: Scene, environment: Mapping[str, str]) -> tuple[int, str]:
        """Run a scene with these variables; return the exit code and what was written to standard error."""
        if self.forked:
            from forked_runs import run_forked

            return run_forked(scene, environment)
        before = os.environ.copy()
        shim = [str(SHIM), *filter(None, [before.get("PYTHONPATH")])] if environment else []
        os.environ |= {**environment, **({"PYTHONPATH": os.pathsep.join(shim)} if shim else {})}
        try:
            return scene.start().finish()
        finally:
            os.environ.clear()
            os.environ.update(before)


def count_faults_of_operations(folder: Path, commands: Collection[str], trials: Trials) -> list[dict[str, object]]:
    """Return a row for each command: its operations, and the faults by how the runs ended.

    Args:
        folder: An empty place for the files.
        commands: Some of `COMMANDS`.
        trials: Which operations fail.

    """
    workers = {WORKERS, GROUP_WORKERS}
    return [_fail_each_operation(_make_scene(folder, name), name, trials, workers=name in workers) for name in commands]


def _make_scene(folder: Path, name: str) -> Scene:
    """Return a command in a folder of its own; a batch is one of few files, because each run begins them all."""
    if name in OUTPUTS:
        place = folder / name
        place.mkdir(parents=True)
        write_series(place / "level.csv", 0)
        return Scene(name, (name, "level.csv", "-o", OUTPUTS[name]), place, frozenset({"level.csv"}))
    (scene,) = make_scenes(folder / name.replace(" ", "-"), [SCENES.get(name, name)])
    if name in BATCHES:
        for file in sorted((scene.folder / "in").iterdir())[SOURCES:]:
            file.unlink()
    return scene


def _fail_each_operation(scene: Scene, name: str, trials: Trials, *, workers: bool) -> dict[str, object]:
    """Run a scene once for each operation of its first process, or of its workers, and each kind of fault."""
    scene.clear()
    clean, _ = run_clean(scene)
    scene.clear()
    alone = _results_without_group(scene)
    processes = _run_with_fault(scene, trials, 0, "", workers=workers)[2]
    operations = max(map(len, processes))
    row: dict[str, object] = {"command": name, "operations": operations}
    row |= {"faults": 0, "done": 0, "refused": 0}
    row |= {"died": 0, "other codes": 0, "tracebacks": 0, "torn": 0, "left behind": 0, "next failed": 0}
    found = Counter[str]()
    for number in range(trials.begin, operations + 1, trials.every):
        for kind in sorted(set().union(*(KINDS[names[number - 1]] for names in processes if len(names) >= number))):
            scene.clear()
            code, err, others = _run_with_fault(scene, trials, number, kind, workers=workers)
            failed = {names[number - 1] for names in others if len(names) >= number}
            found["faults"] += 1
            ends = {0: "done", DIED: "died"} | dict.fromkeys(CODES[scene.name] - {0}, "refused")
            end = ends.get(code, "other codes")
            found[end] += 1
            found["tracebacks"] += "Traceback" in err or "unexpected error" in err
            results = _unmarked(scene.results())
            torn = {*torn_files(results, clean)} & {*torn_files(results, alone)} or not batch_is_readable(scene.folder)
            found["torn"] += bool(torn)
            left = scene.temporary_files() if not failed & REMOVALS and kind != "DEATH" else []
            if kind == "DEATH":
                found["next failed"] += trials.run(scene, {})[0] != 0 or scene.results() != clean
                left = scene.unfinished()
            found["left behind"] += bool(left)
            if end == "other codes" or torn or left:
                what = f"{scene.name}: {failed} {number} with {kind} ended with {code}: {err[-300:]}{torn}{left}"
                print(what, flush=True)
    found["next failed"] += trials.run(scene, {})[0] != 0 or scene.results() != clean
    found["left behind"] += bool(scene.unfinished())
    print(row | found, flush=True)
    return row | found


def _results_without_group(scene: Scene) -> dict[str, bytes]:
    """Return what a batch of a group writes for files that cannot be read when the group is formed; else nothing."""
    if "--group" not in scene.arguments:
        return {}
    arguments = tuple(each for each in scene.arguments if each != "--group")
    alone, _ = run_clean(replace(scene, arguments=arguments))
    scene.clear()
    return alone


def _unmarked(results: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return results without the mark of forecasts of failed sources.

    A batch puts the model in place after the forecast: if that fails, the forecast is whole and marked stale.
    """
    return {name: content.replace(b",stale\n", b",current\n") for name, content in results.items()}


def _run_with_fault(
    scene: Scene, trials: Trials, number: int, kind: str, *, workers: bool
) -> tuple[int, str, list[list[str]]]:
    """Run a scene with one fault.

    Returns:
        Exit code, standard error, and the names of the operations of each process.

    """
    with tempfile.NamedTemporaryFile() as log:
        fault = {"FAILING_FOLDER": str(scene.folder), "FAILING_NUMBER": str(number), "FAILING_KIND": kind}
        fault |= {"FAILING_COUNT": log.name} | ({"FAILING_WORKERS": "1"} if workers else {})
        code, err = trials.run(scene, fault)
        processes: dict[str, list[str]] = {}
        for line in Path(log.name).read_text(encoding="ascii").splitlines():
            process, _, name = line.partition(" ")
            processes.setdefault(process, []).append(name)
        return code, err, [*processes.values()]
