"""Parquet files as columns: times and numbers stay what they are, and everything else becomes text.

Missing values are NaT, NaN or empty cells. Times with a zone become text, because all rows prove the zone of a column;
so do whole numbers of which some are missing, because NumPy has no such arrays.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import Code, InputRefusedError, Place, UsageError
from forecaster.reading.cells.column import Column
from forecaster.size_limits import LARGEST_FILE, MOST_CELLS, MOST_COLUMNS, MOST_LINES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from forecaster.reading.cells.column import Data

INDEX = "__index_level_"
"""How pandas names an index that had no name."""


def read_columns(stream: IO[bytes], file: str) -> tuple[Column, ...]:
    """Return the columns; the rows count as lines from 1.

    Raises:
        UsageError: pyarrow is not installed.
        InputRefusedError: The file is damaged, or it is too large.

    """
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        what = "Parquet needs pyarrow, which is not installed"
        raise UsageError(what, "pip install 'forecaster-rnn[parquet]'", Place(file)) from error
    try:
        source = ParquetFile(stream)
        _refuse_large(source, file)
        stream.seek(0)
        table = ParquetFile(stream, read_dictionary=_text_columns(source.schema_arrow)).read()
        data = [_data(column) for column in table.columns]
    except (ArrowException, OSError, ValueError, OverflowError) as error:
        what = "the Parquet file is damaged or of a kind that cannot be read"
        raise InputRefusedError(what, "write it again, or export it as CSV", Place(file), code=Code.BINARY) from error
    names = ("" if name.startswith(INDEX) else name for name in table.column_names)
    lines = np.arange(1, table.num_rows + 1)
    return tuple(Column(file, name, lines, each) for name, each in zip(names, data, strict=True))


def _refuse_large(source: Any, file: str) -> None:
    """Refuse a file with more rows, columns, cells or bytes than a table may have, by what its footer says."""
    rows, columns = source.metadata.num_rows, len(source.schema_arrow.names)
    groups = [source.metadata.row_group(i) for i in range(source.metadata.num_row_groups)]
    limits = {
        f"{MOST_LINES:,} rows": rows > MOST_LINES,
        f"{MOST_COLUMNS:,} columns": columns > MOST_COLUMNS,
        f"{MOST_CELLS:,} cells": rows * columns > MOST_CELLS,
        f"{LARGEST_FILE // 2**30} GiB when unpacked": sum(group.total_byte_size for group in groups) > LARGEST_FILE,
    }
    for limit, exceeded in limits.items():
        if exceeded:
            what = f"the file has more than {limit}"
            raise InputRefusedError(what, "split it or drop columns", Place(file), code=Code.LIMIT)


def _text_columns(schema: Any) -> list[str]:
    """Return the columns of texts: each different text is read once, however many rows have it."""
    from pyarrow import types

    return [field.name for field in schema if types.is_string(field.type) or types.is_large_string(field.type)]


def _data(column: Any) -> Data:
    """Return the data of an Arrow column."""
    from pyarrow import timestamp, types

    if types.is_dictionary(column.type):
        return _decoded(column)
    whole_microseconds = not (types.is_timestamp(column.type) and column.type.unit == "ns")
    if types.is_date(column.type) or (types.is_timestamp(column.type) and column.type.tz is None):
        times = np.asarray(column.cast(timestamp("us"), safe=whole_microseconds).to_numpy())
        if ((times < np.datetime64("0001")) | (times >= np.datetime64("10000"))).any():
            raise OverflowError  # years of other than four digits cannot be shown as text
        return times
    if types.is_timestamp(column.type):
        return zoned_times(column.cast(timestamp("us", column.type.tz), safe=whole_microseconds).to_pylist())
    if types.is_floating(column.type) or (types.is_integer(column.type) and not column.null_count):
        return np.asarray(column.to_numpy())
    return tuple("" if value is None else str(value) for value in column.to_pylist())


def _decoded(column: Any) -> Data:
    """Return the data of a dictionary and its indices; rows of one text share it."""
    from pyarrow import types

    if not (types.is_string(column.type.value_type) or types.is_large_string(column.type.value_type)):
        return _data(column.cast(column.type.value_type))
    cells: list[str] = []
    for chunk in column.chunks:
        texts = ["" if text is None else text for text in chunk.dictionary.to_pylist()]
        cells += ["" if index is None else texts[index] for index in chunk.indices.to_pylist()]
    return tuple(cells)


def zoned_times(times: Sequence[dt.datetime | None]) -> tuple[str, ...]:
    """Return times with their offsets, with fractions of a second where any has one."""
    spec = "microseconds" if any(time and time.microsecond for time in times) else "seconds"
    return tuple("" if time is None else time.isoformat(timespec=spec) for time in times)
