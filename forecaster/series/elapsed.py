"""Time as a number where steps are unequal: in typical steps, each the median distance of a series' rows.

A silence, a long time without rows, counts as `LONGEST_SILENCE` steps at most: it would outweigh everything else.
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

LONGEST_SILENCE = 20.0
"""Typical steps that a silence counts as at most. Chosen by hand: long enough for any usual difference of steps, and
short enough to stay in the range that a network knows."""


def elapsed(panel: Panel) -> Floats | None:
    """Return the time of each observation since its series began, (n,), in typical steps; None for equal steps."""
    if not panel.irregular:
        return None
    gaps = [np.append(0, np.minimum(_gaps(panel, i), LONGEST_SILENCE)) for i in range(len(panel))]
    return np.concatenate([np.cumsum(each) for each in gaps])


def lead_times_to(panel: Panel, ds: NDArray[Any]) -> Floats:
    """Return the times from the last observation of each series to its time stamps `ds`, (N, h), in typical steps."""
    return np.stack([_in_typical_steps(panel, i, ds[i] - panel.ds[panel.last[i]]) for i in range(len(panel))])


def silences(panel: Panel) -> tuple[Finding, ...]:
    """Return a finding for each series with silences that count as shorter than they are."""
    found = []
    for i, name in enumerate(panel.ids if panel.irregular else ()):
        gaps = _gaps(panel, i)
        if (count := int((gaps > LONGEST_SILENCE).sum())) > 0:
            ds, longest = panel.ds[panel.slice(i)], int(gaps.argmax())
            times = "once" if count == 1 else f"{count} times"
            after = write_time(ds[longest])
            what = f"no row for more than {LONGEST_SILENCE:g} typical steps, {times}, the longest time after {after}"
            found.append(Finding(Code.SILENCE, f"{what}; it counts as {LONGEST_SILENCE:g}", Place(series=name)))
    return tuple(found)


def _gaps(panel: Panel, i: int) -> Floats:
    """Return the distances between the rows of series i, in typical steps."""
    return _in_typical_steps(panel, i, np.diff(panel.ds[panel.slice(i)]))


def _in_typical_steps(panel: Panel, i: int, distance: NDArray[Any]) -> Floats:
    """Return differences of time stamps in typical steps of series i."""
    counted = distance / np.timedelta64(1, "s") if distance.dtype.kind == "m" else distance
    steps: Floats = counted / panel.calendars[i].step
    return steps
