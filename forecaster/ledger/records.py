"""Rows of the small tables of a ledger by their numbers: runs, models, layouts and series; new ones are created."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecaster.ledger.packing import DamagedLedgerError, Layout
from forecaster.ledger.state import read_states, write_states

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from forecaster.ledger.entry import Entry, RunStamp, SeriesEntry

ALL_SERIES = 0
"""The number of the series in `state` that stands for all of them."""
LAST_MODEL = "last model"
"""Name of the state that has the last number of a model."""
SERIES_COLUMNS = ("id", "source", "name", "path", "dated", "step", "season", "last_time", "recent")
"""Columns of the table `series`, and fields of its rows."""


@dataclass
class SeriesRow:
    """A row of the table `series`; `recent` holds the last times and values as they are now."""

    id: int
    source: str
    name: str
    path: str
    dated: bool
    step: str
    season: int
    last_time: int | None
    recent: list[tuple[int, float]]


def series_rows(connection: sqlite3.Connection, source: str | None = None) -> list[SeriesRow]:
    """Return the series of a source, or all series, in the order in which they came.

    Raises:
        DamagedLedgerError: A row is damaged.

    """
    where, values = ("", ()) if source is None else (" WHERE source = ?", (source,))
    found = connection.execute(f"SELECT {', '.join(SERIES_COLUMNS)} FROM series{where} ORDER BY id", values)  # noqa: S608 - constants
    return [_series_row(dict(zip(SERIES_COLUMNS, row, strict=True))) for row in found]


def _series_row(fields: dict[str, Any]) -> SeriesRow:
    """Return a row of the table from its columns."""
    return SeriesRow(**fields | {"recent": _read_recent(fields["recent"])})


def read_layouts(connection: sqlite3.Connection) -> dict[int, Layout]:
    """Return the layouts by their numbers."""
    found = connection.execute("SELECT id, horizon, levels, wide FROM layouts")
    return {number: Layout(horizon, tuple(json.loads(levels)), bool(wide)) for number, horizon, levels, wide in found}


class Numbers:
    """The numbers of rows in a ledger, in a transaction of it; what is new gets a number."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read the layouts, of which there are few."""
        self._connection = connection
        self._models: dict[str, int] = {}
        self._last_model = int(read_states(connection, LAST_MODEL).get(ALL_SERIES, b"0"))
        self._sources: dict[str, dict[str, SeriesRow]] = {}
        self.layouts = read_layouts(connection)
        self._layouts = {layout: number for number, layout in self.layouts.items()}

    def run(self, run: RunStamp) -> int:
        """Return the number of a run."""
        self._connection.execute("INSERT OR IGNORE INTO runs (token, started) VALUES (?, ?)", run)
        return int(self._connection.execute("SELECT id FROM runs WHERE token = ?", run[:1]).fetchone()[0])

    def model(self, digest: str) -> int:
        """Return the number of a model."""
        if digest not in self._models:
            found = self._connection.execute("SELECT id FROM models WHERE digest = ?", (digest,)).fetchone()
            if found is None:
                self._last_model += 1
                found = (self._last_model,)
                self._connection.execute("INSERT INTO models (digest, id) VALUES (?, ?)", (digest, *found))
            self._models[digest] = int(found[0])
        return self._models[digest]

    def layout(self, layout: Layout) -> int:
        """Return the number of a layout."""
        if layout not in self._layouts:
            added = self._connection.execute("INSERT INTO layouts (horizon, levels, wide) VALUES (?, ?, ?)", layout.key)
            number = int(added.lastrowid or 0)
            self._layouts[layout] = number
            self.layouts[number] = layout
        return self._layouts[layout]

    def series(self, entry: Entry, series: SeriesEntry) -> SeriesRow:
        """Return the row of a series, with what the entry says of it; `write` writes it."""
        if entry.source not in self._sources:
            self._sources[entry.source] = {row.name: row for row in series_rows(self._connection, entry.source)}
        rows = self._sources[entry.source]
        if series.name in rows:
            row = rows[series.name]
            row.path, row.step, row.season = entry.path, series.step, series.season
            return row
        values = (entry.source, series.name, entry.path, series.dated, series.step, series.season, b"")
        added = self._connection.execute(
            "INSERT INTO series (source, name, path, dated, step, season, recent) VALUES (?, ?, ?, ?, ?, ?, ?)", values
        )
        rows[series.name] = SeriesRow(int(added.lastrowid or 0), *values[:6], None, [])
        return rows[series.name]

    def write(self, rows: Iterable[SeriesRow]) -> None:
        """Write rows of series as they are now, and the last number of a model, so that nobody has to look for it."""
        write_states(self._connection, LAST_MODEL, {ALL_SERIES: str(self._last_model).encode()})
        self._connection.executemany(
            "UPDATE series SET path = ?, step = ?, season = ?, last_time = ?, recent = ? WHERE id = ?",
            [(row.path, row.step, row.season, row.last_time, _pack_recent(row.recent), row.id) for row in rows],
        )


def _pack_recent(recent: list[tuple[int, float]]) -> bytes:
    """Return times and values as bytes."""
    times, values = zip(*recent, strict=True) if recent else ((), ())
    return struct.pack(f"<{len(recent)}q{len(recent)}d", *times, *values)


def _read_recent(data: bytes) -> list[tuple[int, float]]:
    """Return times and values from bytes.

    Raises:
        DamagedLedgerError: They are not those of times and values.

    """
    count, rest = divmod(len(data), 16)
    if rest:
        raise DamagedLedgerError("recent values are cut")
    numbers = struct.unpack(f"<{count}q{count}d", data)
    return list(zip(numbers[:count], numbers[count:], strict=True))
