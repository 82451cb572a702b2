"""Entries of simulated nights: daily series, forecasts of three steps with two intervals, and a ledger to take them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.ledger.connection import open_to_read, open_to_write, transaction
from forecaster.ledger.entry import Entry, RunStamp, SeriesEntry
from forecaster.ledger.writer import Taken, take_entries

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

DAY = 86_400 * 10**6
H, LEVELS = 3, (80.0, 95.0)
FIRST = 20_000
"""The day of the first value, counted from 1970: 2024-10-04."""


def value_of(series: int, day: int) -> float:
    """Return the value of a series on a day."""
    return round(100 * (series + 1) + (day * (7 + series) * 37 % 101) / 10, 2)


def entry_of(series: int, night: int, *, known: int | None = None, run: str = "", **changes: Any) -> Entry:
    """Return the entry of a series whose last value is of this day; `known` is the last day that the ledger knows."""
    rng = np.random.default_rng([series, night])
    point = value_of(series, night) + rng.normal(size=H)
    width = rng.uniform(0.5, 4, size=(H, 2)).cumsum(axis=1)
    ends = np.stack([point - width[:, 0], point + width[:, 0], point - width[:, 1], point + width[:, 1]], 1)
    days = range(max(0, (night if known is None else known) - H + 1), night + 1)
    one = SeriesEntry(
        name=f"s{series}",
        dated=True,
        step="day",
        season=1,
        origin=(FIRST + night) * DAY,
        base=value_of(series, night),
        targets=[(FIRST + night + step) * DAY for step in range(1, H + 1)],
        point=point.tolist(),
        naive=[value_of(series, night)] * H,
        ends=ends.tolist(),
        times=[(FIRST + day) * DAY for day in days],
        values=[value_of(series, day) for day in days],
    )
    stamp = RunStamp(run or f"run {night}", f"2026-01-01T00:00:{night % 60:02}+00:00")
    return Entry(stamp, f"f{series}", f"/in/f{series}.csv", "model", LEVELS, (replace(one, **changes),))


def take(path: Path, *entries: Entry) -> Taken:
    """Take entries into a ledger."""
    with open_to_write(path) as connection, transaction(connection):
        return take_entries(connection, entries)


def take_nights(path: Path, nights: int, series: int = 2) -> None:
    """Take the entries of nights, of each series one a night, in one transaction, which is quicker."""
    known = [None, *range(nights)]
    take(path, *(entry_of(each, night, known=known[night]) for night in range(nights) for each in range(series)))


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that reads a ledger."""
    with open_to_read(path) as connection:
        yield connection
