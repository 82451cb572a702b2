"""Time as a number where steps are unequal: counted in typical steps, the median distance of a series' rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.data.panel import Panel
    from forecaster.data.scaling import Floats


def elapsed(panel: Panel) -> Floats | None:
    """Return the time of each observation since its series began, (n,), in typical steps; None for equal steps."""
    if not panel.irregular:
        return None
    since = [_steps(panel, i, panel.ds[panel.slice(i)], panel.ds[panel.indptr[i]]) for i in range(len(panel))]
    return np.concatenate(since)


def moments_to(panel: Panel, ds: NDArray[Any]) -> Floats:
    """Return the times from the last observation of each series to its time stamps `ds`, (N, h), in typical steps."""
    return np.stack([_steps(panel, i, ds[i], panel.ds[panel.last[i]]) for i in range(len(panel))])


def _steps(panel: Panel, i: int, ds: NDArray[Any], since: Any) -> Floats:
    """Return the typical steps of series i from the stamp `since` to the stamps `ds`."""
    distance = ds - since
    if distance.dtype.kind == "m":
        distance = distance / np.timedelta64(1, "s")
    steps: Floats = distance / panel.calendars[i].step
    return steps
