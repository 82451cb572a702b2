"""Every kind of simulated series: finite, reproducible, and what its name says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.forecasting.pretrained import simulated_kinds as kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.arrays import Floats

OF_VALUES = [kinds.simulate_counts, kinds.simulate_rare_demand, kinds.simulate_steps]
TRANSFORMED = [kinds.simulate_curves, kinds.simulate_arima]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def series_of(simulate: Callable[..., Any], *arguments: Any) -> Floats:
    """Return the series of a kind, without what is said about them."""
    found = simulate(*arguments)
    series: Floats = found[0] if isinstance(found, tuple) else found
    return series


@pytest.mark.sampled("*-seasons[03]-*")
@pytest.mark.parametrize("simulate", [*OF_VALUES, *TRANSFORMED])
@pytest.mark.parametrize("seasons", [(), (4,), (7, 28), (52,)])
@pytest.mark.parametrize("steps", [3, 51, 150])
def test_series_are_finite_and_of_the_wanted_shape(
    simulate: Callable[..., Any], seasons: Sequence[int], steps: int
) -> None:
    x = series_of(simulate, steps, 100, seasons, rng())
    assert x.shape == (steps, 100)
    assert x.dtype == np.float64
    assert np.isfinite(x).all()


@pytest.mark.parametrize("simulate", [*OF_VALUES, *TRANSFORMED])
def test_a_seed_alone_decides_the_series(simulate: Callable[..., Any]) -> None:
    first, again, other = (series_of(simulate, 80, 40, (12,), rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any(axis=0).mean() > 0.9


@pytest.mark.parametrize("simulate", TRANSFORMED)
def test_most_transformed_series_are_logarithms(simulate: Callable[..., Any]) -> None:
    _, logarithmic = simulate(60, 400, (), rng())
    assert logarithmic.dtype == bool
    assert 0.5 < logarithmic.mean() < 1


@pytest.mark.parametrize("simulate", [kinds.simulate_counts, kinds.simulate_rare_demand])
def test_counts_and_demand_are_whole_numbers_from_zero_on(simulate: Callable[..., Any]) -> None:
    y = simulate(100, 300, (7,), rng())
    assert (y >= 0).all()
    assert (y == np.round(y)).all()


def test_counts_scatter_at_least_as_much_as_poisson() -> None:
    y = kinds.simulate_counts(300, 500, (), rng())
    usual = y.mean(axis=0) > 0.5
    dispersion = y.var(axis=0)[usual] / y.mean(axis=0)[usual]
    assert np.quantile(dispersion, 0.05) > 0.75
    assert np.median(dispersion) > 1.2


def test_rare_demand_is_mostly_zero() -> None:
    zeros = (kinds.simulate_rare_demand(200, 500, (), rng()) == 0).mean(axis=0)
    assert np.median(zeros) > 0.5
    assert np.quantile(zeros, 0.95) > 0.9


def test_prices_that_step_are_positive_and_mostly_stand_still() -> None:
    y = kinds.simulate_steps(150, 400, (12,), rng())
    assert (y > 0).all()
    still = (np.diff(y, axis=0) == 0).mean(axis=0)
    assert np.median(still) > 0.7
    assert (still == 0).mean() > 0.05, "some move a little in between"


def test_curves_are_smooth() -> None:
    x, logarithmic = kinds.simulate_curves(200, 400, (), rng())
    x = x[:, ~logarithmic]
    rough = np.abs(np.diff(x, n=2, axis=0)).mean(axis=0) / np.maximum(x.std(axis=0), 1e-9)
    assert np.median(rough) < 0.3


def test_arima_moves_by_a_bounded_share_of_a_step() -> None:
    x, _ = kinds.simulate_arima(120, 400, (4,), rng())
    change = np.abs(np.diff(x, axis=0)).mean(axis=0)
    assert (change < 0.3 + 1e-9).all()
    assert (change > 0.001).mean() > 0.95


def test_half_of_the_arima_series_wander_and_half_return() -> None:
    x, _ = kinds.simulate_arima(400, 500, (), rng())
    reach = x.std(axis=0) / np.abs(np.diff(x, axis=0)).mean(axis=0)
    assert (reach < 2).mean() > 0.25
    assert (reach > 4).mean() > 0.25
