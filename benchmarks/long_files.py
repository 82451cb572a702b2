"""What does one long file cost: to train on it, with and without a time limit, and to forecast from it?

Each file has one series: `level` has a cycle of its calendar, a day of minutes or hours, a week of days, a year of
months, with noise that lasts; `price` is a random walk whose moves are large and small in turn. For each file these
commands run one after the other, each as a process of its own, and the script prints what each took:

    forecast train FILE --effort quick
    forecast train FILE --time-limit 20
    forecast predict --horizon 10000
    forecast predict FILE
    forecast predict FILE --model MODEL

    python benchmarks/long_files.py --rows 100000 --steps minute
    python benchmarks/long_files.py --rows 300 1000 5000 --steps minute hour day month
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from cells import setting, table
from many_files import cost, forecast_command

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = {"minute": ("m", 1440), "hour": ("h", 24), "day": ("D", 7), "month": ("M", 12)}
"""Units of NumPy and steps in a season."""
FIRST = "1700-01-01"
"""The first time stamp: early enough for five thousand months."""
KINDS = ("level", "price")
TRAININGS = (("--effort", "quick"), (), ("--time-limit", "20"))
"""Options of `forecast train`, one training each; the last model is forecast with."""
FURTHEST = "10000"


def level(rows: int, season: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a cycle of two waves with noise, half of which lasts for some steps, (rows,)."""
    phase = 2 * np.pi * np.arange(rows) / season
    waves = 20 * np.sin(phase) + 8 * np.sin(2 * phase + 1)
    return np.asarray(100 + waves + _with_memory(rng.normal(0, 0.6, rows), 0.95) + rng.normal(size=rows))


def price(rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a random walk, (rows,), the logarithm of whose volatility comes back to its mean slowly."""
    volatility = np.exp(_with_memory(rng.normal(0, 0.1, rows), 0.98))
    return np.asarray(100 * np.exp(np.cumsum(1e-3 * volatility * rng.normal(size=rows))))


def _with_memory(noise: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return x_t = share x_{t-1} + noise_t, (rows,), from x before the first step of zero."""
    x, last = np.empty_like(noise), 0.0
    for t, each in enumerate(noise.tolist()):
        last = share * last + each
        x[t] = last
    return x


def write_file(file: Path, kind: str, step: str, rows: int) -> None:
    """Write a file of one series."""
    unit, season = STEPS[step]
    rng = np.random.default_rng(rows)
    values = level(rows, season, rng) if kind == "level" else price(rows, rng)
    stamps = (np.datetime64(FIRST, unit) + np.arange(rows)).astype("datetime64[D]" if unit in "DM" else "datetime64[s]")
    name = "value" if kind == "level" else "close"
    lines = (f"{stamp},{value:.4f}\n" for stamp, value in zip(stamps.astype(str), values.tolist(), strict=True))
    with file.open("w", encoding="utf-8") as out:
        out.write(f"date,{name}\n")
        out.writelines(lines)


def rows_of(folder: Path, kind: str, step: str, rows: int) -> list[dict[str, object]]:
    """Write a file, run the commands on it and return a row of the table for each."""
    file, model = folder / "series.csv", folder / "series.joblib"
    write_file(file, kind, step, rows)
    commands = [("train", file.name, "-o", model.name, *options) for options in TRAININGS]
    commands += [
        ("predict", "--model", model.name, "--horizon", FURTHEST, "-o", "forecast.csv"),
        ("predict", file.name, "-o", "forecast.csv", "--model", model.name),
    ]
    found = [_row(folder, (kind, step, rows), command) for command in commands]
    model.unlink()
    return [*found, _row(folder, (kind, step, rows), ("predict", file.name, "-o", "forecast.csv"))]


def _row(folder: Path, case: tuple[str, str, int], command: tuple[str, ...]) -> dict[str, object]:
    """Run the program with these arguments and return what it took."""
    took = cost(forecast_command(*command), folder)
    named = dict(zip(("kind", "step", "rows"), case, strict=True))
    return {
        **named,
        "command": " ".join(command).replace(" -o series.joblib", "").replace(" -o forecast.csv", ""),
        "wall_s": took.seconds,
        "cpu_s": took.cpu,
        "peak_mb": f"{took.megabytes:.0f}",
    }


def main() -> None:
    """Run the benchmark and print a row for each command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000], help="rows of a file")
    parser.add_argument("--steps", nargs="+", default=["minute"], choices=STEPS, help="steps of the series")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS, help="kinds of series")
    asked = parser.parse_args()
    cases = [(kind, step, rows) for rows in asked.rows for step in asked.steps for kind in asked.kinds]
    with tempfile.TemporaryDirectory() as name:
        found = [each for case in cases for each in rows_of(Path(name), *case)]
    print(table({"rows": found, **setting()}))


if __name__ == "__main__":
    main()
