"""Years and months as people write them in reports: names of months in their language, each year written once.

Such columns often have no name. They become columns called year and month, with English names and a year in each row,
so that `date_parts` reads them as any other. Columns are counted from 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.calendars.units import EARLIEST_YEAR, LATEST_YEAR
from forecaster.errors import Code, Finding, counted
from forecaster.reading.cells.month_names import ENGLISH_MONTHS, months_in, with_english_months
from forecaster.reading.date_parts import MONTH, NAMES, YEAR

if TYPE_CHECKING:
    from forecaster.reading.cells.column import Column
    from forecaster.reading.tables.table import Table


def with_plain_periods(table: Table) -> tuple[Table, tuple[Finding, ...]]:
    """Return the table with plain years and months, and what was filled in; as it is if it has not one column of each.

    The year of a row without one is that of the rows above it.
    """
    months = [i for i, column in enumerate(table.columns) if _may_be(column, MONTH) and _names_months(column)]
    years = [i for i, column in enumerate(table.columns) if _may_be(column, YEAR) and _has_years(column)]
    if len(months) != 1 or len(years) != 1:
        return table, ()
    columns = list(table.columns)
    columns[months[0]] = _renamed(with_english_months(columns[months[0]]), MONTH)
    columns[years[0]], empty = _filled_down(_renamed(columns[years[0]], YEAR))
    plain = replace(table, columns=tuple(columns))
    if not empty:
        return plain, ()
    text = f"{counted(empty, 'row')} without a year: the year above is used"
    return plain, (Finding(Code.FILLED, text, table.columns[years[0]].place()),)


def _may_be(column: Column, part: str) -> bool:
    """Return whether a column has the name of a part of a date, or none."""
    return not column.name or column.name.strip().lower() in NAMES[part]


def _names_months(column: Column) -> bool:
    """Return whether all cells are names of months, in one language."""
    return bool(months_in(column.texts)) or all(text.lower().rstrip(".") in ENGLISH_MONTHS for text in column.texts)


def _has_years(column: Column) -> bool:
    """Return whether the first cell is a year, and others are years or empty."""
    years = [text for text in column.texts if text]
    plain = all(text.isdecimal() and EARLIEST_YEAR <= int(text) <= LATEST_YEAR for text in years)
    return bool(column.cells[0].strip()) and plain


def _renamed(column: Column, part: str) -> Column:
    return column if column.name else replace(column, name=part)


def _filled_down(column: Column) -> tuple[Column, int]:
    """Return a column whose empty cells have the text above them, and their number."""
    cells: list[str] = []
    empty = 0
    for cell in column.cells:
        text = cell.strip()
        empty += not text
        cells.append(text or cells[-1])
    return replace(column, data=tuple(cells)), empty
