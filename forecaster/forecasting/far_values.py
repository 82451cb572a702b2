"""Values that are rather wrong than new: far from all values before or around them, as a cell in another unit is.

A forecast of levels begins where a series was before its last value if that is far, and its intervals admit that the
value may be right. Slips are single values in between: a short series is forecast as if they were not there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.methods.bootstrap import CHANGES, NONE
from forecaster.forecasting.methods.theta import theta
from forecaster.series.scaling import RETURNS
from forecaster.series.slips import FEWEST_KNOWN, last_value_is_far

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel


LEAST_ROWS, SLIP, MOST_SLIPS = 8, 12.0, 0.02
"""Rows of a series in which slips can be told from its ways; how many times as far from its neighbours as usual values
a slip is; and the share of the rows, or one, that may be slips, as more of them are its ways. Chosen by hand."""
FEW_ROWS = (2, 3)
"""Rows at a new level of which the network makes neither level."""
AROUND = 5
"""Values of which the median is what a value is expected to be near."""


def read_without_far_values(tail: Panel, recipe: Recipe, drawn: Ints) -> tuple[Panel, Floats, Floats]:
    """Return the rows as methods read them, the last values that are far, and the levels that were left, (N,).

    `drawn` says what is drawn of each series, (N,).
    """
    of_levels = recipe.mode != RETURNS and not recipe.irregular
    far = far_values(tail, (drawn != CHANGES) & of_levels)
    left = levels_left(tail, (drawn == NONE) & of_levels)
    read = without_slips(tail, recipe.season) if recipe.zero_shot else tail
    return without_far_values(read, far, left, recipe.season), far, left


def has_far_values(panel: Panel, series: Bools) -> bool:
    """Return whether one of these series, (N,), has a far last value, or has just come to another level."""
    return bool(np.isfinite(far_values(panel, series)).any() or np.isfinite(levels_left(panel, series)).any())


def far_values(panel: Panel, series: Bools) -> Floats:
    """Return the last value of each of these series, (N,), that is rather wrong than new, and NaN for any other."""
    far = np.full(len(panel), np.nan)
    for i in np.flatnonzero(series).tolist():
        y = panel.values[panel.slice(i)]
        far[i] = y[-1] if last_value_is_far(y) else np.nan
    return far


def levels_left(panel: Panel, series: Bools) -> Floats:
    """Return the level that each of these series left two or three rows ago for one far from it, (N,), else NaN."""
    left = np.full(len(panel), np.nan)
    for i in np.flatnonzero(series).tolist():
        y = panel.values[panel.slice(i)]
        if rows := _rows_since_jump(y):
            left[i] = np.median(y[:-rows])
    return left


def _rows_since_jump(y: Floats) -> int:
    """Return how many rows a series, (n,), has been at a level far from all before; 0 if they are not two or three.

    One such row is rather wrong; of more than three the network makes a level itself.
    """
    for rows in FEW_ROWS:
        before, since = y[:-rows], y[-rows:]
        if len(before) < FEWEST_KNOWN or not all(last_value_is_far(np.append(before, value)) for value in since):
            continue
        if np.ptp(since) < abs(np.median(since) - np.median(before)) / 2:
            return rows
    return 0


def without_far_values(panel: Panel, far: Floats, left: Floats, season: int) -> Panel:
    """Return the panel as it would be without far values at its end.

    In place of each last value that is `far`, (N,), is what Theta expects. A series that has `left` its level, (N,), is
    moved to the new one: the ways that it had are all that is known of its ways there.
    """
    values = panel.values.copy()
    chosen = np.flatnonzero(np.isfinite(far))
    if len(chosen):
        last = panel.last[chosen]
        values[last] = theta(panel.values, panel.indptr[chosen], last - 1, 1, season)[:, 0]
    for i in np.flatnonzero(np.isfinite(left)).tolist():
        part = panel.slice(i)
        y, rows = panel.values[part], _rows_since_jump(panel.values[part])
        if not rows:  # what looked like a new level was a slip, which is gone here
            continue
        level = np.median(y[-rows:])
        moved = y[:-rows] * (level / left[i]) if y.min() > 0 else y[:-rows] + (level - left[i])
        values[part.start : part.stop - rows] = moved
    return replace(panel, values=values)


def without_slips(panel: Panel, season: int) -> Panel:
    """Return the panel with the median of its neighbours in place of each slip."""
    values = panel.values
    for i in range(len(panel)):
        part = panel.slice(i)
        y = panel.values[part]
        for row in _slips(y, season):
            if values is panel.values:
                values = values.copy()
            around = _neighbours(len(y))[row]
            values[part.start + row] = np.median(y[around[around != row]])
    return panel if values is panel.values else replace(panel, values=values)


def _neighbours(rows: int) -> Ints:
    """Return the rows around each row of a series, (n, AROUND), with itself."""
    return np.clip(np.arange(rows) - AROUND // 2, 0, rows - AROUND)[:, None] + np.arange(AROUND)


def _slips(y: Floats, season: int) -> list[int]:
    """Return the rows of slips in a series, (n,): far from their neighbours, rare, and not what comes every season."""
    if len(y) < LEAST_ROWS:
        return []
    x = np.log(y) if y.min() > 0 else y
    size = np.abs(x - np.median(x[_neighbours(len(y))], axis=1))
    usual = np.quantile(size, 0.75)
    rows = np.flatnonzero(size > SLIP * usual)
    if not usual or len(rows) > max(1, MOST_SLIPS * len(y)):
        return []
    again = [
        size[other] > size[row] / 2 for row in rows for other in (row - season, row + season) if 0 <= other < len(y)
    ]
    return [] if season > 1 and any(again) else [row for row in rows.tolist() if row < len(y) - 1]
