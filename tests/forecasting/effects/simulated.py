"""Simulated sales with a weekday pattern, a year and named days, for the tests of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.calendars.holidays import DATE, EASTER, LAST, WEEKDAY, Holiday, weekday_of
from forecaster.calendars.schedule import DAILY, INTRADAY, Schedule
from forecaster.forecasting.effects.named_days import NamedDay

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats

DAYS, HOURS = Schedule(DAILY, 1), Schedule(INTRADAY, 3600)
WEEK = np.array([0.0, 0.05, 0.1, 0.1, 0.3, 0.6, -0.3])
CHRISTMAS = NamedDay(Holiday(DATE, 12, 25))
NEW_YEAR = NamedDay(Holiday(DATE, 1, 1))
THANKSGIVING = NamedDay(Holiday(WEEKDAY, 11, 4, 3))
BLACK_FRIDAY = NamedDay(Holiday(WEEKDAY, 11, 4, 3), 1)
MEMORIAL_DAY = NamedDay(Holiday(WEEKDAY, 5, LAST, 0))
EASTER_SUNDAY = NamedDay(Holiday(EASTER, 0, 0))
EFFECTS = {CHRISTMAS: -1.2, THANKSGIVING: -0.6, BLACK_FRIDAY: 0.9, MEMORIAL_DAY: -0.5, EASTER_SUNDAY: -0.8}


def time_stamps(count: int, start: str = "2016-03-05") -> NDArray[Any]:
    return np.datetime64(start, "us") + np.arange(count) * np.timedelta64(1, "D")


def noise_of_week(count: int, seed: int, size: float = 0.1) -> tuple[NDArray[Any], Floats]:
    """Return time stamps and logarithms with a weekday pattern and noise, and nothing else."""
    ds = time_stamps(count)
    noise = size * np.random.default_rng(seed).standard_normal(count)
    return ds, WEEK[weekday_of(ds.astype("datetime64[D]").astype(np.int64))] + noise


def sales(count: int, seed: int) -> tuple[NDArray[Any], Floats]:
    """Return time stamps and values with a trend, a year and the effects of named days, all as factors."""
    ds, logarithms = noise_of_week(count, seed)
    days = ds.astype("datetime64[D]").astype(np.int64)
    logarithms += 0.0003 * np.arange(count) + 0.25 * np.sin(2 * np.pi * days / 365.2425)
    for day, effect in EFFECTS.items():
        logarithms[day.days(int(days[0]), int(days[-1])) - days[0]] += effect
    return ds, 100 * np.exp(logarithms)
