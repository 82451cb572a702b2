"""A store of trainings in memory that kills the run that uses it, as tests of resumption need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.nn.fit import Training
    from forecaster.nn.training_records import TrainingState


class KilledError(BaseException):
    """Ends a training as a kill does: nothing that catches errors catches it."""


@dataclass
class MemoryStore:
    """Keep the state of every training after each epoch, and end the run after `left` of them, unless it is 0."""

    left: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    states: dict[str, TrainingState] = field(default_factory=dict)

    def saved(self, name: str) -> TrainingState | None:
        return self.states.get(name)

    def keep(self, name: str, training: Training, *, interrupted: bool = False) -> None:  # noqa: ARG002 - as stores do
        self.states[name] = training.state()
        self.left -= 1
        if self.left == 0:
            raise KilledError


@pytest.fixture
def killed_store() -> Callable[[Callable[[MemoryStore], object], int], MemoryStore]:
    """Return a function that runs a training until it is killed after some epochs, and returns its store."""

    def run(train: Callable[[MemoryStore], object], epochs: int) -> MemoryStore:
        store = MemoryStore(epochs)
        with pytest.raises(KilledError):
            train(store)
        return store

    return run
