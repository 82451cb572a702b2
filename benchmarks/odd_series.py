"""Are intervals sane on series that step, jump, stand still, or have a wrong value at any place?

Simulated series of seven kinds, short and long, positive or around zero, with the event at the start, in the middle or
in the last row, are forecast as the program does it, within their horizon and ten times as far. For each kind the
script prints how far the widest bound lies beyond the series, in units of its range (median, 95 % and maximum over the
series; the range is of the known and the coming values), the share of points further outside the known values than half
of their range, and the coverage of what comes next.

    python benchmarks/odd_series.py --series 1000 --trained 40 --worst FOLDER

`--trained` series have over a thousand rows, so that networks are trained on them. `--worst` writes the ten series with
the widest bounds, and their forecasts.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from accuracy_scores import is_within
from cells import table

from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.plan import make_plan
from forecaster.series.panel import panel_from_series
from forecaster.spec import LEVELS, Specification

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.forecasting.method import Forecast

    Values = NDArray[np.float64]

KINDS = ("steps", "jump", "flat", "spikes", "shifts", "growth", "wrong value")
PLACES = ("start", "middle", "last row")
SHORTEST, LONGEST, LONG = 12, 400, (1000, 1400)
"""Rows of short series, and of those on which networks are trained."""
HORIZONS = {"D": 7, "W": 13, "M": 12, "Y": 6}
FAR = 10
"""Times the horizon that half of the series are forecast."""
NOISE = 0.05
"""Size of the noise, as a share of the level."""
OUTSIDE = 0.5
"""Share of its range by which a point may lie outside what was before."""
WORST = 10


class Case(NamedTuple):
    """A series with what comes after it, and its forecast."""

    name: str
    kind: str
    known: Values
    coming: Values
    forecast: Forecast


def simulate(kind: str, place: str, rows: int, ahead: int, rng: np.random.Generator) -> Values:
    """Return the values of a series of `rows` rows and of the `ahead` rows after them."""
    n = rows + ahead
    at = {"start": max(1, rows // 10), "middle": rows // 2, "last row": rows - 1}[place]
    level, noise = np.exp(rng.uniform(0, 7)), rng.choice([0.0, NOISE]) * rng.standard_normal(n)
    t = np.arange(n)
    if kind == "steps":
        moves = np.where(rng.random(n) < rng.uniform(0.01, 0.1), rng.normal(0.03, 0.08, n), 0.0)
        y = np.round(level * np.exp(np.cumsum(moves)), 2)
    elif kind == "jump":
        y = level * np.where(t < at, 1.0, rng.choice([0.3, 0.5, 2.0, 3.0])) * (1 + noise)
    elif kind == "flat":
        quiet = (t >= at) if rng.random() < 0.5 else (t < at)
        y = level * (1 + np.where(quiet, 0.0, NOISE * rng.standard_normal(n)))
    elif kind == "spikes":
        y = level * (1 + noise) * np.where(rng.random(n) < 0.05, rng.uniform(3, 20), 1.0)
    elif kind == "shifts":
        y = level * np.exp(np.cumsum(np.where(rng.random(n) < 3 / n, rng.normal(0, 0.7, n), 0.0))) * (1 + noise)
    elif kind == "growth":
        y = level * np.exp(np.minimum(rng.uniform(0.5, 6) * t / rows, 12)) * (1 + noise)
    else:
        y = level * (1 + noise) * (1 + rng.uniform(0, 0.3) * np.sin(2 * np.pi * t / 12))
        y[at] *= rng.choice([0.001, 0.01, 0.1, 10.0, 100.0, 1000.0])
    return y - level if rng.random() < 1 / 3 else y


def forecast_case(number: int, *, trained: bool) -> Case:
    """Simulate one series and forecast it."""
    rng = np.random.default_rng(number)
    kind, place = KINDS[number % len(KINDS)], PLACES[number // len(KINDS) % len(PLACES)]
    unit, usual = list(HORIZONS.items())[int(rng.integers(4))] if not trained else ("D", 7)
    rows = int(rng.integers(*LONG)) if trained else int(np.exp(rng.uniform(np.log(SHORTEST), np.log(LONGEST))))
    ahead = usual * (FAR if rng.random() < 0.5 else 1)
    y = simulate(kind, place, rows, ahead, rng)
    name = f"{number} {kind} {place} {unit} {rows}"
    ds = (np.datetime64("1700-01-01", unit) + np.arange(rows)).astype("datetime64[us]")
    panel = panel_from_series([(name, ds, y[:rows])])
    plan = make_plan(panel, Specification(effort="quick" if trained else "standard"))
    fitted, _ = train_forecaster(plan, 1)
    return Case(name, kind, y[:rows], y[rows:], fitted.predict(panel, ahead))


def reach(case: Case) -> float:
    """Return how far the widest bound lies beyond the series, in units of its range, or 10 % of a constant."""
    y = np.concatenate([case.known, case.coming])
    low, high = y.min(), y.max()
    size = (high - low) or 0.1 * abs(high) or 1.0
    beyond = max(float(low - case.forecast.low[95].min()), float(case.forecast.high[95].max() - high))
    return beyond / float(size)


def outside(case: Case) -> float:
    """Return the share of points that lie further outside the known values than `OUTSIDE` of their range."""
    low, high = case.known.min(), case.known.max()
    room = OUTSIDE * (high - low)
    return float(((case.forecast.point < low - room) | (case.forecast.point > high + room)).mean())


def summary(kind: str, cases: list[Case]) -> dict[str, object]:
    """Return a row: reach in the median, at 95 % and at most, points outside in percent, and coverages."""
    reaches = [reach(case) for case in cases]
    coverages = [
        np.mean(
            [is_within(case.coming[None], case.forecast.low[level], case.forecast.high[level]).mean() for case in cases]
        )
        for level in LEVELS
    ]
    widest = dict(
        zip(("reach 50", "reach 95", "reach max"), np.quantile(reaches, [0.5, 0.95, 1]).tolist(), strict=True)
    )
    out = {"points out": 100 * float(np.mean([outside(case) for case in cases]))}
    within = {f"within {level}": 100 * float(covered) for level, covered in zip(LEVELS, coverages, strict=True)}
    return {"kind": kind, "series": len(cases), **widest, **out, **within}


def write_worst(cases: list[Case], folder: Path) -> None:
    """Write the series with the widest bounds, and their forecasts, as CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in sorted(cases, key=reach)[-WORST:]:
        known, of = len(case.known), case.forecast
        frame = pd.DataFrame({"y": np.concatenate([case.known, case.coming])})
        ends = {
            "low-95": of.low[95],
            "low-80": of.low[80],
            "point": of.point,
            "high-80": of.high[80],
            "high-95": of.high[95],
        }
        for name, values in ends.items():
            frame.loc[known:, name] = values[0]
        frame.to_csv(folder / f"{case.name.replace(' ', '_')}.csv", index=False)


def main() -> None:
    """Forecast the series and print a row for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=1000)
    parser.add_argument("--trained", type=int, default=40)
    parser.add_argument("--worst", type=Path)
    options = parser.parse_args()
    cases = [forecast_case(number, trained=False) for number in range(options.series)]
    trained = [forecast_case(number, trained=True) for number in range(options.trained)]
    rows = [summary(kind, [case for case in cases if case.kind == kind]) for kind in KINDS]
    rows += [summary("all", cases), *([summary("trained", trained)] if trained else [])]
    print(table({"rows": rows}))
    if options.worst:
        write_worst(cases + trained, options.worst)


if __name__ == "__main__":
    main()
