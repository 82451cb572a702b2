"""The regression: clipped residuals, parts that are left out, and penalties that these choose."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.forecasting.effects.regression import (
    TEN_PERCENT,
    MomentsByPart,
    Observations,
    Projection,
    better,
    choose_penalty,
    fit_robustly,
    median,
    solve,
)

RNG = np.random.default_rng(3)


def test_the_projection_takes_out_what_the_nuisances_explain_even_if_they_depend_on_each_other() -> None:
    nuisances = np.column_stack([np.ones(50), np.arange(50.0), np.arange(50.0) + 1])
    rest = Projection.onto(nuisances).rest(3 + 2 * np.arange(50.0))
    np.testing.assert_allclose(rest, 0, atol=1e-10)


def test_an_infinite_penalty_leaves_a_column_out() -> None:
    columns = RNG.standard_normal((40, 2))
    coefficients = solve(columns.T @ columns, columns.T @ columns[:, 0], np.array([1e-9, np.inf]))
    np.testing.assert_allclose(coefficients, [1, 0], atol=1e-6)
    assert not solve(np.eye(2), np.ones(2), np.full(2, np.inf)).any()


def test_an_outlier_is_clipped_and_an_absent_value_is_the_fit() -> None:
    target = 0.1 * RNG.standard_normal(200)
    target[10], target[20] = 50, 999
    observed = np.arange(200) != 20
    projection = Projection.onto(np.ones((200, 1)))
    fit = fit_robustly(Observations(target, observed), np.zeros((200, 1)), np.ones(1), projection)
    assert fit.clipped[10] < 1
    assert abs(fit.clipped[20]) < 0.1
    np.testing.assert_allclose(np.diff(fit.clipped[100:]), np.diff(target[100:]))
    assert fit.residuals[10] > 40


def test_errors_of_a_part_are_those_of_coefficients_from_the_other_parts() -> None:
    columns, target, parts = RNG.standard_normal((60, 3)), RNG.standard_normal(60), np.repeat([0, 1, 2], 20)
    penalty = np.array([0.5, 1, np.inf])
    moments = MomentsByPart.of(columns, target, parts)
    for part, error in enumerate(moments.errors(penalty)):
        others = parts != part
        gram, moment = columns[others].T @ columns[others], columns[others].T @ target[others]
        rest = target[~others] - columns[~others] @ solve(gram, moment, penalty)
        assert error == pytest.approx((rest**2).sum())


@pytest.mark.parametrize(
    ("gains", "answer"),
    [([1, 1, 1], True), ([1, 1.2], True), ([1, 5], False), ([3, -1, -1], False), ([1], False), ([0, 0, 0], False)],
)
def test_an_effect_is_better_only_if_it_lowers_the_errors_of_most_parts(gains: list[float], answer: bool) -> None:
    assert better(np.array(gains, float), np.zeros(len(gains)), TEN_PERCENT) is answer


def test_the_left_out_parts_keep_a_real_column_and_leave_a_random_one_out() -> None:
    columns, parts = RNG.standard_normal((400, 2)), np.repeat(np.arange(4), 100)
    target = columns[:, 0] + RNG.standard_normal(400)
    moments = MomentsByPart.of(columns, target, parts)
    none = np.full(2, np.inf)
    real = choose_penalty(moments, none, slice(0, 1), [np.full(1, size) for size in (1.0, 100.0)], TEN_PERCENT)
    assert real.tolist() == [1, np.inf]
    random = choose_penalty(moments, real, slice(1, 2), [np.full(1, size) for size in (1.0, 100.0)], TEN_PERCENT)
    assert random.tolist() == [1, np.inf]


@pytest.mark.parametrize("count", [1, 2, 3, 10, 101])
def test_the_median_is_that_of_numpy(count: int) -> None:
    values = RNG.standard_normal(count)
    assert median(values) == np.median(values)


@pytest.mark.parametrize("width", [None, 3])
def test_errors_of_parts_are_those_of_a_fit_to_the_others(width: int | None) -> None:
    columns, groups = RNG.standard_normal((90, 3)), np.arange(90) // 30
    target = RNG.standard_normal(90 if width is None else (90, width))
    penalty = np.array([1.0, np.inf, 2.0])
    errors = MomentsByPart.of(columns, target, groups).errors(penalty)
    for group in range(3):
        own, others = groups == group, groups != group
        fit = solve(columns[others].T @ columns[others], columns[others].T @ target[others], penalty)
        assert errors[group] == pytest.approx(((target[own] - columns[own] @ fit) ** 2).sum())
