"""Parquet files as text cells, so that they take the same way as every other table.

Times become ISO text, numbers the shortest text that gives them back, and missing values empty cells.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import IO, TYPE_CHECKING, Any

from forecaster.errors import Code, InputRefusedError, Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CELLS = 5 * 10**7
INDEX = "__index_level_"
"""How pandas names an index that had no name."""


def read_columns(stream: IO[bytes], file: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the names of the columns, C of them, and their cells, C times R.

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
        _refuse_large(source.metadata.num_rows * len(source.schema_arrow.names), file)
        table = source.read()
        columns = tuple(_cells(column) for column in table.columns)
    except (ArrowException, OSError, ValueError, OverflowError) as error:
        what = "the Parquet file is damaged or of a kind that is not read"
        raise InputRefusedError(what, "write it again, or export it as CSV", Place(file), code=Code.BINARY) from error
    return tuple("" if name.startswith(INDEX) else name for name in table.column_names), columns


def _refuse_large(cells: int, file: str) -> None:
    if cells > MOST_CELLS:
        what = f"the file has more than {MOST_CELLS} cells"
        raise InputRefusedError(what, "split it or drop columns", Place(file), code=Code.LIMIT)


def _cells(column: Any) -> tuple[str, ...]:
    """Return the cells of an Arrow column."""
    from pyarrow import timestamp, types

    if types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(timestamp("us", column.type.tz), safe=False)
    values = column.to_pylist()
    present = [value for value in values if value is not None]
    if present and isinstance(present[0], dt.datetime):
        return _times(values, present)
    return tuple(_cell(value) for value in values)


def _times(values: Sequence[dt.datetime | None], present: Sequence[dt.datetime]) -> tuple[str, ...]:
    """Return times in one format: dates alone where all are midnights of no zone, fractions where there are any."""
    if all(time.time() == dt.time.min and time.tzinfo is None for time in present):
        return tuple("" if time is None else time.date().isoformat() for time in values)
    spec = "microseconds" if any(time.microsecond for time in present) else "seconds"
    return tuple("" if time is None else time.isoformat(timespec=spec) for time in values)


def _cell(value: object) -> str:
    """Return the text of one value; `str` of a number gives the number back."""
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)
