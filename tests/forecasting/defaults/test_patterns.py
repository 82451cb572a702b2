"""Which series look like prices, and which season repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.defaults.patterns import (
    _shortest_clear_season,
    autocorrelation,
    dominant_season,
    looks_like_prices,
    steadier_in_plain_units,
)
from forecaster.series.panel import Panel, panel_from_series

if TYPE_CHECKING:
    from collections.abc import Callable

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


def test_of_several_series_most_decide(panel_of: Callable[..., Panel]) -> None:
    walk = np.exp(np.cumsum(RNG.normal(size=400)) * 0.01 + 2)
    assert looks_like_prices(panel_of(a=PRICE, b=walk, c=10 + np.sin(T / 4)), season=1)[0]
    assert not looks_like_prices(panel_of(a=PRICE, b=T + 5.0, c=10 + np.sin(T / 4)), season=1)[0]


@pytest.mark.parametrize("season", [3, 12, 24, 25])
def test_the_season_of_a_noisy_repetition_is_found(panel_of: Callable[..., Panel], season: int) -> None:
    pattern = RNG.normal(size=season)
    assert dominant_season(panel_of(a=np.resize(pattern, 400) * 3 + 0.3 * NOISE)) == season


def test_noise_on_a_slow_wave_does_not_hide_its_season(panel_of: Callable[..., Panel]) -> None:
    assert dominant_season(panel_of(a=10 * np.sin(2 * np.pi * T / 24) + NOISE)) == 24


def panel_of_many(count: int, rows: int, season: int, amplitude: float) -> Panel:
    """Return series of noise on which a season of their own phase lies, whose changes are this large."""
    rng = np.random.default_rng(7)
    pattern = rng.normal(size=season) * amplitude
    noise = rng.normal(size=(count, rows))
    return panel_from_series((f"s{i}", np.arange(rows), np.resize(pattern, rows) + y) for i, y in enumerate(noise))


def test_a_season_that_many_series_share_is_found_where_one_alone_would_not_show_it() -> None:
    many = panel_of_many(60, 100, 12, 0.7)
    assert dominant_season(many) == 12
    alone = [dominant_season(many.take([i])) for i in range(20)]
    assert alone.count(12) < 10


@pytest.mark.parametrize(("count", "rows"), [(1, 60), (1, 1000), (9, 60), (40, 60), (40, 300), (300, 30)])
def test_noise_has_no_season_however_much_there_is_of_it(count: int, rows: int) -> None:
    assert dominant_season(panel_of_many(count, rows, 2, 0.0)) == 1


@pytest.mark.parametrize("season", [7, 12, 24])
def test_seasons_of_calendars_are_preferred_to_their_multiples_and_divisors(season: int) -> None:
    panel = panel_of_many(30, 20 * season, season, 2.0)
    assert dominant_season(panel) == season


def test_a_season_of_another_length_is_found_all_the_same() -> None:
    assert dominant_season(panel_of_many(30, 300, 17, 2.0)) == 17


def test_a_season_has_to_fit_three_times() -> None:
    pattern = np.random.default_rng(1).normal(size=30)
    long, short = (panel_from_series([("a", np.arange(rows), np.resize(pattern, rows))]) for rows in (92, 88))
    assert dominant_season(long) == 30
    assert dominant_season(short) != 30


def test_short_series_among_long_ones_are_skipped(panel_of: Callable[..., Panel]) -> None:
    pattern = np.random.default_rng(1).normal(size=12) * 3
    long = {f"s{i}": np.resize(pattern, 200) + NOISE[i : i + 200] for i in range(3)}
    assert dominant_season(panel_of(**long, short=[1.0, 2, 3], other=np.arange(20.0) ** 2)) == 12


@pytest.mark.parametrize(
    ("values", "plain"),
    [
        (100 + 5.0 * T, True),
        (200 + 5.0 * T + NOISE, True),
        (np.exp(T / 50), False),
        (PRICE, False),
        (100 + NOISE, False),
        (NOISE, False),  # logarithms are no question
        (np.full(100, 3.0), False),
    ],
)
def test_units_in_which_changes_keep_their_size(
    panel_of: Callable[..., Panel], values: np.ndarray, *, plain: bool
) -> None:
    assert steadier_in_plain_units(panel_of(a=values)) == plain


@pytest.mark.parametrize(
    "values",
    [np.cumsum(np.cumsum(NOISE)), np.cumsum(np.cumsum(NOISE)) + NOISE, PRICE, T * 2.0, [1.0, 2.0], np.ones(50)],
)
def test_no_repetition_no_season(panel_of: Callable[..., Panel], values: np.ndarray) -> None:
    assert dominant_season(panel_of(a=values)) == 1


@pytest.mark.parametrize(
    ("contrasts", "season"),
    [
        ({}, 1),
        ({313: 0.24, 26: 0.166, 365: 0.164, 52: 0.161, 261: 0.159}, 52),  # weeks of the M4 competition
        ({313: 0.74, 261: 0.65, 52: 0.57, 26: 0.51, 365: 0.44}, 52),  # the longest of these alone
        ({24: 0.77, 168: 0.74, 72: 0.71}, 24),
        ({24: 0.5, 168: 0.74}, 168),
        ({12: 0.48, 24: 0.43, 6: 0.19, 4: 0.15}, 12),
        ({3: 0.9, 12: 0.8, 24: 0.8}, 3),
        ({313: 0.7, 261: 0.65}, 313),
        ({17: 0.68, 34: 0.7}, 17),
    ],
)
def test_a_season_of_a_calendar_goes_before_any_other_period(contrasts: dict[int, float], season: int) -> None:
    assert _shortest_clear_season(contrasts) == season
