"""Usual values of known columns: what the steps ahead would have if they were like the latest seasons.

A forecast with these values shows what the columns add: a promotion that is not usual, or weather that is warmer than
in the last weeks. What a column does in every season, such as a promotion each Friday, is usual, and adds nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.grid_steps import on_every_step, steps_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel

FEWEST_SEASONS, MOST_SEASONS = 3, 5
"""Seasons whose median is usual: with three, a promotion in one of them is not usual; more than five are no longer the
latest ones. Their number is odd, so that the median of a column of 0 and 1 is one of the two."""


def with_usual_known_values(panel: Panel, seasons: Sequence[int]) -> Panel:
    """Return a panel whose known columns have their usual values after its rows.

    Args:
        panel: The series, with at least one known column.
        seasons: The steps of each season, the shortest first; none where there is no season.

    """
    covariates = panel.covariates
    if covariates is None:
        return panel
    known = covariates.known_values.copy()
    steps = on_every_step(panel, seasons[-1] if seasons else 1)
    on_steps = steps.covariates or covariates
    further = covariates.known_steps(panel.lengths)
    ahead = steps_to(panel, panel.future(int(further.max()))) - 1
    for i, count in enumerate(further.tolist()):
        begin = int(on_steps.start[i])
        usual = usual_season(on_steps.known_values[:, begin : begin + int(steps.lengths[i])], seasons)
        stop = int(covariates.stop[i])
        known[:, stop - count : stop] = usual[:, ahead[i, :count] % usual.shape[1]]
    return replace(panel, covariates=replace(covariates, known_values=known))


def usual_season(values: Floats, seasons: Sequence[int]) -> Floats:
    """Return the usual values of columns, (K, T), in the season after them, (K, s): medians at the same phase.

    The season is the longest of which there are enough; without one, what is usual is the median of all steps, (K, 1).
    """
    long_enough = [season for season in seasons if values.shape[1] >= FEWEST_SEASONS * season]
    if not long_enough:
        return np.median(values, axis=1, keepdims=True)
    season = long_enough[-1]
    count = min(MOST_SEASONS, values.shape[1] // season)
    count -= count % 2 == 0
    return np.median(values[:, -count * season :].reshape(len(values), count, season), axis=1)
