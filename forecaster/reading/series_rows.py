"""Rows of a table to series: told apart, put in order, freed of repeats and of rows without a value.

What cannot change a meaning is done and said; a series in which times conflict or values are missing is refused on its
own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.errors import Code, Finding, InputRefusedError, Place
from forecaster.reading.column_search import codes, printed_name
from forecaster.reading.row_findings import (
    MISSING_SHARE,
    OFF,
    carried_finding,
    left_out_finding,
    order_finding,
    repeated_rows,
    repeats_finding,
    too_many_missing,
)
from forecaster.series.known_values import Timed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.reading.tables.table import Table
    from forecaster.reading.target_rows import TargetRows

MOST_LISTED = 1000
"""Repeated rows of a series that an error lists."""


@dataclass(frozen=True)
class Series:
    """One series as it was read.

    Attributes:
        name: Its name.
        ds: Time stamps, (n,), rising.
        values: Values, (n,), finite.
        lines: Lines of the file, (n,); 0 for rows that were filled in.
        file: The file, for messages.
        column: The name of the target's column, for messages.
        called: What messages call the series; nothing where file and column tell it.
        empty: Time stamps of the rows without a value, which were left out.
        observed: Values of the observed columns, (P, n), finite.
        known: What the file says of the known columns, K of them, at all its rows; NaN where one is missing.

    """

    name: str
    ds: NDArray[Any]
    values: Floats
    lines: Ints
    file: str
    column: str
    called: str
    empty: NDArray[Any]
    observed: Floats
    known: tuple[Timed, ...]

    def place(self, row: int | None = None) -> Place:
        """Return where the series or one of its rows is."""
        line = None if row is None else int(self.lines[row]) or None
        return Place(self.file, line, self.column, self.called)


class Parts(NamedTuple):
    """What the rows of one target give: its series, those that are refused, by name, and what was noticed."""

    series: list[Series]
    refused: dict[str, InputRefusedError]
    findings: tuple[Finding, ...]


def series_of_rows(raw: TargetRows, name: str, repair: str) -> Parts:
    """Return the series of the rows of one target, and what was noticed.

    Args:
        raw: The rows of the file.
        name: Name of the series where the file has one.
        repair: What is done about faults, see `forecaster.spec.REPAIRS`.

    Raises:
        InputRefusedError: The rows are not in order and may not be sorted, or the only series is bad.

    """
    by = raw.columns.series
    names, series = _told_apart(raw.table, by, name)
    findings = order_finding(raw, series, repair)
    order = np.lexsort((raw.ds, series))
    good: list[_One] = []
    refused: dict[str, InputRefusedError] = {}
    for each, rows in zip(names, np.split(order, np.cumsum(np.bincount(series))[:-1]), strict=True):
        try:
            good.append(_one(raw, rows, each, repair))
        except InputRefusedError as error:
            if by is None:
                raise
            refused[each] = error
    findings += left_out_finding(raw, _joined([one.empty for one in good]), repair)
    findings += repeats_finding(raw, _joined([one.repeats for one in good]))
    findings += carried_finding(raw, sum((one.carried for one in good), np.zeros(len(raw.columns.observed), np.int64)))
    return Parts([one.series for one in good], refused, findings)


def _joined(rows: list[Ints]) -> Ints:
    """Return the rows of all series in the order of the file."""
    return np.sort(np.concatenate([np.empty(0, np.int64), *rows]))


def _told_apart(table: Table, by: int | None, name: str) -> tuple[tuple[str, ...], Ints]:
    """Return the names of the series, and for each row the number of its series, (R,)."""
    if by is None:
        return (name,), np.zeros(len(table.lines), np.int64)
    names, series = codes(table.columns[by])
    if "" in names:
        place = table.place(table.columns[by].index(""), by)
        raise InputRefusedError("the name of the series is empty", "fill it in", place, code=Code.MISSING)
    return tuple(printed_name(each) for each in names), series


class _One(NamedTuple):
    """One series with the rows of the file that it left out, and how often each observed column was carried forward."""

    series: Series
    empty: Ints
    repeats: Ints
    carried: Ints


def _one(raw: TargetRows, rows: Ints, name: str, repair: str) -> _One:
    """Return the series of `rows`, which are in order of time.

    Raises:
        InputRefusedError: Values are missing, or a time stamp stands there twice.

    """
    absent = np.isnan(raw.values[rows])
    behind = np.arange(len(rows)) > np.append(-1, np.flatnonzero(~absent))[-1]
    later = behind & ~np.isnan(raw.known[:, rows]).all(axis=0)
    if (absent & ~later).sum() > MISSING_SHARE * (~later).sum() or absent.all():
        raise too_many_missing(raw, int((absent & ~later).sum()), int((~later).sum()), name)
    repeats = _repeats(raw, rows[~absent], name, repair)
    kept = np.isin(rows, repeats, invert=True) & ~absent
    observed = raw.observed[:, rows]
    series = Series(
        name,
        raw.ds[rows[kept]],
        raw.values[rows[kept]],
        raw.table.lines[rows[kept]],
        raw.table.file,
        raw.table.name(raw.target),
        raw.called(name),
        raw.ds[rows[absent & ~later]],
        _carried_forward(raw, observed, name)[:, kept],
        tuple(Timed(raw.ds[rows], row, raw.table.file) for row in raw.known[:, rows]),
    )
    return _One(series, rows[absent & ~later], repeats, np.isnan(observed[:, kept]).sum(axis=1))


def _repeats(raw: TargetRows, rows: Ints, name: str, repair: str) -> Ints:
    """Return those of `rows`, in order of time, that say again what the row before them says.

    Raises:
        InputRefusedError: One says something else, or none may be dropped.

    """
    again = np.flatnonzero(raw.ds[rows[1:]] == raw.ds[rows[:-1]])
    before, repeats = rows[again], rows[again + 1]
    wrong = np.flatnonzero((repair == OFF) | raw.differ(before, repeats))
    if len(wrong):
        pairs = zip(before[wrong][:MOST_LISTED].tolist(), repeats[wrong][:MOST_LISTED].tolist(), strict=True)
        first, *others = [repeated_rows(raw, row, other, name) for row, other in pairs]
        raise first.also([finding for error in others for finding in error.findings])
    return repeats


def _carried_forward(raw: TargetRows, observed: Floats, name: str) -> Floats:
    """Return observed columns, (P, n), with the value before where one is missing, and the first one before that.

    Raises:
        InputRefusedError: A column has no value at all.

    """
    there = ~np.isnan(observed)
    if not there.any(axis=1).all():
        column = raw.columns.observed[int(np.argmin(there.any(axis=1)))]
        place = raw.place(name, column=column)
        raise InputRefusedError("there is no value", "leave the column out", place, code=Code.MISSING)
    places = np.where(there, np.arange(observed.shape[1]), 0)
    places = np.maximum(np.maximum.accumulate(places, axis=1), there.argmax(axis=1)[:, None])
    return np.take_along_axis(observed, places, axis=1)
