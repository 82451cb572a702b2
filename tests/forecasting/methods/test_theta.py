"""Theta against a plain reference and by hand, for one window or many, on ordinary and on awkward series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.methods.theta import ALPHAS, LONGEST, _moving_average, theta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.series.scaling import Floats


@pytest.fixture(autouse=True)
def _raise_on_all_accidents() -> Iterator[None]:
    with np.errstate(all="raise"):
        yield


def of_series(*series: Floats, horizon: int = 6, season: int = 1) -> Floats:
    """Return the forecasts behind the end of each series."""
    ends = np.cumsum([len(x) for x in series])
    start = np.array([0, *ends[:-1]])
    return theta(np.concatenate(series).astype(float), start, ends - 1, horizon, season)


def plain(x: Floats, horizon: int, m: int) -> Floats:
    """Return the textbook's forecast of one series: test, decompose, smooth, drift."""
    n, t = len(x), np.arange(len(x) + horizon)
    ratio = x.min() > 0
    index = np.full(m, 1.0 if ratio else 0.0)
    if m > 1 and n >= 3 * m:
        d = x - x.mean()
        r = [d[k:] @ d[: n - k] / (d @ d) for k in range(1, m + 1)]
        if abs(r[-1]) > 1.645 * np.sqrt((1 + 2 * sum(value**2 for value in r[:-1])) / n):
            weights = [1.0] * m if m % 2 else [0.5] + [1.0] * (m - 1) + [0.5]
            trend = np.convolve(x, weights, "valid") / m
            inner = slice(m // 2, n - m // 2)
            rest = x[inner] / trend if ratio else x[inner] - trend
            index = np.array([rest[t[inner] % m == phase].mean() for phase in range(m)])
            index = index / index.mean() if ratio else index - index.mean()
    y = x / index[t[:n] % m] if ratio else x - index[t[:n] % m]
    slope = np.polyfit(t[:n], y, 1)[0] if n > 1 else 0.0
    candidates = [smoothed(y, a, min(slope, 0), max(slope, 0)) for a in ALPHAS]
    _, level, drift = min(candidates, key=lambda candidate: candidate[0])
    f = level + drift * np.arange(1, horizon + 1)
    return f * index[t[n:] % m] if ratio else f + index[t[n:] % m]


def smoothed(y: Floats, alpha: float, least: float, most: float) -> tuple[float, float, float]:
    """Return squared error, last level and drift of smoothing whose drift errs least, within its bounds."""
    (error, level), (other, higher) = (errors_with(y, alpha, drift) for drift in (0.0, 1.0))
    gained = error - other  # errors and levels are straight lines in the drift
    drift = np.clip(error @ gained / max(gained @ gained, 1), least, most)
    return ((error - drift * gained) ** 2).sum(), level + drift * (higher - level), drift


def errors_with(y: Floats, alpha: float, drift: float) -> tuple[Floats, float]:
    """Return the one-step errors of exponential smoothing with a drift, and its last level."""
    level, errors = y[0], []
    for value in y[1:]:
        expected = level + drift
        errors.append(value - expected)
        level = expected + alpha * (value - expected)
    return np.array(errors), level


def noisy(n: int, season: int, level: float, seed: int) -> Floats:
    """Return a wandering series with a season."""
    rng = np.random.default_rng(seed)
    wave = 8 * np.sin(2 * np.pi * np.arange(n) / season) if season > 1 else 0.0
    return level + wave + rng.normal(size=n).cumsum() + rng.normal(size=n)


@pytest.mark.parametrize("season", [1, 4, 7, 12])
@pytest.mark.parametrize("level", [0.0, 200.0])
def test_many_series_at_once_equal_the_plain_method_one_by_one(season: int, level: float) -> None:
    series = [noisy(n, season, level, seed=n) for n in (1, 2, 3, 4, 11, 12, 22, 36, 37, 90, 131, 300)]
    forecast = of_series(*series, horizon=18, season=season)
    for x, f in zip(series, forecast, strict=True):
        np.testing.assert_allclose(f, plain(x, 18, season), rtol=1e-9, atol=1e-9)


def test_two_values_by_hand() -> None:
    # every alpha errs alike, so the level is the last value; no drift errs less than the slope of 2
    assert of_series(np.array([3.0, 5.0]), horizon=3).tolist() == [[7.0, 9.0, 11.0]]


@pytest.mark.parametrize("slope", [1.0, -0.25, 1e-9, 1e9])
@pytest.mark.parametrize("season", [1, 12])
def test_a_ramp_is_continued_exactly(slope: float, season: int) -> None:
    x = slope * np.arange(-150.0, 170.0)
    np.testing.assert_allclose(of_series(x[:300], horizon=20, season=season)[0], x[300:], rtol=1e-12)


def test_the_drift_lies_between_zero_and_the_slope() -> None:
    t = np.arange(60.0)
    late, curved = np.r_[np.zeros(30), t[:30]], t**2
    for x in (late, -late, curved, -curved):
        f = of_series(x, horizon=8)[0]
        drift, slope = np.diff(f), np.polyfit(t, x, 1)[0]
        assert np.ptp(drift) < 1e-9
        assert 0 < drift[0] / slope < 1 + 1e-9
    # what went up and came down again drifts no more than its straight line
    np.testing.assert_allclose(np.diff(of_series(np.r_[t[:30], t[29::-1]], horizon=8)[0]), 0, atol=1e-9)


@pytest.mark.parametrize("value", [0.0, -3.7, 0.1, 1e300, 1e-300, 5e-324, -1e300])
@pytest.mark.parametrize("n", [1, 2, 3, 40])
def test_a_constant_stays_what_it_is(value: float, n: int) -> None:
    assert of_series(np.full(n, value), season=4).tolist() == [[value] * 6]


@pytest.mark.parametrize("season", [5, 6])
@pytest.mark.parametrize("level", [0.0, 3.0])
def test_a_pure_season_is_repeated_at_its_phase(season: int, level: float) -> None:
    x = level + np.sin(2 * np.pi * np.arange(8 * season + 2 + 9) / season)
    np.testing.assert_allclose(of_series(x[:-9], horizon=9, season=season)[0], x[-9:], atol=0.02)


def test_a_season_that_grows_with_the_level_keeps_growing() -> None:
    t = np.arange(96)
    x = 100 * 1.01**t * (1 + 0.3 * np.sin(2 * np.pi * t / 12))
    ratio = of_series(x[:84], horizon=12, season=12)[0] / x[84:]
    assert np.abs(np.diff(ratio)).max() < 0.012  # the season is right
    assert 0.9 < ratio.min() < ratio.max() < 1.0


@pytest.mark.parametrize("size", [1e300, 1e160, 1e-160, 1e-300])
def test_values_of_any_size_give_the_same_forecast_in_their_units(size: float) -> None:
    x = noisy(60, 4, 30.0, seed=1)
    np.testing.assert_allclose(of_series(x * size, season=4) / size, of_series(x, season=4), rtol=1e-9)


@pytest.mark.parametrize(
    "x",
    [
        [1e-300, 1, 1e300, 1, 1e-300, 1, 1e300, 1, 2, 1, 1e300, 1],
        [1e-9, 1, 1e9, 1, 1e-9, 1, 1e9, 1, 1e-9, 1, 1e9, 1],
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 4],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1e-200],
        [-5, 3, -1e-200, 0, 1, -2, 5, 8, -9, 1, 0, 2],
    ],
)
def test_awkward_values_give_forecasts_of_their_size(x: list[float]) -> None:
    for n in range(1, 13):
        f = of_series(np.array(x[:n]), season=4)
        assert (np.abs(f) <= np.abs(x[:n]).max() + 6 * np.ptp(x[:n]) * (1 + 1e-12)).all()
        assert (f >= 0).all() or min(x[:n]) < 0


def test_a_long_decay_reaches_zero_without_a_numeric_error() -> None:
    f = of_series(np.r_[1.0, np.zeros(400)], season=7)
    assert (f >= 0).all()
    assert f.max() < 1e-3


def test_a_falling_line_of_positive_values_stays_positive() -> None:
    x = np.linspace(100, 1, 40)
    assert (of_series(x, horizon=200) >= 0.1 * (1 - 1e-12)).all()
    assert of_series(x - 50, horizon=200).min() < -150


def test_a_window_sees_its_own_values_alone() -> None:
    x = noisy(50, 4, 100.0, seed=2)
    hidden = np.r_[np.nan, x, np.nan]
    f = theta(hidden, np.array([1]), np.array([50]), 8, 4)
    assert f.tolist() == of_series(x, horizon=8, season=4).tolist()


def test_only_the_latest_values_of_a_long_history_count() -> None:
    x = noisy(LONGEST + 300, 12, 500.0, seed=3)
    assert of_series(x, season=12).tolist() == of_series(x[300:], season=12).tolist()


@pytest.mark.parametrize("season", [1, 7, 12])
def test_other_windows_change_no_bit(season: int) -> None:
    series = [noisy(n, season, level, seed=n) for n in (1, 3, 30, 100, 400, 900) for level in (0.0, 300.0)]
    together = of_series(*series, season=season)
    for x, f in zip(series, together, strict=True):
        assert f.tolist() == of_series(x, season=season)[0].tolist()
    x = noisy(700, season, 100.0, seed=4)
    last = np.arange(100, 700)  # more than are done at once
    windows = theta(x, np.zeros_like(last), last, 6, season)
    for i in (0, 255, 256, 599):
        assert windows[i].tolist() == of_series(x[: last[i] + 1], season=season)[0].tolist()


def test_no_windows_give_no_forecasts() -> None:
    none = np.zeros(0, dtype=int)
    assert theta(np.zeros(0), none, none, 5, 12).shape == (0, 5)


@pytest.mark.parametrize("season", [4, 7, 24, 25])
def test_the_mean_over_a_long_season_is_that_of_its_values(season: int, monkeypatch: pytest.MonkeyPatch) -> None:
    y = 1 + np.random.default_rng(0).random((6 * season, 3))
    added = _moving_average(y, season)
    monkeypatch.setattr("forecaster.forecasting.methods.theta.MOST_ADDED", 1)
    np.testing.assert_allclose(_moving_average(y, season), added, rtol=1e-12)
