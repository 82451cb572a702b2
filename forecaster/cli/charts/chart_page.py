"""The charts that a command ends with: one large chart, or small ones of a few series side by side."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from forecaster.cli.charts.forecast_chart import forecast_chart, legend, value_axis
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.cli.charts.forecast_chart import ValueAxis
    from forecaster.cli.charts.glyphs import Glyphs
    from forecaster.workflow.chart_series import ChartSeries, ChartSet

WIDEST = 200
"""Columns of the charts at most, chosen by hand: on a wider terminal lines would be too flat."""
ROWS = (6, 12)
"""Lines of the dots of a large chart at least and at most; chosen by hand: half of a terminal of 24 lines, and a chart
that is not taller than it needs to be."""
SMALL_ROWS = (3, 8)
"""Lines of the dots of small charts, in the same way."""
OTHER_LINES = 6
"""Lines of a terminal that are not for small charts: those around them, and a line of what was printed before."""
SMALL_LINES = 3
"""Lines of a small chart without its dots: title, and two for the time."""
ACROSS = ((180, 4), (56, 2), (0, 1))
"""Small charts side by side by the least width of the page; chosen by hand: each has 28 columns at least."""
SHORTEST_NAME = 8
"""Characters of a name in the title of a small chart at least, even where it is wider than the chart then."""
BETWEEN = 3
"""Columns between small charts."""


class ChartPage(NamedTuple):
    """A title, and the lines below it."""

    title: str
    lines: list[Text]


def chart_page(charts: ChartSet, width: int, height: int, glyphs: Glyphs) -> ChartPage:
    """Return the charts of some series.

    Args:
        charts: The series.
        width: Columns that lines may take.
        height: Lines of the terminal; the charts take about half of them.
        glyphs: The characters of the terminal.

    """
    width, (first, *others) = min(width, WIDEST), charts.series
    if not others and not charts.others:
        axis = value_axis(first, _between(height // 2 - 1, ROWS), glyphs)
        title = ", ".join([f"{shown(first.name)}: {_span(charts)}", *axis.notes])
        return ChartPage(
            title, [*forecast_chart(first, axis, axis.margin, width, glyphs), legend(first, glyphs, width)]
        )
    across = min(next(count for least, count in ACROSS if width >= least), len(charts.series))
    down = -(-len(charts.series) // across)
    small = (width - BETWEEN * (across - 1)) // across
    rows = _between((height - OTHER_LINES) // down - SMALL_LINES, SMALL_ROWS)
    lines = _grid(charts.series, across, small, rows, glyphs)
    drawn = len(charts.series)
    of_all = f"{drawn} of {drawn + charts.others:,} series" if charts.others else f"{drawn} series"
    rest = [Text(f"and {charts.others:,} {'other' if charts.others == 1 else 'others'}")] if charts.others else []
    return ChartPage(f"{of_all}: {_span(charts)}", [*lines, legend(first, glyphs, width), *rest])


def _span(charts: ChartSet) -> str:
    """Return what is drawn in words: `last 48 months and 12 ahead`."""
    longest = max(charts.series, key=lambda each: len(each.history))
    noun, *rest = charts.unit.partition(" of ")
    rows = len(longest.history)
    past = f"{rows:,} {noun}{'s' if rows != 1 else ''}" + "".join(rest)
    ahead = len(longest.point)
    return (
        f"last {past} and {ahead:,} ahead"
        if longest.actual is None
        else f"the last forecast of the past, {past} and {ahead:,} ahead"
    )


def _between(number: int, ends: tuple[int, int]) -> int:
    """Return a number, not below the first end and not above the second."""
    return max(ends[0], min(number, ends[1]))


def _grid(series: Sequence[ChartSeries], across: int, width: int, rows: int, glyphs: Glyphs) -> list[Text]:
    """Return small charts, `across` of them side by side; those below each other have axes of the same width."""
    axes = [value_axis(each, rows, glyphs) for each in series]
    dots = [max(axis.scale.dots for axis in axes[begin : begin + across]) for begin in range(0, len(axes), across)]
    axes = [axis.with_dots(dots[i // across]) for i, axis in enumerate(axes)]
    margins = [max(axis.margin for axis in axes[column::across]) for column in range(across)]
    cells = []
    for i, (each, axis) in enumerate(zip(series, axes, strict=True)):
        chart = forecast_chart(each, axis, margins[i % across], width, glyphs)
        cells.append([_small_title(each, axis, width), *chart])
    rows_of_cells = [cells[begin : begin + across] for begin in range(0, len(cells), across)]
    return [line for row in rows_of_cells for line in _side_by_side(row, width)]


def _small_title(series: ChartSeries, axis: ValueAxis, width: int) -> Text:
    """Return the title of a small chart: the rank of the series, its name, and what to know about the scale."""
    rank = f"{series.rank}: " if series.rank else ""
    notes = f" ({', '.join(axis.notes)})" if axis.notes else ""
    name = shown(series.name, max(SHORTEST_NAME, width - len(rank) - len(notes)))
    title = Text(rank).append(name, style="bold").append(notes)
    title.truncate(width)
    return title


def _side_by_side(cells: Sequence[Sequence[Text]], width: int) -> list[Text]:
    """Return cells of lines beside each other, each as wide as all others."""
    lines = []
    for row in zip_longest(*cells, fillvalue=Text()):
        line = Text()
        for place, part in enumerate(row):
            line.append(" " * (place * (width + BETWEEN) - line.cell_len)).append_text(part)
        lines.append(line)
    return lines
