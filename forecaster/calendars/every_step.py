"""A calendar whose closed days are steps: what methods read of a series counts them, so that a phase stays a phase."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.calendar import Calendar

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
        ends = np.array([last], "datetime64[us]")
        return self.times_at_places(self.places(ends) + np.arange(1, horizon + 1), ends)
