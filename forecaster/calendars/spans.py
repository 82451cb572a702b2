"""How many steps a calendar has at most between two rows, told from its fields alone, without listing the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.schedule import COUNTED, ROWWISE, UNEQUAL, Schedule
from forecaster.calendars.units import LATEST_COUNT, MICROSECONDS, WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.calendars.week import Week


def most_steps_between(calendar: Schedule, first: NDArray[Any], last: NDArray[Any]) -> Ints:
    """Return how many steps lie between the rows of series of one calendar at most, (N,).

    Args:
        calendar: The calendar of the series.
        first: Time stamps of their first rows, (N,), as microseconds or counts.
        last: Those of their last rows, (N,).

    """
    # counts can be so far apart that only numbers without a sign hold the distance
    distance = last.astype(np.int64).astype(np.uint64) - first.astype(np.int64).astype(np.uint64)
    span: Ints = np.minimum(distance, LATEST_COUNT).astype(np.int64)
    if calendar.kind in {*UNEQUAL, *ROWWISE}:
        return np.zeros_like(span)
    if calendar.kind in COUNTED:
        return span // calendar.step
    slots = span // (MICROSECONDS * calendar.shortest_step) + 1
    return slots if calendar.week is None else _open_of(calendar.week, slots)


def _open_of(week: Week, slots: Ints) -> Ints:
    """Return how many of a number of consecutive slots, (N,), are steps at most: all of them if closed ones count."""
    if week.counts_closed_slots:
        return slots
    weeks, rest = np.divmod(slots, WEEK // week.step)
    return np.asarray(weeks * week.most_open + np.minimum(rest, week.most_open))
