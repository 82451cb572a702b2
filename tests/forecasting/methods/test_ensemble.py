"""The members of the ensemble: how each reads windows, on which rows it is trained, how outputs are averaged."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.forecasting.defaults.derive import derive_recipe
from forecaster.forecasting.methods import window_sets as window_sets_module
from forecaster.forecasting.methods.ensemble import (
    ensemble_output,
    second_epochs,
    settings_of,
    train_members,
    train_network,
    windows_at_once,
)
from forecaster.forecasting.methods.training_session import TimeLimit, TrainingSession
from forecaster.forecasting.methods.window_sets import CALIBRATED, WindowSets, member_view, most_calibrated, window_sets
from forecaster.forecasting.views import plain_view
from forecaster.nn.architecture import Architecture, initial_parameters
from forecaster.nn.losses import absolute
from forecaster.progress import watched_by
from forecaster.series.panel import panel_from_series
from forecaster.series.split import split_panel
from forecaster.spec import Progress, Specification

if TYPE_CHECKING:
    from forecaster.forecasting.recipe import Recipe
    from forecaster.series.panel import Panel

TINY = Specification(horizon=4, members=2, epochs=2, updates=3, hidden=8, season=6, mode="level")


def panel_of_rows(*lengths: int) -> Panel:
    rng = np.random.default_rng(0)
    return panel_from_series(
        (f"s{i}", np.arange(n), np.exp(rng.normal(size=n) * (i + 1))) for i, n in enumerate(lengths)
    )


def prepared(panel: Panel, asked: Specification = TINY) -> tuple[Recipe, WindowSets]:
    recipe = derive_recipe(panel, asked)
    parts = split_panel(panel, 4, recipe.shortest_window, validated=recipe.early_stopping, stride=recipe.stride)
    return recipe, window_sets(plain_view(panel), parts, recipe)


def test_of_four_members_no_two_read_windows_alike() -> None:
    recipe, sets = prepared(panel_of_rows(100, 80))
    seen = [member_view(number, sets.earlier, recipe) for number in range(8)]
    views = {(each.scale_feature, each.windows.scale.tobytes()) for each in seen}
    assert len(views) == 4
    for number in range(4):
        assert seen[number].scale_feature == seen[number + 4].scale_feature
        np.testing.assert_array_equal(seen[number].windows.scale, seen[number + 4].windows.scale)
    assert seen[0].windows.scale is sets.earlier.scale
    halfway = seen[1].windows.scale ** 2 / sets.earlier.scale
    np.testing.assert_allclose(halfway, 4 * sets.earlier.scaling.spread[sets.earlier.series])


@pytest.mark.parametrize("asked", [{"arch": "many-to-many"}, {"mode": "returns"}])
def test_other_networks_read_windows_as_they_are(asked: dict[str, str]) -> None:
    recipe, sets = prepared(panel_of_rows(100, 80), replace(TINY, **asked))
    assert not recipe.varies_views
    views = [member_view(number, sets.earlier, recipe) for number in range(4)]
    assert all(view.windows is sets.earlier and not view.scale_feature for view in views)


@pytest.mark.parametrize("stopping", [False, True])
def test_each_set_of_windows_uses_only_the_rows_that_it_may(*, stopping: bool) -> None:
    panel = panel_of_rows(100, 60)
    _, sets = prepared(panel, replace(TINY, early_stopping=stopping))
    held_out, judged_by = np.array([15, 9]), np.array([10, 6]) * stopping
    of = sets.calibration
    assert (of.last >= of.stop - held_out[of.series] - 1).all()
    assert (of.last <= of.stop - 1 - 4).all()
    ends = np.cumsum(panel.lengths - held_out)
    np.testing.assert_array_equal(np.unique(sets.earlier.stop), ends)
    assert len(sets.everything) > len(sets.earlier)
    assert (sets.everything.last < sets.everything.stop - 1).all()  # one target is known at least
    assert (sets.training is None) == (sets.validation is None) == (not stopping)
    if sets.training is not None and sets.validation is not None:
        np.testing.assert_array_equal(np.unique(sets.training.stop), np.cumsum(panel.lengths - held_out - judged_by))
        assert sets.validation.scaling is not sets.earlier.scaling
        np.testing.assert_array_equal(sets.validation.scaling.spread, sets.training.scaling.spread)


def test_of_many_calibration_windows_the_latest_of_each_series_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CALIBRATED >= 1000
    monkeypatch.setattr("forecaster.forecasting.methods.window_sets.CALIBRATED", 6)
    _, sets = prepared(panel_of_rows(100, 90))
    of = sets.calibration
    for number in (0, 1):
        distance = of.stop[of.series == number] - 1 - of.last[of.series == number]
        assert distance.tolist() == [6, 5, 4]


def test_where_windows_are_long_there_are_fewer_at_cutoffs_further_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, _ = prepared(panel_of_rows(100, 90))
    assert most_calibrated(recipe) == CALIBRATED
    assert most_calibrated(replace(recipe, season=168, lookback=672, horizon=168)) == CALIBRATED
    assert most_calibrated(replace(recipe, season=1440)) == 583
    assert most_calibrated(replace(recipe, horizon=1_000_000)) == 100
    monkeypatch.setattr("forecaster.forecasting.methods.window_sets.most_calibrated", lambda _: 10)
    of = prepared(panel_of_rows(100, 90))[1].calibration
    for number in (0, 1):
        distance = of.stop[of.series == number] - 1 - of.last[of.series == number]
        assert distance.tolist() == [13, 10, 7, 4]


def test_of_few_series_with_long_windows_a_part_is_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    _, all_of_them = prepared(panel_of_rows(100, 90))
    monkeypatch.setattr("forecaster.forecasting.methods.window_sets.FEWEST_TRAINED", 10)
    monkeypatch.setattr("forecaster.forecasting.methods.window_sets.TRAINED_VALUES", 10)
    _, sets = prepared(panel_of_rows(100, 90))
    assert len(sets.everything) == len(sets.earlier) == 20
    assert len(all_of_them.everything) > 100
    assert set(sets.everything.last) < set(all_of_them.everything.last)
    assert sets.everything.last[-1] == all_of_them.everything.last[-1]


def test_networks_with_one_output_have_a_plain_loss() -> None:
    one, _ = prepared(panel_of_rows(100))
    many, _ = prepared(panel_of_rows(600))
    assert settings_of(one).loss is absolute
    assert settings_of(many).loss is not absolute
    assert (settings_of(many).epochs, settings_of(many).steps, settings_of(many).batch) == (2, 3, 64)
    assert settings_of(many).rate == many.rate


def test_outputs_are_averaged_in_the_units_of_the_windows() -> None:
    recipe, sets = prepared(panel_of_rows(100, 80))
    weights, of = [member.weights for member, _ in train_members(recipe, sets, 1)], sets.calibration
    first, second = (ensemble_output(recipe, [each], of) for each in weights)
    assert np.ptp(first - second) > 0
    # the second network of an ensemble sees windows in a scale of its own
    seen = member_view(1, of, recipe).windows
    own = ensemble_output(replace(recipe, mode="returns"), weights[1:], seen)
    expected = (first + own * (seen.scale / of.scale)) / 2
    np.testing.assert_allclose(ensemble_output(recipe, weights, of), expected, rtol=1e-12)


def test_a_network_with_one_output_is_rolled_forward() -> None:
    recipe, sets = prepared(panel_of_rows(100), replace(TINY, arch="one-to-one", lookback=6))
    (member, _), *_ = train_members(recipe, sets, 1)
    output = ensemble_output(recipe, [member.weights], sets.calibration)
    assert output.shape == (4, len(sets.calibration))
    short = ensemble_output(replace(recipe, horizon=1), [member.weights], sets.calibration)
    np.testing.assert_allclose(output[:1], short, rtol=1e-9)


def test_the_judged_weights_have_not_seen_all_rows_and_the_final_ones_have() -> None:
    panel = panel_of_rows(100)
    recipe, sets = prepared(panel)
    (member, judged), *_ = train_members(recipe, sets, 1)
    assert not np.array_equal(member.weights, judged)
    again = replace(settings_of(recipe), epochs=second_epochs(recipe.epochs))
    further = train_network(recipe, again, sets.ids, (sets.everything, None), 0, list, judged)
    np.testing.assert_array_equal(further.weights, member.weights)
    (kept, also), *_ = train_members(replace(recipe, all_rows=False), sets, 1)
    assert kept.weights is also
    np.testing.assert_array_equal(also, judged)


def test_early_stopping_keeps_the_number_of_the_best_epoch() -> None:
    recipe, sets = prepared(panel_of_rows(200), replace(TINY, early_stopping=True, epochs=8))
    heard: list[Progress] = []
    with watched_by(heard.append):
        (member, judged), *_ = train_members(recipe, sets, 1)
    assert member.loss is not None
    assert 0 <= member.best_epoch <= member.epochs <= 8
    settings = replace(settings_of(recipe), epochs=member.best_epoch)
    again = train_network(recipe, settings, sets.ids, (sets.earlier, None), 0, list)
    np.testing.assert_array_equal(again.weights, judged)
    assert f"best {member.loss:.4g}" in "".join(each.note for each in heard)
    assert heard[0].note.startswith("network 1 of 2")
    assert heard[-1].done == heard[-1].total


def test_of_very_many_series_some_are_not_judged_where_pretrained_networks_forecast(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(window_sets_module, "CALIBRATED", 10)
    monkeypatch.setattr(window_sets_module, "CALIBRATED_PRETRAINED", 10)
    panel = panel_from_series((f"s{i}", np.arange(40), 9 + np.arange(40.0) % 4 + i) for i in range(70))
    recipe = derive_recipe(panel, Specification(horizon=4, season=4))
    assert recipe.tunes_only
    parts = split_panel(panel, 4, recipe.shortest_window, validated=False)
    found = window_sets(plain_view(panel), parts, recipe)
    assert len(found.calibration) == 10
    assert found.calibration.series.max() > 60
    assert len(found.everything) == len(found.earlier) == 70, "no network of its own reads more"


def asked_until(monkeypatch: pytest.MonkeyPatch, questions: int) -> TrainingSession:
    """Return a session whose time ends after some questions whether it is over."""
    asked = count()
    monkeypatch.setattr(TrainingSession, "is_over", lambda _: next(asked) >= questions)
    return TrainingSession(limit=TimeLimit(1e9, 0))


def test_members_for_which_there_is_no_time_are_left_out_but_not_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, sets = prepared(panel_of_rows(100))
    ((member, judged),) = train_members(recipe, sets, 1, asked_until(monkeypatch, 0))
    assert (member.epochs, member.best_epoch) == (1, 1)
    assert member.weights is judged
    start = initial_parameters(recipe.architecture, np.random.default_rng([recipe.seed, 0])).vector
    assert not np.array_equal(judged, start)


@pytest.mark.parametrize("stopping", [False, True])
def test_a_training_that_time_breaks_off_is_replaced_by_the_one_before_it(
    monkeypatch: pytest.MonkeyPatch, *, stopping: bool
) -> None:
    asked = replace(TINY, early_stopping=stopping, members=1)
    recipe, sets = prepared(panel_of_rows(200), asked)
    ((whole, judged),) = train_members(recipe, sets, 1)
    # an epoch of three updates asks four times, the last of a training three times; then the next one is asked about
    ((member, same),) = train_members(recipe, sets, 1, asked_until(monkeypatch, 9))
    assert member.weights is same
    assert not np.array_equal(member.weights, whole.weights)
    assert np.array_equal(same, judged) == (not stopping)
    assert member.loss == whole.loss


@pytest.mark.parametrize(("hidden", "windows"), [(60, 64), (1000, 40), (4000, 8), (20_000, 8)])
def test_large_networks_predict_fewer_windows_at_once(hidden: int, windows: int) -> None:
    sizes = Architecture(inputs=1, steps=100, outputs=1, hidden=hidden, cell="rnn", skip=False)
    assert windows_at_once(sizes) == windows
