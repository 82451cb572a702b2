"""Do intervals hold across the close of an exchange, where prices move further than from one bar to the next?

Simulated prices with sessions from 9:30 to 16:00, Monday to Friday, in bars of 5, 15 and 60 minutes: GJR-GARCH with
Student's t, larger near both ends of a session, and moves across a close that are 2 to 8 times as large. A forecaster
is trained on the earlier bars and forecasts from cutoffs at all times of the day in the later ones. The script prints,
by where a step lies, the share of actual values inside the intervals, and the interval score at 80 % in percent of the
price (Gneiting & Raftery 2007): the width, and ten times the distance of a value outside. `learned` is with the
variance of closes as it is learned, `plain` with closes that count as any other step.

    python benchmarks/overnight.py --series 20 --cutoffs 240
    python benchmarks/overnight.py --file EURUSD-hourly.csv    # a file of prices in place of simulated ones
"""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

import numpy as np
import pandas as pd
from cells import table

from forecaster.evaluation.backtest import backtest
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.forecasting.prices import empirical_moves
from forecaster.forecasting.prices.variance_time import CLOSES, close_kinds
from forecaster.forecasting.prices.volatility_training import simulate
from forecaster.reading.reader import read_sources
from forecaster.series.panel import panel_from_series
from forecaster.spec import COLUMNS, LEVELS, Selection, Specification

if TYPE_CHECKING:
    from forecaster.series.panel import Panel

OPEN, MINUTES = np.timedelta64(9 * 60 + 30, "m"), 390
"""When a session begins, and its minutes."""
DAYS = {5: 40, 15: 120, 60: 300}
"""Sessions that are simulated, by the minutes of a bar: some 2,000 to 3,000 bars."""
SMALLEST, LARGEST = 2.0, 8.0
"""Factors by which moves across a close are larger, one for each series."""
WEEKEND = 1.2
"""How much larger moves over weekends are than those over nights."""
BAR, U_SHAPE = 0.2, 0.4
"""Size of moves in a bar beside those in a day, and how much larger they are at both ends of a session."""
UNEVEN = 0.4
"""Deviation of the logarithm of a factor from close to close: moves across closes have heavier tails than others."""
HORIZON, STEP = 12, 5
"""Steps that are forecast, and bars between two cutoffs, which meet every time of the day in turn."""
FIRST, WITHIN, BEHIND = "first step after a close", "steps before a close", "steps behind a close"


class Scores(NamedTuple):
    """Shares of values inside the intervals by level, the interval score at 80 %, both in percent, and the values."""

    inside: dict[int, float]
    interval_score: float
    count: int


def sessions(minutes: int, days: int) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """Return the time stamps of bars of this many minutes, (n,)."""
    day = np.busday_offset("2024-01-01", np.arange(days)).astype("datetime64[m]")
    bars = np.arange(0, MINUTES, minutes).astype("timedelta64[m]")
    return (day[:, None] + OPEN + bars).ravel().astype("datetime64[us]")


def prices_with_sessions(minutes: int, days: int, series: int, rng: np.random.Generator) -> Panel:
    """Return simulated prices in bars of this many minutes."""
    ds = sessions(minutes, days)
    daily = simulate(series, len(ds), rng)
    x = BAR * np.log(daily.values).reshape(series, -1)
    day, bar = np.divmod(np.arange(len(ds)), len(ds) // days)
    returns = np.diff(x, prepend=x[:, :1]) * (1 + U_SHAPE * np.cos(2 * np.pi * bar / bar.max()))
    factor = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST), (series, 1)) + rng.normal(0, UNEVEN, x.shape))
    factor[:, day % 5 == 0] *= WEEKEND
    returns[:, bar == 0] *= factor[:, bar == 0]
    return panel_from_series((str(i), ds, 100 * np.exp(np.cumsum(each))) for i, each in enumerate(returns))


def prices_of_file(path: str) -> Panel:
    """Return the prices of a file."""
    return read_sources([path], Selection()).panel


def forecasts(panel: Panel, cutoffs: int, *, learned: bool) -> pd.DataFrame:
    """Return the forecasts from the latest cutoffs, trained on the rows before; or with closes as any other step."""
    method, plain = BlendedForecaster(Specification(horizon=HORIZON, mode="returns")), np.ones((len(panel), CLOSES))
    with nullcontext() if learned else patch.object(empirical_moves, "fit_close_variance", return_value=plain):
        return backtest(panel, [method], HORIZON, cutoffs, STEP, season=1, refit=None)


def places_of_steps(panel: Panel, frame: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """Return where each row of forecasts lies, by the closes between it and its cutoff, (n,)."""
    keys = pd.MultiIndex.from_arrays([np.array(panel.ids)[panel.series], panel.ds])
    closes = pd.Series(np.cumsum(close_kinds(panel) > 0), keys)
    at, cutoff = (
        closes.loc[pd.MultiIndex.from_frame(frame[[COLUMNS.series, time]])].to_numpy()
        for time in (COLUMNS.time, COLUMNS.cutoff)
    )
    return np.where(at == cutoff, WITHIN, np.where(frame["step"] == 1, FIRST, BEHIND))


def score(frame: pd.DataFrame) -> Scores:
    """Return the scores of some rows of forecasts."""
    actual, model = frame[COLUMNS.target], COLUMNS.model
    ends = {
        level: (frame[COLUMNS.low_column(model, level)], frame[COLUMNS.high_column(model, level)]) for level in LEVELS
    }
    inside = {level: 100 * float(actual.between(low, high).mean()) for level, (low, high) in ends.items()}
    low, high = ends[LEVELS[0]]
    outside = (low - actual).clip(lower=0) + (actual - high).clip(lower=0)
    loss = high - low + 2 / (1 - LEVELS[0] / 100) * outside
    return Scores(inside, float((100 * loss / actual).mean()), len(frame))


def compare(name: str, panel: Panel, cutoffs: int) -> list[dict[str, object]]:
    """Return the rows of the table for one panel: scores with closes that count as other steps, then as learned."""
    rows: list[dict[str, object]] = []
    frames = [forecasts(panel, cutoffs, learned=learned) for learned in (False, True)]
    places = places_of_steps(panel, frames[0])
    for place in (FIRST, WITHIN, BEHIND):
        before, after = (score(frame[places == place]) for frame in frames)
        rows.append(
            {"prices": name, "steps": place, "values": before.count}
            | {f"plain_{level}": before.inside[level] for level in LEVELS}
            | {f"learned_{level}": after.inside[level] for level in LEVELS}
            | {"plain_score": before.interval_score, "learned_score": after.interval_score}
        )
    return rows


def main() -> None:
    """Run the benchmark and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=20, help="simulated series of each kind")
    parser.add_argument("--cutoffs", type=int, default=240, help="cutoffs")
    parser.add_argument("--file", default="", help="prices in place of simulated ones")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    panels = (
        {args.file: prices_of_file(args.file)}
        if args.file
        else {f"{m} minutes": prices_with_sessions(m, days, args.series, rng) for m, days in DAYS.items()}
    )
    print(table({"rows": [row for name, panel in panels.items() for row in compare(name, panel, args.cutoffs)]}))


if __name__ == "__main__":
    main()
