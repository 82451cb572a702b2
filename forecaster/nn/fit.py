"""Training as a generator: it yields an `Epoch` after each pass and prints, saves and draws nothing.

Batches come from a source that fills arrays given to it, so this module knows no series. Validation windows are
later in time than training windows: whoever makes the two sources sees to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from forecaster.nn.decoder import Lesson, forced_share
from forecaster.nn.losses import absolute
from forecaster.nn.network import NetworkWorkspace, network
from forecaster.nn.optimiser import AdamW, clip, rate_factor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from forecaster.nn.losses import Loss
    from forecaster.nn.network import Architecture
    from forecaster.nn.parameters import Array, Parameters


class Source(Protocol):
    """Windows and their targets, by number."""

    def __len__(self) -> int:
        """Return how many windows there are."""
        ...

    def inputs(self, chosen: NDArray[np.int64], x: Array) -> None:
        """Write the windows numbered `chosen`, (B,), to x, (T, S, B)."""
        ...

    def targets(self, chosen: NDArray[np.int64], y: Array) -> None:
        """Write the targets of the windows numbered `chosen`, (B,), to y, (O, B)."""
        ...


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        epochs: Passes that the learning rate is laid out for.
        stop: Passes after which training ends at the latest; None for all of `epochs`.
        steps: Updates in a pass.
        batch: Windows in an update.
        rate: Peak learning rate.
        decay: Decoupled weight decay.
        clip: Largest norm of the gradient.
        patience: Epochs without a better validation loss after which training stops; None trains to the end.
        loss: What is made small.

    """

    epochs: int = 20
    stop: int | None = None
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
        training: Mean training loss of the pass; NaN for number 0.
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
    """The loss or the gradient stopped being finite."""


def fit(  # noqa: PLR0913, PLR0917 - what to train, on what, how, and the chance to use
    architecture: Architecture,
    parameters: Parameters,
    training: Source,
    validation: Source | None,
    settings: Settings,
    rng: np.random.Generator,
) -> Iterator[Epoch]:
    """Train `parameters` in place and yield an `Epoch` for the start and after each pass.

    With validation windows, training stops early when their loss has not fallen for `settings.patience` epochs, and
    the parameters end as the best ones seen, the earliest of equals, also when the caller stops listening. Without,
    they end as the last ones.

    Raises:
        DivergedError: A number was not finite; the parameters are the best ones seen before.

    """
    passes = _Passes(architecture, parameters, training, settings, rng)
    judge = _Judge(architecture, parameters, validation, settings.loss) if validation else None
    best_loss, best_number, best = np.inf, 0, parameters.vector.copy()
    try:
        for number in range((settings.epochs if settings.stop is None else settings.stop) + 1):
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                trained, rate, clipped = passes.run(number) if number else (np.nan, 0.0, 0.0)
                score = judge.loss() if judge else np.nan
            if improved := judge is None or score < best_loss:
                best_loss, best_number = score, number
                best[:] = parameters.vector
            yield Epoch(number, trained, score, improved, rate, clipped)
            if judge and settings.patience and number - best_number >= settings.patience:
                return
    except FloatingPointError as error:
        raise DivergedError(f"epoch {number}: {error}") from error
    finally:
        parameters.vector[:] = best


class _Passes:
    """The state of training between passes: optimiser, order of the windows, batch arrays."""

    def __init__(
        self,
        architecture: Architecture,
        parameters: Parameters,
        source: Source,
        settings: Settings,
        rng: np.random.Generator,
    ) -> None:
        self.parameters, self.source, self.settings, self.rng = parameters, source, settings, rng
        self.ws = NetworkWorkspace(architecture, min(settings.batch, len(source)), parameters.vector.dtype)
        self.y = np.empty((architecture.outputs, self.ws.batch), parameters.vector.dtype)
        self.optimiser = AdamW(parameters.vector, settings.decay)
        self.order = np.empty(0, np.int64)

    def _draw(self) -> NDArray[np.int64]:
        """Return the next batch of window numbers: a new order each round, without the rest that fills no batch."""
        if len(self.order) < self.ws.batch:
            self.order = self.rng.permutation(len(self.source))
        chosen, self.order = self.order[: self.ws.batch], self.order[self.ws.batch :]
        return chosen

    def run(self, number: int) -> tuple[float, float, float]:
        """Make the updates of pass `number`; return mean loss, last learning rate, share of clipped updates."""
        s = self.settings
        loss_sum, clipped = 0.0, 0
        for step in range((number - 1) * s.steps, number * s.steps):
            chosen = self._draw()
            self.source.inputs(chosen, self.ws.window)
            self.source.targets(chosen, self.y)
            forecast, backprop = network(self.parameters, self.ws.window, self.ws)
            loss, dy = s.loss(forecast, self.y)
            backprop(dy)
            gradient = self.ws.gradient.vector
            norm = clip(gradient, s.clip)
            if not np.isfinite(norm):
                raise FloatingPointError("the gradient is not finite")
            rate = s.rate * rate_factor(step, s.epochs * s.steps)
            self.optimiser.update(self.parameters.vector, gradient, rate)
            loss_sum += loss
            clipped += norm > s.clip
        return loss_sum / s.steps, rate, clipped / s.steps


class _Judge:
    """The validation windows, their targets and the memory to run them."""

    def __init__(self, architecture: Architecture, parameters: Parameters, source: Source, loss: Loss) -> None:
        self.parameters, self.source, self.measure = parameters, source, loss
        self.ws = NetworkWorkspace(architecture, min(256, len(source)), parameters.vector.dtype)
        self.y = np.empty((architecture.outputs, len(source)), parameters.vector.dtype)
        source.targets(np.arange(len(source)), self.y)

    def loss(self) -> float:
        """Return the mean loss of the parameters as they are now."""
        return self.measure(predict(self.parameters, self.source, self.ws), self.y)[0]


def predict(parameters: Parameters, source: Source, ws: NetworkWorkspace) -> Array:
    """Return the network's answers for every window of `source`, (O, windows), in the parameters' precision.

    Every batch has the shape of `ws`, the last one filled up with copies of the last window, so memory does not grow
    with the number of windows.
    """
    x, batch = ws.window, ws.batch
    answers = np.empty((ws.architecture.outputs, len(source)), x.dtype)
    for start in range(0, len(source), batch):
        source.inputs(np.arange(start, start + batch).clip(max=len(source) - 1), x)
        y, _ = network(parameters, x, ws)
        answers[:, start : start + batch] = y[:, : len(source) - start]
    return answers
