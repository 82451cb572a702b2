"""Are effects of the calendar found only where there are any, and how much better are forecasts with them?

    python benchmarks/calendar_effects.py                  # simulated series without any effect: what is found
    python benchmarks/calendar_effects.py --data FOLDER    # births in the United States

The first table has the share of simulated daily series, of three and of seven years, in which each kind of effect is
found; there are none. Births are forecast 30 days ahead from 20 origins, one after the other at the end of the series,
by a model that was trained once on the rows before. The table has MASE and the coverage of the intervals, on all days,
on named days with those on which they are observed, and on the others. `--rows-left-out 600` cuts the last 600 rows
off first: choices were made there.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecaster.calendars.holidays import weekday_of
from forecaster.calendars.schedule import DAILY, Schedule
from forecaster.forecasting.effects.fit import fit_effects
from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.plan import make_plan
from forecaster.series.panel import panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from forecaster.forecasting.effects.panel_effects import PanelEffects
    from forecaster.series.panel import Panel

    Numbers = NDArray[np.float64]

START = np.datetime64("2016-03-05", "us")
LENGTHS = (1096, 2557)
"""Days of simulated series: three and seven years."""
WEEK = np.array([0.0, 0.05, 0.1, 0.1, 0.3, 0.6, -0.3])
ORIGINS, AHEAD, SEASON = 20, 30, 7


def dependent_noise(rng: np.random.Generator, count: int, share: float) -> Numbers:
    """Return noise of which each value holds a share of the one before."""
    noise = 0.06 * rng.standard_normal(count)
    for i in range(1, count):
        noise[i] += share * noise[i - 1]
    return noise


KINDS: dict[str, Callable[[np.random.Generator, int], Numbers]] = {
    "noise": lambda rng, n: 0.1 * rng.standard_normal(n),
    "dependent": lambda rng, n: dependent_noise(rng, n, 0.8),
    "slow walk": lambda rng, n: dependent_noise(rng, n, 1.0) / 3,
    "fast walk": lambda rng, n: dependent_noise(rng, n, 1.0),
    "outliers": lambda rng, n: 0.1 * rng.standard_t(2.5, n),
    "shift": lambda rng, n: 0.1 * rng.standard_normal(n) + 0.5 * (np.arange(n) > n * rng.uniform(0.2, 0.8)),
    "trend": lambda rng, n: 0.1 * rng.standard_normal(n) + 0.0006 * np.arange(n),
    "counts": lambda rng, n: np.log(0.001 + rng.poisson(3, n)),
    "wild summer": lambda rng, n: 0.1 * rng.standard_normal(n) * (1 + 0.8 * np.sin(np.arange(n) * 2 * np.pi / 365.25)),
}
"""Logarithms of simulated series but for their weekday pattern."""


def false_effects(kind: str, count: int, repeats: int) -> dict[str, float]:
    """Return the share of series of a kind, in percent, in which effects are found."""
    ds = START + np.arange(count) * np.timedelta64(1, "D")
    week = WEEK[weekday_of(ds.astype("datetime64[D]").astype(np.int64))]
    found = dict.fromkeys(("any", "year", "weekdays", "month", "days"), 0.0)
    for seed in range(repeats):
        logarithms = week + KINDS[kind](np.random.default_rng([seed, count]), count)
        effects = fit_effects(ds, np.round(100 * np.exp(logarithms), 1), Schedule(DAILY, 1))
        if effects is not None:
            found["any"] += 1
            found["year"] += effects.year.any()
            found["weekdays"] += effects.weekday_year.any()
            found["month"] += effects.month.any()
            found["days"] += bool(effects.named)
    return {name: 100 * number / repeats for name, number in found.items()}


def show_false_effects(repeats: int) -> None:
    """Print the share of series without effects in which some are found."""
    print(f"{'kind':14}{'days':>6}{'any %':>8}{'year':>8}{'weekdays':>10}{'month':>8}{'days':>8}")
    for kind in KINDS:
        for count in LENGTHS:
            shares = false_effects(kind, count, repeats)
            figures = "".join(
                f"{share:{width}.1f}" for share, width in zip(shares.values(), (8, 8, 10, 8, 8), strict=True)
            )
            print(f"{kind:14}{count:6}{figures}", flush=True)


def births(folder: Path, rows_left_out: int) -> Panel:
    """Return the births of the United States without the last rows."""
    frame = pd.read_csv(folder / "daily" / "us_births_2000_2014.csv", parse_dates=["ds"])
    frame = frame.iloc[: len(frame) - rows_left_out]
    return panel_from_series([("births", frame.ds.to_numpy("datetime64[us]"), frame.births.to_numpy(float))])


def forecast_births(panel: Panel) -> tuple[PanelEffects, Numbers, dict[int, NDArray[np.bool_]]]:
    """Return the effects, the absolute errors of all days forecast, and which of the days lie within each interval."""
    held = ORIGINS * AHEAD
    fitted, _ = train_forecaster(make_plan(panel.head(held), Specification(horizon=AHEAD)))
    errors, inside = [], {80: [], 95: []}
    for start in range(len(panel.ds) - held, len(panel.ds), AHEAD):
        forecast = fitted.predict(panel.cut(np.array([0]), np.array([start])), AHEAD)
        actual = panel.values[start : start + AHEAD]  # noqa: PD011 - not a frame
        errors.append(np.abs(forecast.point[0] - actual))
        for level, days in inside.items():
            days.append((forecast.low[level][0] <= actual) & (actual <= forecast.high[level][0]))
    return fitted.effects, np.concatenate(errors), {level: np.concatenate(days) for level, days in inside.items()}


def show_births(panel: Panel) -> None:
    """Print MASE and coverage on named and on other days."""
    held = ORIGINS * AHEAD
    history = panel.values[:-held]  # noqa: PD011 - not a frame
    scale = np.abs(history[SEASON:] - history[:-SEASON]).mean()
    learned, errors, inside = forecast_births(panel)
    (effects,) = learned.series
    print(f"learned: {learned.describe(0)}")
    named = np.zeros(held, np.bool_) if effects is None else effects.parts(panel.ds[-held:])["holidays"] != 0
    print(f"{'days':16}{'number':>8}{'MASE':>8}{'inside 80':>11}{'inside 95':>11}")
    for which, days in (("all", np.ones(held, np.bool_)), ("named", named), ("others", ~named)):
        shares = "".join(f"{100 * each[days].mean():11.1f}" for each in inside.values())
        print(f"{which:16}{days.sum():8}{errors[days].mean() / scale:8.3f}{shares}", flush=True)


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the folder of accuracy.py: forecast births")
    parser.add_argument("--rows-left-out", type=int, default=0, help="rows of the births that are cut off first")
    parser.add_argument("--repeats", type=int, default=40, help="simulated series of each kind and length")
    asked = parser.parse_args()
    if asked.data is None:
        show_false_effects(asked.repeats)
    else:
        show_births(births(asked.data, asked.rows_left_out))


if __name__ == "__main__":
    main()
