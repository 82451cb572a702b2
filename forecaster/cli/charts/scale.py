"""The vertical scale of a chart: which values it covers, and where its ticks and the values lie.

Values are (n,), in units of the data. The distance of two ticks is a whole number of lines, so that their texts are
evenly spaced. Heights are counted in dots from the lower end of the chart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forecaster.arrays import Floats

MOST_BEYOND = 1.0
"""Heights of the lines that an interval may reach beyond them on each side: a wider one is cut off at the edge of the
chart, so that the lines have a third of its height at least. Chosen by hand."""
OUTLYING = 5.0
"""Heights of the usual values that a value of the history may lie beyond them: one that is further away, such as a
typing error, is cut off, because it would press all others into a flat line. Chosen by hand."""
USUAL = (0.05, 0.95)
"""Shares of the history below and above which values may be outliers; chosen by hand."""
FEWEST_USUAL = 20
"""Values of a history in which outliers are found: of fewer, less than one lies above the upper share."""
NEAR_ZERO = 0.3
"""Share of the largest value below which the scale begins at zero: the height of a line then shows its size. Chosen by
hand."""
LOG_RATIO = 100.0
"""How many times the tenth largest of a hundred values is the tenth least one where the scale is logarithmic: on a
linear scale most of them would lie on its lower end. Chosen by hand."""
FLAT_MARGIN = 0.1
"""Share of a value that the scale reaches beyond it where all values are equal; chosen by hand."""
ROUND = (1.0, 2.0, 2.5, 5.0)
"""Distances of ticks that people count in, times a power of ten."""
WHOLE = (1.0, 2.0, 3.0, 5.0)
"""Distances of ticks of a logarithmic scale in powers of ten, times a power of ten."""
FEWEST_TICKS, MOST_TICKS = 3, 5
"""Ticks where there is room, and at most; chosen by hand: more are not read."""
LOWEST_SHARE = 2.0
"""How many times higher a chart may be whose ticks have more decimals than the series: then they are shown."""
FLAT = 1e-10
"""Share of the largest value that is no difference between values: rounding."""
LEAST, LARGEST = 1e-290, 1e307
"""Smaller values are zero on a scale, and larger ones are cut off: near the limits of numbers no step is left."""
ROUNDING = 1e-9
"""Share of a line by which rounding may move a tick."""


class Range(NamedTuple):
    """The values that a scale has to cover; both are powers of ten where it is logarithmic."""

    low: float
    high: float
    logarithmic: bool = False


@dataclass(frozen=True)
class Scale:
    """A scale with ticks.

    Attributes:
        low: Value of the lowest dot; its exponent where the scale is logarithmic.
        per_dot: How much a dot is higher than the one below it.
        dots: Dots of the chart from its lower end to its upper end.
        step: Distance of two ticks.
        ticks: Values of the ticks, rising; their exponents where the scale is logarithmic.
        logarithmic: Whether powers of ten are evenly spaced.

    """

    low: float
    per_dot: float
    dots: int
    step: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def heights(self, values: Floats) -> Floats:
        """Return the heights of values in dots; those beyond an end of the scale are at this end, NaN stays NaN."""
        if self.logarithmic:
            values = np.log10(np.maximum(values, np.finfo(np.float64).tiny))
        # those far beyond an end are cut first, because their heights may be larger than any number
        values = np.clip(values, self.low - self.per_dot, self.low + self.per_dot * self.dots)
        # divided first, because the difference may be larger than any number
        heights: Floats = np.clip(values / self.per_dot - self.low / self.per_dot, 0.0, self.dots - 1.0)
        return heights

    @property
    def tick_heights(self) -> list[int]:
        """The heights of the ticks in dots."""
        return [round(each / self.per_dot - self.low / self.per_dot) for each in self.ticks]


def range_to_cover(history: Floats, lines: Sequence[Floats], ends: Sequence[Floats]) -> Range:
    """Return the values that the scale of a chart covers: its lines, and its intervals as far as they are near.

    Args:
        history: The values that decide whether the scale is logarithmic.
        lines: Values of the lines, the history among them.
        ends: Ends of the intervals.

    """
    values, past, bounds = (_finite(each) for each in (lines, [history], ends))
    if not len(values):
        return Range(0.0, 1.0)
    if values.min() > 0 and len(past) and np.quantile(past, 0.9) / LOG_RATIO >= np.quantile(past, 0.1):
        return Range(float(np.log10(values.min())), float(np.log10(values.max())), logarithmic=True)
    # of numbers up to 1, no difference is too large
    size = float(max(np.abs(values).max(), np.abs(bounds).max(initial=0.0))) or 1.0
    low, high = float(values.min() / size), float(values.max() / size)
    reach = MOST_BEYOND * (high - low) or math.inf
    lowest = max(low - reach, float(bounds.min(initial=low * size)) / size)
    highest = min(high + reach, float(bounds.max(initial=high * size)) / size)
    if highest - lowest <= FLAT * max(abs(low), abs(high)):
        margin = FLAT_MARGIN * abs(low) or 1.0
        lowest, highest = lowest - margin, highest + margin
    elif 0 < lowest < NEAR_ZERO * highest:
        lowest = 0.0
    return Range(lowest * size, highest * size)


def without_outliers(history: Floats, others: Sequence[Floats]) -> Floats:
    """Return a history with NaN for the values that are far from the usual ones and from `others`, the other lines."""
    past = _finite([history])
    if len(past) < FEWEST_USUAL:
        return history
    usual = np.concatenate([np.quantile(past, USUAL), _finite(others)])
    low, high = usual.min(), usual.max()
    reach = OUTLYING * (high - low) or math.inf
    return np.where((history < low - reach) | (history > high + reach), np.nan, history)


def scale_with_ticks(cover: Range, rows: int, down: int, decimals: int) -> Scale:
    """Return the scale on which a range is highest, and of such scales the one with the most ticks.

    Args:
        cover: What it covers.
        rows: Lines of the chart at most.
        down: Dots of a line.
        decimals: Decimals that the series has: ticks have no more where that leaves the chart high enough.

    """
    found = list(_scales(cover, rows, down))
    highest = min(each.per_dot for each in found)
    places = 0 if cover.logarithmic else decimals
    whole = [
        each
        for each in found
        if len(each.ticks) > 1
        and each.per_dot <= LOWEST_SHARE * highest
        and abs(round(each.step, places) - each.step) < ROUNDING * each.step
    ]
    enough = [each for each in whole or found if len(each.ticks) >= min(FEWEST_TICKS, rows // 3)]
    return min(enough or whole or found, key=lambda each: (each.per_dot, -len(each.ticks)))


def _scales(cover: Range, rows: int, down: int) -> Iterator[Scale]:
    """Yield the scales that cover a range in `rows` lines or less, with one to `MOST_TICKS` ticks."""
    power = math.floor(math.log10(cover.high / 2 - cover.low / 2))
    factors = WHOLE if cover.logarithmic else ROUND
    for step in (float(f"{factor}e{each}") for each in range(power - 1, power + 3) for factor in factors):
        for lines in range(1, rows + 1):
            scale = _scale_with_step(cover, step, lines, down)
            if scale.dots <= rows * down and 0 < len(scale.ticks) <= MOST_TICKS:
                yield scale


def _scale_with_step(cover: Range, step: float, lines: int, down: int) -> Scale:
    """Return the scale that covers a range with a tick every few lines, the first lines that it takes."""
    # a tick is in the middle of its line
    per_line, below = step / lines, (down - 1) // 2 / down
    first = math.floor(cover.low / per_line + below + ROUNDING)
    rows = max(1, math.ceil(cover.high / per_line - (first - below) + 1 / down - ROUNDING))
    ticks = range(-(-first // lines), (first + rows - 1) // lines + 1)
    values = tuple(each * step for each in ticks)
    return Scale((first - below) * per_line, per_line / down, rows * down, step, values, cover.logarithmic)


def _finite(parts: Sequence[Floats]) -> Floats:
    """Return the finite values of all parts, (n,), within what steps between them can be computed for."""
    values = np.concatenate([*parts, np.empty(0)])
    finite = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
    return np.where(np.abs(finite) < LEAST, 0.0, finite)
