"""Unequal steps: what time does to the state, and forecasts for any moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.nn.architecture import Architecture, shapes
from forecaster.nn.continuous_time import BASE_RATE, fade, observe
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.parameters import Parameters
from forecaster.nn.stack import StackWorkspace, stack

if TYPE_CHECKING:
    from forecaster.nn.parameters import Array

T, S, B, H = 5, 2, 3, 4
CELLS = ("rnn", "gru", "lstm")


def example(cell: str, *, steps: int = T, skip: bool = True) -> tuple[Architecture, Parameters, Array]:
    """Return an architecture, random parameters, and windows whose last input is the time since the step before."""
    a = Architecture(S, steps, 3, H, cell=cell, layers=2, skip=skip, irregular=True)
    W, rng = Parameters(shapes(a), np.float64), np.random.default_rng(0)
    W.vector[:] = rng.normal(0, 0.7, W.vector.shape)
    x = rng.normal(size=(steps, S, B))
    x[:, -1] = rng.exponential(size=(steps, B))
    return a, W, x


def forecast(a: Architecture, W: Parameters, x: Array, ahead: Array) -> Array:
    ws = NetworkWorkspace(a, x.shape[-1], np.float64)
    ws.inputs.lead_times[:] = ahead
    return network(W, x, ws)[0].copy()


def forget_time(W: Parameters) -> None:
    """Take the time difference from the inputs of the cell: what is left of it is the fading."""
    W["layer0.W"][:, -1] = 0


def test_no_time_fades_nothing_and_long_silence_fades_everything() -> None:
    state = (np.ones((H, 3)), np.full((H, 3), -2.0))
    w = np.linspace(-1, 1, H)[:, None]
    faded, _ = fade(w, np.array([0.0, 1.0, 5000.0]), state)
    for part, before in zip(faded, state, strict=True):
        assert np.array_equal(part[:, 0], before[:, 0])
        np.testing.assert_allclose(part[:, 1], before[:, 1] * np.exp(-BASE_RATE * np.exp(w[:, 0])), rtol=1e-14)
        assert np.abs(part[:, 2]).max() < 1e-30


def test_fading_in_two_pieces_is_fading_at_once() -> None:
    w, state = np.linspace(-1, 1, H)[:, None], (np.ones((H, B)),)
    twice, _ = fade(w, np.full(B, 2.0), fade(w, np.full(B, 3.0), state)[0])
    np.testing.assert_allclose(twice[0], fade(w, np.full(B, 5.0), state)[0][0], rtol=1e-14)


def test_a_unit_with_w_zero_forgets_a_twentieth_in_a_unit_of_time() -> None:
    (left,), _ = fade(np.zeros((1, 1)), np.ones(1), (np.ones((1, 1)),))
    assert 1 - left.item() == pytest.approx(BASE_RATE, rel=0.03)


@pytest.mark.parametrize("cell", CELLS)
def test_without_time_between_steps_the_state_is_the_one_of_equal_steps(cell: str) -> None:
    a, W, x = example(cell, skip=False)
    x[:, -1] = 0
    h, _ = observe(W, x, NetworkWorkspace(a, B, np.float64).observer)
    equal, _ = stack(W, x, StackWorkspace(a.encoder, T, B, Parameters(shapes(a), np.float64)))
    np.testing.assert_allclose(h, equal[-1], rtol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_after_a_long_silence_the_past_is_forgotten(cell: str) -> None:
    a, W, x = example(cell, skip=False)
    forget_time(W)
    W["decay0.w"][:] = W["decay1.w"][:] = 0
    other = x.copy()
    other[:3, 0] += 1
    ahead = np.ones((3, B))
    assert not np.isclose(forecast(a, W, x, ahead), forecast(a, W, other, ahead)).any()
    x[3, -1] = other[3, -1] = 2000
    assert np.allclose(forecast(a, W, x, ahead), forecast(a, W, other, ahead), rtol=1e-12)
    alone, W_alone, _ = example(cell, steps=2, skip=False)
    W_alone.load(W.vector)
    np.testing.assert_allclose(forecast(a, W, x, ahead), forecast(alone, W_alone, x[3:], ahead), rtol=1e-12)


def test_the_time_before_the_first_step_fades_nothing() -> None:
    a, W, x = example("lstm", skip=False)
    forget_time(W)
    before = forecast(a, W, x, np.ones((3, B)))
    x[0, -1] = 100
    assert np.array_equal(forecast(a, W, x, np.ones((3, B))), before)


@pytest.mark.parametrize("cell", CELLS)
def test_a_forecast_does_not_depend_on_the_other_lead_times(cell: str) -> None:
    a, W, x = example(cell)
    ahead = np.random.default_rng(1).exponential(size=(3, B))
    y = forecast(a, W, x, ahead)
    np.testing.assert_allclose(forecast(a, W, x, ahead[::-1]), y[::-1], rtol=1e-13)
    ahead[1:] = 70
    assert np.array_equal(forecast(a, W, x, ahead)[0], y[0])


def test_a_forecast_far_ahead_is_a_straight_line_without_the_past() -> None:
    a, W, x = example("gru")
    W["query.w"][:] = 0
    far = np.array([[2000.0], [3000], [4000]])
    y = forecast(a, W, x, far)
    np.testing.assert_allclose(y[2] - y[1], y[1] - y[0], rtol=1e-10)
    W["skip.W"][:] = 0
    np.testing.assert_allclose(np.ptp(forecast(a, W, x, far), axis=1), 0, atol=1e-12)


def test_the_trend_is_the_skip_times_the_lead_time() -> None:
    a, W, x = example("gru")
    W["head.W"][:] = 0
    slope = W["skip.W"] @ x.reshape(-1, B)
    np.testing.assert_allclose(forecast(a, W, x, np.array([[0.0], [1], [2.5]])), np.outer([0, 1, 2.5], slope))
