"""Transforms of the values of a series: logarithms where they can be taken, so that changes are relative.

    plain   x = y
    counts  x = y                        for series with many zeros; forecasts are never below zero
    log     x = log(max(y + a, b))       a = 0 where every value is positive, else a tenth of the mean, for zeros;
                                         b = a tenth of the least y + a in training, so that lower values count as b
    asinh   x = arcsinh((y - a) / b)     a = the median, b = twice the mean distance from it: linear near the median,
                                         logarithmic far from it

Each series has its own transform; an (N,) array holds a parameter of series 0 .. N - 1. Values that are made from x
never lie outside the limits of the series.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.series.limits import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.series.limits import Limits
    from forecaster.series.panel import Panel

PLAIN, LOG, ASINH, COUNTS = range(4)
OFFSET_SHARE = 0.1
"""Share of the mean that is added to values of which some are zero, and share of the least value that is the bound:
small against usual values, and far from zero. Chosen by hand."""
LINEAR_DISTANCES = 2.0
"""Mean distances from the median up to which arcsinh is nearly linear: most values lie there. Chosen by hand."""
ZEROS = 0.3
"""Share of zeros from which values are counts of rare events. Chosen by hand."""
NEAR_ZERO, LEAST_ROWS, MANY_SERIES = 0.2, 12, 20
"""A value is near zero below 20 % of the median of its quarter of the series, which needs 12 rows, a year of months, to
have one; from 20 series on, logarithms stay, so that as many series as can share one kind of units. Chosen by hand."""
LEAST = 1e-280
"""Least bound of values: its logarithm is not below `-LARGEST_EXPONENT`."""
LARGEST_EXPONENT = 650.0
"""exp() of 710 overflows float64; the rest is room for the size b."""


class _Chosen(NamedTuple):
    """Some of many values: which, (...), and the offset and the size of each of them, (n,)."""

    places: Bools
    offset: Floats
    size: Floats


@dataclass(frozen=True)
class Transform:
    """The transforms of N series.

    Attributes:
        kind: `PLAIN`, `LOG`, `ASINH` or `COUNTS`, (N,).
        offset: a, (N,).
        size: b, (N,), 1 where there is none.
        limits: The least and the largest value that the series can have.

    """

    kind: Ints
    offset: Floats
    size: Floats
    limits: Limits = UNLIMITED

    def take(self, chosen: Sequence[int]) -> Transform:
        """Return the transforms of the series with these numbers, in this order."""
        rows = list(chosen)
        return Transform(self.kind[rows], self.offset[rows], self.size[rows], self.limits)

    def forward(self, values: Floats, series: Ints) -> Floats:
        """Return x of values, (...), of the series with these numbers, which broadcast to the values."""
        x = np.array(values)
        if log := self._of_kind(LOG, series, x):
            x[log.places] = np.log(np.maximum(x[log.places] + log.offset, log.size))
        if asinh := self._of_kind(ASINH, series, x):
            x[asinh.places] = np.arcsinh((x[asinh.places] - asinh.offset) / asinh.size)
        return x

    def inverse(self, x: Floats, series: Ints) -> Floats:
        """Return the values of x, (...), of the series with these numbers, none of them outside the limits.

        Logs and counts give no value below zero.
        """
        y = np.array(x)
        if log := self._of_kind(LOG, series, y):
            grown = np.exp(np.clip(y[log.places], -LARGEST_EXPONENT, LARGEST_EXPONENT))
            y[log.places] = np.maximum(grown - log.offset, 0)
        if counts := self._of_kind(COUNTS, series, y):
            y[counts.places] = np.maximum(y[counts.places], 0)
        if asinh := self._of_kind(ASINH, series, y):
            grown = np.sinh(np.clip(y[asinh.places], -LARGEST_EXPONENT, LARGEST_EXPONENT))
            y[asinh.places] = asinh.offset + asinh.size * grown
        return self.limits.clip(y)

    def _of_kind(self, kind: int, series: Ints, values: Floats) -> _Chosen | None:
        """Return which values are of series of a kind, with their offsets and sizes; None if none is."""
        chosen = self.kind[series] == kind
        if not chosen.any():
            return None
        places = np.broadcast_to(chosen, values.shape)
        a, b = (np.broadcast_to(array[series], values.shape)[places] for array in (self.offset, self.size))
        return _Chosen(places, a, b)


def join_transforms(parts: Sequence[Transform]) -> Transform:
    """Return the transforms of the series of all parts, in their order; the limits are those of the first part."""
    kind, offset, size = zip(*((each.kind, each.offset, each.size) for each in parts), strict=True)
    return Transform(np.concatenate(kind), np.concatenate(offset), np.concatenate(size), parts[0].limits)


def identity_transform(series: int) -> Transform:
    """Return transforms that leave the values of so many series as they are."""
    return Transform(np.full(series, PLAIN), np.zeros(series), np.ones(series))


def fit_transform(panel: Panel, *, log: bool) -> Transform:
    """Choose the transform of each series from all rows of `panel`; without `log`, values stay as they are.

    Logarithms magnify changes near zero, so a positive series that comes near zero now and then gets `ASINH`. In a
    panel of many series, which share one network, such a series keeps its logarithms.
    """
    transform = identity_transform(len(panel))
    for i in range(len(panel) if log else 0):
        y = panel.values[panel.slice(i)]
        if (y < 0).any() or (len(panel) < MANY_SERIES and _comes_near_zero(y)):
            transform.kind[i], transform.offset[i] = ASINH, np.median(y)
            transform.size[i] = LINEAR_DISTANCES * np.abs(y - transform.offset[i]).mean() or 1.0
        elif (y == 0).sum() > ZEROS * len(y):
            transform.kind[i] = COUNTS
        elif len(y):
            transform.kind[i] = LOG
            transform.offset[i] = 0.0 if (y > 0).all() else OFFSET_SHARE * y.mean()
            transform.size[i] = max(OFFSET_SHARE * (y.min() + transform.offset[i]), LEAST)
    return transform


def fit_relative_transform(panel: Panel) -> Transform:
    """Choose the transform of each series for a network that knows logarithms and plain values alone.

    A series without negative values gets `LOG`, moved up where it has zeros or comes near them; any other stays plain.
    """
    transform = identity_transform(len(panel))
    for i in range(len(panel)):
        y = panel.values[panel.slice(i)]
        if (y < 0).any() or not y.any():
            continue
        transform.kind[i] = LOG
        moved = (y == 0).any() or _comes_near_zero(y)
        transform.offset[i] = OFFSET_SHARE * y.mean() if moved else 0.0
        transform.size[i] = max(OFFSET_SHARE * (y.min() + transform.offset[i]), LEAST)
    return transform


def _comes_near_zero(y: Floats) -> bool:
    """Return whether a positive series, (n,), has a value far below the median of its quarter of the series.

    A series that has grown from small values does not: all values of its first quarter are small.
    """
    quarters = [quarter for quarter in np.array_split(y, 4) if len(quarter) >= LEAST_ROWS]
    return bool((y > 0).all()) and any(quarter.min() < NEAR_ZERO * np.median(quarter) for quarter in quarters)
