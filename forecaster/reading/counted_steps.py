"""Files without dates: their rows are steps, counted from 1 or by a column that counts them.

The steps of a table of one column become a second column, so that the rest of the reader finds them as any other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.units import EARLIEST_YEAR, LATEST_YEAR
from forecaster.errors import Code, Finding
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.dates import COUNTED, INTEGER, is_dated
from forecaster.reading.cells.numbers import is_numeric
from forecaster.reading.tables.header import TIME_NAMES

if TYPE_CHECKING:
    from forecaster.reading.cells.dates import ParsedDates
    from forecaster.reading.tables.table import Table

STEP_NAMES = ("step", "t", "index")
"""Names of columns that count steps, in small letters; the first is the one that a table without steps gets."""
SESSION_PRICES = ("open", "high", "low", "close", "adj close")
"""Names of columns, in small letters, whose rows are sessions of an exchange: such a table has lost its dates.
`--time step` counts its rows all the same."""
FEWEST_COUNTED = 3
"""Rows that show that a column counts them. Chosen by hand: two values that rise by 1 are common."""


def with_counted_steps(table: Table, time: str | None) -> Table:
    """Return a table of one column of numbers with a column that counts its rows, unless another `time` is named."""
    if len(table.columns) != 1 or time not in {None, STEP_NAMES[0]}:
        return table
    only = table.columns[0]
    lost_dates = time is None and only.name.lower() in SESSION_PRICES
    if lost_dates or only.name.lower() in {*TIME_NAMES, *STEP_NAMES} or not is_numeric(only) or is_dated(only):
        return table
    steps = tuple(map(str, range(1, len(table.lines) + 1)))
    return replace(table, columns=(only, Column(table.file, STEP_NAMES[0], table.lines, steps)))


def counting_columns(table: Table) -> list[int]:
    """Return the columns that count the rows from 0 or 1, if there is another column of numbers."""
    found = [i for i, column in enumerate(table.columns) if _counts_rows(column)]
    return found if len(found) < sum(map(is_numeric, table.columns)) else []


def _counts_rows(column: Column) -> bool:
    """Return whether the cells are 0, 1, 2 and so on, or 1, 2, 3 and so on."""
    if len(column.lines) < FEWEST_COUNTED or not all(map(INTEGER.fullmatch, column.sample(FEWEST_COUNTED))):
        return False
    if len(column.distinct) < len(column.lines) or not all(map(INTEGER.fullmatch, column.texts)):
        return False
    numbers = np.array(column.texts, np.int64)
    return bool(numbers[0] in {0, 1} and (np.diff(numbers) == 1).all())


def counted_findings(table: Table, time: int, dates: ParsedDates, named: str | None) -> tuple[Finding, ...]:
    """Return the finding that rows are steps, where the user has not named the column that counts them.

    Years alone also count the steps, but need no such finding.
    """
    if named is not None or dates.date_format != COUNTED or table.header[time].lower() in TIME_NAMES:
        return ()
    if ((dates.ds >= EARLIEST_YEAR) & (dates.ds <= LATEST_YEAR)).all():
        return ()
    text = "there are no dates: each row is one step, forecasts continue the numbers, "
    text += "and --season is the number of steps in a season"
    return (Finding(Code.STEPS, text, table.place()),)
