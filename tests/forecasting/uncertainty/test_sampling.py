"""Sample paths fill the intervals, and their steps are correlated as held-out errors are."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.forecasting.uncertainty.calibration import (
    ENOUGH,
    NORMAL,
    Calibration,
    HeldOutScores,
    calibrate,
    calibrate_alone,
    normal_offsets,
    normal_scores,
)
from forecaster.forecasting.uncertainty.sampling import generators_of_series, sample_paths

OFFSETS = normal_offsets(np.array([1.0, 5.0]), np.arange(1.0, 16), 0.5)
SKEW = np.stack([np.stack([(np.exp(NORMAL) - 1) * k for k in range(1, 6)])] * 2)


def draw(
    calibration: Calibration,
    offsets: np.ndarray,
    count: int,
    rng: np.random.Generator,
    time: np.ndarray | None = None,
) -> np.ndarray:
    """Return paths of series that share a calibration and a generator."""
    return sample_paths([calibration] * len(offsets), offsets, count, [rng] * len(offsets), time)


def held_out(scores: np.ndarray) -> HeldOutScores:
    return HeldOutScores(scores, np.arange(len(scores)) * scores.shape[1])


def walk(windows: int, steps: int, seed: int = 0) -> HeldOutScores:
    """Return the normal scores of a random walk."""
    errors = np.random.default_rng(seed).normal(size=(windows, steps)).cumsum(axis=1)
    return held_out(errors / np.sqrt(np.arange(1, steps + 1)))


def correlation(draws: np.ndarray) -> np.ndarray:
    return np.corrcoef(draws[:, 0].T)


@pytest.mark.parametrize("offsets", [OFFSETS, SKEW], ids=["normal", "skew"])
@pytest.mark.parametrize("windows", [3, 30, 400])
@pytest.mark.parametrize("steps", [1, 10])
def test_each_interval_holds_its_share_of_the_paths(offsets: np.ndarray, windows: int, steps: int) -> None:
    scores = calibrate(held_out(1.7 * np.random.default_rng(1).standard_t(4, (windows, steps))), None)
    rank = 1 / (windows * (steps if windows < ENOUGH else 1) + 1)  # the share that falls on a single score
    paths = draw(scores, offsets, 4000, np.random.default_rng(2))
    assert paths.shape == (4000, *offsets.shape[:2])
    for level in (20, 50, 80, 95, 99):
        low, high = scores.interval(level, offsets)
        inside = ((paths >= low) & (paths <= high)).mean(axis=0)
        assert (inside > level / 100 - 0.04).all()
        assert (inside < level / 100 + 0.04 + rank).all()
        np.testing.assert_allclose((paths < low).mean(axis=0), (paths > high).mean(axis=0), atol=0.055)


def test_paths_of_a_random_walk_are_random_walks_far_beyond_the_trained_horizon() -> None:
    paths = draw(calibrate(walk(400, 10), None), OFFSETS, 6000, np.random.default_rng(0))
    found = correlation(paths)
    assert found[0, 1] == pytest.approx(np.sqrt(1 / 2), abs=0.08)
    assert found[3, 8] == pytest.approx(np.sqrt(4 / 9), abs=0.1)
    assert found[8, 9] == pytest.approx(np.sqrt(9 / 10), abs=0.03)
    np.testing.assert_allclose(np.diag(found, 1)[9:], found[8, 9], atol=0.03)


def test_uncorrelated_errors_make_uncorrelated_paths() -> None:
    noise = held_out(np.random.default_rng(3).normal(size=(400, 10)))
    found = correlation(draw(calibrate(noise, None), OFFSETS[:, :10], 6000, np.random.default_rng(0)))
    assert np.abs(found[~np.eye(10, dtype=bool)]).mean() < 0.08


def test_seasonal_errors_are_correlated_over_a_season() -> None:
    rng = np.random.default_rng(4)
    errors = np.tile(rng.normal(size=(400, 5)), 2) + 0.3 * rng.normal(size=(400, 10))
    found = correlation(draw(calibrate(held_out(errors), None), OFFSETS[:, :10], 6000, rng))
    assert found[0, 5] > 0.8
    assert abs(found[0, 4]) < 0.2


@pytest.mark.parametrize(("windows", "steps"), [(1, 10), (2, 10), (1, 1)])
def test_few_windows_are_mixed_with_a_random_walk(windows: int, steps: int) -> None:
    """A single window would make every path a multiple of it."""
    scores = calibrate(held_out(np.ones((windows, steps))), None)
    found = correlation(draw(scores, OFFSETS, 6000, np.random.default_rng(0)))
    assert 0.6 < found[0, 1] < 0.9
    assert found[0, 14] < 0.75
    assert np.linalg.matrix_rank(found) == 15


def test_series_are_drawn_independently_and_a_seed_repeats_its_draws() -> None:
    scores = calibrate(walk(100, 10), None)
    first, again, other = (draw(scores, OFFSETS, 3000, np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()
    assert abs(np.corrcoef(first[:, 0, 3], first[:, 1, 3])[0, 1]) < 0.08


def test_errors_of_zero_make_paths_without_spread() -> None:
    exact = calibrate_alone(held_out(np.zeros((50, 10))))
    assert not draw(exact, OFFSETS, 5, np.random.default_rng(0)).any()


@pytest.mark.parametrize("exact", [slice(None), slice(9, None), slice(8, 9)], ids=["all", "last", "before"])
def test_where_errors_were_zero_paths_are_as_wide_as_the_forecasts_own_quantiles(exact: slice) -> None:
    """Zeros say nothing of how steps hang together: there the random walk alone is drawn."""
    errors = np.random.default_rng(0).normal(size=(50, 10))
    errors[:, exact] = 0
    scores = calibrate(held_out(errors), None)
    paths = draw(scores, OFFSETS, 6000, np.random.default_rng(0))
    low, high = scores.interval(80, OFFSETS)
    np.testing.assert_allclose(((paths >= low) & (paths <= high)).mean(axis=0), 0.8, atol=0.05)
    assert (paths != 0).all()


def test_errors_of_zero_make_paths_correlated_like_a_random_walk() -> None:
    scores = calibrate(held_out(np.zeros((50, 10))), None)
    found = correlation(draw(scores, OFFSETS, 6000, np.random.default_rng(0)))
    assert found[3, 8] == pytest.approx(np.sqrt(4 / 9), abs=0.05)
    np.testing.assert_allclose(np.diag(found, 1)[9:], np.sqrt(9 / 10), atol=0.03)


def test_paths_from_real_scores_of_skew_errors_keep_their_skew() -> None:
    errors = np.exp(np.random.default_rng(5).normal(size=(400, 5))) - 1
    scores = calibrate(held_out(normal_scores(errors, SKEW[0, 0])), None)
    paths = draw(scores, SKEW[:1, :1], 20_000, np.random.default_rng(0))[:, 0, 0]
    np.testing.assert_allclose(np.median(paths), 0, atol=0.05)
    assert np.quantile(paths, 0.9) > -3 * np.quantile(paths, 0.1) > 0


def test_a_long_step_moves_a_path_further_than_the_steps_around_it() -> None:
    time = np.array([[1.0, 26, 27, 28], [1, 2, 3, 4]])
    scores, offsets = calibrate(walk(400, 4), None), normal_offsets(np.ones(2), time, 0.5)
    paths = draw(scores, offsets, 6000, np.random.default_rng(0), time)
    moves = np.diff(paths, axis=2, prepend=0).std(axis=0)
    np.testing.assert_allclose(moves, [[1, 5, 1, 1], [1, 1, 1, 1]], rtol=0.15)


def test_equal_steps_are_drawn_as_without_their_time() -> None:
    scores, time = calibrate(walk(400, 10), None), np.broadcast_to(np.arange(1.0, 16), (2, 15))
    draws = [draw(scores, OFFSETS, 50, np.random.default_rng(0), each) for each in (None, time)]
    np.testing.assert_array_equal(*draws)


def test_the_chance_of_a_series_follows_from_the_seed_and_its_name() -> None:
    alone, *_ = generators_of_series(["b"], 7)
    other, beside = generators_of_series(["a", "b"], 7)
    elsewhere, *_ = generators_of_series(["b"], 8)
    first = [each.random() for each in (alone, beside, other, elsewhere)]
    assert first[0] == first[1]
    assert len(set(first)) == 3


def test_the_paths_of_a_series_do_not_depend_on_the_others() -> None:
    calibrations = [calibrate(walk(60, 15, seed), None) for seed in (0, 1)]
    rngs, again = ([np.random.default_rng(seed) for seed in (0, 1)] for _ in range(2))
    together = sample_paths(calibrations, OFFSETS, 20, rngs)
    alone = sample_paths(calibrations[1:], OFFSETS[1:], 20, again[1:])
    np.testing.assert_array_equal(together[:, 1:], alone)
