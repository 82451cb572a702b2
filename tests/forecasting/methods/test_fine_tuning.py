"""Fine-tuning of the pretrained network: what it trains on, that it is repeatable, and that it learns common ways."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.methods import fine_tuning
from forecaster.forecasting.methods.fine_tuning import (
    BATCH,
    FEWEST_ROWS,
    JUDGED_SHARE,
    _draw,
    _training_windows,
    tune_networks,
)
from forecaster.forecasting.methods.level_windows import level_windows
from forecaster.forecasting.methods.training_session import TimeLimit, TrainingSession
from forecaster.forecasting.methods.zero_shot import forecast_windows
from forecaster.forecasting.pretrained.level_inputs import HORIZON
from forecaster.forecasting.pretrained.level_network import networks_of, shipped_networks
from forecaster.forecasting.pretrained.weights import LEVELS, load_weights
from forecaster.nn.training_records import DivergedError
from forecaster.progress import watched_by
from forecaster.series.grid_steps import on_every_step
from forecaster.series.panel import Panel, panel_from_series
from forecaster.series.transforms import fit_relative_transform
from forecaster.series.windows import Origins, ends
from forecaster.spec import Progress, Specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.arrays import Floats
    from forecaster.forecasting.recipe import Recipe


def saturating(series: int, rows: int, seed: int = 0) -> Panel:
    """Return series that all rise to a level of their own and stay there, which few other series do."""
    rng = np.random.default_rng(seed)
    y = [
        100 * (1 - np.exp(-np.arange(rows) / rng.uniform(4, 6))) + rng.normal(0, 0.3, rows) + 50 for _ in range(series)
    ]
    return panel_from_series((f"s{i:03}", np.arange(rows), each) for i, each in enumerate(y))


def recipe_of(panel: Panel, **changes: Any) -> Recipe:
    recipe = derive_recipe(panel, Specification(horizon=4, season=1))
    assert recipe.tunes_only
    return replace(recipe, **changes)


def forecast(vector: Any, panel: Panel, transform: Any) -> Floats:
    windows = level_windows(panel, transform, ends(panel.indptr), 1)
    median, _ = forecast_windows(windows, networks_of(np.stack([vector])), 4)
    return transform.inverse(median, np.arange(len(panel))[:, None])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an epoch be 2 updates on 8 windows each."""
    monkeypatch.setattr(fine_tuning, "BATCH", 8)
    monkeypatch.setattr(fine_tuning, "UPDATES_IN_EPOCH", 2)
    monkeypatch.setattr(fine_tuning, "PASSES", 1)


@pytest.mark.slow
@pytest.mark.nightly
def test_what_the_series_have_in_common_is_learned() -> None:
    panel, new = saturating(24, 24), saturating(30, 24, seed=1)
    earlier = panel.cut(np.zeros(24, np.int64), np.full(24, 20))
    judged, final = tune_networks(recipe_of(panel, tuning_updates=128), earlier, panel, 1)
    past = new.cut(np.zeros(30, np.int64), np.full(30, 8))
    transform = fit_relative_transform(past)
    actual = np.stack([new.values[new.slice(i)][8:12] for i in range(30)])
    start = load_weights(LEVELS)[-1]
    before, after = (np.abs(forecast(each, past, transform) - actual).mean() for each in (start, final.tuned[0]))
    assert after < 0.8 * before
    assert judged.tuned[0].dtype == final.tuned[0].dtype == np.float16
    assert np.isfinite(final.tuned[0]).all()


@pytest.mark.slow
@pytest.mark.nightly
def test_the_number_of_processes_changes_nothing() -> None:
    panel = saturating(20, 24)
    earlier = panel.cut(np.zeros(20, np.int64), np.full(20, 20))
    recipe = recipe_of(panel, tuning_updates=32, fine_tuned=2)
    one, two = (tune_networks(recipe, earlier, panel, jobs) for jobs in (1, 2))
    for here, there in zip(one, two, strict=True):
        for vector, same in zip(here.tuned, there.tuned, strict=True):
            assert vector.tobytes() == same.tobytes()


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_the_same_seed_gives_the_same_bytes_and_another_seed_or_number_others() -> None:
    panel = saturating(20, 24)
    earlier = panel.cut(np.zeros(20, np.int64), np.full(20, 20))
    recipe = recipe_of(panel, tuning_updates=4, fine_tuned=2)
    one, two = (tune_networks(recipe, earlier, panel, 1) for _ in range(2))
    assert [vector.tobytes() for vector in one[1].tuned] == [vector.tobytes() for vector in two[1].tuned]
    other = tune_networks(replace(recipe, seed=1), earlier, panel, 1)
    assert other[1].tuned[0].tobytes() != one[1].tuned[0].tobytes()
    assert one[1].tuned[0].tobytes() != one[1].tuned[1].tobytes()


@pytest.mark.usefixtures("small")
def test_what_judges_sees_nothing_of_the_latest_rows() -> None:
    panel = saturating(20, 24)
    changed = replace(panel, values=np.where(np.arange(len(panel.values)) % 24 >= 20, 5.0, panel.values))
    until = np.zeros(20, np.int64), np.full(20, 20)
    recipe = recipe_of(panel, tuning_updates=16)
    one, other = (tune_networks(recipe, each.cut(*until), each, 1) for each in (panel, changed))
    assert one[0].tuned[0].tobytes() == other[0].tuned[0].tobytes()
    assert one[1].tuned[0].tobytes() != other[1].tuned[0].tobytes()


@pytest.mark.usefixtures("small")
def test_without_a_training_on_all_rows_the_judged_network_forecasts() -> None:
    panel = saturating(20, 24)
    earlier = panel.cut(np.zeros(20, np.int64), np.full(20, 20))
    judged, final = tune_networks(recipe_of(panel, tuning_updates=16, all_rows=False), earlier, panel, 1)
    assert judged.tuned[0].tobytes() == final.tuned[0].tobytes()


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_progress_reaches_its_end() -> None:
    panel = saturating(20, 24)
    earlier = panel.cut(np.zeros(20, np.int64), np.full(20, 20))
    seen: list[Progress] = []
    with watched_by(seen.append):
        tune_networks(recipe_of(panel, tuning_updates=64), earlier, panel, 1)
    seen = [each for each in seen if each.stage == "fine-tuning"]
    done = [each.done for each in seen]
    epochs = 64 // fine_tuning.UPDATES_IN_EPOCH
    assert done == sorted(done)
    assert done[-1] == seen[-1].total == epochs + round(JUDGED_SHARE * epochs)


def test_training_windows_have_enough_rows_before_them_and_may_end_beyond_the_series() -> None:
    panel = panel_from_series([("a", np.arange(40), np.arange(40.0)), ("b", np.arange(5), np.arange(5.0))])
    recipe = derive_recipe(panel, Specification(horizon=4, season=12, zero_shot=True))
    windows = _training_windows(replace(recipe, recent_rows=100), panel, fit_relative_transform(panel))
    assert (windows.last - windows.start + 1).min() == 18
    assert set(windows.series) == {0}
    assert windows.last.max() == 38, "the last window has one target"
    recent = _training_windows(replace(recipe, recent_rows=10), panel, fit_relative_transform(panel))
    assert recent.last.min() == 29


def test_series_that_are_all_short_are_trained_on_all_the_same() -> None:
    panel = panel_from_series((f"s{i}", np.arange(5), np.arange(5.0)) for i in range(20))
    recipe = derive_recipe(panel, Specification(horizon=2, season=1, zero_shot=True))
    windows = _training_windows(replace(recipe, recent_rows=100), panel, fit_relative_transform(panel))
    assert len(windows)
    assert FEWEST_ROWS > 5


def test_series_are_drawn_alike_however_long_they_are() -> None:
    lengths = (200, 20, 20, 20)
    panel = panel_from_series((f"s{i}", np.arange(n), 9.0 + i + np.arange(n)) for i, n in enumerate(lengths))
    every = Origins(
        np.repeat(np.arange(4), [190, 10, 10, 10]),
        np.concatenate([panel.indptr[i] + np.arange(9, lengths[i] - 1) for i in range(4)]),
    )
    windows = level_windows(panel, fit_relative_transform(panel), every, 1)
    found = _draw(windows, 4, 8 * BATCH, np.random.default_rng(0))
    assert found.window.shape[-1] == 8 * BATCH
    assert np.isfinite(found.window).all()
    known = np.isfinite(found.targets)
    assert known[:4].any(axis=0).all()
    assert not known[4:].any(), "no further than the horizon"
    # long series have long histories: a quarter of the windows is theirs
    long = found.window[:, 4:8].reshape(-1, 8 * BATCH).sum(axis=0) > 21
    assert 0.15 < long.mean() < 0.35


def test_targets_beyond_a_hole_stand_at_their_step() -> None:
    times = np.array([0, 1, 2, 3, 4, 5, 6, 8, 9, 10])
    panel = on_every_step(panel_from_series([("a", times, np.exp(times / 10.0))]), 1)
    windows = level_windows(panel, fit_relative_transform(panel), Origins(np.array([0]), np.array([5])), 1)
    np.testing.assert_allclose(windows.targets(4)[:, 0], [0.6, np.nan, 0.8, 0.9])
    end = level_windows(panel, fit_relative_transform(panel), Origins(np.array([0]), np.array([9])), 1)
    np.testing.assert_allclose(end.targets(3)[:, 0], [1.0, np.nan, np.nan])


def test_a_training_that_explodes_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: Any) -> Any:
        raise DivergedError(3, "overflow", 0, validation=False)

    monkeypatch.setattr(fine_tuning, "fine_tune", explode)
    panel = saturating(20, 24)
    earlier = panel.cut(np.zeros(20, np.int64), np.full(20, 20))
    with pytest.raises(InputRefusedError, match="did not stay finite in epoch 3: overflow"):
        tune_networks(recipe_of(panel), earlier, panel, 1)


def test_the_untouched_networks_are_those_that_ship() -> None:
    panel = saturating(3, 30)
    transform = fit_relative_transform(panel)
    windows = level_windows(panel, transform, ends(panel.indptr), 1)
    ours, _ = forecast_windows(windows, networks_of(load_weights(LEVELS)), 4)
    shipped, _ = forecast_windows(windows, shipped_networks(LEVELS), 4)
    np.testing.assert_array_equal(ours, shipped)
    assert HORIZON >= 4


@pytest.mark.sampled("6")
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("epochs", [3, 6])
def test_a_fine_tuning_that_was_killed_goes_on_to_the_same_bits(killed_store: Callable[..., Any], epochs: int) -> None:
    panel = saturating(20, 24)
    earlier, recipe = panel.cut(np.zeros(20, np.int64), np.full(20, 20)), recipe_of(panel, tuning_updates=8)

    def tune(store: Any) -> list[bytes]:
        both = tune_networks(recipe, earlier, panel, 1, TrainingSession(store))
        return [vector.tobytes() for networks in both for vector in networks.tuned]

    whole = tune(None)
    store = killed_store(tune, epochs)
    before = len(store.states)
    assert tune(store) == whole
    assert list(store.states) == ["fine-tuned-1-final", "fine-tuned-1-judged"]
    assert before == epochs // 3


@pytest.mark.usefixtures("small")
def test_without_time_the_networks_that_ship_forecast_and_those_that_judge_come_first() -> None:
    panel = saturating(20, 24)
    earlier, recipe = panel.cut(np.zeros(20, np.int64), np.full(20, 20)), recipe_of(panel, tuning_updates=8)
    judged, final = tune_networks(recipe, earlier, panel, 1, TrainingSession(limit=TimeLimit(-1, 0)))
    start = load_weights(LEVELS)[-1].astype(np.float16)
    assert judged.tuned[0].tobytes() == final.tuned[0].tobytes() == start.tobytes()


@pytest.mark.usefixtures("small")
def test_a_network_of_all_rows_that_was_not_finished_is_replaced_by_the_one_that_was_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel = saturating(20, 24)
    earlier, recipe = panel.cut(np.zeros(20, np.int64), np.full(20, 20)), recipe_of(panel, tuning_updates=8)
    whole, _ = tune_networks(recipe, earlier, panel, 1)
    asked = count()
    # the training that is judged asks six times: before it, after each of its 4 updates, and between its 2 epochs
    monkeypatch.setattr(TrainingSession, "is_over", lambda _: next(asked) > 7)
    judged, final = tune_networks(recipe, earlier, panel, 1, TrainingSession(limit=TimeLimit(1e9, 0)))
    assert judged.tuned[0].tobytes() == final.tuned[0].tobytes() == whole.tuned[0].tobytes()
