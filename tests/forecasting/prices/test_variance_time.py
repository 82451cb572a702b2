"""Closes are found by the time stamps of rows, also after the end, and take their variance time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.prices.variance_time import CLOSES, close_kinds, log_prices, time_after_end
from forecaster.series.panel import panel_from_series

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.series.panel import Panel

BREAK, NIGHT, WEEKEND = 1, 2, 3
VARIANCE = np.array([[2.0, 9.0, 16.0]])


def test_nights_and_weekends_are_found_in_sessions(session_panel: Callable[..., Panel]) -> None:
    kinds = close_kinds(session_panel(1, 1, days=7))
    assert kinds[[0, 7, 14, 21, 28, 35, 42]].tolist() == [0, NIGHT, NIGHT, NIGHT, NIGHT, WEEKEND, NIGHT]
    assert (kinds > 0).sum() == 6


def test_a_lunch_break_is_a_close_of_its_own() -> None:
    day = np.busday_offset("2024-01-01", np.arange(60)).astype("datetime64[m]")[:, None]
    ds = (day + np.array([570, 600, 630, 660, 780, 810, 840])).ravel().astype("datetime64[us]")
    kinds = close_kinds(panel_from_series([("a", ds, np.ones(len(ds)))]))
    assert kinds[:9].tolist() == [0, 0, 0, 0, BREAK, 0, 0, NIGHT, 0]


@pytest.mark.parametrize("unit", ["D", "W"])
def test_longer_steps_have_no_closes(unit: str) -> None:
    ds = np.datetime64("2024-01-01").astype(f"datetime64[{unit}]") + np.arange(200)
    ds = ds.astype("datetime64[us]")
    ds = ds[np.is_busday(ds.astype("datetime64[D]"))] if unit == "D" else ds
    assert not close_kinds(panel_from_series([("a", ds, np.ones(len(ds)))])).any()


def test_counted_steps_have_no_closes(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=np.ones(50), b=np.ones(50))
    assert not close_kinds(panel).any()
    np.testing.assert_array_equal(time_after_end(panel, np.full((2, CLOSES), 4.0), 2), [[0, 1, 2], [0, 1, 2]])


def test_a_series_does_not_begin_with_a_close(session_panel: Callable[..., Panel]) -> None:
    kinds = close_kinds(session_panel(1, 1, days=5, series=2))
    assert kinds[[0, 35]].tolist() == [0, 0]


def test_rows_after_a_close_take_its_variance_time(session_panel: Callable[..., Panel]) -> None:
    prices = log_prices(session_panel(1, 1, days=6), VARIANCE)
    expected = np.ones(42)
    expected[7:35:7], expected[35] = 9, 16
    np.testing.assert_array_equal(prices.step_variance, expected)


@pytest.mark.parametrize(
    ("dropped", "expected"),
    [(0, [9, 10, 11]), (1, [1, 10, 11]), (3, [1, 2, 3]), (7, [16, 17, 18])],
    ids=["before a night", "an hour before", "in the session", "before a weekend"],
)
def test_steps_after_the_end_take_the_variance_time_of_the_calendar(
    session_panel: Callable[..., Panel], dropped: int, expected: list[float]
) -> None:
    panel = session_panel(1, 1, days=26).head(dropped)
    np.testing.assert_array_equal(time_after_end(panel, VARIANCE, 3), [[0, *expected]])
