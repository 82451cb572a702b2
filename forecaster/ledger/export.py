"""Write all forecasts of a ledger with their actual values to a file, a row for each step, as CSV or Parquet.

A ledger may hold more than memory does: series are written a few at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.files.atomic import atomic_stream
from forecaster.ledger.details import TooManyForecastsError, read_details
from forecaster.ledger.packing import ROWS_OF_BLOCK
from forecaster.ledger.records import read_layouts
from forecaster.ledger.trusted_rows import DamagedLedgerError, check_times, read_rows
from forecaster.spec import COLUMNS
from forecaster.workflow.frame_files import encode_frame
from forecaster.workflow.frames import Frame

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray
    from pyarrow import Schema

    from forecaster.arrays import Floats, Ints
    from forecaster.ledger.details import ForecastDetails
    from forecaster.ledger.records import SeriesRow

ENDINGS = (".csv", ".parquet")
"""Endings of the files that are written."""
NUMBERS = ("series", "origin", "target", "step", "model", "run")
"""Whole numbers of each step of a forecast."""


def export(connection: sqlite3.Connection, rows: Sequence[SeriesRow], path: Path) -> int:
    """Write the forecasts of series to a file, and return the number of its rows.

    Args:
        connection: The ledger.
        rows: The series.
        path: The file; its ending says the form, and is one of `ENDINGS`.

    Raises:
        OutputError: The file cannot be created.
        StorageError: Writing failed half-way; an earlier file stays.

    """
    write = _write_csv if path.suffix.lower() == ENDINGS[0] else _write_parquet
    with atomic_stream(path) as stream:
        return write(stream, _frames(connection, rows))


def _write_csv(stream: IO[bytes], frames: Iterator[Frame]) -> int:
    """Write frames below each other, under one header, and return the number of rows."""
    count = 0
    for number, frame in enumerate(frames):
        content = encode_frame(frame, "csv")
        stream.write(content if number == 0 else content.partition(b"\n")[2])
        count += len(frame)
    return count


def _write_parquet(stream: IO[bytes], frames: Iterator[Frame]) -> int:
    """Write frames as groups of rows of one Parquet file, and return the number of rows."""
    from pyarrow import Table  # here, because it is an extra
    from pyarrow.parquet import ParquetWriter

    schema = _schema_of(next(frames))
    count = 0
    with ParquetWriter(stream, schema) as writer:
        for frame in frames:
            writer.write_table(Table.from_pandas(frame, schema=schema, preserve_index=False))
            count += len(frame)
    return count


def _schema_of(empty: Frame) -> Schema:
    """Return the types of the columns of a frame without rows, where texts of pandas 2 look like nothing."""
    import pyarrow as pa

    found = pa.Schema.from_pandas(empty, preserve_index=False)
    texts = [each.with_type(pa.string()) if pa.types.is_null(each.type) else each for each in found]
    return pa.schema(texts, found.metadata)


def _frames(connection: sqlite3.Connection, rows: Sequence[SeriesRow]) -> Iterator[Frame]:
    """Yield frames of some series each, with the same columns and types; the first one is empty."""
    layouts = read_layouts(connection).values()
    tables = _Tables(
        {row.id: row for row in rows},
        dict(read_rows(connection, "SELECT id, digest FROM models")),
        dict(read_rows(connection, "SELECT id, started FROM runs")),
        sorted({level for layout in layouts for level in layout.levels}),
    )
    numbers = sorted(tables.series)
    yield _frame([], tables)
    for begin in range(0, len(numbers), ROWS_OF_BLOCK):
        for found in _details(connection, numbers[begin : begin + ROWS_OF_BLOCK]):
            yield _frame(found, tables)


def _details(connection: sqlite3.Connection, numbers: list[int]) -> Iterator[list[ForecastDetails]]:
    """Yield the forecasts of series, of as many at once as fit in memory.

    Raises:
        TooManyForecastsError: Those of one series do not.

    """
    try:
        found = list(read_details(connection, numbers[0], numbers[-1]))
    except TooManyForecastsError:
        if len(numbers) == 1:
            raise
        half = len(numbers) // 2
        yield from _details(connection, numbers[:half])
        yield from _details(connection, numbers[half:])
    else:
        yield [each.take(np.isin(each.forecasts.series, numbers)) for each in found]


class _Tables(NamedTuple):
    """What the numbers of series, models and runs stand for, and all levels of intervals."""

    series: dict[int, SeriesRow]
    models: dict[int, str]
    runs: dict[int, str]
    levels: list[float]

    @property
    def kinds(self) -> set[bool]:
        """Whether times are dates: both where a ledger has series of both kinds."""
        return {bool(row.dated) for row in self.series.values()}


def _frame(found: Sequence[ForecastDetails], tables: _Tables) -> Frame:
    """Return a row for each step of forecasts, rising by series, origin and step."""
    numbers = np.concatenate([_numbers(details) for details in found] or [np.empty((len(NUMBERS), 0), np.int64)], 1)
    values = np.concatenate([_values(each, tables.levels) for each in found] or [_no_values(tables.levels)], 1)
    order = np.lexsort((numbers[3], numbers[1], numbers[0]))
    series, origin, target, step, model, run = numbers[:, order]
    owners = [tables.series[number] for number in series.tolist()]
    ends = [f"{side}-{level:g}" for level in tables.levels for side in ("lo", "hi")]
    names = [COLUMNS.model, *ends, "naive", COLUMNS.target, f"{COLUMNS.target}-latest"]
    frame = Frame(
        {
            "source": np.array([row.source for row in owners], object),
            COLUMNS.series: np.array([row.name for row in owners], object),
            COLUMNS.cutoff: _times(origin, tables.kinds),
            COLUMNS.time: _times(target, tables.kinds),
            "step": step,
            **dict(zip(names, values[:, order], strict=True)),
            "model": _texts(tables.models, model),
            "made": _texts(tables.runs, run),
        }
    )
    return frame.astype(dict.fromkeys(("source", COLUMNS.series, "model", "made"), "str"))


def _texts(known: dict[int, str], numbers: Ints) -> NDArray[Any]:
    """Return what numbers stand for.

    Raises:
        DamagedLedgerError: One stands for nothing.

    """
    if not {*numbers.tolist()} <= known.keys():
        raise DamagedLedgerError("the model or the run of a forecast is missing")
    return np.array([known[number] for number in numbers.tolist()], object)


def _numbers(details: ForecastDetails) -> Ints:
    """Return what `NUMBERS` names of each step of forecasts, (6, n h)."""
    found = details.forecasts
    count, steps = found.point.shape
    repeated = [np.repeat(each, steps) for each in (found.series, found.origin, found.model, found.run)]
    step = np.tile(np.arange(1, steps + 1), count)
    return np.stack([*repeated[:2], found.targets.ravel(), step, *repeated[2:]])


def _values(details: ForecastDetails, levels: Sequence[float]) -> Floats:
    """Return forecast, ends of each level, naive forecast, first and latest value of each step, (4 + 2 L, n h)."""
    found = details.forecasts
    values = [found.point]
    missing = np.full(found.point.shape, np.nan)
    for level in levels:
        place = found.layout.levels.index(level) if level in found.layout.levels else None
        values += [missing if place is None else found.ends[:, :, 2 * place + side] for side in (0, 1)]
    values += [found.naive, details.actual, details.latest]
    return np.stack([each.ravel() for each in values])


def _no_values(levels: Sequence[float]) -> Floats:
    """Return the values of no forecast."""
    return np.empty((4 + 2 * len(levels), 0))


def _times(times: Ints, kinds: set[bool]) -> NDArray[Any]:
    """Return times as dates, or as numbers where no series has dates; as text where a ledger has both."""
    if kinds == {False}:
        return times
    if kinds == {False, True}:
        return np.array([str(each) for each in times.tolist()], object)
    check_times(times)
    return times.astype("datetime64[us]")
