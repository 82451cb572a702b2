"""The ridge regression recovers linear rules, equals least squares with appended rows, and behaves with few windows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecaster.forecasting.methods import ridge as ridge_module
from forecaster.forecasting.methods.ridge import (
    BLOCKS,
    LATEST,
    MOST_VALUES,
    Ridge,
    _features,
    feature_count,
    fit_ridge,
    gram_sums,
    mean_starts,
    ridge_weights,
    squared_error,
)
from forecaster.series.covariate_windows import covariate_windows
from forecaster.series.covariates import Covariates
from forecaster.series.panel import panel_from_series
from forecaster.series.scaling import LEVEL, Scaling, fit_covariate_scalings, fit_scaling, mean_change
from forecaster.series.transforms import identity_transform
from forecaster.series.windows import Windows, ends, make_windows, origins


def windows_of(*series: np.ndarray, lookback: int, targets: int | None, shortest: int = 2) -> Windows:
    """Return the windows with at least so many known targets and steps, or without targets those at the ends."""
    indptr = np.cumsum([0, *map(len, series)])
    scaling = Scaling(LEVEL, identity_transform(len(series)), np.array([mean_change(x) for x in series]))
    chosen = ends(indptr) if targets is None else origins(indptr, targets, shortest=shortest)
    return make_windows(np.concatenate(series).astype(float), indptr, scaling, lookback, chosen)


def ahead(x: np.ndarray, lookback: int, horizon: int, shortest: int = 2) -> np.ndarray:
    """Fit to every window that knows a target and forecast behind the end."""
    ridge = fit_ridge(windows_of(x, lookback=lookback, targets=1, shortest=shortest), horizon)
    at_end = windows_of(x, lookback=lookback, targets=None)
    return at_end.values(ridge.output(at_end))


def integrated(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return x_t = 1.5 x_{t-1} - 0.5 x_{t-2} + e_t."""
    change = rng.normal(size=n)
    for t in range(1, n):
        change[t] += 0.5 * change[t - 1]
    return change.cumsum()


def design(windows: Windows, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features, (W, L + 1), and targets, (W, h)."""
    chosen = np.arange(len(windows))
    x, y = np.empty((windows.lookback, 1, len(windows))), np.empty((horizon, len(windows)))
    windows.scaled_values(chosen, x)
    windows.targets(chosen, y)
    return np.column_stack([x[:, 0].T, np.ones(len(windows))]), y.T


def test_an_autoregression_of_order_two_is_recovered() -> None:
    rng = np.random.default_rng(0)
    series = [integrated(rng, 2000) for _ in range(8)]
    ridge = fit_ridge(windows_of(*series, lookback=3, targets=1, shortest=3), 3)
    # from the last value on: x_{t+1} - x_t = -0.5 (x_{t-1} - x_t), and half as much more at each later step
    assert ridge.weights[:, 1] == pytest.approx([-0.5, -0.75, -0.875], abs=0.08)
    assert np.abs(ridge.weights[:, [0, 2, 3]]).max() < 0.08


@pytest.mark.parametrize("horizon", [1, 20])
def test_a_sine_is_continued_exactly(horizon: int) -> None:
    x = 5 + 3 * np.sin(np.arange(300 + horizon) * 0.37)
    forecast = ahead(x[:300], lookback=24, horizon=horizon, shortest=24)
    np.testing.assert_allclose(forecast[0], x[300:], atol=1e-5)


def test_a_straight_line_is_continued() -> None:
    forecast = ahead(np.arange(100.0), lookback=12, horizon=10, shortest=12)
    np.testing.assert_allclose(forecast[0], np.arange(100.0, 110), atol=1e-5)


@pytest.mark.parametrize("penalty", [1e-3, 1.0, 100.0])
def test_the_weights_equal_least_squares_with_appended_rows(penalty: float) -> None:
    rng = np.random.default_rng(1)
    windows = windows_of(rng.normal(size=1500).cumsum(), rng.normal(size=200).cumsum(), lookback=9, targets=5)
    X, Y = design(windows, 5)
    size = penalty * (X**2).sum() / X.shape[1]
    rows = np.sqrt(size) * np.eye(X.shape[1])
    expected = np.linalg.lstsq(np.vstack([X, rows]), np.vstack([Y, np.zeros((X.shape[1], 5))]), rcond=None)[0]
    total = gram_sums(windows, np.arange(len(windows)), 5)
    weights = ridge_weights(total, penalty)
    np.testing.assert_allclose(weights[0], expected.T, rtol=1e-8, atol=1e-10)
    assert squared_error(total, weights) == pytest.approx(((Y - X @ weights[0].T) ** 2).sum())


def test_each_block_of_steps_uses_every_window_that_knows_it() -> None:
    x = np.random.default_rng(2).normal(size=60).cumsum()
    horizon = 2 * BLOCKS
    windows = windows_of(x, lookback=5, targets=1)
    weights = ridge_weights(gram_sums(windows, np.arange(len(windows)), horizon), 0.1)[0]
    for block in range(BLOCKS):
        steps = slice(2 * block, 2 * block + 2)
        whole = windows_of(x, lookback=5, targets=steps.stop)
        assert len(whole) == len(windows) - steps.stop + 1
        expected = ridge_weights(gram_sums(whole, np.arange(len(whole)), steps.stop), 0.1)[0]
        np.testing.assert_allclose(weights[steps], expected[steps], rtol=1e-9)


def test_the_latest_fifth_chooses_the_penalty() -> None:
    rng = np.random.default_rng(3)
    walk = rng.normal(size=400).cumsum()
    noise = np.abs(fit_ridge(windows_of(walk, lookback=60, targets=5), 5).weights).sum()
    wave = np.abs(fit_ridge(windows_of(np.sin(np.arange(400.0)), lookback=60, targets=5), 5).weights).sum()
    assert noise < wave / 3


def test_more_features_than_windows_give_a_forecast_in_range() -> None:
    x = np.random.default_rng(4).normal(size=50).cumsum()
    forecast = ahead(x, lookback=90, horizon=12)
    assert np.isfinite(forecast).all()
    assert np.abs(forecast - x[-1]).max() < np.ptp(x)


@pytest.mark.parametrize("x", [np.full(30, 4.0), np.zeros(30), np.array([1.0, 2.0, 3.0])])
def test_without_evidence_the_forecast_is_the_last_value(x: np.ndarray) -> None:
    forecast = ahead(x, lookback=8, horizon=6)
    np.testing.assert_allclose(forecast, x[-1], atol=0.2)


def test_no_windows_at_all_give_the_last_value() -> None:
    ridge = fit_ridge(windows_of(np.arange(3.0), lookback=4, targets=5), 5)
    assert (ridge.weights == 0).all()
    assert ridge.weights.shape == (5, 5)


def test_the_fit_is_the_same_twice_and_rebuilt_from_its_weights() -> None:
    x = np.random.default_rng(5).normal(size=3000).cumsum()
    windows = windows_of(x, lookback=20, targets=7)
    one, two = fit_ridge(windows, 7), fit_ridge(windows, 7)
    assert one.weights.tobytes() == two.weights.tobytes()
    output = Ridge(one.weights.copy()).output(windows)
    assert output.shape == (7, len(windows))
    X, _ = design(windows, 7)
    np.testing.assert_allclose(output, one.weights @ X.T, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("penalty", [1e-3, 1.0])
def test_covariates_of_each_step_are_solved_for_as_if_they_were_features(penalty: float) -> None:
    rng = np.random.default_rng(6)
    panel = replace(
        panel_from_series([("a", np.arange(300), rng.normal(size=300).cumsum())]),
        covariates=Covariates(
            ("o",), ("k", "l"), rng.normal(size=(1, 300)), rng.normal(size=(2, 310)), np.array([0]), np.array([310])
        ),
    )
    scaling = replace(fit_scaling(panel, LEVEL, log=False), columns=fit_covariate_scalings(panel, log=False))
    windows = make_windows(panel.values, panel.indptr, scaling, 8, origins(panel.indptr, 5))
    windows = replace(windows, covariates=covariate_windows(panel, scaling.columns, (), 5, hold_last=False))
    every = np.arange(len(windows))
    X, U, Y = _features(windows, every), windows.future_covariates(every), np.empty((5, len(every)))
    windows.targets(every, Y)
    assert len(X) == feature_count(8, 3) == 8 + 3 * 9 + 1
    size = penalty * (X**2).sum() / len(X)
    total = gram_sums(windows, every, 5)
    weights, loss = ridge_weights(total, penalty), 0.0
    for k in range(5):
        both = np.concatenate([X, U[:, k]])
        expected = np.linalg.solve(both @ both.T + size * np.eye(len(both)), both @ Y[k])
        np.testing.assert_allclose(np.append(weights[0][k], weights[1][k]), expected, rtol=1e-7, atol=1e-10)
        loss += ((Y[k] - expected @ both) ** 2).sum()
    assert squared_error(total, weights) == pytest.approx(loss)
    ridge = fit_ridge(windows, 5)
    assert ridge.ahead is not None
    by_hand = ridge.weights @ X + np.einsum("ka,akw->kw", ridge.ahead, U)
    np.testing.assert_allclose(ridge.output(windows), by_hand, rtol=1e-9, atol=1e-9)


def test_of_many_columns_the_regression_sees_the_latest_values() -> None:
    assert feature_count(700, 0) == 701
    assert feature_count(700, 1) == 700 + 701 + 1
    assert feature_count(700, 4) == 700 + 4 * 251 + 1


@pytest.mark.parametrize(
    ("lookback", "weights"), [(5, 5), (MOST_VALUES, MOST_VALUES), (MOST_VALUES + 1, 480), (20_160, 480)]
)
def test_long_windows_have_a_bounded_number_of_weights_of_their_own(lookback: int, weights: int) -> None:
    starts = mean_starts(lookback)
    assert len(starts) == weights
    assert starts[0] == 0
    size = np.diff(starts, append=lookback)
    assert (size[-LATEST:] == 1).all()
    assert np.ptp(size[: weights - LATEST] if weights > LATEST else size) <= 1


def test_values_that_share_a_weight_have_equal_parts_of_it() -> None:
    x = np.sin(np.arange(3000) / 40) + np.random.default_rng(0).normal(0, 0.1, 3000)
    windows = windows_of(x, lookback=1200, targets=1, shortest=1200)
    ridge = fit_ridge(windows, 3)
    assert ridge.weights.shape == (3, feature_count(1200, 0))
    assert (ridge.weights[:, 0:4] == ridge.weights[:, :1]).all()
    assert (ridge.weights[:, 3] != ridge.weights[:, 4]).all()
    total = gram_sums(windows, np.arange(len(windows)), 3)
    assert total.gram.shape == (3, 481, 481)


def test_of_very_long_windows_fewer_are_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counted(windows: Windows, chosen: np.ndarray, horizon: int) -> object:
        seen.append(len(windows))
        return gram_sums(windows, chosen, horizon)

    monkeypatch.setattr(ridge_module, "gram_sums", counted)
    monkeypatch.setattr(ridge_module, "GATHERED", 900)
    fit_ridge(windows_of(np.random.default_rng(0).normal(size=200), lookback=9, targets=1), 2)
    assert set(seen) == {100}
