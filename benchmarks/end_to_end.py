"""How long do `forecast train` and `forecast predict` take as whole processes, compared with neuralforecast?

Each trains one RNN, GRU or LSTM of the same sizes for the same number of updates on one price file, and forecasts from
the saved model in a new process. The script measures wall-clock time and peak resident memory of each process, from its
start to its end. The programs take turns in every round, and the median over the rounds is printed. neuralforecast may
be in a separate environment; without one it is left out.

    python benchmarks/end_to_end.py sample_data/sp500.csv --peer nf/bin/python --rounds 3
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cells import setting, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Medians = Mapping[str, float]

HERE = Path(__file__).resolve().parent
CELLS = ("rnn", "gru", "lstm")
HORIZON = 5
EPOCHS, UPDATES = 20, 25
"""Epochs of training, and updates in each: 500 in all."""
SIZES = ("--horizon", str(HORIZON), "--lookback", "30", "--hidden", "64", "--layers", "1", "--batch", "128")
"""Options that both sides know by the same names."""
QUIET = 0.1
"""Processors that other work may take, in the mean, before it disturbs the times."""


@dataclass(frozen=True)
class Prices:
    """A file with one series: its column of dates, its column of prices, and its step as pandas calls it."""

    path: Path
    time: str
    target: str
    freq: str


@dataclass(frozen=True)
class Contender:
    """A program as two commands; both run in the same folder and share the file or folder `model`."""

    train: Sequence[str]
    predict: Sequence[str]


@dataclass(frozen=True)
class Cost:
    """What a process took: wall time in seconds, peak resident memory in megabytes of 2^20 bytes."""

    seconds: float
    megabytes: float


def ours(cell: str, prices: Prices) -> dict[str, Contender]:
    """Return this package twice: with its defaults, and without the second training, which is on all rows."""
    forecast = (sys.executable, "-m", "forecaster")
    data = (str(prices.path), "--time", prices.time, "--target", prices.target)
    network = ("--cell", cell, "--segment", "1", "--members", "1", *SIZES)
    work = ("--epochs", str(EPOCHS), "--updates", str(UPDATES), "--no-early-stopping")
    train = (*forecast, "train", *data, "--output", "model", *network, *work)
    predict = (*forecast, "predict", "--model", "model", "--horizon", str(HORIZON))
    once = (*train, "--no-all-rows")
    return {"forecast --no-all-rows": Contender(once, predict), "forecast": Contender(train, predict)}


def theirs(cell: str, prices: Prices, python: str) -> Contender:
    """Return neuralforecast, run by the interpreter `python`."""
    script = (python, str(HERE / "peer_neuralforecast.py"))
    data = (str(prices.path), "--time", prices.time, "--target", prices.target, "--freq", prices.freq)
    network = ("--cell", cell, *SIZES, "--updates", str(EPOCHS * UPDATES))
    return Contender((*script, "train", *data, "--output", "model", *network), (*script, "predict", "--model", "model"))


def cost(command: Sequence[str], folder: Path) -> Cost:
    """Run a command in `folder`, with its streams in files there, and return what it took.

    The system counts the memory of the starting process as a minimum of the started one. So this script loads nothing
    large before it has measured.
    """
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr, cwd=folder)  # noqa: S603 - written above
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{(folder / 'stderr').read_text()}{' '.join(command)} ended with {process.returncode}")
    return Cost(seconds, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10))


def turn(contender: Contender) -> tuple[Cost, Cost]:
    """Train and forecast once, in a new folder, and return the cost of each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        costs = cost(contender.train, folder), cost(contender.predict, folder)
        rows = len((folder / "stdout").read_text().splitlines()) - 1  # without the header
    if rows != HORIZON:
        sys.exit(f"{rows} rows are forecast instead of {HORIZON} by {' '.join(contender.predict)}")
    return costs


def medians(turns: Sequence[tuple[Cost, Cost]]) -> Medians:
    """Return the medians of the turns of one program."""
    trains, predicts = zip(*turns, strict=True)
    return {
        "train_s": statistics.median(each.seconds for each in trains),
        "predict_s": statistics.median(each.seconds for each in predicts),
        "train_mb": statistics.median(each.megabytes for each in trains),
        "predict_mb": statistics.median(each.megabytes for each in predicts),
    }


def ratios(found: Medians, peer: Medians | None) -> dict[str, float | None]:
    """Return the time of the peer divided by ours, and our memory divided by that of the peer."""
    return {
        "train_ratio": peer["train_s"] / found["train_s"] if peer else None,
        "predict_ratio": peer["predict_s"] / found["predict_s"] if peer else None,
        "train_share": found["train_mb"] / peer["train_mb"] if peer else None,
        "predict_share": found["predict_mb"] / peer["predict_mb"] if peer else None,
    }


def rows(cell: str, prices: Prices, python: str | None, rounds: int) -> list[dict[str, object]]:
    """Return one row for each program."""
    contenders = ours(cell, prices)
    if python:
        contenders["neuralforecast"] = theirs(cell, prices, python)
    turns: dict[str, list[tuple[Cost, Cost]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            turns[name].append(turn(contender))
    found = {name: medians(each) for name, each in turns.items()}
    peer = found.get("neuralforecast")
    return [{"cell": cell, "program": name, **each, **ratios(each, peer)} for name, each in found.items()]


def peer_versions(python: str) -> object:
    """Return the versions of the peer's libraries and its number of threads, as its interpreter reports them."""
    command = [python, str(HERE / "peer_neuralforecast.py"), "versions"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the user's interpreter
    if found.returncode:
        sys.exit(f"{found.stderr}{python} has no neuralforecast that can be used")
    return json.loads(found.stdout)


def arguments() -> argparse.Namespace:
    """Return the arguments of the command line, with the full path of the peer's interpreter."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=HERE.parent / "sample_data" / "sp500.csv", metavar="FILE")
    parser.add_argument("--time", default="Date", help="column of the dates")
    parser.add_argument("--target", default="Close", help="column of the prices")
    parser.add_argument("--freq", default="B", help="step between the dates, as pandas calls it")
    parser.add_argument("--peer", metavar="PYTHON", help="interpreter of an environment that has neuralforecast")
    parser.add_argument("--rounds", type=int, default=3, help="turns that every contender takes")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    if asked.peer:
        # Not resolved: the interpreter of a virtual environment is a link that must keep its place.
        asked.peer = str(Path(shutil.which(asked.peer) or parser.error(f"{asked.peer} is no program")).absolute())
    elif find_spec("neuralforecast"):
        asked.peer = sys.executable
    return asked


def other_work() -> float:
    """Return the processor seconds since boot that were not this script's or its children's; nan if unknown."""
    listing = Path("/proc/stat")
    if not listing.exists():
        return math.nan
    user, nice, system, _idle, _waiting, *rest = map(int, listing.read_text(encoding="utf-8").split(maxsplit=9)[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])


def main() -> None:
    """Run the benchmark and print the medians."""
    asked = arguments()
    if "OPENBLAS_CORETYPE" in os.environ:
        print("OPENBLAS_CORETYPE is set: NumPy may not use the kernels made for this processor", file=sys.stderr)
    if not asked.peer:
        print("neuralforecast is left out: --peer names the interpreter of an environment that has it", file=sys.stderr)
    peer = peer_versions(asked.peer) if asked.peer else None
    prices = Prices(asked.file.resolve(), asked.time, asked.target, asked.freq)
    begin, before = time.perf_counter(), other_work()
    measured = [row for cell in CELLS for row in rows(cell, prices, asked.peer, asked.rounds)]
    others = (other_work() - before) / (time.perf_counter() - begin)
    if others > QUIET:
        print("other work ran meanwhile: the ratios are wrong, as it slows several threads most", file=sys.stderr)
    found = {"rows": measured, **setting(), "peer": peer, "other_work": None if math.isnan(others) else others}
    print(json.dumps(found) if asked.json else table(found))


if __name__ == "__main__":
    main()
