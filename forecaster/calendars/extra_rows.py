"""Rows between the steps of a series: a second row of a day, a week or a month, a row at 10:17 among hourly ones.

A few of them say nothing about the step, so they are found before the calendar is learned. Times are counts, or whole
seconds since 1970-01-01.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.arrays import most_frequent
from forecaster.calendars.units import DAY, HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Ints

EXTRA_SHARE = 0.02
"""Share of the rows that may be extra ones; one may be in any series. More are no slips. Chosen by hand, so that half
days, late starts and a change of the frequency are never taken for extra rows."""
FEWEST_REGULAR = 8
"""Rows that show the step which extra rows lie between: a week of daily rows and one more. Chosen by hand."""
MONTH = 26 * DAY, 34 * DAY
"""Least and largest distance of monthly rows: business days move the days of a month by up to three days."""
ALIKE = 0.04
"""Share by which other distances may differ from the usual one: quarters and years do by the days of a month or two of
a business day, weeks by an hour of summer time. Chosen by hand."""
SHORTEST_DAY = DAY - 4 * HOUR
"""Least distance of daily rows: an hour may change at midnight, and rows are some hours late. Chosen by hand."""


def find_extra_rows(ds: NDArray[Any]) -> Ints:
    """Return the numbers of the rows that lie between the steps of the other ones; none where they are not few.

    Args:
        ds: Strictly rising time stamps or counts, (n,).

    """
    times = ds if ds.dtype.kind == "i" else ds.astype("datetime64[s]").astype(np.int64)
    if len(times) <= FEWEST_REGULAR or (np.diff(times) == 0).any():
        return np.empty(0, np.int64)
    usual = int(np.median(np.diff(times)))
    dated = ds.dtype.kind == "M"
    if dated and SHORTEST_DAY <= usual < 2 * DAY:
        extra = _second_rows_of_days(times)
    elif dated and usual < DAY:
        extra = _rows_between_steps_of_days(times)
    else:
        extra = _rows_within_usual_distances(times, usual, months=dated)
    return extra if len(extra) <= _most_extra_rows(times) else extra[:0]


def last_row_is_early(ds: NDArray[Any]) -> bool:
    """Return whether the last of strictly rising rows, (n,), follows too soon, where all others are days apart or more.

    Sources add the value of today to those of whole weeks and months.
    """
    times = ds if ds.dtype.kind == "i" else ds.astype("datetime64[s]").astype(np.int64)
    if ds.dtype.kind != "M" or len(times) <= FEWEST_REGULAR:
        return False
    parts = np.diff(times)
    if parts[-1] >= parts[:-1].min():
        return False
    usual = int(np.median(parts[:-1]))
    first, last = _usual_distances(usual, months=True)
    return bool(usual >= 2 * DAY and parts[-1] < first and ((parts[:-1] >= first) & (parts[:-1] <= last)).all())


def _second_rows_of_days(times: Ints) -> Ints:
    """Return the rows of daily ones, (n,), that share a day with one whose time of day is nearer to the usual one.

    Rows nearly a day apart are no such rows: midnight of a place with summer time comes twice in a day of UTC.
    """
    day, time = np.divmod(times, DAY)
    close = (np.diff(day) == 0) & (np.diff(times) < SHORTEST_DAY)
    if not close.any():
        return np.empty(0, np.int64)
    return _farther_rows_of_slots(day, np.abs(time - np.median(time)), close)


def _rows_between_steps_of_days(times: Ints) -> Ints:
    """Return the rows of less than a day, (n,), that share a step with a row whose phase all others have."""
    step = most_frequent(np.diff(times))
    phase = most_frequent(times % step)
    slot, late = np.divmod(times - phase, step)
    if DAY % step or (late > 0).sum() > _most_extra_rows(times):
        return np.empty(0, np.int64)
    return _farther_rows_of_slots(slot, late, np.diff(slot) == 0)


def _most_extra_rows(times: Ints) -> int:
    """Return how many of the rows, (n,), may be extra ones."""
    return max(1, int(EXTRA_SHARE * len(times)))


def _farther_rows_of_slots(slot: Ints, distance: Ints, close: Bools) -> Ints:
    """Return the rows that share a slot with a row that is nearer to the usual time, or as near and earlier.

    Args:
        slot: The slot of each row, (n,), rising.
        distance: How far each row is from the usual time of its slot, (n,).
        close: Whether two following rows may share a slot, (n - 1,).

    """
    shared = np.append(False, close) | np.append(close, False)
    rows = np.flatnonzero(shared)
    order = rows[np.lexsort((rows, distance[rows], slot[rows]))]
    return np.sort(order[1:][np.diff(slot[order]) == 0])


def _rows_within_usual_distances(times: Ints, usual: int, *, months: bool) -> Ints:
    """Return the rows, (n,), that part a distance which most other rows have, of counts or of steps of days or more."""
    parts = np.diff(times)
    whole = times[2:] - times[:-2]
    first, last = _usual_distances(usual, months=months)
    inside = (whole >= first) & (whole <= last) & (parts[:-1] < first) & (parts[1:] < first)
    regular = (parts >= first) & (parts <= last)
    return np.flatnonzero(inside) + 1 if 2 * regular.sum() > len(parts) else np.empty(0, np.int64)


def _usual_distances(usual: int, *, months: bool) -> tuple[float, float]:
    """Return the least and the largest distance of rows that are usually `usual` apart; `months` if these may be."""
    monthly = months and MONTH[0] <= usual <= MONTH[1]
    return MONTH if monthly else ((1 - ALIKE) * usual, (1 + ALIKE) * usual)
