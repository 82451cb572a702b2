"""Is there a kind of series that the pretrained network forecasts badly?

Ten families of simulated series, written independently of the simulators with which the network is trained: it never
saw a series of these generators. Each series is forecast alone, without training, just as the program does it: the
network and Theta in their blend, with intervals that follow the errors at rolling origins. The script prints for each
family the MASE of this forecast, of Theta and of the seasonal naive forecast, the first divided by the better of the
others, and the share of values inside the intervals.

    python benchmarks/simulated_families.py --series 240
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from accuracy_scores import geometric_mean, is_within, seasonal_change
from cells import table

from forecaster.forecasting.forecaster import train_forecaster
from forecaster.forecasting.methods.baselines import SEASONAL_NAIVE, THETA, forecast_baseline, history_of, steps_ahead
from forecaster.forecasting.plan import make_plan
from forecaster.series.panel import panel_from_series
from forecaster.spec import LEVELS, Specification

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Generate = Callable[[int, np.random.Generator], Values]
    """Returns a series of n rows, (n,)."""

YEAR, DAY, WEEK = 12, 24, 168
"""Months in a year, hours in a day and in a week."""
FIRST_DAY = "1850-01-01"
BURN_IN = 50
"""Rows of an autoregression that are dropped, so that it does not begin at its mean."""


@dataclass(frozen=True)
class Family:
    """A kind of series.

    Attributes:
        generate: Makes a series.
        unit: Step, as NumPy calls it.
        season: Steps in the season of the forecasts and of MASE.
        repeated: Steps in the season that the seasonal naive forecast repeats: the longest one.
        horizon: Steps that are forecast.
        lengths: Rows before them; the series take turns.

    """

    generate: Generate
    unit: str = "Y"
    season: int = 1
    repeated: int = 1
    horizon: int = 12
    lengths: Sequence[int] = (20, 40, 80, 150)


class Scores(NamedTuple):
    """MASE of each method, and the share of values inside the intervals, by their level."""

    mase: Mapping[str, float]
    inside: Mapping[float, float]


def wave(season: int, harmonics: int, rows: int, rng: np.random.Generator) -> Values:
    """Return a random season of mean 0 and deviation 1, repeated over the rows, (n,)."""
    phase = 2 * np.pi * np.arange(season) / season
    parts = [rng.normal() / j * np.sin(j * phase + rng.uniform(0, 2 * np.pi)) for j in range(1, harmonics + 1)]
    shape = np.sum(parts, axis=0)
    return np.resize((shape - shape.mean()) / shape.std(), rows)


def walk(deviation: float, rows: int, rng: np.random.Generator) -> Values:
    """Return a sum of normal steps, (n,)."""
    return np.cumsum(rng.normal(0, deviation, rows))


def trend(rows: int, rng: np.random.Generator) -> Values:
    """Return a straight line and noise; the lowest point of the line is at least 100, eight deviations above zero."""
    slope = rng.normal(0, 2)
    start = rng.uniform(100, 250) + max(0.0, -slope * (rows - 1))
    return start + slope * np.arange(rows) + rng.normal(0, rng.uniform(2, 12), rows)


def damped(rows: int, rng: np.random.Generator) -> Values:
    """Return exponential smoothing with a damped trend: y = l + phi b + e, l += phi b + a e, b = phi b + c e."""
    level, slope, noise = rng.uniform(200, 1000), rng.normal(0, 5), rng.uniform(1, 6)
    phi, a = rng.uniform(0.8, 0.97), rng.uniform(0.1, 0.8)
    c, y = 0.3 * a, np.empty(rows)
    for t, e in enumerate(rng.normal(0, noise, rows)):
        y[t] = level + phi * slope + e
        level, slope = level + phi * slope + a * e, phi * slope + c * e
    return y


def seasonal(rows: int, rng: np.random.Generator) -> Values:
    """Return a level that walks, a trend, an added season of a year and noise."""
    season = rng.uniform(10, 80) * wave(YEAR, 3, rows, rng)
    level = 400 + rng.normal(0, 0.6) * np.arange(rows) + walk(2, rows, rng)
    return level + season + rng.normal(0, rng.uniform(3, 20), rows)


def multiplicative(rows: int, rng: np.random.Generator) -> Values:
    """Return growth that walks, a season of a year and noise, all of them factors."""
    season = rng.uniform(0.05, 0.5) * wave(YEAR, 3, rows, rng)
    level = rng.uniform(3, 6) + rng.normal(0.004, 0.004) * np.arange(rows) + walk(0.02, rows, rng)
    return np.exp(level + season + rng.normal(0, rng.uniform(0.01, 0.1), rows))


def breaks(rows: int, rng: np.random.Generator) -> Values:
    """Return a slight trend and noise with one to three shifts of the level, at any row from the fourth on."""
    y = 250 + rng.normal(0, 0.3) * np.arange(rows) + rng.normal(0, rng.uniform(2, 10), rows)
    for at in rng.integers(3, rows, size=rng.integers(1, 3, endpoint=True)):
        y[at:] += rng.normal(0, 40)
    return y


def intermittent(rows: int, rng: np.random.Generator) -> Values:
    """Return demands of a few pieces at random times, and zeros between them."""
    size = 1.0 + rng.negative_binomial(3, 0.3, rows)
    return np.where(rng.random(rows) < rng.uniform(0.1, 0.5), size, 0.0)


def counts(rows: int, rng: np.random.Generator) -> Values:
    """Return Poisson counts whose rate, from 2 to 20 at first, walks."""
    return rng.poisson(np.exp(rng.uniform(0.5, 3) + walk(0.05, rows, rng))).astype(float)


def autoregression(rows: int, rng: np.random.Generator) -> Values:
    """Return x_t = p x_{t-1} + e with p from 0.3 to 0.95, about a mean of 50."""
    p, x = rng.uniform(0.3, 0.95), 0.0
    y = np.empty(BURN_IN + rows)
    for t, e in enumerate(rng.normal(0, 5, len(y))):
        y[t] = x = p * x + e
    return 50 + y[BURN_IN:]


def random_walk(rows: int, rng: np.random.Generator) -> Values:
    """Return prices: their logarithm is a random walk."""
    return np.asarray(500 * np.exp(walk(0.02, rows, rng)))


def two_seasons(rows: int, rng: np.random.Generator) -> Values:
    """Return hourly values with a season of a day and one of a week, a level that walks, and noise."""
    day = rng.uniform(50, 200) * wave(DAY, 3, rows, rng)
    week = rng.uniform(50, 150) * wave(WEEK, 8, rows, rng)
    return 1500 + day + week + walk(5, rows, rng) + rng.normal(0, rng.uniform(5, 40), rows)


MONTHS = (24, 40, 80, 150)
"""Rows of monthly series: the season takes two years."""
FAMILIES = {
    "trend": Family(trend),
    "damped": Family(damped),
    "seasonal": Family(seasonal, "M", YEAR, YEAR, lengths=MONTHS),
    "multiplicative": Family(multiplicative, "M", YEAR, YEAR, lengths=MONTHS),
    "breaks": Family(breaks),
    "intermittent": Family(intermittent),
    "counts": Family(counts),
    "AR": Family(autoregression),
    "random walk": Family(random_walk),
    "two seasons": Family(two_seasons, "h", DAY, WEEK, 24, (400, 600, 800)),
}
OURS = "ours"


def score(family: Family, rows: int, rng: np.random.Generator) -> Scores:
    """Simulate one series, forecast what follows the first `rows` rows, and score it."""
    series = family.generate(rows + family.horizon, rng)
    past, actual = series[:rows], series[rows:]
    stamps = np.datetime64(FIRST_DAY).astype(f"datetime64[{family.unit}]") + np.arange(rows)
    panel = panel_from_series([("series", stamps, past)])
    wanted = Specification(horizon=family.horizon, season=family.season, zero_shot=True)
    fitted, _ = train_forecaster(make_plan(panel, wanted))
    forecast = fitted.predict(panel, family.horizon)
    history, ahead = history_of(past, np.array([0]), np.array([rows - 1])), steps_ahead(family.horizon)
    points = {
        OURS: forecast.point[0],
        THETA: forecast_baseline(THETA, history, ahead, family.season)[0],
        SEASONAL_NAIVE: forecast_baseline(SEASONAL_NAIVE, history, ahead, family.repeated)[0],
    }
    change = seasonal_change(past, family.season) or np.nan
    return Scores(
        {name: float(np.abs(actual - point).mean() / change) for name, point in points.items()},
        {level: float(is_within(actual, forecast.low[level][0], forecast.high[level][0]).mean()) for level in LEVELS},
    )


def ratio_of_means(ours: Values, theirs: Values) -> tuple[float, float]:
    """Return r = mean(ours) / mean(theirs) and its standard error, of pairs of which some may be NaN.

    s = sd(ours - r theirs) / (sqrt(n) mean(theirs))
    (Cochran 1977, Sampling Techniques, section 2.11)
    """
    kept = ~np.isnan(ours + theirs)
    ours, theirs = ours[kept], theirs[kept]
    ratio = ours.mean() / theirs.mean()
    rest = ours - ratio * theirs
    return float(ratio), float(np.sqrt((rest**2).sum() / max(1, len(rest) - 1) / len(rest)) / theirs.mean())


def row(name: str, series: int, rng: np.random.Generator) -> dict[str, object]:
    """Return the mean scores of a family; a series that does not change in its history has no MASE."""
    family = FAMILIES[name]
    scores = [score(family, family.lengths[number % len(family.lengths)], rng) for number in range(series)]
    found = {method: np.array([each.mase[method] for each in scores]) for method in scores[0].mase}
    mase = {method: float(np.nanmean(values)) for method, values in found.items()}
    best = min((method for method in mase if method != OURS), key=lambda method: mase[method])
    ratio, error = ratio_of_means(found[OURS], found[best])
    inside = {level: np.mean([each.inside[level] for each in scores]) for level in LEVELS}
    return {
        "family": name,
        **{method: f"{value:.3f}" for method, value in mase.items()},
        "ours_over_best": f"{ratio:.3f}",
        "error": f"{error:.3f}",
        **{f"inside_{level:g}": f"{100 * share:.1f}" for level, share in inside.items()},
    }


def main() -> None:
    """Run the benchmark and print a row for each family."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=240, help="series of each family")
    parser.add_argument("--seed", type=int, default=0, help="seed of the series")
    asked = parser.parse_args()
    # a generator for each family, so that a change to one does not change the others
    rows = [row(name, asked.series, np.random.default_rng([asked.seed, i])) for i, name in enumerate(FAMILIES)]
    ratios = {str(each["family"]): float(str(each["ours_over_best"])) for each in rows}
    worst = max(ratios, key=lambda name: ratios[name])
    means = {"geometric_mean": f"{geometric_mean(list(ratios.values())):.3f}", "worst": worst}
    print(table({"rows": rows, **means, "series": asked.series, "seed": asked.seed}))


if __name__ == "__main__":
    main()
