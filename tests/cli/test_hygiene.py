"""No control byte of a file, of its name or of its columns reaches a terminal, whatever command prints it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.files.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ESCAPE = "\x1b]0;owned\x07\x9b31m\x7f\u202e"
"""What renames a terminal, colours it, deletes and turns text round."""
FILE = f"evil{ESCAPE}.csv"


RUN = """
import json, sys
from forecaster.cli import main
for arguments in json.load(sys.stdin):
    main(arguments)
    print(flush=True)
    print("-- done", flush=True)
"""


def seen(commands: Sequence[Sequence[str]], folder: Path) -> list[str]:
    """Run the program on a terminal with each of the arguments, and return what it shows."""
    ours, theirs = pty.openpty()
    variables = {**os.environ, "TERM": "dumb", "CI": "1", "COLUMNS": "200"}
    child = [sys.executable, "-c", RUN]
    with subprocess.Popen(child, cwd=folder, env=variables, stdin=subprocess.PIPE, stdout=theirs, stderr=theirs) as run:
        os.close(theirs)
        assert run.stdin is not None
        run.stdin.write(json.dumps(commands).encode())
        run.stdin.close()
        shown = b""
        while part := _read(ours):
            shown += part
        os.close(ours)
        run.wait(timeout=60)
    *parts, rest = shown.decode().split("-- done\r\n")
    assert (len(parts), rest) == (len(commands), "")
    return parts


def _read(terminal: int) -> bytes:
    """Read from a terminal; Linux ends with an error."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with files whose names, columns, series and cells are hostile, and a model of one."""
    folder = tmp_path_factory.mktemp("hygiene")
    values = np.random.default_rng(0).normal(100, 1, 40)
    days = np.datetime64("2024-01-01") + np.arange(40)
    rows = "".join(f"{day},{value:.3f},a{ESCAPE}\n" for day, value in zip(days, values, strict=True))
    atomic_write(folder / FILE, f"date,close{ESCAPE},shop{ESCAPE}\n{rows}".encode())
    atomic_write(folder / f"bad{ESCAPE}.csv", f"date,close\n2024-01-01,1{ESCAPE}\n2024-01-02,2\n".encode())
    atomic_write(folder / "model.joblib", ESCAPE.encode())
    return folder


QUICK = ["--horizon", "2", "--epochs", "1", "--updates", "1", "--members", "1", "--mode", "level", "--hidden", "2"]
MODEL = f"m{ESCAPE}.joblib"
COMMANDS = [
    ["train", FILE, "--dry-run"],
    ["train", FILE, "--target", f"no{ESCAPE}"],
    ["train", FILE, "--target", f"no{ESCAPE}", "--debug"],
    ["train", f"bad{ESCAPE}.csv"],
    ["train", f"missing{ESCAPE}.csv"],
    ["train", FILE, "--date-format", ESCAPE],
    ["train", FILE, "--encoding", ESCAPE],
    ["train", FILE, "--delimiter", ESCAPE],
    ["train", FILE, "--known", f"no{ESCAPE}"],
    ["train", FILE, "-o", f"missing{ESCAPE}/m.joblib"],
    ["train", FILE, f"--no-option{ESCAPE}"],
    ["train", FILE, "--series", "3", *QUICK, "-o", MODEL],
    *(["predict", "-m", MODEL, "--format", form] for form in ("table", "csv", "json", "jsonl")),
    ["predict", "-m", MODEL, "--explain"],
    ["predict", FILE, "-m", MODEL, "--known", FILE],
    ["inspect", MODEL],
    ["inspect", MODEL, "--json"],
    ["check", FILE],
    ["check", f"bad{ESCAPE}.csv", "--format", "json"],
    ["predict", "-m", f"missing{ESCAPE}.joblib"],
    ["predict", "-m", "model.joblib", "--debug"],
    ["predict", "--dates", ESCAPE],
    ["predict", "-o", f"x{ESCAPE}"],
    ["inspect", f"missing{ESCAPE}.joblib"],
    [f"no-command{ESCAPE}"],
]


@pytest.mark.slow
def test_a_terminal_sees_escapes(folder: Path) -> None:
    for arguments, shown in zip(COMMANDS, seen(COMMANDS, folder), strict=True):
        assert shown.strip(), arguments
        commanding = {c for c in shown if not c.isprintable()} - {"\r", "\n"}
        assert not commanding, (arguments, shown.encode("unicode_escape"))
    assert (folder / MODEL).exists()


def test_the_terminal_would_show_them(folder: Path) -> None:
    (shown,) = seen([["--version"]], folder)
    assert shown.startswith("forecast ")
    ours, theirs = pty.openpty()
    os.write(theirs, ESCAPE.encode())
    assert _read(ours).decode() == ESCAPE
    os.close(ours)
    os.close(theirs)
