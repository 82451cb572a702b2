"""Pictures of forecasts for files and notebooks, drawn with Matplotlib: the series that charts of the terminal show."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import UsageError
from forecaster.text import shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from forecaster.workflow.chart_series import ChartSeries, ChartSet

WIDTH, HEIGHT = 9.0, 3.6
"""Inches of one chart: as wide as a page; the height shows a slope of one percent a step."""
HISTORY, FORECAST = "#4d4d4d", "#0072b2"
"""Colours of what was and of what is forecast: grey and a blue that colour-blind people tell from it."""
BAND = 0.22
"""Opacity of a band; bands of several levels lie upon each other, so that the inner one is darker."""


def draw_charts(charts: ChartSet | None) -> Figure:
    """Return a figure with a chart for each series.

    Args:
        charts: What is drawn.

    Raises:
        UsageError: Matplotlib is not installed, or there is nothing to draw.

    """
    if charts is None:
        raise UsageError("there is nothing to draw", "forecast with a model")
    figure = _figure_class()(figsize=(WIDTH, HEIGHT * len(charts.series)), layout="constrained")
    axes = figure.subplots(len(charts.series), 1, squeeze=False)[:, 0]
    for one, series in zip(axes, charts.series, strict=True):
        _draw_series(one, series)
    axes[0].legend(loc="upper left", frameon=False)
    if charts.others:
        axes[-1].set_xlabel(f"and {charts.others:,} other series", loc="left")
    return figure


def _figure_class() -> type[Figure]:
    """Return the class of a figure that shows itself in a notebook; figures without pyplot do not.

    Raises:
        UsageError: Matplotlib is not installed.

    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        what = "pictures need Matplotlib, which is not installed"
        raise UsageError(what, "pip install 'forecaster-rnn[plot]'") from error

    class Picture(Figure):
        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png")
            return buffer.getvalue()

    return Picture


def _draw_series(axes: Any, series: ChartSeries) -> None:
    """Draw the history, the forecast with its bands, and what came."""
    before = len(series.history)
    past, ahead = series.ds[:before], series.ds[before:]
    axes.plot(past, series.history, color=HISTORY, linewidth=1.2, label="history")
    for level in sorted(series.low, reverse=True):
        name = f"{level:g} % interval"
        axes.fill_between(ahead, series.low[level], series.high[level], color=FORECAST, alpha=BAND, lw=0, label=name)
    marker = "o" if len(ahead) == 1 else None
    axes.plot(ahead, series.point, color=FORECAST, linewidth=1.8, marker=marker, label="forecast")
    if series.actual is not None and np.isfinite(series.actual).any():
        axes.plot(
            ahead[: len(series.actual)], series.actual, color=HISTORY, linewidth=1.2, linestyle=":", label="actual"
        )
    axes.set_title(shown(series.name) + (f" ({series.rank})" if series.rank else ""), loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)
    axes.margins(x=0.01)
