"""Whether the calendar says more than the latest values do: a ridge regression with its features against one without.

Both learn from the older rows and forecast the newer ones, at cutoffs a horizon apart, so that no two forecasts
overlap. These are rows that the recipe may look at, not those that judge the forecast later.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.forecasting.methods.ridge import fit_ridge
from forecaster.forecasting.methods.window_sets import cut_windows, scaling_of
from forecaster.forecasting.uncertainty.significance import diebold_mariano
from forecaster.series.calendar_features import CYCLES, suiting
from forecaster.series.scaling import RETURNS
from forecaster.series.windows import origins

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel

NEWER = 1 / 3
"""Share of each series that is forecast."""
SERIES, WINDOWS = 100, 2000
"""Series that are looked at, and windows that are learned from, both evenly spread."""
TWICE = 2
"""Cycles of a feature that the longest of them has to show before its newer rows."""
LEAST_GAIN, CHANCE, CUTOFFS = 0.01, 0.1, 20
"""Share of the error that a feature has to take away, how likely chance may do as much, and at how many cutoffs."""


def calendar_features(early: Panel, recipe: Recipe) -> tuple[tuple[str, ...], str]:
    """Return the features of the calendar that make forecasts of the newer third of some rows better, and the reason.

    They are tried one after the other, each beside those that are kept already.
    """
    if recipe.mode == RETURNS or recipe.irregular:
        return (), "prices do not follow it" if recipe.mode == RETURNS else "steps are unequal"
    panel = early.take(np.linspace(0, len(early) - 1, min(SERIES, len(early))).astype(int).tolist())
    longest = int(np.argmax(panel.lengths))
    ds = panel.ds[panel.slice(longest)]
    candidates = [name for name in suiting(panel.calendars[longest]) if _shown(ds, name)]
    if not candidates or NEWER * len(ds) < (CUTOFFS + 1) * recipe.horizon:
        return (), "too few rows, or no time stamps, to tell whether its phases matter"
    kept: tuple[str, ...] = ()
    best, gains = _losses(panel, recipe), []
    for name in candidates:
        losses = _losses(panel, replace(recipe, calendar=(*kept, name)))
        better = diebold_mariano(best - losses, 0)
        enough = losses.mean() <= (1 - LEAST_GAIN) * best.mean()
        if enough and better is not None and better.p_value < CHANCE:
            gains.append(f"{name} {100 * (1 - losses.mean() / best.mean()):.1f} %")
            kept, best = (*kept, name), losses
    if not kept:
        return (), "its phases make a regression on training rows not surely better"
    return kept, f"a regression errs less on training rows with it: {', '.join(gains)}"


def _shown(ds: NDArray[Any], name: str) -> bool:
    """Return whether the older of these rows, (n,), show the cycle of a feature often enough."""
    span = (ds[-1] - ds[0]) / np.timedelta64(1, "s")
    return bool((1 - NEWER) * span >= TWICE * CYCLES[name])


def _losses(panel: Panel, recipe: Recipe) -> Floats:
    """Return the mean absolute error at each cutoff, in units of each series' usual change, oldest first."""
    rows = (panel.lengths * (1 - NEWER)).astype(np.int64)
    older = panel.cut(np.zeros_like(rows), rows)
    scaling = scaling_of(recipe, older)
    learned = origins(older.indptr, 1, shortest=recipe.shortest)
    ridge = fit_ridge(cut_windows(recipe, scaling, older, learned).subsample(WINDOWS), recipe.horizon)
    apart = origins(panel.indptr, recipe.horizon, first=rows, stride=recipe.horizon)
    windows = cut_windows(recipe, scaling, panel, apart)
    y = np.empty((recipe.horizon, len(windows)))
    windows.targets(np.arange(len(windows)), y)
    size = windows.scale / scaling.spread[windows.series]
    error = np.abs(ridge.output(windows) - y).mean(axis=0) * size
    _, cutoff = np.unique(windows.last - panel.last[windows.series], return_inverse=True)
    return np.bincount(cutoff, error) / np.bincount(cutoff)
