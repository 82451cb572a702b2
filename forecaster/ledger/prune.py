"""Remove what is older than the user wants to keep; the file keeps its size, and new forecasts take the free space."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.ledger.sums import COUNTED_STEPS, month_of
from forecaster.ledger.trusted_rows import check_times, read_row, read_rows

if TYPE_CHECKING:
    import sqlite3

MICROSECONDS = 1_000_000
"""Units of a time in a second."""


def prune(connection: sqlite3.Connection, keep: float) -> int:
    """Remove blocks whose newest origin or value is older than `keep` seconds, and return how many forecasts went.

    The age is counted back from the newest known value, which is not later than now. Blocks go as a whole, when the
    newest of their forecasts is that old. Sums go by the month. What is counted in steps has no age and stays. The
    caller has a transaction.

    """
    oldest = _oldest_time(connection, keep)
    if oldest is None:
        return 0
    gone: int = sum(count for (count,) in read_rows(connection, "SELECT count FROM closed WHERE newest < ?", (oldest,)))
    dated = "series IN (SELECT id FROM series WHERE dated)"
    left = [
        connection.execute(f"DELETE FROM {table} WHERE origin < ? AND {dated}", (oldest,)).rowcount  # noqa: S608 - constants
        for table in ("pending", "finished")
    ]
    for table in ("closed", "actuals"):
        connection.execute(f"DELETE FROM {table} WHERE newest < ?", (oldest,))  # noqa: S608 - constants
    connection.execute(f"DELETE FROM revisions WHERE time < ? AND {dated}", (oldest,))  # noqa: S608 - constant
    month = int(month_of(np.array([[oldest]]), np.array([True]))[0, 0])
    connection.execute("DELETE FROM sums WHERE month < ? AND month <> ?", (month, COUNTED_STEPS))
    return gone + sum(left)


def _oldest_time(connection: sqlite3.Connection, keep: float) -> Any:
    """Return the time before which all goes; None where no time is known."""
    (newest,) = read_row(connection, "SELECT max(last_time) AS last_time FROM series WHERE dated") or (None,)
    if newest is None:
        return None
    check_times(np.array([newest]))
    now = int(datetime.now(UTC).timestamp() * MICROSECONDS)
    return min(newest, now) - int(keep * MICROSECONDS)
