"""Clipping, the learning rate over time, and AdamW; test_torch.py compares twenty updates with PyTorch's."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from forecaster.nn.optimiser import AdamW, clip, rate_factor


def test_a_long_gradient_is_shortened_and_keeps_its_direction() -> None:
    gradient = np.array([3.0, 4.0])
    assert clip(gradient, 1.0) == 5
    np.testing.assert_allclose(gradient, [0.6, 0.8], rtol=1e-15)


@pytest.mark.parametrize("limit", [5.0, 6.0])
def test_a_short_gradient_stays(limit: float) -> None:
    gradient = np.array([3.0, 4.0])
    assert clip(gradient, limit) == 5
    assert np.array_equal(gradient, [3, 4])


def test_a_gradient_of_zero_stays() -> None:
    gradient = np.zeros(2)
    assert clip(gradient, 1.0) == 0
    assert not gradient.any()


def test_the_rate_rises_in_a_line_and_falls_in_half_a_cosine() -> None:
    factors = [rate_factor(step, 100) for step in range(100)]
    np.testing.assert_allclose(factors[:6], [0.2, 0.4, 0.6, 0.8, 1, 1], rtol=1e-15)
    assert all(later < earlier for earlier, later in pairwise(factors[5:]))
    assert rate_factor(5 + 95 // 2, 100) == pytest.approx(0.5, abs=0.01)
    assert 0 < factors[-1] < 0.001
    assert rate_factor(100, 100) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("total", [1, 2, 5])
def test_a_short_run_has_a_rate_too(total: int) -> None:
    factors = [rate_factor(step, total) for step in range(total)]
    assert factors[0] == 1
    assert all(0 < factor <= 1 for factor in factors)


def test_the_first_update_moves_every_number_by_the_rate() -> None:
    vector = np.array([1.0, -2.0, 3.0])
    AdamW(vector).update(vector, np.array([1e-3, -5.0, 0.0]), 0.01)
    np.testing.assert_allclose(vector, [0.99, -1.99, 3], rtol=1e-6)


def test_decay_shrinks_the_vector_and_does_not_pass_through_the_moments() -> None:
    vector = np.array([1.0, -2.0])
    optimiser = AdamW(vector, decay=0.5)
    optimiser.update(vector, np.zeros(2), 0.1)
    np.testing.assert_allclose(vector, [0.95, -1.9], rtol=1e-15)
    assert not optimiser.mean.any()
    assert not optimiser.square.any()


def test_adamw_equals_its_formula() -> None:
    rng = np.random.default_rng(0)
    vector = rng.normal(size=5)
    expected, mean, square = vector.copy(), np.zeros(5), np.zeros(5)
    optimiser = AdamW(vector, decay=0.2, beta1=0.8, beta2=0.9)
    for t in range(1, 11):
        gradient, rate = rng.normal(size=5), 0.1 / t
        mean, square = 0.8 * mean + 0.2 * gradient, 0.9 * square + 0.1 * gradient**2
        step = (mean / (1 - 0.8**t)) / (np.sqrt(square / (1 - 0.9**t)) + 1e-8)
        expected = expected - rate * step - rate * 0.2 * expected
        optimiser.update(vector, gradient, rate)
        np.testing.assert_allclose(vector, expected, rtol=1e-12)


def test_an_update_leaves_the_gradient_as_it_was() -> None:
    vector, gradient = np.ones(3, np.float32), np.array([1, 2, 3], np.float32)
    AdamW(vector).update(vector, gradient, 0.1)
    assert np.array_equal(gradient, [1, 2, 3])
    assert vector.dtype == np.float32
