"""The gradient report of a forecaster: the windows that it measures, and the advice in words."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.forecaster import BlendedForecaster
from forecaster.forecasting.gradient_report import GradientReport, LayerGradients, gradient_advice, report_gradients
from forecaster.nn.architecture import shapes
from forecaster.series.panel import Panel, panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from forecaster.forecasting.fitted import FittedForecaster
    from forecaster.forecasting.recipe import Recipe

RNG = np.random.default_rng(0)
NOISE = panel_from_series([("a", np.arange(200), RNG.normal(size=200))])
UNEQUAL = panel_from_series([("a", np.cumsum(RNG.integers(1, 6, 200)), RNG.normal(size=200))], irregular=True)
QUICK = Specification(horizon=3, lookback=8, hidden=4, members=2, epochs=1, updates=3)


@cache
def fitted_to(*, irregular: bool) -> FittedForecaster:
    return BlendedForecaster(replace(QUICK, irregular=irregular)).fit(UNEQUAL if irregular else NOISE)


def recipe_of(cell: str = "rnn", activation: str = "tanh", lookback: int = 40, segment: int = 1) -> Recipe:
    return derive_recipe(NOISE, Specification(cell=cell, activation=activation, lookback=lookback, segment=segment))


def report(
    *norms: np.ndarray, memory: np.ndarray | None = None, dead: float | None = None, targets: bool = True
) -> GradientReport:
    layers = tuple(
        LayerGradients(f"layer {n}", each, memory, first=0.1, radius=0.9, saturation={}, dead=dead)
        for n, each in enumerate(norms, 1)
    )
    return GradientReport(layers, 10, targets=targets, silent=False)


REACHES = np.linspace(1, 0.25, 40)
VANISHES = 0.7 ** np.arange(40.0)  # 0.7^20 = 8e-4 is the first below a thousandth
EXPLODES = 2.0 ** np.arange(40.0)  # 2^10 = 1024 is the first above a thousand


def test_a_gradient_that_reaches_the_whole_window() -> None:
    assert gradient_advice(recipe_of(), report(REACHES), 0.0) == (
        "The gradient reaches the whole window: at its far end it is 0.25 of lag 0.",
    )


@pytest.mark.parametrize(
    ("cell", "cure"), [("rnn", "--cell gru or --lookback 20"), ("gru", "--lookback 20"), ("lstm", "--lookback 20")]
)
def test_a_gradient_that_vanishes(cell: str, cure: str) -> None:
    (sentence,) = gradient_advice(recipe_of(cell), report(VANISHES), None)
    assert sentence == (
        "At lag 39 the gradient is 9e-07 of lag 0, and below 0.001 from lag 20 on: "
        f"this window is longer than the network remembers; use {cure}."
    )


@pytest.mark.parametrize(("cell", "cure"), [("rnn", "--cell gru or --lookback 10"), ("lstm", "--lookback 10")])
def test_a_gradient_that_explodes(cell: str, cure: str) -> None:
    assert gradient_advice(recipe_of(cell), report(EXPLODES), None) == (
        f"At lag 10 the gradient is 1e+03 of lag 0: it explodes; use {cure}.",
    )


def test_a_gradient_is_gone_only_where_it_does_not_come_back() -> None:
    norms = REACHES.copy()
    norms[5] = norms[30:] = 1e-6
    (sentence,) = gradient_advice(recipe_of("gru"), report(norms), None)
    assert "below 0.001 from lag 30 on" in sentence
    norms[30:] = 0.5
    (sentence,) = gradient_advice(recipe_of("gru"), report(norms), None)
    assert sentence == "The gradient reaches the whole window: at its far end it is 0.5 of lag 0."


def test_lags_are_given_in_rows_of_the_data() -> None:
    (sentence,) = gradient_advice(recipe_of("gru", lookback=160, segment=4), report(VANISHES), None)
    assert "At lag 156 " in sentence
    assert "from lag 80 on" in sentence
    assert sentence.endswith("use --lookback 80.")


def test_the_layer_with_the_strongest_gradient_counts() -> None:
    (sentence,) = gradient_advice(recipe_of(), report(VANISHES, REACHES), None)
    assert sentence.startswith("The gradient reaches the whole window")


def test_the_memory_of_the_lstm_counts_too() -> None:
    (sentence,) = gradient_advice(recipe_of("lstm"), report(VANISHES, memory=REACHES), None)
    assert sentence == "The gradient reaches the whole window: at its far end it is 0.25 of lag 0."


def test_without_targets_there_is_no_advice() -> None:
    assert gradient_advice(recipe_of(), report(VANISHES, targets=False), 0.9) == (
        "The targets of these windows are not known yet: name a SOURCE for advice.",
    )


def test_one_step_has_no_way_back() -> None:
    recipe = derive_recipe(NOISE, Specification(arch="one-to-one"))
    assert gradient_advice(recipe, report(np.ones(1)), 0.9) == (
        "The network has one step: nothing can vanish on the way back.",
    )


def test_dead_units_and_clipped_updates_have_a_sentence_each() -> None:
    recipe, flow = recipe_of(activation="relu"), report(REACHES, dead=0.62)
    _, dead, clipped = gradient_advice(recipe, flow, 0.75)
    assert dead == "62% of the relu units are never active: use --activation tanh."
    assert clipped == "75% of the updates were clipped, so most were made with a shorter step."
    assert len(gradient_advice(recipe, report(REACHES, dead=0.5), 0.5)) == 1


def test_a_network_whose_units_are_all_dead_passes_nothing() -> None:
    assert gradient_advice(recipe_of(activation="relu"), report(np.zeros(40), dead=1.0), None) == (
        "No gradient reaches the recurrent layers: none of their units is active.",
    )


def with_heads(fitted: FittedForecaster, *values: float) -> FittedForecaster:
    """Return the forecaster with the head of each network filled with one value."""
    place = 0
    for name, shape in shapes(fitted.recipe.architecture).items():
        size = int(np.prod(shape))
        if name == "head.W":
            break
        place += size
    members = []
    for member, value in zip(fitted.members, values, strict=True):
        weights = member.weights.copy()
        weights[place : place + size] = value
        members.append(replace(member, weights=weights))
    return replace(fitted, members=tuple(members))


@pytest.mark.parametrize("panel", [NOISE, UNEQUAL], ids=["equal", "unequal"])
def test_a_head_of_zero_is_replaced_by_ones_and_said(panel: Panel) -> None:
    fitted = fitted_to(irregular=panel.irregular)
    zero, ones = report_gradients(with_heads(fitted, 0, 0), panel), report_gradients(with_heads(fitted, 1, 1), panel)
    assert (zero.silent, ones.silent) == (True, False)
    assert zero.layers[0].first > 0
    np.testing.assert_array_equal(zero.layers[0].norms, ones.layers[0].norms)
    assert not report_gradients(with_heads(fitted, 0, 1), panel).silent


def test_a_head_of_zero_stays_zero_in_the_forecaster() -> None:
    fitted = with_heads(fitted_to(irregular=False), 0, 0)
    before = [member.weights.copy() for member in fitted.members]
    report_gradients(fitted, NOISE)
    assert all(np.array_equal(member.weights, kept) for member, kept in zip(fitted.members, before, strict=True))


@pytest.mark.parametrize("irregular", [False, True])
def test_without_targets_the_last_window_of_each_series_is_taken(*, irregular: bool) -> None:
    panel, fitted = UNEQUAL if irregular else NOISE, fitted_to(irregular=irregular)
    whole, tail = report_gradients(fitted, panel), report_gradients(fitted, panel.tail(9))
    assert (whole.windows, whole.targets) == (128, True)  # of 190: whole batches
    assert (tail.windows, tail.targets) == (1, False)
    for found in (whole, tail):
        (layer,) = found.layers
        assert layer.norms.shape == (fitted.recipe.steps,)
        assert layer.norms[0] == 1
        assert np.isfinite(layer.norms).all()


def test_one_entry_a_layer_and_direction_the_geometric_mean_of_the_networks() -> None:
    fitted = BlendedForecaster(replace(QUICK, layers=2, bidirectional=True)).fit(NOISE)
    both = report_gradients(fitted, NOISE)
    assert [layer.name for layer in both.layers] == ["layer 1", "layer 1 reverse", "layer 2", "layer 2 reverse"]
    alone = [report_gradients(replace(fitted, members=(member,)), NOISE) for member in fitted.members]
    for mean, *parts in zip(both.layers, *(each.layers for each in alone), strict=True):
        together = np.exp(np.mean([np.log(part.norms) for part in parts], axis=0))
        np.testing.assert_allclose(mean.norms, together, rtol=1e-12)
        assert mean.radius == pytest.approx(np.mean([part.radius for part in parts]))
        assert mean.saturation.keys() == {"reset", "update"}
        assert mean.dead is None


@pytest.mark.sampled("level-70", "returns-600")
@pytest.mark.parametrize("rows", [600, 70])
@pytest.mark.parametrize("mode", ["level", "returns"])
def test_quantile_heads_and_prices_have_gradients_too(mode: str, rows: int) -> None:
    walk = np.exp(3 + np.cumsum(np.random.default_rng(1).normal(0, 0.01, 600)))
    panel = panel_from_series([("a", np.arange(600), walk)])
    fitted = BlendedForecaster(replace(QUICK, mode=mode, members=None, effort="quick", hidden=None)).fit(panel)
    assert fitted.recipe.architecture.outputs > fitted.recipe.horizon
    found = report_gradients(fitted, panel.tail(rows))
    (layer,) = found.layers
    assert found.targets == (rows == 600 or mode == "level")
    assert np.isfinite(layer.norms).all()
    assert (layer.norms[0], layer.first > 0) == (1, True)
    assert len(gradient_advice(fitted.recipe, found, None)) == 1
