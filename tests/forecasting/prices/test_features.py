"""What the volatility network sees: plain loops agree, the future and all but the latest returns change nothing."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.forecasting.prices.features import (
    DECAYS,
    INPUTS,
    KNOTS,
    MEMORY,
    SEGMENT,
    SEGMENTS,
    SHORTEST,
    TINY,
    EwmaScale,
    VolatilityWindows,
    fit_scale,
    places,
    recent_mean,
    returns_of,
    volatility_features,
    volatility_windows,
)
from forecaster.forecasting.prices.variance_time import LogPrices
from forecaster.nn.network import NetworkInputs
from forecaster.series.windows import Origins, ends, origins

if TYPE_CHECKING:
    from forecaster.series.scaling import Floats


def walk(rows: int, seed: int = 0, size: float = 0.01) -> Floats:
    return np.cumsum(np.random.default_rng(seed).normal(0, size, rows))


def indptr_of(*lengths: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.concatenate([[0], np.cumsum(lengths)])


def log_prices(x: Floats, *lengths: int) -> LogPrices:
    return LogPrices(x, indptr_of(*lengths), np.ones(len(x)))


def windows_of(x: Floats, *lengths: int, ewma: EwmaScale | None = None) -> VolatilityWindows:
    prices, unit = log_prices(x, *lengths), np.ones((len(lengths), len(KNOTS)))
    return volatility_windows(prices, ewma or fit_scale(prices), origins(prices.indptr, 1, shortest=SHORTEST), unit)


def gathered(windows: VolatilityWindows) -> Floats:
    x = np.empty((SEGMENTS, INPUTS, len(windows)))
    windows.inputs(np.arange(len(windows)), NetworkInputs(x))
    return x


@given(lengths=st.lists(st.integers(1, 2 * MEMORY), min_size=1, max_size=4), decay=st.sampled_from([1.0, 0.985, 0.8]))
def test_recent_mean_equals_a_plain_loop(lengths: list[int], decay: float) -> None:
    indptr = indptr_of(*lengths)
    values = np.random.default_rng(0).normal(size=indptr[-1]) ** 2
    found = recent_mean(values, places(indptr), decay)
    for start, stop in itertools.pairwise(indptr):
        for t in (start, (start + stop) // 2, stop - 1):
            latest = values[max(start + 1, t - MEMORY + 1) : t + 1][::-1]
            weight = decay ** np.arange(len(latest))
            expected = weight @ latest / weight.sum() if len(latest) else 0
            np.testing.assert_allclose(found[t], expected, rtol=1e-12)


def test_returns_do_not_cross_from_one_series_to_the_next() -> None:
    assert returns_of(log_prices(np.array([1.0, 3.0, 10.0, 11.0, 5.0]), 2, 0, 3)).tolist() == [0, 2, 0, 1, -6]


def test_the_decay_is_the_one_that_foretells_best() -> None:
    rng = np.random.default_rng(1)
    sudden = np.where(np.arange(3000) // 30 % 2, 0.002, 0.02)
    x = np.concatenate([np.cumsum(rng.normal(size=3000) * sudden), np.cumsum(rng.normal(0, 0.01, 3000))])
    decay = fit_scale(log_prices(x, 3000, 3000)).decay
    assert decay.tolist() == [DECAYS[0], DECAYS[-1]]


def test_leverage_has_the_sign_of_the_returns_that_turmoil_follows() -> None:
    rng = np.random.default_rng(2)
    returns = np.zeros(3000)
    for t in range(1, 3000):
        returns[t] = rng.normal() * (0.02 if returns[t - 1] < -0.005 else 0.008)
    x = np.cumsum(returns)
    leverage = fit_scale(log_prices(np.concatenate([x, -x, walk(3000)]), 3000, 3000, 3000)).leverage
    assert leverage[0] < -0.08
    assert leverage[1] == pytest.approx(-leverage[0])
    assert abs(leverage[2]) < 0.04


def test_a_constant_series_and_a_single_row_have_a_scale() -> None:
    prices = log_prices(np.ones(51), 50, 1)
    ewma = fit_scale(prices)
    assert ewma.floor.tolist() == [TINY, TINY]
    assert np.isfinite(volatility_features(prices, ewma).statics).all()


def test_the_tail_of_a_series_gives_the_numbers_of_the_whole_to_the_last_bit() -> None:
    x = walk(1000)
    ewma = fit_scale(log_prices(x, 1000))
    tail = x[-MEMORY - 1 :]
    unit = np.ones((1, len(KNOTS)))
    seen = []
    for each in (x, tail):
        prices = log_prices(each, len(each))
        windows = volatility_windows(prices, ewma, ends(prices.indptr), unit)
        seen.append((gathered(windows), windows.scale))
    np.testing.assert_array_equal(seen[0][0], seen[1][0])
    np.testing.assert_array_equal(seen[0][1], seen[1][1])


def test_neither_the_future_nor_a_neighbour_reaches_a_window() -> None:
    x = walk(400)
    ewma = fit_scale(log_prices(x, 200, 200))
    changed = x.copy()
    changed[300:] += 1
    plain, other = (windows_of(each, 200, 200, ewma=ewma) for each in (x, changed))
    early = plain.last < 300
    np.testing.assert_array_equal(gathered(plain)[..., early], gathered(other)[..., early])
    assert (gathered(plain)[..., ~early] != gathered(other)[..., ~early]).any()


def test_inputs_are_segments_of_scaled_returns_their_sizes_and_the_statics() -> None:
    x = walk(100)
    windows = windows_of(x, 100)
    seen = gathered(windows)[..., -1]
    t = windows.last[-1]
    z = np.diff(x)[t - 60 : t] / windows.scale[-1]
    np.testing.assert_allclose(seen[:, :SEGMENT].reshape(-1), np.clip(z, -8, 8))
    np.testing.assert_allclose(seen[:, SEGMENT : 2 * SEGMENT].reshape(-1), np.clip(np.abs(z), 0, 8) - 0.7)
    np.testing.assert_array_equal(seen[:, 2 * SEGMENT :], np.tile(windows.features.statics[:, t], (SEGMENTS, 1)))


def test_what_lies_before_a_series_is_zero() -> None:
    windows = windows_of(np.concatenate([walk(40), walk(30) + 5]), 40, 30)
    for i in (0, len(windows) - 9):
        seen = gathered(windows)[:, : 2 * SEGMENT, i].reshape(SEGMENTS, 2, SEGMENT).swapaxes(0, 1).reshape(2, -1)
        assert not seen[:, :40].any()
        assert (seen[:, 40:] != 0).all()


def test_targets_are_scaled_moves_and_unknown_beyond_the_end() -> None:
    x = walk(60)
    windows = windows_of(x, 30, 30)
    y = np.empty((len(KNOTS), len(windows)))
    windows.targets(np.arange(len(windows)), y)
    for i in (0, len(windows) - 1):
        for k, step in enumerate(KNOTS):
            last, end = windows.last[i], 30 * (1 + windows.series[i])
            expected = (x[last + step] - x[last]) / windows.scale[i] if last + step < end else np.nan
            np.testing.assert_allclose(y[k, i], expected)


def test_some_windows_are_spread_evenly() -> None:
    windows = windows_of(walk(80), 80)
    assert windows.subsample(3).last.tolist() == [20, 49, 78]
    assert len(windows.subsample(10_000)) == len(windows)


def test_a_window_of_chosen_series_has_the_scale_of_that_series() -> None:
    x = np.concatenate([walk(100), walk(100, 1, 0.1)])
    prices = log_prices(x, 100, 100)
    chosen = Origins(np.array([1, 0]), np.array([150, 50]))
    windows = volatility_windows(prices, fit_scale(prices), chosen, np.ones((2, len(KNOTS))))
    assert windows.scale[0] > 5 * windows.scale[1]


def test_features_are_computed_for_the_rows_of_windows_alone_and_are_those_of_the_whole() -> None:
    lengths = np.array([900, 50, 2000, 0, 700])
    indptr = np.append(0, np.cumsum(lengths))
    x = 0.01 * np.cumsum(np.random.default_rng(0).normal(size=indptr[-1]))
    ewma = EwmaScale(np.array([0.94, 0.9, 0.97, 0.97, 0.985]), np.full(5, 1e-5), np.zeros(5))
    prices = LogPrices(x, indptr, np.ones(len(x)))
    whole = volatility_features(prices, ewma)
    chosen = Origins(np.array([0, 0, 2, 4]), np.array([600, 880, indptr[2] + 1500, indptr[5] - 1]))
    windows = volatility_windows(prices, ewma, chosen, np.ones((5, len(KNOTS))))
    np.testing.assert_array_equal(windows.scale, whole.scale[chosen.last])
    np.testing.assert_array_equal(windows.features.statics[:, chosen.last], whole.statics[:, chosen.last])
    np.testing.assert_array_equal(windows.features.returns, whole.returns)
    assert (windows.features.scale[:300] == 0).all()
