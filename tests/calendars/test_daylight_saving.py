"""Summers begin and end on the days on which they did, and sessions stand still on their clock."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.calendars.daylight_saving import SUMMERS, learn_clock, to_session_clock, to_time_stamps
from forecaster.calendars.units import DAY


def seconds(*days: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(days, dtype="datetime64[s]").astype(np.int64)


@pytest.mark.parametrize(
    ("clock", "winter", "summer"),
    [
        ("american", ["2024-03-09", "2024-11-03", "2025-01-01"], ["2024-03-10", "2024-11-02"]),
        ("european", ["2024-03-30", "2024-10-27", "1996-12-31"], ["2024-03-31", "2024-10-26"]),
        ("australian", ["2024-04-07", "2024-10-05", "2024-07-01"], ["2024-04-06", "2024-10-06", "2025-01-01"]),
        ("wall", ["2024-01-01", "2024-07-01"], []),
        ("UTC", ["2024-01-01", "2024-07-01"], []),
    ],
)
def test_days_of_winter_and_summer(clock: str, winter: list[str], summer: list[str]) -> None:
    ahead = to_session_clock(seconds(*winter, *summer), clock) - seconds(*winter, *summer)
    assert ahead.tolist() == [0] * len(winter) + [3600] * len(summer)


@pytest.mark.parametrize("clock", SUMMERS)
def test_the_way_to_the_clock_leads_back(clock: str) -> None:
    noons = seconds("1965-01-01T12") + np.arange(20_000) * DAY
    assert (to_time_stamps(to_session_clock(noons, clock), clock) == noons).all()


@pytest.mark.parametrize("clock", SUMMERS)
def test_the_clock_of_daily_rows_is_learned(clock: str) -> None:
    days = seconds("2023-01-02T22:30") + np.arange(400) * DAY
    assert learn_clock(to_time_stamps(days, clock)) == clock


def test_rows_of_one_hour_or_of_any_hours_keep_the_wall_clock() -> None:
    days = seconds("2023-01-02T22:30") + np.arange(400) * DAY
    assert learn_clock(days) == "wall"
    assert learn_clock(days + np.arange(400) % 7 * 60) == "wall"
