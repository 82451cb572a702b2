"""Tell what is found by looking for it in many places from what chance alone would show there.

A p-value is the probability that chance closes the days of one rule as often as the file shows.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats


def benjamini_hochberg(p_values: Floats, tests: float, rate: float) -> Bools:
    """Return which findings, (n,), hold if at most a share `rate` of them may be false, among `tests` that were made.

    Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, J. R. Statist. Soc. B 57 (1995).
    """
    order = np.argsort(p_values, kind="stable")
    below = p_values[order] <= rate * np.arange(1, len(order) + 1) / tests
    holds = np.zeros(len(order), dtype=bool)
    holds[order[: int(np.flatnonzero(below).max(initial=-1)) + 1]] = True
    return holds


def chance_of_closures(run: int, closed: int, seen: int, share: float) -> float:
    """Return how likely chance closes the latest `run` days of a rule, or at least `closed` of those `seen`.

    Args:
        run: Days closed in a row up to the last one.
        closed: Days closed.
        seen: Days seen.
        share: The share of days that are closed by chance.

    """
    exceptions = range(closed, seen + 1)
    in_all = sum(comb(seen, count) * share**count * (1 - share) ** (seen - count) for count in exceptions)
    return min(share**run if run else 1.0, in_all)
