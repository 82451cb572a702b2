"""Holes are filled with what their phase of the season has, at the level around them."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.series.imputation import fill_holes

RNG = np.random.default_rng(0)
WEEK = np.array([10.0, 4, 5, 6, 7, 9, 20])


def holes(y: np.ndarray, *places: int) -> np.ndarray:
    x = y.astype(float).copy()
    x[list(places)] = np.nan
    return x


@pytest.mark.parametrize("form", [lambda s, t: s * (1 + 0.01 * t), lambda s, t: s + 0.5 * t - 100])
def test_a_steady_season_on_a_trend_is_filled_in_nearly_exactly(form) -> None:  # noqa: ANN001 - any function of both
    t = np.arange(140)
    y = form(WEEK[t % 7], t)
    gone = [13, 40, 41, 42, 90]
    filled = fill_holes(holes(y, *gone), 7)
    np.testing.assert_allclose(filled[gone], y[gone], rtol=0.02, atol=0.1)
    np.testing.assert_array_equal(np.delete(filled, gone), np.delete(y, gone))


def test_a_hole_longer_than_a_season_keeps_the_phases() -> None:
    t = np.arange(140)
    y = WEEK[t % 7] + 0.5 * t
    gone = list(range(60, 85))
    np.testing.assert_allclose(fill_holes(holes(y, *gone), 7)[gone], y[gone])


def test_without_a_season_a_hole_is_on_the_line_between_its_neighbours() -> None:
    assert fill_holes(holes(np.arange(-5.0, 5), 3, 4), 1).tolist() == np.arange(-5.0, 5).tolist()
    assert fill_holes(np.array([1.0, np.nan, 4.0]), 1).tolist() == [1.0, 2.0, 4.0], "halfway in logarithms"


def test_counts_stay_counts_and_zeros_stay() -> None:
    y = RNG.poisson(0.3, 300)
    filled = fill_holes(holes(y, *range(5, 290, 9)), 7)
    assert np.array_equal(filled, np.round(filled))
    assert filled.min() == 0
    assert fill_holes(holes(np.zeros(30), 4, 5, 20), 7).tolist() == [0.0] * 30


def test_filled_values_lie_among_those_that_they_come_from() -> None:
    y = np.exp(RNG.normal(0, 3, 200))
    filled = fill_holes(holes(y, *range(3, 190, 11)), 7)
    assert np.isfinite(filled).all()
    assert filled.min() >= y.min()
    assert filled.max() <= y.max()


def test_what_fills_a_hole_does_not_depend_on_rows_far_before_it() -> None:
    """A model file keeps the latest rows only, and forecasts what the whole file does."""
    y = holes(RNG.normal(100, 9, 400), 350)
    assert fill_holes(y, 7)[350] == fill_holes(y[320:], 7)[30]
