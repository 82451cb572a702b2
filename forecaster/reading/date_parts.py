"""Dates whose parts are in columns of their own: year and month, year, month and day, or year and another part.

Other parts are quarters, weeks as ISO 8601 counts them, and days of the year. Parts are numbers; months may also be
English names, `M01` or `Jan`, quarters `Q1` and weeks `W01`. A month, a quarter or a week stands for its first day.
Columns are counted from 0.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.calendars.holidays import weekday_of
from forecaster.calendars.units import EARLIEST_YEAR, LATEST_YEAR, MONTH_NAMES
from forecaster.errors import Code, Finding, InputRefusedError, counted
from forecaster.reading.cells.column import SAMPLED, Column, as_text
from forecaster.reading.cells.date_formats import ISO
from forecaster.reading.cells.dates import parse_dates
from forecaster.reading.cells.month_names import ENGLISH_MONTHS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Ints
    from forecaster.reading.cells.dates import ParsedDates
    from forecaster.reading.tables.table import Table

YEAR, MONTH, DAY, QUARTER, WEEK, YEAR_DAY = "year", "month", "day", "quarter", "week", "day of the year"
NAMES = {
    YEAR: {"year", "yr", "yyyy", "jahr", "annee", "année", "año", "ano", "anno", "rok", "jaar", "år"},
    QUARTER: {"quarter", "qtr", "quartal", "trimestre", "kwartaal", "kvartal", "kwartał", "period"},
    MONTH: {"month", "mon", "mo", "mm", "month_number", "month_no", "month_of_year", "monat", "mois", "mes", "mês"}
    | {"mese", "miesiąc", "maand", "måned", "månad", "period"},
    DAY: {"day", "dd", "dy", "date_of_month", "day_of_month", "dayofmonth", "mday", "tag", "jour", "día", "dia"}
    | {"giorno", "dzień", "dag"},
    WEEK: {"week", "wk", "iso_week", "isoweek", "week_number", "week_no", "week_of_year", "weekofyear", "kw", "woche"}
    | {"kalenderwoche", "semaine", "semana", "settimana", "tydzień", "uge", "vecka", "period"},
    YEAR_DAY: {"doy", "day_of_year", "dayofyear", "yday", "julian_day"},
}
"""Names of the columns of each part, in small letters and with `_` for a blank."""
LETTERS = {"y": YEAR, "m": MONTH, "d": DAY, "q": QUARTER, "w": WEEK}
"""Names that are believed only of columns that the user named: they stand for much else."""
DERIVED = frozenset().union(*NAMES.values()) - {"period"} | {
    *("weekday", "week_day", "day_of_week", "dayofweek", "dow", "wday", "wochentag"),
    *("hour", "hr", "minute", "stunde", "heure", "hora", "ora", "uur"),
}
"""Names of columns that say again what a date says."""
PREFIXED = {"period": {MONTH: "[Mm]", QUARTER: "[Qq]", WEEK: "[Ww]"}}
"""Periods are months, quarters or weeks only if a letter says so: 1 to 12 may also be parts of a fiscal year."""
PATTERNS = {
    YEAR: re.compile("[0-9]{4}"),
    MONTH: re.compile(f"[Mm]?(?:0?[1-9]|1[0-2])|{'|'.join(sorted(ENGLISH_MONTHS))}", re.IGNORECASE),
    DAY: re.compile("0?[1-9]|[12][0-9]|3[01]"),
    QUARTER: re.compile("[Qq]?0?[1-4]"),
    WEEK: re.compile("(?:[Ww]|[Kk][Ww] ?)?(?:0?[1-9]|[1-4][0-9]|5[0-3])"),
    YEAR_DAY: re.compile("0{0,2}[1-9]|0?[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6]"),
}
KINDS = {
    YEAR: "year of four digits",
    MONTH: "month",
    DAY: "day of a month",
    QUARTER: "quarter from 1 to 4",
    WEEK: "week from 1 to 53",
    YEAR_DAY: "day of the year from 1 to 366",
}
YEARLY_MEAN = re.compile("[Mm]13|[Qq]0?5")
"""The period behind the last one of a year, in which statistics offices write the mean of the year."""
WEEKS_OF_MONTH = 6
"""Weeks that a month can touch: a column without a higher number may count the weeks of each month."""
MOST_SHOWN = 20
"""Lines that a finding lists, so that it stays readable."""
WRONG_PART = "correct the cell, or name another column with --time"
FIRST_LETTERS = [month[:3].lower() for month in MONTH_NAMES]


class DateParts(NamedTuple):
    """The column of the years, and those of the parts that say which day of the year it is."""

    year: int
    month: int | None = None
    day: int | None = None
    quarter: int | None = None
    week: int | None = None
    year_day: int | None = None

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns that are used, the largest part first."""
        parts = (self.year, self.quarter, self.month, self.week, self.day, self.year_day)
        return tuple(each for each in parts if each is not None)


def find_date_parts(table: Table) -> DateParts | None:
    """Return the columns that are called like parts of a date and hold them; None if they do not make dates."""
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
    others = by_name.keys() & {QUARTER, WEEK, YEAR_DAY}
    free = [] if others else [part for part in (MONTH, DAY) if part not in by_name]
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
    if parts.week is not None or parts.year_day is not None:
        counts = np.array(_read_part(columns[1], WEEK if parts.week is not None else YEAR_DAY), np.int64)
        first = np.array(years, "datetime64[Y]")
        cells = (
            _days_of_weeks(first, counts, columns) if parts.week is not None else _days_of_year(first, counts, columns)
        )
    elif parts.quarter is not None:
        months = [f"{3 * int(quarter) - 2:02}" for quarter in _read_part(columns[1], QUARTER)]
        cells = tuple(map("-".join, zip(years, months, strict=True)))
    else:
        days = [_read_part(table.columns[parts.day], DAY)] if parts.day is not None else []
        cells = tuple(map("-".join, zip(years, _read_part(columns[1], MONTH), *days, strict=True)))
    joined = Column(table.file, "+".join(column.name for column in columns), columns[0].lines, cells)
    dates = parse_dates(joined, ISO[: len(cells[0])])
    if parts.week is None:
        return dates
    text, remedy = (
        "weeks are read as those of ISO 8601, each as its Monday",
        "write dates if they are counted differently",
    )
    return replace(dates, findings=(*dates.findings, Finding(Code.CHOSEN, text, columns[1].place(), remedy)))


def _days_of_weeks(years: NDArray[Any], weeks: Ints, columns: Sequence[Column]) -> tuple[str, ...]:
    """Return the Mondays of weeks, (R,), as ISO 8601 counts them: January 4 lies in week 1."""
    fourth = years.astype("datetime64[D]") + 3
    mondays = fourth - weekday_of(fourth.astype(np.int64)) + 7 * (weeks - 1)
    _refuse_other_years(mondays + 3, years, columns)
    return as_text(mondays)


def _days_of_year(years: NDArray[Any], counts: Ints, columns: Sequence[Column]) -> tuple[str, ...]:
    """Return the days, (R,), that have these numbers in their years."""
    days = years.astype("datetime64[D]") + (counts - 1)
    _refuse_other_years(days, years, columns)
    return as_text(days)


def _refuse_other_years(days: NDArray[Any], years: NDArray[Any], columns: Sequence[Column]) -> None:
    """Refuse a week 53 or a day 366, (R,), in years that have none."""
    wrong = np.flatnonzero(days.astype("datetime64[Y]") != years)
    if len(wrong):
        row = int(wrong[0])
        what = f"{years[row]} has no {columns[1].label} {columns[1].cells[row].strip()}"
        raise InputRefusedError(what, WRONG_PART, columns[1].place(row), code=Code.DATE)


def without_yearly_means(table: Table) -> Table:
    """Return a table without the rows in which statistics offices write the mean of a year, as `M13` behind `M12`."""
    for part in (MONTH, QUARTER):
        for column in _columns_of_part(table, part):
            means = np.array(
                [YEARLY_MEAN.fullmatch(text) is not None for text in table.columns[column].texts], np.bool_
            )
            if means.any():
                return _without_rows(table, column, means[table.columns[column].codes])
    return table


def _without_rows(table: Table, column: int, left_out: Bools) -> Table:
    """Return a table without the rows, (R,), of means, which a column shows, with the finding that lists them."""
    rows = np.flatnonzero(left_out)
    lines = ", ".join(map(str, table.lines[rows[:MOST_SHOWN]])) + " and others" * (len(rows) > MOST_SHOWN)
    text = f"{counted(len(rows), 'row')} of '{table.columns[column].cells[rows[0]].strip()}', the mean of a year,"
    text += f" {'was' if len(rows) == 1 else 'were'} left out, on line{'s' * (len(rows) > 1)} {lines}"
    rest = [each.of_rows(~left_out) for each in table.columns]
    finding = Finding(Code.CHOSEN, text, table.columns[column].place(int(rows[0])))
    return replace(table, columns=tuple(rest), findings=(*table.findings, finding))


def columns_of_years(table: Table) -> list[int]:
    """Return the columns that hold years: those that are called so, and behind them the only column of years alone."""
    named = [i for i, column in enumerate(table.columns) if _is_called_year(column.name) and _holds(column, YEAR)]
    alone = [i for i, column in enumerate(table.columns) if all(_is_part(text, YEAR) for text in column.texts)]
    return named + (alone if len(alone) == 1 else [])


def _is_called_year(name: str) -> bool:
    """Return whether a word of a name says that there are years, as in fiscal year."""
    return not NAMES[YEAR].isdisjoint(re.findall(r"[^\W\d_]+", name.lower()))


def says_again(table: Table, column: int) -> bool:
    """Return whether a column has the name of a part of a date, and numbers as a part has."""
    cells = [cell.strip() for cell in table.columns[column].sample(SAMPLED)]
    return _plain(table.header[column]) in DERIVED and all(_may_be_part(cell) for cell in cells)


def parts_in_names(names: Sequence[str]) -> str | None:
    """Return what stands in columns of its own, `months` or `quarters`, if the names of columns have all of them."""
    lower = [name.strip().lower() for name in names]
    if {name[:3] for name in lower if name in ENGLISH_MONTHS} == set(FIRST_LETTERS):
        return "months"
    return "quarters" if {"q1", "q2", "q3", "q4"} <= set(lower) else None


def _may_be_part(cell: str) -> bool:
    return cell.isascii() and cell.isdigit() and (int(cell) <= 366 or EARLIEST_YEAR <= int(cell) <= LATEST_YEAR)


def _date_parts(found: dict[str, int]) -> DateParts | None:
    """Return the parts that say most of the date: days before weeks, and weeks before months and quarters."""
    if YEAR not in found:
        return None
    year = found[YEAR]
    if MONTH in found and DAY in found:
        return DateParts(year, month=found[MONTH], day=found[DAY])
    if YEAR_DAY in found:
        return DateParts(year, year_day=found[YEAR_DAY])
    if WEEK in found:
        return DateParts(year, week=found[WEEK])
    if MONTH in found:
        return DateParts(year, month=found[MONTH])
    return DateParts(year, quarter=found[QUARTER]) if QUARTER in found else None


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
    if part == WEEK and len(column.distinct) <= WEEKS_OF_MONTH < len(column.lines):
        return False
    return 2 * sum(_is_part(cell.strip(), part) for cell in sample) > len(sample)


def _is_part(text: str, part: str) -> bool:
    year = part != YEAR or (text.isdigit() and EARLIEST_YEAR <= int(text) <= LATEST_YEAR)
    return year and PATTERNS[part].fullmatch(text) is not None


def _read_part(column: Column, part: str) -> list[str]:
    """Return the parts of all rows with two digits, years with four."""
    wrong = [i for i, text in enumerate(column.texts) if not _is_part(text, part)]
    if wrong:
        raise column.refusal(wrong, lambda _: f"is not a {KINDS[part]}", WRONG_PART, Code.DATE)
    digits = [_digits_of_part(text) for text in column.texts]
    return [digits[code] for code in column.codes.tolist()]


def _digits_of_part(text: str) -> str:
    digits = text.lstrip("MmQqWwKk ")
    return digits.zfill(2) if digits.isdigit() else f"{FIRST_LETTERS.index(text[:3].lower()) + 1:02}"
