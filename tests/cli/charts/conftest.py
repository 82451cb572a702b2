"""Series as charts show them, and the text of their charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.cli.charts.chart_page import chart_page
from forecaster.cli.charts.glyphs import choose_glyphs
from forecaster.workflow.chart_series import ChartSeries, ChartSet

if TYPE_CHECKING:
    from collections.abc import Callable

START = np.datetime64("2024-01-01", "us")


@pytest.fixture
def chart_series() -> Callable[..., ChartSeries]:
    """Return a function that makes a series of days with intervals of half the given width."""

    def make(history: Any, point: Any, half: Any = 1.0, **fields: Any) -> ChartSeries:
        past, ahead = (np.asarray(each, dtype=np.float64) for each in (history, point))
        ds = START + np.arange(len(past) + len(ahead)) * np.timedelta64(1, "D")
        width = np.broadcast_to(np.asarray(half, dtype=np.float64), ahead.shape)
        low, high = ({80.0: ahead + side * width, 95.0: ahead + 1.5 * side * width} for side in (-1, 1))
        return ChartSeries(
            **({"name": "sales", "ds": ds, "low": low, "high": high} | fields), history=past, point=ahead
        )

    return make


@pytest.fixture
def drawn() -> Callable[..., str]:
    """Return a function that draws series and returns title and lines."""

    def draw(*series: ChartSeries, width: int = 60, height: int = 24, others: int = 0, braille: bool = True) -> str:
        glyphs = choose_glyphs(braille=braille, coloured=False)
        page = chart_page(ChartSet(series, others, "day"), width, height, glyphs)
        return "\n".join([page.title, *(line.plain.rstrip() for line in page.lines)]) + "\n"

    return draw
