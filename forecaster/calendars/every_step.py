"""A calendar whose closed days are steps: what methods read of a series counts them, so that a phase stays a phase."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.calendar import Calendar
from forecaster.calendars.units import WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class EveryStepCalendar(Calendar):
    """A calendar that is open on each of its steps, on holidays and half days too; it is never stored."""

    @classmethod
    def of(cls, calendar: Calendar) -> Calendar:
        """Return the calendar with the steps of another one; the same one if it never closes."""
        if calendar.week is None:
            return calendar
        return cls(**{field.name: getattr(calendar, field.name) for field in fields(calendar)})

    def future(self, last: Any, horizon: int) -> NDArray[Any]:
        """Return the time stamps of the `horizon` steps after `last`, a NumPy scalar; (horizon,)."""
        if self.week is None:
            return super().future(last, horizon)
        ends = np.array([last], "datetime64[us]")
        steps = self.steps(ends)
        begin = int(self.week.number(steps)[0])
        # a week more than the steps fill, for closed hours at both ends
        furthest = begin + (horizon // len(self.week.slots) + 2) * (WEEK // self.week.step)
        places = self.week.last_places(steps) + np.arange(1, horizon + 1)
        return self._time_stamps(self.week.seconds_at(places, begin, furthest), ends)
