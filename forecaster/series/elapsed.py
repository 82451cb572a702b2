"""Time as a number where steps are unequal: counted in typical steps, the median distance of a series' rows.

A silence counts as `LONGEST` typical steps at most: one that is a thousand times as long would outweigh all else that a
network or a trend learns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.errors import Code, Finding, Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.series.panel import Panel


LONGEST = 20.0
"""Typical steps that a silence counts as at most."""


def elapsed(panel: Panel) -> Floats | None:
    """Return the time of each observation since its series began, (n,), in typical steps; None for equal steps."""
    if not panel.irregular:
        return None
    gaps = [np.append(0, np.minimum(_gaps(panel, i), LONGEST)) for i in range(len(panel))]
    return np.concatenate([np.cumsum(each) for each in gaps])


def lead_times_to(panel: Panel, ds: NDArray[Any]) -> Floats:
    """Return the times from the last observation of each series to its time stamps `ds`, (N, h), in typical steps."""
    return np.stack([_steps(panel, i, ds[i] - panel.ds[panel.last[i]]) for i in range(len(panel))])


def silences(panel: Panel) -> tuple[Finding, ...]:
    """Say in which series there are silences that count as shorter than they are."""
    found = []
    for i, name in enumerate(panel.ids if panel.irregular else ()):
        gaps = _gaps(panel, i)
        if (count := int((gaps > LONGEST).sum())) > 0:
            ds, longest = panel.ds[panel.slice(i)], int(gaps.argmax())
            times = "once" if count == 1 else f"{count} times"
            what = (
                f"no row for more than {LONGEST:g} typical steps {times}, the longest after {write_time(ds[longest])}"
            )
            found.append(Finding(Code.SILENCE, f"{what}; it counts as {LONGEST:g}", Place(series=name)))
    return tuple(found)


def _gaps(panel: Panel, i: int) -> Floats:
    """Return the distances of the rows of series i, in typical steps."""
    return _steps(panel, i, np.diff(panel.ds[panel.slice(i)]))


def _steps(panel: Panel, i: int, distance: NDArray[Any]) -> Floats:
    """Return distances of time in typical steps of series i."""
    counted = distance / np.timedelta64(1, "s") if distance.dtype.kind == "m" else distance
    steps: Floats = counted / panel.calendars[i].step
    return steps
