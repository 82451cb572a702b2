"""Read forecasts with what became of them: one or all series, since a time, or the last ones of each series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import InputRefusedError
from forecaster.ledger.packing import ACTUAL, LARGEST_BLOCK, rows_of_records, unpack_block, unpack_rows
from forecaster.ledger.records import read_layouts
from forecaster.ledger.sums import Cells, cell_measures
from forecaster.ledger.trusted_rows import read_rows
from forecaster.ledger.writer import actuals_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Floats
    from forecaster.ledger.packing import Forecasts


class TooManyForecastsError(InputRefusedError):
    """The forecasts of the requested series do not fit in memory together."""


@dataclass(frozen=True)
class ForecastDetails:
    """Forecasts of one layout with the values of their times.

    Attributes:
        forecasts: The forecasts, n of them with h steps, rising by series and origin.
        actual: The first published values of their times, (n, h), NaN where there is none yet.
        latest: The values as they were last revised, (n, h); as `actual` where they were not.

    """

    forecasts: Forecasts
    actual: Floats
    latest: Floats

    @property
    def scored(self) -> Bools:
        """Whether a step has a value, (n, h)."""
        return ~np.isnan(self.actual)

    def measures(self) -> dict[str, Floats]:
        """Return the measures of each step, see `forecaster.ledger.sums.cell_measures`; NaN without a value."""
        return cell_measures(Cells(self.forecasts, self.actual, np.ones(len(self.forecasts), bool)))

    def take(self, chosen: Any) -> ForecastDetails:
        """Return the forecasts at these places."""
        return ForecastDetails(self.forecasts.take(chosen), self.actual[chosen], self.latest[chosen])


def read_details(
    connection: sqlite3.Connection, first: int, last: int, *, since: int | None = None
) -> Iterator[ForecastDetails]:
    """Yield the forecasts of the series with numbers from `first` to `last`, one layout after the other.

    Args:
        connection: The ledger.
        first: The least number of a series.
        last: The largest one; with the same as `first`, of one series.
        since: The earliest origin; None for all. Times are integers, see `forecaster.ledger.schema`.

    Raises:
        DamagedLedgerError: A block is damaged.
        TooManyForecastsError: The series have too many forecasts to be read at once.

    """
    values = read_actuals(connection, first, last, since=since)
    revised = _read_revisions(connection, first, last)
    for rows, layout in _read_rows(connection, first, last, since):
        found = unpack_rows(layout, rows)
        actual = actuals_of(found.series, found.targets, values) if len(values) else np.full(found.point.shape, np.nan)
        latest = actuals_of(found.series, found.targets, revised) if len(revised) else np.full(actual.shape, np.nan)
        yield ForecastDetails(found, actual, np.where(np.isnan(latest), actual, latest))


def read_last_scored(
    connection: sqlite3.Connection, first: int, last: int, count: int, *, since: int | None = None
) -> Iterator[ForecastDetails]:
    """Yield the last `count` forecasts of each series that have a scored step; arguments as in `read_details`."""
    for details in read_details(connection, first, last, since=since):
        scored = details.take(np.flatnonzero(details.scored.any(axis=1)))
        series = scored.forecasts.series
        after = np.searchsorted(series, series, side="right") - 1 - np.arange(len(series))
        yield scored.take(np.flatnonzero(after < count))


def read_actuals(connection: sqlite3.Connection, first: int, last: int, *, since: int | None = None) -> NDArray[Any]:
    """Return the first published values of series as rows of `forecaster.ledger.packing.ACTUAL`, rising.

    Raises:
        DamagedLedgerError: A block is damaged.

    """
    found = read_rows(
        connection,
        "SELECT count, data FROM actuals WHERE first_series <= ? AND last_series >= ?"
        " AND (newest IS NULL OR newest >= ?)",
        (last, first, _from(since)),
    )
    parts = [_within(unpack_block(ACTUAL, count, data), first, last) for count, data in found]
    values = np.concatenate([*parts, np.empty(0, ACTUAL)])
    return values[np.lexsort((values["time"], values["series"]))]


def _read_revisions(connection: sqlite3.Connection, first: int, last: int) -> NDArray[Any]:
    """Return the newest revision of each value of series, rising by series and time."""
    found = read_rows(
        connection,
        "SELECT series, time, value, max(run) AS run FROM revisions WHERE series BETWEEN ? AND ?"
        " GROUP BY series, time ORDER BY series, time",
        (first, last),
    )
    return np.array([row[:3] for row in found], ACTUAL)


def _read_rows(
    connection: sqlite3.Connection, first: int, last: int, since: int | None
) -> Iterator[tuple[NDArray[Any], Any]]:
    """Yield the forecasts of series as rows of blocks, rising by series and origin, with their layouts."""
    for number, layout in read_layouts(connection).items():
        closed = read_rows(
            connection,
            "SELECT count, data FROM closed WHERE first_series <= ? AND last_series >= ? AND layout = ?"
            " AND (newest IS NULL OR newest >= ?)",
            (last, first, number, _from(since)),
        )
        blocks = list(closed)
        if sum(count for count, _ in blocks) * layout.row.itemsize > LARGEST_BLOCK:
            raise TooManyForecastsError(
                "the forecasts of a series are too many to be read at once", "remove old ones with --keep"
            )
        parts = [_within(unpack_block(layout.row, count, data), first, last) for count, data in blocks]
        for table in ("finished", "pending"):
            query = f"SELECT series, model, run, data FROM {table} WHERE layout = ? AND series BETWEEN ? AND ?"  # noqa: S608 - constants
            found = list(read_rows(connection, query, (number, first, last)))
            if found:
                parts.append(rows_of_records(layout, [row[:3] for row in found], [row[3] for row in found]))
        if not parts:
            continue
        rows = np.concatenate(parts)
        rows = rows[rows["origin"] >= _from(since)]
        yield rows[np.lexsort((rows["origin"], rows["series"]))], layout


def _from(since: int | None) -> int:
    """Return the earliest time, before all others where there is none."""
    return -(2**63) if since is None else since


def _within(rows: NDArray[Any], first: int, last: int) -> NDArray[Any]:
    """Return the rows of series with these numbers."""
    return rows[(rows["series"] >= first) & (rows["series"] <= last)]
