"""Put forecasts that are drawn from a series' own past in the place of those of other methods, where they are as good.

There are N series, W held-out windows of h steps, and points (W, h).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.forecasting.methods.bootstrap import NONE
from forecaster.forecasting.methods.own_past import bootstrap_kinds, bootstraps
from forecaster.series.windows import actual_values, ends, judged_steps
from forecaster.spec import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.arrays import Floats, Ints
    from forecaster.forecasting.methods.bootstrap import Bootstrap, QuantileForecast
    from forecaster.forecasting.recipe import Recipe
    from forecaster.forecasting.uncertainty.calibration import HeldOutScores
    from forecaster.series.panel import Panel
    from forecaster.series.windows import Origins

AS_GOOD = 1.05
"""Times the error of the other methods up to which a series is drawn from its past: its intervals are the better ones,
and small differences on few held-out rows are chance. Chosen by hand."""
ENOUGH_EVENTS = 10
"""Changes, or unusual values, in the held-out rows from which these say which is better: where nothing happens, whoever
expects nothing is right. Chosen by hand."""


class DrawnWindows(NamedTuple):
    """What is drawn of held-out windows.

    Attributes:
        kinds: What is drawn of each series, (N,), see `forecaster.forecasting.methods.bootstrap`.
        forecasts: The forecasts of windows of such series, by number of the window.
        mean_square: Mean squared change before each window of rare demand, by which its errors count, and 0 for any
            other, (W,); None where there is no such window.

    """

    kinds: Ints
    forecasts: Mapping[int, QuantileForecast]
    mean_square: Floats | None

    def points(self, point: Floats) -> Floats:
        """Return the points of all windows, (W, h), with those that are drawn in place of the others."""
        replaced = point.copy()
        for number, forecast in self.forecasts.items():
            replaced[number] = forecast.point
        return replaced

    def others(self, sample: HeldOutScores) -> HeldOutScores:
        """Return the scores of the windows that are not drawn; those of all if there is no other."""
        kept = np.setdiff1d(np.arange(len(sample.scores)), list(self.forecasts))
        return sample.take(kept) if len(kept) else sample


def drawn_candidates(panel: Panel, recipe: Recipe) -> Ints:
    """Return what could be drawn of each series, (N,)."""
    return bootstrap_kinds(panel, recipe.season) if recipe.bootstrap else np.full(len(panel), NONE)


def draw_windows(panel: Panel, recipe: Recipe, windows: Origins, point: Floats) -> DrawnWindows:
    """Draw the windows whose series mostly repeats a value or stands still; `point` are those of other methods, (W, h).

    Both are at the steps by which windows are judged. A series is left to the other methods if these were the better
    ones by more than chance may do.
    """
    kinds = drawn_candidates(panel, recipe)
    drawn = bootstraps(panel, kinds, recipe, windows)
    steps = judged_steps(panel.observed, windows.last, point.shape[1])
    forecasts = {number: each.predict(point.shape[1], LEVELS) for number, each in drawn.items()}
    if steps is not None:
        forecasts = {number: each.at_steps(steps[number]) for number, each in forecasts.items()}
    actual = actual_values(panel.values, panel.observed, windows.last, point.shape[1])
    for i in np.unique(windows.series[list(forecasts)]):
        numbers = np.flatnonzero(windows.series == i).tolist()
        power = 2 if drawn[numbers[0]].counts_demand else 1
        ours = np.abs(np.stack([forecasts[number].point for number in numbers]) - actual[numbers]) ** power
        theirs = np.abs(point[numbers] - actual[numbers]) ** power
        rows = np.arange(windows.last[numbers].min(), windows.last[numbers].max() + point.shape[1]) + 1
        enough = drawn[numbers[0]].events(panel.values[rows]) >= ENOUGH_EVENTS
        if enough and ours.mean() > AS_GOOD**power * theirs.mean():
            kinds[i] = NONE
    kept = [number for number in forecasts if kinds[windows.series[number]] != NONE]
    mean_square = np.zeros(len(point))
    for number in kept:
        if drawn[number].is_mostly_zero:
            mean_square[number] = (np.diff(drawn[number].past) ** 2).mean()
    return DrawnWindows(
        kinds, {number: forecasts[number] for number in kept}, mean_square if mean_square.any() else None
    )


def draw_next_steps(panel: Panel, kinds: Ints, recipe: Recipe) -> Mapping[int, Bootstrap]:
    """Return what the next values of drawn series come from, by number of the series."""
    return bootstraps(panel, kinds, recipe, ends(panel.indptr))
