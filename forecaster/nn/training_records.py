"""What a training takes and gives: windows, settings, a record of each epoch, and the state between two epochs.

Nothing here computes anything. P is the number of parameters of the network, W that of the training windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from forecaster.nn.losses import absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from forecaster.nn.losses import Loss
    from forecaster.nn.network import NetworkInputs
    from forecaster.nn.parameters import Array


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
        stop: Asked after each update whether training must end now; None trains to the end.

    """

    epochs: int = 20
    steps: int = 100
    batch: int = 64
    rate: float = 4e-3
    decay: float = 0.1
    clip: float = 1.0
    patience: int | None = 6
    loss: Loss = absolute
    stop: Callable[[], bool] | None = None


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


@dataclass(frozen=True)
class TrainingState:
    """Where a training stands between two epochs: all that it needs to go on as if it had never stopped.

    Attributes:
        epochs: The epochs so far, number 0 first.
        weights: Parameters after the latest epoch, (P,).
        best: Parameters after the best epoch, (P,).
        mean, square: Running means of the gradient and of its square, which the optimiser keeps, (P,) each.
        order: Numbers of the windows that are still to come before all are shuffled again, at most (W,).
        updates: Updates that the optimiser has made.
        halvings: Times that the learning rate was halved.
        chance: State of the random generator, as NumPy gives it: text and whole numbers.

    """

    epochs: tuple[Epoch, ...]
    weights: Array
    best: Array
    mean: Array
    square: Array
    order: NDArray[np.int64]
    updates: int
    halvings: int
    chance: Mapping[str, Any]


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
