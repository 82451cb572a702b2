"""Last values that are rather wrong than new: far from all values before, as a cell in another unit is.

A forecast of levels begins where such a series was before, and its intervals admit that the value may be right.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasting.methods.own_past import last_value_is_far
from forecaster.forecasting.methods.theta import theta

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats
    from forecaster.series.panel import Panel


def far_values(panel: Panel, series: Bools) -> Floats:
    """Return the last value of each of these series, (N,), that is rather wrong than new, and NaN for any other."""
    far = np.full(len(panel), np.nan)
    for i in np.flatnonzero(series).tolist():
        y = panel.values[panel.slice(i)]
        far[i] = y[-1] if last_value_is_far(y) else np.nan
    return far


def without_far_values(panel: Panel, far: Floats, season: int) -> Panel:
    """Return the panel with what Theta expects in place of each last value that is far, (N,)."""
    chosen = np.flatnonzero(np.isfinite(far))
    if not len(chosen):
        return panel
    last, values = panel.last[chosen], panel.values.copy()
    values[last] = theta(panel.values, panel.indptr[chosen], last - 1, 1, season)[:, 0]
    return replace(panel, values=values)
