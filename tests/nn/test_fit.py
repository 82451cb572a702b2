"""Training: what it yields, when it stops, which weights it leaves, and that it learns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.nn import fit as fit_module
from forecaster.nn.fit import DivergedError, Epoch, Settings, fit, predict
from forecaster.nn.losses import squared
from forecaster.nn.network import Architecture, NetworkWorkspace, initial_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forecaster.nn.parameters import Array, Parameters

STEPS = 8
ARCHITECTURE = Architecture(inputs=1, steps=STEPS, outputs=1, hidden=6)
SETTINGS = Settings(epochs=4, steps=10, batch=16, loss=squared)


@pytest.fixture(autouse=True)
def _let_numbers_fade() -> Iterator[None]:
    with np.errstate(under="ignore"):  # the square of a small gradient may vanish in float32
        yield


class Examples:
    """Windows and targets that are held in arrays, (T, S, windows) and (O, windows)."""

    def __init__(self, x: Array, y: Array) -> None:
        self.x, self.y = x, y
        self.asked: list[Array] = []

    def __len__(self) -> int:
        return self.x.shape[-1]

    def inputs(self, chosen: Array, x: Array) -> None:
        self.asked.append(chosen.copy())
        x[:] = self.x[..., chosen]

    def targets(self, chosen: Array, y: Array) -> None:
        y[:] = self.y[..., chosen]


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
    monkeypatch.setattr(fit_module._Judge, "loss", lambda _: next(left))


def test_an_epoch_for_the_start_and_one_after_each_pass(capfd: pytest.CaptureFixture[str]) -> None:
    epochs = run(start(), examples(), examples(seed=1), SETTINGS)
    assert [epoch.number for epoch in epochs] == [0, 1, 2, 3, 4]
    first, *others = epochs
    assert np.isnan(first.training)
    assert (first.rate, first.clipped, first.best) == (0, 0, True)
    assert first.validation == pytest.approx(np.mean(examples(seed=1).y ** 2), rel=1e-5)  # it answers zero
    assert all(np.isfinite([epoch.training, epoch.validation]).all() for epoch in others)
    assert all(0 < epoch.rate <= SETTINGS.rate and 0 <= epoch.clipped <= 1 for epoch in others)
    assert capfd.readouterr() == ("", "")


def test_nothing_happens_before_the_first_epoch_is_asked_for() -> None:
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


def test_a_run_with_a_stop_is_the_beginning_of_the_whole_run() -> None:
    whole, short = start(), start()
    passes = fit(ARCHITECTURE, whole, examples(), None, SETTINGS, np.random.default_rng(3))
    seen = [whole.vector.copy() for _ in passes]
    epochs = run(short, examples(), None, replace(SETTINGS, stop=2))
    assert [epoch.number for epoch in epochs] == [0, 1, 2]
    assert np.array_equal(short.vector, seen[2])


def test_a_stop_at_zero_leaves_the_start() -> None:
    parameters = start()
    assert [epoch.number for epoch in run(parameters, examples(), None, replace(SETTINGS, stop=0))] == [0]
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
