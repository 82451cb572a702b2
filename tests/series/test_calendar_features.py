"""Features of the calendar are what anyone can work out from the time stamps, for rows and the steps behind them."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.series.calendar_features import HARMONICS, calendar_columns, feature_width, suiting
from forecaster.series.panel import Panel, panel_from_series


def dated(start: str, step: str, rows: int) -> Panel:
    stamps = (np.datetime64(start) + np.arange(rows) * np.timedelta64(1, step)).astype("datetime64[us]")
    return panel_from_series([("a", stamps, np.ones(rows)), ("b", stamps[3:], np.ones(rows - 3))])


@pytest.mark.parametrize(
    ("start", "step", "suited"),
    [
        ("2024-01-01", "D", ("weekday", "month")),
        ("2024-01-01T00", "h", ("week", "hour", "month")),
        ("2024-01-03", "W", ("month",)),
        ("2024-01", "M", ("month",)),
    ],
)
def test_features_suit_the_step(start: str, step: str, suited: tuple[str, ...]) -> None:
    assert suiting(dated(start, step, 60).calendars[0]) == suited


def test_counted_steps_have_no_calendar() -> None:
    assert suiting(panel_from_series([("a", np.arange(9), np.ones(9))]).calendars[0]) == ()


def test_weekdays_are_distinguished_and_repeat_a_week_later() -> None:
    columns = calendar_columns(dated("2024-01-01", "D", 20), 8, ["weekday"])
    assert columns.shape == (feature_width(["weekday"]), 20 + 8 + 17 + 8)
    first, second = columns[:, :28], columns[:, 28:]
    np.testing.assert_allclose(first[:, :21], first[:, 7:], atol=1e-9)
    np.testing.assert_allclose(first[:, 3:], second, atol=1e-9)
    np.testing.assert_allclose(first[:, 0], [1, 1, 1, 0, 0, 0], atol=1e-9)  # a Monday
    apart = np.linalg.norm(first[:, :7, None] - first[:, None, :7], axis=0)
    assert apart[~np.eye(7, dtype=bool)].min() > 1


def test_hours_and_months_turn_once_in_their_cycle() -> None:
    day = calendar_columns(dated("2024-01-01T00", "h", 30), 1, ["hour"])
    np.testing.assert_allclose(day[0, :25], np.cos(2 * np.pi * np.arange(25) / 24), atol=1e-9)
    np.testing.assert_allclose(day[HARMONICS["hour"], :25], np.sin(2 * np.pi * np.arange(25) / 24), atol=1e-9)
    week = calendar_columns(dated("2024-01-01T00", "h", 200), 1, ["week"])
    np.testing.assert_allclose(week[6, :25], day[0, :25], atol=1e-9)
    year = calendar_columns(dated("2001-01-01", "D", 800), 1, ["month"])
    assert np.abs(year[:, 365] - year[:, 0]).max() < 0.03


def test_features_follow_each_other() -> None:
    panel = dated("2024-01-01", "D", 20)
    both = calendar_columns(panel, 2, ["weekday", "month"])
    parts = [calendar_columns(panel, 2, [name]) for name in ("weekday", "month")]
    np.testing.assert_array_equal(both, np.concatenate(parts))
    assert len(both) == feature_width(["weekday", "month"]) == 10
