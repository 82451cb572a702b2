"""Text cells to time stamps: one format that every row of a column proves, or a refusal with the line.

Time stamps are `datetime64[us]`, or int64 for columns that only count their steps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.data.quoting import shown
from forecaster.errors import InputRefusedError, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.data.table import Table

CLOCK = r"[ T](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6}0{0,3})?)?)"
LONGEST = len("2024-01-31T09:30:00.000000")
EARLIEST_YEAR, LATEST_YEAR = 1500, 2200
SAMPLED = 20
REMEDY = "write dates as 2024-01-31 or 2024-01-31 09:30:00, all in one format"


@dataclass(frozen=True)
class Layout:
    """One way to write dates.

    Attributes:
        name: As users write it: `YYYY-MM-DD`.
        pattern: Its groups are `y`, `m`, `d` and `clock`; the last two may be absent.

    """

    name: str
    pattern: re.Pattern[str]

    def iso(self, cell: str) -> str:
        """Return a cell that follows the layout as NumPy reads it."""
        match = self.pattern.fullmatch(cell)
        if match is None:
            raise ValueError(cell)
        parts = match.groupdict(default="")
        day = parts.get("d", "1")
        clock = parts.get("clock", "")
        return f"{parts['y']}-{parts['m']:0>2}-{day:0>2}{'T' if clock else ''}{clock}"[:LONGEST]


def _layouts() -> tuple[Layout, ...]:
    year, month, day = "(?P<y>[0-9]{4})", "(?P<m>[0-9]{1,2})", "(?P<d>[0-9]{1,2})"
    dates = {
        "YYYY-MM-DD": "(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})",
        "YYYY/MM/DD": f"{year}/{month}/{day}",
        "M/D/YYYY": f"{month}/{day}/{year}",
        "D/M/YYYY": f"{day}/{month}/{year}",
    }
    return (
        *(Layout(name, re.compile(pattern)) for name, pattern in dates.items()),
        *(Layout(f"{name} HH:MM:SS", re.compile(pattern + CLOCK)) for name, pattern in dates.items()),
        Layout("YYYY-MM", re.compile("(?P<y>[0-9]{4})-(?P<m>[0-9]{2})")),
        Layout("YYYYMMDD", re.compile("(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})")),
    )


LAYOUTS = _layouts()
MONTH_FIRST, DAY_FIRST = "M/D/YYYY", "D/M/YYYY"
INTEGER = re.compile("[+-]?[0-9]{1,9}")
NOT_READ = (
    (
        r"[+-]?[0-9]{10,}(\.[0-9]+)?",
        "looks like a number of seconds since 1970",
        "write dates as 2024-01-31 09:30:00",
    ),
    (
        r".*[0-9]:[0-9.]+ ?(Z|[+-][0-9]{2}(:?[0-9]{2})?|[A-Z]{3,4})",
        "has a time zone",
        "write all times in one zone, without its name or offset",
    ),
    (
        r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}",
        "has a year of two digits",
        "write dates as 2024-01-31",
    ),
    (
        r"[0-9]{4} ?-?[Qq][1-4]",
        "is a quarter, not a date",
        "write the first day of each quarter, as in 2024-04-01",
    ),
    (
        r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?",
        "is a time without a date",
        "write date and time in one column, as in 2024-01-31 09:30:00",
    ),
)
COUNTS_NOT_READ = (
    (range(20_000, 80_000), "look like day numbers of a spreadsheet", "format the column as dates before the export"),
    (range(150_001, 220_013), "look like years and months in one number", "write them as 2024-01"),
)


@dataclass(frozen=True)
class Stamps:
    """Time stamps of a column.

    Attributes:
        ds: (R,), `datetime64[us]` or int64, in the order of the rows.
        layout: How they are written, for messages.

    """

    ds: NDArray[Any]
    layout: str


def parse_dates(table: Table, column: int) -> Stamps:
    """Return the time stamps of a column.

    Raises:
        InputRefusedError: A cell is no date, the rows differ in format, or day and month cannot be told apart.

    """
    cells = [cell.strip() for cell in table.columns[column]]
    distinct = list(dict.fromkeys(cells))
    layout = _layout_of(distinct)
    if layout is None:
        return Stamps(_counts(table, column, cells), "whole numbers")
    if (other := _swapped(layout)) is not None:
        layout = _order_of(table, column, distinct, layout, other)
    wrong = next((cell for cell in distinct if not layout.pattern.fullmatch(cell)), None)
    if wrong is not None:
        raise _refusal(table, column, wrong, f"is not written as {layout.name} like the other rows")
    stamps = _stamps(table, column, distinct, layout)
    numbers = {cell: i for i, cell in enumerate(distinct)}
    return Stamps(stamps[[numbers[cell] for cell in cells]], layout.name)


def is_dated(cells: Sequence[str]) -> bool:
    """Return whether all cells are dates in one format; numbers that count steps are not."""
    distinct = {cell.strip() for cell in cells}
    layout = _layout_of(list(distinct))
    return layout is not None and all(layout.pattern.fullmatch(cell) for cell in distinct)


def _layout_of(distinct: Sequence[str]) -> Layout | None:
    """Return the layout that most of a sample follow; None where fewer than half of it follow any."""
    sample = distinct[:: max(1, len(distinct) // SAMPLED)]
    counts = [sum(layout.pattern.fullmatch(cell) is not None for cell in sample) for layout in LAYOUTS]
    best = int(np.argmax(counts))
    return LAYOUTS[best] if 2 * counts[best] >= len(sample) else None


def _swapped(layout: Layout) -> Layout | None:
    """Return the layout that looks the same and has day and month the other way round."""
    if MONTH_FIRST not in layout.name:
        return None
    return next(other for other in LAYOUTS if other.name == layout.name.replace(MONTH_FIRST, DAY_FIRST))


def _order_of(table: Table, column: int, distinct: list[str], month_first: Layout, day_first: Layout) -> Layout:
    """Find out from all rows whether the month or the day stands first."""
    matches = [match for cell in distinct if (match := month_first.pattern.fullmatch(cell))]
    first, second = (np.array([int(match[group]) for match in matches]) for group in ("m", "d"))
    if (first > 12).any() and (second > 12).any():
        day, month = (matches[int(np.argmax(numbers > 12))].string for numbers in (first, second))
        other = _place(table, column, month).line
        raise _refusal(table, column, day, f"has the day first and '{month}' on line {other} the month")
    if (first > 12).any():
        return day_first
    if (second > 12).any() or (first == second).all():
        return month_first
    cell = matches[int(np.argmax(first != second))].string
    readings = " or ".join(layout.iso(cell)[:10] for layout in (month_first, day_first))
    raise _refusal(table, column, cell, f"may be {readings}, and no row tells which")


def _stamps(table: Table, column: int, distinct: list[str], layout: Layout) -> NDArray[Any]:
    """Return the time stamps of the distinct cells."""
    iso = [layout.iso(cell) for cell in distinct]
    try:
        stamps = np.array(iso, dtype="datetime64[us]")
    except ValueError:
        wrong = next(cell for cell, text in zip(distinct, iso, strict=True) if not _exists(text))
        raise _refusal(table, column, wrong, "is a date that does not exist") from None
    years = stamps.astype("datetime64[Y]").astype(np.int64) + 1970
    outside = np.flatnonzero((years < EARLIEST_YEAR) | (years > LATEST_YEAR))
    if len(outside):
        fault = f"is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}"
        raise _refusal(table, column, distinct[int(outside[0])], fault)
    return stamps


def _exists(iso: str) -> bool:
    try:
        np.datetime64(iso, "us")
    except ValueError:
        return False
    return True


def _counts(table: Table, column: int, cells: list[str]) -> NDArray[np.int64]:
    """Return a column of whole numbers as int64."""
    wrong = next((cell for cell in cells if not INTEGER.fullmatch(cell)), None)
    if wrong is not None:
        raise _unknown(table, column, wrong)
    counts = np.array([int(cell) for cell in cells], dtype=np.int64)
    for numbers, what, remedy in COUNTS_NOT_READ:
        if counts.min() >= numbers.start and counts.max() < numbers.stop:
            raise InputRefusedError(f"the numbers {what}", remedy, table.place(None, column))
    return counts


def _unknown(table: Table, column: int, cell: str) -> InputRefusedError:
    """Return the error for a cell in no layout, with the reason where the way of writing is known and not read."""
    for pattern, fault, remedy in NOT_READ:
        if re.fullmatch(pattern, cell):
            return _refusal(table, column, cell, fault, remedy)
    return _refusal(table, column, cell, "is not a date")


def _refusal(table: Table, column: int, cell: str, fault: str, remedy: str = REMEDY) -> InputRefusedError:
    return InputRefusedError(f"'{shown(cell)}' {fault}", remedy, _place(table, column, cell))


def _place(table: Table, column: int, cell: str) -> Place:
    """Return where `cell` stands first."""
    return table.place(next(row for row, other in enumerate(table.columns[column]) if other.strip() == cell), column)
