"""The units in which values are scaled: logarithms where they can be taken, so that changes are relative.

    plain   x = y
    counts  x = y                        and never below zero: where many values are zero
    log     x = log(max(y + a, b))       a = 0 where every value is positive, else a tenth of the mean: for zeros;
                                         b a tenth of the least y + a seen: what is lower comes as a surprise
    asinh   x = arcsinh((y - a) / b)     a the median, b twice the mean distance from it: plain in the middle, logs far
                                         out

Each series has its own; an (N,) array holds what series 0 .. N - 1 have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats, Ints
    from forecaster.series.panel import Panel


PLAIN, LOG, ASINH, COUNTS = range(4)
SHARE = 0.1
"""Share of the mean that is added to values of which some are zero, and of the least value that is the bound."""
DISTANCES = 2.0
"""Mean distances from the median up to which arcsinh is nearly plain."""
ZEROS = 0.3
"""Share of zeros from which values count something that is mostly not there."""
NEAR, LEAST_ROWS, MANY = 0.2, 12, 20
"""Share of the median below which a value is near zero, the rows of a quarter at least, and many series."""
LEAST = 1e-280
"""What has a logarithm that is not below `-LARGEST_EXPONENT`."""
LARGEST_EXPONENT = 650.0
"""exp() of 710 overflows float64; what is left is for the size of the units."""


@dataclass(frozen=True)
class Transform:
    """The units of N series.

    Attributes:
        kind: `PLAIN`, `LOG`, `ASINH` or `COUNTS`, (N,).
        offset: a, (N,).
        size: b, (N,), 1 where there is none.

    """

    kind: Ints
    offset: Floats
    size: Floats

    def take(self, chosen: Sequence[int]) -> Transform:
        """Return the units of the series with these numbers, in this order."""
        rows = list(chosen)
        return Transform(self.kind[rows], self.offset[rows], self.size[rows])

    def forward(self, values: Floats, series: Ints) -> Floats:
        """Return x of values, (...), of the series with these numbers, which are broadcast."""
        x = np.array(values)
        log, asinh = (np.broadcast_to(self.kind[series] == kind, x.shape) for kind in (LOG, ASINH))
        a, b = (np.broadcast_to(array[series], x.shape) for array in (self.offset, self.size))
        x[log] = np.log(np.maximum(x[log] + a[log], b[log]))
        x[asinh] = np.arcsinh((x[asinh] - a[asinh]) / b[asinh])
        return x

    def inverse(self, x: Floats, series: Ints) -> Floats:
        """Return the values that x, (...), stand for; those of which some are zero stay at zero or above."""
        y = np.array(x)
        log, asinh = (np.broadcast_to(self.kind[series] == kind, y.shape) for kind in (LOG, ASINH))
        a, b = (np.broadcast_to(array[series], y.shape) for array in (self.offset, self.size))
        grown = np.exp(np.clip(y[log], -LARGEST_EXPONENT, LARGEST_EXPONENT))
        y[log] = np.maximum(grown - a[log], 0)
        counts = np.broadcast_to(self.kind[series] == COUNTS, y.shape)
        y[counts] = np.maximum(y[counts], 0)
        y[asinh] = a[asinh] + b[asinh] * np.sinh(np.clip(y[asinh], -LARGEST_EXPONENT, LARGEST_EXPONENT))
        return y


def identity_transform(series: int) -> Transform:
    """Return the units of values as they are."""
    return Transform(np.full(series, PLAIN), np.zeros(series), np.ones(series))


def fit_transform(panel: Panel, *, log: bool) -> Transform:
    """Choose the units of each series from all rows of `panel`; without `log`, values stay as they are.

    Logarithms blow up what is near zero: where a positive series comes near it now and then, its units are `ASINH`. Of
    many series that learn from each other, as many as can keep logarithms.
    """
    transform = identity_transform(len(panel))
    for i in range(len(panel) if log else 0):
        y = panel.values[panel.slice(i)]
        if (y < 0).any() or (len(panel) < MANY and _comes_near_zero(y)):
            transform.kind[i], transform.offset[i] = ASINH, np.median(y)
            transform.size[i] = DISTANCES * np.abs(y - transform.offset[i]).mean() or 1.0
        elif (y == 0).sum() > ZEROS * len(y):
            transform.kind[i] = COUNTS
        elif len(y):
            transform.kind[i] = LOG
            transform.offset[i] = 0.0 if (y > 0).all() else SHARE * y.mean()
            transform.size[i] = max(SHARE * (y.min() + transform.offset[i]), LEAST)
    return transform


def _comes_near_zero(y: Floats) -> bool:
    """Return whether a positive series, (n,), has a quarter with values near zero beside the others of that quarter.

    A series that has grown from little is not near zero in this sense: all of its early values were small.
    """
    quarters = [quarter for quarter in np.array_split(y, 4) if len(quarter) >= LEAST_ROWS]
    return bool((y > 0).all()) and any(quarter.min() < NEAR * np.median(quarter) for quarter in quarters)
