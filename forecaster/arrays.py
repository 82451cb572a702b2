"""Names for the types of arrays, and three small operations on whole numbers that NumPy lacks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def among(values: Ints, rising: Ints) -> Bools:
    """Return which of the values, (n,), are among others that rise, (m,)."""
    if not len(rising):
        return np.zeros(len(values), dtype=bool)
    found: Bools = rising[np.minimum(np.searchsorted(rising, values), len(rising) - 1)] == values
    return found


def distinct(rising: Ints) -> Ints:
    """Return the different ones of rising values, (n,)."""
    return rising[np.append(np.diff(rising) != 0, True)] if len(rising) else rising  # the last one stays


def most_frequent(values: Ints) -> int:
    """Return the commonest value, the smallest of several."""
    rising = np.sort(values)
    ends = np.append(np.flatnonzero(np.diff(rising)), len(rising) - 1)
    return int(rising[ends[np.diff(ends, prepend=-1).argmax()]])
