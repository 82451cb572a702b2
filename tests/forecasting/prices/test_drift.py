"""A drift is found where there is one, is zero by default, and uses past rows only."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.forecasting.prices.drift import estimate_drift
from forecaster.forecasting.prices.features import fit_scale
from forecaster.forecasting.prices.variance_time import LogPrices

NOISE = np.random.default_rng(0).normal(0, 0.01, 1000)


def prices_with(returns: np.ndarray[tuple[int], np.dtype[np.float64]], *indptr: int) -> LogPrices:
    return LogPrices(np.cumsum(returns), np.array(indptr), np.ones(len(returns)))


def drift_of(returns: np.ndarray[tuple[int], np.dtype[np.float64]], horizon: int = 5) -> float:
    prices = prices_with(returns, 0, len(returns))
    return float(estimate_drift(prices, fit_scale(prices), horizon)[-1])


def test_a_random_walk_has_no_drift() -> None:
    assert drift_of(NOISE - NOISE.mean()) == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clear_drift_is_found_and_shrunk(sign: int) -> None:
    found = drift_of(sign * (NOISE - NOISE.mean() + 0.002))
    assert 0.0015 < sign * found < 0.002


def test_one_jump_is_no_drift() -> None:
    jump = np.where(np.arange(1000) == 500, 2.0, NOISE - NOISE.mean())
    assert drift_of(jump) == 0


def test_many_steps_need_a_stricter_test() -> None:
    # t is about 1.8: 1000 returns with a mean of 0.057 standard deviations
    returns = NOISE - NOISE.mean() + 0.00057
    assert drift_of(returns, 20) > 0
    assert drift_of(returns, 21) == 0


def test_each_row_uses_only_the_rows_before_it() -> None:
    returns = np.concatenate([NOISE + 0.002, NOISE - 0.002])
    ewma = fit_scale(prices_with(returns, 0, 1000, 2000))
    whole = estimate_drift(prices_with(returns, 0, 1000, 2000), ewma, 5)
    assert whole[999] > 0 > whole[1999]
    head = estimate_drift(prices_with(returns[:1500], 0, 1000, 1500), ewma, 5)
    np.testing.assert_array_equal(whole[:1500], head)


@pytest.mark.parametrize("rows", [1, 10, 300])
def test_a_constant_series_has_no_drift(rows: int) -> None:
    assert drift_of(np.zeros(rows)) == 0


def test_a_steady_rise_is_all_drift() -> None:
    assert drift_of(np.full(300, 1 / 128), 100) == pytest.approx(1 / 128, rel=1e-2)
