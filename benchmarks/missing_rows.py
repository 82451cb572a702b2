"""What do missing rows cost? Forecasts of series without a part of their rows, against those of the whole series.

Simulated daily, hourly, business-day and monthly series with a season, a trend and noise are forecast as the program
does it, each alone: complete, with rows missing one at a time, and with rows missing in runs. The script prints the
mean absolute error of each and its ratio to that of the complete series; 1 means that missing rows cost nothing, and a
season that is counted in rows costs several times as much.

    python benchmarks/missing_rows.py --series 50
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from cells import table

from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.series.panel import panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

STEPS = {"D": (7, 14, 400), "h": (24, 48, 24 * 30), "B": (5, 10, 400), "MS": (12, 12, 120)}
"""Season, horizon and known rows by step."""
LEAST_SHARE, MOST_SHARE, LONGEST_RUN = 0.01, 0.05, 8
"""Shares of the rows that are missing, and rows of a run at most."""
NONE, WAYS = "none", ("at random", "in runs")


def simulate(rng: np.random.Generator, season: int, rows: int) -> Values:
    """Return values with a season, a trend and noise, all positive."""
    t = np.arange(rows)
    pattern = rng.normal(0, 1, season) * rng.uniform(0.1, 0.5)
    level = np.cumsum(rng.normal(0, 0.005, rows)) + rng.normal(0, 0.0005) * t
    return np.asarray(100 * np.exp(level + pattern[t % season] + rng.normal(0, rng.uniform(0.01, 0.1), rows)))


def remaining_rows(rng: np.random.Generator, rows: int, way: str) -> NDArray[np.int64]:
    """Return the rows that stay; the first and the last one do."""
    share, gone = rng.uniform(LEAST_SHARE, MOST_SHARE), np.zeros(rows, dtype=bool)
    while gone.sum() < share * rows:
        run = 1 if way == "at random" else int(rng.integers(2, LONGEST_RUN + 1))
        begin = int(rng.integers(1, rows - run))
        gone[begin : begin + run] = True
    return np.flatnonzero(~gone)


def error_of(times: pd.DatetimeIndex, values: Values, actual: Values, requested: Specification) -> float:
    """Return the mean absolute error of the forecast of the steps after some rows."""
    ds = times.to_numpy().astype("datetime64[us]")
    panel = panel_from_series([("series", ds, values)])
    forecast = BlendedForecaster(requested).fit(panel).predict(panel, len(actual))
    return float(np.abs(forecast.point[0] - actual).mean())


def main() -> None:
    """Forecast all series and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--series", type=int, default=50, help="series of each step")
    parser.add_argument("--trained", action="store_true", help="train networks on each series, which takes long")
    asked = parser.parse_args()
    lines: list[dict[str, object]] = []
    for step, (season, horizon, known) in STEPS.items():
        errors: dict[str, list[float]] = {way: [] for way in (NONE, *WAYS)}
        for number in range(asked.series):
            rng = np.random.default_rng([number, season])
            values = simulate(rng, season, known + horizon)
            times = pd.date_range("2021-01-01", periods=known + horizon, freq=step)
            requested = Specification(horizon=horizon, zero_shot=False if asked.trained else None)
            for way, found in errors.items():
                rows = np.arange(known) if way == NONE else remaining_rows(rng, known, way)
                found.append(error_of(times[rows], values[rows], values[known:], requested))
        whole = float(np.mean(errors[NONE]))
        lines += [
            {"step": step, "missing": way, "MAE": float(np.mean(each)), "ratio": float(np.mean(each)) / whole}
            for way, each in errors.items()
        ]
    print(table({"rows": lines}))


if __name__ == "__main__":
    main()
