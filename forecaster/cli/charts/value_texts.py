"""The texts of the ticks on the vertical axis of a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.cli.charts.scale import Scale

MOST_DECIMALS = 6
"""Decimals of texts at most; smaller numbers are written with an exponent."""
WORDS = ((1e12, "trillions"), (1e9, "billions"), (1e6, "millions"))
"""Units of large numbers, the largest first."""
LARGEST_IN_WORDS = 1e16
"""Larger numbers are written with an exponent: nobody reads ten thousand trillions."""
LARGEST_WITH_COMMAS = 1e7
"""Numbers below are written out, as 1,250,000; chosen by hand: longer ones take the room of the chart."""
LEAST_POWER = 1e-3
"""Smaller powers of ten are written with an exponent; chosen by hand."""


class ValueTexts(NamedTuple):
    """The texts of ticks, and their unit: `millions`, or empty."""

    texts: list[str]
    unit: str = ""


def value_texts(scale: Scale) -> ValueTexts:
    """Return the texts of the ticks of a scale, thousands with commas, with the decimals that tell them apart."""
    if scale.logarithmic:
        return ValueTexts([_power_text(each) for each in scale.ticks])
    largest = max(map(abs, scale.ticks))
    if scale.step < 10.0**-MOST_DECIMALS or largest >= LARGEST_IN_WORDS:
        return ValueTexts([_short_exponent(f"{value:.6g}") for value in scale.ticks])
    size, unit = next((each for each in WORDS if largest >= max(each[0], LARGEST_WITH_COMMAS)), (1.0, ""))
    places = _decimals_of_number(scale.step / size)
    # a small negative number is rounded to 0, not to -0
    return ValueTexts([f"{round(value / size, places) + 0.0:,.{places}f}" for value in scale.ticks], unit)


def decimals_of(values: Floats) -> int:
    """Return how many decimals finite values have, at most `MOST_DECIMALS`."""
    values = values[np.isfinite(values)]
    if np.abs(values).max(initial=0.0) >= LARGEST_WITH_COMMAS:
        return 0
    return max(map(_decimals_of_number, values.tolist()), default=0)


def _power_text(exponent: float) -> str:
    """Return a power of ten as text: `0.01`, `1,000`, `1e9`."""
    if not exponent.is_integer():
        return f"{10.0**exponent:.2g}"
    value = float(f"1e{exponent:.0f}")
    if LEAST_POWER <= value < LARGEST_WITH_COMMAS:
        return f"{value:,.{_decimals_of_number(value)}f}"
    return f"1e{exponent:.0f}"


def _short_exponent(text: str) -> str:
    """Return a number as text without the zero of its exponent: `2.5e-08` is `2.5e-8`."""
    digits, separator, exponent = text.partition("e")
    return f"{digits}e{int(exponent)}" if separator else text


def _decimals_of_number(value: float) -> int:
    """Return how many decimals a number has, at most `MOST_DECIMALS`."""
    return len(f"{value:.{MOST_DECIMALS}f}".rstrip("0").partition(".")[2])
