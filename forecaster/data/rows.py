"""Rows of a table to series: told apart, freed of missing values, put in order, and without repeated times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.data.calendar import write_time
from forecaster.data.numbers import parse_numbers
from forecaster.data.quoting import shown
from forecaster.data.select import codes
from forecaster.errors import Finding, InputRefusedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.data.table import Table

MISSING, SORTED = "MISSING", "SORTED"
MISSING_SHARE = 0.2
MOST_LINES = 5


@dataclass(frozen=True)
class Rows:
    """The rows of one target that have a value, R of them.

    Attributes:
        names: Names of the series, N of them; empty where the file has one.
        series: Series of each row as a place in `names`, (R,).
        ds: Time stamps, (R,).
        values: Values, (R,).
        places: Row in the table, (R,).

    """

    names: tuple[str, ...]
    series: NDArray[np.int64]
    ds: NDArray[Any]
    values: NDArray[np.float64]
    places: NDArray[np.int64]

    def at(self, rows: NDArray[Any]) -> Rows:
        """Return these rows in this order."""
        return Rows(self.names, self.series[rows], self.ds[rows], self.values[rows], self.places[rows])

    def split(self) -> list[tuple[str, NDArray[Any], NDArray[np.float64]]]:
        """Return name, time stamps and values of each series; the rows are in order."""
        ends = np.cumsum(np.bincount(self.series, minlength=len(self.names)))[:-1]
        return list(zip(self.names, np.split(self.ds, ends), np.split(self.values, ends), strict=True))


def read_rows(table: Table, ds: NDArray[Any], target: int, by: int | None) -> tuple[Rows, tuple[Finding, ...]]:
    """Return the rows of column `target` in order of series and time, and what was noticed.

    Args:
        table: The text of the file.
        ds: Time stamps of its rows, (R,).
        target: Column of the values.
        by: Column that tells the series apart; None where the file has one series.

    Raises:
        InputRefusedError: A value is no number, too many are missing, or a series has a time stamp twice.

    """
    names, series = codes(table.columns[by]) if by is not None else (("",), np.zeros(len(ds), np.int64))
    if by is not None and "" in names:
        raise InputRefusedError("the name of the series is empty", "fill it in", table.place(_empty(table, by), by))
    rows = Rows(names, series, ds, parse_numbers(table, target), np.arange(len(ds)))
    missing = np.isnan(rows.values)
    _refuse_missing(table, rows, missing, target)
    rows = rows.at(~missing)
    ordered = rows.at(np.lexsort((rows.ds, rows.series)))
    _refuse_repeats(table, ordered)
    findings = (*_missing_finding(table, missing, target), *_order_finding(table, rows))
    return ordered, findings


def _empty(table: Table, column: int) -> int:
    return table.columns[column].index("")


def _refuse_missing(table: Table, rows: Rows, missing: NDArray[np.bool_], target: int) -> None:
    absent = np.bincount(rows.series, weights=missing)
    counts = np.bincount(rows.series)
    worst = int(np.argmax(absent / counts))
    if absent[worst] <= MISSING_SHARE * counts[worst]:
        return
    whose = f" of series {shown(rows.names[worst])}" if rows.names[worst] else ""
    what = f"{int(absent[worst])} of {counts[worst]} values{whose} are missing, more than {MISSING_SHARE:.0%}"
    raise InputRefusedError(what, "fill them in or choose another column", table.place(None, target))


def _refuse_repeats(table: Table, rows: Rows) -> None:
    """Refuse two rows of one series and time; the message tells identical from conflicting ones."""
    same = (np.diff(rows.series) == 0) & (rows.ds[1:] == rows.ds[:-1])
    if not same.any():
        return
    first = int(np.argmax(same))
    place, again = sorted(int(rows.places[i]) for i in (first, first + 1))
    values = [f"{value:.15g}" for value in rows.values[[first, first + 1]]]
    which = f"the value {values[0]} both times" if values[0] == values[1] else f"the values {values[0]} and {values[1]}"
    whose = f" of series {shown(rows.names[rows.series[first]])}" if len(rows.names) > 1 else ""
    raise InputRefusedError(
        f"{write_time(rows.ds[first])}{whose} stands here and on line {table.lines[again]}, with {which}",
        "keep one row for each time; times at which clocks went back are told apart in UTC",
        table.place(place),
    )


def _missing_finding(table: Table, missing: NDArray[np.bool_], target: int) -> tuple[Finding, ...]:
    places = np.flatnonzero(missing)
    if not len(places):
        return ()
    lines = ", ".join(str(line) for line in table.lines[places[:MOST_LINES]])
    more = " and others" if len(places) > MOST_LINES else ""
    text = f"{len(places)} rows without a value were left out, on lines {lines}{more}"
    if len(places) == 1:
        text = f"1 row without a value was left out, on line {lines}"
    return (Finding(MISSING, text, table.place(None, target)),)


def _order_finding(table: Table, rows: Rows) -> tuple[Finding, ...]:
    """Say so if the rows of a series do not rise in the file; `rows` are in the order of the file."""
    together = rows.at(np.argsort(rows.series, kind="stable"))
    inside = np.diff(together.series) == 0
    falls = (together.ds[1:] < together.ds[:-1])[inside]
    if not falls.any():
        return ()
    what = "newest first" if falls.all() else "not in the order of time"
    return (Finding(SORTED, f"the rows were {what} and have been sorted", table.place()),)
