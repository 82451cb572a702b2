"""Defaults are derived from the data, and requested values override them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.errors import UsageError
from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.series.panel import Panel, panel_from_series
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Callable

RNG = np.random.default_rng(1)


def dated(first: str, unit: str, rows: int, step: int = 1) -> Panel:
    stamps = (np.datetime64(first, unit) + step * np.arange(rows)).astype("datetime64[us]")
    season = {"h": 24, "D": 7, "M": 12}.get(unit, 4)
    y = 100 + 10 * np.sin(2 * np.pi * np.arange(rows) / season) + RNG.normal(size=rows)
    return panel_from_series([("a", stamps, y)])


def business_days(rows: int) -> Panel:
    stamps = np.busday_offset("2015-01-01", np.arange(rows), roll="forward").astype("datetime64[us]")
    return panel_from_series([("a", stamps, np.exp(np.cumsum(RNG.normal(0, 0.01, rows)) + 4))])


@pytest.mark.parametrize(
    ("panel", "season", "horizon", "mode"),
    [
        (dated("2020-01-01", "h", 2000), 24, 24, "level"),
        (business_days(1500), 5, 5, "returns"),
        (dated("2020-01-01", "D", 700), 7, 7, "level"),
        (dated("2000-01", "M", 240), 12, 12, "level"),
        (dated("1980-01", "M", 120, step=3), 4, 8, "level"),
    ],
)
def test_defaults_of_common_steps(panel: Panel, season: int, horizon: int, mode: str) -> None:
    recipe = derive_recipe(panel, Specification(zero_shot=False))
    assert (recipe.season, recipe.horizon, recipe.mode) == (season, horizon, mode)
    assert recipe.segment * recipe.steps == recipe.lookback
    assert 4 <= recipe.steps <= 14
    assert recipe.lookback >= season


NOISE = panel_from_series([("a", np.arange(200), RNG.normal(size=200))])
UNEQUAL = panel_from_series([("a", np.cumsum(RNG.integers(1, 6, 200)), RNG.normal(size=200))], irregular=True)


@pytest.mark.parametrize("panel", [NOISE, UNEQUAL, business_days(400), dated("2020-01-01", "h", 2000)])
def test_every_decision_holds_and_has_a_reason(panel: Panel) -> None:
    recipe = derive_recipe(panel, Specification(zero_shot=False, irregular=panel.irregular))
    shown = {decision.name: decision.value for decision in recipe.decisions}
    assert len(shown) == len(recipe.decisions)
    assert all(len(decision.reason) > 4 for decision in recipe.decisions)
    assert shown.pop("step") == panel.calendars[0].kind
    assert ("closed" in shown) == (panel.calendars[0].week is not None)
    shown.pop("closed", None)
    assert shown.pop("method") == ("fine-tuned and trained" if recipe.fine_tuned else "trained")
    assert shown.pop("calendar") == (", ".join(recipe.calendar) or "none")
    for name, value in shown.items():
        assert getattr(recipe if hasattr(recipe, name) else recipe.architecture, name) == value
    constant = {
        "steps",
        "architecture",
        "recent_rows",
        "pretrained",
        "bootstrap",
        "holidays",
        "all_rows",
        "seed",
        "decisions",
        "observed",
        "known",
        "calendar",
        "minimum",
        "maximum",
    }
    constant |= set() if recipe.fine_tuned else {"fine_tuned", "tuning_updates"}
    assert set(shown) == ({field.name for field in fields(recipe)} - constant) | {"arch", "hidden", "quantiles"}


ASKED = {
    "horizon": 3,
    "lookback": 30,
    "season": 10,
    "segment": 3,
    "mode": "returns",
    "arch": "encoder-decoder",
    "hidden": 7,
    "members": 5,
    "epochs": 2,
    "updates": 9,
    "batch": 17,
    "early_stopping": True,
}


@pytest.mark.parametrize("name", ASKED)
def test_a_requested_value_overrides_the_rule_and_is_marked(name: str) -> None:
    recipe = derive_recipe(dated("2020-01-01", "D", 700), Specification(zero_shot=False, **{name: ASKED[name]}))
    asked_for = {decision.name: decision.value for decision in recipe.decisions if decision.reason == "requested"}
    assert asked_for == {name: ASKED[name]}
    assert getattr(recipe if hasattr(recipe, name) else recipe.architecture, name) == ASKED[name]


def test_all_requested_values_override_their_rules_at_once() -> None:
    recipe = derive_recipe(
        business_days(400), Specification(zero_shot=False, **ASKED, cell="lstm", all_rows=False, seed=5)
    )
    assert {decision.name for decision in recipe.decisions if decision.reason == "requested"} == set(ASKED)
    assert (recipe.architecture.cell, recipe.all_rows, recipe.seed) == ("lstm", False, 5)


@pytest.mark.parametrize("lookback", [1, 2, 7, 13, 61, 97])
def test_any_lookback_is_cut_into_whole_segments(panel_of: Callable[..., Panel], lookback: int) -> None:
    recipe = derive_recipe(panel_of(a=RNG.normal(size=300)), Specification(zero_shot=False, lookback=lookback))
    assert recipe.segment * recipe.steps == recipe.lookback == lookback


def test_the_held_out_end_does_not_choose_the_mode() -> None:
    panel = business_days(1000)
    changed = panel.values.copy()
    changed[900:] = 100 + np.sin(np.arange(100))
    other = Panel(panel.ids, panel.ds, changed, panel.indptr, panel.calendars)
    assert (
        derive_recipe(other, Specification(zero_shot=False)).mode
        == derive_recipe(panel, Specification(zero_shot=False)).mode
        == "returns"
    )


def test_short_series_get_a_short_horizon(panel_of: Callable[..., Panel]) -> None:
    assert derive_recipe(panel_of(a=RNG.normal(size=20)), Specification(zero_shot=False)).horizon == 3


APART = "cannot be used with --irregular; leave one of them out"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"arch": arch, "bidirectional": True},
            f"--arch {arch} cannot be used with --bidirectional; use --arch encoder-decoder or many-to-one with it",
        )
        for arch in ("many-to-many", "one-to-many", "one-to-one")
    ]
    + [
        ({"irregular": True, "arch": "encoder-decoder"}, f"--arch encoder-decoder {APART}"),
        ({"irregular": True, "bidirectional": True}, f"--bidirectional {APART}"),
        ({"irregular": True, "segment": 4}, f"--segment 4 {APART}"),
        ({"irregular": True, "season": 7}, f"--season 7 {APART}"),
        (
            {"dropout": 0.1, "arch": "many-to-many", "segment": 1},
            "--dropout acts between layers, and there is only one; use --layers 2 or more",
        ),
        (
            {"residual": True, "arch": "many-to-many", "segment": 1},
            "--residual needs a layer whose input and output have the same size; use --layers 2 or more",
        ),
        (
            {"residual": True, "segment": 3, "lookback": 12, "bidirectional": True},
            "--residual needs a layer whose input and output have the same size; use --layers 2 or more",
        ),
        (
            {"lookback": 25, "segment": 4},
            "--lookback 25 is not a whole number of segments of 4; use --lookback 24",
        ),
        ({"lookback": 3, "segment": 8}, "--lookback 3 is not a whole number of segments of 8; use --lookback 8"),
        (
            {"arch": "one-to-one", "lookback": 25, "segment": 5},
            "--arch one-to-one has one step: --lookback 25 and --segment 5 differ; leave one of them out",
        ),
        ({"segment": 200}, "--segment 200 is too long for 200 rows; use less than 200"),
        ({"season": 201}, "--season 201 is too long for 200 rows; use less than 200"),
        ({"activation": "relu"}, "the gru cell has no --activation relu; use --cell rnn with it"),
    ],
)
def test_contradictory_options_are_refused_with_a_remedy(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        derive_recipe(UNEQUAL if asked.get("irregular") else NOISE, Specification(zero_shot=False, **asked))
    assert str(caught.value) == sentence
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "asked",
    [
        {"arch": "encoder-decoder", "bidirectional": True},
        {"dropout": 0.1},  # there are dense layers
        {"dropout": 0.1, "layers": 2},
        {"residual": True, "layers": 2},
        {"residual": True, "segment": 3, "lookback": 12},  # the embedding is as wide as the layer
        {"lookback": 24, "segment": 4},
        {"irregular": True, "segment": 1, "season": 1},
        {"irregular": True, "layers": 2, "dropout": 0.5, "residual": True},
        {"cell": "rnn", "activation": "relu"},
    ],
)
def test_the_remedies_work(asked: dict[str, Any]) -> None:
    recipe = derive_recipe(UNEQUAL if asked.get("irregular") else NOISE, Specification(zero_shot=False, **asked))
    for name in ("arch", "bidirectional", "dropout", "residual", "irregular", "layers", "cell", "activation"):
        assert getattr(recipe.architecture, name) == asked.get(name, getattr(Specification(zero_shot=False), name))
    for name in ("lookback", "segment", "season"):
        assert getattr(recipe, name) == asked.get(name, getattr(recipe, name))


@pytest.mark.parametrize("arch", ["one-to-many", "one-to-one"])
@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ({"season": 1}, 6),
        ({"season": 4}, 8),  # whole seasons, at least six values
        ({"season": 24}, 24),
        ({"season": 7, "lookback": 10}, 10),
        ({"season": 7, "segment": 9}, 9),
        ({"lookback": 1}, 1),
    ],
)
def test_one_step_sees_one_segment_of_whole_seasons(arch: str, asked: dict[str, int], seen: int) -> None:
    recipe = derive_recipe(NOISE, Specification(zero_shot=False, arch=arch, horizon=5, **asked))
    assert (recipe.lookback, recipe.segment, recipe.steps) == (seen, seen, 1)
    network = recipe.architecture
    assert (network.steps, network.inputs, network.outputs) == (1, seen, 5 if arch == "one-to-many" else 1)
    assert recipe.anchored_at_start
    reasons = {decision.name: decision for decision in recipe.decisions}
    assert reasons["segment"].value == reasons["lookback"].value == seen
    if "segment" not in asked:
        assert reasons["segment"].reason == f"1 recurrent step of {seen} value{'s' * (seen > 1)}"


def test_each_unequal_step_is_a_recurrent_step() -> None:
    recipe = derive_recipe(UNEQUAL, Specification(zero_shot=False, irregular=True))
    assert (recipe.season, recipe.horizon, recipe.segment, recipe.steps, recipe.lookback) == (1, 10, 1, 30, 30)
    assert (recipe.architecture.inputs, recipe.architecture.embedding, recipe.architecture.steps) == (2, 0, 30)
    assert recipe.irregular
    assert not recipe.anchored_at_start
    reasons = {decision.name: decision.reason for decision in recipe.decisions}
    assert reasons["season"] == "unequal steps have none"
    assert reasons["horizon"] == "usual for unequal steps"
    longer = derive_recipe(UNEQUAL, Specification(zero_shot=False, irregular=True, lookback=45))
    assert (longer.lookback, longer.steps) == (45, 45)
    short = derive_recipe(UNEQUAL.head(160), Specification(zero_shot=False, irregular=True))
    assert short.lookback == 24  # 60 % of 40 rows


@pytest.mark.parametrize("arch", ["many-to-one", "many-to-many", "encoder-decoder"])
def test_other_architectures_read_the_window_in_segments(arch: str) -> None:
    recipe = derive_recipe(dated("2020-01-01", "D", 700), Specification(zero_shot=False, arch=arch))
    assert recipe.segment * recipe.steps == recipe.lookback
    assert recipe.steps > 1
    network, plain = recipe.architecture, arch == "many-to-one"
    assert network.inputs == recipe.segment + plain  # and the size of the window
    assert network.outputs == recipe.horizon * network.quantiles
    assert (network.quantiles > 1) == (network.head > 0) == plain
    assert recipe.anchored_at_start == (arch == "many-to-many")
