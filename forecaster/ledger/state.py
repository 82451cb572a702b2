"""Small values that other parts keep in a ledger about a series, such as the state of adaptive intervals.

They change in the transaction of the caller, so that they are always those of the scores that are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.ledger.trusted_rows import read_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping


def read_states(connection: sqlite3.Connection, name: str) -> dict[int, bytes]:
    """Return the values of this name by the number of the series; 0 stands for all series."""
    return dict(read_rows(connection, "SELECT series, value AS state FROM state WHERE name = ?", (name,)))


def write_states(connection: sqlite3.Connection, name: str, values: Mapping[int, bytes]) -> None:
    """Write values of this name by the number of the series, in place of earlier ones; the caller has a transaction."""
    connection.executemany(
        "INSERT OR REPLACE INTO state (name, series, value) VALUES (?, ?, ?)",
        [(name, series, value) for series, value in values.items()],
    )
