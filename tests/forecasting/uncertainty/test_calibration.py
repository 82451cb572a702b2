"""Calibration: normal scores and back, ranks, growth with the horizon, pooling, few scores, promised coverage."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecaster.forecasting.uncertainty.calibration import (
    ENOUGH,
    LARGEST,
    MOST,
    NORMAL,
    ROLLING,
    TAUS,
    Calibration,
    HeldOutScores,
    calibrate,
    calibrate_alone,
    error_of_score,
    fit_horizon_exponent,
    normal_offsets,
    normal_scores,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LEVELS = (50, 80, 95, 99)


@pytest.fixture(autouse=True)
def _raise_on_underflow() -> Iterator[None]:
    with np.errstate(all="raise"):
        yield


def sample(scores: np.ndarray, first: int = 0) -> HeldOutScores:
    """Return the scores of windows at successive cutoffs."""
    return HeldOutScores(scores, np.arange(first, first + len(scores)))


def apart(scores: np.ndarray) -> HeldOutScores:
    """Return the scores of windows that do not overlap."""
    return HeldOutScores(scores, np.arange(len(scores)) * scores.shape[1])


def nominal(level: float) -> float:
    return NormalDist().inv_cdf((1 + level / 100) / 2)


RISING = hnp.arrays(np.float64, 11, elements=st.floats(1e-3, 1e3)).map(np.cumsum)
"""Offsets that rise strictly."""
FLAT = hnp.arrays(np.float64, 11, elements=st.sampled_from([0.0, 0.0, 1e-9, 1.0, 50.0])).map(np.cumsum)
"""Offsets many of which are equal."""


@given(RISING, hnp.arrays(np.float64, 20, elements=st.floats(-30, 30)))
def test_the_error_of_a_score_has_this_score(offsets: np.ndarray, scores: np.ndarray) -> None:
    back = normal_scores(error_of_score(scores, offsets), offsets)
    np.testing.assert_array_less(np.abs(back - scores), 1e-13 * offsets[-1] / np.diff(offsets).min() + 1e-12)


@given(RISING, hnp.arrays(np.float64, 20, elements=st.floats(-1e4, 1e4).map(lambda x: round(x, 6))))
def test_an_error_is_found_again_from_its_score(offsets: np.ndarray, errors: np.ndarray) -> None:
    scores = normal_scores(errors, offsets)
    sure = np.abs(scores) < LARGEST / 10
    np.testing.assert_allclose(error_of_score(scores, offsets)[sure], errors[sure], rtol=1e-9, atol=1e-9 * offsets[-1])


@given(FLAT, st.floats(-100, 200), st.floats(0, 50))
def test_an_error_lies_in_an_interval_exactly_if_its_score_does(
    offsets: np.ndarray, error: float, reach: float
) -> None:
    centred = offsets - offsets[5]
    score = float(normal_scores(np.array(error), centred))
    assert np.isfinite(score)
    low, high = error_of_score(np.array([-reach, reach]), centred)
    margin = 1e-9 * max(1, abs(error))
    if abs(score) <= reach * (1 - 1e-9):
        assert low - margin <= error <= high + margin
    elif abs(score) > reach + 1e-9:
        assert error <= low + margin or error >= high - margin


@given(FLAT, hnp.arrays(np.float64, 30, elements=st.floats(-1e6, 1e6)))
def test_scores_never_fall_with_the_error(offsets: np.ndarray, errors: np.ndarray) -> None:
    scores = normal_scores(np.sort(errors), offsets)
    assert (np.diff(scores) >= -1e-9 * np.maximum(1, np.abs(scores[1:]))).all()


def test_an_error_on_a_quantile_has_its_score() -> None:
    offsets = np.array([-9.0, -5, -3, -2, -1, 0, 1, 2, 3, 5, 9])
    np.testing.assert_allclose(normal_scores(offsets, offsets), NORMAL, rtol=1e-15)
    np.testing.assert_allclose(error_of_score(NORMAL, offsets), offsets, rtol=1e-15)
    np.testing.assert_allclose([NormalDist().cdf(score) for score in NORMAL], TAUS)


def test_beyond_the_outer_quantiles_scores_continue_the_outer_segments() -> None:
    offsets = np.array([-9.0, -5, -3, -2, -1, 0, 1, 2, 3, 5, 9])
    step = NORMAL[10] - NORMAL[9]
    np.testing.assert_allclose(error_of_score(NORMAL[10] + step * np.array([1.0, 10.0]), offsets), [13.0, 49.0])
    np.testing.assert_allclose(normal_scores(np.array([-13.0, 1e5]), offsets)[0], NORMAL[0] - step)


def test_where_quantiles_coincide_the_score_is_the_nearest_to_zero_and_finite() -> None:
    offsets = np.array([-1.0, -1, 0, 0, 0, 0, 0, 1, 1, 1, 1])
    scores = normal_scores(np.array([-1.0, -1e-300, 0.0, 1.0]), offsets)
    np.testing.assert_allclose(scores, [NORMAL[1], NORMAL[2], 0.0, NORMAL[7]], atol=1e-12)
    outside = normal_scores(np.array([-2.0, 1.5, 1e300]), offsets)
    assert (np.abs(outside) > 1e5).all()
    assert (np.abs(outside) <= LARGEST).all()
    assert np.sign(outside).tolist() == [-1, 1, 1]


def test_scores_among_equal_quantiles_have_only_a_sign() -> None:
    scores = normal_scores(np.array([-1e-9, 0.0, 5.0]), np.zeros(11))
    assert scores[1] == 0
    assert scores[2] == pytest.approx(-scores[0])
    assert scores[2] > 1e5
    assert error_of_score(np.array([-40.0, 0.0, 40.0]), np.zeros(11)).tolist() == [0, 0, 0]


def test_normal_offsets_make_scores_of_errors_over_their_size() -> None:
    error, scale, ahead = np.array([[1.0, -6.0], [0.0, 300.0]]), np.array([2.0, 3.0]), np.array([1.0, 4.0])
    scores = normal_scores(error, normal_offsets(scale, ahead, 0.5))
    np.testing.assert_allclose(scores, error / (scale[:, None] * np.array([1.0, 2.0])))
    lead_times = np.array([[0.25, 1.0], [9.0, 16.0]])
    np.testing.assert_allclose(normal_offsets(scale, lead_times, 0.5)[..., 10] / NORMAL[10], [[1, 2], [9, 12]])


def test_a_random_walk_widens_like_the_square_root_and_noise_does_not() -> None:
    rng, steps = np.random.default_rng(1), np.broadcast_to(np.arange(1.0, 11), (4000, 10))
    walk = np.abs(np.cumsum(rng.normal(size=(4000, 10)), axis=1))
    assert fit_horizon_exponent(walk, steps) == pytest.approx(0.5, abs=0.03)
    assert fit_horizon_exponent(np.abs(rng.normal(size=(4000, 10))), steps) == pytest.approx(0.0, abs=0.03)
    ahead = np.cumsum(rng.exponential(1.6, (4000, 6)), axis=1)
    assert fit_horizon_exponent(np.abs(np.sqrt(ahead) * rng.normal(size=ahead.shape)), ahead) == pytest.approx(
        0.5, abs=0.05
    )


@pytest.mark.parametrize("size", [np.ones((50, 1)), np.zeros((50, 4))])
def test_where_errors_say_nothing_they_grow_like_a_random_walk(size: np.ndarray) -> None:
    assert fit_horizon_exponent(size, np.broadcast_to(np.arange(1.0, size.shape[1] + 1), size.shape)) == 0.5


def test_the_half_width_is_the_conformal_rank() -> None:
    scores = calibrate_alone(sample(np.random.default_rng(0).permutation(np.arange(1.0, 100))[:, None] * [[1, -2]]))
    assert scores.half_width(80, 2).tolist() == [80, 160]
    assert scores.half_width(79.5, 2).tolist() == [80, 160]
    assert scores.half_width(95, 4).tolist() == [95, 190, 190, 190], "later steps are like the last"


def test_beyond_the_last_rank_the_half_width_grows_like_the_normal_quantile() -> None:
    scores = calibrate_alone(sample(np.arange(1.0, 51)[:, None]))
    np.testing.assert_allclose(scores.half_width(99, 1), 50 * nominal(99) / nominal(100 * 50 / 51))
    assert scores.half_width(99.9999999, 1)[0] > scores.half_width(99.9, 1)[0] > scores.half_width(99, 1)[0] > 50


SCORES = st.floats(-50, 50).map(lambda score: round(score, 6))


@pytest.mark.slow
@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 60), st.integers(1, 4)), elements=SCORES))
def test_intervals_lie_within_each_other(scores: np.ndarray) -> None:
    offsets = normal_offsets(np.ones(1), np.arange(1.0, 6), 0.5)
    for earlier in (None, sample(scores[:3])):
        calibrated = calibrate(sample(scores), earlier)
        ends = [calibrated.interval(level, offsets) for level in (0.1, 1, 33, 50, 80, 95, 97.5, 99, 99.9, 99.999)]
        lows, highs = np.array(ends).swapaxes(0, 1)
        rounding = 1e-14 * max(1.0, highs.max())
        assert (np.diff(highs, axis=0) >= -rounding).all()
        assert (np.diff(lows, axis=0) <= rounding).all()
        assert (lows <= 0).all()
        assert (highs >= 0).all()


@pytest.mark.sampled("60-95")
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("count", [60, 400])
def test_fresh_values_are_covered_as_often_as_promised(level: int, count: int) -> None:
    """Of n + 1 exchangeable scores the chance is ceil((n + 1) a) / (n + 1); 4 standard errors of 3000 trials."""
    rng, trials = np.random.default_rng(level), 3000
    own, fresh = rng.standard_t(4, (trials, count)), rng.standard_t(4, trials)
    reach = [calibrate_alone(sample(scores[:, None])).half_width(level, 1)[0] for scores in own]
    share = np.mean(np.abs(fresh) <= reach)
    rank = np.ceil((count + 1) * level / 100)
    expected = min(rank, count) / (count + 1)
    margin = 4 * np.sqrt(expected * (1 - expected) / trials)
    assert expected - margin < share < expected + margin + (rank > count) / count


def test_few_windows_are_pooled_over_the_steps() -> None:
    rng = np.random.default_rng(2)
    few = rng.normal(size=(ENOUGH - 1, 8)) * np.arange(1, 9)
    pooled = np.sort(np.abs(few).ravel())
    assert (
        calibrate_alone(sample(few)).half_width(80, 8).tolist() == [pooled[int(np.ceil(0.8 * (few.size + 1))) - 1]] * 8
    )
    many = rng.normal(size=(400, 8)) * np.arange(1, 9)
    assert (np.diff(calibrate_alone(sample(many)).half_width(80, 8)) > 0).all()
    assert len(set(calibrate_alone(sample(many), pools_steps=True).half_width(80, 8))) == 1, (
        "steps that are alike, however many"
    )


def test_windows_that_do_not_overlap_are_counted() -> None:
    def independent(cutoff: list[int], horizon: int) -> int:
        return HeldOutScores(np.zeros((len(cutoff), horizon)), np.array(cutoff)).independent()

    assert independent([7], 5) == 1
    assert independent(list(range(-20, 0)), 5) == 4
    assert independent(list(range(20)), 30) == 1
    assert independent([3, 3, 3, 3], 5) == 4, "series at one cutoff"
    assert independent([0, 0, 0, 1, 2, 6, 6, 30], 5) == 3 + 2 + 1


def test_few_own_scores_are_mixed_with_earlier_ones_and_many_are_not() -> None:
    rng = np.random.default_rng(3)
    earlier = sample(10 * rng.normal(size=(500, 4)))
    theirs = calibrate_alone(earlier).half_width(80, 4)
    for windows, weight in ((4, 4 / 9), (40, 40 / 45), (400, 400 / 405)):
        own = apart(rng.normal(size=(windows, 4)))
        leaning = calibrate(own, earlier)
        assert leaning.weight == pytest.approx(weight)
        expected = weight * calibrate_alone(own).half_width(80, 4) + (1 - weight) * theirs
        np.testing.assert_allclose(leaning.half_width(80, 4), expected, rtol=1e-9)


@pytest.mark.parametrize("level", [50, 80, 95])
@pytest.mark.parametrize("windows", [20, 60, 380])
@pytest.mark.parametrize("factor", [0.6, 1.0, 1.9])
def test_without_earlier_scores_the_forecasts_own_quantiles_count(level: int, windows: int, factor: float) -> None:
    """The reach is z (own / z)^w: the more windows, the nearer to what was held out."""
    own = apart(np.full((windows, 3), factor * nominal(level)))
    uses_own_quantiles = calibrate(own, None)
    assert uses_own_quantiles.weight == pytest.approx(windows / (windows + 20))
    np.testing.assert_allclose(
        uses_own_quantiles.half_width(level, 3), nominal(level) * factor**uses_own_quantiles.weight, rtol=1e-9
    )


@pytest.mark.parametrize("level", [10, 50, 80, 95, 99, 99.99])
@pytest.mark.parametrize(("size", "factor"), [(0.0, 0.5), (1e-3, 0.5), (1e3, 2.0)])
def test_own_quantiles_are_at_most_halved_or_doubled(level: float, size: float, factor: float) -> None:
    own = apart(np.full((400, 3), size))
    np.testing.assert_allclose(calibrate(own, None).half_width(level, 3), factor * nominal(level), rtol=1e-9)


def test_own_quantiles_have_an_empty_interval_at_level_zero() -> None:
    np.testing.assert_allclose(calibrate(apart(np.zeros((50, 2))), None).half_width(0, 2), 0, atol=1e-200)


def test_scores_that_were_smaller_do_not_narrow_the_intervals() -> None:
    own = sample(np.random.default_rng(4).normal(size=(50, 3)))
    for earlier in (sample(np.zeros((50, 3))), own.take(slice(0))):
        np.testing.assert_array_equal(calibrate(own, earlier).half_width(95, 3), calibrate_alone(own).half_width(95, 3))


def test_the_latest_cutoffs_are_kept_in_order_of_time() -> None:
    cutoff = np.random.default_rng(0).permutation(3 * ROLLING)
    kept = calibrate_alone(HeldOutScores(cutoff[:, None] * np.ones((1, 2)), cutoff)).held_out
    assert kept.cutoff.tolist() == list(range(2 * ROLLING, 3 * ROLLING))
    np.testing.assert_array_equal(kept.scores[:, 0], kept.cutoff)


def test_windows_of_many_series_are_kept_evenly_spread() -> None:
    cutoff = np.tile(np.arange(50), 100)
    kept = calibrate(HeldOutScores(np.ones((5000, 3)), cutoff), sample(np.ones((5000, 3))))
    assert np.bincount(kept.held_out.cutoff).tolist() == [MOST // 50] * 50
    assert kept.earlier.shape == (3, MOST)


def test_evenly_spread_earlier_scores_keep_their_ranks() -> None:
    many = np.abs(np.random.default_rng(0).normal(size=(7000, 1)))
    kept = calibrate(apart(np.zeros((5, 1))), sample(many))
    for level in (50, 80, 95, 99):
        np.testing.assert_allclose(kept.half_width(level, 1)[0], np.quantile(many, level / 100) / 2, rtol=0.02)


def test_newer_windows_replace_the_oldest() -> None:
    old = calibrate_alone(sample(np.ones((ROLLING, 2))))
    half = old.updated(sample(np.full((ROLLING // 2, 2), 3.0), first=ROLLING))
    assert half.held_out.cutoff.tolist() == list(range(ROLLING // 2, ROLLING * 3 // 2))
    assert (half.half_width(40, 1)[0], half.half_width(60, 1)[0]) == (1.0, 3.0)
    new = half.updated(sample(np.full((ROLLING, 2), 3.0), first=2 * ROLLING))
    assert new.half_width(1, 2).tolist() == [3.0, 3.0]
    assert old.half_width(99, 2).max() < 2.6, "the older calibration stays as it is"


@pytest.mark.slow
def test_the_calibration_follows_a_level_of_risk_that_changes() -> None:
    """Errors double from one day to the next: rolled on, the intervals cover again."""
    rng, offsets = np.random.default_rng(5), normal_offsets(np.ones(1), np.ones(1), 0.5)
    scores = calibrate(sample(rng.normal(size=(ROLLING, 1))), None)
    inside = []
    for cutoff in range(ROLLING, 3 * ROLLING):
        low, high = scores.interval(80, offsets)
        error = 2 * rng.normal(size=(1, 1))
        inside.append(bool((low <= error).all() and (error <= high).all()))
        scores = scores.updated(HeldOutScores(normal_scores(error, offsets), np.array([cutoff])))
    assert np.mean(inside[:50]) < 0.65
    assert np.mean(inside[ROLLING:]) == pytest.approx(0.8, abs=0.05)


def test_intervals_follow_the_shape_of_the_quantiles() -> None:
    """Skew quantiles that are four fifths as wide as the truth: the interval is skew and right."""
    rng = np.random.default_rng(6)
    truth = np.exp(NORMAL) - 1
    error = np.exp(rng.normal(size=(20_000, 1))) - 1
    scores = calibrate(apart(normal_scores(error[:1000], 0.8 * truth)), None)
    assert isinstance(scores, Calibration)
    low, high = scores.interval(80, 0.8 * truth[None, None])
    assert high[0, 0] > -2 * low[0, 0] > 0
    assert np.mean((error >= low) & (error <= high)) == pytest.approx(0.8, abs=0.03)
