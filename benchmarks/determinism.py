"""What changes the numbers of a forecast, beside the data and the options?

Nothing should: neither the number of processes nor what starts them, the order of rows, series and files, the other
series of a file with newer rows, the locale, the time zone, the seed of hashes or the threads of the BLAS. Its kernels
for other processors round otherwise: there, forecasts from one model should differ by at most 1e-5, and the script says
how much training differs.

Five panels are trained on, forecast from their model with and without newer rows, evaluated, and forecast by a batch
with a file for each series: levels by an ensemble of networks, levels by a pretrained network alone, levels with
covariates, prices, and rows of unequal steps. Each of these is done once as usual and then again with one thing
changed. A row of the table has, for training, for forecasts from one model, for evaluation and for the batch, the
largest difference of any number, relative to the larger of both, and how many results are equal to the byte. Rows are
sorted before they are compared, because forecasts come in the order of the files.

    python benchmarks/determinism.py
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from cells import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

USUAL = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
"""The environment of the usual run."""
LARGEST = 1e-5
"""Largest relative difference of forecasts from one model on processors of different kinds."""
ROWS, NEWER, AHEAD = 160, 15, 15
"""Rows that are trained on, rows after them, and steps that are forecast."""
SERIES = ("Zebra", "ant", "İgel")
"""Names whose order is another one in some locales, and whose letters change their case differently."""
PROGRAM = """
import json, locale, os, sys
locale.setlocale(locale.LC_ALL, "")
from joblib import parallel_config
from forecaster.cli import main
backend, *commands = map(json.loads, sys.stdin)
with parallel_config(**backend):
    for folder, arguments in commands:
        os.chdir(folder)
        if code := main(arguments):
            sys.exit(f"{arguments} ended with {code}")
"""
"""Runs commands one after the other, each in its folder: they come as lines of JSON, after the backend of joblib. The
locale is that of the environment, as it is in programs that call this one."""
LOCALES = ("C", "de_DE.UTF-8", "tr_TR.UTF-8")
"""Locales with another decimal mark and other capital letters. All have UTF-8: in another encoding, names of files,
which may name series, are other text."""
FEATURES = tuple(np.show_config(mode="dicts")["SIMD Extensions"].get("found", ()))
"""What NumPy uses of this processor beyond what all have."""
AVX512 = {"X86_V4", "AVX512_SKX"}
CORES = ("Haswell", "Zen", "Sandybridge", "Nehalem", *(["SkylakeX"] if AVX512.intersection(FEATURES) else []))
"""Processors whose kernels of the BLAS run on this one."""
OLD = {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": " ".join(FEATURES)}
"""A processor of 2008: neither the BLAS nor NumPy has wide vectors."""
JOBS = ("--jobs", "1")
BERLIN = {"LC_ALL": "de_DE.UTF-8", "TZ": "Pacific/Apia", "PYTHONHASHSEED": "12345", "OMP_NUM_THREADS": "2"}
ISTANBUL = {"LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "1"}
"""Environments in which everything differs."""


@dataclass(frozen=True)
class Variation:
    """One thing that is changed.

    Attributes:
        what: What it is.
        value: Its value here.
        environment: Variables that are set.
        jobs: Options of training.
        backend: What starts the processes, as joblib calls it; empty for the usual.
        order: Order of the series in the file, and whether the rows are shuffled.
        files: Whether each series has a file of its own.
        alone: Whether each series has newer rows in a run of its own.
        same_processor: Whether the result must be equal to the byte.

    """

    what: str
    value: str
    environment: Mapping[str, str] = field(default_factory=dict)
    jobs: Sequence[str] = JOBS
    backend: str = ""
    order: str = "usual"
    files: bool = False
    alone: bool = False
    same_processor: bool = True


ORDERS = ("reverse", "shuffled")
VARIATIONS = (
    *(Variation("jobs", count, jobs=("--jobs", count)) for count in ("2", "4")),
    *(Variation("backend", name, backend=name, jobs=("--jobs", "2")) for name in ("loky", "threading")),
    *(Variation("series in the file", name, order=name) for name in ORDERS),
    *(Variation("files", f"{order} order", order=order, files=True) for order in ("usual", "reverse")),
    Variation("newer rows", "of one series at a time", alone=True),
    *(Variation("LC_ALL", name, {"LC_ALL": name}) for name in LOCALES),
    *(Variation("TZ", name, {"TZ": name}) for name in ("Asia/Kolkata", "America/New_York", "Pacific/Apia")),
    *(Variation("PYTHONHASHSEED", seed, {"PYTHONHASHSEED": seed}) for seed in ("1", "12345", "random")),
    Variation("OMP_NUM_THREADS", "2", {"OMP_NUM_THREADS": "2"}),
    *(Variation("OPENBLAS_CORETYPE", name, {"OPENBLAS_CORETYPE": name}, same_processor=False) for name in CORES),
    Variation("NumPy and BLAS", "of 2008", OLD, same_processor=False),
    Variation("all at once", "in Germany", BERLIN, jobs=("--jobs", "2"), order="reverse", alone=True),
    Variation("all at once", "in Turkey", ISTANBUL, jobs=("--jobs", "4"), order="shuffled"),
)


@dataclass(frozen=True)
class Workload:
    """A panel and the options of its training."""

    name: str
    frequency: str
    options: Sequence[str]

    def frames(self, known: int) -> dict[str, pd.DataFrame]:
        """Return the rows of each series: `known` of them, and with covariates those ahead, without their values."""
        rng, count = np.random.default_rng(0), ROWS + NEWER
        frames = {}
        for number, name in enumerate(SERIES):
            walk = np.cumsum(rng.normal(0, 0.01 * (1 + number), count))
            wave = 0.1 * np.sin(2 * np.pi * np.arange(count) / 12) * (self.name != "prices")
            ds = pd.date_range("2001-01-01", periods=count, freq=self.frequency)
            if self.name == "unequal steps":
                ds = pd.Timestamp("2001-01-01") + pd.to_timedelta(np.cumsum(rng.integers(1, 40, count)), unit="h")
            frame = pd.DataFrame({"ds": ds, "y": (100 * np.exp(walk + wave)).round(3)})
            frames[name] = add_covariates(frame, known, rng) if self.name == "covariates" else frame[:known]
        return frames


def add_covariates(frame: pd.DataFrame, known: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return the first rows with a number that is known ahead, words that are, and a number that is not."""
    more = pd.date_range(frame["ds"].iloc[-1], periods=1 + AHEAD, freq="MS")[1:]
    frame = pd.concat([frame, pd.DataFrame({"ds": more})], ignore_index=True)
    promo = rng.integers(0, 2, len(frame))
    weather = rng.choice(["rain", "sun", "Ísbor", "snow"], len(frame))
    volume = rng.lognormal(size=len(frame)).round(3)
    frame = frame.assign(y=(frame["y"] * (1 + 0.1 * promo)).round(3), promo=promo, weather=weather, volume=volume)
    frame.loc[known:, ["y", "volume"]] = np.nan
    return frame[: known + AHEAD]


SMALL = ("--epochs", "2", "--updates", "5", "--members", "2")
WORKLOADS = (
    Workload("networks", "MS", ("--no-zero-shot", *SMALL)),
    Workload("covariates", "MS", ("--known", "promo,weather", "--observed", "volume", *SMALL)),
    Workload("pretrained", "MS", ("--zero-shot",)),
    Workload("prices", "B", ("--mode", "returns")),
    Workload("unequal steps", "h", ("--irregular", *SMALL)),
)


class Results(NamedTuple):
    """The results of a run as text, by the name of what was done, and the bytes of its model."""

    trained: str
    predicted: str
    evaluated: str
    batch: str
    model: bytes


TRAININGS = ("trained", "evaluated", "batch")
"""The results that training comes before."""


class Comparison(NamedTuple):
    """The largest relative difference of two forecasts, and whether they are equal to the byte."""

    difference: float
    equal: bool


def run(commands: Sequence[tuple[str, list[str]]], variation: Variation) -> None:
    """Run commands, each in its folder, in one process of their own."""
    environment = {key: value for key, value in os.environ.items() if key not in {"OPENBLAS_CORETYPE", "LANG"}}
    environment |= USUAL | variation.environment
    backend = {"backend": variation.backend} if variation.backend else {}
    lines = "\n".join(json.dumps(each) for each in (backend, *commands))
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, input=lines, capture_output=True, text=True, check=False)  # noqa: S603 - written above
    if done.returncode:
        raise SystemExit(f"{variation.what} {variation.value}: {done.stderr}")


def write_files(workload: Workload, folder: Path, variation: Variation, known: int, name: str) -> list[str]:
    """Write the first rows of all series to one file or to a file each, and return their names."""
    frames = workload.frames(known)
    if variation.order == "reverse":
        frames = dict(reversed(frames.items()))
    if variation.files:
        (folder / name).mkdir()
        for series, frame in frames.items():
            frame.to_csv(folder / name / f"{series}.csv", index=False)
        return [f"{name}/{series}.csv" for series in frames]
    together = pd.concat([frame.assign(unique_id=series) for series, frame in frames.items()])
    if variation.order == "shuffled":
        together = together.sample(frac=1, random_state=0)
    together.to_csv(folder / f"{name}.csv", index=False)
    return [f"{name}.csv"]


def prepare(workload: Workload, folder: Path, variation: Variation, usual: Path) -> list[tuple[str, list[str]]]:
    """Write the files of a workload, and return its commands: train, forecast, evaluate, batch, and newer rows.

    The forecasts with newer rows are made with the model of the usual run.
    """
    folder.mkdir(parents=True)
    known = write_files(workload, folder, variation, ROWS, "known")
    newer = write_files(workload, folder, variation, ROWS + NEWER, "newer")
    # files without a column of names are those of another model
    model = "own.joblib" if variation.files else str(usual / "own.joblib")
    parts = [newer]
    if variation.alone:
        frame = pd.read_csv(folder / newer[0])
        parts = [[f"alone{number}.csv"] for number in range(len(SERIES))]
        for series, (file,) in zip(SERIES, parts, strict=True):
            frame[frame["unique_id"] == series].to_csv(folder / file, index=False)
    write_files(workload, folder, replace(variation, files=True), ROWS, "batch_in")
    ahead = ["--horizon", str(AHEAD), "--quiet"]
    scored = ["--horizon", "5", "--folds", "2", "--quiet"]
    commands = [
        ["train", *known, "-o", "own.joblib", *workload.options, *variation.jobs, "--quiet"],
        ["predict", "--model", "own.joblib", *ahead, "-o", "trained.csv"],
        ["evaluate", *known, *workload.options, *variation.jobs, *scored, "-o", "evaluated.csv"],
        ["batch", "batch_in", "--out", "batch_out", *workload.options, *variation.jobs, *ahead],
    ]
    for number, files in enumerate(parts):
        predict = ["predict", *files, "--model", model, *ahead]
        commands += [[*predict, "-o", f"newer{number}.csv"]]
        commands += [[*predict, "--samples", "5", "-o", f"paths{number}.csv"]]
    return [(str(folder), command) for command in commands]


def read_results(folder: Path) -> Results:
    """Return what the commands of a workload wrote."""
    model = (folder / "own.joblib").read_bytes()
    patterns = ("trained.csv", "[np][ea]*[0-9].csv", "evaluated.csv", "batch_out/*.csv")
    return Results(*(sorted_lines(folder.glob(pattern)) for pattern in patterns), model)


def sorted_lines(files: Iterable[Path]) -> str:
    """Return the different lines of some files in order."""
    return "\n".join(sorted({line for file in files for line in file.read_text(encoding="utf-8").splitlines()}))


def make_locales(folder: Path) -> dict[str, str]:
    """Write the locales that are varied, whichever the system has; return the variable that names their folder."""
    folder.mkdir()
    for name in LOCALES[1:]:
        source, _, encoding = name.partition(".")
        subprocess.run(["localedef", "-i", source, "-f", encoding, folder / name], check=True)  # noqa: S603, S607 - named above
    return {"LOCPATH": str(folder)}


def run_variation(workloads: Sequence[Workload], top: Path, variation: Variation) -> list[Results]:
    """Return the results of each workload with one thing changed."""
    folders = [top / each.name / f"{variation.what} {variation.value}".replace("/", " ") for each in workloads]
    commands = [
        command
        for workload, folder in zip(workloads, folders, strict=True)
        for command in prepare(workload, folder, variation, top / workload.name / "usual ")
    ]
    run(commands, variation)
    return [read_results(folder) for folder in folders]


def compare(ours: str, theirs: str) -> Comparison:
    """Compare two forecasts, line by line and number by number."""
    if ours == theirs:
        return Comparison(0.0, equal=True)
    lines = [text.split("\n") for text in (ours, theirs)]
    if len(lines[0]) != len(lines[1]):
        return Comparison(float("inf"), equal=False)
    numbers = (numbers_of(each) for each in lines)
    a, b = (np.array(each) for each in numbers)
    size = np.maximum(np.maximum(np.abs(a), np.abs(b)), np.finfo(float).tiny)
    return Comparison(float((np.abs(a - b) / size).max()), equal=False)


def numbers_of(lines: Iterable[str]) -> list[float]:
    """Return the numbers of lines of CSV with a decimal point."""
    return [float(cell) for line in lines for cell in line.split(",") if cell.lstrip("-")[:1].isdigit() and "." in cell]


def row_of(variation: Variation, found: Sequence[tuple[Results, Results]]) -> dict[str, object]:
    """Return the row of a variation, from the usual and the other results of each workload."""
    row: dict[str, object] = {"what varies": variation.what, "value": variation.value}
    for name in (*TRAININGS, "predicted"):
        each = [compare(getattr(usual, name), getattr(other, name)) for usual, other in found]
        row[name] = f"{max(one.difference for one in each):.1e}"
        row[f"{name} equal"] = f"{sum(one.equal for one in each)}/{len(found)}"
    return row | {"same models": f"{sum(usual.model == other.model for usual, other in found)}/{len(found)}"}


def is_as_promised(variation: Variation, found: Sequence[tuple[Results, Results]]) -> bool:
    """Return whether a variation changes no more than it may."""
    predicted = [compare(usual.predicted, other.predicted) for usual, other in found]
    if not variation.same_processor:
        return max(each.difference for each in predicted) <= LARGEST
    return all(each.equal for each in predicted) and all(usual[:4] == other[:4] for usual, other in found)


def main() -> None:
    """Print one row for each variation; end with 1 if one changes more than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], help="what varies, by its name in the table")
    parser.add_argument("--panels", nargs="+", default=[each.name for each in WORKLOADS], help="panels to train on")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    chosen = [each for each in VARIATIONS if not options.only or each.what in options.only]
    workloads = [each for each in WORKLOADS if each.name in options.panels]
    rows, broken = [], []
    with tempfile.TemporaryDirectory() as name:
        if any("LC_ALL" in each.environment for each in chosen):
            os.environ |= make_locales(Path(name, "locales"))
        usual = run_variation(workloads, Path(name), Variation("usual", ""))
        for variation in chosen:
            found = list(zip(usual, run_variation(workloads, Path(name), variation), strict=True))
            rows.append(row_of(variation, found))
            print(*rows[-1].values(), file=sys.stderr, flush=True)
            broken += [] if is_as_promised(variation, found) else [f"{variation.what} {variation.value}"]
    result = {"rows": rows, "panels": len(workloads), "more than promised": ", ".join(broken) or "none"}
    print(json.dumps(result) if options.json else table(result))
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
