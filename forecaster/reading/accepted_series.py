"""Series that have a calendar: those that do not have the steps of most series of the files are refused alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from forecaster.calendars.schedule import ROWWISE
from forecaster.errors import Code, InputRefusedError
from forecaster.series.panel import step_of_calendar

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from forecaster.calendars.calendar import Calendar
    from forecaster.errors import Finding
    from forecaster.reading.series_rows import Series


class AcceptedSeries(NamedTuple):
    """A series with its calendar and the findings about it."""

    series: Series
    calendar: Calendar
    findings: tuple[Finding, ...]

    def missing(self) -> NDArray[Any]:
        """Return the times at which the calendar expects rows that are missing, or have no value."""
        return self.calendar.missing(self.series.ds)


def drop_rowwise(accepted: list[AcceptedSeries]) -> tuple[list[AcceptedSeries], dict[str, InputRefusedError]]:
    """Return the series of regular steps, if there are any, and the errors of those that have none."""
    regular = [each for each in accepted if each.calendar.kind not in ROWWISE]
    if not any(len(each.series.ds) > 1 for each in regular):
        return accepted, {}
    what = "the rows have no regular step, but those of other series have one"
    remedy = "train it separately, or with --irregular"
    uneven = [each.series for each in accepted if each.calendar.kind in ROWWISE]
    return regular, {each.name: InputRefusedError(what, remedy, each.place(), code=Code.FREQ) for each in uneven}


def drop_other_steps(accepted: list[AcceptedSeries]) -> tuple[list[AcceptedSeries], dict[str, InputRefusedError]]:
    """Return the series that have the step of most series, if there is one, and the errors of the others.

    A series with gaps often has another step than the others; one row alone has none.
    """
    steps = [step_of_calendar(each.calendar) for each in accepted if len(each.series.ds) > 1]
    usual, count = Counter(steps).most_common(1)[0] if steps else (None, 0)
    if 2 * count <= len(steps):
        return accepted, {}
    unlike = [each for each in accepted if len(each.series.ds) > 1 and step_of_calendar(each.calendar) != usual]
    if not unlike:
        return accepted, {}
    like = next(each.calendar for each in accepted if step_of_calendar(each.calendar) == usual).describe()
    refused = {each.series.name: _other_step(each, like) for each in unlike}
    return [each for each in accepted if each.series.name not in refused], refused


def _other_step(accepted: AcceptedSeries, like: str) -> InputRefusedError:
    """Return the error of a series that has another step than most series have, in words."""
    what = f"the rows have a different step ({accepted.calendar.describe()}) from those of most series ({like})"
    remedy = "fill in the missing rows, or train it separately"
    return InputRefusedError(what, remedy, accepted.series.place(), code=Code.FREQ)
