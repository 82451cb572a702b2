"""A forecaster that is continued: what is trained further, what stays, and that processes do not matter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.forecasting.continuation import continue_forecaster
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.series.panel import Panel

LEVELS = Specification(horizon=4, mode="level", members=2, epochs=4, updates=3, hidden=6, lookback=12, season=6)
PRICES = Specification(horizon=5, members=2, epochs=2, updates=3)


def demand(rows: int, seed: int = 0) -> np.ndarray:
    return 50 + 10 * np.sin(np.arange(rows) / 6 * 2 * np.pi) + np.random.default_rng(seed).normal(0, 2, rows)


def walk(rows: int) -> np.ndarray:
    return 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, rows)))


def test_networks_are_trained_further_and_the_blend_and_the_intervals_stay(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=demand(140), b=demand(140, 1))
    fitted = BlendedForecaster(LEVELS).fit(panel.head(30))
    continued = continue_forecaster(fitted, panel)
    for old, new in zip(fitted.members, continued.members, strict=True):
        assert not np.array_equal(old.weights, new.weights)
        assert replace(new, weights=old.weights, clipped=old.clipped) == old
    assert continued.components.weights == tuple(member.weights for member in continued.members)
    assert (continued.recipe, continued.blend) == (fitted.recipe, fitted.blend)
    assert continued.calibration is fitted.calibration
    assert np.array_equal(continued.end, panel.ds[panel.last])
    assert np.isfinite(continued.predict(panel, 4).point).all()


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=demand(140))
    fitted = BlendedForecaster(LEVELS).fit(panel.head(30))
    one, same = (continue_forecaster(fitted, panel, jobs).members for jobs in (1, 2))
    assert all(a.weights.tobytes() == b.weights.tobytes() for a, b in zip(one, same, strict=True))


def test_the_volatility_of_prices_is_trained_further_and_a_drift_stays_left_out(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=walk(500))
    fitted = BlendedForecaster(PRICES).fit(panel.head(100))
    old = fitted.components.volatility
    assert old is not None
    old = replace(old, epochs=2)  # whatever validation said
    fitted = replace(fitted, components=replace(fitted.components, volatility=old))
    new = continue_forecaster(fitted, panel).components.volatility
    assert new is not None
    assert new.weights.shape == old.weights.shape
    assert not np.array_equal(new.weights, old.weights)
    assert ((new.slope == 0) | (old.slope != 0)).all()


def test_where_nothing_was_trained_the_model_is_made_again(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=demand(60))
    fitted = BlendedForecaster(Specification(horizon=4, season=6)).fit(panel.head(12))
    assert fitted.recipe.zero_shot
    again = continue_forecaster(fitted, panel)
    fresh = BlendedForecaster(Specification(horizon=4, season=6)).fit(panel)
    np.testing.assert_array_equal(again.predict(panel, 4).point, fresh.predict(panel, 4).point)


def test_too_few_rows_are_refused_with_what_is_needed(panel_of: Callable[..., Panel]) -> None:
    panel = panel_of(a=demand(140))
    fitted = BlendedForecaster(LEVELS).fit(panel)
    with pytest.raises(InputRefusedError, match="3 rows are too few to train on; give the whole history"):
        continue_forecaster(fitted, panel.tail(3))
