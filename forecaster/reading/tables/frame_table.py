"""Data frames of pandas, Polars and PyArrow as tables: the same columns that a Parquet file of the frame would have.

Times and numbers stay what they are, and everything else becomes text, so that a frame is read by the same rules as a
file of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from forecaster.errors import Code, InputRefusedError, Place
from forecaster.reading.cells.column import Column
from forecaster.reading.tables.parquet import zoned_times
from forecaster.reading.tables.table import Table
from forecaster.size_limits import MOST_CELLS, MOST_COLUMNS, MOST_LINES

if TYPE_CHECKING:
    from forecaster.reading.cells.column import Data

MICROSECONDS = np.dtype("datetime64[us]")


def table_of_frame(frame: nw.DataFrame[Any], file: str) -> Table:
    """Return the table of a frame; its rows count as lines from 1.

    Args:
        frame: Any frame in memory that narwhals knows.
        file: The name of the frame in messages, and of its series where no column names them.

    Raises:
        InputRefusedError: It has no rows, or more than a file may have.

    """
    rows, width = frame.shape
    limits = {
        f"{MOST_LINES:,} rows": rows > MOST_LINES,
        f"{MOST_COLUMNS:,} columns": width > MOST_COLUMNS,
        f"{MOST_CELLS:,} cells": rows * width > MOST_CELLS,
    }
    for limit, exceeded in limits.items():
        if exceeded:
            raise InputRefusedError(f"the frame has more than {limit}", "split it", Place(file), code=Code.LIMIT)
    if not rows or not width:
        raise InputRefusedError("the frame has no rows", "add rows", Place(file), code=Code.SHORT)
    lines = np.arange(1, rows + 1)
    return Table(file, tuple(Column(file, name, lines, _data(frame[name])) for name in frame.columns))


def _data(column: nw.Series[Any]) -> Data:
    """Return the data of a column: times without a zone, numbers, or text."""
    dtype = column.dtype
    if isinstance(dtype, nw.Date) or (isinstance(dtype, nw.Datetime) and dtype.time_zone is None):
        return np.asarray(column.cast(nw.Datetime("us")).to_numpy()).astype(MICROSECONDS)
    if isinstance(dtype, nw.Datetime):
        return zoned_times(column.cast(nw.Datetime("us", dtype.time_zone)).to_list())
    if dtype.is_float() or (dtype.is_integer() and not column.null_count()):
        return np.asarray(column.to_numpy())
    return tuple("" if _is_missing(value) else str(value).strip() for value in column.to_list())


def _is_missing(value: Any) -> bool:
    """Return whether a cell is None, NaN, NaT or NA: what differs from itself, or does not tell."""
    if value is None:
        return True
    equal = value == value  # noqa: PLR0124 - NaN and NaT differ from themselves
    return not isinstance(equal, bool | np.bool_) or not equal
