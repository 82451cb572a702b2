"""Training as an iterator: it yields an `Epoch` after each epoch, and prints, saves and draws nothing.

Windows come from a source that fills arrays given to it, so this module knows nothing of series. Validation windows
must be later in time than training windows; the caller who makes the two sources sees to that.

Gradients that explode are clipped by their norm. If a number is still not finite, the weights and the optimiser go
back to the end of the epoch before, the learning rate is halved, and the epoch is run again.

Between two epochs a caller may take the state of a training; the same training that restores it goes on to the same
bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.trainer import Trainer, largest_by_window, without_unknown
from forecaster.nn.training_records import EQUAL_WEIGHTS, DivergedError, Epoch

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from forecaster.nn.architecture import Architecture
    from forecaster.nn.losses import Loss
    from forecaster.nn.parameters import Array, Parameters
    from forecaster.nn.training_records import SampleWeights, Settings, TrainingState, WindowSource

HALVINGS = 5
"""Times that the learning rate is halved before training gives up: chosen by hand. At a 32nd of its rate a step is so
small that what is still not finite comes from the data."""
VALIDATION_BATCH = 256
"""Validation windows that run at once: chosen by hand, a trade of memory against calls from Python."""


def fit(  # noqa: PLR0913, PLR0917 - what is trained, on what, how
    architecture: Architecture,
    parameters: Parameters,
    training: WindowSource,
    validation: WindowSource | None,
    settings: Settings,
    rng: np.random.Generator,
    weights: SampleWeights = EQUAL_WEIGHTS,
) -> Training:
    """Return a training of `parameters` in place, which yields an `Epoch` for the start and after each epoch.

    With validation windows, training stops early when their loss has not fallen for `settings.patience` epochs. The
    parameters then end as the best ones seen, the earliest of equals, also when the caller stops iterating. Without
    validation windows, they end as the last ones.
    """
    trainer = Trainer(architecture, parameters, training, settings, rng, weights.training)
    judge = _Validation(architecture, parameters, validation, settings.loss, weights.validation) if validation else None
    return Training(trainer, judge)


class Training(Iterator[Epoch]):
    """A training under way, as an iterator of its epochs; between two of them its state can be taken."""

    def __init__(self, trainer: Trainer, judge: _Validation | None) -> None:
        """Train with `trainer`, judged by `judge`; nothing happens before the first epoch is requested."""
        self._trainer, self._validated = trainer, judge is not None
        self._epochs = _train(trainer, judge)

    @property
    def epochs(self) -> Sequence[Epoch]:
        """The epochs so far, those before a resumption too."""
        return self._trainer.epochs

    @property
    def complete(self) -> bool:
        """Whether training has reached its end and was not stopped before."""
        return self._trainer.complete

    def state(self) -> TrainingState:
        """Return a copy of everything that the same training needs to go on after the latest epoch.

        It is the same after an epoch that was interrupted.
        """
        return self._trainer.state()

    def restore(self, state: TrainingState) -> None:
        """Go on from a state of the same training, before the first epoch: it yields the latest epoch of it again.

        Raises:
            ValueError: It is the state of another training.

        """
        if any(np.isnan(epoch.validation) == self._validated for epoch in state.epochs):
            raise ValueError("its epochs were judged in another way")
        self._trainer.restore(state)

    def __next__(self) -> Epoch:
        """Run the next epoch and return its record.

        Raises:
            DivergedError: A number was not finite after `HALVINGS` new starts; the parameters are the best ones before.

        """
        return next(self._epochs)

    def close(self) -> None:
        """End training here: the parameters become the best ones."""
        self._epochs.close()


def _train(trainer: Trainer, judge: _Validation | None) -> Generator[Epoch]:
    """Yield the start or, if training is resumed, its latest epoch; then run and yield the epochs that follow."""
    try:
        if not trainer.epochs:
            trainer.record(_run_until_finite(0, trainer, judge))
        yield trainer.epochs[-1]
        # a training that is stopped from the beginning makes one update, so that there is a result
        while not trainer.complete and (len(trainer.epochs) == 1 or not trainer.is_stopped()):
            trainer.record(_run_until_finite(len(trainer.epochs), trainer, judge))
            yield trainer.epochs[-1]
    finally:
        trainer.parameters.vector[:] = trainer.best


def _run_until_finite(number: int, trainer: Trainer, judge: _Validation | None) -> Epoch:
    """Run epoch `number`, again with half the learning rate if a number is not finite."""
    good, best, order = trainer.snapshot(), trainer.best_epoch, trainer.order
    while True:
        running: Trainer | _Validation = trainer
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                loss, rate, clipped = trainer.run_epoch(number) if number else (np.nan, 0.0, 0.0)
                running = judge or trainer
                score = judge.loss() if judge else np.nan
        except FloatingPointError as error:
            trainer.roll_back(good)
            trainer.halvings += 1
            if number == 0 or trainer.halvings > HALVINGS:
                raise DivergedError(number, str(error), running.suspect(), validation=running is judge) from error
        except BaseException:
            # the run is interrupted: the state stays that after the epoch before
            trainer.roll_back(good)
            trainer.order = order
            raise
        else:
            return Epoch(number, loss, score, judge is None or best is None or score < best.validation, rate, clipped)


class _Validation:
    """The validation windows, their targets and the memory to run them."""

    def __init__(
        self,
        architecture: Architecture,
        parameters: Parameters,
        source: WindowSource,
        loss: Loss,
        weights: Array | None,
    ) -> None:
        self.parameters, self.source, self.measure, self.weights = parameters, source, loss, weights
        self.ws = NetworkWorkspace(architecture, min(VALIDATION_BATCH, len(source)), parameters.vector.dtype)
        self.y = np.empty((*self.ws.target_shape[-2:-1], len(source)), parameters.vector.dtype)
        with np.errstate(over="ignore"):  # a number that is too large is found when the loss is taken
            source.targets(np.arange(len(source)), self.y)

    def suspect(self) -> int:
        """Return the number of the window with the most extreme target."""
        return int(largest_by_window(self.y).argmax())

    def loss(self) -> float:
        """Return the mean loss of the parameters as they are now.

        Raises:
            FloatingPointError: It is not finite.

        """
        forecast = predict(self.parameters, self.source, self.ws)
        loss = self.measure(forecast, *without_unknown(self.y, self.weights))[0]
        if not np.isfinite(loss):
            raise FloatingPointError("the validation loss is not finite")
        return loss


def predict(parameters: Parameters, source: WindowSource, ws: NetworkWorkspace) -> Array:
    """Return the network's answers for every window of `source`, (O, windows), in the parameters' precision.

    If the network has an output at every step, the last one counts. Every batch has the shape of `ws`: the last batch
    is filled up with copies of the last window. So memory does not grow with the number of windows.
    """
    window, batch = ws.inputs.window, ws.batch
    answers = np.empty((ws.architecture.outputs, len(source)), window.dtype)
    for start in range(0, len(source), batch):
        source.inputs(np.arange(start, start + batch).clip(max=len(source) - 1), ws.inputs)
        y, _ = network(parameters, window, ws)
        last = y[-1] if ws.architecture.every_step else y
        answers[:, start : start + batch] = last[:, : len(source) - start]
    return answers
