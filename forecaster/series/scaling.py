"""Scale windows: the network reads values without units, centred on the last known value.

With x the transformed values (see forecaster.series.transforms), and t the last known step of a window of L steps:

    level      z_i = (x_i - x_t) / s_t            s_t = mean of |x_i - x_t| over `steps` rows
    returns    z_i = (x_i - x_{i-1}) / s_t        s_t = root of the exponentially weighted mean of squared changes
    target     (x_{t+k} - x_t) / s_t, k = 1..h    inverse: y = x^-1(x_t + s_t * output)

An output of zero means that the last value stays. A network with targets at every step, or with one step alone, must
not read the last value of its window at earlier steps: its level inputs are relative to the step before the window. s_t
is still that of the last step, so the targets of earlier steps serve training alone. s_t is at least a tenth of the
series' `spread`, its mean absolute one-step change in the training rows, and for `level` at most max(50, steps) times
that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.transforms import (
    LOG,
    fit_relative_transform,
    fit_transform,
    identity_transform,
    join_transforms,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.series.limits import Limits
    from forecaster.series.panel import Panel
    from forecaster.series.transforms import Transform

RETURNS, LEVEL = "returns", "level"
DECAY = 0.94
"""Weight of the previous variance in the RiskMetrics average (J. P. Morgan 1996)."""
LEAST_RETURNS, LEAST_LEVELS = 30, 12
"""Least steps for s_t: a mean of squared returns needs more values than one of distances. Chosen by hand."""
LEAST_SHARE = 0.1
"""Least s_t as a share of the spread: the scaled targets of a flat window must stay finite. Chosen by hand."""
LARGEST_CHANGES = 50
"""Largest s_t of a level in units of the spread, unless the window has more steps: a last value far from all others, as
a typing error is, must not set the scale. Chosen by hand."""
USUAL = 4.0
"""Mean one-step changes by which a usual window moves, about: the scale of a level over the spread. Chosen by hand."""
LARGEST_RETURN = 8.0
"""Scaled one-step changes are clipped here: larger ones say nothing more about tomorrow. Chosen by hand."""
FEW_COLUMNS = 64
"""Columns up to which a running sum is the faster way to add rows in order: a call for each row takes longer."""


def scaled_steps(mode: str, lookback: int) -> int:
    """Return the steps that the scale of a window of `lookback` steps is taken from."""
    return max(lookback, LEAST_RETURNS if mode == RETURNS else LEAST_LEVELS)


@dataclass(frozen=True)
class Scaling:
    """How values become inputs and outputs become values.

    Attributes:
        mode: `returns` or `level`.
        transform: How values become x.
        spread: Mean |x_i - x_{i-1}| of each series over its training rows, (N,); 1 for a constant series.
        anchored_at_start: Whether level inputs are relative to the step before the window instead of to its last one.
        usual: The median spread of the series in logarithms, which are comparable with each other.
        columns: How the observed columns and then the known ones are scaled, C of them.

    """

    mode: str
    transform: Transform
    spread: Floats
    anchored_at_start: bool = False
    usual: float = 1.0
    columns: tuple[CovariateScaling, ...] = ()

    def take(self, chosen: Sequence[int]) -> Scaling:
        """Return the scaling of the series with these numbers, in this order."""
        columns = tuple(column.take(chosen) for column in self.columns)
        return replace(self, transform=self.transform.take(chosen), spread=self.spread[list(chosen)], columns=columns)

    def with_limits(self, limits: Limits) -> Scaling:
        """Return the scaling of series that have these limits."""
        return replace(self, transform=replace(self.transform, limits=limits))

    def steps(self, lookback: int) -> int:
        """Return the steps that s_t is taken from, for windows of `lookback`."""
        return scaled_steps(self.mode, lookback)

    def scale(self, x: Floats, mask: Bools, spread: Floats) -> Floats:
        """Return s_t of each window, (B,).

        Args:
            x: The values of `steps` rows and the one before, (L + 1, B); only `returns` uses the first row.
            mask: Which of these rows exist, (L + 1, B).
            spread: The spread of each window's series, (B,).

        """
        if self.mode == RETURNS:
            changes, both = np.diff(x, axis=0), mask[1:] & mask[:-1]
            weight = DECAY ** np.arange(len(changes))[::-1, None] * both
            size = np.sqrt(sum_in_order(weight * changes**2) / np.maximum(sum_in_order(weight), 1e-12))
        else:
            distance: Floats = np.abs(x[1:] - x[-1]) * mask[1:]
            size = sum_in_order(distance) / np.maximum(mask[1:].sum(axis=0), 1)
            # a last value far from all others says nothing about the changes to come; a steady trend may go far
            size = np.minimum(size, max(LARGEST_CHANGES, len(x) - 1) * spread)
        return np.maximum(size, LEAST_SHARE * spread)

    def inputs(self, x: Floats, mask: Bools, scale: Floats) -> Floats:
        """Return z, (L, B), of windows x, (L + 1, B); rows that do not exist are zero."""
        if self.mode == RETURNS:
            z: Floats = np.clip(np.diff(x, axis=0) / scale, -LARGEST_RETURN, LARGEST_RETURN)
            z *= mask[1:] & mask[:-1]
        else:
            origin = x[mask.argmax(axis=0), np.arange(x.shape[1])] if self.anchored_at_start else x[-1]
            z = (x[1:] - origin) / scale * mask[1:]
        return z


def sum_in_order(x: NDArray[np.floating]) -> Floats:
    """Return the sums over the rows of x, (L, ...), in order of the rows.

    NumPy's own sum adds in an order that depends on B, so the rounding of a result would depend on its neighbours.
    Both ways below add in the same order; a running sum is slow across many columns, a loop where there are few.
    """
    if x[0].size < FEW_COLUMNS:
        running: Floats = np.cumsum(x, axis=0)[-1]
        return running
    total: Floats = x[0].copy()
    for row in x[1:]:
        total += row
    return total


def fit_scaling(panel: Panel, mode: str, *, log: bool, anchored_at_start: bool = False) -> Scaling:
    """Learn the transform and the spread of each series from every row of `panel`, which holds training rows only."""
    return _scaling_of_transform(panel, mode, fit_transform(panel, log=log), anchored_at_start=anchored_at_start)


def fit_relative_scaling(panel: Panel) -> Scaling:
    """Learn the scaling for pretrained networks, which know logarithms and plain values alone."""
    return _scaling_of_transform(panel, LEVEL, fit_relative_transform(panel))


def _scaling_of_transform(panel: Panel, mode: str, transform: Transform, *, anchored_at_start: bool = False) -> Scaling:
    x = transform.forward(panel.values, panel.series)
    spread = np.array([mean_change(x[panel.slice(i)]) for i in range(len(panel))])
    relative = spread[transform.kind == LOG]
    return Scaling(mode, transform, spread, anchored_at_start, float(np.median(relative)) if len(relative) else 1.0)


def join_scalings(parts: Sequence[Scaling]) -> Scaling:
    """Return the scaling of the series of all parts, in their order; what series share is that of the first part."""
    columns = zip(*(each.columns for each in parts), strict=True)
    return replace(
        parts[0],
        transform=join_transforms([each.transform for each in parts]),
        spread=np.concatenate([each.spread for each in parts]),
        columns=tuple(join_covariate_scalings(of_column) for of_column in columns),
    )


def mean_change(x: Floats, season: int = 1) -> float:
    """Return the mean |x_i - x_{i-season}| of x, (n,), over one step if x is no longer than the season.

    1 if the changes are no more than the rounding of x, because callers divide by it.
    """
    lag = season if len(x) > season else 1
    change = float(np.abs(x[lag:] - x[:-lag]).mean()) if len(x) > lag else 0.0
    return change if change > 1e-13 * float(np.abs(x).max(initial=0.0)) else 1.0


@dataclass(frozen=True)
class CovariateScaling:
    """How one column of N series is scaled; learned from training rows.

    Attributes:
        transform: How its values become x.
        centre: The median of x, (N,).
        size: Distance that counts as one, (N,).

    """

    transform: Transform
    centre: Floats
    size: Floats

    def take(self, chosen: Sequence[int]) -> CovariateScaling:
        """Return the scaling of the series with these numbers, in this order."""
        return CovariateScaling(self.transform.take(chosen), self.centre[list(chosen)], self.size[list(chosen)])

    def forward(self, values: Floats, series: Ints) -> Floats:
        """Return the scaled values, (n,), of the series with these numbers, (n,)."""
        scaled: Floats = (self.transform.forward(values, series) - self.centre[series]) / self.size[series]
        return scaled


def join_covariate_scalings(parts: Sequence[CovariateScaling]) -> CovariateScaling:
    """Return how one column is scaled of the series of all parts, in their order."""
    transform = join_transforms([each.transform for each in parts])
    centre, size = zip(*((each.centre, each.size) for each in parts), strict=True)
    return CovariateScaling(transform, np.concatenate(centre), np.concatenate(size))


def fit_covariate_scalings(panel: Panel, *, log: bool) -> tuple[CovariateScaling, ...]:
    """Learn the scaling of the observed and the known columns from every row of `panel`, which holds training rows."""
    if panel.covariates is None:
        return ()
    covariates, names = panel.covariates, panel.covariates.observed + panel.covariates.known
    return tuple(
        _fit_static_scaling(panel, row)
        if name in covariates.static
        else _fit_covariate_scaling(replace(panel, values=row), log=log)
        for name, row in zip(names, covariates.rows(panel.lengths), strict=True)
    )


def _fit_static_scaling(panel: Panel, values: Floats) -> CovariateScaling:
    """Learn one scaling for all series of a column, (n,), that never changes within a series and tells them apart.

    It becomes its distance from the mean of the series, in standard deviations.
    """
    of_series = values[panel.last[panel.lengths > 0]]
    count, size = len(panel), float(of_series.std())
    centre = np.full(count, of_series.mean())
    return CovariateScaling(identity_transform(count), centre, np.full(count, size if size > 0 else 1.0))


def _fit_covariate_scaling(column: Panel, *, log: bool) -> CovariateScaling:
    """Learn the scaling of a column, given as the values of a panel."""
    transform = fit_transform(column, log=log)
    x = transform.forward(column.values, column.series)
    parts = [x[column.slice(i)] for i in range(len(column))]
    centre = np.array([np.median(part) if len(part) else 0.0 for part in parts])
    away = [np.abs(part - middle).sum() / max(len(part), 1) for part, middle in zip(parts, centre, strict=True)]
    size = [max(USUAL * mean_change(part), far / USUAL) for part, far in zip(parts, away, strict=True)]
    return CovariateScaling(transform, centre, np.array(size))
