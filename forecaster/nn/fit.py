"""Training as a generator: it yields an `Epoch` after each epoch, and prints, saves and draws nothing.

Windows come from a source that fills arrays given to it, so this module knows nothing of series. Validation windows
must be later in time than training windows; the caller who makes the two sources sees to that.

Gradients that explode are clipped by their norm. If a number is still not finite, the weights and the optimiser go
back to the end of the epoch before, the learning rate is halved, and the epoch is run again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from forecaster.nn.decoder import TrainingContext, forced_share
from forecaster.nn.losses import absolute
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.optimiser import AdamW, clip, rate_factor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from forecaster.nn.architecture import Architecture
    from forecaster.nn.losses import Loss
    from forecaster.nn.network import NetworkInputs
    from forecaster.nn.parameters import Array, Parameters


class WindowSource(Protocol):
    """Windows and their targets, by number."""

    def __len__(self) -> int:
        """Return how many windows there are."""
        ...

    def inputs(self, chosen: NDArray[np.int64], inputs: NetworkInputs) -> None:
        """Write the windows numbered `chosen`, (B,), to the arrays of `inputs` that are there."""
        ...

    def targets(self, chosen: NDArray[np.int64], y: Array) -> None:
        """Write the targets of the windows numbered `chosen`, (B,), to y, NaN where one is not known.

        y is (O, B), or (T, O, B) for the targets of every step.
        """
        ...


class SampleWeights(NamedTuple):
    """How much each window counts in the loss, (windows,); None where all count alike.

    Attributes:
        training: Weights of the training windows.
        validation: Weights of the validation windows.

    """

    training: Array | None = None
    validation: Array | None = None


EQUAL_WEIGHTS = SampleWeights()


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        epochs: Epochs at most; the learning rate is planned for this number.
        steps: Updates in an epoch.
        batch: Windows in an update.
        rate: Peak learning rate.
        decay: Decoupled weight decay.
        clip: Largest norm of the gradient.
        patience: Epochs without a better validation loss after which training stops; None trains to the end.
        loss: The function that training minimises.

    """

    epochs: int = 20
    steps: int = 100
    batch: int = 64
    rate: float = 4e-3
    decay: float = 0.1
    clip: float = 1.0
    patience: int | None = 6
    loss: Loss = absolute


@dataclass(frozen=True)
class Epoch:
    """The results of one epoch; number 0 is the untrained network.

    Attributes:
        number: Epochs run so far.
        training: Mean training loss of the epoch, with an output at every step the sum over these; NaN for number 0.
        validation: Validation loss after it; NaN without validation windows.
        best: Whether these are the best weights so far.
        rate: Learning rate of its last update.
        clipped: Share of its updates whose gradient was clipped.

    """

    number: int
    training: float
    validation: float
    best: bool
    rate: float
    clipped: float


class DivergedError(ArithmeticError):
    """Training did not stay finite, also after its steps were halved.

    Attributes:
        epoch: The epoch in which it happened.
        cause: What was not finite.
        window: Number of the window with the most extreme numbers where it happened.
        validation: Whether that is a validation window.

    """

    def __init__(self, epoch: int, cause: str, window: int, *, validation: bool) -> None:
        """Record where and why training failed."""
        super().__init__(f"epoch {epoch}: {cause}")
        self.epoch, self.cause, self.window, self.validation = epoch, cause, window, validation


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
) -> Iterator[Epoch]:
    """Train `parameters` in place and yield an `Epoch` for the start and after each epoch.

    With validation windows, training stops early when their loss has not fallen for `settings.patience` epochs. The
    parameters then end as the best ones seen, the earliest of equals, also when the caller stops iterating. Without
    validation windows, they end as the last ones.

    Raises:
        DivergedError: A number was not finite after `HALVINGS` new starts; the parameters are the best ones before.

    """
    trainer = _Trainer(architecture, parameters, training, settings, rng, weights.training)
    judge = _Validation(architecture, parameters, validation, settings.loss, weights.validation) if validation else None
    best_loss, best_number, best = np.inf, 0, parameters.vector.copy()
    try:
        for number in range(settings.epochs + 1):
            epoch = _run_until_finite(number, trainer, judge, best_loss)
            if epoch.best:
                best_loss, best_number = epoch.validation, number
                best[:] = parameters.vector
            yield epoch
            if judge and settings.patience and number - best_number >= settings.patience:
                return
    finally:
        parameters.vector[:] = best


def _run_until_finite(number: int, trainer: _Trainer, judge: _Validation | None, best_loss: float) -> Epoch:
    """Run epoch `number`, again with half the learning rate if a number is not finite."""
    good = trainer.state()
    while True:
        running: _Trainer | _Validation = trainer
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                loss, rate, clipped = trainer.run_epoch(number) if number else (np.nan, 0.0, 0.0)
                running = judge or trainer
                score = judge.loss() if judge else np.nan
        except FloatingPointError as error:
            trainer.return_to(good)
            trainer.halvings += 1
            if number == 0 or trainer.halvings > HALVINGS:
                raise DivergedError(number, str(error), running.suspect(), validation=running is judge) from error
        else:
            return Epoch(number, loss, score, judge is None or score < best_loss, rate, clipped)


class _Trainer:
    """The state of training between epochs: optimiser, order of the windows, arrays for a batch."""

    def __init__(  # noqa: PLR0913, PLR0917 - as `fit`
        self,
        architecture: Architecture,
        parameters: Parameters,
        source: WindowSource,
        settings: Settings,
        rng: np.random.Generator,
        weights: Array | None,
    ) -> None:
        self.parameters, self.source, self.settings, self.rng = parameters, source, settings, rng
        self.weights = weights
        self.ws = NetworkWorkspace(architecture, min(settings.batch, len(source)), parameters.vector.dtype)
        self.y = np.empty(self.ws.target_shape, parameters.vector.dtype)
        self.optimiser = AdamW(parameters.vector, settings.decay)
        self.order = np.empty(0, np.int64)
        self.chosen = self.order
        self.halvings = 0

    def state(self) -> tuple[Array, Array, Array, int]:
        """Return copies of the weights and of what the optimiser remembers."""
        o = self.optimiser
        return self.parameters.vector.copy(), o.mean.copy(), o.square.copy(), o.steps

    def return_to(self, good: tuple[Array, Array, Array, int]) -> None:
        """Go back to an earlier state."""
        o = self.optimiser
        self.parameters.vector[:], o.mean[:], o.square[:], o.steps = good

    def _next_batch(self) -> NDArray[np.int64]:
        """Return the next batch of window numbers.

        When fewer windows are left than a batch takes, all windows are shuffled again and those few are skipped.
        """
        if len(self.order) < self.ws.batch:
            self.order = self.rng.permutation(len(self.source))
        self.chosen, self.order = self.order[: self.ws.batch], self.order[self.ws.batch :]
        return self.chosen

    def suspect(self) -> int:
        """Return the number of the window with the most extreme input, context or target in the latest batch."""
        inputs = self.ws.inputs
        batch = [inputs.window, self.y] + ([] if inputs.context is None else [inputs.context])
        return int(self.chosen[np.max([_largest_by_window(array) for array in batch], axis=0).argmax()])

    def run_epoch(self, number: int) -> tuple[float, float, float]:
        """Make the updates of epoch `number`; return mean loss, last learning rate, share of clipped updates.

        Raises:
            FloatingPointError: The loss or the gradient is not finite.

        """
        s = self.settings
        loss_sum, clipped = 0.0, 0
        for step in range((number - 1) * s.steps, number * s.steps):
            loss = self._backpropagate(forced_share(step, s.epochs * s.steps))
            gradient = self.ws.gradient.vector
            norm = clip(gradient, s.clip)
            if not np.isfinite(norm):
                raise FloatingPointError("the gradient is not finite")
            rate = s.rate * rate_factor(step, s.epochs * s.steps) / 2**self.halvings
            self.optimiser.update(self.parameters.vector, gradient, rate)
            loss_sum += loss
            clipped += norm > s.clip
        return loss_sum / s.steps, rate, clipped / s.steps

    def _backpropagate(self, forced: float) -> float:
        """Fill the gradient from the next batch and return its loss."""
        chosen, ws = self._next_batch(), self.ws
        self.source.inputs(chosen, ws.inputs)
        self.source.targets(chosen, self.y)
        weights = None if self.weights is None else self.weights[chosen]
        forecast, backprop = network(self.parameters, ws.inputs.window, ws, TrainingContext(self.rng, self.y, forced))
        loss, dy = self.settings.loss(forecast, *_without_unknown(self.y, weights))
        # losses are means over the targets; with an output at every step they are summed over the steps
        steps = len(forecast) if forecast.ndim == 3 else 1
        backprop(dy * steps if steps > 1 else dy)
        return loss * steps


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
        return int(_largest_by_window(self.y).argmax())

    def loss(self) -> float:
        """Return the mean loss of the parameters as they are now.

        Raises:
            FloatingPointError: It is not finite.

        """
        forecast = predict(self.parameters, self.source, self.ws)
        loss = self.measure(forecast, *_without_unknown(self.y, self.weights))[0]
        if not np.isfinite(loss):
            raise FloatingPointError("the validation loss is not finite")
        return loss


def _largest_by_window(array: Array) -> Array:
    """Return the largest absolute value of each window, (B,), of an array whose last axis is B; NaN counts as 0."""
    sizes: Array = np.nan_to_num(np.abs(array), nan=0.0, posinf=np.inf).reshape(-1, array.shape[-1]).max(axis=0)
    return sizes


def _without_unknown(y: Array, weights: Array | None) -> tuple[Array, Array | None]:
    """Return targets with 0 in place of each NaN, and weights that are 0 there, so that it does not count."""
    unknown = np.isnan(y)
    if not unknown.any():
        return y, weights
    mask = (~unknown).astype(y.dtype)
    return np.where(unknown, 0, y).astype(y.dtype), mask if weights is None else mask * weights.astype(y.dtype)


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
