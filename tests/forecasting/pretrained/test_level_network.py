"""What the level network answers: quantiles that rise, of each series alone, about a mixture of the candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.pretrained.grid import Grid, Season, counted_phases
from forecaster.forecasting.pretrained.level_inputs import CANDIDATES, HORIZON, LevelInputs, level_inputs
from forecaster.forecasting.pretrained.level_network import (
    ARCHITECTURE,
    BATCHES,
    forecast_quantiles,
    networks_of,
    read_answer,
    shipped_networks,
)
from forecaster.forecasting.pretrained.weights import LEVELS, load_weights
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import initial_parameters, shapes
from forecaster.nn.parameters import count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.nn.parameters import Parameters

SIZE = count(shapes(ARCHITECTURE))


@pytest.fixture(scope="module")
def inputs() -> LevelInputs:
    """Return the inputs of 2.5 batches of walks with a season."""
    rng, N = np.random.default_rng(0), BATCHES[-1] * 5 // 2
    x = rng.normal(size=(60, N)).cumsum(axis=0) + np.tile([3.0, 0, -1, -2], 15)[:, None]
    return level_inputs(Grid(x, np.zeros(N, bool), (Season(4, counted_phases(60, HORIZON, 4, N)),), HORIZON))


@pytest.fixture(scope="module")
def networks() -> tuple[Parameters, ...]:
    """Return three networks that say something, each another thing."""
    rng = np.random.default_rng(5)
    start = initial_parameters(ARCHITECTURE, rng).vector
    return networks_of(np.stack([start + rng.normal(0, 0.05, SIZE) for _ in range(3)]))


def take(inputs: LevelInputs, chosen: NDArray[np.int64]) -> LevelInputs:
    return LevelInputs(*(each[..., chosen] for each in inputs))


def test_an_untrained_network_answers_the_mean_of_the_candidates(inputs: LevelInputs) -> None:
    quantiles = forecast_quantiles(inputs, networks_of(np.zeros((1, SIZE))))
    mean = inputs.last + inputs.season + inputs.scale * inputs.candidates.astype(np.float64).mean(axis=0)
    assert quantiles.shape == (len(TAUS), HORIZON, len(inputs.last))
    for each in quantiles:
        np.testing.assert_allclose(each, mean, rtol=1e-6, atol=1e-6)


def test_quantiles_rise_whatever_the_weights_are(inputs: LevelInputs, networks: tuple[Parameters, ...]) -> None:
    quantiles = forecast_quantiles(inputs, networks)
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=0) >= 0).all()
    assert np.ptp(quantiles, axis=0).min() > 0


def test_the_answer_for_a_series_depends_neither_on_the_others_nor_on_their_order(
    inputs: LevelInputs, networks: tuple[Parameters, ...]
) -> None:
    N = len(inputs.last)
    together = forecast_quantiles(inputs, networks)
    sizes = [np.arange(size + more) for size in BATCHES for more in (0, 1)]
    for chosen in (np.arange(N)[::-1], np.array([7]), np.array([N - 1, 3, 3]), *sizes):
        np.testing.assert_array_equal(forecast_quantiles(take(inputs, chosen), networks), together[:, :, chosen])


def test_networks_are_averaged(inputs: LevelInputs, networks: tuple[Parameters, ...]) -> None:
    one = take(inputs, np.arange(2))
    again = forecast_quantiles(one, (networks[0], networks[0]))
    np.testing.assert_allclose(again, forecast_quantiles(one, networks[:1]), rtol=1e-12)
    # the mean over all quantiles does not depend on their order
    means = [forecast_quantiles(one, networks[k : k + 1]).mean(axis=0) for k in range(3)]
    np.testing.assert_allclose(forecast_quantiles(one, networks).mean(axis=0), np.mean(means, axis=0), rtol=1e-10)
    assert np.abs(means[0] - means[1]).max() > 1e-3


def test_the_answer_is_in_units_of_the_series(inputs: LevelInputs, networks: tuple[Parameters, ...]) -> None:
    moved = inputs._replace(last=inputs.last + 100, scale=4 * inputs.scale, season=inputs.season - 7)
    before, after = forecast_quantiles(inputs, networks), forecast_quantiles(moved, networks)
    relative = (before - inputs.last - inputs.season) / inputs.scale
    np.testing.assert_allclose((after - moved.last - moved.season) / moved.scale, relative, rtol=1e-9, atol=1e-9)


def test_weights_of_candidates_are_a_mixture() -> None:
    rng = np.random.default_rng(1)
    answer = rng.normal(0, 3, (ARCHITECTURE.outputs, 5))
    candidates = rng.normal(size=(CANDIDATES, HORIZON, 5))
    found = read_answer(answer, candidates)
    np.testing.assert_allclose(found.weights.sum(axis=0), 1)
    assert (found.weights > 0).all()
    answer[: len(TAUS) * HORIZON] = 0
    mixture = read_answer(answer, candidates).quantiles
    assert (mixture <= candidates.max(axis=0)).all()
    assert (mixture >= candidates.min(axis=0)).all()


def test_an_answer_may_choose_one_candidate_for_each_step_without_overflow() -> None:
    rng = np.random.default_rng(2)
    candidates = rng.normal(size=(CANDIDATES, HORIZON, 3))
    chosen = rng.integers(0, CANDIDATES, (HORIZON, 3))
    answer = np.zeros((len(TAUS) + CANDIDATES, HORIZON, 3))
    np.put_along_axis(answer[len(TAUS) :], chosen[None], 1e4, axis=0)
    quantiles = read_answer(answer.reshape(-1, 3), candidates).quantiles
    expected = np.take_along_axis(candidates, chosen[None], axis=0)
    np.testing.assert_array_equal(quantiles, np.repeat(expected, len(TAUS), axis=0))


def test_the_networks_that_ship_have_the_weights_that_ship() -> None:
    networks, stored = shipped_networks(LEVELS), load_weights(LEVELS)
    assert len(networks) == len(stored)
    for parameters, vector in zip(networks, stored, strict=True):
        np.testing.assert_array_equal(parameters.vector, vector)
