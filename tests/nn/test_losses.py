"""Losses against values by hand; their gradients are held to central differences in test_gradients.py."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.nn.losses import absolute, pinball, squared

FORECAST, TARGET = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 4.0], [2.0, 8.0]])


def test_absolute_by_hand() -> None:
    loss, gradient = absolute(FORECAST, TARGET)
    assert loss == 7 / 4
    assert np.array_equal(gradient, [[0, -0.25], [0.25, -0.25]])


def test_squared_by_hand() -> None:
    loss, gradient = squared(FORECAST, TARGET)
    assert loss == 21 / 4
    assert np.array_equal(gradient, [[0, -1], [0.5, -2]])


def test_pinball_by_hand() -> None:
    forecast = np.array([[[1.0, 5.0]], [[1.0, 5.0]]])
    loss, gradient = pinball(forecast, np.array([[3.0, 3.0]]), quantiles=(0.1, 0.9))
    # too low by 2 costs 2 q, too high by 2 costs 2 (1 - q); the mean is over 2 quantiles and 2 targets
    assert loss == pytest.approx((0.2 + 1.8 + 1.8 + 0.2) / 4, rel=1e-15)
    np.testing.assert_allclose(gradient, np.array([[[-0.1, 0.9]], [[-0.9, 0.1]]]) / 4, rtol=1e-15)


def test_pinball_of_the_median_is_half_the_absolute_error() -> None:
    loss, gradient = pinball(FORECAST[None], TARGET, quantiles=(0.5,))
    expected, slope = absolute(FORECAST, TARGET)
    assert loss == expected / 2
    assert np.array_equal(gradient[0], slope / 2)


def test_pinball_has_no_slope_where_forecast_and_target_are_equal() -> None:
    loss, gradient = pinball(TARGET[None], TARGET, quantiles=(0.9,))
    assert loss == 0
    assert not gradient.any()


@pytest.mark.parametrize(("loss", "expected"), [(absolute, 3 / 2), (squared, 5 / 2)])
def test_a_weight_of_zero_leaves_a_target_out(loss: object, expected: float) -> None:
    weight = np.array([[0.0, 1.0], [1.0, 0.0]])
    value, gradient = loss(FORECAST, TARGET, weight)
    elsewhere = TARGET + 99 * (weight == 0)
    assert value == expected
    assert loss(FORECAST, elsewhere, weight)[0] == expected
    assert np.array_equal(gradient != 0, weight != 0)


def test_a_weight_of_zero_leaves_a_target_out_of_every_quantile() -> None:
    weight = np.array([[0.0, 1.0], [1.0, 0.0]])
    value, gradient = pinball(np.stack([FORECAST, FORECAST]), TARGET, weight, quantiles=(0.25, 0.75))
    assert value == (2 * 0.25 + 1 * 0.75 + 2 * 0.75 + 1 * 0.25) / 4
    assert np.array_equal(gradient != 0, np.stack([weight, weight]) != 0)


@pytest.mark.parametrize("loss", [absolute, squared])
def test_weights_count_by_their_ratio_and_may_be_one_per_window(loss: object) -> None:
    value, gradient = loss(FORECAST, TARGET, np.array([1.0, 3.0]))
    full, slope = loss(FORECAST, TARGET, np.array([[2.0, 6.0], [2.0, 6.0]]))
    assert value == full
    assert np.array_equal(gradient, slope)


@pytest.mark.parametrize("loss", [absolute, squared])
def test_equal_weights_are_no_weights(loss: object) -> None:
    value, gradient = loss(FORECAST, TARGET, np.array(5.0))
    assert value == loss(FORECAST, TARGET)[0]
    assert np.array_equal(gradient, loss(FORECAST, TARGET)[1])


def test_single_precision_stays_single() -> None:
    forecast, target = FORECAST.astype(np.float32), TARGET.astype(np.float32)
    for loss in (absolute, squared):
        assert loss(forecast, target)[1].dtype == np.float32
        assert loss(forecast, target, np.ones(2))[1].dtype == np.float32
    assert pinball(forecast[None], target, quantiles=(0.1,))[1].dtype == np.float32
