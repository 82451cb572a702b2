"""What is the longest time in which nothing changes on the screen, for each command?

Each command runs in a pseudo-terminal of 80 columns, as a process of its own. `first_s` is the time until the first
character, `still_s` the longest time from one change of the last line to the next, up to the result, `silent_s` the
same without the spinner, the moving bar and the clock: the longest time without a new number or word.

    python benchmarks/still_screens.py                             # prices, and a batch of 200 files
    python benchmarks/still_screens.py --file weekly.csv --effort quick
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cells import setting, table
from many_files import FAILURES, forecast_command, write_files

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS, COLUMNS = 24, 80
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
CLOCK = re.compile(r"[⠀-⣿━╸╺]+|\d+(\.\d+)? (s|min|h)( \d+ (s|min))?( left)?")
"""Spinner, bar, and the time that has gone or is left."""


@dataclass(frozen=True)
class Stillness:
    """Times in which a screen did not change, in seconds, see the top of this file, and the line that stood longest."""

    seconds: float
    first: float
    still: float
    silent: float
    code: int
    line: str


def last_line(text: str) -> str:
    """Return what stands on the last line of a terminal after its output, without colours."""
    return SEQUENCE.sub("", text.replace("\r\n", "\n")).rstrip("\n").rpartition("\n")[2].rpartition("\r")[2].rstrip()


def watch(command: Sequence[str], folder: Path) -> Stillness:
    """Run a command in a pseudo-terminal and return how long its screen stood still."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    surroundings = {name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR"}}
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=folder, stdin=child, stdout=child, stderr=child, env={**surroundings, "TERM": "xterm"}
    )
    os.close(child)
    text, shown = b"", ["", ""]
    first, changed, longest, stood = None, [began, began], [0.0, 0.0], ""
    while True:
        try:
            part = os.read(parent, 65536)
        except OSError:  # Linux says so at the end of the output
            break
        if not part:
            break
        now = time.perf_counter()
        first = first or now
        text = (text + part)[-4096:]
        line = last_line(text.decode(errors="replace"))
        for i, content in enumerate((line, CLOCK.sub("", line))):
            if content != shown[i]:
                if i == 0 and now - changed[i] > longest[i]:
                    stood = shown[i]
                longest[i], changed[i], shown[i] = max(longest[i], now - changed[i]), now, content
    code, end = process.wait(), time.perf_counter()
    os.close(parent)
    stood = shown[0] if end - changed[0] > longest[0] else stood
    longest = [max(each, end - since) for each, since in zip(longest, changed, strict=True)]
    return Stillness(end - began, (first or end) - began, *longest, code, stood)


def commands(file: str, effort: str, horizon: str) -> dict[str, list[str]]:
    """Return the commands that are run on one file, by what they do."""
    steps = ["--horizon", horizon] if horizon else []
    return {
        "check": ["check", file],
        "predict": ["predict", file, *steps, "--zero-shot", "-o", "next.csv"],
        "train": ["train", file, *steps, "--effort", effort],
        "train -j 2": ["train", file, *steps, "--effort", effort, "-j", "2"],
        "evaluate": ["evaluate", file, *steps, "--effort", effort, "--folds", "3", "-o", "scores.csv"],
        "evaluate -j 2": ["evaluate", file, *steps, "--effort", effort, "--folds", "3", "-j", "2", "-o", "scores.csv"],
    }


def main() -> None:
    """Run the benchmark and print one line for each command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sample = Path(__file__).parents[1] / "sample_data" / "sp500.csv"
    parser.add_argument("--file", type=Path, default=sample, help="the file of the commands for one file")
    parser.add_argument("--effort", default="standard", help="the effort of training")
    parser.add_argument("--horizon", default="", help="steps to forecast")
    parser.add_argument("--only", nargs="+", help="names of the commands to run, such as 'train -j 2'")
    parser.add_argument("--files", type=int, default=200, help="files of the batch; 0 for none")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder / "shops", asked.files, seed=1)
        runs = commands(str(asked.file.resolve()), asked.effort, asked.horizon)
        if asked.files:
            runs["train --out"] = ["train", "shops", "--out", "models"]
            runs["predict --out"] = ["predict", "models", "--out", "forecasts"]
        for title, words in runs.items():
            if asked.only and title not in asked.only:
                continue
            took = watch(forecast_command(*words), folder)
            columns = {"seconds": took.seconds, "first_s": took.first, "still_s": took.still, "silent_s": took.silent}
            rows.append({"command": title, **columns, "exit": took.code, "stood": took.line[:30]})
            print(f"{title}: {took}", file=sys.stderr)
            (folder / "models" / FAILURES).unlink(missing_ok=True)
    found = {"rows": rows, "load": os.getloadavg()} | setting()
    print(json.dumps(found) if asked.json else table(found))


if __name__ == "__main__":
    main()
