"""The vertical scale of a chart: which values it covers, and where between its ends a value lies.

Values are (n,), in units of the data; places are shares of the height, 0 at the lower end and 1 at the upper one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats

MOST_BEYOND = 2.0
"""Heights of the lines that an interval may reach beyond them on each side: a wider one is cut off at the edge of the
chart, because the lines would be flat. Chosen by hand."""
NEAR_ZERO = 0.3
"""Share of the largest value below which the scale begins at zero: the height of a line then shows its size. Chosen by
hand."""
LOG_RATIO = 100.0
"""How many times the tenth largest of ten values is the least one where the scale is logarithmic: on a linear scale
half of them would lie on its lower end. Chosen by hand."""
FLAT_MARGIN = 0.1
"""Share of a value that the scale reaches beyond it where all values are equal; chosen by hand."""


@dataclass(frozen=True)
class Scale:
    """A scale from `low` to `high`, which are positive if it is logarithmic."""

    low: float
    high: float
    logarithmic: bool = False

    def places(self, values: Floats) -> Floats:
        """Return the places of values; those beyond the ends are at the ends, NaN stays NaN."""
        values = np.clip(values, self.low, self.high)
        low, high = self.low, self.high
        if self.logarithmic:
            values, low, high = np.log(values), float(np.log(low)), float(np.log(high))
        # of numbers up to 1, no difference is too large
        size = max(abs(low), abs(high))
        places: Floats = (values / size - low / size) / (high / size - low / size)
        return places


def scale_for(history: Floats, lines: Sequence[Floats], ends: Sequence[Floats]) -> Scale:
    """Return the scale of a chart, which covers all values of its lines and the intervals as far as they are near.

    Args:
        history: The values that decide whether the scale is logarithmic.
        lines: Values of the lines, the history among them.
        ends: Ends of the intervals.

    """
    values, past, bounds = (_finite(each) for each in (lines, [history], ends))
    if not len(values):
        return Scale(0.0, 1.0)
    if values.min() > 0 and len(past) and np.quantile(past, 0.9) / LOG_RATIO >= np.quantile(past, 0.1):
        return Scale(float(values.min()), float(values.max()), logarithmic=True)
    # of numbers up to 1, no difference is too large
    size = float(max(np.abs(values).max(), np.abs(bounds).max(initial=0.0))) or 1.0
    low, high = values.min() / size, values.max() / size
    reach = MOST_BEYOND * (high - low) or np.inf
    lowest = max(low - reach, bounds.min(initial=low * size) / size)
    highest = min(high + reach, bounds.max(initial=high * size) / size)
    if lowest == highest:
        margin = FLAT_MARGIN * abs(low) or 1.0
        lowest, highest = lowest - margin, highest + margin
    elif 0 < lowest < NEAR_ZERO * highest:
        lowest = 0.0
    return Scale(float(lowest * size), float(highest * size))


def _finite(parts: Sequence[Floats]) -> Floats:
    """Return the finite values of all parts, (n,)."""
    values = np.concatenate([*parts, np.empty(0)])
    finite: Floats = values[np.isfinite(values)]
    return finite
