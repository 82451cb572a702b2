"""Conformal widths: ranks, growth, pooling, and the coverage that the theory promises."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.forecasting import intervals
from forecaster.forecasting.intervals import Sample, Scores

NONE = np.empty((0, 1))


def at_steps(scores: np.ndarray) -> Sample:
    """Return scores, (W, h), at the distances 1 ... h."""
    return Sample(scores, np.broadcast_to(np.arange(1.0, scores.shape[1] + 1), scores.shape))


def calibrate_alone(scores: np.ndarray) -> Scores:
    return intervals.calibrate_alone(at_steps(scores))


def calibrate(own: np.ndarray, earlier: np.ndarray) -> Scores:
    return intervals.calibrate(at_steps(own), at_steps(earlier))


def growth_of(scores: np.ndarray) -> float:
    return intervals.growth_of(at_steps(scores))


def rolling_coverage(own: np.ndarray, earlier: np.ndarray, levels: tuple[int, ...]) -> tuple[dict[int, float], int]:
    return intervals.rolling_coverage(at_steps(own), at_steps(earlier), levels)


def test_the_width_is_the_conformal_rank() -> None:
    scores = calibrate_alone(np.arange(1.0, 100.0)[:, None])
    assert scores.width(80, np.arange(1.0, 2)).tolist() == [80.0]
    assert scores.width(95, np.arange(1.0, 2)).tolist() == [95.0]
    assert calibrate_alone(np.arange(1.0, 51.0)[:, None]).width(99, np.arange(1.0, 2)).tolist() == [50.0], (
        "beyond the last rank: the largest"
    )


def test_fresh_values_are_covered_as_often_as_promised() -> None:
    rng = np.random.default_rng(0)
    hits = [
        np.abs(rng.normal()) <= calibrate_alone(np.abs(rng.normal(size=(60, 1)))).width(80, np.arange(1.0, 2))[0]
        for _ in range(4000)
    ]
    assert 0.78 < np.mean(hits) < 0.84


def test_a_random_walk_widens_like_the_square_root_and_noise_does_not() -> None:
    rng = np.random.default_rng(1)
    walk = np.abs(np.cumsum(rng.normal(size=(4000, 10)), axis=1))
    noise = np.abs(rng.normal(size=(4000, 10)))
    assert growth_of(walk) == pytest.approx(0.5, abs=0.03)
    assert growth_of(noise) == pytest.approx(0.0, abs=0.03)
    width = calibrate_alone(walk).width(80, np.arange(1.0, 41))
    assert width[39] / width[9] == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize("scores", [np.ones((50, 1)), np.zeros((50, 4))])
def test_where_scores_do_not_say_the_growth_is_that_of_a_random_walk(scores: np.ndarray) -> None:
    assert growth_of(scores) == 0.5


def test_few_windows_are_pooled_over_the_steps() -> None:
    rng = np.random.default_rng(2)
    few = calibrate_alone(np.abs(np.cumsum(rng.normal(size=(10, 8)), axis=1)))
    assert few.sorted.shape == (8, 80)
    assert (np.diff(few.sorted, axis=1) >= 0).all()
    assert (np.diff(few.width(80, np.arange(1.0, 9))) > 0).all()


def test_scores_are_kept_in_bounds() -> None:
    assert calibrate_alone(np.random.default_rng(0).random((5000, 3))).sorted.shape == (3, 1000)


def test_rolling_coverage_uses_only_the_earlier_half() -> None:
    scores = np.concatenate([np.full((100, 2), 1.0), np.full((100, 2), 2.0)])
    assert rolling_coverage(scores, NONE, (80, 95)) == ({80: 0.0, 95: 0.0}, 200)
    assert rolling_coverage(scores[::-1], NONE, (80,)) == ({80: 100.0}, 200)
    assert rolling_coverage(scores[:10], NONE, (80,)) == ({}, 0), "too few to say"


def test_widths_grow_beyond_the_last_step_from_the_last_width() -> None:
    scores = Scores(np.array([[1.0], [4.0]]), growth=1.0)
    assert scores.width(80, np.arange(1.0, 5)).tolist() == [1.0, 4.0, 6.0, 8.0]


def test_few_own_scores_lean_on_the_baselines_and_many_do_not() -> None:
    rng = np.random.default_rng(3)
    earlier = 10 * np.abs(rng.normal(size=(500, 4)))
    base = calibrate_alone(earlier).width(80, np.arange(1.0, 5))
    for windows, g in ((4, 1 / 6), (40, 10 / 15), (4000, 1000 / 1005)):
        own = np.abs(rng.normal(size=(windows, 4)))
        expected = g * calibrate_alone(own).width(80, np.arange(1.0, 5)) + (1 - g) * base
        np.testing.assert_allclose(calibrate(own, earlier).width(80, np.arange(1.0, 5)), expected, rtol=0.15)


def test_a_baseline_that_erred_less_does_not_narrow_the_widths() -> None:
    own = np.abs(np.random.default_rng(4).normal(size=(50, 3)))
    np.testing.assert_array_equal(
        calibrate(own, np.zeros((50, 3))).width(95, np.arange(1.0, 4)),
        calibrate_alone(own).width(95, np.arange(1.0, 4)),
    )


def test_unequal_distances_are_carried_over_to_whole_steps() -> None:
    """A random walk in continuous time, seen at moments of any distance, widens like the root of the distance."""
    rng = np.random.default_rng(0)
    ahead = np.cumsum(rng.exponential(1.6, (3000, 6)), axis=1)
    size = np.abs(np.sqrt(ahead) * rng.normal(size=ahead.shape))
    scores = intervals.calibrate_alone(Sample(size, ahead))
    assert scores.growth == pytest.approx(0.5, abs=0.05)
    moments = np.array([0.25, 1.0, 3.0, 6.0, 12.0])
    np.testing.assert_allclose(scores.width(80, moments), 1.2816 * np.sqrt(moments), rtol=0.08)
    covered, count = intervals.rolling_coverage(Sample(size, ahead), Sample(size[:0], ahead[:0]), (80,))
    assert covered[80] == pytest.approx(80, abs=1.5)
    assert count == 9000
