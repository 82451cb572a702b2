"""How many decimals the values of a series are written with, so that its forecasts are not shown with more.

Values are floats, (n,), as a file has them: `101.25` has two decimals, although its float has more digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Floats

MOST_DIGITS = 7
"""Significant digits of a usual value beyond which decimals are not looked for: floats of 32 bits have as many."""
EXACT = 1e-9
"""Relative difference from a rounded value that counts as none: a float of 64 bits has 16 digits, and multiplying it
loses a few."""
SHARE_WITH_MORE = 0.02
"""Share of the values that may have more decimals; chosen by hand: a few are means of repeated rows or filled in."""


def written_decimals(values: Floats) -> int:
    """Return the decimals that all but a few of the values need.

    Args:
        values: Values of one series, (n,); NaN where there is none.

    """
    values = values[np.isfinite(values)]
    sizes = np.abs(values[values != 0])
    if not len(sizes):
        return 0
    most = max(0, MOST_DIGITS - 1 - int(np.floor(np.log10(np.median(sizes)))))
    for places in range(most):
        scaled = values * 10.0**places
        if np.mean(np.abs(scaled - np.round(scaled)) > EXACT * np.abs(scaled)) <= SHARE_WITH_MORE:
            return places
    return most
