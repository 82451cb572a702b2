"""The program starts and works where the names are missing that only Unix systems have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "forecaster"
WITHOUT_NAMES_OF_UNIX = """
import os, signal, sys
import ctypes, filelock, joblib, multiprocessing.connection, multiprocessing.popen_spawn_posix
import numpy, pandas, platform, pyarrow.parquet, rich.console
import shutil, socket, subprocess, tempfile, threadpoolctl, typer.testing
for module in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog"):
    sys.modules[module] = None
for owner, names in {
    os: "O_NOFOLLOW O_DIRECTORY O_NONBLOCK O_CLOEXEC fchmod fchown chown pread pwrite mkfifo fork forkpty killpg "
    "getpgid getpgrp setsid setpgid getuid geteuid getgid getegid setuid sched_getaffinity sched_setaffinity nice "
    "getloadavg uname wait3 wait4 posix_fallocate posix_fadvise register_at_fork ttyname sysconf WNOHANG openpty lockf",
    signal: "SIGHUP SIGKILL SIGALRM SIGPIPE SIGUSR1 SIGUSR2 SIGCHLD SIGQUIT SIGSTOP SIGCONT SIGTSTP SIGWINCH SIGXCPU "
    "setitimer alarm pause pthread_sigmask sigwait pthread_kill",
}.items():
    for name in names.split():
        delattr(owner, name) if hasattr(owner, name) else None
"""
IMPORTS = """
import importlib
sys.platform = "win32"
for name in sys.argv[1:]:
    importlib.import_module(name)
"""
RUN = """
from forecaster.cli import main
sys.argv = ["forecast", *sys.argv[1:]]
sys.exit(main())
"""


def run(program: str, *arguments: str, folder: Path) -> None:
    """Run a program in a process that lacks the names."""
    command = [sys.executable, "-c", WITHOUT_NAMES_OF_UNIX + program, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_every_module_can_be_imported(tmp_path: Path) -> None:
    parts = [path.relative_to(PACKAGE.parent).with_suffix("").parts for path in PACKAGE.rglob("*.py")]
    modules = sorted(".".join(each).removesuffix(".__init__") for each in parts if each[-1] != "__main__")
    assert "forecaster.files.lock" in modules
    run(IMPORTS, *modules, folder=tmp_path)


@pytest.mark.slow
def test_a_model_is_trained_and_used(tmp_path: Path) -> None:
    rows = "".join(f"2024-{month:02}-{day:02},{day % 7 + month}\n" for month in range(1, 7) for day in range(1, 29))
    (tmp_path / "a.csv").write_text(f"ds,y\n{rows}")
    run(RUN, "train", "a.csv", "--epochs", "1", "--members", "1", folder=tmp_path)
    run(RUN, "predict", "--horizon", "3", "--output", "b.csv", folder=tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"a.csv", "b.csv", "forecast.joblib"}
