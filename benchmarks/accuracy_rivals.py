"""What price forecasts are compared with: the last value, a Gaussian random walk, and GJR-GARCH if it is available."""

from __future__ import annotations

import subprocess
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from accuracy_scores import geometric_mean, is_within, is_worse, pinball
from accuracy_sets import Figure, named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from accuracy_origins import Backtest, Values
    from numpy.typing import NDArray

    Rivals = Mapping[str, Sequence[Values]]

RANDOM_WALK, GARCH = "random walk", "GJR-GARCH"
LEVELS = (80, 95)
"""Intervals whose coverage is shown, in percent."""


def random_walk(test: Backtest) -> Values:
    """Return the quantiles of a Gaussian walk from the last value, (n, Q).

    Its step is the root mean square of all earlier changes: of the logarithms, if every value is positive.
    """
    positive = bool((test.history > 0).all())
    level = np.log(test.history) if positive else test.history
    known = test.origins.known
    spread = np.sqrt(np.cumsum(np.diff(level) ** 2)[known - 2] / (known - 1) * test.origins.horizon)
    normal = np.array([NormalDist().inv_cdf(tau) for tau in test.taus])
    quantiles = level[known - 1, None] + spread[:, None] * normal
    return np.asarray(np.exp(quantiles) if positive else quantiles)


def garch(python: str, work: Path, tests: Sequence[Backtest]) -> list[Values]:
    """Return the quantiles of GJR-GARCH for each backtest, (n, Q), from the same origins with the same two fits.

    They are NaN if a fit has not converged.
    """
    values, origins = [], []
    for key, test in enumerate(tests):
        values.append(pd.DataFrame({"key": key, "value": test.history}))
        place = {"horizon": test.origins.horizon, "known": test.origins.known, "fitted": test.origins.fitted}
        origins.append(pd.DataFrame({"key": key, **place}))
    pd.concat(values).to_csv(work / "values.csv", index=False)
    pd.concat(origins).to_csv(work / "origins.csv", index=False)
    taus = [f"{tau:g}" for tau in tests[0].taus]
    script = str(Path(__file__).resolve().with_name("peer_garch.py"))
    command = [python, script, "values.csv", "origins.csv", "garch.csv", "--quantiles", *taus]
    subprocess.run(command, cwd=work, check=True)  # noqa: S603 - the user's interpreter
    found = pd.read_csv(work / "garch.csv")
    return [found.loc[found["key"] == key, taus].to_numpy() for key in range(len(tests))]


def point_figures(tests: Sequence[Backtest]) -> list[Figure]:
    """Compare the points with the last value: the series that are significantly worse, and the ratio of errors."""
    losses = [(np.abs(test.actual - test.point), np.abs(test.actual - test.last)) for test in tests]
    worse = [
        is_worse(*loss, lags=-(-test.origins.horizon // test.origins.step) - 1)
        for test, loss in zip(tests, losses, strict=True)
    ]
    ratios = [float(ours.mean() / theirs.mean()) for ours, theirs in losses]
    named_worse = [f"{test.name} h = {test.origins.horizon}" for test, each in zip(tests, worse, strict=True) if each]
    return [
        Figure("significantly worse than the last value", by_horizon(tests, worse, count), ", ".join(named_worse)),
        Figure("MAE / that of the last value", by_horizon(tests, ratios, mean_ratio), "last value 1"),
    ]


def quantile_figures(tests: Sequence[Backtest], rivals: Rivals) -> list[Figure]:
    """Compare the quantiles with those of the other methods, and the coverage with its nominal level."""
    ours = [test.quantiles for test in tests]
    figures = [ratio_figure(tests, name, theirs) for name, theirs in rivals.items()]
    for level in LEVELS:
        shown = named({name: covered(*with_quantiles(tests, theirs), level) for name, theirs in rivals.items()})
        figures.append(Figure(f"coverage of the {level} % interval", covered(tests, ours, level), shown))
    return figures


def ratio_figure(tests: Sequence[Backtest], name: str, theirs: Sequence[Values]) -> Figure:
    """Compare the quantiles with those of one other method, on the series for which it has quantiles.

    The range over the single series is shown because one bad fit of the other method can dominate a mean.
    """
    both, known = with_quantiles(tests, theirs)
    ratios = [loss(test, test.quantiles) / loss(test, other) for test, other in zip(both, known, strict=True)]
    left_out = sorted({test.name for test in tests} - {test.name for test in both})
    without = f"; without {', '.join(left_out)}, where it has no fit" if left_out else ""
    shown = f"{name} 1; single series from {min(ratios):.3f} to {max(ratios):.3f}{without}"
    return Figure(f"WQL / that of {name}", by_horizon(both, ratios, mean_ratio), shown)


def with_quantiles(tests: Sequence[Backtest], theirs: Sequence[Values]) -> tuple[list[Backtest], list[Values]]:
    """Return the backtests of the series for which the other method has every quantile, and these quantiles."""
    missing = {test.name for test, each in zip(tests, theirs, strict=True) if np.isnan(each).any()}
    pairs = [(test, each) for test, each in zip(tests, theirs, strict=True) if test.name not in missing]
    return [test for test, _ in pairs], [each for _, each in pairs]


def loss(test: Backtest, quantiles: Values) -> float:
    """Return the mean quantile loss."""
    return float(pinball(test.actual, quantiles, test.taus).mean())


def covered(tests: Sequence[Backtest], quantiles: Sequence[Values], level: int) -> str:
    """Return the coverage of one interval by horizon, pooled over the series, and over all of them."""
    side = tests[0].taus.index((100 - level) / 200)
    inside = [
        is_within(test.actual, each[:, side], each[:, -1 - side]) for test, each in zip(tests, quantiles, strict=True)
    ]
    return f"{by_horizon(tests, inside, share)}; all {share(inside)}"


def by_horizon(tests: Sequence[Backtest], values: Sequence[Any], summary: Callable[[Sequence[Any]], str]) -> str:
    """Return the `summary` of the values, one for each backtest, at each horizon as text."""
    horizons = sorted({test.origins.horizon for test in tests})
    at = {h: [value for test, value in zip(tests, values, strict=True) if test.origins.horizon == h] for h in horizons}
    return ", ".join(summary(each) for each in at.values())


def count(worse: Sequence[bool]) -> str:
    """Return how many of the series are worse."""
    return f"{sum(worse)} of {len(worse)}"


def mean_ratio(ratios: Sequence[float]) -> str:
    """Return the geometric mean of the ratios."""
    return f"{geometric_mean(ratios):.4f}"


def share(inside: Sequence[NDArray[np.bool_]]) -> str:
    """Return the share of actuals inside their intervals, pooled, in percent."""
    return f"{100 * np.concatenate(inside).mean():.1f}"
