"""Rows of the small tables of a ledger by their numbers: runs, models, layouts and series; new ones are created."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.ledger.packing import Layout
from forecaster.ledger.state import read_states, write_states
from forecaster.ledger.trusted_rows import DamagedLedgerError, check_numbers, read_row, read_rows
from forecaster.size_limits import MOST_FORECAST_CELLS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from forecaster.ledger.entry import Entry, RunStamp, SeriesEntry

ALL_SERIES = 0
"""The number of the series in `state` that stands for all of them."""
LAST_MODEL = "last model"
"""Name of the state that has the last number of a model."""
MOST_LEVELS, LONGEST_NUMBER = 1000, 9
"""Levels of the intervals of a forecast, and digits of the number of a model: above any that there are."""
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
    found = read_rows(connection, f"SELECT {', '.join(SERIES_COLUMNS)} FROM series{where} ORDER BY id", values)  # noqa: S608 - constants
    return [_series_row(dict(zip(SERIES_COLUMNS, row, strict=True))) for row in found]


def _series_row(fields: dict[str, Any]) -> SeriesRow:
    """Return a row of the table from its columns."""
    return SeriesRow(**fields | {"recent": _read_recent(fields["recent"])})


def read_layouts(connection: sqlite3.Connection) -> dict[int, Layout]:
    """Return the layouts by their numbers.

    Raises:
        DamagedLedgerError: A layout is damaged.

    """
    found = read_rows(connection, "SELECT id, horizon, levels, wide FROM layouts")
    return {number: _layout(horizon, levels, wide) for number, horizon, levels, wide in found}


def _layout(horizon: int, text: str, wide: int) -> Layout:
    """Return a layout from its columns.

    Raises:
        DamagedLedgerError: The levels are not rising numbers of percent, or too many for these steps.

    """
    try:
        levels = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DamagedLedgerError("the levels of a layout are no list") from error
    if type(levels) is not list or {type(each) for each in levels} - {int, float}:
        raise DamagedLedgerError("the levels of a layout are no list of numbers")
    edges = [0, *levels, 100]
    if not all(below < above for below, above in pairwise(edges)):
        raise DamagedLedgerError("the levels of a layout do not rise between 0 and 100")
    if len(levels) > MOST_LEVELS or 2 * horizon * len(levels) > MOST_FORECAST_CELLS:
        raise DamagedLedgerError("a layout has more numbers than a forecast may have")
    return Layout(horizon, tuple(levels), bool(wide))


class Numbers:
    """The numbers of rows in a ledger, in a transaction of it; what is new gets a number."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read the layouts, of which there are few."""
        self._connection = connection
        self._models: dict[str, int] = {}
        self._last_model = _number(read_states(connection, LAST_MODEL).get(ALL_SERIES, b"0"))
        self._sources: dict[str, dict[str, SeriesRow]] = {}
        self.layouts = read_layouts(connection)
        self._layouts = {layout: number for number, layout in self.layouts.items()}

    def run(self, run: RunStamp) -> int:
        """Return the number of a run."""
        self._connection.execute("INSERT OR IGNORE INTO runs (token, started) VALUES (?, ?)", run)
        found = read_row(self._connection, "SELECT id FROM runs WHERE token = ?", run[:1])
        if found is None:
            raise DamagedLedgerError("a run is missing")
        return int(found[0])

    def model(self, digest: str) -> int:
        """Return the number of a model."""
        if digest not in self._models:
            found = read_row(self._connection, "SELECT id FROM models WHERE digest = ?", (digest,))
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


def _number(text: bytes) -> int:
    """Return the number that a state has as digits.

    Raises:
        DamagedLedgerError: It has something else.

    """
    if not text.isdigit() or len(text) > LONGEST_NUMBER:
        raise DamagedLedgerError("the last number of a model is damaged")
    return int(text)


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
    check_numbers("a recent value", np.array(numbers[count:]))
    return list(zip(numbers[:count], numbers[count:], strict=True))
