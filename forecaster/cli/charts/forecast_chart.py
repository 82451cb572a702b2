"""The chart of one series: its history, the forecast with two intervals, and the axes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rich.text import Text

from forecaster.cli.charts.canvas import FORECAST, HISTORY, INNER, OUTER, Canvas
from forecaster.cli.charts.glyphs import FRAME_STYLE
from forecaster.cli.charts.scale import range_to_cover, scale_with_ticks, without_outliers
from forecaster.cli.charts.time_ticks import column_of, text_span, time_ticks
from forecaster.cli.charts.value_texts import decimals_of, value_texts
from forecaster.errors import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats
    from forecaster.cli.charts.glyphs import Glyphs
    from forecaster.cli.charts.scale import Scale
    from forecaster.cli.charts.time_ticks import TimeTick
    from forecaster.workflow.chart_series import ChartSeries

FEWEST_COLUMNS = 12
"""Columns of the dots at least, even where the chart is wider than the terminal then: fewer show no course."""


class ValueAxis(NamedTuple):
    """The scale of a chart, the texts of its ticks, and the number of values that are cut off at its edge."""

    scale: Scale
    texts: list[str]
    unit: str
    cut: int = 0

    @property
    def margin(self) -> int:
        """Columns that the texts take."""
        return max(map(len, self.texts))

    @property
    def notes(self) -> list[str]:
        """What a title has to say about the scale."""
        cut = [f"{counted(self.cut, 'value')} cut"] * bool(self.cut)
        return [f"in {self.unit}"] * bool(self.unit) + ["logarithmic scale"] * self.scale.logarithmic + cut

    def with_dots(self, dots: int) -> ValueAxis:
        """Return the axis of a chart that is higher than its values need."""
        return self._replace(scale=replace(self.scale, dots=dots))


def value_axis(series: ChartSeries, rows: int, glyphs: Glyphs) -> ValueAxis:
    """Return the axis of the values of a series in `rows` lines."""
    ends = [each[level] for level in drawn_levels(series) for each in (series.low, series.high)]
    ahead = [series.point] if series.actual is None else [series.point, series.actual]
    cover, cut = range_to_cover(series.history, [series.history, *ahead], ends), 0
    if not cover.logarithmic:
        usual = without_outliers(series.history, ahead)
        cut = int((np.isnan(usual) & ~np.isnan(series.history)).sum())
        cover = range_to_cover(usual, [usual, *ahead], ends) if cut else cover
    scale = scale_with_ticks(cover, rows, glyphs.down, decimals_of(series.history))
    return ValueAxis(scale, *value_texts(scale), cut)


def forecast_chart(series: ChartSeries, axis: ValueAxis, margin: int, width: int, glyphs: Glyphs) -> list[Text]:
    """Return the lines of the chart of a series, and two below them for the time.

    Args:
        series: The series.
        axis: The axis of its values.
        margin: Columns for the texts of this axis.
        width: Columns that lines may take.
        glyphs: The characters of the terminal.

    """
    columns = max(FEWEST_COLUMNS, width - margin - 2)
    canvas = Canvas(columns, axis.scale.dots // glyphs.down, glyphs, dashes=series.actual is not None)
    _draw_series(canvas, series, axis.scale)
    upright = column_of(max(len(series.history) - 1, 0), len(series.ds), columns)
    plot = _with_value_axis(canvas.lines(upright), axis, margin, glyphs)
    times = _time_axis(time_ticks(series.ds, columns), len(series.ds), columns, glyphs)
    return [*plot, *(Text(" " * (margin + 1)) + each for each in times)]


def drawn_levels(series: ChartSeries) -> list[float]:
    """Return the levels of the intervals that are drawn: the lowest one, and the highest one if there are more."""
    return sorted({min(series.low), max(series.low)}) if series.low else []


def legend(series: ChartSeries, glyphs: Glyphs, width: int) -> Text:
    """Return what the lines and the bands of a chart mean, in one line, shorter where it is wider than `width`."""
    past, ahead = ("history", glyphs.forecast) if series.actual is None else ("actual", glyphs.dashed)
    samples = [(glyphs.history, "", past), (ahead, glyphs.forecast_style, "forecast")]
    bands = list(zip((glyphs.inner, glyphs.outer), drawn_levels(series), strict=False))
    text = Text()
    for words, gap in (" interval", 3), ("", 2), ("", 1):
        parts = [*samples, *((sample, glyphs.interval_style, f"{level:g} %{words}") for sample, level in bands)]
        text = Text(" " * gap).join(Text.assemble((sample, style), f" {meaning}") for sample, style, meaning in parts)
        if text.cell_len <= width:
            break
    return text


def _draw_series(canvas: Canvas, series: ChartSeries, scale: Scale) -> None:
    """Draw bands and lines; those of the forecast begin at the last value of the history."""
    count = len(series.history)
    across = np.arange(len(series.ds)) / max(len(series.ds) - 1, 1)
    last = series.history[-1:]
    joined = bool(len(last) and np.isfinite(last[0]))
    begin, first = (count - 1, last) if joined else (count, last[:0])

    def from_last(values: Floats) -> Floats:
        return scale.heights(np.concatenate([first, values]))

    for layer, level in zip((INNER, OUTER), drawn_levels(series), strict=False):
        canvas.fill_between(layer, across[begin:], from_last(series.low[level]), from_last(series.high[level]))
    canvas.draw_line(HISTORY, across[:count], scale.heights(series.history))
    if series.actual is not None:
        canvas.draw_line(HISTORY, across[begin:], from_last(series.actual))
    canvas.draw_line(FORECAST, across[begin:], from_last(series.point))


def _with_value_axis(plot: Sequence[Text], axis: ValueAxis, margin: int, glyphs: Glyphs) -> list[Text]:
    """Return lines of dots with the axis of values to the left of them."""
    rows = [len(plot) - 1 - height // glyphs.down for height in axis.scale.tick_heights]
    texts = dict(zip(rows, axis.texts, strict=True))
    upright, with_tick = glyphs.frame[:2]
    lines = []
    for row, line in enumerate(plot):
        head = Text(f"{texts.get(row, ''):>{margin}} ")
        lines.append(head.append(with_tick if row in texts else upright, style=FRAME_STYLE) + line)
    return lines


def _time_axis(ticks: Sequence[TimeTick], rows: int, columns: int, glyphs: Glyphs) -> list[Text]:
    """Return the axis of time and the texts below it."""
    corner, level, with_tick = glyphs.frame[2:]
    axis, texts = [level] * columns, " " * columns
    for tick in ticks:
        axis[column_of(tick.row, rows, columns)] = with_tick
        begin, end = text_span(tick, rows, columns)
        texts = texts[:begin] + tick.text + texts[end:]
    return [Text(corner + "".join(axis), style=FRAME_STYLE), Text(f" {texts}".rstrip())]
