"""Columns of the regressions: level and weekday, the time of the year, and the day of the month.

Days are numbered from 1970-01-01, D of them; a design is (D, columns).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.calendars.holidays import weekday_of

if TYPE_CHECKING:
    from forecaster.arrays import Floats, Ints

YEAR = 365.2425
"""Days of a mean year of the Gregorian calendar."""
PAIRS = 20
"""Pairs of sines and cosines of the yearly pattern at most: the finest has a period of 18 days. The penalty grows with
the frequency, so most histories use far fewer."""
WEEKDAY_PAIRS = 3
"""Pairs by which the weekday pattern changes with the year: seasons of four months are the finest."""
PROFILE_PAIRS = 3
"""Pairs by which the profile of the day changes with the year."""
LONGEST_MONTH = 31


def year_columns(days: Ints, pairs: int = PAIRS) -> Floats:
    """Return the sine and cosine of each frequency of the year, (D, 2 pairs)."""
    angle = 2 * np.pi * (days / YEAR)[:, None] * np.arange(1, pairs + 1)
    columns: Floats = np.stack([np.sin(angle), np.cos(angle)], axis=2).reshape(len(days), 2 * pairs)
    return columns


def weekday_columns(days: Ints) -> Floats:
    """Return which weekday a day is, Monday first, (D, 7)."""
    columns: Floats = (weekday_of(days)[:, None] == np.arange(7)).astype(np.float64)
    return columns


def weekday_year_columns(days: Ints) -> Floats:
    """Return the columns by which the weekday pattern changes with the year, (D, 6 * 2 * WEEKDAY_PAIRS)."""
    contrasts = weekday_columns(days)[:, :6] - 1 / 7
    year = year_columns(days, WEEKDAY_PAIRS)
    columns: Floats = (contrasts[:, :, None] * year[:, None, :]).reshape(len(days), -1)
    return columns


def month_columns(days: Ints) -> Floats:
    """Return which day of the month a day is, from the first, (D, 31)."""
    dates = days.astype("datetime64[D]")
    number = (dates - dates.astype("datetime64[M]")).astype(np.int64)
    columns: Floats = (number[:, None] == np.arange(LONGEST_MONTH)).astype(np.float64)
    return columns


def nuisance_columns(days: Ints) -> Floats:
    """Return a level that bends once a year, and the weekdays, (D, columns).

    The knots of the level are a year apart: closer ones could follow the year itself, and would leave it to the level.
    """
    time = (days - days[0]) / YEAR
    years = max(1, int(time[-1]))
    knots = np.linspace(0, max(time[-1], 1 / YEAR), years + 1)
    level = np.maximum(0.0, 1 - np.abs(time[:, None] - knots) / knots[1])
    return np.column_stack([level, weekday_columns(days)[:, :6]])
