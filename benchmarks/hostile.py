"""Can a file, a name or a variable run code, crash the program, keep it busy or fill the memory?

Each attack is a command line that runs in a process of its own, which is a copy of one with all libraries loaded.
`executions` are attacks after which the canary exists, a file that they try to create; `crashes` are processes that
died, ended with a traceback or with an undocumented code, wrote control characters, or took more than a minute of the
processor, or three minutes for the largest forecast of a forged model. `slowest_cpu_s` is processor time, so that other
work on the machine does not count, and `peak_mb` is what the process took in addition to the copied one; more than the
bound of its kind, which `docs/data.md` states, is a fault. Files lie in a temporary folder of up to 3 GB.

    python benchmarks/hostile.py
    python benchmarks/hostile.py --kind models --kind configuration --json
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import hostile_ledgers  # noqa: F401 - adds its kinds
import hostile_models  # noqa: F401 - adds its kinds
import hostile_runs  # noqa: F401 - adds its kinds
import hostile_tables  # noqa: F401 - adds its kinds
from cells import table
from hostile_files import KINDS, Attack

from forecaster.cli import main as forecast

SLOWEST, SLOWEST_OF_FORGED, WAITING = 60, 180, 600
"""Seconds of the processor, and for forged models, and of the clock, after which an attack is ended and counts as a
crash."""
BOUNDS = {"configuration": 100, "environment": 100, "names": 300, "lists": 300, "models": 500, "checkpoints": 700}
"""MB that an attack of a kind may take in addition to the program's own memory."""
LARGEST, LARGEST_OF_FORGED = 1000, 2000
"""The same for tables of any kind, and for models whose sizes are as large as the audit lets them be."""
MOST_MEMORY = 8 * 2**30
"""Bytes of address space of an attack, so that a fault does not take the memory of others."""
LIBRARIES = ("openpyxl", "pandas", "pyarrow.parquet", "joblib", "holidays")
VERBS = ("train", "predict", "evaluate", "check", "inspect")


class Ending(NamedTuple):
    """How an attack ended.

    Attributes:
        kind: The kind of attack.
        name: What was attacked with.
        code: The exit code, or minus the number of the signal that ended the process.
        seconds: Processor time.
        memory: MB that the process took in addition to the copied one.
        error: The last line on standard error.
        fault: What is wrong; empty if nothing is.

    """

    kind: str
    name: str
    code: int
    seconds: float
    memory: float
    error: str
    fault: str


def launch(kind: str, attack: Attack, folder: Path) -> Ending:
    """Run an attack in a process of its own."""
    out, err = folder / "stdout", folder / "stderr"
    before = _resident()
    child = os.fork()
    if not child:
        _become(attack, out, err, SLOWEST_OF_FORGED if kind == "forged" else SLOWEST)
    status, usage = _wait(child)
    seconds = usage.ru_utime + usage.ru_stime
    code = os.waitstatus_to_exitcode(status)
    text = err.read_bytes()
    memory = max(0.0, (usage.ru_maxrss - before) / 1024)
    fault = fault_of(attack, code, out.read_bytes() + text) or memory_fault(kind, memory)
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return Ending(kind, attack.name, code, seconds, memory, lines[-1] if lines else "", fault)


def _resident() -> float:
    """Return the memory of this process in KB; its peak where the system does not tell the present size."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _become(attack: Attack, out: Path, err: Path, most: int) -> None:
    """Turn this process into one that runs the attack and ends, after `most` seconds of the processor at the latest."""
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ |= attack.variables
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    signal.alarm(WAITING)
    code = 70
    with suppress(BaseException):
        code = forecast(attack.arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _wait(child: int) -> tuple[int, resource.struct_rusage]:
    _, status, usage = os.wait4(child, 0)
    return status, usage


def fault_of(attack: Attack, code: int, said: bytes) -> str:
    """Return what is wrong with the end of an attack, or nothing."""
    if code not in attack.codes:
        return f"ended with {code}"
    text = said.decode("utf-8", "replace")
    if "Traceback" in text or "unexpected error" in text:
        return "a traceback"
    if not all(c.isprintable() or c in "\n\t" for c in text):
        return "control characters"
    errors = [line for line in text.splitlines() if line.startswith("error:")]
    if code not in {0, 3, 4} and (len(errors) != 1 or len(errors[0]) > 5000):
        return f"{len(errors)} sentences, the longest of {max(map(len, errors), default=0)} characters"
    return ""


def bound_of(kind: str) -> int:
    """Return the MB that an attack of a kind may take."""
    return LARGEST_OF_FORGED if kind == "forged" else BOUNDS.get(kind, LARGEST)


def memory_fault(kind: str, memory: float) -> str:
    """Return that an attack took more memory than its kind may, or nothing."""
    return f"took {memory:.0f} MB, and {bound_of(kind)} are the bound" if memory > bound_of(kind) else ""


def summary(endings: list[Ending], executions: dict[str, int]) -> list[dict[str, object]]:
    """Return one row for each kind."""
    rows = []
    for kind in dict.fromkeys(each.kind for each in endings):
        group = [each for each in endings if each.kind == kind]
        rows.append(
            {
                "kind": kind,
                "attacks": len(group),
                "refused": sum(each.code not in {0, 3} for each in group),
                "executions": executions[kind],
                "crashes": sum(bool(each.fault) for each in group),
                "slowest_cpu_s": max(each.seconds for each in group),
                "peak_mb": max(each.memory for each in group),
                "bound_mb": bound_of(kind),
            }
        )
    return rows


def line_of(ending: Ending) -> str:
    """Return how an attack ended, in a line."""
    size = f"code {ending.code}, {ending.seconds:.1f} s, {ending.memory:.0f} MB"
    return f"{ending.kind}: {ending.name}: {ending.fault or 'in order'}, {size}: {ending.error[:200]}"


def main() -> None:
    """Launch the attacks, print the table and the faults, and end with exit code 1 if there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", action="append", choices=sorted(KINDS), help="only these kinds")
    parser.add_argument("--slow", type=float, default=10, help="processor seconds from which an attack is listed")
    parser.add_argument("--large", type=float, default=500, help="MB from which an attack is listed")
    parser.add_argument("--verbose", action="store_true", help="print each attack as soon as it has ended")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    for library in (*LIBRARIES, *(f"forecaster.workflow.{verb}" for verb in VERBS)):
        with suppress(ImportError):
            __import__(library)
    endings: list[Ending] = []
    executions: dict[str, int] = {}
    for kind in asked.kind or KINDS:
        with tempfile.TemporaryDirectory() as name:
            folder, executions[kind] = Path(name), 0
            os.chdir(folder)
            (folder / "files").mkdir(exist_ok=True)
            for attack in KINDS[kind](folder / "files"):
                endings.append(launch(kind, attack, folder))
                if asked.verbose:
                    print(line_of(endings[-1]), file=sys.stderr, flush=True)
                executions[kind] += any(Path(tempfile.gettempdir()).glob("forecaster-canary-*"))
            os.chdir("/")
        print(table({"rows": summary(endings, executions)[-1:]}), file=sys.stderr, flush=True)
    rows = summary(endings, executions)
    listed = [line_of(each) for each in endings if each.fault or each.seconds > asked.slow or each.memory > asked.large]
    print(json.dumps({"rows": rows, "faults": listed}) if asked.json else "\n".join([table({"rows": rows}), *listed]))
    sys.exit(1 if any(each.fault for each in endings) or any(executions.values()) else 0)


if __name__ == "__main__":
    main()
