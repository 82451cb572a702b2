"""Quantiles of past moves, with many rows and with few, and the loss of a network that scales them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.prices.empirical_moves import MoveLoss, fit_empirical_moves, knot_weights, move_loss
from forecaster.forecasting.prices.features import KNOTS
from forecaster.forecasting.uncertainty.calibration import NORMAL, TAUS

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.series.panel import Panel
    from forecaster.series.scaling import Floats


def prices(rows: int, seed: int = 0, size: float = 0.01) -> Floats:
    return np.exp(np.cumsum(np.random.default_rng(seed).normal(0, size, rows)))


def test_moves_of_a_random_walk_are_normal_and_grow_with_the_root(panel_of: Callable[..., Panel]) -> None:
    quantiles = fit_empirical_moves(panel_of(a=prices(20_000))).quantiles[0]
    np.testing.assert_allclose(quantiles[0], NORMAL, atol=0.06)
    np.testing.assert_allclose(quantiles[-1] / 8, NORMAL, atol=0.25)


@pytest.mark.parametrize("rows", [1, 21, 30])
def test_few_moves_have_normal_quantiles(panel_of: Callable[..., Panel], rows: int) -> None:
    quantiles = fit_empirical_moves(panel_of(a=prices(rows))).quantiles[0]
    np.testing.assert_allclose(quantiles / np.sqrt(KNOTS)[:, None], np.tile(NORMAL, (len(KNOTS), 1)), atol=0.6)
    assert (np.diff(quantiles) > 0).all()


def test_a_short_series_has_nearly_the_quantiles_of_the_others(panel_of: Callable[..., Panel]) -> None:
    jumps = np.random.default_rng(0).standard_t(3, 4000) / 100
    alone, helped = (
        fit_empirical_moves(panel_of(short=prices(40), **others)).quantiles[0, 0]
        for others in ({}, {"long": np.exp(jumps)})
    )
    long = fit_empirical_moves(panel_of(long=np.exp(jumps))).quantiles[0, 0]
    assert abs(helped[0] - long[0]) < abs(alone[0] - long[0])


def test_quantiles_between_the_knots_and_beyond_them(panel_of: Callable[..., Panel]) -> None:
    past = fit_empirical_moves(panel_of(a=prices(2000)))
    at = past.quantiles_at(np.array([1, 4, 64, 128]))[0]
    np.testing.assert_allclose(at[:3], past.quantiles[0][[0, 2, 6]])
    np.testing.assert_allclose(at[3], at[2] * np.sqrt(2))


def test_weights_of_the_knots_are_linear_in_the_logarithm() -> None:
    shares = knot_weights(np.array([1, 2, 3, 1000]))
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares[2, 1:3], [1 - np.log2(1.5), np.log2(1.5)])
    assert shares[3].tolist() == [0, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(("horizon", "knots"), [(1, 1), (2, 2), (3, 3), (20, 6), (64, 7), (500, 7)])
def test_the_loss_looks_as_far_as_the_horizon(panel_of: Callable[..., Panel], horizon: int, knots: int) -> None:
    panel = panel_of(a=prices(300))
    loss = move_loss(fit_empirical_moves(panel).training_windows(panel), horizon)
    assert loss.weight.tolist() == [1] * knots + [0] * (7 - knots)


def plain_loss(loss: MoveLoss, a: Floats, target: Floats, weight: Floats) -> float:
    total = 0.0
    for k, j in np.ndindex(a.shape):
        for tau, e in zip(TAUS, loss.quantiles[k], strict=True):
            error = target[k, j] - e * np.exp(np.clip(a[k, j], -2, 2))
            total += weight[k, j] * loss.weight[k] * max(tau * error, (tau - 1) * error)
    return total / (len(TAUS) * float(np.sum(weight * loss.weight[:, None])))


def test_the_loss_and_its_gradient_equal_plain_ones() -> None:
    rng = np.random.default_rng(0)
    loss = MoveLoss(np.sort(rng.normal(size=(7, 11))), np.array([1.0, 1, 1, 1, 1, 0, 0]))
    a, target = rng.normal(0, 0.5, (7, 5)), rng.normal(size=(7, 5))
    a[0, 0], a[1, 1] = 2.5, -3
    weight = (rng.random((7, 5)) < 0.7).astype(float)
    value, gradient = loss(a, target, weight)
    assert value == pytest.approx(plain_loss(loss, a, target, weight))
    for place in np.ndindex(a.shape):
        step = np.zeros_like(a)
        step[place] = 1e-6
        slope = (plain_loss(loss, a + step, target, weight) - plain_loss(loss, a - step, target, weight)) / 2e-6
        assert gradient[place] == pytest.approx(slope, abs=1e-7)
    assert loss(a, target)[0] == pytest.approx(plain_loss(loss, a, target, np.ones_like(a)))


def test_the_loss_keeps_the_precision_of_the_network() -> None:
    loss = MoveLoss(np.tile(NORMAL, (7, 1)), np.ones(7))
    _, gradient = loss(np.zeros((7, 4), np.float32), np.ones((7, 4), np.float32))
    assert gradient.dtype == np.float32
