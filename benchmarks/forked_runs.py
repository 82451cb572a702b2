"""Run commands in copies of this process, which has imported the program once, for `faults.py --operations --forked`.

A run then takes a tenth of the time, most of which is to import libraries. Nothing else differs from a run of its own
interpreter: the copy leads a session, has its own folder, streams and environment, and ends without the exit handlers
of this process. The process that forks the workers of a batch is a copy, too.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import signal
import sys
import tempfile
import time
import traceback
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from fault_runs import Scene

SHIM = Path(__file__).with_name("failing_operations") / "sitecustomize.py"
LONGEST = 600.0
"""Seconds after which a run is taken to hang."""


def run_forked(scene: Scene, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a scene in a copy of this process; return the exit code and what was written to standard error."""
    _import_program()
    with tempfile.TemporaryFile() as err:
        pid = os.fork()
        if not pid:
            _run_and_exit(scene, environment, err.fileno())
        code = _wait(pid)
        err.seek(0)
        return code, err.read().decode()


@cache
def _import_program() -> None:
    """Import all modules of the program, and with them its libraries."""
    import forecaster

    for module in pkgutil.walk_packages(forecaster.__path__, "forecaster."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _wait(pid: int) -> int:
    """Return the exit code of a process; kill one that hangs."""
    end = time.monotonic() + LONGEST
    while (found := os.waitpid(pid, os.WNOHANG)) == (0, 0):
        if time.monotonic() > end:
            os.killpg(pid, 9)
        time.sleep(0.005)
    return os.waitstatus_to_exitcode(found[1])


def _run_and_exit(scene: Scene, environment: Mapping[str, str], err: int) -> None:
    """Run a scene in this process, which is a copy, and end it."""
    code: Any = 1
    try:
        os.setsid()
        os.chdir(scene.folder)
        os.environ |= {**environment, **scene.places()}
        tempfile.tempdir = None  # where the system has it for the new environment
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream, handle in enumerate((nowhere, nowhere, err)):
            os.dup2(handle, stream)
        sys.argv = ["forecast", *scene.arguments]
        _fork_workers(_load_shim() if "FAILING_FOLDER" in environment else None, environment)
        from forecaster.cli import main

        code = main()
    except SystemExit as error:
        code = error.code
    except BaseException:  # noqa: BLE001 - the interpreter prints any error and ends with 1
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def _load_shim() -> ModuleType:
    """Return the module that has operations fail, loaded for this environment, without effect so far."""
    specification = importlib.util.spec_from_file_location("failing_operations", SHIM)
    if specification is None or specification.loader is None:
        raise ImportError(SHIM)
    shim = importlib.util.module_from_spec(specification)
    os.environ["FAILING_BEGUN"] = "1"
    workers = os.environ.pop("FAILING_WORKERS", None)  # or it would take this process for a worker
    specification.loader.exec_module(shim)
    if workers:
        os.environ["FAILING_WORKERS"] = workers
    return shim


def _fork_workers(shim: ModuleType | None, environment: Mapping[str, str]) -> None:
    """Fork the process that starts workers, and have operations fail in the processes that are to meet faults."""
    from forecaster.workers import start

    in_workers = "FAILING_WORKERS" in environment
    context: Any = get_context("fork")
    if shim and not in_workers:
        shim.patch_operations()

    def begin(target: Callable[..., None], *arguments: Any) -> None:
        signal.set_wakeup_fd(-1)  # or the signals of workers would be taken for those of the first process
        if shim:
            (shim.patch_operations if in_workers else shim.restore_operations)()
        target(*arguments)

    class Context:
        """Start copies of this process as interpreters are started."""

        @staticmethod
        def Process(target: Callable[..., None], args: tuple[Any, ...], *, daemon: bool) -> Any:  # noqa: N802 - a name of `multiprocessing`
            """Return a process that calls `target`."""
            return context.Process(target=begin, args=(target, *args), daemon=daemon)

    setattr(start, "get_context", lambda _: Context)  # noqa: B010 - a copy that runs one command
