"""The metrics of point forecasts and intervals, in the definitions of the field: the only place that computes scores.

A metric is a function whose argument names say what it needs: `actual` and `forecast` are (n, k), `scale` is (n, 1),
`low` and `high` are the ends of one interval, (n, k), and `intervals` holds both ends of the interval of each level.
The k values of a row belong to one group, usually the forecasts of one series, and `groups` averages over each group.
`METRICS` lists all metrics. Scores of several series are the means of the scores of each, so that every series weighs
the same, as the organisers of the M4 competition do.

The pinball loss of a quantile q at the probability tau is max(tau e, (tau - 1) e) with e = actual - q, without the
factor of 2 that some authors add; the weighted quantile loss adds it, so that the median's loss is the absolute error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.arrays import Floats
from forecaster.forecasting.method import ROUNDING
from forecaster.forecasting.methods.own_past import HALF
from forecaster.series.grid_steps import on_every_step
from forecaster.spec import LEVELS

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.series.panel import Panel

Intervals = Mapping[int, tuple[Floats, Floats]]
"""Lower and upper end of the interval of each level, (n, k) each."""


@dataclass(frozen=True)
class Groups:
    """Which group each of n rows belongs to.

    Attributes:
        number: Number of each row's group, (n,).
        count: Groups, G; some may have no rows.

    """

    number: Ints
    count: int

    def sum_by_group(self, values: Floats) -> Floats:
        """Return the sum of the values, (n, k), of each group, (G,)."""
        return np.bincount(self.number, values.sum(axis=1), self.count).astype(np.float64)

    def mean_by_group(self, values: Floats) -> Floats:
        """Return the mean of the values, (n, k), of each group, (G,); rows with a NaN do not enter it."""
        of_rows = values.mean(axis=1)
        available = ~np.isnan(of_rows)
        count = np.bincount(self.number[available], minlength=self.count)
        total = np.bincount(self.number[available], of_rows[available], self.count)
        return _divide(total.astype(np.float64), count)


def mean_absolute_error(actual: Floats, forecast: Floats, groups: Groups) -> Floats:
    """Return the mean of |e|."""
    return groups.mean_by_group(np.abs(actual - forecast))


def root_mean_squared_error(actual: Floats, forecast: Floats, groups: Groups) -> Floats:
    """Return the root of the mean of e^2."""
    return np.sqrt(groups.mean_by_group((actual - forecast) ** 2))


def symmetric_error(actual: Floats, forecast: Floats, groups: Groups) -> Floats:
    """Return the mean of |e| / (|y| + |forecast|), 0 to 1; a forecast of 0 for a 0 is exact.

    Source: Makridakis, Spiliotis and Assimakopoulos (2020), Int. J. Forecasting 36:54-74.
    """
    error, size = np.abs(actual - forecast), np.abs(actual) + np.abs(forecast)
    return groups.mean_by_group(np.divide(error, size, out=np.zeros_like(error), where=size > 0))


def mean_absolute_scaled_error(actual: Floats, forecast: Floats, scale: Floats, groups: Groups) -> Floats:
    """Return the mean of |e| / scale; rows without a scale, NaN, do not enter it.

    Source: Hyndman and Koehler (2006), Int. J. Forecasting 22:679-688.
    """
    return groups.mean_by_group(np.abs(actual - forecast) / scale)


def weighted_quantile_loss(actual: Floats, forecast: Floats, intervals: Intervals, groups: Groups) -> Floats:
    """Return twice the pinball loss over the sum of |y|; NaN for a group of zeros.

    The loss is averaged over the point forecast as the median and the ends of the intervals as their quantiles.

    Source: Gasthaus et al. (2019), AISTATS.
    """
    loss = 2 * pinball_loss(actual, forecast, 0.5)
    for level, (low, high) in intervals.items():
        tail = (100 - level) / 200
        loss += 2 * pinball_loss(actual, low, tail)
        loss += 2 * pinball_loss(actual, high, 1 - tail)
    loss /= 1 + 2 * len(intervals)
    return _divide(groups.sum_by_group(loss), groups.sum_by_group(np.abs(actual)))


def pinball_loss(actual: Floats, quantile: Floats, tau: float) -> Floats:
    """Return max(tau e, (tau - 1) e) of each value; e = actual - quantile."""
    error = actual - quantile
    return np.maximum(tau * error, (tau - 1) * error)


def coverage(actual: Floats, low: Floats, high: Floats, groups: Groups) -> Floats:
    """Return the share of values within the interval, ends included."""
    return groups.mean_by_group(((low <= actual) & (actual <= high)).astype(np.float64))


def mean_width(low: Floats, high: Floats, groups: Groups) -> Floats:
    """Return the mean width of the interval."""
    return groups.mean_by_group(high - low)


class Metric(NamedTuple):
    """A metric, as a column of a table.

    Attributes:
        function: Returns the score of each group, (G,).
        factor: What the score is multiplied by once it is averaged, for percent.
        level: Level of the interval whose ends are `low` and `high`, in percent.

    """

    function: Callable[..., Floats]
    factor: float = 1
    level: int | None = None


METRICS: dict[str, Metric] = {
    "mae": Metric(mean_absolute_error),
    "rmse": Metric(root_mean_squared_error),
    "smape": Metric(symmetric_error, factor=200),
    "mase": Metric(mean_absolute_scaled_error),
    "wql": Metric(weighted_quantile_loss),
    **{f"coverage-{level}": Metric(coverage, factor=100, level=level) for level in LEVELS},
    **{f"width-{level}": Metric(mean_width, level=level) for level in LEVELS},
}
"""Every metric by its column, in the order of the columns; a new one is added here.

`mae`, `rmse` and the widths are in the units of the data, `smape` (0 to 200) and the coverages in percent, `mase` in
units of the seasonal naive error, `wql` as a share of the values.
"""


def needs_intervals(name: str) -> bool:
    """Return whether a metric of `METRICS` is of intervals."""
    return not {"low", "high", "intervals"}.isdisjoint(_argument_names(METRICS[name].function))


@cache
def _argument_names(function: Callable[..., Floats]) -> tuple[str, ...]:
    """Return the names of a metric's arguments."""
    return tuple(signature(function).parameters)


def group_scores(name: str, groups: Groups, intervals: Intervals | None = None, **arrays: Floats) -> Floats:
    """Return the score of each group, (G,), before the metric's factor.

    Args:
        name: A metric of `METRICS`.
        groups: The groups of the rows.
        intervals: Intervals, for metrics that need them.
        arrays: `actual`, `forecast` and `scale`; those that the metric does not need may be missing.

    """
    metric = METRICS[name]
    arguments: dict[str, Any] = {**arrays, "groups": groups, "intervals": intervals}
    if metric.level is not None and intervals is not None:
        arguments["low"], arguments["high"] = intervals[metric.level]
    return metric.function(**{needed: arguments[needed] for needed in _argument_names(metric.function)})


def mean_score(name: str, groups: Groups, intervals: Intervals | None = None, **arrays: Floats) -> float:
    """Return the mean of the scores of the groups that have one, NaN if none has; arguments as in `group_scores`."""
    scores = group_scores(name, groups, intervals, **arrays)
    return METRICS[name].factor * float(mean_of_available(scores[None])[0])


def mean_of_available(scores: Floats) -> Floats:
    """Return the mean of each row of scores, (r, G), without those that are NaN; NaN for a row of these alone."""
    missing = np.isnan(scores)
    if not missing.any():
        means: Floats = scores.mean(axis=1)
        return means
    parts = (row[~absent] for row, absent in zip(scores, missing, strict=True))
    return np.array([part.mean() if len(part) else np.nan for part in parts])


def _divide(numerator: Floats, denominator: Floats | Ints) -> Floats:
    """Return the quotients, NaN where the denominator is not positive."""
    quotients: Floats = np.divide(numerator, denominator, out=np.full(len(numerator), np.nan), where=denominator > 0)
    return quotients


def insample_scale(panel: Panel, rows: Ints, season: int) -> Floats:
    """Return the denominator of MASE from the first `rows` rows of each series, (N,), NaN where there is none.

    A season is counted on the calendar, so that a missing row does not compare a Monday with a Tuesday.
    """
    seen = on_every_step(panel.cut(np.zeros_like(rows), rows), season)
    values = seen.observed_values
    return np.array([seasonal_error(values[seen.slice(i)], season) for i in range(len(seen))])


def seasonal_error(insample: Floats, season: int) -> float:
    """Return the mean absolute difference between the values of `insample`, (n,), and those `season` steps earlier.

    Steps without a value, NaN, do not count. It is NaN, not available, if the history is not longer than the season, or
    if each season repeats the one before to the last digits, as in a constant series: nothing can be measured against
    an error of zero.

    Source: Hyndman and Koehler (2006), Int. J. Forecasting 22:679-688.
    """
    if len(insample) <= season:
        return float("nan")
    changes = np.abs(insample[season:] - insample[:-season])
    changes = changes[np.isfinite(changes)]
    error = float(changes.mean()) if len(changes) else float("nan")
    return error if error > ROUNDING * float(np.nanmean(np.abs(insample))) else float("nan")


def demand_scale(panel: Panel, rows: Ints) -> Floats:
    """Return the denominator of squared errors of rare demand from the first `rows` rows of each series, (N,).

    It is the mean squared change of a series that is mostly zero, as in RMSSE, and 0 for any other.

    Source: Makridakis, Spiliotis & Assimakopoulos (2022), Int. J. Forecasting 38:1325-1336.
    """
    begin, scale = panel.indptr[:-1], np.zeros(len(panel))
    for i, (first, end) in enumerate(zip(begin, begin + rows, strict=True)):
        insample = panel.values[first:end]
        if np.mean(insample == 0) > HALF and len(insample) > 1:
            scale[i] = (np.diff(insample) ** 2).mean()
    return scale
