"""Training: what it yields, when it stops, which weights it leaves, and that it learns."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.nn import fit as fit_module
from forecaster.nn import trainer as trainer_module
from forecaster.nn.architecture import Architecture, initial_parameters
from forecaster.nn.fit import fit, predict
from forecaster.nn.losses import absolute, median_and_quantiles, squared
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.training_records import DivergedError, Epoch, SampleWeights, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forecaster.nn.network import NetworkInputs
    from forecaster.nn.parameters import Array, Parameters

STEPS = 8
ARCHITECTURE = Architecture(inputs=1, steps=STEPS, outputs=1, hidden=6)
SETTINGS = Settings(epochs=4, steps=10, batch=16, loss=squared)


@pytest.fixture(autouse=True)
def _let_numbers_fade() -> Iterator[None]:
    with np.errstate(under="ignore"):  # the square of a small gradient may vanish in float32
        yield


class Examples:
    """Windows and targets that are held in arrays, (T, S, windows) and (O, windows), or (T, O, windows)."""

    def __init__(self, x: Array, y: Array) -> None:
        self.x, self.y = x, y
        self.asked: list[Array] = []

    def __len__(self) -> int:
        return self.x.shape[-1]

    def inputs(self, chosen: Array, inputs: NetworkInputs) -> None:
        self.asked.append(chosen.copy())
        inputs.window[:] = self.x[..., chosen]

    def targets(self, chosen: Array, y: Array) -> None:
        y[:] = (self.y if y.ndim == self.y.ndim else self.y[-1])[..., chosen]


def examples(count: int = 64, seed: int = 0, target: Callable[[Array], Array] = lambda x: x.mean(axis=0)) -> Examples:
    """Return windows of noise and a target made of each."""
    x = np.random.default_rng(seed).uniform(-1, 1, (STEPS, 1, count))
    return Examples(x, target(x))


def start(architecture: Architecture = ARCHITECTURE, dtype: str = "float32") -> Parameters:
    return initial_parameters(architecture, np.random.default_rng(7), dtype)


def run(parameters: Parameters, training: Examples, validation: Examples | None, settings: Settings) -> list[Epoch]:
    return list(fit(ARCHITECTURE, parameters, training, validation, settings, np.random.default_rng(3)))


def plan(monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> None:
    """Let the validation losses be these, one after the other."""
    left = iter(losses)
    monkeypatch.setattr(fit_module._Validation, "loss", lambda _: next(left))


def test_an_epoch_for_the_start_and_one_for_each_epoch_of_training(capfd: pytest.CaptureFixture[str]) -> None:
    epochs = run(start(), examples(), examples(seed=1), SETTINGS)
    assert [epoch.number for epoch in epochs] == [0, 1, 2, 3, 4]
    first, *others = epochs
    assert np.isnan(first.training)
    assert (first.rate, first.clipped, first.best) == (0, 0, True)
    assert first.validation == pytest.approx(np.mean(examples(seed=1).y ** 2), rel=1e-5)  # it answers zero
    assert all(np.isfinite([epoch.training, epoch.validation]).all() for epoch in others)
    assert all(0 < epoch.rate <= SETTINGS.rate and 0 <= epoch.clipped <= 1 for epoch in others)
    assert capfd.readouterr() == ("", "")


def test_nothing_happens_before_the_first_epoch_is_requested() -> None:
    parameters, training = start(), examples()
    kept = parameters.vector.copy()
    epochs = fit(ARCHITECTURE, parameters, training, None, SETTINGS, np.random.default_rng(0))
    next(epochs)
    assert training.asked == []
    assert np.array_equal(parameters.vector, kept)
    next(epochs)
    assert len(training.asked) == SETTINGS.steps
    assert not np.array_equal(parameters.vector, kept)


def test_training_stops_when_the_validation_loss_no_longer_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(monkeypatch, [5, 4, 3, 3, 4, 9, 9])
    epochs = run(start(), examples(), examples(), replace(SETTINGS, epochs=9, patience=3))
    assert [epoch.number for epoch in epochs] == [0, 1, 2, 3, 4, 5]
    assert [epoch.best for epoch in epochs] == [True, True, True, False, False, False]


def test_no_patience_trains_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(monkeypatch, [1, 2, 3, 4, 5, 6])
    assert len(run(start(), examples(), examples(), replace(SETTINGS, epochs=5, patience=None))) == 6


def test_a_run_that_is_broken_off_is_the_beginning_of_the_whole_run() -> None:
    whole, short = start(), start()
    passes = fit(ARCHITECTURE, whole, examples(), None, SETTINGS, np.random.default_rng(3))
    seen = [whole.vector.copy() for _ in passes]
    passes = fit(ARCHITECTURE, short, examples(), None, SETTINGS, np.random.default_rng(3))
    epochs = list(islice(passes, 3))
    passes.close()
    assert [epoch.number for epoch in epochs] == [0, 1, 2]
    assert np.array_equal(short.vector, seen[2])


def test_no_epochs_leave_the_start() -> None:
    parameters = start()
    assert [epoch.number for epoch in run(parameters, examples(), None, replace(SETTINGS, epochs=0))] == [0]
    assert np.array_equal(parameters.vector, start().vector)


@pytest.mark.parametrize(("losses", "best"), [([5, 3, 3, 4, 3], 1), ([5, 3, 2, 2.5, 1], 4), ([1, 2, 3, 4, 5], 0)])
def test_the_earliest_of_the_best_weights_is_kept(
    monkeypatch: pytest.MonkeyPatch, losses: list[float], best: int
) -> None:
    plan(monkeypatch, losses)
    parameters = start()
    passes = fit(ARCHITECTURE, parameters, examples(), examples(), SETTINGS, np.random.default_rng(3))
    seen = [parameters.vector.copy() for _ in passes]
    assert len(seen) == 5
    assert [np.array_equal(parameters.vector, vector) for vector in seen] == [n == best for n in range(5)]


def test_a_caller_who_stops_listening_gets_the_best_weights_too(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(monkeypatch, [5, 3, 4, 5, 6])
    parameters, seen = start(), []
    epochs = fit(ARCHITECTURE, parameters, examples(), examples(), SETTINGS, np.random.default_rng(3))
    for epoch in epochs:
        seen.append(parameters.vector.copy())
        if epoch.number == 3:
            epochs.close()
    assert len(seen) == 4
    assert np.array_equal(parameters.vector, seen[1])
    assert not np.array_equal(parameters.vector, seen[3])


def test_without_validation_the_last_weights_stay() -> None:
    parameters, seen, found = start(), [], []
    for epoch in fit(ARCHITECTURE, parameters, examples(), None, SETTINGS, np.random.default_rng(3)):
        seen.append(parameters.vector.copy())
        found.append(epoch)
    assert np.array_equal(parameters.vector, seen[-1])
    assert not np.array_equal(seen[-1], seen[-2])
    assert all(np.isnan(epoch.validation) and epoch.best for epoch in found)


def test_the_same_chance_gives_the_same_bits() -> None:
    one, two, other = start(), start(), start()
    epochs = run(one, examples(), examples(seed=1), SETTINGS)
    again = run(two, examples(), examples(seed=1), SETTINGS)
    list(fit(ARCHITECTURE, other, examples(), examples(seed=1), SETTINGS, np.random.default_rng(4)))
    assert np.array_equal(one.vector, two.vector)
    assert epochs[1:] == again[1:]
    assert not np.array_equal(one.vector, other.vector)


def test_every_window_comes_once_before_any_comes_again() -> None:
    training = examples(48)
    run(start(), training, None, replace(SETTINGS, epochs=2, steps=3, batch=16))
    rounds = [np.concatenate(training.asked[:3]), np.concatenate(training.asked[3:])]
    assert all(np.array_equal(np.sort(each), np.arange(48)) for each in rounds)
    assert not np.array_equal(*rounds)


def test_what_does_not_fill_a_batch_waits_for_the_next_round() -> None:
    training = examples(40)
    run(start(), training, None, replace(SETTINGS, epochs=1, steps=4, batch=16))
    rounds = [np.concatenate(training.asked[:2]), np.concatenate(training.asked[2:])]
    assert [len(np.unique(each)) for each in rounds] == [32, 32]


def test_fewer_windows_than_a_batch_train_as_one_batch() -> None:
    training = examples(5)
    epochs = run(start(), training, examples(3, seed=1), SETTINGS)
    assert len(epochs) == 5
    assert all(np.array_equal(np.sort(chosen), np.arange(5)) for chosen in training.asked)
    assert epochs[-1].training < epochs[1].training


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("where", ["x", "y"])
def test_a_number_that_is_not_finite_ends_training_with_the_best_weights(where: str, bad: float) -> None:
    training, parameters = examples(), start()
    epochs = fit(ARCHITECTURE, parameters, training, examples(seed=1), SETTINGS, np.random.default_rng(3))
    assert [next(epochs).best, next(epochs).best] == [True, True]
    kept = parameters.vector.copy()
    getattr(training, where)[...] = bad
    with pytest.raises(DivergedError, match=r"^epoch 2: ."):
        next(epochs)
    assert np.array_equal(parameters.vector, kept)


def test_a_gradient_is_clipped_to_the_limit_and_counted() -> None:
    loose = run(start(), examples(), None, replace(SETTINGS, clip=1e9))
    tight = run(start(), examples(), None, replace(SETTINGS, clip=1e-9))
    assert [epoch.clipped for epoch in loose] == [0] * 5
    assert [epoch.clipped for epoch in tight] == [0, 1, 1, 1, 1]


TASKS = {"mean of the window": lambda x: x.mean(axis=0), "the input five steps back": lambda x: x[-6]}


@pytest.mark.sampled("rnn-tanh-the input five steps back")
@pytest.mark.parametrize("target", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize(("cell", "activation"), [("rnn", "tanh"), ("rnn", "relu"), ("gru", "tanh"), ("lstm", "tanh")])
def test_every_cell_learns_without_the_skip(cell: str, activation: str, target: Callable[[Array], Array]) -> None:
    architecture = replace(ARCHITECTURE, cell=cell, activation=activation, hidden=16, skip=False)
    settings = Settings(epochs=12, steps=80, batch=32, rate=1e-2, decay=0.0, patience=None, loss=squared)
    training, validation = examples(2048, 1, target), examples(256, 2, target)
    rng = np.random.default_rng(0)
    epochs = list(fit(architecture, start(architecture), training, validation, settings, rng))
    assert epochs[-1].validation < 0.02 * epochs[0].validation


@pytest.mark.parametrize("count", [1, 15, 16, 17, 40])
def test_predict_in_batches_equals_one_big_batch(count: int) -> None:
    parameters, source = start(dtype="float64"), examples(count)
    parameters.vector += 0.1
    answers = predict(parameters, source, NetworkWorkspace(ARCHITECTURE, 16, np.float64))
    whole = predict(parameters, source, NetworkWorkspace(ARCHITECTURE, count, np.float64))
    assert answers.shape == (1, count)
    assert np.ptp(answers) > 0.1 or count == 1
    np.testing.assert_allclose(answers, whole, rtol=1e-13, atol=1e-15)


def test_predict_fills_the_last_batch_with_the_last_window() -> None:
    source = examples(20)
    predict(start(), source, NetworkWorkspace(ARCHITECTURE, 16))
    assert np.array_equal(source.asked, [range(16), [16, 17, 18, *[19] * 13]])


@pytest.mark.sampled("*-6-16", "gru-32-16", "lstm-33-16", "rnn-6-64")
@pytest.mark.parametrize("batch", [16, 64])
@pytest.mark.parametrize(("cell", "hidden"), [("rnn", 6), ("gru", 6), ("lstm", 6), ("gru", 32), ("lstm", 33)])
def test_an_answer_depends_on_its_window_alone(cell: str, hidden: int, batch: int) -> None:
    """Bit for bit, at any place beside any others, in float64 and batches of a multiple of eight windows.

    In other sizes the last columns of a matrix product may be rounded in another order than the rest.
    """
    architecture = replace(ARCHITECTURE, cell=cell, hidden=hidden, layers=2)
    parameters, window = start(architecture, "float64"), examples(1).x
    parameters.vector += np.random.default_rng(0).normal(0, 0.1, parameters.vector.shape)
    ws = NetworkWorkspace(architecture, batch, np.float64)
    answers = {predict(parameters, examples(1), ws).item()}
    for place in range(batch):
        source = examples(batch, seed=place + 1)
        source.x[..., [place]] = window
        answers.add(predict(parameters, source, ws)[0, place])
    assert len(answers) == 1
    assert answers != {0}


class Interrupted(Examples):
    """Examples whose targets are not finite the first times that they are asked for."""

    def __init__(self, whole: Examples, times: int, bad: float = np.inf) -> None:
        super().__init__(whole.x, whole.y)
        self.times, self.bad = times, bad

    def targets(self, chosen: Array, y: Array) -> None:
        super().targets(chosen, y)
        if self.times:
            self.times -= 1
            y[..., 0] = self.bad


@pytest.mark.parametrize("accidents", [0, 1, 3, 5])
def test_after_a_number_that_is_not_finite_the_epoch_runs_again_with_half_the_rate(accidents: int) -> None:
    calm = run(start(), examples(), None, SETTINGS)
    epochs = run(start(), Interrupted(examples(), accidents), None, SETTINGS)
    assert [epoch.number for epoch in epochs] == [0, 1, 2, 3, 4]
    assert np.isfinite([epoch.training for epoch in epochs[1:]]).all()
    np.testing.assert_allclose([epoch.rate for epoch in epochs], [epoch.rate / 2**accidents for epoch in calm])


def test_after_a_number_that_is_not_finite_weights_and_moments_are_those_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, states = trainer_module.Trainer.run_epoch, []

    def run_and_look(self: object, number: int) -> tuple[float, float, float]:
        states.append([np.copy(each) for each in (self.parameters.vector, *self.snapshot())])
        result = whole(self, number)
        if len(states) == 2:
            raise FloatingPointError("an accident at the end of the second pass")
        return result

    monkeypatch.setattr(trainer_module.Trainer, "run_epoch", run_and_look)
    epochs = run(start(), examples(), None, replace(SETTINGS, epochs=3))
    first, second, again, third = states
    assert [epoch.number for epoch in epochs] == [0, 1, 2, 3]
    assert all(np.array_equal(one, other) for one, other in zip(second, again, strict=True))
    assert [int(state[-1]) for state in (first, again, third)] == [0, 10, 20]
    assert not np.array_equal(again[0], third[0])


def test_after_five_halvings_training_gives_up_and_says_where() -> None:
    training, parameters = examples(), start()
    epochs = fit(ARCHITECTURE, parameters, training, examples(seed=1), SETTINGS, np.random.default_rng(3))
    next(epochs), next(epochs)
    kept = parameters.vector.copy()
    training.x[..., 37] = np.inf
    training.asked.clear()
    with pytest.raises(DivergedError) as caught:
        next(epochs)
    assert (caught.value.epoch, caught.value.window) == (2, 37)
    assert str(caught.value) == f"epoch 2: {caught.value.cause}"
    assert caught.value.cause
    assert sum(37 in chosen for chosen in training.asked) == fit_module.HALVINGS + 1 == 6
    assert np.array_equal(parameters.vector, kept)


def test_an_unknown_target_is_not_named_as_the_cause() -> None:
    source = every_step_examples(16)
    source.y[:3, :, 2] = np.nan  # a series that had not begun
    source.x[..., 11] = np.inf
    with pytest.raises(DivergedError) as caught:
        list(fit(EVERY_STEP, start(EVERY_STEP), source, None, SETTINGS, np.random.default_rng(3)))
    assert (caught.value.epoch, caught.value.window, caught.value.validation) == (1, 11, False)


def test_validation_windows_that_no_step_can_help_end_training_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    validation, judged = examples(20, seed=1), []
    validation.y[0, 13] = 1e300  # more than float32 holds
    whole = fit_module._Validation.loss
    monkeypatch.setattr(fit_module._Validation, "loss", lambda self: judged.append(1) or whole(self))
    with pytest.raises(DivergedError) as caught:
        run(start(), examples(), validation, SETTINGS)
    assert (caught.value.epoch, caught.value.window, caught.value.validation) == (0, 13, True)
    assert len(judged) == 1


def test_a_gradient_that_is_not_finite_is_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer_module, "clip", lambda _gradient, _limit: np.inf)
    with pytest.raises(DivergedError) as caught:
        run(start(), examples(), None, SETTINGS)
    assert (caught.value.epoch, caught.value.cause) == (1, "the gradient is not finite")


def test_steps_that_are_too_large_for_the_numbers_are_tamed() -> None:
    """Without clipping a relu network runs away at this rate, until the rate is halved."""
    architecture = replace(ARCHITECTURE, cell="rnn", activation="relu", hidden=16, skip=False)
    wild = Settings(epochs=3, steps=20, batch=16, rate=40.0, decay=0.0, clip=1e30, patience=None, loss=squared)
    epochs = list(fit(architecture, start(architecture), examples(), None, wild, np.random.default_rng(3)))
    calm = run(start(), examples(), None, replace(wild, rate=1e-3))
    assert np.isfinite([epoch.training for epoch in epochs[1:]]).all()
    halvings = np.log2([wild.rate / 1e-3 * calm[n].rate / epochs[n].rate for n in (1, 2, 3)])
    assert 1 <= round(halvings[0]) <= fit_module.HALVINGS
    np.testing.assert_allclose(halvings, np.round(halvings), atol=1e-9)


EVERY_STEP = replace(ARCHITECTURE, arch="many-to-many", outputs=2)


def every_step_examples(count: int = 32) -> Examples:
    """Return windows of noise and the next two inputs at every step, as (T, O, windows); made up at the end."""
    rng = np.random.default_rng(5)
    x, more = rng.uniform(-1, 1, (STEPS, 1, count)), rng.uniform(-1, 1, (2, 1, count))
    inputs = np.concatenate([x, more])[:, 0]
    return Examples(x, np.stack([inputs[t + 1 : t + 3] for t in range(STEPS)]))


@pytest.mark.parametrize("loss", [squared, absolute])
def test_with_an_output_at_every_step_the_loss_is_summed_over_the_steps(
    loss: Callable[..., tuple[float, Array]],
) -> None:
    source = every_step_examples(16)
    settings = Settings(epochs=1, steps=1, batch=16, rate=1e-9, loss=loss)
    _, first = fit(EVERY_STEP, start(EVERY_STEP, "float64"), source, None, settings, np.random.default_rng(0))
    size = np.square(source.y) if loss is squared else np.abs(source.y)
    assert first.training == pytest.approx(size.mean(axis=(1, 2)).sum(), rel=1e-12)  # the start answers zero


def gradient_of(
    architecture: Architecture,
    parameters: Parameters,
    source: Examples,
    loss: Callable[..., object] = squared,
    weights: Array | None = None,
) -> Array:
    """Return the gradient of one batch of all windows, as training sees it."""
    settings = Settings(batch=len(source), loss=loss)
    trainer = trainer_module.Trainer(architecture, parameters, source, settings, np.random.default_rng(0), weights)
    trainer._backpropagate(0.0)
    return trainer.ws.gradient.vector.copy()


def test_with_an_output_at_every_step_the_gradient_is_that_of_the_sum_over_steps() -> None:
    parameters, source = start(EVERY_STEP, "float64"), every_step_examples(8)
    parameters.vector += np.random.default_rng(1).normal(0, 0.3, parameters.vector.shape)
    ws, step = NetworkWorkspace(EVERY_STEP, 8, np.float64), 1e-6
    gradient = gradient_of(EVERY_STEP, parameters, source)

    def total() -> float:
        y, _ = network(parameters, source.x, ws)
        return float(np.square(y - source.y).mean(axis=(1, 2)).sum())

    for n in range(0, len(gradient), 11):
        kept = parameters.vector[n]
        parameters.vector[n] = kept + step
        above = total()
        parameters.vector[n] = kept - step
        assert gradient[n] == pytest.approx((above - total()) / (2 * step), rel=1e-5, abs=1e-8)
        parameters.vector[n] = kept


def test_targets_that_are_not_known_are_left_out() -> None:
    parameters, source = start(EVERY_STEP, "float64"), every_step_examples(8)
    parameters.vector += 0.1
    source.y[:3, :, 5] = np.nan
    one = gradient_of(EVERY_STEP, parameters, source)
    source.y[:3, :, 5] = 0
    other = gradient_of(EVERY_STEP, parameters, source)
    assert np.isfinite(one).all()
    assert not np.allclose(one, other)
    settings = Settings(epochs=1, steps=1, batch=8, rate=1e-9, loss=squared)
    source.y[:3, :, 5] = np.nan
    _, first = fit(EVERY_STEP, start(EVERY_STEP, "float64"), source, source, settings, np.random.default_rng(0))
    assert first.training == pytest.approx(STEPS * np.nanmean(np.square(source.y)), rel=1e-12)


def test_validation_leaves_unknown_targets_out_and_measures_the_last_step() -> None:
    source = every_step_examples(8)
    source.y[-1, 1, 2] = np.nan
    first = next(fit(EVERY_STEP, start(EVERY_STEP), source, source, SETTINGS, np.random.default_rng(0)))
    assert first.validation == pytest.approx(np.nanmean(np.square(source.y[-1])), rel=1e-6)


WEIGHT = np.random.default_rng(8).uniform(0.1, 5, 16)


def test_windows_count_by_their_weight_in_training_and_in_validation() -> None:
    source, weights = examples(16), SampleWeights(WEIGHT, WEIGHT)
    settings = Settings(epochs=1, steps=1, batch=16, rate=1e-9, loss=squared)
    rng = np.random.default_rng(0)
    zero, first = fit(ARCHITECTURE, start(dtype="float64"), source, source, settings, rng, weights)
    expected = float(np.average(np.square(source.y[0]), weights=WEIGHT))  # the start answers zero
    assert zero.validation == first.training == pytest.approx(expected, rel=1e-12)
    assert expected != pytest.approx(np.square(source.y).mean(), rel=1e-2)


def test_a_window_of_twice_the_weight_is_as_good_as_two() -> None:
    parameters, once = start(dtype="float64"), examples(8)
    parameters.vector += 0.1
    weights = np.array([1.0, 1, 1, 2, 1, 1, 1, 1])
    twice = Examples(once.x[..., [0, 1, 2, 3, 3, 4, 5, 6, 7]], once.y[..., [0, 1, 2, 3, 3, 4, 5, 6, 7]])
    gradients = [
        gradient_of(ARCHITECTURE, parameters, source, weights=each) for source, each in ((once, weights), (twice, None))
    ]
    np.testing.assert_allclose(*gradients, rtol=1e-10, atol=1e-14)
    assert not np.allclose(gradient_of(ARCHITECTURE, parameters, once), gradients[0])


@pytest.mark.parametrize("factor", [1.0, 8.0])
def test_equal_weights_are_as_good_as_none(factor: float) -> None:
    parameters, source = start(dtype="float64"), examples(8)
    parameters.vector += 0.1
    without = gradient_of(ARCHITECTURE, parameters, source)
    weighted = gradient_of(ARCHITECTURE, parameters, source, weights=np.full(8, factor))
    np.testing.assert_allclose(weighted, without, rtol=1e-12)


def test_weights_count_for_known_targets() -> None:
    source, weights = every_step_examples(16), SampleWeights(WEIGHT, WEIGHT)
    source.y[:3, :, 5] = np.nan
    settings = Settings(epochs=1, steps=1, batch=16, rate=1e-9, loss=squared)
    rng = np.random.default_rng(0)
    zero, first = fit(EVERY_STEP, start(EVERY_STEP, "float64"), source, source, settings, rng, weights)
    full = np.where(np.isnan(source.y), 0, WEIGHT)
    known = np.nan_to_num(np.square(source.y))
    assert first.training == pytest.approx(STEPS * float((full * known).sum() / full.sum()), rel=1e-12)
    assert zero.validation == pytest.approx(float(np.average(known[-1], axis=-1, weights=WEIGHT).mean()), rel=1e-12)


LEVELS = (0.1, 0.5, 0.9)
QUANTILES = replace(ARCHITECTURE, outputs=6, quantiles=3, head=8, embedding=6)


def noisy(count: int, seed: int) -> Examples:
    """Return windows, and two targets each: a sum of inputs, and noise that is as wide as an input says."""
    source, rng = examples(count, seed), np.random.default_rng(seed + 100)
    width = 1 + 0.9 * source.x[-1]
    source.y = np.concatenate([source.x[0] + source.x[1], rng.uniform(-1, 1, (1, count)) * width])
    return source


@pytest.mark.slow
def test_quantiles_of_one_target_are_learned_together() -> None:
    settings = Settings(
        epochs=12,
        steps=80,
        batch=32,
        rate=1e-2,
        decay=0.0,
        patience=None,
        loss=partial(median_and_quantiles, quantiles=LEVELS),
    )
    parameters, later = start(QUANTILES), noisy(1000, 2)
    epochs = list(fit(QUANTILES, parameters, noisy(2048, 1), later, settings, np.random.default_rng(0)))
    loss, _ = settings.loss(np.zeros((6, 1000)), later.y)
    assert epochs[0].validation == pytest.approx(loss, rel=1e-5)
    answers = predict(parameters, later, NetworkWorkspace(QUANTILES, 256)).reshape(3, 2, -1)
    certain, uncertain = answers.swapaxes(0, 1)
    np.testing.assert_allclose(certain, np.tile(later.y[0], (3, 1)), atol=0.35)
    width = 1 + 0.9 * later.x[-1, 0]
    expected = np.stack([(2 * q - 1) * width for q in LEVELS])
    assert np.abs(uncertain - expected).mean() < 0.1
    assert [np.mean(later.y[1] < each) for each in uncertain] == pytest.approx(LEVELS, abs=0.05)


def test_unknown_targets_of_quantiles_are_left_out_of_each() -> None:
    parameters, source = start(QUANTILES, "float64"), noisy(8, 3)
    parameters.vector += np.random.default_rng(1).normal(0, 0.1, parameters.vector.shape)
    loss = partial(median_and_quantiles, quantiles=LEVELS)
    source.y[1, 2] = np.nan
    one = gradient_of(QUANTILES, parameters, source, loss)
    assert np.isfinite(one).all()
    source.y[1, 2] = 1e6
    assert not np.allclose(one, gradient_of(QUANTILES, parameters, source, loss, np.ones(8)))
    some = Examples(np.delete(source.x, 2, axis=-1), np.delete(source.y, 2, axis=-1))
    alone = Examples(source.x[..., [2]], source.y[:, [2]])
    alone.y[1] = np.nan
    # of 15 known targets, 14 are the others' and one is this window's
    parts = [gradient_of(QUANTILES, parameters, each, loss) for each in (some, alone)]
    np.testing.assert_allclose(one, (14 * parts[0] + parts[1]) / 15, rtol=1e-9, atol=1e-13)


def test_of_outputs_at_every_step_predict_takes_the_last() -> None:
    parameters, source = start(EVERY_STEP, "float64"), every_step_examples(20)
    parameters.vector += np.random.default_rng(1).normal(0, 0.3, parameters.vector.shape)
    y, _ = network(parameters, source.x, NetworkWorkspace(EVERY_STEP, 20, np.float64))
    answers = predict(parameters, source, NetworkWorkspace(EVERY_STEP, 8, np.float64))
    assert answers.shape == (2, 20)
    np.testing.assert_allclose(answers, y[-1], rtol=1e-12)
    assert not np.allclose(answers, y[-2])


class Unequal(Examples):
    """Examples of unequal steps, which say how far ahead their targets are, (O, windows)."""

    def __init__(self, count: int) -> None:
        rng = np.random.default_rng(2)
        x = np.stack([rng.uniform(-1, 1, (STEPS, count)), rng.exponential(size=(STEPS, count))], axis=1)
        self.distance = rng.exponential(size=(2, count))
        super().__init__(x, x[-1, 0] + 0.5 * self.distance)
        self.asked_ahead = 0

    def inputs(self, chosen: Array, inputs: NetworkInputs) -> None:
        super().inputs(chosen, inputs)
        if inputs.lead_times is not None:
            self.asked_ahead += 1
            inputs.lead_times[:] = self.distance[:, chosen]


def test_only_a_network_of_unequal_steps_has_an_array_for_lead_times() -> None:
    unequal = Architecture(inputs=2, steps=STEPS, outputs=2, hidden=4, irregular=True)
    equal = replace(unequal, irregular=False)
    for architecture, asked in ((unequal, 3 * 10 + 4), (equal, 0)):
        source = Unequal(48)
        epochs = list(
            fit(
                architecture, start(architecture), source, source, replace(SETTINGS, epochs=3), np.random.default_rng(0)
            )
        )
        assert source.asked_ahead == asked
        assert epochs[-1].validation < epochs[0].validation


def test_the_lead_times_of_a_batch_are_those_of_its_windows() -> None:
    unequal = Architecture(inputs=2, steps=STEPS, outputs=2, hidden=4, irregular=True)
    parameters, source = start(unequal, "float64"), Unequal(20)
    parameters.vector += np.random.default_rng(1).normal(0, 0.3, parameters.vector.shape)
    ws = NetworkWorkspace(unequal, 20, np.float64)
    ws.inputs.lead_times[:] = source.distance
    y = network(parameters, source.x, ws)[0].copy()
    answers = predict(parameters, source, NetworkWorkspace(unequal, 8, np.float64))
    np.testing.assert_allclose(answers, y, rtol=1e-12)


class Dated(Examples):
    """Examples of noise whose target stands beside the window, (C, windows)."""

    def __init__(self, count: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.known = rng.uniform(-1, 1, (3, count))
        super().__init__(rng.uniform(-1, 1, (STEPS, 1, count)), self.known[:1] * self.known[1:2])

    def inputs(self, chosen: Array, inputs: NetworkInputs) -> None:
        super().inputs(chosen, inputs)
        if inputs.context is not None:
            inputs.context[:] = self.known[:, chosen]


@pytest.mark.sampled("16")
@pytest.mark.parametrize("head", [0, 16])
def test_context_is_learned(head: int) -> None:
    """A product of two known values, which the head alone, being linear, cannot make."""
    architecture = replace(ARCHITECTURE, context=3, head=head)
    settings = Settings(epochs=8, steps=80, batch=32, rate=1e-2, decay=0.0, patience=None, loss=squared)
    training, validation = Dated(2048, 1), Dated(256, 2)
    rng = np.random.default_rng(0)
    epochs = list(fit(architecture, start(architecture), training, validation, settings, rng))
    left = epochs[-1].validation / epochs[0].validation
    assert left < 0.1 if head else left > 0.9


def test_a_network_without_context_has_no_array_for_it() -> None:
    assert NetworkWorkspace(ARCHITECTURE, 4).inputs.context is None
    assert len(run(start(), Dated(48, 1), Dated(20, 2), SETTINGS)) == 5


def test_the_context_of_a_batch_is_that_of_its_windows() -> None:
    architecture = replace(ARCHITECTURE, context=3)
    parameters, source = start(architecture, "float64"), Dated(20, 1)
    parameters.vector += np.random.default_rng(1).normal(0, 0.3, parameters.vector.shape)
    ws = NetworkWorkspace(architecture, 20, np.float64)
    ws.inputs.context[:] = source.known
    y = network(parameters, source.x, ws)[0].copy()
    answers = predict(parameters, source, NetworkWorkspace(architecture, 8, np.float64))
    np.testing.assert_allclose(answers, y, rtol=1e-12)
    assert np.abs(np.corrcoef(source.known[0], y)[0, 1]) > 0.1


def test_context_that_is_not_finite_is_named_as_the_cause() -> None:
    architecture, source = replace(ARCHITECTURE, context=3), Dated(32, 1)
    source.known[2, 11] = np.inf
    with pytest.raises(DivergedError) as caught:
        list(fit(architecture, start(architecture), source, None, SETTINGS, np.random.default_rng(3)))
    assert (caught.value.epoch, caught.value.window) == (1, 11)


@pytest.mark.sampled("0-False", "1-True", "3-False", "4-True")
@pytest.mark.parametrize("stopping", [False, True])
@pytest.mark.parametrize("after", [0, 1, 3, 4])
def test_a_training_that_goes_on_from_a_state_ends_with_the_same_bits(after: int, *, stopping: bool) -> None:
    settings, architecture = replace(SETTINGS, batch=24, patience=2), replace(ARCHITECTURE, layers=2, dropout=0.3)
    validation = examples(seed=1) if stopping else None
    whole, broken, resumed = start(architecture), start(architecture), start(architecture)
    epochs = list(fit(architecture, whole, examples(), validation, settings, np.random.default_rng(3)))
    training = fit(architecture, broken, examples(), validation, settings, np.random.default_rng(3))
    list(islice(training, after + 1))
    state = training.state()
    list(training)  # what follows does not change a state that was taken
    training = fit(architecture, resumed, examples(), validation, settings, np.random.default_rng(99))
    training.restore(state)
    assert list(training)[1:] == epochs[after + 1 :]
    assert list(training.epochs)[1:] == epochs[1:]
    assert training.complete
    assert np.array_equal(resumed.vector, whole.vector)


def test_a_resumed_training_yields_its_latest_epoch_again() -> None:
    training = fit(ARCHITECTURE, start(), examples(), None, SETTINGS, np.random.default_rng(3))
    list(islice(training, 3))
    again = fit(ARCHITECTURE, start(), examples(), None, SETTINGS, np.random.default_rng(3))
    again.restore(training.state())
    assert [epoch.number for epoch in again] == [2, 3, 4]


def test_the_halvings_of_the_rate_are_a_part_of_the_state() -> None:
    source, parameters = Interrupted(examples(), 2), start()
    training = fit(ARCHITECTURE, parameters, source, None, SETTINGS, np.random.default_rng(3))
    list(islice(training, 3))
    resumed = start()
    again = fit(ARCHITECTURE, resumed, examples(), None, SETTINGS, np.random.default_rng(3))
    again.restore(training.state())
    list(training), list(again)
    assert np.array_equal(resumed.vector, parameters.vector)


@pytest.mark.parametrize(
    "change",
    [
        {"weights": np.zeros(3, np.float32)},
        {"mean": np.zeros(start().vector.size)},
        {"order": np.array([64])},
        {"order": np.array([-1])},
        {"order": np.zeros((2, 2), np.int64)},
        {"epochs": ()},
        {"epochs": (Epoch(0, np.nan, np.nan, best=True, rate=0, clipped=0),) * 6},
        {"chance": {"bit_generator": "MT19937"}},
    ],
    ids=str,
)
def test_the_state_of_another_training_is_refused(change: dict[str, object]) -> None:
    training = fit(ARCHITECTURE, start(), examples(), None, SETTINGS, np.random.default_rng(3))
    list(islice(training, 3))
    with pytest.raises(ValueError, match=r"."):
        training.restore(replace(training.state(), **change))


@pytest.mark.parametrize("stopping", [False, True])
def test_training_that_must_end_stops_after_the_update_in_hand(*, stopping: bool) -> None:
    asked: list[int] = []
    settings = replace(SETTINGS, stop=lambda: asked.append(1) or len(asked) > 14)
    source = examples()
    training = fit(
        ARCHITECTURE, start(), source, examples(seed=1) if stopping else None, settings, np.random.default_rng(3)
    )
    assert [epoch.number for epoch in training] == [0, 1, 2]
    assert len(source.asked) == 14  # one question is asked before the second epoch
    assert not training.complete


def test_training_that_must_end_at_once_makes_one_update() -> None:
    source, parameters = examples(), start()
    training = fit(
        ARCHITECTURE, parameters, source, None, replace(SETTINGS, stop=lambda: True), np.random.default_rng(3)
    )
    assert [epoch.number for epoch in training] == [0, 1]
    assert len(source.asked) == 1
    assert not np.array_equal(parameters.vector, start().vector)


@pytest.mark.parametrize("stopping", [False, True])
def test_an_interrupted_epoch_leaves_the_state_after_the_epoch_before(
    monkeypatch: pytest.MonkeyPatch, *, stopping: bool
) -> None:
    validation = examples(seed=1) if stopping else None
    whole, broken, resumed = start(), start(), start()
    epochs = list(fit(ARCHITECTURE, whole, examples(), validation, SETTINGS, np.random.default_rng(3)))
    training = fit(ARCHITECTURE, broken, examples(), validation, SETTINGS, np.random.default_rng(3))
    list(islice(training, 3))
    update, made = trainer_module.AdamW.update, []

    def interrupt(*arguments: object) -> None:
        made.append(1)
        if len(made) == 7:
            raise KeyboardInterrupt
        update(*arguments)

    monkeypatch.setattr(trainer_module.AdamW, "update", interrupt)
    with pytest.raises(KeyboardInterrupt):
        next(training)
    monkeypatch.setattr(trainer_module.AdamW, "update", update)
    again = fit(ARCHITECTURE, resumed, examples(), validation, SETTINGS, np.random.default_rng(9))
    again.restore(training.state())
    assert list(again)[1:] == epochs[3:]
    assert np.array_equal(resumed.vector, whole.vector)
