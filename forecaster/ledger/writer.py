"""Take entries into a ledger: values first, which score the forecasts of earlier runs, then the new forecasts.

Each cell of a forecast, a step of one origin, is scored once, when the first value of its time or of a later one
arrives: a series' values come in the order of time. An entry that comes twice changes nothing the second time, because
its values are known by then, and its forecasts are there under the same series, origin and model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from forecaster.ledger.blocks import close_finished, rows_of_series
from forecaster.ledger.live_update import update_live_states
from forecaster.ledger.packing import (
    ACTUAL,
    VALUES_OF_BLOCK,
    Layout,
    layout_of,
    needs_doubles,
    pack_block,
    pack_records,
    unpack_rows,
)
from forecaster.ledger.records import Numbers, SeriesRow
from forecaster.ledger.sums import Cells, add_scores

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.ledger.entry import Entry, SeriesEntry

    _Given = tuple[Entry, SeriesEntry, SeriesRow]
    """A series of an entry, and its row."""

MOST_ENTRIES = 20_000
"""Entries of a transaction: enough for most nights, few enough for memory."""


@dataclass
class Taken:
    """What entries changed in a ledger.

    Attributes:
        forecasts: Forecasts that are new.
        late: Forecasts that were left out, because a value after their origin was known already.
        scored: Steps of forecasts that were scored.
        revised: Values that came for a time that was past.

    """

    forecasts: int = 0
    late: int = 0
    scored: int = 0
    revised: int = 0

    def __iadd__(self, other: Self) -> Self:
        """Add what others changed."""
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)
        return self


class _News(NamedTuple):
    """The values of one series that are new."""

    series: SeriesRow
    times: list[int]
    values: list[float]
    revisions: list[tuple[int, float]]


def take_entries(connection: sqlite3.Connection, entries: Iterable[Entry], *, adapt: bool = True) -> Taken:
    """Take entries into a ledger and return what changed; the caller holds a transaction.

    Args:
        connection: The ledger.
        entries: Entries of one run or of several; the first of a series counts among those of one run.
        adapt: Whether intervals learn from the values, see `forecaster.ledger.adaptive_intervals`.

    """
    taken = Taken()
    rest = iter(entries)
    while part := list(islice(rest, MOST_ENTRIES)):
        tokens = dict.fromkeys(entry.run.token for entry in part)
        for token in tokens:
            taken += _take_run(connection, [entry for entry in part if entry.run.token == token], adapt=adapt)
    return taken


def _take_run(connection: sqlite3.Connection, entries: Sequence[Entry], *, adapt: bool) -> Taken:
    """Take entries of one run."""
    numbers = Numbers(connection)
    run = numbers.run(entries[0].run)
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.source, entry)
    given = [(entry, each, numbers.series(entry, each)) for entry in first.values() for each in entry.series]
    # a series whose times were dates and are counted steps now, or the other way round, is another one
    pairs = [(entry, each, row) for entry, each, row in given if bool(row.dated) is each.dated]
    news = [_read_news(each, row) for _, each, row in pairs]
    taken = Taken(revised=_keep_values(connection, news, run))
    taken.scored = _score(connection, numbers, [each for each in news if each.times], run, adapt=adapt)
    accepted = [
        (entry, each, row) for entry, each, row in pairs if row.last_time is None or each.origin >= row.last_time
    ]
    taken.late = len(given) - len(accepted)
    taken.forecasts = _keep_forecasts(connection, numbers, accepted, run)
    numbers.write(row for _, _, row in pairs)
    return taken


def _read_news(entry: SeriesEntry, row: SeriesRow) -> _News:
    """Return what is new in the values of an entry, and note it in the row of the series."""
    last, known, window = row.last_time, dict(row.recent), len(entry.targets)
    times, values, revisions = [], [], []
    oldest = min(known, default=None)
    for time, value in zip(entry.times, entry.values, strict=True):
        if last is None or time > last:
            times.append(time)
            values.append(value)
        elif oldest is not None and time >= oldest and known.get(time) != value:
            revisions.append((time, value))
        else:
            continue
        known[time] = value
    if times:
        row.last_time = times[-1]
    row.recent = sorted(known.items())[-max(window, 1) :]
    return _News(row, times, values, revisions)


def _keep_values(connection: sqlite3.Connection, news: Sequence[_News], run: int) -> int:
    """Write new values and revisions, and return the number of revisions."""
    for dated in (True, False):
        chosen = [each for each in news if each.times and bool(each.series.dated) is dated]
        values = _actuals(chosen)
        for begin in range(0, len(values), VALUES_OF_BLOCK):
            block = values[begin : begin + VALUES_OF_BLOCK]
            newest = int(block["time"].max()) if dated else None
            row = (int(block["series"][0]), int(block["series"][-1]), newest, run, len(block), pack_block(block))
            connection.execute(
                "INSERT INTO actuals (first_series, last_series, newest, run, count, data) VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )
    rows = [(each.series.id, time, run, value) for each in news for time, value in each.revisions]
    connection.executemany("INSERT OR REPLACE INTO revisions (series, time, run, value) VALUES (?, ?, ?, ?)", rows)
    return len(rows)


def _actuals(news: Sequence[_News]) -> NDArray[Any]:
    """Return new values as rows, rising by series and time."""
    ordered = sorted(news, key=lambda each: each.series.id)
    values = np.empty(sum(len(each.times) for each in ordered), ACTUAL)
    values["series"] = np.repeat([each.series.id for each in ordered], [len(each.times) for each in ordered])
    values["time"] = [time for each in ordered for time in each.times]
    values["value"] = [value for each in ordered for value in each.values]
    return values


def _score(connection: sqlite3.Connection, numbers: Numbers, news: Sequence[_News], run: int, *, adapt: bool) -> int:
    """Score the pending forecasts of series by their new values, and close those that are past; return the cells."""
    scored = 0
    if not news:
        return scored
    values = _actuals(news)
    last = {each.series.id: each.times[-1] for each in news}
    dated = {each.series.id: bool(each.series.dated) for each in news}
    steps = {each.series.id: each.series.step for each in news}
    for layout, rows in rows_of_series(connection, numbers.layouts, "pending", list(last)):
        found = unpack_rows(layout_of(numbers.layouts, layout), rows)
        owners = found.series.tolist()
        actual = actuals_of(found.series, found.targets, values)
        cells = Cells(found, actual, np.array([dated[i] for i in owners], bool))
        scored += add_scores(connection, layout, cells)
        update_live_states(connection, cells, steps, run, adapt=adapt)
        until = np.array([last[i] for i in owners], np.int64)
        past = found.targets.max(axis=1) <= until
        _finish(connection, rows[past])
    close_finished(connection, numbers.layouts)
    return scored


def actuals_of(series: Ints, targets: Ints, values: NDArray[Any]) -> Floats:
    """Return the values of the times of forecasts, (n, h), NaN where there is none; series are those of rows, (n,)."""
    times = np.unique(values["time"])
    ids = np.unique(values["series"])
    keys = np.searchsorted(ids, values["series"]) * len(times) + np.searchsorted(times, values["time"])
    place = np.minimum(np.searchsorted(times, targets), len(times) - 1)
    owner = np.minimum(np.searchsorted(ids, series), len(ids) - 1)
    wanted = owner[:, None] * len(times) + place
    found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    here = (keys[found] == wanted) & (times[place] == targets) & (ids[owner] == series)[:, None]
    return np.where(here, values["value"][found], np.nan)


def _finish(connection: sqlite3.Connection, rows: NDArray[Any]) -> None:
    """Move forecasts whose times are all past from `pending` to `finished`."""
    keys = list(zip(*(rows[name].tolist() for name in ("series", "origin", "model")), strict=True))
    where = "WHERE series = ? AND origin = ? AND model = ?"
    connection.executemany(f"INSERT INTO finished SELECT * FROM pending {where}", keys)  # noqa: S608 - constant
    connection.executemany(f"DELETE FROM pending {where}", keys)  # noqa: S608 - constant


def _keep_forecasts(connection: sqlite3.Connection, numbers: Numbers, accepted: Sequence[_Given], run: int) -> int:
    """Write new forecasts as pending ones, and return how many were not there before."""
    kinds: dict[tuple[int, tuple[float, ...]], list[_Given]] = {}
    for given in accepted:
        kinds.setdefault((len(given[1].targets), given[0].levels), []).append(given)
    added = 0
    for (horizon, levels), same in kinds.items():
        for wide, chosen, records in _pack_kind(Layout(horizon, levels), same):
            layout = numbers.layout(wide)
            rows = [
                (row.id, each.origin, numbers.model(entry.model), run, layout, record)
                for (entry, each, row), record in zip(chosen, records, strict=True)
            ]
            before = connection.total_changes
            connection.executemany(
                "INSERT OR IGNORE INTO pending (series, origin, model, run, layout, data) VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )
            added += connection.total_changes - before
    return added


def _pack_kind(layout: Layout, given: Sequence[_Given]) -> Iterator[tuple[Layout, list[_Given], list[bytes]]]:
    """Yield the forecasts of one horizon and its levels, those that need doubles apart, with their records."""
    entries = [each for _, each, _ in given]
    origin = np.array([each.origin for each in entries], np.int64)
    targets = np.array([each.targets for each in entries], np.int64)
    base, point, naive = (
        np.array([getattr(each, name) for each in entries], np.float64) for name in ("base", "point", "naive")
    )
    ends = np.array([each.ends for each in entries], np.float64).reshape(len(given), layout.horizon, -1)
    doubles = needs_doubles(base, point, ends, naive)
    for wide in (False, True):
        part = np.flatnonzero(doubles == wide)
        if len(part):
            kind = replace(layout, wide=wide)
            records = pack_records(
                kind,
                origin=origin[part],
                targets=targets[part],
                base=base[part],
                point=point[part],
                ends=ends[part],
                naive=naive[part],
            )
            yield kind, [given[i] for i in part.tolist()], records
