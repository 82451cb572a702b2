"""The defaults that follow from the data, and that what is asked for wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.data.panel import Panel, panel_from_series
from forecaster.forecasting.recipe import derive
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
    recipe = derive(panel, Specification())
    assert (recipe.season, recipe.horizon, recipe.mode) == (season, horizon, mode)
    assert recipe.segment * recipe.steps == recipe.lookback
    assert 4 <= recipe.steps <= 14
    assert recipe.lookback >= season


def test_every_decision_has_a_reason(panel_of: Callable[..., Panel]) -> None:
    decisions = derive(panel_of(a=RNG.normal(size=200)), Specification()).decisions
    names = [decision.name for decision in decisions]
    assert {"step", "season", "horizon", "mode", "log", "lookback", "segment", "hidden", "members"} <= set(names)
    assert len(names) == len(set(names))
    assert all(len(decision.reason) > 5 for decision in decisions)


def test_what_is_asked_for_wins_and_says_so() -> None:
    asked = Specification(horizon=3, lookback=30, season=10, mode="level", hidden=7, members=1, epochs=2, cell="lstm")
    recipe = derive(business_days(400), asked)
    assert (recipe.horizon, recipe.lookback, recipe.season, recipe.mode) == (3, 30, 10, "level")
    assert (recipe.architecture.hidden, recipe.members, recipe.epochs, recipe.architecture.cell) == (7, 1, 2, "lstm")
    reasons = {decision.name: decision.reason for decision in recipe.decisions}
    assert reasons["horizon"] == reasons["lookback"] == reasons["hidden"] == "asked for"


@pytest.mark.parametrize("lookback", [1, 2, 7, 13, 61, 97])
def test_any_lookback_is_cut_into_whole_segments(panel_of: Callable[..., Panel], lookback: int) -> None:
    recipe = derive(panel_of(a=RNG.normal(size=300)), Specification(lookback=lookback))
    assert recipe.segment * recipe.steps == recipe.lookback == lookback


def test_the_held_out_end_does_not_choose_the_mode() -> None:
    panel = business_days(1000)
    changed = panel.values.copy()
    changed[900:] = 100 + np.sin(np.arange(100))
    other = Panel(panel.ids, panel.ds, changed, panel.indptr, panel.calendars)
    assert derive(other, Specification()).mode == derive(panel, Specification()).mode == "returns"


def test_short_series_get_a_short_horizon(panel_of: Callable[..., Panel]) -> None:
    assert derive(panel_of(a=RNG.normal(size=20)), Specification()).horizon == 3
