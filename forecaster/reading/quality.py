"""Findings about what is unusual in a series: gaps, jumps, stale runs, values without a logarithm or outside limits.

Every finding names the first line that it is about, and what can be done.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.durations import write_time
from forecaster.calendars.periods import aggregation_advice
from forecaster.calendars.schedule import ROWS, ROWWISE
from forecaster.errors import Code, Finding, InputRefusedError, counted
from forecaster.reading.jumps import find_jumps
from forecaster.reading.partial_periods import last_row_findings
from forecaster.reading.repair import find_large_gap
from forecaster.reading.target_rows import FILL_IN, FILL_REMEDY
from forecaster.series.limits import number_as_typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.reading.series_rows import Series
    from forecaster.series.limits import Limits

ROUNDING = 1e-10
"""A series whose values differ by no more than this share of their size is constant."""
CHANCE = 1e-6
"""A run of equal values is stale if at most this share of random series has one as long: false alarms must be rare."""
LEAST_UNCHANGED = 0.1
"""Share of rows that are taken to repeat the value before, at least: chosen by hand, so that about ten are needed."""
MOST_STALE, STALE_EVERY = 3, 500
"""Stale runs that are reported, or one in so many rows; a series with more of them pauses by nature. Chosen by hand."""

MOST_ON_HOLIDAYS, ON_HOLIDAYS_EVERY = 3, 500
"""Most rows on learned holidays that may be slips: this number, or one row in this many. Chosen by hand."""


def check_series(series: Series, calendar: Calendar) -> tuple[Finding, ...]:
    """Return everything that is unusual in a series."""
    values = series.values
    partial = last_row_findings(series, calendar)
    series = replace(series, ends_partial=series.ends_partial or bool(partial))
    spread, largest = values.max() - values.min(), np.abs(values).max()
    if len(values) == 1 or spread > ROUNDING * largest:
        found = (*_jump_findings(series), *_stale_findings(series))
    else:
        found = (Finding(Code.CONSTANT, f"the value is {values[0]:.10g} throughout", series.place()),)
    return (*_calendar_findings(series, calendar), *partial, *found, *_nonpositive_findings(series))


def refuse_values_outside(series: Series, limits: Limits) -> None:
    """Refuse a series with a value that it cannot have.

    Raises:
        InputRefusedError: With the first such value.

    """
    rows = np.flatnonzero(limits.outside(series.values))
    if not len(rows):
        return
    row = int(rows[0])
    value = series.values[row]
    if value > limits.maximum:
        side, option, limit, furthest = "above", "--max", limits.maximum, series.values.max()
    else:
        side, option, limit, furthest = "below", "--min", limits.minimum, series.values.min()
    which = f"the value {number_as_typed(value)} at {write_time(series.ds[row])}"
    what = f"{which} is {side} {option} {number_as_typed(limit)}"
    remedy = f"correct it, or use {option} {number_as_typed(furthest)}"
    raise InputRefusedError(what, remedy, series.place(row), code=Code.OUTSIDE)


def _calendar_findings(series: Series, calendar: Calendar) -> tuple[Finding, ...]:
    """Return the finding that rows have no regular step, or those about missing rows and rows outside the calendar."""
    if calendar.kind in ROWWISE:
        return (_irregular_finding(series, calendar),)
    return (
        *_schedule_findings(series, calendar),
        *_gap_findings(series, calendar),
        *_outside_findings(series, calendar),
        *_other_day_findings(series, calendar),
    )


def _irregular_finding(series: Series, calendar: Calendar) -> Finding:
    """Return the finding that rows have no regular step; it names dates that most of them follow, and the first other.

    Dates count only if all rows follow them, so the user decides.
    """
    text = f"the rows have no regular step ({calendar.describe()}): each row counts as one step"
    remedy = "use --irregular if the time between rows matters"
    advice = aggregation_advice(series.ds, series.origin.column)
    remedy += f"; {advice}" if advice else ""
    nearest = Calendar.nearest_dates(series.ds) if calendar.kind == ROWS else None
    if nearest is None:
        return Finding(Code.IRREGULAR, text, series.place(), remedy)
    rows = nearest.on_other_days(series.ds)
    remedy = f"correct the dates, or use --calendar {nearest.rule_name}"
    if not len(rows):
        text += f"; the dates are those of {nearest.rule_name}, but too many are missing"
        return Finding(Code.IRREGULAR, text, series.place(), remedy)
    first = int(rows[0])
    text += f"; all but {counted(len(rows), 'row')} follow {nearest.rule_name}, the first other is"
    return Finding(Code.IRREGULAR, f"{text} {write_time(series.ds[first])}", series.place(first), remedy)


def _schedule_findings(series: Series, calendar: Calendar) -> tuple[Finding, ...]:
    """Return the finding that the rows follow several rules for dates, of which the calendar has the usual one."""
    if not calendar.alternatives:
        return ()
    others = ", ".join(calendar.alternatives)
    text = f"the dates follow several schedules: {calendar.rule_name} is used, --calendar takes others: {others}"
    return (Finding(Code.SCHEDULE, text, series.place(), "name the right one with --calendar"),)


def _other_day_findings(series: Series, calendar: Calendar) -> tuple[Finding, ...]:
    """Return the finding about rows on another day than the one of the week or the month on which most rows are."""
    rows = calendar.on_other_days(series.ds)
    if not len(rows) or rows[0] == len(series.ds) - 1:
        return ()
    first = int(rows[0])
    text = f"{counted(len(rows), 'row')} {'is on a day' if len(rows) == 1 else 'are on days'} outside the calendar"
    text += f" ({calendar.describe()}), the first at {write_time(series.ds[first])}"
    remedy = "check the dates; forecasts are for the days of the calendar"
    return (Finding(Code.CALENDAR, text, series.place(first), remedy),)


def _gap_findings(series: Series, calendar: Calendar) -> tuple[Finding, ...]:
    """Return the finding about missing rows; rows without a value have their own."""
    expected = calendar.missing(series.ds)
    if not len(expected):
        return ()
    missing = np.setdiff1d(expected, series.empty)
    if not len(missing):
        return ()
    before, runs = np.unique(np.searchsorted(series.ds, missing) - 1, return_counts=True)
    row, longest = int(before[runs.argmax()]), int(runs.max())
    where = f"between {write_time(series.ds[row])} and {write_time(series.ds[row + 1])}"
    gaps = f" in {len(runs)} gaps, the longest of {counted(longest, 'row')}" if len(runs) > 1 else ""
    gaps = ", each on its own, the first" if len(runs) > longest == 1 else gaps
    text = f"{counted(len(missing), 'expected row')} {'is' if len(missing) == 1 else 'are'} missing{gaps} {where}"
    remedy = FILL_REMEDY if find_large_gap(series, expected) is None else FILL_IN
    return (Finding(Code.GAP, text, series.place(row), remedy),)


def _outside_findings(series: Series, calendar: Calendar) -> tuple[Finding, ...]:
    """Return the finding about rows on closed days and hours, or between the steps: forecasts have none there.

    Many rows on learned holidays are no slips: the holidays were not kept in all years.
    """
    rows = calendar.outside(series.ds)
    if not len(rows):
        return ()
    if calendar.exchange is None and len(rows) > max(MOST_ON_HOLIDAYS, len(series.ds) / ON_HOLIDAYS_EVERY):
        rows = replace(calendar, holidays=(), half_days=()).outside(series.ds)
    rows = np.setdiff1d(rows, calendar.on_other_days(series.ds))
    if not len(rows):
        return ()
    falls = "falls" if len(rows) == 1 else "fall"
    text = f"{counted(len(rows), 'row')} {falls} outside the calendar ({calendar.describe()}), the first at"
    first = int(rows[0])
    remedy = "check the dates" if calendar.exchange else "check the dates; forecasts are for the days of the calendar"
    return (Finding(Code.CALENDAR, f"{text} {write_time(series.ds[first])}", series.place(first), remedy),)


def _jump_findings(series: Series) -> tuple[Finding, ...]:
    """Return the findings about jumps."""
    found = []
    for row, like, remedy in find_jumps(series.values):
        if row == len(series.values) - 1 and series.ends_partial:
            continue
        before, after = series.values[row - 1 : row + 1]
        text = f"the value goes from {before:.6g} to {after:.6g} at {write_time(series.ds[row])}, {like}"
        found.append(Finding(Code.JUMP, text.replace(", and", " and"), series.place(row), remedy))
    return tuple(found)


def _stale_findings(series: Series) -> tuple[Finding, ...]:
    """Return the findings about runs of equal values that are longer than chance explains.

    A value repeats the one before with probability p, so a run of r equal values has probability p ** (r - 1).
    """
    starts = np.flatnonzero(np.append(True, np.diff(series.values) != 0))
    runs = np.diff(np.append(starts, len(series.values)))
    unchanged = (len(series.values) - len(runs)) - (runs.max() - 1)
    share = max(LEAST_UNCHANGED, unchanged / max(1, len(series.values) - runs.max()))
    if share >= 1:
        return ()
    longest = 1 + np.log(CHANCE / len(series.values)) / np.log(share)
    stale = np.flatnonzero(runs > longest)
    if len(stale) > max(MOST_STALE, len(series.values) / STALE_EVERY):
        return ()
    found = []
    for start, run in zip(starts[stale].tolist(), runs[stale], strict=True):
        text = f"the value stays at {series.values[start]:.6g} for {run} rows from {write_time(series.ds[start])} on"
        found.append(Finding(Code.STALE, text, series.place(start), "check that the source was updated"))
    return tuple(found)


def _nonpositive_findings(series: Series) -> tuple[Finding, ...]:
    """Return the finding about values that have no logarithm."""
    low = np.flatnonzero(series.values <= 0)
    if not len(low):
        return ()
    row = int(low[0])
    verb = "is" if len(low) == 1 else "are"
    text = f"{counted(len(low), 'value')} {verb} zero or negative, the first is {series.values[row]:.6g}"
    remedy = "correct them if they are wrong: a series with such values is forecast by its level, not by its returns"
    return (Finding(Code.NONPOSITIVE, f"{text} at {write_time(series.ds[row])}", series.place(row), remedy),)


def series_within(series: Sequence[Series], limits: Limits) -> tuple[list[Series], dict[str, InputRefusedError]]:
    """Return the series whose values all lie within the limits, and the errors of the others."""
    within: list[Series] = []
    refused: dict[str, InputRefusedError] = {}
    for each in series:
        try:
            refuse_values_outside(each, limits)
        except InputRefusedError as error:
            refused[each.name] = error
        else:
            within.append(each)
    return within, refused
