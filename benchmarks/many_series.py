"""How long does a forecast of many series take, and does its memory grow with their number?

Series of 500 points with a weekly season and noise; one small training, then the forecast of all series from one fitted
forecaster, in one thread. The script prints the median time of a forecast and the peak of the memory that it allocates.
A few kilobytes for each series are normal: its last rows, its forecast and its intervals.

    python benchmarks/many_series.py --series 1000 4000
"""

from __future__ import annotations

import argparse
import statistics
import time
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.blend import Blend
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.forecasting.holdout import NETWORK
from forecaster.forecasting.methods.baselines import SEASONAL_NAIVE
from forecaster.series.panel import Panel, panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from forecaster.forecasting.fitted import FittedForecaster

POINTS, SEASON, HORIZON = 500, 7, 7
ROUNDS = 5
TRAINED = 50
"""Series of the training: a forecast costs the same however well the network was trained."""


def panel_of(count: int) -> Panel:
    """Return `count` daily series."""
    rng, days = np.random.default_rng(0), np.datetime64("2023-01-01") + np.arange(POINTS)
    wave = 20 + 5 * np.sin(2 * np.pi * np.arange(POINTS) / SEASON)
    stamps = days.astype("datetime64[us]")
    return panel_from_series((f"series {i}", stamps, wave + rng.normal(0, 0.3, POINTS)) for i in range(count))


def fitted_for(panel: Panel) -> FittedForecaster:
    """Return a forecaster of every series of `panel`, trained on a few of them, whose blend is the networks alone."""
    few = panel.take(range(min(TRAINED, len(panel))))
    fitted = BlendedForecaster(Specification(horizon=HORIZON, epochs=1)).fit(few)
    repeated = fitted.take([i % len(few) for i in range(len(panel))])
    return replace(repeated, blend=Blend({NETWORK: 0.5, SEASONAL_NAIVE: 0.5}))


def main() -> None:
    """Print one line for each number of series."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, nargs="+", default=[1000, 4000], help="numbers of series to forecast")
    for count in parser.parse_args().series:
        panel = panel_of(count)
        fitted, times = fitted_for(panel), []
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            fitted.predict(panel, HORIZON)
            times.append(time.perf_counter() - begin)
        tracemalloc.start()
        fitted.predict(panel, HORIZON)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        print(
            f"{count} series: {statistics.median(times):.3f} s, peak {peak:.1f} MB, {2**10 * peak / count:.1f} kB each"
        )


if __name__ == "__main__":
    main()
