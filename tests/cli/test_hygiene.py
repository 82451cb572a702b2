"""No control byte of a file, of its name or of its columns reaches a terminal, whatever command prints it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.operations.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ESCAPE = "\x1b]0;owned\x07\x9b31m\x7f\u202e"
"""What renames a terminal, colours it, deletes and turns text round."""
FILE = f"evil{ESCAPE}.csv"


def seen(arguments: Sequence[str], folder: Path) -> str:
    """Run the program on a terminal and return what it shows."""
    ours, theirs = pty.openpty()
    variables = {**os.environ, "TERM": "dumb", "CI": "1", "COLUMNS": "200"}
    command = [sys.executable, "-m", "forecaster", *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as run:
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
        os.close(ours)
        run.wait(timeout=60)
    return shown.decode()


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


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", FILE, "--dry-run"],
        ["train", FILE, "--dry-run", "--series", f"shop{ESCAPE}"],
        ["train", FILE, "--target", f"no{ESCAPE}"],
        ["train", FILE, "--target", f"no{ESCAPE}", "--debug"],
        ["train", f"bad{ESCAPE}.csv"],
        ["train", f"missing{ESCAPE}.csv"],
        ["train", FILE, "--date-format", ESCAPE],
        ["train", FILE, "--encoding", ESCAPE],
        ["train", FILE, "--delimiter", ESCAPE],
        ["train", FILE, "-o", f"missing{ESCAPE}/m.joblib"],
        ["train", FILE, f"--no-option{ESCAPE}"],
        ["check", FILE],
        ["check", f"bad{ESCAPE}.csv", "--format", "json"],
        ["predict", "-m", f"missing{ESCAPE}.joblib"],
        ["predict", "-m", "model.joblib", "--debug"],
        ["predict", "--dates", ESCAPE],
        ["predict", "-o", f"x{ESCAPE}"],
        ["inspect", f"missing{ESCAPE}.joblib"],
        [f"no-command{ESCAPE}"],
    ],
    ids=lambda arguments: " ".join(arguments).encode("unicode_escape").decode(),
)
def test_a_terminal_sees_escapes(arguments: Sequence[str], folder: Path) -> None:
    shown = seen(arguments, folder)
    assert shown
    commanding = {c for c in shown if not c.isprintable()} - {"\r", "\n"}
    assert not commanding, shown.encode("unicode_escape").decode()


def test_the_forecast_of_a_hostile_series(folder: Path) -> None:
    quick = ["--horizon", "2", "--epochs", "1", "--updates", "1", "--members", "1", "--mode", "level", "--hidden", "2"]
    trained = seen(["train", FILE, "--series", f"shop{ESCAPE}", *quick, "-o", f"m{ESCAPE}.joblib"], folder)
    forecasts = [
        seen(["predict", "-m", f"m{ESCAPE}.joblib", "--format", form], folder) for form in ("table", "csv", "json")
    ]
    described = seen(["inspect", f"m{ESCAPE}.joblib"], folder)
    for shown in (trained, *forecasts, described):
        assert "owned" in shown
        assert all(c.isprintable() or c in "\r\n" for c in shown), shown.encode("unicode_escape").decode()
