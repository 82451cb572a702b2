"""Rows of a table to series: told apart, put in order, freed of repeats and of rows without a value.

What cannot change a meaning is done and said; a series in which times conflict or values lack is refused on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.data.calendar import write_time
from forecaster.data.known import Timed
from forecaster.data.quoting import shown
from forecaster.data.select import codes, printed_name
from forecaster.errors import Finding, InputRefusedError, Place, counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.data.select import Columns
    from forecaster.data.table import Table

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

MISSING, SORTED, DUP, FILLED = "MISSING", "SORTED", "DUP", "FILLED"
MISSING_SHARE = 0.2
MOST_LINES = 5
OFF = "off"
MEND = "repair the file, or read it with --repair safe"


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
        known: What the file says of the known columns, K of them, at all its rows; NaN where one lacks.

    """

    name: str
    ds: NDArray[Any]
    values: Floats
    lines: Rows
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


@dataclass(frozen=True)
class Raw:
    """The rows of one target as they stand in the file, R of them.

    Attributes:
        table: The text of the file.
        columns: The columns in use, P observed and K known ones among them.
        target: The column of the values.
        ds: Time stamps, (R,).
        numbers: The values and behind them the observed and the known columns, (1 + P + K, R), NaN where one lacks.

    """

    table: Table
    columns: Columns
    target: int
    ds: NDArray[Any]
    numbers: Floats

    @property
    def values(self) -> Floats:
        """The values, (R,)."""
        values: Floats = self.numbers[0]
        return values

    @property
    def observed(self) -> Floats:
        """The observed columns, (P, R)."""
        return self.numbers[1 : 1 + len(self.columns.observed)]

    @property
    def known(self) -> Floats:
        """The known columns, (K, R)."""
        return self.numbers[1 + len(self.columns.observed) :]

    def differ(self, rows: Rows, others: Rows) -> NDArray[np.bool_]:
        """Return whether rows have other numbers than others, (r,)."""
        one, two = self.numbers[:, rows], self.numbers[:, others]
        differ: NDArray[np.bool_] = ((one != two) & ~(np.isnan(one) & np.isnan(two))).any(axis=0)
        return differ


def read_rows(raw: Raw, name: str, repair: str) -> Parts:
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
    findings = _order_finding(raw.table, series, raw.ds, repair)
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
    findings += _left_out_finding(raw, _joined([one.empty for one in good]))
    findings += _repeats_finding(raw, _joined([one.repeats for one in good]))
    findings += _carried_finding(raw, [one.carried for one in good])
    return Parts([one.series for one in good], refused, findings)


def _joined(rows: list[Rows]) -> Rows:
    """Return the rows of all series in the order of the file."""
    return np.sort(np.concatenate([np.empty(0, np.int64), *rows]))


def _told_apart(table: Table, by: int | None, name: str) -> tuple[tuple[str, ...], Rows]:
    """Return the names of the series, and for each row the number of its series, (R,)."""
    if by is None:
        return (name,), np.zeros(len(table.lines), np.int64)
    names, series = codes(table.columns[by])
    if "" in names:
        place = table.place(table.columns[by].index(""), by)
        raise InputRefusedError("the name of the series is empty", "fill it in", place, code="MISSING")
    return tuple(printed_name(each) for each in names), series


class _One(NamedTuple):
    """One series with the rows of the file that it left out, and how often each observed column was carried forward."""

    series: Series
    empty: Rows
    repeats: Rows
    carried: Rows


def _one(raw: Raw, rows: Rows, name: str, repair: str) -> _One:
    """Return the series of `rows`, which are in order of time.

    Raises:
        InputRefusedError: Values lack, or a time stamp stands there twice.

    """
    absent = np.isnan(raw.values[rows])
    behind = np.arange(len(rows)) > np.append(-1, np.flatnonzero(~absent))[-1]
    later = behind & ~np.isnan(raw.known[:, rows]).all(axis=0)
    if (absent & ~later).sum() > MISSING_SHARE * (~later).sum() or absent.all():
        raise _too_many_missing(raw, int((absent & ~later).sum()), int((~later).sum()), name)
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
        _whose(raw, name),
        raw.ds[rows[absent & ~later]],
        _carried_forward(raw, observed, name)[:, kept],
        tuple(Timed(raw.ds[rows], row, raw.table.file) for row in raw.known[:, rows]),
    )
    return _One(series, rows[absent & ~later], repeats, np.isnan(observed[:, kept]).sum(axis=1))


def _repeats(raw: Raw, rows: Rows, name: str, repair: str) -> Rows:
    """Return those of `rows`, in order of time, that say again what the row before them says.

    Raises:
        InputRefusedError: One says something else, or none may be dropped.

    """
    again = np.flatnonzero(raw.ds[rows[1:]] == raw.ds[rows[:-1]])
    before, repeats = rows[again], rows[again + 1]
    wrong = np.flatnonzero((repair == OFF) | raw.differ(before, repeats))
    if len(wrong):
        raise _repeated(raw, int(before[wrong[0]]), int(repeats[wrong[0]]), name)
    return repeats


def _carried_forward(raw: Raw, observed: Floats, name: str) -> Floats:
    """Return observed columns, (P, n), with the value before where one lacks, and the first one before that.

    Raises:
        InputRefusedError: A column has no value at all.

    """
    there = ~np.isnan(observed)
    if not there.any(axis=1).all():
        column = raw.columns.observed[int(np.argmin(there.any(axis=1)))]
        place = Place(raw.table.file, None, raw.table.name(column), _whose(raw, name))
        raise InputRefusedError("there is no value", "leave the column out", place, code=MISSING)
    places = np.where(there, np.arange(observed.shape[1]), 0)
    places = np.maximum(np.maximum.accumulate(places, axis=1), there.argmax(axis=1)[:, None])
    return np.take_along_axis(observed, places, axis=1)


def _too_many_missing(raw: Raw, absent: int, rows: int, name: str) -> InputRefusedError:
    place = Place(raw.table.file, None, raw.table.name(raw.target), _whose(raw, name))
    if absent == rows:
        return InputRefusedError("there is no value", "choose another column", place, code=MISSING)
    what = f"{absent} of {rows} values are missing, more than {MISSING_SHARE:.0%}"
    return InputRefusedError(what, "fill them in or choose another column", place, code=MISSING)


def _repeated(raw: Raw, row: int, other: int, name: str) -> InputRefusedError:
    """Return the error for two rows of one series and time; it tells identical rows from conflicting ones."""
    first, second = sorted((row, other))
    values = [f"{value:.15g}" for value in raw.values[[first, second]]]
    remedy, which = "keep one row for each time", f"the values {values[0]} and {values[1]}"
    if raw.ds.dtype.kind == "M" and raw.ds[row] != raw.ds[row].astype("datetime64[D]"):
        remedy += ", or if the clocks went back (DST), write times with their offset, as 02:00+01:00"
    if not raw.differ(np.array([row]), np.array([other])).any():
        remedy, which = MEND, f"the value {values[0]} both times"
    elif values[0] == values[1]:
        which = f"the value {values[0]} both times and different values beside it"
    what = f"{write_time(raw.ds[row])} stands here and on line {raw.table.lines[second]}, with {which}"
    place = Place(raw.table.file, int(raw.table.lines[first]), raw.table.name(raw.target), _whose(raw, name))
    return InputRefusedError(what, remedy, place, code=DUP)


def _whose(raw: Raw, name: str) -> str:
    """Return the name of a series for messages, which need none where the file has one series."""
    return shown(name) if raw.columns.series is not None else ""


def _order_finding(table: Table, series: Rows, ds: NDArray[Any], repair: str) -> tuple[Finding, ...]:
    """Say so if the rows of a series do not rise in the file.

    Raises:
        InputRefusedError: They do not, and nothing may be mended.

    """
    together = np.argsort(series, kind="stable")
    inside = np.diff(series[together]) == 0
    falls = (ds[together][1:] < ds[together][:-1]) & inside
    if not falls.any():
        return ()
    order = "newest first" if falls[inside].all() else "not in the order of time"
    if repair == OFF:
        place = table.place(int(together[1:][np.argmax(falls)]))
        raise InputRefusedError(f"the rows are {order}", MEND, place, code=SORTED)
    return (Finding(SORTED, f"the rows were {order} and have been sorted", table.place()),)


def _left_out_finding(raw: Raw, rows: Rows) -> tuple[Finding, ...]:
    if not len(rows):
        return ()
    were = "was" if len(rows) == 1 else "were"
    text = f"{counted(len(rows), 'row')} without a value {were} left out, {_on_lines(raw.table, rows)}"
    return (Finding(MISSING, text, raw.table.place(None, raw.target), "fill them in, or ask for --repair full"),)


def _repeats_finding(raw: Raw, rows: Rows) -> tuple[Finding, ...]:
    if not len(rows):
        return ()
    what = (
        "row that says again what another one says was"
        if len(rows) == 1
        else "rows that say again what others say were"
    )
    return (Finding(DUP, f"{len(rows)} {what} dropped, {_on_lines(raw.table, rows)}", raw.table.place()),)


def _carried_finding(raw: Raw, carried: list[Rows]) -> tuple[Finding, ...]:
    """Say how many values of observed columns lacked."""
    found = zip(raw.columns.observed, np.array(carried, np.int64).sum(axis=0).tolist(), strict=True)
    text = "lack: the value before stands in, at the beginning the first one"
    return tuple(
        Finding(FILLED, f"{counted(count, 'value')} {text}", raw.table.place(None, column))
        for column, count in found
        if count
    )


def _on_lines(table: Table, rows: Rows) -> str:
    """Return the lines of the first few rows in words."""
    lines = ", ".join(str(line) for line in table.lines[rows[:MOST_LINES]])
    return ("on line " if len(rows) == 1 else "on lines ") + lines + (" and others" if len(rows) > MOST_LINES else "")
