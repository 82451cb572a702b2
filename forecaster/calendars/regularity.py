"""How regular time stamps are: their usual distance, and whether any calendar can describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.arrays import most_frequent
from forecaster.calendars.durations import duration_in_words, write_time
from forecaster.calendars.holidays import weekday_of
from forecaster.calendars.periods import last_of_period, look_like_events
from forecaster.calendars.units import DAY, MICROSECONDS
from forecaster.errors import Code, InputRefusedError, Place
from forecaster.text import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Bools, Ints

SHORT_GAP_STEPS, SHORT_GAP = 10, np.timedelta64(15, "D")
"""Gaps of up to ten usual steps or 15 days are never refused: markets close for up to two weeks."""
FEWEST_GAPS = 6
"""Distances before and after a change of frequency that are needed to see it. Chosen by hand: fewer can be chance."""
ALIKE, ALIKE_SHARE = 0.12, 0.7
"""A distance is like the usual one if it differs by no more than 12 %, as months differ by a tenth; rows have one
frequency if 70 % of their distances are alike, as those of business days are. Chosen by hand."""
OTHER_FREQUENCY = 1.5
"""How many times as long a usual step must be to be another frequency: more than the difference of months or of weeks
with a holiday, less than twice. Chosen by hand."""
GAP_SHARE, GAPS_ANYWAY = 0.2, 2
"""Share of the rows that may be followed by a gap, or lie outside the calendar, and how many may in any series: with
more, the calendar is not that of the series. Chosen by hand."""
MOST_ABSENT = 1.5
"""Steps without a row for each row at most, where all rows are on steps of the calendar: half of them may be missing at
random. Chosen by hand."""


class IrregularError(InputRefusedError):
    """A series whose time stamps follow no calendar."""

    def __init__(
        self, what: str, remedy: str = "", place: Place | None = None, *, code: Code = Code.FREQ, row: int = 0
    ) -> None:
        """Keep `row`, the number of the time stamp at which it shows, with the sentence."""
        super().__init__(what, remedy, place, code=code)
        self.row = row


def check_distinct_seconds(ds: NDArray[Any], name: str) -> None:
    """Check that rising dates, (n,), fall into different seconds.

    Raises:
        IrregularError: Two share one.

    """
    same = np.flatnonzero(np.diff(ds.astype("datetime64[s]").astype(np.int64)) == 0)
    if len(same):
        row = int(same[0]) + 1
        first, second = (write_time(stamp) for stamp in ds[row - 1 : row + 1])
        what = f"there are rows less than a second apart: {first} is followed by {second}"
        remedy = "keep only one row for each second"
        remedy += f", or the last one of a period with {last_of_period(ds)}" if look_like_events(ds) else ""
        raise IrregularError(what, remedy, Place(series=shown(name)), row=row)


def check_longest_gap(ds: NDArray[Any], name: str) -> None:
    """Check that no gap of rising time stamps, (n,), is longer than the span of all other rows.

    Raises:
        IrregularError: A gap is longer; often the year of a row is mistyped.

    """
    gaps = np.diff(ds)
    if len(gaps) < 2:
        return
    i = int(gaps.argmax())
    if gaps[i] <= ds[-1] - ds[0] - gaps[i]:
        return
    usual = np.median(np.delete(gaps, i).astype(np.int64))
    short = gaps[i].astype(np.int64) <= SHORT_GAP_STEPS * usual or (ds.dtype.kind == "M" and gaps[i] <= SHORT_GAP)
    if short:
        return
    what = f"{write_time(ds[i])} is followed by {write_time(ds[i + 1])}, a gap longer than the span of all other rows"
    remedy = "correct the date, or leave out the rows on one side of the gap"
    row = i if i + 1 < len(ds) - (i + 1) else i + 1
    raise IrregularError(what, remedy, Place(series=shown(name)), code=Code.DATE_RANGE, row=row)


def check_one_frequency(ds: NDArray[Any], name: str) -> None:
    """Check that rising time stamps, (n,), do not change from one steady distance to another.

    The change is looked for where the sum of the logarithms of the distances, less their mean, is farthest from zero.

    Raises:
        IrregularError: They change.

    """
    gaps = np.diff(ds).astype(np.int64)
    logs = np.log(gaps)
    change = int(np.abs(np.cumsum(logs - logs.mean())[:-1]).argmax()) + 1 if len(gaps) >= 2 * FEWEST_GAPS else 0
    if not FEWEST_GAPS <= change <= len(gaps) - FEWEST_GAPS:
        return
    parts = gaps[:change], gaps[change:]
    usual = [int(np.median(part)) for part in parts]
    alike = [(np.abs(part / middle - 1) <= ALIKE).mean() for part, middle in zip(parts, usual, strict=True)]
    if min(alike) < ALIKE_SHARE or max(usual) < OTHER_FREQUENCY * min(usual):
        return
    before, after = (duration_in_words(step // MICROSECONDS) if ds.dtype.kind == "M" else str(step) for step in usual)
    what = f"the rows are {before} apart up to {write_time(ds[change])} and {after} apart after it"
    remedy = "keep the rows of one frequency, or convert all to one step"
    raise IrregularError(what, remedy, Place(series=shown(name)), row=change)


def median_gap(ds: NDArray[Any]) -> int:
    """Return the median distance of rising time stamps in counts or whole seconds; for a single one, 1 or a day."""
    times, alone = (ds, 1) if ds.dtype.kind == "i" else (ds.astype("datetime64[s]").astype(np.int64), DAY)
    return int(np.median(np.diff(times))) if len(times) > 1 else alone


def usual_distance(days: Ints) -> int:
    """Return the distance of most rows in days; Friday to Monday counts as one where nothing contradicts it."""
    gaps = np.diff(days)
    if not len(gaps) or ((gaps == 3) & (weekday_of(days[:-1]) == 4)).all():
        return 1
    # The median distance is still a week where a holiday moved one row in three.
    middle, frequent = int(np.sort(gaps)[len(gaps) // 2]), most_frequent(gaps)
    return frequent if middle % 7 or frequent % 7 == 0 else middle


def follow_steps(absent: Bools, rows: int, outside: int, on_other_days: int) -> bool:
    """Return whether rows follow their steps: with few gaps, or all on them with gaps by chance.

    Args:
        absent: Which steps have no row, (m,).
        rows: Number of the rows.
        outside: Number of the rows between the steps.
        on_other_days: Number of the rows on another day of their step than most.

    """
    few = max(GAPS_ANYWAY, GAP_SHARE * rows)
    if _count_gaps(absent) <= few and outside <= few and absent.sum() <= max(GAPS_ANYWAY, rows):
        return True
    return not outside and not on_other_days and _are_missing_at_random(absent, rows)


def _are_missing_at_random(absent: Bools, rows: int) -> bool:
    """Return whether `rows` rows that are all on steps miss the `absent` ones, (m,), by chance or in outages.

    Rows missing at random leave out two steps in a row as often as chance says, and outages do more often. Fewer such
    pairs are another step, as that of every second business day: of n absent steps, a share p of all, n p are expected,
    and two standard deviations (n p (1 - p)) ** 0.5 less are still chance.
    """
    count, share = int(absent.sum()), float(absent.mean())
    fewest = count * share - 2 * (count * share * (1 - share)) ** 0.5
    return count <= MOST_ABSENT * rows and count - _count_gaps(absent) >= fewest


def _count_gaps(absent: Bools) -> int:
    """Return in how many runs the steps, (m,), are absent."""
    return int(absent[:1].sum() + (absent[1:] & ~absent[:-1]).sum())
