"""Forecast windows of a panel with the pretrained level network: nothing is trained on them.

There are W windows of h steps. The network answers 48 steps at once; for later ones its medians take the place of
values, and the quantiles about them widen with the root of the steps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.pretrained.grid import Grid, Season, counted_phases
from forecaster.forecasting.pretrained.level_inputs import HORIZON, level_inputs
from forecaster.forecasting.pretrained.level_network import forecast_quantiles, shipped_networks
from forecaster.forecasting.pretrained.priors import widening
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.series.grid_steps import grid_steps, grid_steps_ahead
from forecaster.series.transforms import LOG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats, Ints
    from forecaster.forecasting.recipe import Recipe
    from forecaster.nn.parameters import Parameters
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Windows

USUAL_LONGEST, SEASONS_LONGEST, LONGEST = 200, 6, 520
"""Steps that are looked at: 200, or 6 seasons up to 520 steps. The network learned from series that are no longer."""
DAY, WEEK = 24, 168
"""Hours have two seasons."""
FURTHEST_ROWS = 3
"""Horizons ahead at most to which rows after a long gap count: what lies behind it is judged as if it were nearer."""
BEYOND, MOVES = 0.5, 6.0
"""How far quantiles may lie beyond a history: as a share of its range, and in median moves of a random walk. Chosen by
hand, so that they bind neither noise nor random walks, but series that stand still and jump."""
AT_ONCE = 1024
"""Windows whose inputs are made at once: chosen by hand, a trade of memory against calls from Python."""
MEDIAN = len(TAUS) // 2


def seasons_of(season: int) -> tuple[int, ...]:
    """Return the seasons that the network looks for in series of this season, shortest first."""
    return () if season == 1 else (DAY, WEEK) if season == DAY else (season,)


def longest_history(season: int) -> int:
    """Return how many of the latest steps a forecast looks at."""
    return max(USUAL_LONGEST, min(SEASONS_LONGEST * max(seasons_of(season), default=1), LONGEST))


def forecast_windows(recipe: Recipe, windows: Windows, panel: Panel, horizon: int) -> tuple[Floats, Floats]:
    """Return the medians of `horizon` steps, (W, h), and the quantiles less the median, (W, h, Q), in units of x."""
    steps = grid_steps(panel)
    x = _histories(windows, steps, longest_history(recipe.season))
    ahead = _steps_ahead(windows, panel, steps, horizon)
    logarithmic = windows.scaling.transform.kind[windows.series] == LOG
    networks = shipped_networks(recipe.pretrained)
    quantiles = np.empty((len(TAUS), horizon, len(windows)))
    furthest = int(ahead.max())
    # windows of like length together: short ones need not be filled up to the longest
    order = np.argsort(np.isfinite(x).argmax(axis=0), kind="stable")
    for begin in range(0, len(order), AT_ONCE):
        part = order[begin : begin + AT_ONCE]
        first = int(np.isfinite(x[:, part]).argmax(axis=0).min())
        grid = Grid(x[first:, part], logarithmic[part], (), HORIZON)
        found = _forecast(grid, seasons_of(recipe.season), networks, furthest)
        quantiles[:, :, part] = np.take_along_axis(found, ahead[part].T[None] - 1, axis=1)
    still = np.nanmax(x, axis=0) == np.nanmin(x, axis=0)
    quantiles[:, :, still] = x[-1, still]
    median = quantiles[MEDIAN]
    wider = median + (quantiles - median) * widening(recipe.season, horizon)[:, None]
    bounded = _within_reach(wider, x, _lifted(windows))
    return bounded[MEDIAN].T, (bounded - bounded[MEDIAN]).transpose(2, 1, 0)


def _lifted(windows: Windows) -> Floats:
    """Return what was added to the values of each window before their logarithms, (W,): 0 for nothing."""
    return np.asarray(windows.scaling.transform.offset[windows.series])


def _within_reach(quantiles: Floats, x: Floats, lifted: Floats) -> Floats:
    """Return quantiles, (Q, h, W), within what the moves of the histories x, (T, W), make conceivable.

    A quantile lies at most `BEYOND` times their range beyond them, or beyond the median, and `MOVES` times the root of
    the steps times their median move. One jump in a series that stood still is in the range, and not in every step to
    come. Near zero, logarithms of values that were lifted stretch distances; there, those of the values count.
    """
    median, steps = quantiles[MEDIAN], np.arange(1.0, quantiles.shape[1] + 1)[:, None]
    below, above = _bounds(x, median, steps)
    if (lifted > 0).any():
        value, ahead = (np.exp(each) - lifted for each in (x, median))
        above = np.where(lifted > 0, np.log(np.maximum(_bounds(value, ahead, steps)[1], 0) + lifted), above)
    return np.clip(quantiles, below, above)


def _bounds(x: Floats, median: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """Return how far below and above quantiles may lie after histories x, (T, W), at each of the steps, (h, W) both."""
    low, high = np.nanmin(x, axis=0), np.nanmax(x, axis=0)
    changes = np.abs(np.diff(x, axis=0))
    usual = np.array([np.median(each[np.isfinite(each)]) if np.isfinite(each).any() else 0.0 for each in changes.T])
    reach = BEYOND * (high - low) + MOVES * usual * np.sqrt(steps)
    return np.minimum(low, median) - reach, np.maximum(high, median) + reach


def _steps_ahead(windows: Windows, panel: Panel, steps: Ints, horizon: int) -> Ints:
    """Return how many steps of their calendars the next `horizon` rows of each window are ahead of it, (W, h).

    They are the rows of the panel that follow or, at the end of a series, those that its calendar expects.
    """
    end = panel.last[windows.series]
    rows = np.minimum(windows.last[:, None] + np.arange(1, horizon + 1), end[:, None])
    ahead: Ints = steps[rows] - steps[windows.last][:, None]
    at_end = windows.last == end
    if at_end.any():
        ahead[at_end] = grid_steps_ahead(panel, panel.future(horizon))[windows.series[at_end]]
    return np.clip(ahead, 1, FURTHEST_ROWS * horizon)


def _histories(windows: Windows, steps: Ints, longest: int) -> Floats:
    """Return the latest values of each window on the `steps` of its calendar, (T, W), NaN where there is none."""
    first = np.maximum(windows.start, windows.last - longest + 1)
    count = windows.last - first + 1
    number = np.repeat(np.arange(len(count)), count)
    rows = np.arange(len(number)) - np.repeat(np.cumsum(count) - count, count) + first[number]
    back = steps[windows.last][number] - steps[rows]
    kept = back < longest
    x = np.full((min(longest, int(back.max(initial=0)) + 1), len(count)), np.nan)
    x[len(x) - 1 - back[kept], number[kept]] = windows.x[rows[kept]]
    return x


def _forecast(grid: Grid, seasons: tuple[int, ...], networks: Sequence[Parameters], horizon: int) -> Floats:
    """Return quantiles of the steps after the values of a grid, (Q, horizon, N), which has such seasons."""
    blocks: list[Floats] = []
    x = grid.x
    for begin in range(0, horizon, HORIZON):
        phases = tuple(Season(m, counted_phases(len(x), HORIZON, m, x.shape[1])) for m in seasons)
        quantiles = forecast_quantiles(level_inputs(replace(grid, x=x, seasons=phases)), networks)
        if blocks:
            wider = np.sqrt((begin + np.arange(1, HORIZON + 1)) / HORIZON)
            spread = blocks[0][:, -1:] - blocks[0][MEDIAN, -1]
            quantiles = quantiles[MEDIAN] + spread * wider[:, None]
        blocks.append(quantiles)
        x = np.concatenate([x, quantiles[MEDIAN]])[-len(grid.x) - HORIZON :]
    return np.concatenate(blocks, axis=1)[:, :horizon]
