"""Losses against values by hand; their gradients are held to central differences in test_gradients.py."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.nn.losses import absolute, cross_entropy, median_and_quantiles, pinball, squared

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


LEVELS = (0.1, 0.5, 0.8)


def by_definition(forecast: np.ndarray, target: np.ndarray, weight: np.ndarray) -> float:
    """Return twice the mean of max(q e, (q - 1) e) plus the mean of |e| of the median, summed one by one."""
    outputs, total = len(target), 0.0
    for (o, b), share in np.ndenumerate(weight / weight.sum()):
        errors = [target[o, b] - forecast[n * outputs + o, b] for n in range(len(LEVELS))]
        costs = [max(q * e, (q - 1) * e) for q, e in zip(LEVELS, errors, strict=True)]
        total += share * (2 * sum(costs) / len(costs) + abs(errors[1]))
    return total


@pytest.mark.parametrize("weight", [None, np.array([0.0, 2.0, 1.0, 1.0]), np.eye(2, 4)], ids=str)
def test_median_and_quantiles_equal_their_definition(weight: np.ndarray | None) -> None:
    rng = np.random.default_rng(0)
    forecast, target = rng.normal(size=(6, 4)), rng.normal(size=(2, 4))
    full = np.broadcast_to(1.0 if weight is None else weight, (2, 4))
    loss, gradient = median_and_quantiles(forecast, target, weight, quantiles=LEVELS)
    assert loss == pytest.approx(by_definition(forecast, target, full), rel=1e-14)
    assert gradient.shape == (6, 4)
    assert np.array_equal(gradient != 0, np.tile(full != 0, (3, 1)))


def test_median_and_quantiles_are_least_at_the_quantiles_of_what_comes() -> None:
    target, levels = np.arange(1.0, 11.0)[None], (0.25, 0.5, 0.75)
    right = np.repeat([[3.0], [5.5], [8.0]], 10, axis=1)
    loss, gradient = median_and_quantiles(right, target, quantiles=levels)
    for n in range(3):
        for step in (-0.4, 0.4):
            wrong = right.copy()
            wrong[n] += step
            assert median_and_quantiles(wrong, target, quantiles=levels)[0] >= loss
    assert gradient[1].sum() == 0


def test_median_and_quantiles_leave_their_arguments_as_they_are() -> None:
    forecast = np.stack([FORECAST, FORECAST, FORECAST]).reshape(6, 2)
    kept = forecast.copy()
    _, gradient = median_and_quantiles(forecast, TARGET, quantiles=LEVELS)
    assert np.array_equal(forecast, kept)
    assert not np.shares_memory(gradient, forecast)


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
    for weight in (None, np.ones(2)):
        assert median_and_quantiles(forecast, target, weight, quantiles=(0.5,))[1].dtype == np.float32
    assert cross_entropy(forecast, np.eye(2, dtype=np.float32))[1].dtype == np.float32
    assert cross_entropy(forecast, np.eye(2, dtype=np.float32), np.ones(2))[1].dtype == np.float32


LOGITS, LABELS = np.log([[1.0, 6.0], [2.0, 1.0], [1.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
"""Two sequences of three classes, with the probabilities 1/4, 1/2, 1/4 and 6/8, 1/8, 1/8."""


def test_cross_entropy_by_hand() -> None:
    loss, gradient = cross_entropy(LOGITS, LABELS)
    assert loss == pytest.approx(-(np.log(2 / 4) + np.log(6 / 8)) / 2, rel=1e-15)
    by_hand = np.array([[1 / 4, 6 / 8 - 1], [2 / 4 - 1, 1 / 8], [1 / 4, 1 / 8]]) / 2
    np.testing.assert_allclose(gradient, by_hand, rtol=1e-14)


def test_cross_entropy_of_equal_logits_is_the_logarithm_of_the_classes() -> None:
    assert cross_entropy(np.full((5, 3), 7.0), np.full((5, 3), 1 / 5))[0] == pytest.approx(np.log(5), rel=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_takes_logits_of_any_size(dtype: type) -> None:
    logits = np.array([[-1e30, 1e30], [1e30, -1e4], [0, 0]], dtype)
    loss, gradient = cross_entropy(logits, np.eye(3, 2, dtype=dtype)[:, ::-1].copy())
    assert loss == 0
    assert not gradient.any()
    loss, gradient = cross_entropy(logits, np.eye(3, 2, dtype=dtype))
    assert loss == pytest.approx(1e30 * (2 + 1) / 2, rel=1e-6)
    assert np.array_equal(gradient, [[-0.5, 0.5], [0.5, -0.5], [0, 0]])


def test_cross_entropy_does_not_change_with_a_shift_of_all_logits() -> None:
    loss, gradient = cross_entropy(LOGITS + np.array([1024.0, -512.0]), LABELS)
    assert loss == pytest.approx(cross_entropy(LOGITS, LABELS)[0], rel=1e-12)
    np.testing.assert_allclose(gradient, cross_entropy(LOGITS, LABELS)[1], rtol=1e-12)


def test_cross_entropy_leaves_a_sequence_of_weight_zero_out() -> None:
    value, gradient = cross_entropy(LOGITS, LABELS, np.array([0.0, 3.0]))
    assert value == pytest.approx(-np.log(6 / 8), rel=1e-15)
    assert not gradient[:, 0].any()
    np.testing.assert_allclose(gradient[:, 1], [6 / 8 - 1, 1 / 8, 1 / 8], rtol=1e-14)


def test_cross_entropy_over_steps_is_the_mean_of_the_steps() -> None:
    logits, labels = np.stack([LOGITS, 2 * LOGITS]), np.stack([LABELS, LABELS[::-1]])
    loss, gradient = cross_entropy(logits, labels, np.array([1.0, 2.0]))
    steps = [cross_entropy(*step, np.array([1.0, 2.0])) for step in zip(logits, labels, strict=True)]
    assert loss == pytest.approx(np.mean([value for value, _ in steps]), rel=1e-15)
    np.testing.assert_allclose(gradient, np.stack([slope for _, slope in steps]) / 2, rtol=1e-14)


def test_cross_entropy_leaves_its_arguments_as_they_are() -> None:
    logits, labels = LOGITS.copy(), LABELS.copy()
    _, gradient = cross_entropy(logits, labels)
    assert np.array_equal(logits, LOGITS)
    assert np.array_equal(labels, LABELS)
    assert not np.shares_memory(gradient, logits)
