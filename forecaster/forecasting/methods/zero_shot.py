"""Forecast windows of a panel with level networks, the pretrained ones or those that were trained further.

There are W windows of h steps. The networks answer 48 steps at once; for later ones their medians take the place of
values, and the quantiles about them widen with the root of the steps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.methods.level_windows import with_seasons
from forecaster.forecasting.methods.reach import distance_ahead
from forecaster.forecasting.pretrained.level_inputs import HORIZON, level_inputs
from forecaster.forecasting.pretrained.level_network import forecast_quantiles
from forecaster.forecasting.pretrained.priors import widening
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.progress import FORECASTING, with_progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Bools, Floats
    from forecaster.forecasting.methods.level_windows import LevelWindows
    from forecaster.forecasting.pretrained.grid import Grid
    from forecaster.nn.parameters import Parameters

AT_ONCE = 1024
"""Windows whose inputs are made at once: chosen by hand, a trade of memory against calls from Python."""
MEDIAN = len(TAUS) // 2


def forecast_windows(windows: LevelWindows, networks: Sequence[Parameters], horizon: int) -> tuple[Floats, Floats]:
    """Return the medians of `horizon` steps, (W, h), and the quantiles less the median, (W, h, Q), in units of x."""
    x = windows.histories()
    quantiles = np.empty((len(TAUS), horizon, len(windows)))
    # windows of like length together: short ones need not be filled up to the longest
    order = np.argsort(np.isfinite(x).argmax(axis=0), kind="stable")
    for begin in with_progress(range(0, len(order), AT_ONCE), FORECASTING, "pretrained network"):
        part = order[begin : begin + AT_ONCE]
        quantiles[:, :, part] = _forecast(windows.grid(x, part), windows.seasons, networks, horizon)
    still = np.nanmax(x, axis=0) == np.nanmin(x, axis=0)
    quantiles[:, :, still] = x[-1, still]
    median = quantiles[MEDIAN]
    wider = median + (quantiles - median) * widening(windows.season, horizon)[:, None]
    bounded = _within_reach(wider, x, windows.lifted, windows.logarithmic)
    return bounded[MEDIAN].T, (bounded - bounded[MEDIAN]).transpose(2, 1, 0)


def _within_reach(quantiles: Floats, x: Floats, lifted: Floats, logarithmic: Bools) -> Floats:
    """Return quantiles, (Q, h, W), within what the moves of the histories x, (T, W), make conceivable.

    One jump in a series that stood still is in its range, and not in every step to come. Near zero, logarithms of
    values that were lifted stretch distances; there, those of the values count.
    """
    median = quantiles[MEDIAN]
    steps = np.broadcast_to(np.arange(1.0, quantiles.shape[1] + 1)[:, None], median.shape)
    down, up = distance_ahead(x, steps, logarithmic)
    below = np.minimum(np.nanmin(x, axis=0), median) - down
    above = np.maximum(np.nanmax(x, axis=0), median) + up
    if (lifted > 0).any():
        value, ahead = (np.exp(each) - lifted for each in (x, median))
        _, up = distance_ahead(value, steps, np.zeros_like(logarithmic))
        highest = np.maximum(np.nanmax(value, axis=0), ahead) + up
        above = np.where(lifted > 0, np.log(np.maximum(highest, 0) + lifted), above)
    return np.clip(quantiles, below, above)


def _forecast(grid: Grid, seasons: tuple[int, ...], networks: Sequence[Parameters], horizon: int) -> Floats:
    """Return quantiles of the steps after the values of a grid, (Q, horizon, N), which has these seasons."""
    blocks: list[Floats] = []
    x = grid.x
    for begin in range(0, horizon, HORIZON):
        quantiles = forecast_quantiles(level_inputs(with_seasons(replace(grid, x=x), seasons)), networks)
        if blocks:
            wider = np.sqrt((begin + np.arange(1, HORIZON + 1)) / HORIZON)
            spread = blocks[0][:, -1:] - blocks[0][MEDIAN, -1]
            quantiles = quantiles[MEDIAN] + spread * wider[:, None]
        blocks.append(quantiles)
        x = np.concatenate([x, quantiles[MEDIAN]])[-len(grid.x) - HORIZON :]
    return np.concatenate(blocks, axis=1)[:, :horizon]
