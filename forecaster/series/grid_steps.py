"""The step of each row on its calendar, so that a missing row leaves a hole and does not move the rows after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.series.panel import Panel


def grid_steps(panel: Panel) -> Ints:
    """Return how many steps of its calendar each row is after the first row of its series, (n,).

    Where two rows fall on one step, or steps have no calendar, each row of that series is a step.
    """
    steps = np.arange(len(panel.values)) - np.repeat(panel.indptr[:-1], panel.lengths)
    found: dict[bytes, Ints] = {}
    for i, calendar in enumerate(panel.calendars):
        part = panel.slice(i)
        ds = panel.ds[part]
        if not len(ds) or calendar.irregular:
            continue
        key = ds.tobytes()
        if key not in found:
            rows, expected = calendar.expected(ds)
            place = np.searchsorted(expected, rows)
            found[key] = place - place[0] if (np.diff(place) > 0).all() else steps[part]
        steps[part] = found[key]
    return steps
