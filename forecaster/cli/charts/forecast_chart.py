"""The chart of one series: its history, the forecast with two intervals, and the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rich.text import Text

from forecaster.cli.charts.canvas import FORECAST, HISTORY, INNER, OUTER, Canvas
from forecaster.cli.charts.glyphs import FRAME_STYLE
from forecaster.cli.charts.scale import scale_for
from forecaster.cli.charts.time_ticks import column_of, text_span, time_ticks
from forecaster.cli.charts.value_ticks import decimals_of, value_ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats
    from forecaster.cli.charts.glyphs import Glyphs
    from forecaster.cli.charts.scale import Scale
    from forecaster.cli.charts.time_ticks import TimeTick
    from forecaster.cli.charts.value_ticks import ValueTicks
    from forecaster.workflow.chart_series import ChartSeries

FEWEST_COLUMNS = 12
"""Columns of the dots at least, even where the chart is wider than the terminal then: fewer show no course."""


class ForecastChart(NamedTuple):
    """The lines of a chart, and what a title has to say about its scale: `in millions`, or nothing."""

    lines: list[Text]
    notes: tuple[str, ...]


def forecast_chart(series: ChartSeries, width: int, rows: int, glyphs: Glyphs) -> ForecastChart:
    """Return the chart of a series in `width` columns; `rows` lines of dots, and two below them for the time."""
    levels = drawn_levels(series)
    ends = [each[level] for level in levels for each in (series.low, series.high)]
    actual = [] if series.actual is None else [series.actual]
    scale = scale_for(series.history, [series.history, series.point, *actual], ends)
    values = value_ticks(scale, rows, decimals_of(series.history))
    margin = max(map(len, values.texts), default=0)
    columns = max(FEWEST_COLUMNS, width - margin - 2)
    canvas = Canvas(columns, rows, glyphs)
    _draw_series(canvas, series, scale)
    upright = column_of(max(len(series.history) - 1, 0), len(series.ds), columns)
    plot = _with_value_axis(canvas.lines(upright), values, scale, canvas.height, glyphs)
    times = _time_axis(time_ticks(series.ds, columns), len(series.ds), columns, glyphs)
    below = [Text(" " * (margin + 1)) + each for each in times]
    notes = [f"in {values.unit}"] * bool(values.unit) + ["logarithmic scale"] * scale.logarithmic
    return ForecastChart([*plot, *below], tuple(notes))


def drawn_levels(series: ChartSeries) -> list[float]:
    """Return the levels of the intervals that are drawn: the lowest one, and the highest one if there are more."""
    return sorted({min(series.low), max(series.low)}) if series.low else []


def legend(series: ChartSeries, glyphs: Glyphs) -> Text:
    """Return what the lines and the bands of a chart mean, in one line."""
    past = "history" if series.actual is None else "actual"
    samples = [(glyphs.history, "", past), (glyphs.forecast, glyphs.forecast_style, "forecast")]
    bands = zip((glyphs.inner, glyphs.outer), drawn_levels(series), strict=False)
    samples += [(sample, glyphs.interval_style, f"{level:g} % interval") for sample, level in bands]
    text = Text()
    for sample, style, meaning in samples:
        text.append("   " if text else "").append(sample, style=style).append(f" {meaning}")
    return text


def _draw_series(canvas: Canvas, series: ChartSeries, scale: Scale) -> None:
    """Draw bands and lines; those of the forecast begin at the last value of the history."""
    count = len(series.history)
    across = np.arange(len(series.ds)) / max(len(series.ds) - 1, 1)
    last = series.history[-1:]
    joined = bool(len(last) and np.isfinite(last[0]))
    begin, first = (count - 1, last) if joined else (count, last[:0])

    def from_last(values: Floats) -> Floats:
        return scale.places(np.concatenate([first, values]))

    for layer, level in zip((INNER, OUTER), drawn_levels(series), strict=False):
        canvas.fill_between(layer, across[begin:], from_last(series.low[level]), from_last(series.high[level]))
    canvas.draw_line(HISTORY, across[:count], scale.places(series.history))
    if series.actual is not None:
        canvas.draw_line(HISTORY, across[begin:], from_last(series.actual))
    canvas.draw_line(FORECAST, across[begin:], from_last(series.point))


def _with_value_axis(plot: Sequence[Text], ticks: ValueTicks, scale: Scale, height: int, glyphs: Glyphs) -> list[Text]:
    """Return lines of dots with the axis of values to the left of them."""
    down = height // len(plot)
    places = scale.places(np.array(ticks.values))
    texts = {round((1 - place) * (height - 1)) // down: text for place, text in zip(places, ticks.texts, strict=True)}
    margin = max(map(len, ticks.texts), default=0)
    upright, with_tick = glyphs.frame[:2]
    lines = []
    for row, line in enumerate(plot):
        label = texts.get(row)
        head = Text(f"{label or '':>{margin}} ")
        lines.append(head.append(with_tick if label else upright, style=FRAME_STYLE) + line)
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
