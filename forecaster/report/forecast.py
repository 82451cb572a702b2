"""The section with the forecast: charts after the history, and of many series a table of all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.durations import write_span
from forecaster.errors import counted
from forecaster.forecasting.defaults.rules import calendar_of
from forecaster.reading.cells.time_style import write_times
from forecaster.report.document import Facts, Section, SeriesCharts, SeriesTable, Text
from forecaster.report.series_numbers import Forecasts, Writing, series_numbers
from forecaster.workflow.chart_series import forecasts_in_frame, row_noun
from forecaster.workflow.results import decimals_of_series
from forecaster.workflow.score_formats import method_title
from forecaster.workflow.series_formats import series_formats
from forecaster.workflow.summary import describe_steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.arrays import Floats
    from forecaster.reading.cells.time_style import TimeStyle
    from forecaster.report.document import Block
    from forecaster.report.series_numbers import SeriesNumbers
    from forecaster.series.panel import Panel
    from forecaster.workflow.chart_series import SeriesForecasts
    from forecaster.workflow.frames import Frame


@dataclass(frozen=True)
class ForecastOfReport:
    """The forecast of a report.

    Attributes:
        panel: The rows that it follows.
        frame: Its long frame, series in the order of the panel.
        season: Steps in a season.
        style: How the files write times.
        others: Columns of the frame with the forecasts of other methods.

    """

    panel: Panel
    frame: Frame
    season: int
    style: TimeStyle
    others: Sequence[str] = ()

    @cached_property
    def found(self) -> SeriesForecasts:
        """The forecasts as arrays, (N, h)."""
        return forecasts_in_frame(self.frame, len(self.panel))

    def numbers(self, skill: Floats | None = None, naive: str = "") -> SeriesNumbers:
        """Return the numbers of the page, with the skill of each series against a naive forecast, if it is known."""
        panel, found, count = self.panel, self.found, len(self.panel)
        others = {
            method_title(name, {}): self.frame[name].to_numpy(np.float64).reshape(1, count, -1) for name in self.others
        }
        low, high = ({level: each[None] for level, each in ends.items()} for ends in (found.low, found.high))
        forecasts = Forecasts(found.ds[None], found.point[None], low, high, others)
        formats = series_formats(self.frame, decimals_of_series(panel, panel.ids))
        return series_numbers(panel, forecasts, Writing(formats, self.style, self.season, skill, naive))

    def facts(self, method: str) -> Facts:
        """Say what was forecast from what, and how."""
        ds = self.found.ds
        first, last = write_times(np.array([ds.min(), ds.max()]), self.style)
        ahead = counted(ds.shape[1], row_noun(self.panel.calendars[0]))
        span = f"{ahead}, {first}" if first == last else f"{ahead}, {first} to {last}"
        return Facts((("Data", rows_in_words(self.panel, self.season)), ("Forecast", span), ("Method", method)))


def forecast_section(numbers: SeriesNumbers, ranks: Mapping[int, str], title: str = "The forecast") -> Section:
    """Return the charts of the most telling series, and of several series a table of all."""
    blocks: list[Block] = [series_charts(numbers, ranks), *left_out(numbers)]
    if len(numbers.names) > 1:
        blocks.append(SeriesTable(f"All {len(numbers.names):,} series"))
    return Section("forecast", title, tuple(blocks))


def series_charts(numbers: SeriesNumbers, ranks: Mapping[int, str], *, every_fold: bool = False) -> SeriesCharts:
    """Return charts of the series with these numbers, each with its rank among all."""
    kept = {i: rank for i, rank in ranks.items() if i < len(numbers.names)}
    return SeriesCharts(tuple(kept), tuple(numbers.names[i] for i in kept), tuple(kept.values()), every_fold)


def left_out(numbers: SeriesNumbers) -> tuple[Block, ...]:
    """Say what the page leaves out, if it leaves out anything."""
    sentences = []
    if numbers.rows_left_out:
        rows = counted(numbers.rows_left_out, "older row")
        sentences.append(f"To keep this page small, it leaves out up to {rows} of a series.")
    if numbers.series_left_out:
        sentences.append(f"To keep this page small, it leaves out {counted(numbers.series_left_out, 'more series')}.")
    return (Text(tuple(sentences)),) if sentences else ()


def rows_in_words(panel: Panel, season: int) -> str:
    """Say which rows a forecast follows: their number, span, step and season."""
    first, last = write_span(panel.ds.min(), panel.ds.max())
    of = "" if len(panel) == 1 else f" of {len(panel):,} series"
    steps = describe_steps(calendar_of(panel), season)
    return f"{counted(len(panel.values), 'row')}{of} from {first} to {last}, {steps}"
