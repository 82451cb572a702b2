"""Training as a generator: it yields an `Epoch` after each pass and prints, saves and draws nothing.

Batches come from a source that fills arrays given to it, so this module knows no series. Validation windows are
later in time than training windows: whoever makes the two sources sees to that.

Gradients that explode are clipped by their norm. Where a number is not finite all the same, the weights and the
optimiser go back to the end of the pass before, the learning rate is halved, and the pass is made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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
    from forecaster.nn.parameters import Array, Parameters


class WindowSource(Protocol):
    """Windows and their targets, by number."""

    def __len__(self) -> int:
        """Return how many windows there are."""
        ...

    def inputs(self, chosen: NDArray[np.int64], x: Array) -> None:
        """Write the windows numbered `chosen`, (B,), to x, (T, S, B)."""
        ...

    def targets(self, chosen: NDArray[np.int64], y: Array) -> None:
        """Write the targets of the windows numbered `chosen`, (B,), to y, NaN where one is not known.

        y is (O, B), or (T, O, B) for the targets of every step.
        """
        ...

    def ahead(self, chosen: NDArray[np.int64], d: Array) -> None:
        """Write the times from the last step to the targets to d, (O, B); asked only where steps are unequal."""
        ...

    def context(self, chosen: NDArray[np.int64], c: Array) -> None:
        """Write what is known beside the windows to c, (C, B); asked only where the network has context."""
        ...

    def weights(self, chosen: NDArray[np.int64]) -> Array | None:
        """Return how much the windows numbered `chosen` count in the loss, (B,); None where all count alike."""
        ...


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        epochs: Passes at most; the learning rate is laid out for as many.
        steps: Updates in a pass.
        batch: Windows in an update.
        rate: Peak learning rate.
        decay: Decoupled weight decay.
        clip: Largest norm of the gradient.
        patience: Epochs without a better validation loss after which training stops; None trains to the end.
        loss: What is made small.

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
    """What one pass came to; number 0 is the untrained network.

    Attributes:
        number: Passes made.
        training: Mean training loss of the pass, with an output at every step the sum over these; NaN for number 0.
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
        epoch: The pass in which it happened.
        cause: What was not finite.
        window: Number of the window with the most extreme numbers where it happened.
        validation: Whether that is a validation window.

    """

    def __init__(self, epoch: int, cause: str, window: int, *, validation: bool) -> None:
        """Take what is known of the accident."""
        super().__init__(f"epoch {epoch}: {cause}")
        self.epoch, self.cause, self.window, self.validation = epoch, cause, window, validation


HALVINGS = 5
"""Times that the learning rate is halved before training gives up."""


def fit(
    architecture: Architecture,
    parameters: Parameters,
    training: WindowSource,
    validation: WindowSource | None,
    settings: Settings,
    rng: np.random.Generator,
) -> Iterator[Epoch]:
    """Train `parameters` in place and yield an `Epoch` for the start and after each pass.

    With validation windows, training stops early when their loss has not fallen for `settings.patience` epochs, and
    the parameters end as the best ones seen, the earliest of equals, also when the caller stops listening. Without,
    they end as the last ones.

    Raises:
        DivergedError: A number was not finite after `HALVINGS` new starts; the parameters are the best ones before.

    """
    passes = _Trainer(architecture, parameters, training, settings, rng)
    judge = _Validation(architecture, parameters, validation, settings.loss) if validation else None
    best_loss, best_number, best = np.inf, 0, parameters.vector.copy()
    try:
        for number in range(settings.epochs + 1):
            epoch = _make(number, passes, judge, best_loss)
            if epoch.best:
                best_loss, best_number = epoch.validation, number
                best[:] = parameters.vector
            yield epoch
            if judge and settings.patience and number - best_number >= settings.patience:
                return
    finally:
        parameters.vector[:] = best


def _make(number: int, passes: _Trainer, judge: _Validation | None, best_loss: float) -> Epoch:
    """Make pass `number`, again with half the learning rate where a number is not finite."""
    good = passes.state()
    while True:
        at_work: _Trainer | _Validation = passes
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                trained, rate, clipped = passes.make(number) if number else (np.nan, 0.0, 0.0)
                at_work = judge or passes
                score = judge.loss() if judge else np.nan
        except FloatingPointError as error:
            passes.restore(good)
            passes.halvings += 1
            if number == 0 or passes.halvings > HALVINGS:
                raise DivergedError(number, str(error), at_work.suspect(), validation=at_work is judge) from error
        else:
            return Epoch(number, trained, score, judge is None or score < best_loss, rate, clipped)


class _Trainer:
    """The state of training between passes: optimiser, order of the windows, batch arrays."""

    def __init__(
        self,
        architecture: Architecture,
        parameters: Parameters,
        source: WindowSource,
        settings: Settings,
        rng: np.random.Generator,
    ) -> None:
        self.parameters, self.source, self.settings, self.rng = parameters, source, settings, rng
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

    def restore(self, good: tuple[Array, Array, Array, int]) -> None:
        """Go back to an earlier state."""
        o = self.optimiser
        self.parameters.vector[:], o.mean[:], o.square[:], o.steps = good

    def _draw(self) -> NDArray[np.int64]:
        """Return the next batch of window numbers: a new order each round, without the rest that fills no batch."""
        if len(self.order) < self.ws.batch:
            self.order = self.rng.permutation(len(self.source))
        self.chosen, self.order = self.order[: self.ws.batch], self.order[self.ws.batch :]
        return self.chosen

    def suspect(self) -> int:
        """Return the number of the window with the most extreme input, context or target in the latest batch."""
        batch = [self.ws.window, self.y] + ([] if self.ws.context is None else [self.ws.context])
        return int(self.chosen[np.max([_extremes(array) for array in batch], axis=0).argmax()])

    def make(self, number: int) -> tuple[float, float, float]:
        """Make the updates of pass `number`; return mean loss, last learning rate, share of clipped updates.

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
        chosen, ws = self._draw(), self.ws
        load_batch(self.source, chosen, ws)
        self.source.targets(chosen, self.y)
        forecast, backprop = network(self.parameters, ws.window, ws, TrainingContext(self.rng, self.y, forced))
        loss, dy = self.settings.loss(forecast, *_masked(self.y, self.source.weights(chosen)))
        # losses are means over the targets; with an output at every step they are summed over the steps
        steps = len(forecast) if forecast.ndim == 3 else 1
        backprop(dy * steps if steps > 1 else dy)
        return loss * steps


class _Validation:
    """The validation windows, their targets and the memory to run them."""

    def __init__(self, architecture: Architecture, parameters: Parameters, source: WindowSource, loss: Loss) -> None:
        self.parameters, self.source, self.measure = parameters, source, loss
        self.ws = NetworkWorkspace(architecture, min(256, len(source)), parameters.vector.dtype)
        self.y = np.empty((*self.ws.target_shape[-2:-1], len(source)), parameters.vector.dtype)
        with np.errstate(over="ignore"):  # what is too large is found when the loss is taken
            source.targets(np.arange(len(source)), self.y)
        self.weights = source.weights(np.arange(len(source)))

    def suspect(self) -> int:
        """Return the number of the window with the most extreme target."""
        return int(_extremes(self.y).argmax())

    def loss(self) -> float:
        """Return the mean loss of the parameters as they are now.

        Raises:
            FloatingPointError: It is not finite.

        """
        loss = self.measure(predict(self.parameters, self.source, self.ws), *_masked(self.y, self.weights))[0]
        if not np.isfinite(loss):
            raise FloatingPointError("the validation loss is not finite")
        return loss


def _extremes(array: Array) -> Array:
    """Return the largest absolute value of each sequence, (B,), of an array that ends with B; NaN counts nothing."""
    sizes: Array = np.nan_to_num(np.abs(array), nan=0.0, posinf=np.inf).reshape(-1, array.shape[-1]).max(axis=0)
    return sizes


def _masked(y: Array, weights: Array | None) -> tuple[Array, Array | None]:
    """Return targets with zeros for those that are not known, and weights that leave these out, where any are."""
    unknown = np.isnan(y)
    if not unknown.any():
        return y, weights
    known = (~unknown).astype(y.dtype)
    return np.where(unknown, 0, y).astype(y.dtype), known if weights is None else known * weights.astype(y.dtype)


def load_batch(source: WindowSource, chosen: NDArray[np.int64], ws: NetworkWorkspace) -> None:
    """Fill the batch of a workspace."""
    source.inputs(chosen, ws.window)
    if ws.ahead is not None:
        source.ahead(chosen, ws.ahead)
    if ws.context is not None:
        source.context(chosen, ws.context)


def predict(parameters: Parameters, source: WindowSource, ws: NetworkWorkspace) -> Array:
    """Return the network's answers for every window of `source`, (O, windows), in the parameters' precision.

    Of outputs at every step, the last counts. Every batch has the shape of `ws`, the last one filled up with copies of
    the last window, so memory does not grow with the number of windows.
    """
    x, batch = ws.window, ws.batch
    answers = np.empty((ws.architecture.outputs, len(source)), x.dtype)
    for start in range(0, len(source), batch):
        load_batch(source, np.arange(start, start + batch).clip(max=len(source) - 1), ws)
        y, _ = network(parameters, x, ws)
        last = y[-1] if ws.architecture.every_step else y
        answers[:, start : start + batch] = last[:, : len(source) - start]
    return answers
