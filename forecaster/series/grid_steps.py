"""The step of each row on its calendar, so that a missing row leaves a hole and does not move the rows after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.schedule import ROWWISE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.series.panel import Panel


def grid_steps(panel: Panel) -> Ints:
    """Return how many steps of its calendar each row is after the first row of its series, (n,).

    A holiday is a step without a row. Where two rows fall on one step, or steps have no calendar, each row of that
    series is a step.
    """
    steps = np.arange(len(panel.values)) - np.repeat(panel.indptr[:-1], panel.lengths)
    found: dict[bytes, Ints] = {}
    for i, calendar in enumerate(panel.calendars):
        part = panel.slice(i)
        ds = panel.ds[part]
        if not len(ds) or calendar.irregular or calendar.kind in ROWWISE:
            continue
        key = ds.tobytes()
        if key not in found:
            places = calendar.places(ds)
            found[key] = places - places[0] if (np.diff(places) > 0).all() else steps[part]
        steps[part] = found[key]
    return steps


def grid_steps_ahead(panel: Panel, future: NDArray[np.generic]) -> Ints:
    """Return how many steps of its calendar the time stamps `future`, (N, h), are after the last row of each series."""
    h = future.shape[1]
    ahead = np.tile(np.arange(1, h + 1), (len(panel), 1))
    for i, calendar in enumerate(panel.calendars):
        if calendar.irregular or calendar.kind in ROWWISE:
            continue
        places = calendar.places(np.append(panel.ds[panel.last[i]], future[i]))
        if (np.diff(places) > 0).all():
            ahead[i] = places[1:] - places[0]
    return ahead
