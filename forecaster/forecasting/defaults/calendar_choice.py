"""Choose features of the calendar: a ridge regression with a feature is compared with one without it.

Both are fitted to the older rows and forecast the newer ones, at cutoffs a horizon apart, so that no two forecasts
overlap. These are rows that the recipe may look at, not those that judge the forecast later.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.methods.ridge import fit_ridge
from forecaster.forecasting.methods.window_sets import cut_windows, scaling_of
from forecaster.forecasting.uncertainty.significance import diebold_mariano
from forecaster.series.calendar_features import CYCLES, suiting
from forecaster.series.scaling import RETURNS
from forecaster.series.windows import origins

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel

NEWER = 1 / 3
"""Share of each series that is forecast."""
SERIES, WINDOWS = 100, 2000
"""Series to compare on and windows to fit to, both evenly spread: a comparison takes a part of a second with these."""
ROWS = 100_000
"""Latest rows of a series that are looked at: ten weeks of minutes, in which every day and every week repeats."""
LEAST_CYCLES = 2
"""Cycles of a feature that the longest series has to have before its newer rows: one cycle does not repeat."""
LEAST_GAIN, CHANCE, CUTOFFS = 0.01, 0.1, 20
"""Share of the error that a feature has to take away, the largest p-value of that gain, and the cutoffs that the test
needs. A larger gain would leave out the hour of the week where it helps, see docs/accuracy.md."""


def calendar_features(early: Panel, recipe: Recipe) -> tuple[tuple[str, ...], str]:
    """Return the features of the calendar that make forecasts of the newer third of some rows better, and the reason.

    They are tried one after the other, each together with those that were chosen already.
    """
    if recipe.mode == RETURNS or recipe.irregular:
        return (), "prices do not follow it" if recipe.mode == RETURNS else "steps are unequal"
    panel = early.take(np.linspace(0, len(early) - 1, min(SERIES, len(early))).astype(int).tolist()).tail(ROWS)
    longest = int(np.argmax(panel.lengths))
    ds = panel.ds[panel.slice(longest)]
    span, second, suited = ds[-1] - ds[0], np.timedelta64(1, "s"), suiting(panel.calendars[longest])
    candidates = [name for name in suited if (1 - NEWER) * (span / second) >= LEAST_CYCLES * CYCLES[name]]
    if not candidates or NEWER * len(ds) < (CUTOFFS + 1) * recipe.horizon:
        return (), "too few rows, or no time stamps, to see whether it matters"
    chosen: tuple[str, ...] = ()
    best, gains = _losses_by_cutoff(panel, recipe), []
    for name in candidates:
        losses = _losses_by_cutoff(panel, replace(recipe, calendar=(*chosen, name)))
        better = diebold_mariano(best - losses, 0)
        enough = losses.mean() <= (1 - LEAST_GAIN) * best.mean()
        if enough and better is not None and better.p_value < CHANCE:
            gains.append(f"{name} {100 * (1 - losses.mean() / best.mean()):.1f} %")
            chosen, best = (*chosen, name), losses
    if not chosen:
        return (), "a regression on the training rows is not clearly better with it"
    return chosen, f"with it, a regression has smaller errors on the training rows: {', '.join(gains)}"


def _losses_by_cutoff(panel: Panel, recipe: Recipe) -> Floats:
    """Return the mean absolute error at each cutoff, in units of each series' usual change, oldest first."""
    rows = (panel.lengths * (1 - NEWER)).astype(np.int64)
    older = panel.cut(np.zeros_like(rows), rows)
    scaling = scaling_of(recipe, older)
    fitted = origins(older.indptr, 1, shortest=recipe.shortest_window).subsample(WINDOWS)
    ridge = fit_ridge(cut_windows(recipe, scaling, older, fitted), recipe.horizon)
    apart = origins(panel.indptr, recipe.horizon, first=rows, stride=recipe.horizon)
    windows = cut_windows(recipe, scaling, panel, apart)
    y = np.empty((recipe.horizon, len(windows)))
    windows.targets(np.arange(len(windows)), y)
    size = windows.scale / scaling.spread[windows.series]
    error = np.abs(ridge.output(windows) - y).mean(axis=0) * size
    _, cutoff = np.unique(windows.last - panel.last[windows.series], return_inverse=True)
    return np.bincount(cutoff, error) / np.bincount(cutoff)
