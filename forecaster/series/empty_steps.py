"""Bound the steps without a row between the rows of series: methods read a value at each of them.

Two rows of a file can lie centuries apart, so the memory of a forecast is not bounded by its rows alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.spans import most_steps_between
from forecaster.errors import Code, InputRefusedError, Place
from forecaster.size_limits import EMPTY_STEPS_PER_ROW, MOST_EMPTY_STEPS
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.calendars.calendar import Calendar
    from forecaster.series.panel import Panel


def empty_steps(ds: NDArray[np.generic], indptr: Ints, calendars: Sequence[Calendar], calendar_of: Ints) -> Ints:
    """Return how many steps of each series have no row, (N,), at most.

    Args:
        ds: Time stamps, (n,), rising within a series.
        indptr: Where each series begins, (N + 1,).
        calendars: Different calendars.
        calendar_of: The number of each series' calendar among them, (N,).

    """
    first, last, steps = ds[indptr[:-1]], ds[indptr[1:] - 1], np.empty(len(indptr) - 1, np.int64)
    order = np.argsort(calendar_of, kind="stable")
    numbers, begins = np.unique(calendar_of[order], return_index=True)
    for number, series in zip(numbers.tolist(), np.split(order, begins[1:]), strict=True):
        steps[series] = most_steps_between(calendars[number], first[series], last[series])
    return np.maximum(0, steps - np.diff(indptr) + 1)


def are_too_many(empty: Ints, rows: int) -> bool:
    """Return whether the steps without a row, (N,), are more than a number of rows may have."""
    return int(empty.sum(dtype=np.float64)) > MOST_EMPTY_STEPS + EMPTY_STEPS_PER_ROW * rows


def refuse_many_empty_steps(panel: Panel) -> None:
    """Refuse a panel with far more steps than rows.

    Raises:
        InputRefusedError: It is one; the error names the series with most of them.

    """
    calendars = list({id(each): each for each in panel.calendars}.values())
    place = {id(each): number for number, each in enumerate(calendars)}
    calendar_of = np.array([place[id(each)] for each in panel.calendars])
    empty = empty_steps(panel.ds, panel.indptr, calendars, calendar_of)
    if are_too_many(empty, len(panel.ds)):
        worst = int(empty.argmax())
        what = f"about {empty[worst]:,} steps have no row between the {panel.lengths[worst]:,} latest rows, too many"
        raise InputRefusedError(
            what, "leave out the rows before the gap", Place(series=shown(panel.ids[worst])), code=Code.GAP
        )
