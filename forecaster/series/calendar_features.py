"""Features of the calendar: where in the day, the week and the year a time stamp lies, as sines and cosines.

They are known for any time, so they are computed where they are needed and never stored. With p, the share of a cycle
that has passed, a feature is cos(2 pi j p) and sin(2 pi j p) for each harmonic j.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.schedule import DAILY, DATES, INTRADAY, MONTHS, WEEKLY
from forecaster.calendars.units import DAY, EPOCH_WEEKDAY, WEEK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats
    from forecaster.calendars.calendar import Calendar
    from forecaster.series.panel import Panel

HOUR_OF_DAY, HOUR_OF_WEEK, WEEKDAY, MONTH = "hour", "week", "weekday", "month"
CYCLES = {HOUR_OF_DAY: DAY, HOUR_OF_WEEK: WEEK, WEEKDAY: WEEK, MONTH: 365.2425 * DAY}
"""The features, and the seconds in the cycle of each."""
HARMONICS = {HOUR_OF_DAY: 4, HOUR_OF_WEEK: 14, WEEKDAY: 3, MONTH: 2}
"""Harmonics of each feature: three distinguish seven weekdays, and twice the days of a week distinguish the morning of
each day from its evening. Chosen by hand."""
BY_KIND = {
    INTRADAY: (HOUR_OF_WEEK, HOUR_OF_DAY, MONTH),
    DAILY: (WEEKDAY, MONTH),
    WEEKLY: (MONTH,),
    **dict.fromkeys((*MONTHS, DATES), (MONTH,)),
}
"""The features that may distinguish the steps of each kind of calendar."""


def suiting(calendar: Calendar) -> tuple[str, ...]:
    """Return the features that may distinguish the steps of a calendar."""
    return BY_KIND.get(calendar.kind, ())


def feature_width(names: Sequence[str]) -> int:
    """Return the number of columns that these features take."""
    return sum(2 * HARMONICS[name] for name in names)


def calendar_columns(panel: Panel, horizon: int, names: Sequence[str]) -> Floats:
    """Return the features of each series' rows and of the `horizon` steps after them, (A, n + N horizon)."""
    future = panel.future(horizon)
    stamps = [part for i in range(len(panel)) for part in (panel.ds[panel.slice(i)], future[i])]
    seconds = np.concatenate(stamps).astype("datetime64[s]").astype(np.int64) + EPOCH_WEEKDAY * DAY
    waves = []
    for name in names:
        turns = 2 * np.pi * np.arange(1, HARMONICS[name] + 1)[:, None] * (seconds / CYCLES[name] % 1)
        waves += [np.cos(turns), np.sin(turns)]
    return np.concatenate(waves)
