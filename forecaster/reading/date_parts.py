"""Dates whose parts stand in columns of their own: year and month, year, month and day, or year and quarter.

Parts are numbers; months may also be English names, `M01` or `Jan`, and quarters `Q1`. A month or a quarter stands for
its first day. Columns are counted from 0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from forecaster.errors import Code
from forecaster.reading.cells.column import SAMPLED, Column
from forecaster.reading.cells.date_formats import ISO, MONTHS
from forecaster.reading.cells.dates import parse_dates
from forecaster.reading.cells.timestamps import EARLIEST_YEAR, LATEST_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.reading.cells.dates import ParsedDates
    from forecaster.reading.tables.table import Table

YEAR, MONTH, DAY, QUARTER = "year", "month", "day", "quarter"
NAMES = {
    YEAR: {"year", "yr", "yyyy", "jahr", "annee", "année", "año", "ano", "anno", "rok"},
    QUARTER: {"quarter", "qtr", "quartal", "trimestre", "period"},
    MONTH: {"month", "mon", "mm", "month_number", "month_no", "month_of_year", "monat", "mois", "mes", "mês", "mese"}
    | {"miesiąc", "period"},
    DAY: {"day", "dd", "date_of_month", "day_of_month", "dayofmonth", "mday", "tag", "jour", "día", "dia", "giorno"}
    | {"dzień"},
}
"""Names of the columns of each part, in small letters and with `_` for a blank."""
LETTERS = {"y": YEAR, "m": MONTH, "d": DAY, "q": QUARTER}
"""Names that are believed only of columns that the user named: they stand for much else."""
DERIVED = frozenset().union(*NAMES.values()) - {"period"} | {
    *("weekday", "week_day", "day_of_week", "dayofweek", "dow", "wday", "day_of_year", "dayofyear", "doy"),
    *("week", "week_of_year", "weekofyear", "isoweek", "week_number", "hour", "hr", "minute", "stunde", "woche"),
}
"""Names of columns that say again what a date says."""
PREFIXED = {"period": {MONTH: "[Mm]", QUARTER: "[Qq]"}}
"""Periods are months or quarters only if a letter says so: 1 to 12 may also be weeks or parts of a fiscal year."""
PATTERNS = {
    YEAR: re.compile("[0-9]{4}"),
    MONTH: re.compile(f"[Mm]?(?:0?[1-9]|1[0-2])|{'|'.join(f'{m}|{m[:3]}' for m in MONTHS)}", re.IGNORECASE),
    DAY: re.compile("0?[1-9]|[12][0-9]|3[01]"),
    QUARTER: re.compile("[Qq]?0?[1-4]"),
}
KINDS = {YEAR: "year of four digits", MONTH: "month", DAY: "day of a month", QUARTER: "quarter from 1 to 4"}
FIRST_LETTERS = [month[:3].lower() for month in MONTHS]
MONTH_NAMES = frozenset(FIRST_LETTERS) | {month.lower() for month in MONTHS} | {"sept"}


class DateParts(NamedTuple):
    """The columns of the parts of dates; the month is None where quarters stand for it."""

    year: int
    month: int | None
    day: int | None = None
    quarter: int | None = None

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns that are used, the largest part first."""
        return tuple(each for each in (self.year, self.quarter, self.month, self.day) if each is not None)


def find_date_parts(table: Table) -> DateParts | None:
    """Return the columns that are called like parts of a date and hold them; None if they make no dates."""
    found = {part: _columns_of_part(table, part) for part in NAMES}
    return _date_parts({part: columns[0] for part, columns in found.items() if len(columns) == 1})


def named_date_parts(table: Table, columns: Sequence[int]) -> DateParts | None:
    """Return the parts that columns, which the user named, hold, by their names or else in order; None if no dates."""
    by_name = {part: i for i in columns for part in NAMES if _is_called(table.columns[i], part)}
    by_name |= {LETTERS[name]: i for i in columns if (name := table.header[i].strip().lower()) in LETTERS}
    unnamed = [i for i in columns if i not in by_name.values()]
    years = [i for i in unnamed if _holds(table.columns[i], YEAR)]
    if YEAR not in by_name and years:
        by_name[YEAR] = years[0]
        unnamed.remove(years[0])
    free = [part for part in (MONTH, DAY) if part not in by_name and not (part == MONTH and QUARTER in by_name)]
    by_name |= dict(zip(free, unnamed, strict=False))
    parts = _date_parts(by_name)
    return parts if parts is not None and set(parts.columns) == set(columns) else None


def parse_date_parts(table: Table, parts: DateParts) -> ParsedDates:
    """Return the time stamps of parts of dates, as of one column that has them as `2024-01` or `2024-01-31`.

    Raises:
        InputRefusedError: A cell is no such part, or there is no such date.

    """
    columns = [table.columns[i] for i in parts.columns]
    years = _read_part(table.columns[parts.year], YEAR)
    if parts.quarter is not None:
        quarters = _read_part(table.columns[parts.quarter], QUARTER)
        months = [f"{3 * int(quarter) - 2:02}" for quarter in quarters]
    else:
        months = _read_part(columns[1], MONTH)
    texts = [years, months] + ([_read_part(table.columns[parts.day], DAY)] if parts.day is not None else [])
    cells = tuple(map("-".join, zip(*texts, strict=True)))
    joined = Column(table.file, "+".join(column.name for column in columns), columns[0].lines, cells)
    return parse_dates(joined, ISO[: len(cells[0])])


def says_again(table: Table, column: int) -> bool:
    """Return whether a column has the name of a part of a date, and numbers as a part has."""
    cells = [cell.strip() for cell in table.columns[column].sample(SAMPLED)]
    return _plain(table.header[column]) in DERIVED and all(_may_be_part(cell) for cell in cells)


def parts_in_names(names: Sequence[str]) -> str | None:
    """Return what stands in columns of its own, `months` or `quarters`, if the names of columns have all of them."""
    lower = [name.strip().lower() for name in names]
    if {name[:3] for name in lower if name in MONTH_NAMES} == set(FIRST_LETTERS):
        return "months"
    return "quarters" if {"q1", "q2", "q3", "q4"} <= set(lower) else None


def _may_be_part(cell: str) -> bool:
    return cell.isascii() and cell.isdigit() and (int(cell) <= 366 or EARLIEST_YEAR <= int(cell) <= LATEST_YEAR)


def _date_parts(found: dict[str, int]) -> DateParts | None:
    if YEAR not in found or not found.keys() & {MONTH, QUARTER}:
        return None
    if MONTH in found:
        return DateParts(found[YEAR], found[MONTH], found.get(DAY))
    return DateParts(found[YEAR], None, None, found[QUARTER])


def _plain(name: str) -> str:
    return re.sub("[ -]", "_", name.strip().lower())


def _is_called(column: Column, part: str) -> bool:
    """Return whether a column is called like a part; periods must also have the letter of the part."""
    name = _plain(column.name)
    letter = PREFIXED.get(name, {}).get(part, "")
    return name in NAMES[part] and all(re.match(letter, cell.strip()) for cell in column.sample(SAMPLED))


def _columns_of_part(table: Table, part: str) -> list[int]:
    return [i for i, column in enumerate(table.columns) if _is_called(column, part) and _holds(column, part)]


def _holds(column: Column, part: str) -> bool:
    """Return whether most of a sample of the cells are such a part; another cell is refused with its line."""
    sample = column.sample(SAMPLED)
    return 2 * sum(_is_part(cell.strip(), part) for cell in sample) > len(sample)


def _is_part(text: str, part: str) -> bool:
    year = part != YEAR or (text.isdigit() and EARLIEST_YEAR <= int(text) <= LATEST_YEAR)
    return year and PATTERNS[part].fullmatch(text) is not None


def _read_part(column: Column, part: str) -> list[str]:
    """Return the parts of all rows with two digits, years with four."""
    wrong = [i for i, text in enumerate(column.texts) if not _is_part(text, part)]
    if wrong:
        remedy = "correct the cell, or name another column with --time"
        raise column.refusal(wrong, lambda _: f"is no {KINDS[part]}", remedy, Code.DATE)
    digits = [_digits_of_part(text) for text in column.texts]
    return [digits[code] for code in column.codes.tolist()]


def _digits_of_part(text: str) -> str:
    digits = text.lstrip("MmQq")
    return digits.zfill(2) if digits.isdigit() else f"{FIRST_LETTERS.index(text[:3].lower()) + 1:02}"
