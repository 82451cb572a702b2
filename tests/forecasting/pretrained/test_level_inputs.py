"""The contract of the level network's inputs: in which units they are, what moves them and what must not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.pretrained.grid import Grid, Season, counted_phases
from forecaster.forecasting.pretrained.level_inputs import (
    CANDIDATES,
    CHANNELS,
    CONTEXT,
    FURTHEST,
    HORIZON,
    INPUTS,
    LOOKBACK,
    SEGMENT,
    STEPS,
    LevelInputs,
    _past_seasons,
    level_inputs,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.arrays import Floats

LAST_VALUE, LINE, LAST_SEASON = 0, 6, 10
"""Places of three candidates."""


def grid_of(x: Floats, *seasons: int, logarithmic: bool = False) -> Grid:
    T, N = x.shape
    phases = tuple(Season(m, counted_phases(T, HORIZON, m, N)) for m in seasons)
    return Grid(x, np.full(N, logarithmic), phases, HORIZON)


def waves(rows: int = 120, series: int = 4, seed: int = 0) -> Floats:
    """Return series with a trend, a season of 12 and noise, (T, N)."""
    rng, t = np.random.default_rng(seed), np.arange(rows)[:, None]
    return 20 + 0.05 * t + 2 * np.sin(2 * np.pi * t / 12 + rng.uniform(0, 6, series)) + rng.normal(size=(rows, series))


def holes(x: Floats, share: float = 0.2) -> Floats:
    """Return series with missing values, but for the last one."""
    missing = np.random.default_rng(9).random(x.shape) < share
    missing[-1] = False
    return np.where(missing, np.nan, x)


def assert_same_numbers(a: LevelInputs, b: LevelInputs) -> None:
    """Hold what the network reads to be the same but for rounding."""
    np.testing.assert_allclose(a.window, b.window, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(a.context, b.context, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(a.candidates, b.candidates, rtol=1e-4, atol=1e-4)


def values_in(inputs: LevelInputs, channel: int = 0) -> Floats:
    """Return a channel of the window on its steps, (L, N)."""
    segments = inputs.window[:, : CHANNELS * SEGMENT].reshape(STEPS, CHANNELS, SEGMENT, -1)
    return segments[:, channel].reshape(LOOKBACK, -1)


@pytest.mark.sampled("False-[134]*", "True-400-*")
@pytest.mark.parametrize("seasons", [(), (4,), (12,), (7, 28), (24, 168), (52,)])
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 50, 400])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_shapes_are_fixed_and_numbers_are_small(seasons: Sequence[int], rows: int, logarithmic: bool) -> None:
    inputs = level_inputs(grid_of(holes(waves(rows) / 5), *seasons, logarithmic=logarithmic))
    assert inputs.window.shape == (STEPS, INPUTS, 4)
    assert inputs.context.shape == (CONTEXT, 4)
    assert inputs.candidates.shape == (CANDIDATES, HORIZON, 4)
    assert inputs.season.shape == (HORIZON, 4)
    for each in (inputs.window, inputs.context, inputs.candidates):
        assert each.dtype == np.float32
        assert np.isfinite(each).all()
        assert np.abs(each).max() <= FURTHEST
    assert np.isfinite(inputs.last).all()
    assert (inputs.scale > 0).all()


AWKWARD = {
    "constant": np.full(30, 7.5),
    "zeros": np.zeros(30),
    "two values": np.array([1.0, 2.0]),
    "two equal values": np.array([3.0, 3.0]),
    "one value": np.array([3.0]),
    "one of many is known": np.array([np.nan] * 20 + [5.0]),
    "first and last are known": np.array([1.0, *[np.nan] * 30, 5.0]),
    "a jump at the end": np.array([0.0] * 60 + [1e9]),
    "still after a jump": np.array([1e9] + [0.0] * 150),
    "huge": 1e150 * np.arange(1.0, 40),
    "tiny": 1e-150 * np.arange(1.0, 40),
    "explosive": np.exp(np.arange(60.0)),
    "alternating": np.array([1.0, -1.0] * 40),
}


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("seasons", [(), (7,)])
def test_awkward_series_give_finite_inputs(name: str, seasons: Sequence[int]) -> None:
    inputs = level_inputs(grid_of(AWKWARD[name][:, None], *seasons))
    assert all(np.isfinite(each).all() for each in inputs)
    assert (inputs.scale > 0).all()


@pytest.mark.parametrize("make", [waves, lambda: holes(waves())])
def test_a_shift_and_a_scaling_of_plain_values_move_last_and_scale_alone(make: Callable[[], Floats]) -> None:
    x = make()
    before, after = (level_inputs(grid_of(each, 12)) for each in (x, 8 * x + 300))
    assert_same_numbers(before, after)
    np.testing.assert_allclose(after.last, 8 * before.last + 300)
    np.testing.assert_allclose(after.scale, 8 * before.scale, rtol=1e-6)
    np.testing.assert_allclose(after.season, 8 * before.season, rtol=1e-6, atol=1e-9)


def test_seven_times_the_values_of_logarithms_move_last_alone() -> None:
    y = np.exp(holes(waves()) / 10)
    before, after = (level_inputs(grid_of(np.log(each), 12, logarithmic=True)) for each in (y, 7 * y))
    assert_same_numbers(before, after)
    np.testing.assert_allclose(after.last, before.last + np.log(7))
    np.testing.assert_allclose(after.scale, before.scale, rtol=1e-6)
    np.testing.assert_allclose(after.season, before.season, rtol=1e-6, atol=1e-9)


def test_an_effect_that_is_taken_out_comes_back() -> None:
    rng, x = np.random.default_rng(3), waves()
    effect = np.where(rng.random((len(x) + HORIZON, 4)) < 0.1, 30.0, 0.0)
    plain = grid_of(x, 12)
    without, with_effect = level_inputs(plain), level_inputs(replace(plain, x=x + effect[: len(x)], effect=effect))
    assert_same_numbers(without, with_effect)
    np.testing.assert_allclose(with_effect.last, without.last)
    np.testing.assert_allclose(with_effect.season, without.season + effect[len(x) :], atol=1e-9)
    unknown = level_inputs(replace(plain, x=x + effect[: len(x)]))
    assert np.abs(unknown.window - without.window).max() > 1, "an effect that nobody knows is seen"


def test_a_season_is_taken_out_and_comes_back() -> None:
    t = np.arange(96)
    pattern = np.array([0.0, 5, -3, -2])
    x = (10 + 0.5 * t + pattern[t % 4])[:, None]
    inputs = level_inputs(grid_of(x, 4))
    np.testing.assert_allclose(inputs.season[:, 0], np.tile(pattern - pattern.mean(), 12), atol=1e-9)
    np.testing.assert_allclose(inputs.scale, 0.5, rtol=1e-6)
    np.testing.assert_allclose(np.diff(values_in(inputs)[-60:, 0]), 1, rtol=1e-4)
    line = inputs.last + inputs.season + inputs.scale * inputs.candidates[LINE]
    ahead = np.arange(96, 96 + HORIZON)
    np.testing.assert_allclose(line[:, 0], 10 + 0.5 * ahead + pattern[ahead % 4], rtol=1e-5)


def test_the_window_holds_the_latest_steps_their_mask_and_the_last_value_is_zero() -> None:
    x = holes(waves(130))
    inputs = level_inputs(grid_of(x))
    known = np.isfinite(x[-LOOKBACK:])
    assert (values_in(inputs, 1) == known).all()
    assert not values_in(inputs)[~known].any()
    assert not values_in(inputs)[-1].any()
    found = inputs.last + inputs.scale * values_in(inputs)
    np.testing.assert_allclose(found[known], x[-LOOKBACK:][known], rtol=1e-5)


def test_steps_above_a_short_series_are_marked_as_missing() -> None:
    inputs = level_inputs(grid_of(waves(10)))
    assert values_in(inputs, 1).sum(axis=0).tolist() == [10] * 4
    assert values_in(inputs, 1)[-10:].all()


def test_a_missing_value_of_the_last_season_falls_back_to_the_season_before() -> None:
    m, T = 7, 35
    x = np.arange(float(T))[:, None]
    season = Season(m, counted_phases(T, HORIZON, m, 1))
    latest, before, longer = _past_seasons(x, (season,))
    expected = T - m + np.arange(HORIZON) % m
    assert latest[:, 0].tolist() == expected.tolist()
    assert before[:, 0].tolist() == (expected - m).tolist()
    assert np.isnan(longer).all()
    x[T - m + 2] = np.nan
    latest, before, _ = _past_seasons(x, (season,))
    moved = np.where(np.arange(HORIZON) % m == 2, expected - m, expected)
    assert latest[:, 0].tolist() == moved.tolist()
    assert before[:, 0].tolist() == (moved - m).tolist()


def test_phases_are_looked_up_by_time() -> None:
    """A week whose third day has no rows, once, is no week of six days."""
    x = np.tile([0.0, 10, 20, 30, 40, 50, 60], 12)[:, None]
    x[-5] = np.nan
    inputs = level_inputs(grid_of(x, 7))
    ahead = inputs.last + inputs.season + inputs.scale * inputs.candidates[LAST_SEASON]
    np.testing.assert_allclose(ahead[:, 0], np.tile([0.0, 10, 20, 30, 40, 50, 60], 7)[:HORIZON], atol=2)


def test_a_series_without_season_has_the_last_value_as_its_last_season() -> None:
    inputs = level_inputs(grid_of(waves()))
    assert not inputs.candidates[LAST_SEASON].any()
    assert not inputs.candidates[LAST_VALUE].any()
    assert not inputs.season.any()


def test_two_seasons_come_back_both() -> None:
    t = np.arange(28 * 6)
    short, long = np.sin(2 * np.pi * t / 7), 3 * np.cos(2 * np.pi * t / 28)
    x = (5 + short + long)[:, None]
    season = level_inputs(grid_of(x, 7, 28)).season[:, 0]
    ahead = np.arange(len(t), len(t) + HORIZON)
    np.testing.assert_allclose(season, np.sin(2 * np.pi * ahead / 7) + 3 * np.cos(2 * np.pi * ahead / 28), atol=0.3)


def test_exponential_growth_of_values_is_no_straight_line_of_them() -> None:
    """The line through values is straight in values, whether the network sees these or their logarithms."""
    y = 100 + 2.0 * np.arange(80)[:, None]
    inputs = level_inputs(grid_of(np.log(y), logarithmic=True))
    line = np.exp(inputs.last + inputs.scale * inputs.candidates[LINE])
    np.testing.assert_allclose(line[:, 0], 258 + 2.0 * np.arange(1, HORIZON + 1), rtol=1e-4)


def test_series_that_are_chosen_have_the_inputs_that_they_had() -> None:
    rng, x = np.random.default_rng(0), holes(waves(series=6))
    effect = rng.normal(size=(len(x) + HORIZON, 6))
    grid = replace(grid_of(x, 12), effect=effect, logarithmic=np.arange(6) % 2 == 0, x=x / 10)
    chosen = np.array([4, 1])
    everything, some = level_inputs(grid), level_inputs(grid.take(chosen))
    for whole, part in zip(everything, some, strict=True):
        np.testing.assert_array_equal(whole[..., chosen], part)
