"""Live scores: how good the forecasts of a ledger have been, by series, by step, and over all.

Sums are (S, h) for S series and the longest horizon h. Scores of several series are the means of the scores of each, so
that every series weighs the same, as in `forecaster.evaluation.metrics`, whose formulas these are:

mae         sum |e| / n
skill       100 (1 - sum |e| / sum |naive error|)
wql         sum of the mean over the quantiles of twice the pinball loss / sum |y|
coverage    100 (values inside the interval) / n
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.errors import InputRefusedError
from forecaster.ledger.records import read_layouts
from forecaster.ledger.sums import COUNTED_STEPS, MEASURES, unpack_sums
from forecaster.ledger.trusted_rows import DamagedLedgerError, read_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from forecaster.arrays import Floats, Ints
    from forecaster.ledger.packing import Layout

MOST_SUMS = 10**8
"""Sums of series and steps that are read at once: 800 MB. 200,000 series of two intervals have as many for 45 steps."""


@dataclass(frozen=True)
class SeriesSums:
    """Sums over the scored forecasts of series.

    Attributes:
        series: Numbers of the series, rising, (S,).
        count: Scored forecasts of each step, (S, h).
        measures: Sums of each of `forecaster.ledger.sums.MEASURES`, (S, h).
        hits: Values inside the interval of each level, (S, h).
        counted: Scored forecasts that have an interval of each level, (S, h).

    """

    series: Ints
    count: Floats
    measures: dict[str, Floats]
    hits: dict[float, Floats]
    counted: dict[float, Floats]

    def over_steps(self) -> SeriesSums:
        """Return the sums over all steps, (S, 1)."""

        def total(values: Floats) -> Floats:
            added: Floats = values.sum(axis=1, keepdims=True)
            return added

        return SeriesSums(
            self.series,
            total(self.count),
            {name: total(each) for name, each in self.measures.items()},
            {level: total(each) for level, each in self.hits.items()},
            {level: total(each) for level, each in self.counted.items()},
        )

    def take(self, chosen: Ints) -> SeriesSums:
        """Return the sums of the series at these places."""
        return SeriesSums(
            self.series[chosen],
            self.count[chosen],
            {name: each[chosen] for name, each in self.measures.items()},
            {level: each[chosen] for level, each in self.hits.items()},
            {level: each[chosen] for level, each in self.counted.items()},
        )


class Scores(NamedTuple):
    """Scores of series and steps, (S, h) each, NaN where nothing was scored.

    Attributes:
        scored: Scored forecasts.
        mae: Mean absolute error, in the units of the data.
        bias: Mean of actual - forecast, in the units of the data.
        skill: By how many percent the absolute error is smaller than that of the naive forecast.
        wql: Weighted quantile loss, as a share of the values.
        coverage: Percent of values inside the interval, by level.

    """

    scored: Floats
    mae: Floats
    bias: Floats
    skill: Floats
    wql: Floats
    coverage: dict[float, Floats]


def read_sums(
    connection: sqlite3.Connection, *, series: Sequence[int] | None = None, since_month: int | None = None
) -> SeriesSums:
    """Return the sums of series since a month, from the table `sums`.

    Args:
        connection: The ledger.
        series: Their numbers; None for all.
        since_month: The first month of the times that were forecast, 12 * year + month - 1; counted steps have none,
            and all of them are in. None for all.

    Raises:
        DamagedLedgerError: A row is damaged.
        InputRefusedError: The series have more sums together than fit in memory.

    """
    layouts = read_layouts(connection)
    ids = np.array(sorted(series) if series is not None else _scored_series(connection), np.int64)
    rows = {number: _rows_of_layout(connection, number, series, since_month) for number in layouts}
    longest = max((layout.horizon for number, layout in layouts.items() if rows[number]), default=1)
    levels = sorted({level for layout in layouts.values() for level in layout.levels})
    shape = (len(ids), longest)
    if len(ids) * longest * (1 + len(MEASURES) + 2 * len(levels)) > MOST_SUMS:
        what = f"the sums of {len(ids):,} series, {longest:,} steps and {len(levels):,} intervals are too many at once"
        raise InputRefusedError(what, "name one series, or the file that it is of")
    sums = SeriesSums(
        ids,
        np.zeros(shape),
        {name: np.zeros(shape) for name in MEASURES},
        {level: np.zeros(shape) for level in levels},
        {level: np.zeros(shape) for level in levels},
    )
    for number, layout in layouts.items():
        _add_layout(sums, layout, rows[number])
    return sums


def scores_of_sums(sums: SeriesSums) -> Scores:
    """Return the scores of each series and step."""
    totals = sums.measures
    return Scores(
        sums.count,
        _divide(totals["abs_error"], sums.count),
        _divide(totals["error"], sums.count),
        100 * (1 - _divide(totals["abs_error"], totals["abs_naive"])),
        _divide(totals["loss"], totals["abs_actual"]),
        {level: 100 * _divide(hits, sums.counted[level]) for level, hits in sums.hits.items()},
    )


def mean_scores(sums: SeriesSums) -> Scores:
    """Return the means over the series of their scores, (1, h), without those that have none; counts are added."""
    each = scores_of_sums(sums)
    return Scores(
        each.scored.sum(axis=0, keepdims=True),
        _mean(each.mae),
        _mean(each.bias),
        _mean(each.skill),
        _mean(each.wql),
        {level: _mean(values) for level, values in each.coverage.items()},
    )


def _scored_series(connection: sqlite3.Connection) -> list[int]:
    """Return the numbers of all series, rising."""
    return [number for (number,) in read_rows(connection, "SELECT id FROM series ORDER BY id")]


def _rows_of_layout(
    connection: sqlite3.Connection, layout: int, series: Sequence[int] | None, since_month: int | None
) -> list[tuple[int, bytes]]:
    """Return series and sums of the rows of a layout."""
    condition, values = "layout = ?", [layout]
    if since_month is not None:
        condition += f" AND (month >= ? OR month = {COUNTED_STEPS})"
        values.append(since_month)
    if series is None:
        return list(read_rows(connection, f"SELECT series, data FROM sums WHERE {condition}", values))  # noqa: S608 - constants
    months = [month for (month,) in read_rows(connection, "SELECT DISTINCT month FROM sums")]
    query = f"SELECT series, data FROM sums WHERE {condition} AND month = ? AND series = ?"  # noqa: S608 - constants
    return [row for month in months for each in series for row in read_rows(connection, query, [*values, month, each])]


def _add_layout(sums: SeriesSums, layout: Layout, rows: list[tuple[int, bytes]]) -> None:
    """Add the sums of rows of one layout."""
    if not rows:
        return
    found = unpack_sums(layout, [data for _, data in rows])
    numbers = np.array([number for number, _ in rows])
    if not np.isin(numbers, sums.series).all():
        raise DamagedLedgerError("the series of a sum is missing")
    place = np.searchsorted(sums.series, numbers)
    steps = slice(layout.horizon)

    def add(total: Floats, values: Floats) -> None:
        np.add.at(total[:, steps], place, values)

    add(sums.count, found["count"])
    for name in MEASURES:
        add(sums.measures[name], found[name])
    for number, level in enumerate(layout.levels):
        add(sums.hits[level], found["hits"][:, :, number])
        add(sums.counted[level], found["count"])


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    """Return the quotients, NaN where the denominator is not positive."""
    quotients: Floats = np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)
    return quotients


def _mean(values: Floats) -> Floats:
    """Return the mean of each column, (1, h), without NaN; NaN for a column of these alone."""
    available = ~np.isnan(values)
    total = np.where(available, values, 0).sum(axis=0, keepdims=True)
    return _divide(total, available.sum(axis=0, keepdims=True).astype(np.float64))
