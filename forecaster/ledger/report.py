"""What `forecast ledger` shows: scores over all, by step or by series, what the ledger holds, and series as charts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.errors import UsageError, counted
from forecaster.ledger.details import read_actuals, read_details
from forecaster.ledger.records import series_rows
from forecaster.ledger.scores import mean_scores, read_sums, scores_of_sums
from forecaster.ledger.trusted_rows import DamagedLedgerError, check_times, read_rows
from forecaster.spec import COLUMNS
from forecaster.text import shown
from forecaster.workflow.chart_series import ChartSeries, ChartSet, history_rows
from forecaster.workflow.frames import Frame

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from forecaster.ledger.details import ForecastDetails
    from forecaster.ledger.records import SeriesRow
    from forecaster.ledger.scores import Scores, SeriesSums

SOURCE, STEP, SCORED, REVISED = "source", "step", "scored", "revised"
"""Columns of the table besides the scores: which file, which step, how many forecasts of it were scored, and how many
values were revised."""
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
RANKS = ("best", "median", "worst")
"""Names of the series of many that charts show, by their skill."""


class LedgerReport(NamedTuple):
    """What is shown of a ledger.

    Attributes:
        scores: One row over everything, then one a step or one a series; scores that are not known are missing.
        summary: What it holds, in a sentence.
        charts: The series as charts show them; None where nothing was forecast.

    """

    scores: Frame
    summary: str
    charts: ChartSet | None


def report(
    connection: sqlite3.Connection, series: str | None, *, by_series: bool, since_month: int | None, with_charts: bool
) -> LedgerReport:
    """Return what is shown of a ledger.

    Args:
        connection: The ledger.
        series: The only series, or the only source; None for all.
        by_series: Whether each series has a row instead of each step.
        since_month: The first month of the times that were forecast, see `forecaster.ledger.scores.read_sums`.
        with_charts: Whether charts are wanted.

    Raises:
        UsageError: There is no such series.

    """
    rows = find_series(connection, series)
    sums = read_sums(connection, series=None if series is None else [row.id for row in rows], since_month=since_month)
    revised = dict(read_rows(connection, "SELECT series, count(*) AS count FROM revisions GROUP BY series"))
    scores = _score_rows(rows, sums, revised, by_series=by_series)
    charts = _charts(connection, rows, sums) if with_charts else None
    return LedgerReport(scores, _summary(connection, rows, sums), charts)


def find_series(connection: sqlite3.Connection, name: str | None) -> list[SeriesRow]:
    """Return the series of this name, of the source of this name, or named `source/series`; all without a name.

    Raises:
        UsageError: There is none.

    """
    rows = sorted(series_rows(connection), key=lambda row: (row.source, row.name))
    if name is None:
        return rows
    found = [row for row in rows if name in {row.name, row.source, f"{row.source}/{row.name}"}]
    if not found:
        remedy = "use --per-series to list those that it has"
        raise UsageError(f"the ledger has no series {shown(name)}", remedy)
    return found


def _score_rows(rows: Sequence[SeriesRow], sums: SeriesSums, revised: dict[int, int], *, by_series: bool) -> Frame:
    """Return the table of scores."""
    whole, steps = mean_scores(sums.over_steps()), np.flatnonzero(sums.count.any(axis=0)).tolist()
    counts = [revised.get(row.id, 0) for row in rows]
    parts = [_records(whole, [{REVISED: sum(counts)}])]
    if by_series:
        names = [
            {SOURCE: row.source, COLUMNS.series: row.name, REVISED: count}
            for row, count in zip(rows, counts, strict=True)
        ]
        places = np.searchsorted(sums.series, [row.id for row in rows]).tolist()
        parts.append(_records(scores_of_sums(sums.over_steps()), names, places))
    else:
        parts.append(_records(mean_scores(sums), [{STEP: step + 1} for step in steps], steps))
    records = [record for part in parts for record in part]
    columns = [*([SOURCE, COLUMNS.series] if by_series else [STEP]), *_score_columns(whole), REVISED]
    kinds = dict.fromkeys({STEP, SCORED, REVISED} & {*columns}, "Int64")
    return Frame.from_records(records, columns=columns).astype(kinds)


def _score_columns(scores: Scores) -> list[str]:
    """Return the names of the columns of scores."""
    return [SCORED, "mae", "bias", "skill", "wql", *(f"coverage-{level:g}" for level in scores.coverage)]


def _records(
    scores: Scores, names: Sequence[dict[str, Any]], places: Sequence[int] | None = None
) -> list[dict[str, Any]]:
    """Return scores, (k, 1) or (1, h), as a record for each name; `places` are those of the names among them."""
    values = [scores.scored, scores.mae, scores.bias, scores.skill, scores.wql, *scores.coverage.values()]
    columns = dict(zip(_score_columns(scores), (each.ravel() for each in values), strict=True))
    where = range(len(names)) if places is None else places
    return [
        {
            **name,
            **{column: float(each[place]) for column, each in columns.items()},
            SCORED: int(columns[SCORED][place]),
        }
        for name, place in zip(names, where, strict=True)
    ]


def _summary(connection: sqlite3.Connection, rows: Sequence[SeriesRow], sums: SeriesSums) -> str:
    """Return what a ledger holds of series, in a sentence."""
    started = [text[:10] for (text,) in read_rows(connection, "SELECT started FROM runs")]
    if not all(map(DAY.fullmatch, started)):
        raise DamagedLedgerError("the time of a run is no date")
    span = f"{counted(len(started), 'run')} from {min(started)} to {max(started)}" if started else "no run yet"
    scored = int(sums.count.sum())
    steps = f"{counted(scored, 'step')} of forecasts scored" if scored else "no forecast scored yet, as no values came"
    return f"{len(rows):,} series, {span}; {steps}"


def _charts(connection: sqlite3.Connection, rows: Sequence[SeriesRow], sums: SeriesSums) -> ChartSet | None:
    """Return the last scored forecast of series as charts show it: of many, the best and the worst ones."""
    if not rows:
        return None
    places = np.searchsorted(sums.series, [row.id for row in rows])
    skill = scores_of_sums(sums.over_steps()).skill.ravel()[places]
    known = np.flatnonzero(~np.isnan(skill))
    order = known[np.argsort(-skill[known], kind="stable")]
    if len(rows) <= len(RANKS) or not len(order):
        chosen = dict.fromkeys(range(min(len(rows), len(RANKS))), "")
    else:
        chosen = dict(zip((int(order[0]), int(order[len(order) // 2]), int(order[-1])), RANKS, strict=True))
    drawn = [_chart(connection, rows[i], rank) for i, rank in chosen.items()]
    series = tuple(each for each in drawn if each is not None)
    return ChartSet(series, len(rows) - len(series), rows[0].step) if series else None


def _chart(connection: sqlite3.Connection, row: SeriesRow, rank: str) -> ChartSeries | None:
    """Return the newest forecast of a series that is past, or else the newest one, after the values before it."""
    newest = max(
        (each for each in map(_newest, read_details(connection, row.id, row.id)) if each is not None),
        key=lambda each: (each.scored.all(), int(each.forecasts.origin[0])),
        default=None,
    )
    if newest is None:
        return None
    forecasts, values = newest.forecasts, read_actuals(connection, row.id, row.id)
    before = values[values["time"] <= forecasts.origin[0]][-history_rows(forecasts.layout.horizon, row.season) :]
    times = np.concatenate([before["time"], forecasts.targets[0]])
    if row.dated:
        check_times(times)
    ends = {level: forecasts.ends[0, :, 2 * i : 2 * i + 2] for i, level in enumerate(forecasts.layout.levels)}
    return ChartSeries(
        row.name,
        times.astype("datetime64[us]") if row.dated else times,
        before["value"].copy(),
        forecasts.point[0],
        {level: each[:, 0] for level, each in ends.items()},
        {level: each[:, 1] for level, each in ends.items()},
        newest.actual[0] if newest.scored.any() else None,
        rank,
    )


def _newest(details: ForecastDetails) -> ForecastDetails | None:
    """Return the newest forecast of those of one layout whose steps are all scored, or else the newest one."""
    whole = np.flatnonzero(details.scored.all(axis=1))
    chosen = whole if len(whole) else np.arange(len(details.forecasts))
    return details.take(chosen[-1:]) if len(chosen) else None
