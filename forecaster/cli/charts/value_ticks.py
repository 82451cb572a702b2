"""Round values on the vertical axis of a chart, with their texts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.cli.charts.scale import Scale

ROUND = (1.0, 2.0, 2.5, 5.0)
"""Distances of ticks that people count in, times a power of ten."""
MOST_TICKS = 5
"""Ticks at most; chosen by hand: more are not read."""
MOST_DECIMALS = 6
"""Decimals of texts at most; smaller numbers are written with an exponent."""
WORDS = ((1e12, "trillions"), (1e9, "billions"), (1e6, "millions"))
"""Units of large numbers, the largest first."""
LARGEST_IN_WORDS = 1e16
"""Larger numbers are written with an exponent: nobody reads ten thousand trillions."""
LARGEST_WITH_COMMAS = 1e7
"""Numbers below are written out, as 1,250,000; chosen by hand: longer ones take the room of the chart."""

ROUNDING = 1e-9
"""Share of a step by which a tick may be beyond the end of a scale."""


class ValueTicks(NamedTuple):
    """Values of ticks, rising, the texts of them, and the unit of the texts: `millions`, or empty."""

    values: list[float]
    texts: list[str]
    unit: str = ""


def value_ticks(scale: Scale, rows: int, decimals: int) -> ValueTicks:
    """Return three to five ticks if there is room.

    Args:
        scale: The scale.
        rows: Lines of the chart.
        decimals: Decimals that the series has: ticks have no more, unless there would be fewer than two ticks.

    """
    most = min(MOST_TICKS, max(2, (rows + 1) // 2))
    if scale.logarithmic:
        powers = _powers_of_ten(scale, most)
        if len(powers) > 1:
            return ValueTicks(powers, [_power_text(each) for each in powers])
    steps = _steps(scale, most)
    step, values = next((each for each in steps if each[0] >= 10.0**-decimals and len(each[1]) > 1), steps[0])
    largest = max(map(abs, (scale.low, scale.high)))
    if step < 10.0**-MOST_DECIMALS or largest >= LARGEST_IN_WORDS:
        return ValueTicks(values, [_short_exponent(f"{value:.6g}") for value in values])
    size, unit = next((each for each in WORDS if largest >= max(each[0], LARGEST_WITH_COMMAS)), (1.0, ""))
    places = _decimals_of_number(step / size)
    return ValueTicks(values, [f"{value / size:,.{places}f}" for value in values], unit)


def decimals_of(values: Floats) -> int:
    """Return how many decimals finite values have, at most `MOST_DECIMALS`."""
    values = values[np.isfinite(values)]
    if np.abs(values).max(initial=0.0) >= LARGEST_WITH_COMMAS:
        return 0
    return max(map(_decimals_of_number, values.tolist()), default=0)


def _steps(scale: Scale, most: int) -> list[tuple[float, list[float]]]:
    """Return the distances that make one to `most` ticks, the smallest first, each with its ticks."""
    found = []
    exponent = math.floor(math.log10(scale.high / most - scale.low / most))
    for power in (exponent - 1, exponent, exponent + 1):
        for factor in ROUND:
            step = float(f"{factor}e{power}")
            first, last = math.ceil(scale.low / step - ROUNDING), math.floor(scale.high / step + ROUNDING)
            if 0 <= last - first < most:
                found.append((step, [number * step for number in range(first, last + 1)]))
    return found


def _powers_of_ten(scale: Scale, most: int) -> list[float]:
    """Return the powers of ten within a logarithmic scale, every second or third one where they are many."""
    first = math.ceil(math.log10(scale.low) - ROUNDING)
    last = math.floor(math.log10(scale.high) + ROUNDING)
    apart = -(-(last - first + 1) // most)
    return [float(f"1e{exponent}") for exponent in range(first, last + 1) if exponent % max(apart, 1) == 0]


def _power_text(value: float) -> str:
    """Return a power of ten as text: `0.01`, `1,000`, `1e9`."""
    written_out = 10.0**-3 <= value < LARGEST_WITH_COMMAS
    return f"{value:,.{_decimals_of_number(value)}f}" if written_out else _short_exponent(f"{value:.0e}")


def _short_exponent(text: str) -> str:
    """Return a number as text without the zero of its exponent: `2.5e-08` is `2.5e-8`."""
    digits, separator, exponent = text.partition("e")
    return f"{digits}e{int(exponent)}" if separator else text


def _decimals_of_number(value: float) -> int:
    """Return how many decimals a number has, at most `MOST_DECIMALS`."""
    return len(f"{value:.{MOST_DECIMALS}f}".rstrip("0").partition(".")[2])
