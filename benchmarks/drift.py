"""How often is drift found where there is none, and how often where there is?

Series of a dozen kinds are simulated, with two or four years of days in training and a year after it. Either nothing
changes in them, or something does on day 100 of that year. The script prints the share of series with a finding, the
median delay in days and the time that a series takes: of the series itself (`forecaster.ledger.series_drift`), once at
the end of the year, which finds all that any night of it finds; and of errors of forecasts, one a day
(`forecaster.ledger.error_drift`), whose normal scores are simulated. `--data` also looks at the years of real series,
each as if training ended before it: what is found there may be a change or a false finding.

    python benchmarks/drift.py --series 500
    python benchmarks/drift.py --data FOLDER    # with the folder of accuracy.py
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from cells import table

from forecaster.ledger.error_drift import DRIFT_FIELDS, NONE, add_errors
from forecaster.ledger.series_drift import find_change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

YEAR, CHANGED = 365, 100
"""Days after training, and the day of them on which something changes."""
TRAINED = (730, 1460)


def autoregression(rng: np.random.Generator, days: int, coefficient: float, series: int | None = None) -> Values:
    """Return values of an autoregression of order one, with a variance of one: (days,) or (series, days)."""
    noise = rng.normal(size=days if series is None else (series, days))
    values = np.moveaxis(noise.copy(), -1, 0)
    for day in range(1, days):
        values[day] = coefficient * values[day - 1] + np.sqrt(1 - coefficient**2) * values[day]
    return np.moveaxis(values, 0, -1)


def garch(rng: np.random.Generator, days: int) -> Values:
    """Return prices whose volatility comes in clusters, with heavy tails."""
    variance, moves = 1e-4, np.empty(days)
    for day in range(days):
        moves[day] = np.sqrt(0.6 * variance) * rng.standard_t(5)
        variance = 2e-6 + 0.08 * moves[day] ** 2 + 0.9 * variance
    return 100 * np.exp(np.cumsum(moves))


def week(days: int) -> Values:
    """Return a season of the week between -1 and 1."""
    return np.sin(2 * np.pi * np.arange(days) / 7)


STILL: dict[str, tuple[int, Callable[[np.random.Generator, int], Values]]] = {
    "noise": (1, lambda rng, n: 100 + 10 * rng.normal(size=n)),
    "heavy tails (t with 3)": (1, lambda rng, n: 100 + 5 * rng.standard_t(3, n)),
    "autoregression 0.9": (1, lambda rng, n: 100 + 5 * autoregression(rng, n, 0.9)),
    "trend": (1, lambda rng, n: 50 + 0.1 * np.arange(n) + 5 * rng.normal(size=n)),
    "growth": (1, lambda rng, n: np.exp(3 + 0.001 * np.arange(n) + 0.1 * rng.normal(size=n))),
    "week": (7, lambda rng, n: 100 + 20 * week(n) + 8 * rng.normal(size=n)),
    "week and year": (
        7,
        lambda rng, n: 100 + 20 * week(n) + 20 * np.sin(2 * np.pi * np.arange(n) / 365.25) + 8 * rng.normal(size=n),
    ),
    "counts with a week": (7, lambda rng, n: rng.poisson(20 * (1 + 0.4 * week(n))).astype(float)),
    "rare counts": (1, lambda rng, n: (rng.random(n) < 0.05) * rng.poisson(4, n).astype(float)),
    "random walk": (1, lambda rng, n: 100 * np.exp(0.01 * np.cumsum(rng.normal(size=n)))),
    "week on a random walk": (
        7,
        lambda rng, n: (100 + 20 * week(n)) * np.exp(0.01 * np.cumsum(rng.normal(size=n)) + 0.1 * rng.normal(size=n)),
    ),
    "prices (GARCH, t with 5)": (1, garch),
}
"""Kinds of series in which nothing changes, each with its season."""


def changed(name: str, rng: np.random.Generator, trained: int) -> Values:
    """Return values with a week, in which something changes on a day after training."""
    days, after = trained + YEAR, trained + CHANGED
    values = 100 + 20 * week(days) + 8 * rng.normal(size=days)
    if name.startswith("level"):
        values[after:] += 8 * float(name.split()[1])
    elif name.startswith("variation"):
        values[after:] += 8 * np.sqrt(float(name.split()[1]) ** 2 - 1) * rng.normal(size=days - after)
    else:
        values[after:] -= 40 * week(days)[after:]
    return values


CHANGES = (
    "level 1 deviation",
    "level 2 deviations",
    "level 3 deviations",
    "variation 2 times",
    "variation 3 times",
    "season turned",
)


def series_rows(count: int) -> Iterator[dict[str, object]]:
    """Yield a row for each kind of series and length of training."""
    for trained in TRAINED:
        for name in (*STILL, *CHANGES):
            rng, kinds, delays, spent = np.random.default_rng(11), Counter[str](), [], 0.0
            for _ in range(count):
                season, make = STILL.get(name, (7, lambda rng, n: changed(name, rng, n - YEAR)))  # noqa: B023 - called at once
                values = make(rng, trained + YEAR)
                began = time.process_time()
                found = find_change(values, trained, season)
                spent += time.process_time() - began
                if found is not None:
                    kinds[found.kind] += 1
                    delays.append(found.row - trained - CHANGED)
            yield {
                "rows in training": trained,
                "series": name,
                "found %": round(100 * sum(kinds.values()) / count, 2),
                "as": ", ".join(f"{kind} {number}" for kind, number in kinds.most_common()),
                "delay": int(np.median(delays)) if delays and name in CHANGES else "",
                "ms": round(1000 * spent / count, 2),
            }


ERRORS: dict[str, Callable[[np.random.Generator, int], Values]] = {
    "normal": lambda rng, n: rng.normal(size=(n, YEAR)),
    "heavy tails (t with 3)": lambda rng, n: rng.standard_t(3, (n, YEAR)),
    "counts": lambda rng, n: rng.poisson(0.3, (n, YEAR)) - 0.3,
    "autocorrelation 0.2": lambda rng, n: autoregression(rng, YEAR, 0.2, n),
    "autocorrelation 0.4": lambda rng, n: autoregression(rng, YEAR, 0.4, n),
    "shifted by 1 on day 100": lambda rng, n: rng.normal(size=(n, YEAR)) + (np.arange(YEAR) >= CHANGED),
    "shifted by 2 on day 100": lambda rng, n: rng.normal(size=(n, YEAR)) + 2 * (np.arange(YEAR) >= CHANGED),
    "1.5 times as large from day 100": lambda rng, n: (
        rng.normal(size=(n, YEAR)) * (1 + (np.arange(YEAR) >= CHANGED) / 2)
    ),
    "twice as large from day 100": lambda rng, n: rng.normal(size=(n, YEAR)) * (1 + (np.arange(YEAR) >= CHANGED)),
}
"""Normal scores of errors of a year, (n, YEAR)."""


def error_rows(count: int) -> Iterator[dict[str, object]]:
    """Yield a row for each kind of errors."""
    for name, make in ERRORS.items():
        errors, state = make(np.random.default_rng(5), count), np.zeros(count, np.dtype(DRIFT_FIELDS))
        when, began = np.full(count, -1), time.process_time()
        for day in range(YEAR):
            add_errors(state, errors[:, day], np.full(count, day))
            when[(state["found"] != NONE) & (when < 0)] = day
        spent = time.process_time() - began
        late = when[when >= CHANGED] - CHANGED
        yield {
            "errors": name,
            "found %": round(100 * float((when >= 0).mean()), 2),
            "before day 100 %": round(100 * float(((when >= 0) & (when < CHANGED)).mean()), 2),
            "delay": int(np.median(late)) if len(late) and "day 100" in name else "",
            "ms a night": round(1000 * spent / count / YEAR, 4),
        }


def real_rows(data: Path) -> Iterator[dict[str, object]]:
    """Yield a row for each real series: years after the first four with a finding, each as if training ended before."""
    births = pd.read_csv(data / "daily" / "us_births_2000_2014.csv")
    series = {"US births": (7, births.select_dtypes("number").iloc[:, -1].to_numpy(float))}
    for file in sorted((data / "prices").glob("*-daily.csv")):
        frame = pd.read_csv(file)
        series[file.stem] = (1, frame[frame.columns[-1]].dropna().to_numpy(float))
    for name, (season, values) in series.items():
        year = 365 if season == 7 else 250
        starts = range(4 * year, len(values) - year, year)
        found = [find_change(values[start - 4 * year : start + year], 4 * year, season) for start in starts]
        kinds = Counter(each.kind for each in found if each is not None)
        yield {"series": name, "years": len(starts), "with a finding": sum(kinds.values()), "as": dict(kinds)}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=300)
    parser.add_argument("--data", type=Path)
    arguments = parser.parse_args()
    if arguments.data:
        print(table({"rows": [*real_rows(arguments.data)]}))
        return
    print(table({"rows": [*series_rows(arguments.series)]}))
    print()
    print(table({"rows": [*error_rows(20 * arguments.series)]}))


if __name__ == "__main__":
    main()
