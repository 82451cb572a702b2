"""Training of the level network: the gradient of its loss, series without end, and that it learns, alike each time."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forecaster.forecasting.methods.theta import theta
from forecaster.forecasting.pretrained import level_training
from forecaster.forecasting.pretrained.grid import Grid, Season, counted_phases
from forecaster.forecasting.pretrained.level_inputs import CANDIDATES, FURTHEST, HORIZON, level_inputs
from forecaster.forecasting.pretrained.level_network import ARCHITECTURE, forecast_quantiles, networks_of
from forecaster.forecasting.pretrained.level_training import (
    LARGEST_TARGET,
    LEARNING,
    SEASONS,
    SETTLING,
    Mix,
    RefilledSeries,
    mixture_loss,
    simulate_series,
    train_level_network,
    training_series,
)
from forecaster.forecasting.pretrained.structural import simulate_structural
from forecaster.forecasting.uncertainty.calibration import TAUS
from forecaster.nn.architecture import shapes
from forecaster.nn.parameters import count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats

STEP = 2.0**-16


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an epoch be 4 updates on 128 series."""
    for name, value in (("CHUNK", 32), ("CHUNKS", 4), ("BATCH", 32)):
        monkeypatch.setattr(level_training, name, value)


def trained(updates: int, seed: int) -> list[tuple[int, float, NDArray[np.float32]]]:
    return [(done, loss, vector.copy()) for done, loss, vector in train_level_network(updates, seed)]


def endless() -> RefilledSeries:
    """Return a source of 128 series."""
    rng = np.random.default_rng(0)
    return RefilledSeries(128, lambda count: simulate_series(count, LEARNING, rng))


def example(series: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Return an answer, (O, B), and a truth for the loss."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(ARCHITECTURE.outputs, series)), rng.normal(0, 2, (ARCHITECTURE.outputs, series))


@pytest.mark.sampled("weight1-a fifth")
@pytest.mark.parametrize("every", [5, 1], ids=["a fifth", "all"])
@pytest.mark.parametrize(
    "weight", [None, np.array([0.3, 1.0]), np.random.default_rng(1).random((ARCHITECTURE.outputs, 2)) > 0.4]
)
def test_the_gradient_of_the_loss_is_that_of_central_differences(weight: Floats | None, every: int) -> None:
    answer, truth = example(2)
    loss, gradient = mixture_loss(answer, truth, weight)
    assert loss > 0
    measured = gradient.copy()
    for index in islice(np.ndindex(answer.shape), 0, None, every):
        kept = answer[index]
        answer[index] = kept + STEP
        above = mixture_loss(answer, truth, weight)[0]
        answer[index] = kept - STEP
        measured[index] = (above - mixture_loss(answer, truth, weight)[0]) / (2 * STEP)
        answer[index] = kept
    np.testing.assert_allclose(gradient, measured, atol=1e-9)
    of_weights = gradient[len(TAUS) * HORIZON :]
    assert np.abs(of_weights).max() > 1e-4


def test_the_loss_is_zero_where_every_candidate_is_the_truth() -> None:
    answer, truth = example(3)
    truth[: HORIZON * (1 + CANDIDATES)] = np.tile(truth[:HORIZON], (1 + CANDIDATES, 1))
    answer[: len(TAUS) * HORIZON] = 0
    assert mixture_loss(answer, truth)[0] == pytest.approx(0, abs=1e-12)


def test_near_steps_count_more_than_far_ones() -> None:
    _, truth = example(1)
    answer = np.zeros((ARCHITECTURE.outputs, 1))
    truth[:] = 0
    losses = []
    for step in (0, 23, 47):
        truth[step] = 1
        losses.append(mixture_loss(answer, truth)[0])
        truth[step] = 0
    assert losses[0] > losses[1] > losses[2] > 0
    assert losses[0] == pytest.approx(losses[2] * (1 + 47 / level_training.FADING))


def test_a_series_of_weight_zero_moves_nothing() -> None:
    answer, truth = example(2)
    _, gradient = mixture_loss(answer, truth, np.array([1.0, 0.0]))
    assert gradient[:, 0].any()
    assert not gradient[:, 1].any()


@pytest.mark.usefixtures("small")
def test_endless_series_are_finite_and_are_replaced() -> None:
    source = endless()
    first = source.series
    for each in first:
        assert each.shape[-1] == len(source) == 128
        assert np.isfinite(each).all()
    assert np.abs(first.targets).max() < LARGEST_TARGET
    assert np.abs(first.window).max() <= FURTHEST
    assert ((first.weights > 0) & (first.weights <= 1)).all()
    weights = source.weights
    source.refill()
    assert weights is source.weights, "training holds on to them"
    assert (weights == source.series.weights).all()
    assert not np.array_equal(first.targets, source.series.targets)


@pytest.mark.usefixtures("small")
def test_a_batch_holds_the_targets_and_then_the_candidates() -> None:
    source = endless()
    chosen = np.array([5, 100, 3])
    y = np.full((ARCHITECTURE.outputs, 3), np.nan, np.float32)
    source.targets(chosen, y)
    assert (y[:HORIZON] == source.series.targets[:, chosen]).all()
    candidates = y[HORIZON : HORIZON * (1 + CANDIDATES)].reshape(CANDIDATES, HORIZON, 3)
    assert (candidates == source.series.candidates[:, :, chosen]).all()
    assert np.isfinite(y).all()


def test_shares_of_kinds_and_seasons_are_whole() -> None:
    for mix in (LEARNING, SETTLING):
        assert sum(mix.kinds) == pytest.approx(1)
    assert sum(share for _, share in SEASONS) == pytest.approx(1)


def only(kind: int) -> Mix:
    """Return a mix of one kind alone."""
    return Mix(tuple(float(each == kind) for each in range(len(LEARNING.kinds))), 0.2)


@pytest.mark.sampled("*-seasons[02]-*")
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", range(len(LEARNING.kinds)))
@pytest.mark.parametrize("seasons", [(), (12,), (7, 28)])
@pytest.mark.parametrize("rows", [3, 40])
def test_every_kind_has_a_history_and_what_came_after(kind: int, seasons: tuple[int, ...], rows: int) -> None:
    x, logarithmic = level_training._simulate(only(kind), rows, seasons, np.random.default_rng(1))
    assert x.shape == (rows + HORIZON, 32)
    assert logarithmic.shape == (32,)
    assert np.isfinite(x).all()


def test_what_the_future_holds_does_not_change_the_transform_of_counts() -> None:
    """Values are transformed by what is known of their history: zeros that come later find a bound, not an offset."""
    for seed in range(3):
        x, _ = level_training._simulate(only(level_training.RARE), 60, (), np.random.default_rng(seed))
        history, ahead = x[:60], x[60:]
        assert (ahead.min(axis=0) >= history.min(axis=0) - np.log(10) - 1e-9).mean() > 0.9


def test_series_that_explode_are_replaced_by_copies_of_others() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 6)).cumsum(axis=0)
    ahead = x[-1] + rng.normal(size=(HORIZON, 6)).cumsum(axis=0)
    ahead[:, 2], ahead[7, 4], ahead[40:, 5] = 1e6, np.inf, np.nan
    made = training_series(Grid(x, np.zeros(6, bool), (), HORIZON), ahead, rng)
    inputs = level_inputs(Grid(x, np.zeros(6, bool), (), HORIZON))
    kept = [0, 1, 3, 5]
    assert made.window.shape[-1] == 6
    np.testing.assert_array_equal(made.window[:, :, :4], inputs.window[:, :, kept])
    np.testing.assert_allclose(made.targets[:, :4], ((ahead - inputs.last) / inputs.scale)[:, kept], rtol=1e-5)
    assert np.isnan(made.targets[40:, 3]).all(), "a step that is not known yet is no wild one"
    columns = {each.tobytes() for each in made.targets[:, :4].T}
    assert {each.tobytes() for each in made.targets[:, 4:].T} <= columns


def test_where_no_series_is_usable_the_targets_say_nothing() -> None:
    x = np.random.default_rng(0).normal(size=(30, 3)).cumsum(axis=0)
    made = training_series(
        Grid(x, np.zeros(3, bool), (), HORIZON), np.full((HORIZON, 3), np.nan), np.random.default_rng(0)
    )
    assert not made.targets.any()
    assert all(np.isfinite(each).all() for each in made)


def test_a_series_counts_the_same_however_many_of_its_steps_are_known() -> None:
    x = np.random.default_rng(0).normal(size=(30, 2)).cumsum(axis=0)
    ahead = np.tile(x[-1], (HORIZON, 1))
    ahead[6:, 1] = np.nan
    made = training_series(Grid(x, np.zeros(2, bool), (), HORIZON), ahead, np.random.default_rng(0))
    assert (made.weights * np.isfinite(made.targets).sum(axis=0)).tolist() == pytest.approx([HORIZON, HORIZON])


def test_a_target_far_from_the_last_value_counts_less() -> None:
    x = np.random.default_rng(0).normal(size=(30, 1)).cumsum(axis=0).repeat(2, axis=1)
    ahead = x[-1] + np.array([0.5, 50]) * np.ones((HORIZON, 1))
    made = training_series(Grid(x, np.zeros(2, bool), (), HORIZON), ahead, np.random.default_rng(0))
    assert 0 < 5 * made.weights[1] < made.weights[0] <= 1


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_training_twice_gives_the_same_bytes_and_another_seed_gives_others() -> None:
    first, again, other = (trained(8, seed) for seed in (3, 3, 4))
    assert [done for done, _, _ in first] == [0, 4, 8]
    for (_, _, one), (_, _, two) in zip(first, again, strict=True):
        assert one.tobytes() == two.tobytes()
    assert first[-1][2].tobytes() != other[-1][2].tobytes()
    assert first[-1][2].tobytes() != first[1][2].tobytes()


@pytest.mark.usefixtures("small")
def test_no_series_is_seen_in_two_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []
    refill = RefilledSeries.refill

    def remember(source: RefilledSeries) -> None:
        refill(source)
        made.append(source.series.targets.tobytes())

    monkeypatch.setattr(RefilledSeries, "refill", remember)
    epochs = trained(12, 0)
    assert len(made) >= len(epochs) - 1 == 3
    assert len(set(made)) == len(made)


@pytest.mark.usefixtures("small")
def test_parameters_are_those_of_the_network_and_finite() -> None:
    done, loss, vector = trained(4, 0)[-1]
    assert done == 4
    assert np.isfinite(loss)
    assert vector.dtype == np.float32
    assert vector.shape == (count(shapes(ARCHITECTURE)),)
    assert np.isfinite(vector).all()


@pytest.mark.usefixtures("small")
def test_fewer_updates_than_an_epoch_are_an_epoch() -> None:
    assert [done for done, _, _ in trained(1, 0)] == [0, 4]


def scaled_error(truth: Floats, forecast: Floats, history: Floats, m: int) -> Floats:
    """Return the mean absolute error of each series in units of its mean seasonal change, (N,), but for the largest."""
    unit = np.abs(history[m:] - history[:-m]).mean(axis=0)
    return np.sort(np.abs(truth - forecast).mean(axis=0) / np.maximum(unit, 1e-9))[: int(0.99 * truth.shape[1])]


@pytest.mark.slow
@pytest.mark.nightly
def test_a_small_network_beats_theta_on_series_that_it_has_not_seen() -> None:
    for _, _, vector in train_level_network(600, 1):
        network = networks_of(vector[None])
    ours, theirs = [], []
    for m, rows, horizon in ((1, 24, 6), (4, 40, 8), (12, 96, 18), (7, 90, 14)):
        rng = np.random.default_rng(10_000 + m)
        x, logarithmic = simulate_structural(rows + HORIZON, 400, (m,) if m > 1 else (), rng)
        x = x[:, logarithmic & (np.ptp(x, axis=0) < 10)]
        N = x.shape[1]
        season = (Season(m, counted_phases(rows, HORIZON, m, N)),) if m > 1 else ()
        quantiles = forecast_quantiles(level_inputs(Grid(x[:rows], np.ones(N, bool), season, HORIZON)), network)
        y, start = np.exp(x), np.arange(N) * rows
        flat = np.ascontiguousarray(y[:rows].T).ravel()
        measure: Any = partial(scaled_error, y[rows : rows + horizon], history=y[:rows], m=m)
        ours.append(measure(np.exp(quantiles[len(TAUS) // 2, :horizon])).mean())
        theirs.append(measure(theta(flat, start, start + rows - 1, horizon, m).T).mean())
    assert np.mean(ours) < np.mean(theirs), (ours, theirs)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_the_last_phase_begins_with_what_was_learned() -> None:
    learned = np.full(count(shapes(ARCHITECTURE)), 0.01, np.float32)
    start, *_ = [vector.copy() for _, _, vector in train_level_network(4, 1, learned)]
    np.testing.assert_array_equal(start, learned)
    ends = [[vector.copy() for _, _, vector in train_level_network(4, seed, learned)][-1] for seed in (1, 1, 2)]
    assert (ends[0] == ends[1]).all()
    assert (ends[0] != ends[2]).any()
    assert 0 < np.abs(ends[0] - learned).max() < 0.01, "small steps"
