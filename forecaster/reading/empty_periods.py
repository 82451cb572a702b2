"""What periods without rows stand for: zero if each row is an event, nothing if rows are readings at equal steps.

A meter that reads every five minutes has used something in an hour without readings: its sum is missing, and so is a
part of the sum of an hour with a few readings. R rows make G groups, one for each series and period.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.calendars.periods import step_of_times
from forecaster.calendars.units import DAY
from forecaster.errors import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.calendars.periods import Period
    from forecaster.errors import Place
    from forecaster.reading.series_rows import Series
    from forecaster.series.panel import Panel

COMPLETE = 0.9
"""Share of the readings that a period could have which most periods must have. Chosen by hand: a log of events has rows
at few of the minutes of an hour, and a day with a change of the clocks has 23 of 24 hours."""
MICROSECONDS = 1_000_000


class Readings(NamedTuple):
    """The groups of rows that are readings.

    Attributes:
        series: The number of the series, (G,), in order.
        periods: The number of the period, (G,), in order within a series.
        rows: The number of rows, (G,).
        expected: How many rows the period could have, (G,).

    """

    series: Ints
    periods: Ints
    rows: Ints
    expected: Ints


def find_readings(ds: NDArray[Any], series: Ints, period: Period) -> Readings | None:
    """Return the groups of rows that are readings; None if rows are events.

    Rows are readings if they come at equal steps shorter than a day, no time repeats within a series, and most periods
    have almost all of them.

    Args:
        ds: Times of the rows with a value, (R,).
        series: The number of the series of each row, (R,).
        period: The period of the groups.

    """
    times, places = np.unique(ds, return_inverse=True)
    step = step_of_times(times)
    if step is None or not 0 < step.seconds < DAY or len(np.unique(series * len(times) + places)) < len(ds):
        return None
    numbers = period.numbers(ds)
    least, count = numbers.min(), np.ptp(numbers) + 1
    keys, rows = np.unique(series * count + numbers - least, return_counts=True)
    periods = keys % count + least
    spans = (period.starts(periods + 1) - period.starts(periods)).astype(np.int64)
    readings = Readings(keys // count, periods, rows, spans // (step.seconds * MICROSECONDS))
    complete = np.median(readings.rows / np.maximum(readings.expected, 1)) >= COMPLETE
    return readings if readings.expected.max() > 1 and complete else None


def incomplete_findings(readings: Readings, period: Period, place: Place) -> tuple[Finding, ...]:
    """Return the finding about periods inside a series that lack some of their readings: their sum is too small."""
    first_or_last = (np.diff(readings.series, prepend=-1) != 0) | (np.diff(readings.series, append=-1) != 0)
    few = np.flatnonzero((readings.rows < COMPLETE * readings.expected) & ~first_or_last)
    if not len(few):
        return ()
    lack = "1 period lacks" if len(few) == 1 else f"{len(few)} periods lack"
    first = write_time(period.starts(readings.periods[few[:1]])[0])
    text = f"{lack} some of the rows, the first at {first}"
    text += ": its sum is too small" if len(few) == 1 else ": their sums are too small"
    return (Finding(Code.PARTIAL, text, place, "fill in the rows, or use --agg mean"),)


def with_zeros_behind(series: Sequence[Series], continued: Panel, period: Period) -> list[Series]:
    """Return sums or counts of newer rows with zeros between the series that they continue and their own first period.

    The file begins with the first period of any series: in it, a series without rows had no event.
    """
    if not series:
        return []
    begin = min(each.ds[0] for each in series)
    number = {name: i for i, name in enumerate(continued.ids)}
    return [_with_zeros(each, continued, number.get(each.name), begin, period) for each in series]


def _with_zeros(series: Series, continued: Panel, i: int | None, begin: Any, period: Period) -> Series:
    """Return a series with zeros from the later of the file's `begin` and the end of the continued series `i` on."""
    if i is None or not series.zero_where_empty:
        return series
    first, start = period.numbers(np.array([series.ds[0], begin]))
    behind = period.numbers(continued.ds[continued.slice(i)][-1:])[0] + 1
    ds = period.starts(np.arange(max(start, behind), first))
    if not len(ds):
        return series
    return replace(
        series,
        ds=np.concatenate([ds, series.ds]),
        values=np.concatenate([np.zeros(len(ds)), series.values]),
        lines=np.concatenate([np.zeros(len(ds), np.int64), series.lines]),
        observed=np.concatenate([np.repeat(series.observed[:, :1], len(ds), axis=1), series.observed], axis=1),
    )
