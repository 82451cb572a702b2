"""Sums over scored forecasts, from which scores of any selection of series, months and steps follow in a moment.

A row of the table `sums` is of one series and month and one layout. Its record has an entry for each of the h steps;
`forecaster.ledger.scores` turns sums into scores. The sums change in the transaction that brings the actual values, so
that a night costs the same however old a ledger is.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.evaluation.metrics import pinball_loss
from forecaster.ledger.trusted_rows import LARGEST_SUM, DamagedLedgerError, check_numbers, check_times, read_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats, Ints
    from forecaster.ledger.packing import Forecasts, Layout

MEASURES = ("error", "abs_error", "abs_naive", "abs_actual", "loss")
"""Sums of doubles: of actual - forecast, of its size, of the size of the naive error and of the actual values, and of
the mean over all quantiles of twice the pinball loss."""
COUNTED_STEPS = 0
"""The month of times that are counted steps."""


@cache
def step_sums(levels: int) -> np.dtype[Any]:
    """Return the data type of the sums of one step, for a number of levels: `count`, `hits`, and those of `MEASURES`.

    `hits` counts the actual values inside the interval of each level, ends included.
    """
    return np.dtype([("count", "<u4"), ("hits", "<u4", (levels,)), *((name, "<f8") for name in MEASURES)])


class Cells(NamedTuple):
    """Forecasts of one layout with their actual values.

    Attributes:
        forecasts: The forecasts, n of them with h steps.
        actual: The actual values, (n, h), NaN where there are none.
        dated: Whether the times of each forecast are dates, (n,).

    """

    forecasts: Forecasts
    actual: Floats
    dated: Bools


def cell_measures(cells: Cells) -> dict[str, Floats]:
    """Return the measures of each cell, (n, h), and `hits`, (n, h, L); NaN or False where there is no actual value."""
    found, actual = cells.forecasts, cells.actual
    error, low, high = actual - found.point, found.ends[:, :, 0::2], found.ends[:, :, 1::2]
    loss = 2 * pinball_loss(actual, found.point, 0.5)
    for place, level in enumerate(found.layout.levels):
        tail = (100 - level) / 200
        loss += 2 * pinball_loss(actual, low[:, :, place], tail) + 2 * pinball_loss(actual, high[:, :, place], 1 - tail)
    return {
        "error": error,
        "abs_error": np.abs(error),
        "abs_naive": np.abs(actual - found.naive),
        "abs_actual": np.abs(actual),
        "loss": loss / (1 + 2 * len(found.layout.levels)),
        "hits": (low <= actual[:, :, None]) & (actual[:, :, None] <= high),
    }


def month_of(times: Ints, dated: Bools) -> Ints:
    """Return the month of times, (n, h), as the table `sums` has it; whether those of a row are dates is (n,)."""
    check_times(times[dated])
    months = times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64) + 12 * 1970
    return np.where(dated[:, None], months, COUNTED_STEPS)


def add_scores(connection: sqlite3.Connection, layout: int, cells: Cells) -> int:
    """Add the scores of cells with an actual value to the sums, and return how many there were.

    Args:
        connection: The ledger, in a transaction.
        layout: The number of the layout of the cells.
        cells: The cells.

    """
    scored = ~np.isnan(cells.actual)
    rows, steps = np.nonzero(scored)
    if not len(rows):
        return 0
    months = month_of(cells.forecasts.targets, cells.dated)[rows, steps]
    keys, number = np.unique(np.stack([months, cells.forecasts.series[rows]], 1), axis=0, return_inverse=True)
    kind = cells.forecasts.layout
    sums = _read_sums(connection, layout, keys, kind)
    for name, values in cell_measures(cells).items():
        np.add.at(sums[name], (number.reshape(-1), steps), values[rows, steps])
    np.add.at(sums["count"], (number.reshape(-1), steps), 1)
    connection.executemany(
        "INSERT OR REPLACE INTO sums (month, series, layout, data) VALUES (?, ?, ?, ?)",
        [(month, series, layout, each.tobytes()) for (month, series), each in zip(keys.tolist(), sums, strict=True)],
    )
    return len(rows)


def _read_sums(connection: sqlite3.Connection, layout: int, keys: Ints, kind: Layout) -> NDArray[Any]:
    """Return the sums of months and series, (m, 2), as (m, h); zeros where there are none yet."""
    dtype = step_sums(len(kind.levels))
    found = {
        (month, series): data
        for month in np.unique(keys[:, 0]).tolist()
        for series, data in read_rows(
            connection,
            "SELECT series, data FROM sums WHERE month = ? AND layout = ? AND series BETWEEN ? AND ?",
            (month, layout, int(keys[:, 1].min()), int(keys[:, 1].max())),
        )
    }
    empty = bytes(dtype.itemsize * kind.horizon)
    parts = [found.get((month, series), empty) for month, series in keys.tolist()]
    return unpack_sums(kind, parts)


def unpack_sums(layout: Layout, records: Sequence[bytes]) -> NDArray[Any]:
    """Return the sums of rows of one layout, (m, h), which may be changed.

    Raises:
        DamagedLedgerError: A row is damaged.

    """
    dtype = step_sums(len(layout.levels))
    if any(len(record) != dtype.itemsize * layout.horizon for record in records):
        raise DamagedLedgerError("sums have another size than those of their layout")
    sums = np.frombuffer(bytearray(b"".join(records)), dtype).reshape(-1, layout.horizon)
    for name in MEASURES:
        check_numbers("a sum", sums[name], LARGEST_SUM)
    return sums
