"""What the user wants to know of the future, and how large the answer is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from forecaster.errors import UsageError
from forecaster.spec import LEVELS
from forecaster.workflow.forecast_size import check_forecast_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.series.panel import Panel

    CheckSize = Callable[["Extent"], object]

FORECAST_COLUMNS, SAMPLE_COLUMNS = 4, 4
"""Columns of a forecast besides the two ends of each interval: series, time, value and strategy; and columns of sample
paths: series, time, sample and value."""


class Extent(NamedTuple):
    """How large work and its result are.

    Attributes:
        series: The number of series.
        rows: Rows of all series.
        steps: Steps of each forecast.
        cells: Cells of the table of all forecasts.
        folds: Forecasts of each series.

    """

    series: int = 1
    rows: int = 0
    steps: int = 1
    cells: int = 0
    folds: int = 1


class Request(NamedTuple):
    """What the user wants to know.

    Attributes:
        horizon: Steps; None for as many as the model forecasts at once.
        at: Requested times, for a model of unequal steps; none for the next typical steps.
        levels: Levels of the intervals in percent; none for 80 and 95.
        samples: Sample paths to draw instead of intervals.
        seed: Seed of the sample paths.
        minimum, maximum: The least and the largest value that can come; None as the model or the rows say.
        explain: Whether the forecast is split into level, seasons, effects of the calendar and of covariates.
        members: Whether the forecasts of simple methods stand beside it.

    """

    horizon: int | None = None
    at: Sequence[str] = ()
    levels: Sequence[float] = ()
    samples: int | None = None
    seed: int = 0
    minimum: float | None = None
    maximum: float | None = None
    explain: bool = False
    members: bool = False

    def check(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            UsageError: Levels and sample paths are both requested, or the parts or other methods of sample paths.

        """
        for name, requested in (("--explain", self.explain), ("--members", self.members)):
            if requested and self.samples is not None:
                raise UsageError(f"{name} cannot be used with --samples", "leave one of them out")
        if self.levels and self.samples is not None:
            raise UsageError("--level and --samples both describe what may happen", "leave one of them out")

    def count_cells(self, series: int = 1, steps: int = 1) -> int:
        """Return the cells of a forecast of a number of series and steps, without the parts of `explain`."""
        if self.samples is not None:
            return series * steps * self.samples * SAMPLE_COLUMNS
        return series * steps * (FORECAST_COLUMNS + 2 * len(self.levels or LEVELS))

    def check_size(self, panels: Sequence[Panel], steps: int, check: CheckSize | None, *, of_model: bool) -> None:
        """Check that a forecast of a number of steps of all series of these panels fits into the memory, and the disk.

        Raises:
            ForecasterError: It does not; see `check_forecast_size`.

        """
        series = sum(map(len, panels))
        columns = FORECAST_COLUMNS + 2 * len(self.levels or LEVELS)  # of sample paths, points are forecast first
        check_forecast_size(series, steps, columns, of_model=of_model)
        if check is not None:
            rows = sum(len(panel.values) for panel in panels)
            check(Extent(series, rows, steps, self.count_cells(series, steps)))
