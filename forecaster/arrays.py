"""Names for the types of arrays, and three small operations on whole numbers for which NumPy has no function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def among(values: Ints, rising: Ints) -> Bools:
    """Return which of the values, (n,), are among the `rising` ones, (m,)."""
    if not len(rising):
        return np.zeros(len(values), dtype=bool)
    found: Bools = rising[np.minimum(np.searchsorted(rising, values), len(rising) - 1)] == values
    return found


def distinct(rising: Ints) -> Ints:
    """Return the rising values, (n,), each once."""
    return rising[np.append(np.diff(rising) != 0, True)] if len(rising) else rising  # the last of equal ones stays


def most_frequent(values: Ints) -> int:
    """Return the commonest value; of several equally common ones, the smallest."""
    rising = np.sort(values)
    ends = np.append(np.flatnonzero(np.diff(rising)), len(rising) - 1)
    return int(rising[ends[np.diff(ends, prepend=-1).argmax()]])
