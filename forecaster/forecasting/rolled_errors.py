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

USUAL_WINDOWS, MOST_WINDOWS = 150, 300
"""Windows that are rolled forward: one of each series, within these bounds. Far ahead, errors of a window are alike, so
that 24 windows of a series measured the growth with an error of about a fifth; these take less than half a second."""
MOST_ROWS = 5000
"""Rows from the end of a series to the earliest of its windows at most: as many as are held out at most."""
MOST_VALUES, FEWEST_WINDOWS = 150_000, 24
"""Values that all windows read together at most, and windows at least: so long windows take no longer than others."""
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
    series, later = _rolling_windows(panel, judged)
    if not len(series):
        return power_growth(judged.horizon_exponent)
    steps, last = int(min(FURTHEST * h, later.max())), panel.last[series] - later
    cut = _cut_series(panel.tail(int(later.max()) + judged.tail_rows), series, later, judged.tail_rows)
    slope = history_of(panel.values, panel.indptr[series], last).slope
    rolled = replace(judged.take(series.tolist()), slope=slope, growth=NO_GROWTH)
    point, offsets = rolled.roll_forward(cut, steps)
    actual = _actual_values(panel, series, last, steps)
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
    """Return the series of windows in the later half of each series, and the rows after each window, (W,) each.

    There are more rows after a window than the horizon, and it ends at the phase at which forecasts begin.
    """
    recipe = judged.recipe
    usual = int(np.clip(len(panel), USUAL_WINDOWS, MOST_WINDOWS)) // (PRETRAINED_COST if recipe.pretrained else 1)
    count = min(usual, max(FEWEST_WINDOWS, MOST_VALUES // recipe.lookback))
    number = np.arange(count)
    series = number * len(panel) // count if count <= len(panel) else number % len(panel)
    least = recipe.horizon // recipe.stride + 1
    most = np.minimum(np.minimum(panel.lengths // 2, MOST_ROWS), panel.lengths - recipe.shortest_window)
    most //= recipe.stride
    series = series[(most >= least)[series]]
    spread = number[: len(series)] * GOLDEN % 1 * (most[series] - least + 1)
    return series, (least + spread.astype(int)) * recipe.stride


def _cut_series(panel: Panel, series: Ints, later: Ints, rows: int) -> Panel:
    """Return the last `rows` rows of each window's series, (W,), before its `later` rows, (W,)."""
    stop = panel.lengths[series] - later
    return panel.take(series.tolist()).cut(np.maximum(0, stop - rows), stop)


def _actual_values(panel: Panel, series: Ints, last: Ints, steps: int) -> Floats:
    """Return the values of the next steps after the rows `last`, (W,), as (W, steps); NaN where none was observed."""
    rows, stop = last[:, None] + np.arange(1, steps + 1), panel.indptr[series + 1][:, None]
    actual: Floats = np.where(rows < stop, panel.observed_values[np.minimum(rows, stop - 1)], np.nan)
    return actual
