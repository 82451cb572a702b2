"""Rows of a ledger as the other modules may trust them: each column has its type and lies within its bounds.

SQLite keeps any value in any column, and anybody can write to the file. All rows are read by `read_rows`, which knows a
column by its name; what the bytes of a column hold is checked where they are unpacked, by `check_numbers` and
`check_times`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.size_limits import MOST_STEPS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Ints

ROWS = 1000
"""Rows that are checked at once."""
LARGEST_BLOB = 2**28
"""Bytes of a text or a blob; SQLite refuses larger ones before it reads them."""
LARGEST_NUMBER = 1e250
"""Size of a value or a forecast, so that no sum of them leaves the range of numbers."""
LARGEST_SUM = 1e300
YEARS = range(
    np.datetime64("0001-01-01", "us").astype(int), np.datetime64("9999-12-31T23:59:59.999999", "us").astype(int) + 1
)
"""Times that are dates: those of the years 1 to 9999, in microseconds since 1970."""


class DamagedLedgerError(Exception):
    """Something in a ledger is not what the program writes there."""


class _Column(NamedTuple):
    """What a column may hold: one type, whole numbers from `least` to `most`, and NULL where it is `optional`."""

    kind: type
    least: int = 0
    most: int = 2**63 - 1
    optional: bool = False


_NUMBER = _Column(int, 0, 2**31 - 1)
_TIME = _Column(int, -(2**63))
_TEXT, _BYTES, _FLAG = _Column(str), _Column(bytes), _Column(int, 0, 1)
COLUMNS = {
    **dict.fromkeys(("id", "series", "model", "run", "layout", "season"), _NUMBER),
    **dict.fromkeys(("source", "name", "path", "step", "levels", "digest", "started"), _TEXT),
    **dict.fromkeys(("time", "origin"), _TIME),
    **dict.fromkeys(("dated", "wide"), _FLAG),
    **dict.fromkeys(("data", "recent", "state"), _BYTES),
    "last_time": _TIME._replace(optional=True),
    "horizon": _Column(int, 1, MOST_STEPS),
    "month": _Column(int, 0, 12 * 10_000),
    "count": _Column(int),
    "value": _Column(float),
}
"""What the columns of a query may hold, by their names; the value of the table `state` is read AS state."""


def read_rows(connection: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query, checked.

    Raises:
        DamagedLedgerError: A column has another type, or is beyond its bounds.

    """
    cursor = connection.execute(query, values)
    names = [name for name, *_ in cursor.description]
    while rows := cursor.fetchmany(ROWS):
        for name, cells in zip(names, zip(*rows, strict=True), strict=True):
            _check_cells(name, COLUMNS[name], cells)
        yield from rows


def read_row(connection: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """Return the first row of a query, checked as in `read_rows`; None if there is none."""
    return next(read_rows(connection, query, values), None)


def check_numbers(what: str, numbers: NDArray[Any], largest: float = LARGEST_NUMBER) -> None:
    """Check that numbers are finite and not so large that sums of them are not.

    Raises:
        DamagedLedgerError: They are not.

    """
    with np.errstate(invalid="ignore"):
        fits = np.abs(numbers) <= np.float64(largest)  # NaN compares as false
    if not fits.all():
        raise DamagedLedgerError(f"{what} has a number that is missing, infinite or too large")


def check_times(times: Ints) -> None:
    """Check that times are those of dates.

    Raises:
        DamagedLedgerError: One is beyond all years that dates have.

    """
    if times.size and not (YEARS[0] <= int(times.min()) and int(times.max()) <= YEARS[-1]):
        raise DamagedLedgerError("a time is beyond the years 1 to 9999")


def _check_cells(name: str, column: _Column, cells: tuple[Any, ...]) -> None:
    """Check the cells of some rows in one column.

    Raises:
        DamagedLedgerError: One of them is nothing that the program writes there.

    """
    kinds = set(map(type, cells))
    if column.optional and type(None) in kinds:
        cells = tuple(cell for cell in cells if cell is not None)
        kinds -= {type(None)}
    if kinds - {column.kind}:
        raise DamagedLedgerError(f"the column {name} has a value of another type")
    if column.kind is int and cells and not column.least <= min(cells) <= max(cells) <= column.most:
        raise DamagedLedgerError(f"the column {name} has a number beyond its bounds")
    if column.kind is float:
        check_numbers(f"the column {name}", np.array(cells))
