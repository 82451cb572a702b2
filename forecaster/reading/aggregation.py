"""Rows of a log to one row for each period and series: the rows of a day are added up, averaged or counted.

There are R rows in the order of the file and G groups, one for each series and period, in the order of both. The groups
take the place of the rows before duplicates, gaps and calendars are examined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from forecaster.calendars.periods import Period, longer, parse_period, step_of_times
from forecaster.errors import Code, Finding, InputRefusedError, UsageError, counted
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.date_formats import ISO
from forecaster.reading.empty_periods import find_readings, incomplete_findings
from forecaster.reading.partial_periods import partial_period_findings
from forecaster.spec import AGGREGATIONS, COUNT, SUM

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from numpy.typing import NDArray

    from forecaster.arrays import Floats, Ints
    from forecaster.reading.cells.time_style import TimeStyle
    from forecaster.reading.tables.table import Table
    from forecaster.reading.target_rows import TargetRows
    from forecaster.spec import Selection

ZERO_WHERE_EMPTY = (SUM, COUNT)
"""Aggregations that are zero where a period has no rows: nothing was sold, nobody called."""
MOST_ROWS = 10_000_000
"""Rows after aggregation at most, as many as a file may have lines."""
DATE_PART = re.compile(r"[^H]*[DMY](?=[ T]*H)")
"""What a date format has in front of hours."""
RESULTS = {"sum": "the sum of its values", "mean": "the mean of its values", "last": "its last value"}
RESULTS |= {"first": "its first value", "min": "its least value", "max": "its largest value"}
RESULTS |= {"count": "the number of its rows"}
"""What a value is, in words, by aggregation."""


@dataclass(frozen=True)
class Aggregation:
    """The period of `--every`, and what becomes of the values in it, one of `AGGREGATIONS`."""

    period: Period
    agg: str

    @property
    def zero_where_empty(self) -> bool:
        """Whether a period without rows has the value zero."""
        return self.agg in ZERO_WHERE_EMPTY

    def style(self, style: TimeStyle) -> TimeStyle:
        """Return how the times of periods are written: without the time of day where they begin at midnight."""
        days = DATE_PART.match(style.date_format)
        if not days or not self.period.whole_days:
            return style
        return replace(style, date_format="" if days[0] == ISO else days[0])


class Groups(NamedTuple):
    """The groups of rows.

    Attributes:
        series: Number of the series, (G,).
        periods: Number of the period, (G,).
        values: The values, (G,); NaN where no row of the group has one.
        covariates: The columns that help the forecast, (P + K, G).
        last_rows: The last row of each group in time, (G,); -1 for periods without rows.

    """

    series: Ints
    periods: Ints
    values: Floats
    covariates: Floats
    last_rows: Ints


def aggregation_of(selection: Selection) -> Aggregation | None:
    """Return the aggregation that the user asks for, if any.

    Raises:
        UsageError: The period is none, or only one of the two options is given.

    """
    if selection.every is None and selection.agg is None:
        return None
    period = parse_period(selection.every) if selection.every is not None else None
    if selection.agg is None:
        what = f"--every {selection.every} does not say what to do with the values of each {selection.every}"
        raise UsageError(what, "add --agg sum, mean, last, first, min, max or count")
    if period is None:
        what = f"--agg {selection.agg} does not say for which periods"
        raise UsageError(what, "add --every hour, day, week, month, quarter or year")
    if selection.agg not in AGGREGATIONS:
        raise UsageError(f"--agg {selection.agg} is not an aggregation", f"name one of {', '.join(AGGREGATIONS)}")
    return Aggregation(period, selection.agg)


def with_counted_rows(table: Table, selection: Selection) -> tuple[Table, Selection]:
    """Return a table with a column of ones as the target, where rows are counted and no target is named."""
    if selection.agg != COUNT or selection.targets not in {(), (COUNT,)}:
        return table, selection
    named = replace(selection, targets=(COUNT,))
    if COUNT in table.header:
        return table, named
    ones = Column(table.file, COUNT, table.lines, ("1",) * len(table.lines))
    return replace(table, columns=(*table.columns, ones)), named


def aggregate_rows(
    source: TargetRows, aggregation: Aggregation, zone: str = "", *, drop_last: bool = False
) -> tuple[TargetRows, tuple[Finding, ...]]:
    """Return one row for each series and period in place of the rows of a file, and what became of the rows.

    Columns that help the forecast are averaged; of those of 0 and 1, the largest is taken, and of categories the most
    frequent one.

    Args:
        source: The rows.
        aggregation: What is done.
        zone: The time zone of the rows, for the finding.
        drop_last: Whether the last row will be left out, so that it does not matter whether its period is over.

    Raises:
        InputRefusedError: The rows are counted, or are further apart than the periods are long.

    """
    _refuse_finer_periods(source, aggregation.period)
    groups = _group_rows(source, aggregation)
    rows = len(groups.periods)
    valued = source.ds[~np.isnan(source.values)]
    readings = None
    if aggregation.agg == SUM and len(valued):
        readings = find_readings(valued, _series_numbers(source)[~np.isnan(source.values)], aggregation.period)
    zeros = aggregation.zero_where_empty and readings is None
    groups = _with_empty_periods(groups) if zeros else groups
    findings = _aggregation_findings(source, aggregation, groups, len(groups.periods) - rows, zone)
    observed = len(source.observed)
    aggregated = replace(
        source,
        table=_table_of_groups(source, groups),
        ds=aggregation.period.starts(groups.periods),
        values=groups.values,
        observed=groups.covariates[:observed],
        known=groups.covariates[observed:],
        zero_where_empty=zeros,
    )
    few = incomplete_findings(readings, aggregation.period, source.table.place()) if readings else ()
    first, last = partial_period_findings(valued, aggregation.period, source.table.place())
    last = () if drop_last else last
    return replace(aggregated, begins_partial=bool(first), ends_partial=bool(last)), (*findings, *few, *first, *last)


def _table_of_groups(source: TargetRows, groups: Groups) -> Table:
    """Return the table with a row for each group, on the line of its last row, with the name of its series alone."""
    lines = np.where(groups.last_rows >= 0, source.table.lines[groups.last_rows], 0)
    columns = [Column(each.file, each.name, lines, ("",) * len(lines)) for each in source.table.columns]
    by = source.columns.series
    if by is not None:
        names = source.table.columns[by].distinct
        columns[by] = replace(columns[by], data=tuple(names[i] for i in groups.series.tolist()))
    return replace(source.table, columns=tuple(columns))


def _refuse_finer_periods(source: TargetRows, period: Period) -> None:
    """Refuse rows without dates, and periods that are shorter than the step from one row to the next."""
    place = source.table.columns[source.columns.times[0]].place()
    if source.ds.dtype.kind != "M":
        what = "the rows are counted and have no dates, so there are no periods"
        raise InputRefusedError(what, "leave out --every and --agg", place, code=Code.FREQ)
    step = step_of_times(np.unique(source.ds))
    if step is not None and longer(step, period):
        what = f"periods of {period.counted(1)} are shorter than the step of the rows, {step.counted(1)}"
        remedy = f"name a period that is not shorter, such as --every {step.option}"
        raise InputRefusedError(what, remedy, place, code=Code.FREQ)


def _group_rows(source: TargetRows, aggregation: Aggregation) -> Groups:
    """Return the groups of the rows; rows behind the last value only say what is known of the future."""
    series = _series_numbers(source)
    covariates = np.concatenate([source.observed, source.known])
    order = np.lexsort((_file_order(source.ds), source.ds, series))
    frame = pd.DataFrame({"row": order, "value": source.values[order]}, copy=False)  # noqa: PD011 - rows are no frame
    names = [f"covariate {i}" for i in range(len(covariates))]
    for name, column in zip(names, covariates, strict=True):
        frame[name] = column[order]
    together = frame.groupby([series[order], aggregation.period.numbers(source.ds[order])], sort=True)
    values = together["value"].sum(min_count=1) if aggregation.agg == SUM else together["value"].agg(aggregation.agg)
    found = values.to_numpy(np.float64)
    numbers, periods = (values.index.get_level_values(i).to_numpy(np.int64) for i in (0, 1))
    if aggregation.agg == COUNT:
        valued = aggregation.period.numbers(source.ds[~np.isnan(source.values)])
        found = np.where(periods <= valued.max(initial=periods.min()), found, np.nan)
    merged = [
        together[name].agg(_covariate_rule(each, categorical=i in source.categorical))
        for i, (name, each) in enumerate(zip(names, covariates, strict=True))
    ]
    return Groups(
        numbers,
        periods,
        found,
        np.array([each.to_numpy(np.float64) for each in merged]).reshape(len(names), len(found)),
        together["row"].last().to_numpy(np.int64),
    )


def _series_numbers(source: TargetRows) -> Ints:
    """Return the number of the series of each row, (R,)."""
    by = source.columns.series
    return np.zeros(len(source.ds), np.int64) if by is None else source.table.columns[by].codes


def _file_order(ds: NDArray[Any]) -> Ints:
    """Return what sorts rows of one time: their order in the file, backwards where the newest come first."""
    rows = np.arange(len(ds))
    return -rows if len(ds) > 1 and (ds[1:] <= ds[:-1]).all() else rows


def _covariate_rule(column: Floats, *, categorical: bool) -> str | Callable[[pd.Series[float]], float]:
    """Return what becomes of a column that helps the forecast, (R,): of flags the largest value, else the mean.

    Of codes of categories it is the most frequent one.
    """
    if categorical:
        return _most_frequent_code
    return "max" if np.isin(column[~np.isnan(column)], (0, 1)).all() else "mean"


def _most_frequent_code(codes: pd.Series[float]) -> float:
    """Return the most frequent code, the least one of several; NaN where there is none."""
    found = codes.mode()
    return float(found.iloc[0]) if len(found) else np.nan


def aggregate_known(
    ds: NDArray[Any], series: Ints, columns: Mapping[str, Floats], period: Period, categorical: Collection[str] = ()
) -> tuple[NDArray[Any], Ints, dict[str, Floats]]:
    """Return one row for each series and period in place of the rows of a file of known values.

    Args:
        ds: Times, (R,).
        series: The number of the series of each row, (R,).
        columns: The values by column, (R,) each.
        period: The period.
        categorical: Names of the columns that hold codes of categories.

    """
    together = pd.DataFrame(dict(columns)).groupby([series, period.numbers(ds)], sort=True)
    rules = {name: _covariate_rule(column, categorical=name in categorical) for name, column in columns.items()}
    merged = together.agg(rules)
    numbers, periods = (merged.index.get_level_values(i).to_numpy(np.int64) for i in (0, 1))
    return period.starts(periods), numbers, {name: merged[name].to_numpy(np.float64) for name in columns}


def _with_empty_periods(groups: Groups) -> Groups:
    """Return the groups with zeros for the periods without rows, from a series' first value to the last of the file."""
    valued = ~np.isnan(groups.values)
    if not valued.any():
        return groups
    end = int(groups.periods[valued].max())
    names, places = np.unique(groups.series, return_inverse=True)
    first = np.full(len(names), end + 1)
    np.minimum.at(first, places[valued], groups.periods[valued])
    counts = end + 1 - first
    if counts.sum() > MOST_ROWS:
        what = f"there would be {counts.sum():,} rows, more than {MOST_ROWS:,}"
        raise InputRefusedError(what, "name a longer period with --every", code=Code.LIMIT)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    whole = pd.MultiIndex.from_arrays([np.repeat(names, counts), np.repeat(first, counts) + offsets])
    present = pd.MultiIndex.from_arrays([groups.series, groups.periods])
    every = present.union(whole)
    found = present.get_indexer(every)
    values = np.where(found >= 0, groups.values[found], 0.0)  # noqa: PD011 - groups are no frame
    return Groups(
        every.get_level_values(0).to_numpy(np.int64),
        every.get_level_values(1).to_numpy(np.int64),
        values,
        np.where(found >= 0, groups.covariates[:, found], np.nan),
        np.where(found >= 0, groups.last_rows[found], -1),
    )


def _aggregation_findings(
    source: TargetRows, aggregation: Aggregation, groups: Groups, empty: int, zone: str
) -> tuple[Finding, ...]:
    """Return the finding that says what became of the rows, and the one about rows without a value."""
    period, series = aggregation.period, len(np.unique(groups.series))
    became = period.counted(len(groups.periods)) + (f" of {series} series" if series > 1 else "")
    text = f"{counted(len(source.ds), 'row')} became {became}, each with {RESULTS[aggregation.agg]}"
    if empty:
        text += f"; {empty} without rows {'is' if empty == 1 else 'are'} 0"
    text += f"; each is named after its {period.first_day}" + (f" in the time zone {zone}" if zone else "")
    found = [Finding(Code.AGGREGATED, text, source.table.place())]
    without = int(np.isnan(source.values).sum())
    if without and aggregation.agg != COUNT:
        text = f"{counted(without, 'row')} without a value {'does' if without == 1 else 'do'} not count"
        found.append(Finding(Code.MISSING, text, source.table.columns[source.target].place()))
    return tuple(found)


def values_of_target(table: Table, target: int, selection: Selection) -> Floats:
    """Return the numbers of a target, (R,); where rows are counted, 1 for each cell that is not empty."""
    if selection.agg != COUNT:
        return table.numbers(target, selection.decimal)
    column = table.columns[target]
    return np.where(np.array([bool(cell) for cell in column.distinct])[column.codes], 1.0, np.nan)
