"""The step of a row is counted on its calendar: holes stay holes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.series.grid_steps import grid_steps
from forecaster.series.panel import Panel, panel_from_series

if TYPE_CHECKING:
    from collections.abc import Callable


def dated(*series: pd.DatetimeIndex) -> Panel:
    """Return a panel with these times."""
    stamps = (each.to_numpy().astype("datetime64[us]") for each in series)
    return panel_from_series((str(i), ds, np.arange(float(len(ds)))) for i, ds in enumerate(stamps))


def without(days: pd.DatetimeIndex, *dropped: int) -> pd.DatetimeIndex:
    return days.delete(list(dropped))


@pytest.mark.parametrize(
    "days",
    [
        pd.date_range("2021-01-01", periods=60, freq="D"),
        pd.date_range("2015-01-31", periods=60, freq="ME"),
        pd.date_range("1990-01-01", periods=60, freq="QS"),
        pd.date_range("2021-01-01", periods=240, freq="h"),
        pd.date_range("2021-01-03", periods=60, freq="W"),
        pd.date_range("1950-12-31", periods=60, freq="YE"),
    ],
    ids=["day", "month", "quarter", "hour", "week", "year"],
)
def test_a_missing_row_leaves_a_hole_and_the_rows_after_it_stay(days: pd.DatetimeIndex) -> None:
    assert grid_steps(dated(days)).tolist() == list(range(len(days)))
    expected = [step for step in range(len(days)) if step not in {20, 41, 42}]
    assert grid_steps(dated(without(days, 20, 41, 42))).tolist() == expected


def test_closed_days_are_no_steps() -> None:
    """Business days, and hours of trading."""
    assert grid_steps(dated(pd.bdate_range("2021-01-01", periods=90))).tolist() == list(range(90))
    hours = pd.date_range("2021-01-04", periods=24 * 40, freq="h")
    open_hours = hours[(hours.hour >= 9) & (hours.hour < 17) & (hours.day_of_week < 5)]
    assert grid_steps(dated(open_hours)).tolist() == list(range(len(open_hours)))


def test_integer_times_are_counted_in_their_steps(panel_of: Callable[..., Panel]) -> None:
    assert grid_steps(panel_of(a=np.arange(5.0))).tolist() == [0, 1, 2, 3, 4]
    times = np.delete(7 * np.arange(30), [4, 17])
    panel = panel_from_series([("a", times, np.arange(28.0))])
    assert grid_steps(panel).tolist() == (times // 7).tolist()


def test_each_series_is_counted_from_its_own_first_row() -> None:
    days = pd.date_range("2021-01-01", periods=40, freq="D")
    panel = dated(days[10:], without(days, 5), days[10:])
    steps = grid_steps(panel)
    assert [steps[panel.slice(i)][0] for i in range(3)] == [0, 0, 0]
    assert steps[panel.slice(0)].tolist() == steps[panel.slice(2)].tolist() == list(range(30))
    assert steps[panel.slice(1)].tolist() == [*range(5), *range(6, 40)]


def test_rows_without_a_calendar_are_counted_as_they_come() -> None:
    times = np.cumsum(np.random.default_rng(0).integers(1, 6, 50))
    panel = panel_from_series([("a", times, np.arange(50.0))], irregular=True)
    assert grid_steps(panel).tolist() == list(range(50))


def test_steps_rise_strictly_whatever_the_times_are() -> None:
    rng = np.random.default_rng(1)
    start = np.datetime64("2021-01-01T00:00:00", "us")
    times = start + np.cumsum(rng.integers(20, 30, 80)).astype("timedelta64[h]")
    steps = grid_steps(panel_from_series([("a", times, np.arange(80.0))]))
    assert steps[0] == 0
    assert (np.diff(steps) > 0).all()
