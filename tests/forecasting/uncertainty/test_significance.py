from __future__ import annotations

import math

import numpy as np
import pytest

from forecaster.forecasting.uncertainty.significance import diebold_mariano, student_t_tail


def outcome(difference: list[float] | np.ndarray, lags: int = 0) -> tuple[float, float]:
    with np.errstate(all="raise"):
        comparison = diebold_mariano(np.asarray(difference, dtype=np.float64), lags)
    assert comparison is not None
    return comparison.statistic, comparison.p_value


@pytest.mark.parametrize(
    ("t", "df", "tail"),
    [
        # Printed tables of the upper percentage points of Student's t.
        (1.000, 1, 0.25),
        (6.314, 1, 0.05),
        (2.920, 2, 0.05),
        (2.353, 3, 0.05),
        (2.776, 4, 0.025),
        (3.365, 5, 0.01),
        (3.169, 10, 0.005),
        (1.725, 20, 0.05),
        (2.042, 30, 0.025),
        (1.658, 120, 0.05),
    ],
)
def test_tail_agrees_with_tables(t: float, df: int, tail: float) -> None:
    assert student_t_tail(t, df) == pytest.approx(tail, rel=2e-3)
    assert student_t_tail(-t, df) == pytest.approx(1.0 - tail, abs=1e-4)


@pytest.mark.parametrize("t", [-40.0, -1.3, 0.0, 0.4, 1.0, 7.5])
def test_tail_equals_its_closed_forms(t: float) -> None:
    assert student_t_tail(t, 1) == pytest.approx(0.5 - math.atan(t) / math.pi, abs=1e-14)
    assert student_t_tail(t, 2) == pytest.approx(0.5 - t / (2.0 * math.sqrt(2.0 + t * t)), abs=1e-14)


@pytest.mark.parametrize("df", [3, 4, 11, 50])
def test_tail_is_the_integral_of_the_density(df: int) -> None:
    step = 1.7 / 20_000
    x = (np.arange(20_000) + 0.5) * step
    factor = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)
    density = factor * (1.0 + x * x / df) ** (-(df + 1) / 2)
    assert student_t_tail(1.7, df) == pytest.approx(0.5 - density.sum() * step, abs=1e-9)


@pytest.mark.parametrize("df", [99_999, 100_000])
def test_many_degrees_of_freedom_are_normal(df: int) -> None:
    assert student_t_tail(1.959964, df) == pytest.approx(0.025, abs=1e-5)


def test_tail_ends() -> None:
    for df in (1, 2, 7, 8):
        assert student_t_tail(math.inf, df) == pytest.approx(0.0, abs=1e-15)
        assert student_t_tail(-math.inf, df) == pytest.approx(1.0, abs=1e-15)
        assert student_t_tail(0.0, df) == 0.5


def test_published_example() -> None:
    """Squared errors of two forecasts of 10, 20, 30, 40, 50, as printed on the PyPI page of dieboldmariano."""
    actual = np.array([10, 20, 30, 40, 50])
    first, second = np.array([11, 21, 29, 42, 53]), np.array([13, 26, 24, 40, 59])
    statistic, p_value = outcome((second - actual) ** 2 - (first - actual) ** 2)
    assert statistic == pytest.approx(2.2229922805746782, rel=1e-12)
    assert p_value == pytest.approx(0.04515565862099125, abs=1e-11)


def test_one_lag_by_hand() -> None:
    """For 1, 2, 4, 5, 3: mean 3, g0 = 10/5, g1 = (2 - 1 + 2 + 0)/5, variance (2 + 6/5)/5, correction sqrt(3 * 4)/5."""
    statistic, _ = outcome([1.0, 2.0, 4.0, 5.0, 3.0], lags=1)
    assert statistic == pytest.approx(3.0 / math.sqrt(3.2 / 5.0) * math.sqrt(12.0) / 5.0, rel=1e-14)


def test_negative_variance_takes_bartlett_weights() -> None:
    """For 3, -1, 3, -1, 3: g0 = 96/25, g1 = -3.0208, so g0 + 2 g1 < 0 and g0 + g1 > 0."""
    d = np.array([3.0, -1.0, 3.0, -1.0, 3.0])
    c = d - d.mean()
    g0, g1 = c @ c / 5, c[1:] @ c[:-1] / 5
    assert g0 + 2.0 * g1 < 0.0 < g0 + g1
    statistic, p_value = outcome(d, lags=1)
    assert statistic == pytest.approx(d.mean() / math.sqrt((g0 + g1) / 5) * math.sqrt(12.0) / 5.0, rel=1e-14)
    assert 0.0 < p_value < 0.5


@pytest.mark.parametrize("factor", [1e-250, 1e-9, 3.0, 1e250])
def test_scale_does_not_matter(factor: float) -> None:
    difference = np.random.default_rng(0).normal(0.2, 1.0, 30)
    assert outcome(difference * factor, lags=2) == pytest.approx(outcome(difference, lags=2), rel=1e-12)


@pytest.mark.parametrize("lags", [0, 3])
def test_the_other_direction_has_the_other_tail(lags: int) -> None:
    difference = np.random.default_rng(1).normal(0.2, 1.0, 30)
    statistic, p_value = outcome(difference, lags)
    assert outcome(-difference, lags) == pytest.approx((-statistic, 1.0 - p_value), rel=1e-12)


def test_no_difference_is_no_evidence_either_way() -> None:
    assert outcome(np.zeros(10), lags=2) == (0.0, 1.0)
    assert outcome(-np.zeros(10), lags=2) == (0.0, 1.0)


@pytest.mark.parametrize("value", [0.1, 0.1 + 1e-17, 1e-200])
def test_the_same_difference_everywhere_is_certain(value: float) -> None:
    assert outcome(np.full(7, value)) == (math.inf, pytest.approx(0.0, abs=1e-15))
    assert outcome(np.full(7, -value)) == (-math.inf, pytest.approx(1.0, abs=1e-15))


@pytest.mark.parametrize(("n", "lags"), [(0, 0), (1, 0), (4, 3), (4, 7)])
def test_too_few_differences_are_not_testable(n: int, lags: int) -> None:
    assert diebold_mariano(np.arange(n, dtype=np.float64), lags) is None


def test_the_fewest_differences_are_testable() -> None:
    comparison = diebold_mariano(np.array([1.0, 2.0, 4.0, 3.0, 5.0]), lags=3)
    assert comparison is not None
    assert comparison.n == 5
    assert 0.0 < comparison.p_value < 1.0


@pytest.mark.parametrize(("lags", "least", "most"), [(0, 0.035, 0.065), (2, 0.035, 0.085)])
def test_size_under_the_null(lags: int, least: float, most: float) -> None:
    """Differences of mean zero, correlated over `lags` steps, are called significant in about 5 % of all cases."""
    noise = np.random.default_rng(2).normal(size=(3000, 60 + lags))
    differences = np.lib.stride_tricks.sliding_window_view(noise, lags + 1, axis=1).mean(axis=-1)
    rejected = np.mean([outcome(d, lags)[1] < 0.05 for d in differences])
    assert least < rejected < most


def test_power_against_a_real_difference() -> None:
    differences = np.random.default_rng(3).normal(0.5, 1.0, size=(300, 60))
    assert np.mean([outcome(d)[1] < 0.05 for d in differences]) > 0.95
