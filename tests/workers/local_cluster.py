"""A Dask cluster of processes of this machine, on the loopback address, for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
HOST = ("--host", "127.0.0.1", "--no-dashboard")
OTHER_VERSION = (
    "import forecaster; forecaster.__version__ = '0.0.9'; from distributed.cli.dask_worker import main; main()"
)
"""A worker that has another version of the program."""


@dataclass
class LocalCluster:
    """A scheduler and its workers, which stand in an empty folder: they see no file of a test by a relative path.

    Attributes:
        folder: The empty folder.
        processes: The scheduler, then the workers.

    """

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Start the scheduler, and wait until it says where it listens."""
        self.start("-m", "distributed.cli.dask_scheduler", *HOST, "--port", "0", "--scheduler-file", "scheduler.json")
        file = self.folder / "scheduler.json"
        while not (file.exists() and file.read_text().endswith("}")):
            assert self.processes[0].poll() is None, "the scheduler does not start"
            time.sleep(0.02)
        self.address: str = json.loads(file.read_text())["address"]
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a process with these arguments of the interpreter."""
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        nowhere = subprocess.DEVNULL
        command = [sys.executable, *arguments]
        self.processes.append(
            subprocess.Popen(command, cwd=self.folder, env=environment, stdin=nowhere, stdout=nowhere, stderr=nowhere)
        )
        return self.processes[-1]

    def start_worker(self, *first: str) -> subprocess.Popen[bytes]:
        """Start a worker that does one task at once."""
        own = "--nthreads", "1", "--no-nanny"
        return self.start(*(first or ("-m", "distributed.cli.dask_worker")), self.address, *HOST, *own)
