"""The recipe of a volatility network, and simulated prices with sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.forecasting.prices.volatility import ARCHITECTURE, BATCH, EPOCHS, RATE
from forecaster.forecasting.recipe import Recipe
from forecaster.series.panel import Panel, panel_from_series
from forecaster.series.scaling import RETURNS

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def recipe_of() -> Callable[..., Recipe]:
    """Return a function that makes a recipe of one network with the usual training, and with these changes."""
    usual: dict[str, Any] = {
        "lookback": 60,
        "season": 1,
        "mode": RETURNS,
        "log": True,
        "segment": 5,
        "steps": ARCHITECTURE.steps,
        "architecture": ARCHITECTURE,
        "stride": 1,
        "recent_rows": 100,
        "members": 1,
        "epochs": EPOCHS,
        "updates": 100,
        "batch": BATCH,
        "rate": RATE,
        "early_stopping": True,
        "all_rows": True,
        "seed": 0,
        "decisions": (),
    }
    return lambda **changes: Recipe(**usual | changes)


DAY_BARS = {60: 7, 15: 26, 5: 78}
"""Bars of a session, by their minutes."""


def session_times(minutes: int, days: int) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """Return the time stamps of bars of this many minutes, (n,), from a Monday on."""
    day = np.busday_offset("2024-01-01", np.arange(days)).astype("datetime64[m]")
    bars = np.arange(DAY_BARS[minutes]) * np.timedelta64(minutes, "m")
    return (day[:, None] + np.timedelta64(570, "m") + bars).ravel().astype("datetime64[us]")


def _session_panel(factor: float, weekend: float, *, minutes: int = 60, days: int = 300, series: int = 1) -> Panel:
    """Return a panel of random walks whose moves over nights and weekends are `factor` and `weekend` times as large."""
    ds = session_times(minutes, days)
    per_day = DAY_BARS[minutes]
    returns = np.random.default_rng(0).standard_t(6, (series, len(ds))) / 1000
    first = np.arange(len(ds)) % per_day == 0
    monday = np.arange(len(ds)) // per_day % 5 == 0
    returns[:, first & ~monday] *= factor
    returns[:, first & monday] *= weekend
    return panel_from_series((str(i), ds, 50 * np.exp(np.cumsum(each))) for i, each in enumerate(returns))


@pytest.fixture
def session_panel() -> Callable[..., Panel]:
    """Return a function that makes a panel of prices with sessions from 9:30 to 16:00, Monday to Friday."""
    return _session_panel
