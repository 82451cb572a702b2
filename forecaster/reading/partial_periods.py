"""Find periods of which only a part has rows: the last one, which is not over, and the first, which began before.

Times are `datetime64[us]`, in any order. Whether events would still have come follows from the earlier periods: whether
they have events nearer to their end than the last event is, and how many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecaster.calendars.durations import write_time
from forecaster.calendars.schedule import ROWWISE
from forecaster.calendars.units import DAY
from forecaster.errors import Code, Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Ints
    from forecaster.calendars.calendar import Calendar
    from forecaster.calendars.periods import Period
    from forecaster.errors import Place
    from forecaster.reading.series_rows import Series

MOST_COMPARED = 100
"""Periods that show when events come: the nearest ones, because habits change. Chosen by hand."""
USUAL_SHARE = 0.9
"""Least share of the other periods with events where the one in question has none. Chosen by hand: some stand still."""
FEWEST_EXPECTED = 3.0
"""Events that are expected where there are none, at least: if they came by chance, 5 % of periods would have none."""
ALWAYS_SHARE, FEWEST_ALWAYS = 0.99, 19
"""Share of the other periods with events, and their number, which prove it for fewer expected events: one exception in
20 periods is 5 %."""


FEWEST_ROWS = 4
"""Rows that show the usual day or time of day: three others. Chosen by hand."""
MICROSECONDS = 1_000_000
NOT_ALL, NOT_OVER = "leave out its rows if they are not all there", "leave it out with --drop-last if it is not over"


EVEN_SHARE = 0.9
"""Share of equal distances from row to row with which rows come by the clock. Chosen by hand: a meter has few gaps, and
four of five distances between business days are a day."""
LEAST_SHARE = 0.02
"""Least share of the events of a period that are expected where there are none. Chosen by hand: a day of a month, 3 %,
matters, and a minute of an hour does not."""


class Edge(NamedTuple):
    """The edge of a series of periods: how many others were compared, and how many of them have events beyond."""

    compared: int
    beyond: int


def partial_period_findings(
    ds: NDArray[Any], period: Period, place: Place
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return the finding about a first and the one about a last period that stand for a part of their time.

    Args:
        ds: Times of the events that have a value, (n,).
        period: The period.
        place: Where they stand.

    """
    times = np.unique(ds)
    numbers = period.numbers(times)
    if len(times) == 0 or numbers[0] == numbers[-1]:
        return (), ()
    before = (times - period.starts(numbers)).astype(np.int64)
    step = _usual_step(times)
    first = _find_edge(before, numbers - numbers[0], due=0 < step <= before[0])
    begins = f"the first {period.name} seems to be incomplete: its first row is at {write_time(times[0])}"
    after = (period.starts(numbers + 1) - times).astype(np.int64)
    last = _find_edge(after[::-1], numbers[-1] - numbers[::-1], due=0 < step < after[-1])
    ends = f"the last {period.name} seems to be incomplete: its last row is at {write_time(times[-1])}"
    return (
        _edge_finding(first, f"{begins}, but {{}} of the next {{}} have earlier ones", place, NOT_ALL),
        _edge_finding(last, f"{ends}, but {{}} of the {{}} before have later ones", place, NOT_OVER),
    )


def _edge_finding(edge: Edge | None, text: str, place: Place, remedy: str) -> tuple[Finding, ...]:
    """Return the finding with the counts of an edge in its text, if there is such an edge."""
    return () if edge is None else (Finding(Code.PARTIAL, text.format(edge.beyond, edge.compared), place, remedy),)


def _usual_step(times: NDArray[Any]) -> int:
    """Return the distance that distinct times, (n,), have but for a few gaps, in microseconds; 0 if there is none.

    Equal numbers of months are as many times 31 days.
    """
    for unit, length in (("us", 1), ("M", 31 * DAY * MICROSECONDS)):
        steps, counts = np.unique(np.diff(times.astype(f"datetime64[{unit}]")).astype(np.int64), return_counts=True)
        if counts.max() >= EVEN_SHARE * counts.sum():
            return int(steps[counts.argmax()]) * length
    return 0


def _find_edge(distances: Ints, numbers: Ints, *, due: bool) -> Edge | None:
    """Return what shows that the period with number 0 lacks the events of its edge; None where nothing does.

    Args:
        distances: Distance of each event from the edge of its period, (n,), the event nearest to the edge of all first.
        numbers: How many periods away from the one in question the event is, (n,).
        due: Whether the events have a usual distance, after which another one would lie in the period.

    """
    others = (numbers > 0) & (numbers <= MOST_COMPARED)
    if not others.any():
        return None
    compared = int(numbers[others].max())
    nearer = others & (distances < distances[0])
    beyond = len(np.unique(numbers[nearer]))
    proven = nearer.sum() >= FEWEST_EXPECTED * compared
    proven |= due or (compared >= FEWEST_ALWAYS and beyond >= ALWAYS_SHARE * compared)
    matters = nearer.sum() >= LEAST_SHARE * others.sum() and beyond >= USUAL_SHARE * compared
    return Edge(compared, beyond) if proven and matters else None


def last_row_findings(series: Series, calendar: Calendar) -> tuple[Finding, ...]:
    """Return the finding that the last row alone is on another day, or at another time of day, than all others."""
    if calendar.kind in ROWWISE or len(series.ds) < FEWEST_ROWS:
        return ()
    row = len(series.ds) - 1
    on_other_day = calendar.on_other_days(series.ds).tolist() == [row]
    if not on_other_day and not _is_at_another_time(series.ds):
        return ()
    text = f"only the last row, at {write_time(series.ds[row])}, is on a day outside the calendar"
    text = text if on_other_day else f"only the last row is at a different time of day, at {write_time(series.ds[row])}"
    text += f" ({calendar.describe()}): its period may not be over"
    return (Finding(Code.PARTIAL, text, series.place(row), NOT_OVER),)


def _is_at_another_time(ds: NDArray[Any]) -> bool:
    """Return whether rows of days, (n,), are all at one time of day but for an earlier last one.

    An hour earlier is no sign of it: in UTC, summer time begins so.
    """
    if ds.dtype.kind != "M":
        return False
    times = ds - ds.astype("datetime64[D]")
    earlier = times[0] - times[-1]
    return bool((times[:-1] == times[0]).all() and earlier > np.timedelta64(0) and earlier != np.timedelta64(1, "h"))
