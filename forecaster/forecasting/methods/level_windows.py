"""Windows of a panel as the pretrained level network reads them: histories and targets on the steps of a calendar.

There are W windows. A missing row leaves a hole, in a history as in the targets, and moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.schedule import DATES
from forecaster.forecasting.pretrained.grid import Grid, Season, counted_phases
from forecaster.forecasting.pretrained.level_inputs import HORIZON
from forecaster.series.grid_steps import grid_steps, grid_steps_ahead
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
FURTHEST_ROWS = 3
"""Horizons ahead at most to which rows after a long gap count: what lies behind it is judged as if it were nearer."""


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
        panel: The panel.
        x: Its transformed values, (n,).
        steps: The step of each row on its calendar, (n,).
        transform: How values became x, for each series.
        season: Steps in a season.

    """

    panel: Panel
    x: Floats
    steps: Ints
    transform: Transform
    season: int

    @property
    def seasons(self) -> tuple[int, ...]:
        """The seasons that the network looks for, shortest first."""
        return seasons_of(self.season, of_dates=self.panel.calendars[0].kind == DATES)

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
        """Return the latest values of each window on the steps of its calendar, (T, W), NaN where there is none."""
        longest = longest_history(self.season)
        first = np.maximum(self.start, self.last - longest + 1)
        count = self.last - first + 1
        number = np.repeat(np.arange(len(count)), count)
        rows = np.arange(len(number)) - np.repeat(np.cumsum(count) - count, count) + first[number]
        back = self.steps[self.last][number] - self.steps[rows]
        kept = back < longest
        x = np.full((min(longest, int(back.max(initial=0)) + 1), len(count)), np.nan)
        x[len(x) - 1 - back[kept], number[kept]] = self.x[rows[kept]]
        return x

    def grid(self, x: Floats, chosen: Ints) -> Grid:
        """Return histories x, (T, W), of the windows numbered `chosen` with their seasons, without empty steps."""
        return with_seasons(
            Grid(_without_empty_start(x[:, chosen]), self.logarithmic[chosen], (), HORIZON), self.seasons
        )

    def targets(self, horizon: int) -> Floats:
        """Return the x of the next steps of each window's calendar, (horizon, W), NaN where there is none."""
        targets = np.full((horizon, len(self)), np.nan)
        number = np.arange(len(self))
        for k in range(1, horizon + 1):
            rows = np.minimum(self.last + k, self.stop - 1)
            ahead = self.steps[rows] - self.steps[self.last]
            there = (self.last + k < self.stop) & (ahead <= horizon)
            targets[ahead[there] - 1, number[there]] = self.x[rows[there]]
        return targets

    def steps_ahead(self, horizon: int) -> Ints:
        """Return how many steps of their calendars the next `horizon` rows of each window are ahead of it, (W, h).

        They are the rows of the panel that follow or, at the end of a series, those that its calendar expects.
        """
        panel = self.panel
        end = panel.last[self.series]
        rows = np.minimum(self.last[:, None] + np.arange(1, horizon + 1), end[:, None])
        ahead: Ints = self.steps[rows] - self.steps[self.last][:, None]
        at_end = self.last == end
        if at_end.any():
            ahead[at_end] = grid_steps_ahead(panel, panel.future(horizon))[self.series[at_end]]
        return np.clip(ahead, 1, FURTHEST_ROWS * horizon)


def level_windows(panel: Panel, transform: Transform, chosen: Origins, season: int) -> LevelWindows:
    """Return the chosen windows of a panel, whose values become x by this transform."""
    x = transform.forward(panel.values, panel.series)
    start, stop = panel.indptr[chosen.series], panel.indptr[chosen.series + 1]
    return LevelWindows(chosen.series, start, stop, chosen.last, panel, x, grid_steps(panel), transform, season)


def with_seasons(grid: Grid, seasons: tuple[int, ...]) -> Grid:
    """Return a grid whose steps all count, so that the phase of the latest one is the last of each of the seasons."""
    T, N = grid.x.shape
    phases = tuple(Season(m, counted_phases(T, grid.horizon, m, N)) for m in seasons)
    return replace(grid, seasons=phases)


def _without_empty_start(x: Floats) -> Floats:
    """Return x, (T, W), from the first step at which a window has a value."""
    return x[int(np.isfinite(x).argmax(axis=0).min()) :]
