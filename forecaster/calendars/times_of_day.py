"""Rows at a few times of day, as 08:00 and 18:00, whose distances no single step explains.

Times are whole seconds since 1970-01-01.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.coverage import measure_coverage
from forecaster.calendars.units import DAY
from forecaster.calendars.week_inference import learn_week

if TYPE_CHECKING:
    from forecaster.arrays import Ints
    from forecaster.calendars.week import Week

MOST_TIMES = 48
"""Times of day that a file may have: half hours. More are rows of a step with others between them. Chosen by hand."""
FEWEST_EACH = 2
"""Rows at each time of day, in the mean, that show that it returns: with fewer, any rows have times of day."""
MOST_MISSING = 0.2
"""Share of the rows that may be missing at these times, as in other calendars. Chosen by hand."""
NUMBERS = {2: "twice", 3: "three times", 4: "four times"}
"""How many times a day in words; more are written in figures."""
MOST_LISTED = 6
"""Times of day that a description lists, so that it stays readable."""


def find_times_of_day(seconds: Ints) -> Ints:
    """Return the seconds after midnight at which rows, (n,), have their times."""
    return np.flatnonzero(np.bincount(seconds % DAY, minlength=DAY))


def learn_times_of_day(seconds: Ints) -> int | None:
    """Return the step that divides the distances of all times of day; None where rising rows, (n,), do not return."""
    times = find_times_of_day(seconds)
    if not 2 <= len(times) <= min(MOST_TIMES, len(seconds) // FEWEST_EACH):
        return None
    step = int(np.gcd.reduce(np.append(np.diff(times), DAY)))
    week = learn_week(seconds, step)
    coverage = measure_coverage(seconds, week)
    present, expected = coverage.present.sum(), coverage.expected.sum()
    return step if present == len(seconds) and present >= (1 - MOST_MISSING) * expected else None


def describe_times_of_day(week: Week) -> str | None:
    """Return the times of day of a week in words, `twice a day, at 08:00 and 18:00`; None where most follow a step."""
    days, slots = np.divmod(week.slots, DAY // week.step)
    times, counts = np.unique(slots, return_counts=True)
    equal = (counts == len(np.unique(days))).all()
    if not equal or not 2 <= len(times) < DAY // week.step or (len(times) > 2 and (np.diff(times) == 1).mean() >= 0.5):
        return None
    number = NUMBERS.get(len(times), f"{len(times)} times")
    if len(times) > MOST_LISTED:
        return f"{number} a day, from {_clock(week, times[0])} to {_clock(week, times[-1])}"
    *most, last = (_clock(week, time) for time in times)
    return f"{number} a day, at {', '.join(most)} and {last}"


def _clock(week: Week, slot: int) -> str:
    """Return the time of day of a slot in words: `08:00`."""
    hour, second = divmod(int(slot) * week.step + week.phase, 3600)
    text = f"{hour:02}:{second // 60:02}"
    return f"{text}:{second % 60:02}" if second % 60 else text
