"""Features of the calendar: where in the day, the week and the year a time stamp lies, as sines and cosines.

They are known for any time, so they are made where they are needed and never kept. With p, the share of a cycle that
has passed, a feature is cos(2 pi j p) and sin(2 pi j p) for each harmonic j: three of them tell seven weekdays apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.schedule import DAILY, INTRADAY, MONTHS, WEEKLY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats
    from forecaster.calendars.calendar import Calendar
    from forecaster.series.panel import Panel


HOUR, WEEK, WEEKDAY, MONTH = "hour", "week", "weekday", "month"
DAY = 86_400
CYCLES = {HOUR: DAY, WEEK: 7 * DAY, WEEKDAY: 7 * DAY, MONTH: 365.2425 * DAY}
"""Features that there are, and the seconds in the cycle of each."""
HARMONICS = {HOUR: 4, WEEK: 14, WEEKDAY: 3, MONTH: 2}
"""Harmonics of each: twice the days of a week tell the morning of each day from its evening."""
SUITING = {INTRADAY: (WEEK, HOUR, MONTH), DAILY: (WEEKDAY, MONTH), WEEKLY: (MONTH,), **dict.fromkeys(MONTHS, (MONTH,))}
MONDAY = 3 * DAY
"""1970-01-01 was a Thursday."""


def suiting(calendar: Calendar) -> tuple[str, ...]:
    """Return the features that may tell the steps of a calendar apart."""
    return SUITING.get(calendar.kind, ())


def width(names: Sequence[str]) -> int:
    """Return the columns that these features take."""
    return sum(2 * HARMONICS[name] for name in names)


def calendar_columns(panel: Panel, horizon: int, names: Sequence[str]) -> Floats:
    """Return the features of each series' rows and of the `horizon` steps behind them, (A, n + N horizon)."""
    future = panel.future(horizon)
    stamps = [part for i in range(len(panel)) for part in (panel.ds[panel.slice(i)], future[i])]
    seconds = np.concatenate(stamps).astype("datetime64[s]").astype(np.int64) + MONDAY
    waves = []
    for name in names:
        turns = 2 * np.pi * np.arange(1, HARMONICS[name] + 1)[:, None] * (seconds / CYCLES[name] % 1)
        waves += [np.cos(turns), np.sin(turns)]
    return np.concatenate(waves)
