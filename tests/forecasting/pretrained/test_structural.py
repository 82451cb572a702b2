"""Structural series: finite, reproducible, and as various as what they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.pretrained import structural
from forecaster.forecasting.pretrained.structural import simulate_structural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Floats


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("seasons", [(), (4,), (12,), (7, 28), (52,)])
@pytest.mark.parametrize("steps", [3, 51, 300])
def test_series_are_finite_and_of_the_wanted_shape(seasons: Sequence[int], steps: int) -> None:
    x, logarithmic = simulate_structural(steps, 200, seasons, rng())
    assert x.shape == (steps, 200)
    assert logarithmic.shape == (200,)
    assert logarithmic.dtype == bool
    assert np.isfinite(x).all()
    assert np.abs(x).max() <= 60
    assert 0 < logarithmic.mean() < 1


def test_a_seed_alone_decides_the_series() -> None:
    first, again, other = (simulate_structural(60, 50, (12,), rng(seed))[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any(axis=0).all()


def test_every_series_differs_from_every_other() -> None:
    x, _ = simulate_structural(40, 300, (4,), rng())
    assert len(np.unique(x, axis=1).T) == 300


def autocorrelation(x: Floats, lag: int) -> Floats:
    """Return the autocorrelation of changes at a lag, (N,)."""
    changes = np.diff(x, axis=0)
    changes = changes - changes.mean(axis=0)
    return (changes[lag:] * changes[:-lag]).sum(axis=0) / np.maximum((changes**2).sum(axis=0), 1e-300)


def test_many_series_have_the_season_and_some_have_none() -> None:
    with_season, without = (autocorrelation(simulate_structural(160, 500, s, rng())[0], 12) for s in ((12,), ()))
    assert (with_season > 0.5).mean() > 0.4
    assert (with_season < 0.2).mean() > 0.05
    assert (without > 0.5).mean() < 0.05


def test_walks_lines_and_noise_about_a_level_are_all_among_them() -> None:
    x, _ = simulate_structural(200, 1000, (), rng())
    r = autocorrelation(x, 1)
    assert (np.abs(r) < 0.1).mean() > 0.1, "walks"
    assert (r < -0.4).mean() > 0.05, "noise about a level"
    assert (r > 0.4).mean() > 0.01, "what moves on"


@pytest.mark.parametrize("m", [2, 4, 7, 12, 52])
def test_patterns_have_mean_zero_and_variance_one_or_are_nothing(m: int) -> None:
    pattern = structural._pattern(m, 400, rng())
    np.testing.assert_allclose(pattern.mean(axis=0), 0, atol=1e-9)
    deviation = pattern.std(axis=0)
    assert (np.isclose(deviation, 1) | (deviation < 1e-8)).all()
    assert np.isclose(deviation, 1).mean() > 0.7


def test_noise_has_variance_one_though_some_has_heavy_tails() -> None:
    e = structural._noise(300, 2000, rng())
    assert np.median((e**2).mean(axis=0)) == pytest.approx(1, abs=0.1)
    kurtosis = (e**4).mean(axis=0) / (e**2).mean(axis=0) ** 2
    assert np.quantile(kurtosis, 0.25) < 3.5
    assert np.quantile(kurtosis, 0.9) > 5


def test_to_plain_series_nothing_happens() -> None:
    """Without noise they are straight lines."""
    N = 300
    moves = structural._plain_dynamics(structural._dynamics(np.zeros(N, bool), rng()), np.ones(N, bool), rng(1))
    x = structural._run(moves, np.zeros((80, N)), (), np.zeros(N, bool), rng(2))
    np.testing.assert_allclose(np.diff(x, n=2, axis=0), 0, atol=1e-9)
    slope = np.diff(x, axis=0)[0]
    assert 0.2 < (slope != 0).mean() < 0.8


def test_what_happens_to_other_series_is_rare() -> None:
    events = structural._rare_events(200, 3000, rng())
    assert set(events) == {"outliers", "shifts", "breaks"}
    for each in events.values():
        assert 0 < (each != 0).mean() < 0.02
