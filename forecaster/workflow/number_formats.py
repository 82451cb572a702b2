"""Numbers as text for people: with as many digits as they mean, and thousands readable on a terminal.

CSV and JSON have all digits of a number; only tables are written with these formats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MISSING = "n/a"
FEWEST_DIGITS, MOST_DIGITS = 2, 6
"""Significant digits of a usual forecast: two, also of a series of whole numbers, as 0.43 sold pieces a day say more
than 0; at most six, although the file has more decimals. Chosen by hand."""
MOST_DECIMALS = 12
"""Decimals at most: smaller numbers are zero to a reader."""
SMALLEST_PLAIN, LARGEST_PLAIN = 1e-4, 1e15
"""Sizes between which numbers are written without an exponent; chosen by hand: nobody counts more zeros."""


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of one unit are written.

    Attributes:
        decimals: Decimals; behind the first digit where there is an exponent.
        exponent: Whether numbers have an exponent, as `5.12e-8`.

    """

    decimals: int
    exponent: bool = False

    def text(self, value: float, *, grouped: bool = False) -> str:
        """Return a number as text, with a comma between thousands if `grouped`."""
        if not math.isfinite(value):
            return MISSING if math.isnan(value) else str(value)
        if self.exponent:
            digits, _, exponent = f"{value:.{self.decimals}e}".partition("e")
            return f"{digits}e{int(exponent)}" if value else "0"
        # a small negative number is rounded to 0, not to -0
        return format(round(value, self.decimals) + 0.0, f"{',' if grouped else ''}.{self.decimals}f")


def format_of_series(written: int, usual: float) -> NumberFormat:
    """Return the format of the forecasts of a series.

    Args:
        written: Decimals of its values in the file.
        usual: Size of a usual forecast, such as the median; NaN where there is none.

    """
    if math.isnan(usual) or not usual:
        return NumberFormat(written)
    if not SMALLEST_PLAIN <= usual < LARGEST_PLAIN:
        return NumberFormat(MOST_DIGITS - 1, exponent=True)
    return NumberFormat(min(max(written, decimals_to_show(usual, FEWEST_DIGITS)), decimals_to_show(usual, MOST_DIGITS)))


def decimals_to_show(size: float, digits: int) -> int:
    """Return the decimals that show `digits` significant digits of a number of this size; 0 for NaN, no number."""
    return 0 if math.isnan(size) else min(max(digits - 1 - math.floor(math.log10(size)), 0), MOST_DECIMALS)
