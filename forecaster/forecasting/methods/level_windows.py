"""Windows of a panel as the pretrained level network reads them: histories and targets with holes.

There are W windows. The rows of the panel are steps of its calendars; where a value was filled in, the network, which
learned from series with holes, reads a hole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.schedule import DATES
from forecaster.forecasting.pretrained.grid import Grid, Season, counted_phases
from forecaster.forecasting.pretrained.level_inputs import HORIZON
from forecaster.series.transforms import LOG
from forecaster.series.windows import WindowIndex

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.series.panel import Panel
    from forecaster.series.transforms import Transform
    from forecaster.series.windows import Origins

USUAL_LONGEST, SEASONS_LONGEST, LONGEST = 200, 6, 520
"""Steps that are looked at: 200, or 6 seasons up to 520 steps. The network learned from series that are no longer."""
DAY, WEEK = 24, 168
"""Hours have two seasons."""


def seasons_of(season: int, *, of_dates: bool = False) -> tuple[int, ...]:
    """Return the seasons that the network looks for in series of this season, shortest first.

    A season of 24 is a day of hours unless steps are dates of the year: half months have no week.
    """
    return () if season == 1 else (DAY, WEEK) if season == DAY and not of_dates else (season,)


def longest_history(season: int) -> int:
    """Return how many of the latest steps a forecast looks at."""
    return max(USUAL_LONGEST, min(SEASONS_LONGEST * max(seasons_of(season), default=1), LONGEST))


@dataclass(frozen=True)
class LevelWindows(WindowIndex):
    """Windows of a panel in the units of the pretrained network.

    Attributes:
        x: Transformed values of the panel, (n,), NaN for holes.
        transform: How values became x, for each series.
        season: Steps in a season.
        seasons: Steps in each season that the network looks for, shortest first.

    """

    x: Floats
    transform: Transform
    season: int
    seasons: tuple[int, ...]

    @property
    def logarithmic(self) -> Bools:
        """Whether x are logarithms, (W,)."""
        logarithmic: Bools = self.transform.kind[self.series] == LOG
        return logarithmic

    @property
    def lifted(self) -> Floats:
        """What was added to the values of each window before their logarithms, (W,): 0 for nothing."""
        return np.asarray(self.transform.offset[self.series])

    def histories(self) -> Floats:
        """Return the latest values of each window, (T, W), NaN where there is none."""
        most = int((self.last - self.start).max(initial=0)) + 1
        back = np.arange(min(longest_history(self.season), most))[::-1, None]
        rows = self.last - back
        return np.where(rows >= self.start, self.x[np.maximum(rows, self.start)], np.nan)

    def grid(self, x: Floats, chosen: Ints) -> Grid:
        """Return histories x, (T, W), of the windows numbered `chosen` with their seasons, without empty steps."""
        return with_seasons(
            Grid(_without_empty_start(x[:, chosen]), self.logarithmic[chosen], (), HORIZON), self.seasons
        )

    def targets(self, horizon: int) -> Floats:
        """Return the x of the next steps of each window, (horizon, W), NaN where there is none."""
        rows = self.last + np.arange(1, horizon + 1)[:, None]
        return np.where(rows < self.stop, self.x[np.minimum(rows, self.stop - 1)], np.nan)


def level_windows(panel: Panel, transform: Transform, chosen: Origins, season: int) -> LevelWindows:
    """Return the chosen windows of a panel, whose values become x by this transform."""
    x = transform.forward(panel.values, panel.series)
    if panel.observed is not None:
        x = np.where(panel.observed, x, np.nan)
    start, stop = panel.indptr[chosen.series], panel.indptr[chosen.series + 1]
    seasons = seasons_of(season, of_dates=panel.calendars[0].kind == DATES)
    return LevelWindows(chosen.series, start, stop, chosen.last, x, transform, season, seasons)


def with_seasons(grid: Grid, seasons: tuple[int, ...]) -> Grid:
    """Return a grid whose steps all count, so that the phase of the latest one is the last of each of the seasons."""
    T, N = grid.x.shape
    phases = tuple(Season(m, counted_phases(T, grid.horizon, m, N)) for m in seasons)
    return replace(grid, seasons=phases)


def _without_empty_start(x: Floats) -> Floats:
    """Return x, (T, W), from the first step at which a window has a value."""
    return x[int(np.isfinite(x).argmax(axis=0).min()) :]
