"""The recipe of a volatility network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from forecaster.forecasting.prices.volatility import ARCHITECTURE, BATCH, EPOCHS, RATE
from forecaster.forecasting.recipe import Recipe
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
