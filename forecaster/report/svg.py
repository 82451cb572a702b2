"""Small line charts as SVG: they need no script, and take their colours from the page.

Places are in units of a drawing of `WIDTH` by `HEIGHT`, which the page scales.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from forecaster.text import escaped
from forecaster.workflow.number_formats import decimals_to_show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats
    from forecaster.report.document import Line, LineChart

WIDTH, HEIGHT = 480.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 12.0, 10.0, 40.0
"""Margins, which hold the numbers of the axes and the title of the horizontal one."""
TICKS = 4
"""Numbers on the vertical axis, about."""
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Steps between two numbers of an axis, times a power of ten."""
DECADES = 8
"""Powers of ten below the largest value that a logarithmic axis shows, as the chart of `inspect --gradients` does."""
MOST_NUMBERS = 8
"""Numbers on the horizontal axis at most."""
PERCENT = " %"
"""The unit of shares of a hundred, whose axis shows all of them."""
STYLES = 5
"""Kinds of lines that the style sheet knows, besides that of the forecast."""


@dataclass(frozen=True)
class _Scale:
    """An axis: values from `low` to `high`, logarithms if it is `logarithmic`, at places from `begin` to `end`."""

    low: float
    high: float
    begin: float
    end: float
    logarithmic: bool = False

    def place(self, values: Floats) -> Floats:
        """Return the places of values, NaN where one has none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log10(values) if self.logarithmic else values
        span = self.high - self.low or 1.0
        places: Floats = self.begin + (np.where(np.isfinite(values), values, np.nan) - self.low) / span * (
            self.end - self.begin
        )
        return places


def line_chart_svg(chart: LineChart) -> str:
    """Return a chart as the text of an SVG element, with its summary for those who do not see it."""
    x = _Scale(float(chart.x.min()), float(chart.x.max()), LEFT, WIDTH - RIGHT)
    y, ticks = _vertical(chart)
    parts = [*_grid(y, ticks, chart.unit), *_horizontal_axis(chart, x)]
    if chart.level is not None:
        at = y.place(np.array([chart.level]))[0]
        parts.append(f'<line class="level" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{at:.1f}" y2="{at:.1f}"/>')
    for number, line in reversed(list(enumerate(chart.lines))):
        parts.append(f'<path class="{line_class(line, number)}" d="{_path(x.place(chart.x), y.place(line.values))}"/>')
    label = escape(escaped(summary_of(chart)))
    return (
        f'<svg class="small" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def line_class(line: Line, number: int) -> str:
    """Return the class of a line by its number, which the style sheet draws; line 0 is usually that of the forecast."""
    return "line main" if line.main else f"line other other-{(number - 1) % STYLES}"


def summary_of(chart: LineChart) -> str:
    """Say what a chart shows: the first and the last value of each line."""
    told = []
    for line in chart.lines:
        known = line.values[np.isfinite(line.values)]
        if len(known):
            told.append(f"{line.name} from {known[0]:.3g}{chart.unit} to {known[-1]:.3g}{chart.unit}")
    return f"{chart.title}: {'; '.join(told)}."


def _vertical(chart: LineChart) -> tuple[_Scale, Sequence[float]]:
    """Return the vertical axis and its numbers: from 0, or of a logarithmic one powers of ten."""
    values = np.concatenate([line.values for line in chart.lines])
    if chart.logarithmic:
        values = np.log10(values[values > 0]) if (values > 0).any() else np.zeros(1)
        high = float(np.ceil(values.max() + 1e-9))
        low = float(max(np.floor(values.min()), high - DECADES))
        scale = _Scale(low, max(high, low + 1), HEIGHT - BOTTOM, TOP, logarithmic=True)
        every = int(np.ceil((scale.high - scale.low) / TICKS))
        return scale, [10.0**power for power in range(int(scale.low), int(scale.high) + 1, every)]
    if chart.unit == PERCENT:
        return _Scale(0.0, 100.0, HEIGHT - BOTTOM, TOP), [25.0 * number for number in range(5)]
    values = values[np.isfinite(values)] if np.isfinite(values).any() else np.zeros(1)
    least = 0.0 if chart.from_zero else np.inf
    low, high = float(values.min(initial=least)), float(values.max(initial=-least))
    step = _nice_step((high - low) / TICKS)
    low, high = step * np.floor(low / step), step * np.ceil(high / step + 1e-9)
    count = round((high - low) / step)
    return _Scale(low, high, HEIGHT - BOTTOM, TOP), [low + step * number for number in range(count + 1)]


def _nice_step(least: float) -> float:
    """Return a round number that is at least this one."""
    if not least > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(least))
    return float(power * next(step for step in STEPS if step * power >= least * (1 - 1e-9)))


def _grid(y: _Scale, ticks: Sequence[float], unit: str) -> list[str]:
    """Return the lines across and their numbers."""
    step = abs(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0
    decimals = decimals_to_show(step, 2 if f"{step:.1e}"[2] != "0" else 1)
    parts = []
    for tick, place in zip(ticks, y.place(np.array(ticks)), strict=True):
        text = f"{tick:g}" if y.logarithmic else f"{tick:,.{decimals}f}"
        parts.append(f'<line class="grid" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{place:.1f}" y2="{place:.1f}"/>')
        parts.append(f'<text class="tick end" x="{LEFT - 6:g}" y="{place + 4:.1f}">{text}{unit.strip(" ")}</text>')
    return parts


def _horizontal_axis(chart: LineChart, x: _Scale) -> list[str]:
    """Return the numbers under the chart and what they count."""
    whole = chart.x[:: -(-len(chart.x) // MOST_NUMBERS)]
    base = HEIGHT - BOTTOM
    parts = [
        f'<text class="tick middle" x="{place:.1f}" y="{base + 16:g}">{value:g}</text>'
        for value, place in zip(whole, x.place(whole), strict=True)
    ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [*parts, f'<text class="tick middle" x="{middle:g}" y="{HEIGHT - 4:g}">{escape(chart.x_title)}</text>']


def _path(x: Floats, y: Floats) -> str:
    """Return the path through the points that have a place; a gap begins a new part."""
    parts, pen = [], "M"
    for across, down in zip(x, y, strict=True):
        if np.isnan(down):
            pen = "M"
            continue
        parts.append(f"{pen}{across:.1f} {down:.1f}")
        pen = "L"
    # a single point would not be drawn
    return "".join(parts) + ("h.01" if len(parts) == 1 else "")
