"""What the tables of an evaluation share: which cells are the best, and bars. Errors are (methods,) or (methods, h)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats


def best_rows(values: Floats) -> frozenset[int]:
    """Return the rows of the smallest value; none where there is nothing to choose from."""
    known = values[~np.isnan(values)]
    if len(known) < 2 or known.min() == known.max():
        return frozenset()
    return frozenset(np.flatnonzero(values == known.min()).tolist())


def error_bars(errors: Floats, comparable: Bools, marks: str, most: int) -> list[str]:
    """Return at most `most` marks for the errors of each method, from 0 to the largest of comparable methods.

    Args:
        errors: Errors of the methods at each step, (methods, h).
        comparable: Which methods set the scale, (methods,); larger errors of the others have its highest mark.
        marks: Marks from the lowest to the highest.
        most: Marks of a row at most; of more steps each mark is the mean of a few.

    """
    together = -(-errors.shape[1] // most)
    means = np.array(
        [[row[begin : begin + together].mean() for begin in range(0, len(row), together)] for row in errors]
    )
    top = np.nanmax(means[comparable], initial=0.0)
    heights = np.nan_to_num(np.minimum(means / top, 1.0) if top > 0.0 else np.sign(means))
    return ["".join(marks[int(height * (len(marks) - 1) + 0.5)] for height in row) for row in heights]
