"""How good are forecasts of rare demand, beside Croston's method, SBA, TSB and a forecast of nothing?

Simulated demand of five kinds, half of them not whole numbers, is forecast as the program does it, each series alone.
The script prints for each kind the RMSSE of the mean forecasts, and over all series the weighted quantile loss and the
coverage of the intervals. If statsforecast is installed, its Croston, SBA, TSB, ADIDA and IMAPA take part, with
conformal intervals where a series is long enough; else only the two that need no package.

    python benchmarks/intermittent.py --series 500
    python benchmarks/intermittent.py --file demand.csv --horizon 12    # the last rows of each column are the test
"""

from __future__ import annotations

import argparse
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from cells import table

from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.plan import make_plan
from forecaster.series.panel import panel_from_series
from forecaster.spec import LEVELS, Specification

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

KINDS = ("steady", "seasonal", "ending", "wandering", "in runs")
STEPS = {"D": (7, 14), "M": (12, 12)}
"""Season and horizon by step."""
SHORTEST, LONGEST = 24, 600
PEERS = ("CrostonClassic", "CrostonSBA", "TSB", "ADIDA", "IMAPA")
WINDOWS = 2
"""Windows from which the peers' conformal intervals are made: the least."""
OURS, ZERO, MEAN = "forecast", "zero", "mean"


class Series(NamedTuple):
    """Known values and those of the test."""

    kind: str
    step: str
    known: Values
    test: Values


class Answer(NamedTuple):
    """Points, (h,), and the ends of the intervals by level; none where a method has no intervals."""

    point: Values
    ends: dict[int, tuple[Values, Values]]


def simulate(number: int) -> Series:
    """Return a simulated series whose demand is rare."""
    rng = np.random.default_rng(number)
    kind, step = KINDS[number % len(KINDS)], list(STEPS)[int(rng.integers(2))]
    season, horizon = STEPS[step]
    rows = int(np.exp(rng.uniform(np.log(SHORTEST), np.log(LONGEST))))
    n = rows + horizon
    t, share = np.arange(n), float(np.exp(rng.uniform(np.log(0.03), np.log(0.48))))
    chance = np.full(n, share)
    if kind == "seasonal":
        factors = np.exp(rng.normal(0, 0.8, season))
        chance = share * (factors / factors.mean())[t % season]
    elif kind == "ending":
        chance = share * np.where(t > rng.uniform(0.4, 0.9) * n, rng.uniform(0, 0.3), 1)
    elif kind == "wandering":
        chance = share * np.exp(np.cumsum(rng.normal(0, 0.03 * np.sqrt(200 / n), n)))
    elif kind == "in runs":
        busy, chance = False, np.zeros(n)
        for i in range(n):
            busy = rng.random() > 0.05 if busy else rng.random() < 0.05 * share / (1 - share)
            chance[i] = 0.9 * busy
    sizes = [
        1 + rng.poisson(rng.uniform(0, 3), n),
        1 + rng.negative_binomial(1, rng.uniform(0.1, 0.7), n),
        np.round(rng.lognormal(1, 0.6, n), 2),
    ][int(rng.integers(3))]
    y = np.where(rng.random(n) < np.clip(chance, 0, 0.9), sizes, 0.0)
    return Series(kind, step, y[:rows], y[rows:])


def simulated(count: int) -> Iterator[Series]:
    """Yield simulated series in which something was demanded twice at least, and which are mostly zero."""
    for number in range(count):
        series = simulate(number)
        if np.count_nonzero(series.known) > 1 and np.mean(series.known == 0) > 0.5:
            yield series


def read_series(path: Path, horizon: int) -> Iterator[Series]:
    """Yield each column of numbers of a file, whose last rows are the test."""
    for name, y in pd.read_csv(path).select_dtypes("number").items():
        yield Series(str(name), "M", y.to_numpy(float)[:-horizon], y.to_numpy(float)[-horizon:])


def forecast(series: Series) -> Answer:
    """Forecast a series as the program does it."""
    ds = (np.datetime64("2000-01-01", series.step) + np.arange(len(series.known))).astype("datetime64[us]")
    panel, horizon = panel_from_series([("a", ds, series.known)]), len(series.test)
    fitted, _ = train_forecaster(make_plan(panel, Specification(horizon=horizon)), 1)
    found = fitted.predict(panel, horizon)
    return Answer(found.point[0], {level: (found.low[level][0], found.high[level][0]) for level in LEVELS})


def forecast_with_peer(name: str, series: Series) -> Answer:
    """Forecast a series with a class of statsforecast."""
    from statsforecast import models
    from statsforecast.utils import ConformalIntervals

    horizon = len(series.test)
    options = {"alpha_d": 0.1, "alpha_p": 0.1} if name == "TSB" else {}
    enough = len(series.known) > (WINDOWS + 1) * horizon
    intervals = {"prediction_intervals": ConformalIntervals(h=horizon, n_windows=WINDOWS)} if enough else {}
    model = getattr(models, name)(**options, **intervals)
    found = model.forecast(series.known, horizon, **({"level": list(LEVELS)} if enough else {}))
    ends = {level: (found[f"lo-{level}"], found[f"hi-{level}"]) for level in LEVELS} if enough else {}
    return Answer(found["mean"], ends)


def rmsse(series: Series, point: Values) -> float:
    """Return the root mean squared error in units of the mean squared change of the known values."""
    return float(np.sqrt(((series.test - point) ** 2).mean() / (np.diff(series.known) ** 2).mean()))


def quantile_loss(series: Series, answer: Answer) -> float:
    """Return the mean pinball loss of the ends of the intervals, over the mean change of the known values."""
    losses = []
    for level, ends in answer.ends.items():
        for tau, quantile in zip(((1 - level / 100) / 2, (1 + level / 100) / 2), ends, strict=True):
            error = series.test - quantile
            losses.append(np.maximum(tau * error, (tau - 1) * error).mean())
    return 2 * float(np.mean(losses) / np.abs(np.diff(series.known)).mean())


def covered(series: Series, answer: Answer, level: int) -> float:
    """Return the share of the test within the interval."""
    low, high = answer.ends[level]
    return float(((low <= series.test) & (series.test <= high)).mean())


def main() -> None:
    """Forecast the series with all methods and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=500)
    parser.add_argument("--file", type=Path, help="a file of demand in place of the simulated series")
    parser.add_argument("--horizon", type=int, default=12)
    asked = parser.parse_args()
    every = list(read_series(asked.file, asked.horizon) if asked.file else simulated(asked.series))
    answers: dict[str, list[Answer]] = {
        OURS: [forecast(series) for series in every],
        MEAN: [Answer(np.full(len(s.test), s.known.mean()), {}) for s in every],
        ZERO: [Answer(np.zeros(len(s.test)), {}) for s in every],
    }
    if find_spec("statsforecast"):
        warnings.simplefilter("ignore")
        answers |= {name: [forecast_with_peer(name, series) for series in every] for name in PEERS}
    kinds = list(dict.fromkeys(series.kind for series in every))
    with_ends = [
        i for i in range(len(every)) if all(answers[name][i].ends for name in answers if name not in {MEAN, ZERO})
    ]
    rows = []
    for name, found in answers.items():
        errors = np.array([rmsse(series, answer.point) for series, answer in zip(every, found, strict=True)])
        row: dict[str, object] = {"method": name}
        for kind in kinds if len(kinds) <= len(KINDS) else []:
            row[kind] = float(
                np.mean([error for error, series in zip(errors, every, strict=True) if series.kind == kind])
            )
        row |= {"RMSSE": float(errors.mean()), "root of squares": float(np.sqrt((errors**2).mean()))}
        chosen = with_ends if found[with_ends[0]].ends else []
        row["WQL"] = float(np.mean([quantile_loss(every[i], found[i]) for i in chosen])) if chosen else None
        for level in LEVELS:
            row[f"within {level}"] = (
                100 * float(np.mean([covered(every[i], found[i], level) for i in chosen])) if chosen else None
            )
        rows.append(row)
    print(table({"rows": rows, "series": len(every), "with intervals": len(with_ends)}))


if __name__ == "__main__":
    main()
