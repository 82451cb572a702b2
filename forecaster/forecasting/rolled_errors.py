"""Measure how errors grow beyond the trained horizon: roll forecasts forward on known rows, as prediction does.

There are W windows, each a series that is cut off at a row; its later rows say how wrong the rolled forecast is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.blend import Blend
from forecaster.forecasting.holdout import FINE_TUNED, PRETRAINED
from forecaster.forecasting.methods.baselines import history_of
from forecaster.forecasting.uncertainty.growth import FURTHEST, NO_GROWTH, fit_growth, power_growth, relative_sizes

if TYPE_CHECKING:
    from forecaster.arrays import Floats, Ints
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.series.panel import Panel

FEWEST_WINDOWS, MOST_WINDOWS = 150, 300
"""Windows that are rolled forward: one of each series, within these bounds. Far ahead, errors of a window are alike, so
that 24 windows of a series measured the growth with an error of about a fifth; these take less than half a second."""
PRETRAINED_COST = 6
"""Windows without pretrained networks that take as long as one with them."""
LEAST_REST = 0.25
"""Weight of the other methods from which these are rolled forward alone: on training rows, what they showed of the
growth differed less from that of the whole blend than the growth of fewer windows did. Chosen by hand."""
GOLDEN = (np.sqrt(5) - 1) / 2
"""Multiples of the golden ratio less their whole part fill the range from 0 to 1 evenly, however many there are."""


def measure_growth(judged: FittedForecaster, panel: Panel) -> Floats:
    """Return how offsets grow beyond the horizon, (K,), by forecasts that are rolled forward on rows of a panel.

    The components of the `judged` forecaster have not seen the latest rows. Most windows end earlier, as many rows have
    to follow; on rows that were seen, errors are smaller within the horizon as well as beyond it, and their ratio is
    what counts.
    """
    judged, h = _without_pretrained(judged), judged.recipe.horizon
    series, known = _rolling_windows(panel, judged)
    if not len(series):
        return power_growth(judged.horizon_exponent)
    steps = int(min(FURTHEST * h, (panel.lengths[series] - known).max()))
    cut = panel.take(series.tolist()).cut(np.zeros_like(known), known)
    slope = history_of(cut.values, cut.indptr[:-1], cut.last).slope
    rolled = replace(judged.take(series.tolist()), slope=slope, growth=NO_GROWTH)
    point, offsets = rolled.roll_forward(cut.tail(rolled.tail_rows), steps)
    actual = _actual_values(panel, series, cut, steps)
    transform, number = rolled.scaling.transform, np.arange(len(series))[:, None]
    error = transform.forward(actual, number) - transform.forward(point, number)
    return fit_growth(relative_sizes(error, offsets, h), h, judged.horizon_exponent)


def _without_pretrained(judged: FittedForecaster) -> FittedForecaster:
    """Return a forecaster without pretrained networks, which take most of the time, if the rest has enough weight."""
    rest = {name: weight for name, weight in judged.blend.weights.items() if name not in {PRETRAINED, FINE_TUNED}}
    total = sum(rest.values())
    if total < LEAST_REST or not judged.recipe.pretrained:
        return judged
    return replace(
        judged,
        recipe=replace(judged.recipe, pretrained="", fine_tuned=0),
        components=replace(judged.components, levels=None),
        blend=Blend({name: weight / total for name, weight in rest.items()}),
    )


def _rolling_windows(panel: Panel, judged: FittedForecaster) -> tuple[Ints, Ints]:
    """Return the series and the known rows, (W,) each, of windows in the later half of each series.

    At least one step beyond the horizon follows them, and they end at the phase at which forecasts begin.
    """
    recipe = judged.recipe
    count = int(np.clip(len(panel), FEWEST_WINDOWS, MOST_WINDOWS)) // (PRETRAINED_COST if recipe.pretrained else 1)
    number = np.arange(count)
    series = number * len(panel) // count if count <= len(panel) else number % len(panel)
    # rows after a window, a multiple of the stride: from just beyond the horizon to half of the series
    least = recipe.horizon // recipe.stride + 1
    most = np.minimum(panel.lengths // 2, panel.lengths - recipe.shortest_window) // recipe.stride
    possible = most >= least
    series = series[possible[series]]
    chosen = least + (number[: len(series)] * GOLDEN % 1 * (most[series] - least + 1)).astype(int)
    return series, panel.lengths[series] - chosen * recipe.stride


def _actual_values(panel: Panel, series: Ints, cut: Panel, steps: int) -> Floats:
    """Return the values at the next steps of cut series, (W, steps), NaN where there is none."""
    actual = np.full((len(series), steps), np.nan)
    for i, ds in enumerate(cut.future(steps)):
        rows = panel.slice(int(series[i]))
        place = np.searchsorted(panel.ds[rows], ds)
        found = place < rows.stop - rows.start
        found[found] = panel.ds[rows][place[found]] == ds[found]
        actual[i, found] = panel.values[rows][place[found]]
    return actual
