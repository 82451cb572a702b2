"""Seasonal indices: exact without noise, nothing where there is no season, and looked up by time and not by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.pretrained.grid import Season, counted_phases
from forecaster.forecasting.pretrained.seasonal_indices import SHORTEST, moving_average, seasonal_indices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.arrays import Floats


@pytest.fixture(autouse=True)
def _raise_on_all_accidents() -> Iterator[None]:
    with np.errstate(all="raise"):
        yield


def season_of(x: Floats, m: int) -> Season:
    return Season(m, counted_phases(len(x), 48, m, x.shape[1]))


def patterns(m: int, series: int = 3) -> Floats:
    """Return patterns, (m, N), whose mean is zero."""
    pattern = np.random.default_rng(m).normal(0, 3, (m, series))
    return pattern - pattern.mean(axis=0)


def seasonal(m: int, rows: int, slope: float = 0.0, noise: float = 0.0) -> Floats:
    """Return series with these patterns, (T, N), whose last row has the phase m - 1."""
    rng = np.random.default_rng(0)
    phase = counted_phases(rows, 0, m, 1)[:, 0]
    return 50 + slope * np.arange(rows)[:, None] + patterns(m)[phase] + noise * rng.normal(size=(rows, 3))


@pytest.mark.parametrize("m", [2, 4, 5, 7, 12, 24, 52])
@pytest.mark.parametrize("beyond", [0, 1])
def test_indices_of_a_pattern_on_a_straight_line_are_exact(m: int, beyond: int) -> None:
    x = seasonal(m, 4 * m + beyond, slope=0.7)
    np.testing.assert_allclose(seasonal_indices(x, season_of(x, m)), patterns(m), atol=1e-9)


def test_a_row_that_is_missing_does_not_move_the_phase_of_others() -> None:
    m, rows = 12, 96
    x = seasonal(m, rows)
    x[[30, 31, 57], [0, 0, 1]] = np.nan
    index = seasonal_indices(x, season_of(x, m))
    np.testing.assert_allclose(index, patterns(m), atol=0.02)
    counted = np.delete(x[:, :1], [30, 31], axis=0)
    moved = seasonal_indices(counted, season_of(counted, m))
    assert np.abs(moved - patterns(m)[:, :1]).max() > 1, "what rows without their holes would say"


@pytest.mark.parametrize(("m", "rows"), [(4, 60), (7, 70), (12, 96)])
def test_many_missing_rows_hardly_tilt_the_indices(m: int, rows: int) -> None:
    x = seasonal(m, rows)
    x[np.random.default_rng(1).random(x.shape) < 0.15] = np.nan
    np.testing.assert_allclose(seasonal_indices(x, season_of(x, m)), patterns(m), atol=0.03)


def test_what_is_missing_above_the_first_value_changes_nothing() -> None:
    x = seasonal(7, 70, slope=0.3, noise=1)
    longer = np.vstack([np.full((11, 3), np.nan), x])
    np.testing.assert_allclose(
        seasonal_indices(longer, season_of(longer, 7)), seasonal_indices(x, season_of(x, 7)), rtol=1e-9
    )


def test_the_phase_of_each_step_is_what_it_is_said_to_be() -> None:
    """Weeks of five days, of which one in eight has a day more, as a year may have 53 weeks."""
    week = [0, 1, 2, 3, 4]
    phase = np.array(([*week * 7, *week, 4]) * 4)[:, None]
    pattern = np.array([4.0, 1, 0, -2, -3])
    x = 20 + pattern[phase]
    index = seasonal_indices(x, Season(5, phase))
    np.testing.assert_allclose(index[:, 0], pattern, atol=0.2)
    counted = seasonal_indices(x, season_of(x, 5))
    assert np.abs(counted[:, 0] - pattern).max() > 1, "what counted phases would say"
    shifted = seasonal_indices(x, Season(5, (phase + 3) % 5))
    np.testing.assert_allclose(np.roll(index, 3, axis=0), shifted, rtol=1e-12)


def test_noise_has_next_to_no_season() -> None:
    m, N = 12, 600
    x = np.random.default_rng(1).normal(size=(72, N))
    index = seasonal_indices(x, season_of(x, m))
    assert np.abs(index.mean(axis=1)).max() < 0.03, "no phase is favoured"
    assert (np.abs(index).max(axis=0) == 0).mean() > 0.3, "often nothing is left"
    unshrunk = x.reshape(6, m, N).mean(axis=0)
    assert (index**2).sum() < 0.3 * (unshrunk**2).sum()


def test_a_season_that_stands_out_is_hardly_shrunk_and_one_in_the_noise_is() -> None:
    shares = []
    for noise in (0.5, 5, 20):
        x = seasonal(12, 120, noise=noise)
        index, true = seasonal_indices(x, season_of(x, 12)), patterns(12)
        shares.append(float((index * true).sum() / (true**2).sum()))
    assert shares[0] == pytest.approx(1, abs=0.05)
    assert shares[0] > shares[1] > shares[2]


@pytest.mark.parametrize("rows", [3, 12, SHORTEST * 12 - 1])
def test_too_few_rows_have_no_season(rows: int) -> None:
    x = seasonal(12, rows)
    assert not seasonal_indices(x, season_of(x, 12)).any()


def test_rows_are_counted_and_not_steps() -> None:
    x = seasonal(4, 40)
    x[:-1, 0] = np.where(np.arange(39) % 4 == 3, x[:-1, 0], np.nan)
    index = seasonal_indices(x, season_of(x, 4))
    assert not index[:, 0].any(), "ten rows are fewer than three seasons of four"
    assert np.abs(index[:, 1]).max() > 1


def test_a_constant_has_no_season() -> None:
    x = np.full((60, 2), 3.3)
    np.testing.assert_allclose(seasonal_indices(x, season_of(x, 5)), 0, atol=1e-12)


@pytest.mark.parametrize("m", [4, 5])
def test_the_moving_average_is_that_of_the_textbook(m: int) -> None:
    x = np.random.default_rng(0).normal(size=(23, 1))
    weights = np.full(m, 1 / m) if m % 2 else np.array([0.5, *[1.0] * (m - 1), 0.5]) / m
    half = m // 2
    average = moving_average(x, m)
    np.testing.assert_allclose(average[half:-half, 0], np.convolve(x[:, 0], weights, "valid"), atol=1e-12)
    assert np.isnan(average[:half]).all()
    assert np.isnan(average[-half:]).all()


def test_the_moving_average_leaves_out_what_is_missing_and_ends_where_the_series_begins() -> None:
    x = np.arange(12.0)[:, None]
    x[:2] = np.nan
    x[6] = np.nan
    average = moving_average(x, 3)[:, 0]
    assert np.isnan(average[:3]).all(), "the first window would reach above the first value"
    assert average[5:8].tolist() == [4.5, 6, 7.5]
