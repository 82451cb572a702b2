"""Shares of the ways to count the past, and the weights that follow, against plain loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.methods.past_weights import (
    DECAYS,
    FIRST_JUDGED,
    LONGEST_FADING,
    OTHER_PHASES,
    PRIOR,
    SEASONAL_SHARE,
    component_shares,
    observation_weights,
)

if TYPE_CHECKING:
    from forecaster.arrays import Floats

K = 2 * len(DECAYS)


def only(component: int) -> Floats:
    """Return shares of which one component has all."""
    return np.eye(K)[component]


def weights_by_loop(component: int, count: int, season: int, step: int) -> Floats:
    """Return the weights of one component, observation by observation."""
    decay = DECAYS[component % len(DECAYS)]
    plain = np.array([decay ** (count - 1 - i) for i in range(count)])
    plain /= plain.sum()
    if component < len(DECAYS):
        return plain
    of_phase = np.zeros(count)
    for i in range(count):
        before = count - 1 - i + step
        if before % season == 0:
            of_phase[i] = decay ** (min(season, LONGEST_FADING) * (before // season - 1))
    weights = of_phase + OTHER_PHASES * plain
    return weights / weights.sum()


def shares_by_loop(x: Floats, season: int) -> Floats:
    """Return the shares after all of one series, from the forecast of each observation by each component."""
    squared = np.zeros(K)
    for t in range(FIRST_JUDGED, len(x)):
        for k in range(K if season > 1 else len(DECAYS)):
            squared[k] += (x[t] - weights_by_loop(k, t, season, 1) @ x[:t]) ** 2
    n = len(x) - FIRST_JUDGED
    prior = np.append(PRIOR, np.zeros(len(PRIOR)))
    if season > 1:
        prior = np.append((1 - SEASONAL_SHARE) * PRIOR, SEASONAL_SHARE * PRIOR)
    if n <= 0:
        return prior
    mean = squared / n
    shares = prior * (mean + 1e-6 * mean.max()) ** (-np.sqrt(n) / 2)
    return shares / shares.sum()


def demand(rows: int, seed: int = 0, rate: float = 0.2) -> Floats:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(rows) < rate, rng.integers(1, 6, rows), 0).astype(np.float64)


def final_shares(x: Floats, season: int = 1) -> Floats:
    """Return the shares after all of one series."""
    return component_shares(x[:, None], season, np.array([0]), np.array([len(x)]))[0]


@pytest.mark.sampled("1-*", "30-*")
@pytest.mark.parametrize("season", [1, 4, 7])
@pytest.mark.parametrize("step", [1, 3, 9])
@pytest.mark.parametrize("count", [1, 2, 5, 30])
def test_weights_are_those_of_a_plain_loop_and_sum_to_one(season: int, step: int, count: int) -> None:
    for component in range(K):
        found = observation_weights(only(component), count, season, step)
        expected = weights_by_loop(component, count, season, step)
        np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=f"component {component}")
        assert found.sum() == pytest.approx(1)
        assert (found > 0).all()


def test_weights_of_shares_are_means_of_those_of_the_components() -> None:
    shares = np.random.default_rng(0).dirichlet(np.ones(K))
    mean = sum(share * observation_weights(only(k), 40, 7, 2) for k, share in enumerate(shares))
    np.testing.assert_allclose(observation_weights(shares, 40, 7, 2), mean, rtol=1e-12)


def test_weights_fade_with_age_and_not_where_all_of_the_past_counts() -> None:
    np.testing.assert_allclose(observation_weights(only(0), 50, 1, 1), 1 / 50)
    for k in range(1, len(DECAYS)):
        fading = observation_weights(only(k), 50, 1, 1)
        np.testing.assert_allclose(fading[:-1] / fading[1:], DECAYS[k])


def test_the_same_phase_counts_most() -> None:
    weights = observation_weights(only(len(DECAYS)), 28, 7, 3)
    same = np.arange(28) % 7 == 2
    assert weights[same].min() > 5 * weights[~same].max()


@pytest.mark.parametrize("season", [1, 4, 7])
@pytest.mark.parametrize("rows", [2, 3, 12, 60])
def test_shares_are_those_of_a_plain_loop(season: int, rows: int) -> None:
    x = demand(rows, seed=rows, rate=0.5)
    x[-1] = 2
    found = final_shares(x, season)
    np.testing.assert_allclose(found, shares_by_loop(x, season), rtol=1e-9, atol=1e-12)
    assert found.sum() == pytest.approx(1)


def test_before_anything_is_forecast_shares_are_the_prior_ones() -> None:
    np.testing.assert_allclose(final_shares(np.array([3.0, 5.0])), np.append(PRIOR, 0 * PRIOR))


def test_without_a_season_no_component_looks_at_phases() -> None:
    assert not final_shares(demand(100))[len(DECAYS) :].any()


def test_a_component_that_forecasts_better_gets_the_larger_share() -> None:
    level = np.repeat([0.0, 10.0, 0.0, 10.0], 40)
    assert final_shares(level)[-len(DECAYS) - 1] > 0.9, "after jumps the latest rows forecast best"
    of_noise = final_shares(np.random.default_rng(1).normal(size=400))
    assert of_noise[0] > PRIOR[0], "of noise the mean of all rows does"
    assert of_noise[-len(DECAYS) - 1] < PRIOR[-1] / 2
    seasonal = np.tile([0.0, 0, 0, 0, 0, 5, 5], 20)
    assert final_shares(seasonal, 7)[len(DECAYS) :].sum() > 0.9


def test_shares_do_not_depend_on_the_unit() -> None:
    x = demand(80)
    for unit in (1e-6, 1e12):
        np.testing.assert_allclose(final_shares(unit * x, 7), final_shares(x, 7), rtol=1e-9)


def test_a_window_sees_only_the_rows_before_its_end() -> None:
    x, later = demand(80), np.concatenate([demand(80)[:50], 1000 + demand(30)])
    one, other = (component_shares(each[:, None], 7, np.array([0]), np.array([50])) for each in (x, later))
    np.testing.assert_array_equal(one, other)
    full = component_shares(x[30:, None], 7, np.array([0]), np.array([50]))
    assert not np.array_equal(one, full)


def test_many_windows_of_many_series_are_as_each_alone() -> None:
    """Series of other lengths end in the same row, and are unknown before they begin."""
    first, second = demand(90), 3 + demand(40, seed=1)
    together = np.full((90, 2), np.nan)
    together[:, 0], together[50:, 1] = first, second
    series, rows = np.array([0, 1, 0, 1, 0]), np.array([90, 90, 30, 70, 0])
    found = component_shares(together, 5, series, rows)
    alone = [
        component_shares(first[:, None], 5, np.array([0]), np.array([90]))[0],
        component_shares(second[:, None], 5, np.array([0]), np.array([40]))[0],
        component_shares(first[:, None], 5, np.array([0]), np.array([30]))[0],
        component_shares(second[:, None], 5, np.array([0]), np.array([20]))[0],
    ]
    np.testing.assert_allclose(found[:4], alone, rtol=1e-9)
    np.testing.assert_allclose(found.sum(axis=1), 1)


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0])
def test_a_constant_has_shares(value: float) -> None:
    found = final_shares(np.full(50, value), 7)
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(1)
