"""Run the trainings of a model's networks so that they can go on after the process was killed, and end in time.

A store keeps the states of trainings by name. The caller of `train_forecaster` brings one that writes files; nothing
here knows of files.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from forecaster.nn.fit import Training
    from forecaster.nn.training_records import Epoch, TrainingState

NETWORK, FINE_TUNED = "network", "fine-tuned"
"""The kinds of networks that are trained: from random weights, and further from those that come with the program."""
VALIDATED, JUDGED, FINAL = "validated", "judged", "final"
"""The trainings of a network: that which validation stops, that which the calibration rows judge, and that on all
rows."""

ENDED_EARLY = "time_limit"
"""The name of the decision that says that a time limit ended training early."""


def training_name(kind: str, number: int, part: str) -> str:
    """Return the name under which the state of a training of network `number`, from 0, is kept: `network-1-judged`."""
    return f"{kind}-{number + 1}-{part}"


@dataclass(frozen=True)
class TimeLimit:
    """The seconds that work may take, from the time when it began by `perf_counter`, which all processes share."""

    seconds: float
    began: float

    def left(self) -> float:
        """Return the seconds that are left, negative if the limit is passed."""
        return self.seconds - (perf_counter() - self.began)


class TrainingStore(Protocol):
    """What keeps the states of trainings; it goes to worker processes with the tasks."""

    sizes: Mapping[str, int]
    """How much is trained, by the names of the fields of a recipe; empty before that is known."""

    def saved(self, name: str) -> TrainingState | None:
        """Return the state that was kept of the training of this name by a run before; None if there is none."""
        ...

    def keep(self, name: str, training: Training, *, interrupted: bool = False) -> None:
        """Keep the state of a training after its latest epoch, if it is time to do so or the run is interrupted."""
        ...


@dataclass(frozen=True)
class TrainingSession:
    """What the trainings of one model share.

    Attributes:
        store: Keeps their states; None to keep nothing.
        limit: When they must end; None for no limit.

    """

    store: TrainingStore | None = None
    limit: TimeLimit | None = None

    def is_over(self) -> bool:
        """Return whether trainings must end now."""
        return self.limit is not None and self.limit.left() <= 0

    def epochs(self, name: str, training: Training) -> Iterator[Epoch]:
        """Run a training from the state that was kept under its name, or from its start, and yield its epochs.

        A state that does not belong to the training is left out: it starts anew.
        """
        if self.store is None:
            yield from training
            return
        if (state := self.store.saved(name)) is not None:
            with suppress(ValueError):
                training.restore(state)
        while (epoch := self._next_epoch(name, training, self.store)) is not None:
            if training.complete or not self.is_over():
                self.store.keep(name, training)
            yield epoch

    @staticmethod
    def _next_epoch(name: str, training: Training, store: TrainingStore) -> Epoch | None:
        """Return the next epoch of a training, None at its end; if the run is interrupted, keep the state before."""
        try:
            return next(training, None)
        except Exception:
            raise
        except BaseException:
            store.keep(name, training, interrupted=True)
            raise

    def run(self, name: str, training: Training, report: Callable[[Sequence[Epoch]], None]) -> None:
        """Run a training to its end, and call `report` with all of its epochs after each."""
        for _ in self.epochs(name, training):
            report(training.epochs)


ALONE = TrainingSession()
"""A session that keeps nothing and has no limit."""
