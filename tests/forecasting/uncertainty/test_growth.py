"""How much wider intervals become beyond the trained horizon."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.forecasting.uncertainty.calibration import LARGEST, NORMAL, normal_offsets
from forecaster.forecasting.uncertainty.growth import (
    FURTHEST,
    KNOTS,
    LARGEST_SLOPE,
    LEAST_SLOPE,
    NO_GROWTH,
    fit_growth,
    growth_factors,
    power_growth,
    relative_sizes,
)

H = 4
OFFSETS = normal_offsets(np.array([1.0, 5.0]), np.ones(2 * H), 0.0)
AHEAD = np.arange(1, FURTHEST * H + 1) / H
"""How far each step lies ahead, in horizons."""


def sizes_that_grow(exponent: float, windows: int = 4000) -> np.ndarray:
    """Return sizes of errors that are normal within the horizon and grow as a power of the step beyond it."""
    noise = np.random.default_rng(0).normal(size=(windows, FURTHEST * H))
    return np.abs(noise) * np.maximum(AHEAD, 1) ** exponent


@pytest.mark.parametrize("exponent", [0.1, 0.5, 0.9])
def test_the_growth_of_a_power_of_the_step_is_found(exponent: float) -> None:
    growth = fit_growth(sizes_that_grow(exponent), H, 0.0)
    factors = growth_factors(growth, H, 10 * H)
    np.testing.assert_allclose(factors, AHEAD[H:] ** exponent, rtol=0.12)


def test_errors_that_do_not_grow_widen_intervals_a_little_at_every_step() -> None:
    factors = growth_factors(fit_growth(sizes_that_grow(0.0), H, 0.5), H, 30 * H)
    assert (np.diff(factors, prepend=1.0) > 0).all()
    assert factors[10 * H - H - 1] < 1.2


@pytest.mark.parametrize("exponent", [-1.0, 3.0])
def test_the_growth_lies_between_its_bounds(exponent: float) -> None:
    slope = LEAST_SLOPE if exponent < 0 else LARGEST_SLOPE
    np.testing.assert_allclose(fit_growth(sizes_that_grow(exponent), H, 0.0), KNOTS**slope, rtol=0.02)


@given(seed=st.integers(0, 1000), windows=st.integers(1, 6), known=st.integers(1, FURTHEST * H), power=st.floats(0, 1))
def test_whatever_the_sizes_the_growth_rises_and_stays_below_the_step(
    seed: int, windows: int, known: int, power: float
) -> None:
    rng = np.random.default_rng(seed)
    sizes = np.abs(rng.standard_t(1, size=(windows, FURTHEST * H))) * rng.choice([0, 1e-3, 1, 1e6])
    sizes[:, known:] = np.nan
    factors = growth_factors(fit_growth(sizes, H, power), H, 100 * H)
    assert (np.diff(factors, prepend=1.0) > 0).all()
    assert (factors <= np.arange(H + 1, 100 * H + 1) / H * (1 + 1e-12)).all()


def test_where_nothing_is_measured_errors_grow_as_within_the_horizon() -> None:
    sizes = np.full((3, FURTHEST * H), np.nan)
    np.testing.assert_allclose(fit_growth(sizes, H, 0.4), KNOTS**0.4)
    np.testing.assert_allclose(fit_growth(sizes[:, : 2 * H], H, 0.4), KNOTS**0.4)
    np.testing.assert_allclose(power_growth(0.4), KNOTS**0.4)
    np.testing.assert_allclose(power_growth(0.0), KNOTS**LEAST_SLOPE)


def test_a_few_windows_move_the_growth_less_than_many() -> None:
    few, many = (fit_growth(sizes_that_grow(0.9)[:count], H, 0.1) for count in (1, 400))
    np.testing.assert_allclose(many, KNOTS**0.9, rtol=0.1)
    assert (few[1:] < many[1:]).all()


def test_only_the_windows_that_reach_a_block_say_what_is_usual_within_the_horizon() -> None:
    sizes = sizes_that_grow(0.5)
    expected = fit_growth(sizes[2000:], H, 0.0)
    sizes[:2000] *= 10
    sizes[:2000, 3 * H :] = np.nan
    np.testing.assert_allclose(fit_growth(sizes, H, 0.0)[2:], expected[2:], rtol=0.01)


def test_between_the_knots_and_beyond_the_last_factors_are_straight_on_logarithms() -> None:
    growth = np.array([1.0, 2.0, 2.0, 8.0])
    factors = growth_factors(growth, 1, 1000)
    np.testing.assert_allclose(factors[2 - 2], 1.0 * 2 ** (np.log(2 / KNOTS[0]) / np.log(KNOTS[1] / KNOTS[0])))
    slope = np.log(4) / np.log(KNOTS[3] / KNOTS[2])
    np.testing.assert_allclose(factors[1000 - 2], 8 * (1000 / KNOTS[3]) ** slope)
    assert (growth_factors(NO_GROWTH, 3, 50) == 1).all()
    assert not len(growth_factors(growth, 5, 5))


def test_sizes_are_shares_of_the_interval_that_covers_errors_within_the_horizon() -> None:
    error = np.array([[1.0, -1, 1, -1, 2, -3, 0, np.nan], [5, 5, -5, -5, 10, -15, 0, np.nan]])
    np.testing.assert_allclose(relative_sizes(error, OFFSETS, H), [[1, 1, 1, 1, 2, 3, 0, np.nan]] * 2)


def test_an_error_of_twice_the_size_is_twice_as_large_whatever_the_quantiles() -> None:
    rng = np.random.default_rng(0)
    skewed = np.sort(rng.standard_t(2, size=(50, 2 * H, len(NORMAL))), axis=2)
    skewed -= skewed[..., [len(NORMAL) // 2]]
    error = rng.normal(size=(50, 2 * H))
    error[:, H:] = 2 * error[:, :H]
    skewed[:, H:] = skewed[:, :H]
    sizes = relative_sizes(error, skewed, H)
    np.testing.assert_allclose(sizes[:, H:], 2 * sizes[:, :H])
    assert np.quantile(sizes[:, :H], 0.8) == pytest.approx(1, abs=0.01)


def test_sizes_are_finite_where_quantiles_coincide() -> None:
    sizes = relative_sizes(np.array([[0.0, 0, 0, 0, 1, -1, 0, 0]]), np.zeros((1, 2 * H, len(NORMAL))), H)
    assert sizes.tolist() == [[0, 0, 0, 0, LARGEST, LARGEST, 0, 0]]


def test_without_any_error_nothing_is_measured() -> None:
    sizes = relative_sizes(np.full((2, 2 * H), np.nan), OFFSETS, H)
    assert np.isnan(sizes).all()
    np.testing.assert_allclose(fit_growth(sizes, H, 0.4), KNOTS**0.4)
    sizes[:, H:] = 1.0
    np.testing.assert_allclose(fit_growth(sizes, H, 0.4), KNOTS**0.4)
