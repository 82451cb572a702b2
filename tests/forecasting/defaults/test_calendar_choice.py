"""Features of the calendar are used where they surely improve forecasts of training rows, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.series.panel import Panel, panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from forecaster.forecasting.recipe import Recipe

NOISE = np.random.default_rng(0).normal(size=900)


def daily(y: np.ndarray, *more: np.ndarray) -> Panel:
    days = np.datetime64("2020-01-01", "us") + np.arange(len(y)) * np.timedelta64(86_400 * 10**6, "us")
    return panel_from_series((str(i), days, each) for i, each in enumerate((y, *more)))


def weekly(rows: int, size: float, level: float = 50, seed: int = 0) -> np.ndarray:
    """Noise with a lower weekend, by `size`, and a slow wander that the lags have to follow."""
    noise, wander = np.random.default_rng(seed).normal(size=(2, rows))
    return level + noise + 0.3 * wander.cumsum() - size * np.isin(np.arange(rows) % 7, (3, 4))


def decided(recipe: Recipe) -> tuple[str, str]:
    decision = recipe.decisions[-1]
    assert decision.name == "calendar"
    return str(decision.value), decision.reason


def test_weekdays_that_matter_are_used_and_the_gain_is_mentioned() -> None:
    recipe = derive_recipe(daily(weekly(900, 3)), Specification(zero_shot=False, mode="level", horizon=3))
    assert recipe.calendar == ("weekday",)
    value, reason = decided(recipe)
    assert value == "weekday"
    assert reason.startswith("with it, a regression has smaller errors on the training rows: weekday ")
    assert reason.endswith(" %")
    assert recipe.architecture.context == 6 * 3


def test_noise_has_no_calendar() -> None:
    recipe = derive_recipe(daily(50 + NOISE), Specification(zero_shot=False, mode="level", horizon=3))
    assert recipe.calendar == ()
    assert recipe.architecture.context == 0
    assert decided(recipe) == ("none", "a regression on the training rows is not clearly better with it")


def test_the_rows_that_judge_the_forecast_do_not_choose() -> None:
    y = 50 + NOISE
    later = y.copy()
    later[-135:] -= 20 * np.isin(np.arange(135) % 7, (3, 4))
    assert derive_recipe(daily(later), Specification(zero_shot=False, mode="level", horizon=3)).calendar == ()


@pytest.mark.parametrize(
    ("panel", "asked", "why"),
    [
        (daily(weekly(200, 3)), {}, "too few rows, or no time stamps, to see whether it matters"),
        (
            panel_from_series([("a", np.arange(900), weekly(900, 3))]),
            {},
            "too few rows, or no time stamps, to see whether it matters",
        ),
        (daily(weekly(900, 3)), {"mode": "returns"}, "prices do not follow it"),
    ],
)
def test_without_evidence_there_is_none(panel: Panel, asked: dict[str, str], why: str) -> None:
    recipe = derive_recipe(panel, Specification(zero_shot=False, **{"mode": "level", "horizon": 7} | asked))
    assert recipe.calendar == ()
    assert decided(recipe) == ("none", why)


def test_the_choice_is_the_same_twice_and_made_with_all_series() -> None:
    panel = daily(weekly(600, 3), weekly(600, 3, seed=1), weekly(600, 3, level=500, seed=2))
    one, two = (derive_recipe(panel, Specification(zero_shot=False, mode="level", horizon=3)) for _ in range(2))
    assert one == two
    assert one.calendar == ("weekday",)
