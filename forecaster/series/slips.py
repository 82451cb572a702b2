"""Say whether the last value of a series, y, (n,), is rather wrong than new: a slip, or a cell in another unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Floats

FEWEST_KNOWN = 4
"""Rows from which on a last value can be far: two changes before it say how far values move."""
FAR_RATIO, FAR_MOVES = 3.0, 5.0
"""A last value is rather wrong than new if it is three times as large as any before, a third of any, zero or of another
sign, and if the move to it is five times as large as any before. Chosen by hand: a slip of a decimal is, and a collapse
hardly ever."""


def last_value_is_far(y: Floats) -> bool:
    """Return whether the last value, of y, (n,), is far from all others: in its size or its sign, and by its move."""
    if len(y) < FEWEST_KNOWN:
        return False
    size, changes = np.abs(y), np.abs(np.diff(y))
    if not changes[-1] > FAR_MOVES * changes[:-1].max():
        return False
    turned = ((y[:-1] > 0).all() and y[-1] <= 0) or ((y[:-1] < 0).all() and y[-1] >= 0)
    ratio = size[-1] > FAR_RATIO * size[:-1].max() > 0 or size[-1] < size[:-1].min() / FAR_RATIO
    return bool(ratio or turned)
