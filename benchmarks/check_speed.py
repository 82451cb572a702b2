"""How long does `forecast check` take on large files of ten kinds, and how much memory?

Each file is checked in a new process, as a user does. `wall_s` is the time of the whole process, imports included,
`cpu_s` its processor time, `peak_mb` its peak resident memory, `findings` the lines of findings.

    python benchmarks/check_speed.py
    python benchmarks/check_speed.py --rows 1000000 --kinds minutes dirty
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from cells import setting, table
from many_files import cost, forecast_command

from forecaster.errors import InputRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (10_000, 100_000, 1_000_000)


def minutes(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return one series of minutes with a cycle of a day."""
    times = pd.date_range("2020-01-01", periods=rows, freq="min").strftime("%Y-%m-%d %H:%M")
    cycle = 20 * np.sin(np.arange(rows) * 2 * np.pi / 1440)
    return pd.DataFrame({"time": times, "value": (100 + cycle + rng.normal(size=rows)).round(3)})


def panel(rows: int, rng: np.random.Generator, length: int = 1000) -> pd.DataFrame:
    """Return daily series of `length` rows each, with a cycle of a week."""
    series = rows // length
    days = pd.date_range("2020-01-01", periods=length).strftime("%Y-%m-%d")
    values = 100 + 10 * np.sin(np.arange(length) * 2 * np.pi / 7) + rng.normal(size=(series, length))
    names = np.repeat([f"item {i}" for i in range(series)], length)
    return pd.DataFrame({"item": names, "date": np.tile(days, series), "sold": values.round(2).ravel()})


def short_series(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return daily series of 100 rows each."""
    return panel(rows, rng, 100)


def short_series_with_gaps(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return daily series of 100 rows each, of which 8 % are missing, other ones in each series."""
    frame = short_series(rows, rng)
    return frame[rng.random(rows) > 0.08]


def blank_cells(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return daily series without weekends, of which 10 % of the values are missing."""
    frame = panel(rows, rng)
    frame = frame[pd.to_datetime(frame["date"]).dt.day_of_week < 5]
    return frame.assign(sold=frame["sold"].mask(rng.random(len(frame)) < 0.1))


def irregular(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return one series at times with unequal steps."""
    times = np.datetime64("2020-01-01T00:00:00") + np.cumsum(rng.integers(1, 600, rows)).astype("timedelta64[s]")
    return pd.DataFrame({"time": times, "value": rng.normal(100, 3, rows).round(3)})


def text_numbers(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return one series with the day first, thousands separators and a currency."""
    times = pd.date_range("2020-01-01", periods=rows, freq="min").strftime("%d/%m/%Y %H:%M")
    return pd.DataFrame({"time": times, "value": [f"{each:,.2f} EUR" for each in 1e6 + 1e4 * rng.normal(size=rows)]})


def dirty(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return daily series with missing values, outliers, missing rows, and rows that stand there twice."""
    frame = panel(rows, rng)
    text = frame["sold"].astype(str).mask(rng.random(rows) < 0.02, "n/a").mask(rng.random(rows) < 0.005, "99999")
    frame = frame.assign(sold=text)
    return pd.concat([frame[rng.random(rows) > 0.02], frame[rng.random(rows) < 0.002]])


def bad_cells(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return daily series in which 2 % of the cells are no numbers, each in its own way."""
    frame = panel(rows, rng)
    words = pd.Series([f"abc{i}" for i in range(rows)])
    return frame.assign(sold=frame["sold"].astype(object).mask(rng.random(rows) < 0.02, words))


def covariates(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return one series of minutes with five columns of numbers and one of yes and no."""
    others = {f"x{i}": rng.normal(size=rows).round(3) for i in range(5)}
    return minutes(rows, rng).assign(**others, open=np.where(rng.random(rows) < 0.5, "yes", "no"))


KINDS: dict[str, Callable[[int, np.random.Generator], pd.DataFrame]] = {
    each.__name__: each
    for each in (
        *(minutes, panel, short_series, short_series_with_gaps, blank_cells),
        *(irregular, text_numbers, dirty, bad_cells, covariates),
    )
}


def row(folder: Path, kind: str, rows: int) -> dict[str, object]:
    """Write a file, check it and return the row of the table."""
    file = folder / f"{kind}.csv"
    KINDS[kind](rows, np.random.default_rng(rows)).to_csv(file, index=False)
    took = cost(forecast_command("check", file.name), folder, [InputRefusedError.exit_code])
    findings = (folder / "stdout").read_bytes().count(b"\n") - 1
    return {
        "kind": kind,
        "rows": rows,
        "wall_s": took.seconds,
        "cpu_s": took.cpu,
        "peak_mb": f"{took.megabytes:.0f}",
        "findings": findings,
    }


def main() -> None:
    """Run the benchmark and print one line for each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES, help="rows of a file")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS, help="kinds of files")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = {"rows": [row(Path(name), kind, rows) for rows in asked.rows for kind in asked.kinds]}
    print(json.dumps(found) if asked.json else table(found | setting()))


if __name__ == "__main__":
    main()
