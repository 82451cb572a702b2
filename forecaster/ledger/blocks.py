"""Move finished forecasts into compressed blocks: many of one series and of its neighbours together.

Forecasts of one series resemble each other from night to night, above all in the shape of their intervals: blocks of
some nights take about half the space of blocks of one night, and one series is read from fewer of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.ledger.packing import LARGEST_BLOCK, ROWS_OF_BLOCK, layout_of, pack_block, rows_of_records
from forecaster.ledger.trusted_rows import read_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from numpy.typing import NDArray

    from forecaster.ledger.packing import Layout

FEWEST = 16
"""Finished forecasts of a series that make a block."""
NEIGHBOURS = 64
"""Series with neighbouring numbers that are closed in the same night. Others are closed up to `FEWEST` nights later, so
that each night does a part of the work."""


def close_finished(connection: sqlite3.Connection, layouts: dict[int, Layout]) -> None:
    """Move the finished forecasts of series that have enough of them to blocks; the caller holds a transaction."""
    enough = f"{FEWEST} + series / {NEIGHBOURS} % {FEWEST}"
    query = f"SELECT series FROM finished GROUP BY series HAVING count(*) >= {enough}"  # noqa: S608 - constants
    series = [number for (number,) in read_rows(connection, query)]
    if not series:
        return
    counted = {number for (number,) in read_rows(connection, "SELECT id FROM series WHERE NOT dated")}
    for layout, rows in rows_of_series(connection, layouts, "finished", series):
        for block in _blocks(rows):
            is_dated = int(block["series"][0]) not in counted
            newest = int(block["origin"].max()) if is_dated else None
            ends = int(block["series"][0]), int(block["series"][-1])
            connection.execute(
                "INSERT INTO closed (first_series, last_series, newest, layout, count, data) VALUES (?, ?, ?, ?, ?, ?)",
                (*ends, newest, layout, len(block), pack_block(block)),
            )
    connection.executemany("DELETE FROM finished WHERE series = ?", [(number,) for number in series])


def rows_of_series(
    connection: sqlite3.Connection,
    layouts: dict[int, Layout],
    table: Literal["pending", "finished"],
    series: Sequence[int],
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the forecasts of series in a table as rows of a block, one layout after the other."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (series INTEGER PRIMARY KEY)")
    connection.execute("DELETE FROM chosen")
    connection.executemany("INSERT INTO chosen VALUES (?)", [(each,) for each in series])
    by_layout: dict[int, list[Any]] = {}
    query = f"SELECT layout, series, model, run, data FROM chosen CROSS JOIN {table} USING (series)"  # noqa: S608 - a name
    for layout, *row in list(read_rows(connection, query)):
        by_layout.setdefault(layout, []).append(row)
    for layout, rows in by_layout.items():
        yield layout, rows_of_records(layout_of(layouts, layout), [row[:3] for row in rows], [row[3] for row in rows])


def _blocks(rows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield rows in blocks, rising by series and origin; none has series that are no neighbours."""
    rows = rows[np.lexsort((rows["origin"], rows["series"]))]
    groups = rows["series"] // NEIGHBOURS
    for group in np.unique(groups):
        part = rows[groups == group]
        most = max(1, min(ROWS_OF_BLOCK, LARGEST_BLOCK // rows.dtype.itemsize))
        for begin in range(0, len(part), most):
            yield part[begin : begin + most]
