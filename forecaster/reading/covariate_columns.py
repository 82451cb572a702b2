"""The covariates of a file: numbers, or categories that become columns of 1 and 0 once all files are read.

While a file is read, a column of categories is one row of codes, (R,), so that the rules for missing cells and repeated
rows are those of numbers. The categories of several files are joined, and each code becomes its columns.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.errors import Code, Finding, InputRefusedError, Place
from forecaster.reading.cells.categories import category_key, refuse_many_categories
from forecaster.series.categories import UNKNOWN, Categories, indicator_names, indicators, with_indicator_names
from forecaster.series.covariates import Covariates
from forecaster.series.known_values import Timed, TimedColumns, with_known_values
from forecaster.series.panel import panel_from_rows
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.arrays import Floats
    from forecaster.calendars.calendar import Calendar
    from forecaster.reading.series_rows import Series
    from forecaster.reading.tables.table import Table
    from forecaster.series.panel import Panel
    from forecaster.spec import Selection

MOST_SHOWN = 8
"""Categories that a finding lists, so that it stays readable."""


class CovariateRows(NamedTuple):
    """Columns of a file as numbers or codes of categories, (C, R).

    Attributes:
        values: The numbers and codes.
        rows: For each column of categories, by its name, the number of rows of each category, in order of the codes.
        places: Where each column is, by its name.
        findings: What the user should know of the categories.

    """

    values: Floats
    rows: Mapping[str, Mapping[str, int]]
    places: Mapping[str, Place]
    findings: tuple[Finding, ...]


def read_covariates(
    table: Table, columns: Mapping[str, int], decimal: str | None, expected: Categories
) -> CovariateRows:
    """Return columns of a file, by their names, as numbers or codes of categories.

    Args:
        table: The file.
        columns: The number of each column.
        decimal: The decimal mark; None if the rows show it.
        expected: The categories of columns that were read before, none of one that holds numbers; the cells of other
            columns show what they hold.

    Raises:
        InputRefusedError: A cell is neither a number nor a category, or there are too many categories.

    """
    read = {name: table.covariate(i, decimal, expected.get(name)) for name, i in columns.items()}
    return CovariateRows(
        np.array([each.values for each in read.values()]).reshape(len(read), len(table.lines)),
        {name: each.rows for name, each in read.items() if each.rows},
        {name: table.columns[i].place() for name, i in columns.items()},
        tuple(finding for each in read.values() for finding in each.findings),
    )


def join_categories(files: Sequence[CovariateRows], held: Categories) -> tuple[Categories, tuple[Finding, ...]]:
    """Return the categories of each column in all files, the most frequent one first, and the findings that list them.

    Columns that were read before keep the categories that are `held`, and have no finding.

    Raises:
        InputRefusedError: A column holds words in one file and numbers in another, or has too many categories.

    """
    found, findings = dict(held), []
    for name in dict.fromkeys(name for each in files for name in each.rows if name not in held):
        having = [each for each in files if name in each.places]
        _refuse_numbers_elsewhere(name, having)
        spelling: dict[str, str] = {}
        rows: Counter[str] = Counter()
        for category, count in (item for each in having for item in each.rows[name].items()):
            rows[spelling.setdefault(category_key(category), category)] += count
        place = having[0].places[name]
        refuse_many_categories(len(rows), place)
        first, *others = sorted(rows, key=lambda category: (-rows[category], category))
        found[name] = (first, *sorted(others))
        findings.append(_categories_finding(found[name], place))
    return found, tuple(findings)


def _refuse_numbers_elsewhere(name: str, files: Sequence[CovariateRows]) -> None:
    """Refuse a column that holds categories in some of these files alone."""
    other = next((each for each in files if name not in each.rows), None)
    if other is not None and not np.isnan(other.values[list(other.places).index(name)]).all():
        words = next(each.places[name].file for each in files if name in each.rows)
        what = f"the column holds numbers, and words in {words}"
        raise InputRefusedError(what, "write words in both files, or numbers", other.places[name], code=Code.NUMBER)


def _categories_finding(categories: Sequence[str], place: Place) -> Finding:
    """Return the finding that lists the categories of a column."""
    first, *others = map(shown, categories)
    if not others:
        return Finding(Code.CATEGORY, f"all rows have the category {first}", place)
    listed = ", ".join(others[:MOST_SHOWN]) + (f" and {len(others) - MOST_SHOWN} more" * (len(others) > MOST_SHOWN))
    columns = "a column of 1 and 0" if len(others) == 1 else "a column of 1 and 0 each"
    text = f"{len(categories)} categories: {columns} for {listed}; all are 0 for {first}, the most frequent one"
    text = text.replace("all are 0", "it is 0") if len(others) == 1 else text
    return Finding(Code.CATEGORY, text, place)


def with_indicators(
    columns: Mapping[str, Timed], own: Mapping[str, Mapping[str, int]], categories: Categories
) -> TimedColumns:
    """Return the columns of one series with columns of 1 and 0 in the place of codes.

    Args:
        columns: The columns of a file.
        own: The categories of the file in the order of its codes.
        categories: The categories of all files.

    """
    found: TimedColumns = {}
    for name, column in columns.items():
        if name not in categories:
            found[name] = column
            continue
        values = indicators(_joined_codes(column.values, [*own.get(name, ())], categories[name]), categories[name])
        found |= {
            each: column._replace(values=row, origin=name)
            for each, row in zip(indicator_names(name, categories[name]), values, strict=True)
        }
    return found


def _joined_codes(codes: Floats, own: Sequence[str], categories: Sequence[str]) -> Floats:
    """Return codes by the order of `categories` in place of those by the order of `own`."""
    places = {category_key(category): float(i) for i, category in enumerate(categories)}
    numbers = np.array([*(places.get(category_key(each), UNKNOWN) for each in own), UNKNOWN])
    present = ~np.isnan(codes)
    joined = np.full(len(codes), np.nan)
    joined[present] = numbers[codes[present].astype(np.int64)]  # the code of an unknown category is -1, the last place
    return joined


def series_with_indicators(
    series: Series, used: Selection, rows: Mapping[str, Mapping[str, int]], categories: Categories
) -> Series:
    """Return a series with columns of 1 and 0 in the place of the codes of its file; `used` names its columns."""
    observed = {name: Timed(series.ds, row) for name, row in zip(used.observed, series.observed, strict=True)}
    known = dict(zip(used.known, series.known, strict=True))
    values = [column.values for column in with_indicators(observed, rows, categories).values()]
    return replace(
        series,
        observed=np.array(values).reshape(len(values), len(series.ds)),
        known=tuple(with_indicators(known, rows, categories).values()),
    )


def panel_of_series(
    series: Sequence[Series],
    calendars: Sequence[Calendar],
    used: Selection,
    categories: Categories,
    static: Sequence[str] | None,
) -> Panel:
    """Return the panel of series with their covariates.

    Args:
        series: The series, N of them, with columns of 1 and 0.
        calendars: Their calendars.
        used: The names of the columns of the file.
        categories: The categories of these columns.
        static: The known columns that never change within a series; None for those whose values show it.

    Raises:
        InputRefusedError: Two covariates have one name, or a known value is missing.

    """
    observed, known = (with_indicator_names(names, categories) for names in (used.observed, used.known))
    twice = next((name for name in known + observed if (known + observed).count(name) > 1), None)
    if twice is not None:
        what = f"a column and a category of another one have the same name: {shown(twice)}"
        raise InputRefusedError(what, "rename the column", series[0].origin, code=Code.DUPCOL)
    rows = [(each.ds, each.values) for each in series]
    panel = panel_from_rows([each.name for each in series], rows, calendars)
    if observed:
        past = np.concatenate([each.observed for each in series], axis=1)
        ahead = np.empty((0, len(panel.values)))
        covariates = Covariates(observed, (), past, ahead, panel.indptr[:-1], panel.indptr[1:], categories)
        panel = replace(panel, covariates=covariates)
    if not known:
        return panel
    columns = [dict(zip(known, each.known, strict=True)) for each in series]
    return with_known_values(panel, known, [columns], categories=categories, static=static)
