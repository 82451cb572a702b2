"""Charts of the parts of a forecast: for each series a line a part, with its range and its course over the steps.

A chart is lines of text. Each part is drawn between its own least and largest value, which its range tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rich.cells import cell_len

from forecaster.cli.tables import GAP, TableColumn, table_lines
from forecaster.spec import COLUMNS
from forecaster.text import shown
from forecaster.workflow.frames import dates_as_text
from forecaster.workflow.number_formats import decimals_to_show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats
    from forecaster.workflow.frames import Frame

BLOCKS, LETTERS = "▁▂▃▄▅▆▇█", ".:-=+*#@"
"""Marks from the least to the largest value; letters grow darker, for terminals that do not show blocks."""
RANGE_DIGITS = 4
"""Significant digits of the largest number of a series in its ranges; chosen by hand: the table has all of them."""
LARGEST_IN_DIGITS = 1e12
"""Larger numbers are written with an exponent in ranges; chosen by hand: their digits would leave no room for marks."""
FEWEST_MARKS = 8
"""Marks of a line at least, even where it is wider than the terminal then; chosen by hand: fewer show no course."""
ROUNDING = 1e-9
"""Share of the largest value that is no difference between means: those over whole seasons differ by rounding."""


class PartChart(NamedTuple):
    """The chart of one series: its title, and a line for the forecast and for each part."""

    title: str
    lines: list[str]


def part_chart(rows: Frame, parts: Sequence[str], width: int, *, blocks: bool) -> PartChart:
    """Return the chart of one series.

    Args:
        rows: The rows of the series in the long frame of a forecast.
        parts: The columns that are its parts.
        width: Columns of the terminal that a line may take.
        blocks: Whether the terminal shows block characters.

    """
    values = {name: rows[name].to_numpy(np.float64) for name in (COLUMNS.model, *parts)}
    ends = _end_texts(list(values.values()))
    names, ranges = TableColumn("", list(values)), TableColumn("", _range_texts(ends))
    room = max(FEWEST_MARKS, width - names.width - ranges.width - 2 * cell_len(GAP))
    steps = -(-len(rows) // room)
    marks = BLOCKS if blocks else LETTERS
    courses = [
        _marks_of(each, steps, marks) if low != high else marks[0] * -(-len(rows) // steps)
        for each, (low, high) in zip(values.values(), ends, strict=True)
    ]
    times = dates_as_text(rows)[COLUMNS.time]
    name, first, last = (shown(str(each)) for each in (rows[COLUMNS.series].iloc[0], times.iloc[0], times.iloc[-1]))
    title = f"Forecast of {name}, {first} to {last}"
    title += f", each mark the mean of {steps} steps" if steps > 1 else ""
    return PartChart(title, table_lines([names, ranges, TableColumn("", courses)])[1:])


def _end_texts(values: Sequence[Floats]) -> list[tuple[str, str]]:
    """Return the least and the largest value of each part as text, all with the same decimals."""
    size = max(float(np.abs(each).max()) for each in values)
    decimals = decimals_to_show(size, RANGE_DIGITS)
    form = f".{decimals}f" if size < LARGEST_IN_DIGITS else f".{RANGE_DIGITS}g"
    ends = [(round(float(each.min()), decimals), round(float(each.max()), decimals)) for each in values]
    # a small negative number is rounded to 0, not to -0
    return [(format(low + 0.0, form), format(high + 0.0, form)) for low, high in ends]


def _range_texts(ends: Sequence[tuple[str, str]]) -> list[str]:
    """Return the ranges of values in words, below each other; a part that is always the same has one value."""
    low, high = (max(map(len, each)) for each in zip(*ends, strict=True))
    return [f"{a:>{low}}" if a == b else f"{a:>{low}} to {b:>{high}}" for a, b in ends]


def _marks_of(values: Floats, steps: int, marks: str) -> str:
    """Return the course of values that are not all 0, (h,), a mark for the mean of a few steps."""
    # of numbers up to 1, no sum is too large
    scaled = values / np.abs(values).max()
    means = np.array([scaled[begin : begin + steps].mean() for begin in range(0, len(scaled), steps)])
    least, size = means.min(), np.ptp(means)
    heights = (means - least) / size if size > ROUNDING else np.zeros(len(means))
    return "".join(marks[int(height * (len(marks) - 1) + 0.5)] for height in heights)
