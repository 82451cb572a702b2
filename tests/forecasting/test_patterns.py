"""Which series look like prices, and which season repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.patterns import autocorrelation, dominant_season, looks_like_prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.data.panel import Panel

T = np.arange(400)
RNG = np.random.default_rng(5)
NOISE = RNG.normal(size=400)
PRICE = np.exp(np.cumsum(NOISE) * 0.01 + 4)


def test_autocorrelation_equals_its_definition() -> None:
    d = NOISE[:50]
    c = d - d.mean()
    expected = [sum(c[k:] * c[: len(c) - k]) / sum(c * c) for k in range(1, 11)]
    np.testing.assert_allclose(autocorrelation(d, 10), expected, atol=1e-12)
    assert not autocorrelation(np.full(20, 0.1), 5).any()


@pytest.mark.parametrize(
    ("values", "price", "why"),
    [
        (PRICE, True, "changes look like noise"),
        (T + 1.0, False, "moves steadily in one direction"),
        (10 + np.sin(T / 4), False, "changes repeat themselves"),
        (100 + NOISE, False, "changes repeat themselves"),
        (NOISE, False, "values of zero or less"),
        (PRICE[:15], False, "too short to tell"),
        (np.full(100, 3.0), False, "moves steadily"),
    ],
)
def test_what_looks_like_a_price(panel_of: Callable[..., Panel], values: np.ndarray, why: str, *, price: bool) -> None:
    found, reason = looks_like_prices(panel_of(a=values), season=5)
    assert found == price
    assert why in reason


@pytest.mark.parametrize("season", [3, 12, 24, 25])
def test_the_season_of_a_noisy_repetition_is_found(panel_of: Callable[..., Panel], season: int) -> None:
    pattern = RNG.normal(size=season)
    assert dominant_season(panel_of(a=np.resize(pattern, 400) * 3 + 0.3 * NOISE)) == season


def test_noise_on_a_slow_wave_does_not_hide_its_season(panel_of: Callable[..., Panel]) -> None:
    assert dominant_season(panel_of(a=10 * np.sin(2 * np.pi * T / 24) + NOISE)) == 24


@pytest.mark.parametrize(
    "values",
    [np.cumsum(np.cumsum(NOISE)), np.cumsum(np.cumsum(NOISE)) + NOISE, PRICE, T * 2.0, [1.0, 2.0], np.ones(50)],
)
def test_no_repetition_no_season(panel_of: Callable[..., Panel], values: np.ndarray) -> None:
    assert dominant_season(panel_of(a=values)) == 1
