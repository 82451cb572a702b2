"""A training that was killed goes on from its checkpoints to the same bits; those of another run are not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from forecaster.spec import Selection, Specification
from forecaster.workflow import checkpoints
from forecaster.workflow.checkpoints import ENDING, Resumption, TrainingCheckpoints
from forecaster.workflow.train import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forecaster.nn.fit import Training as NetworkTraining

LEVELS = Specification(
    horizon=4, mode="level", members=2, epochs=4, updates=3, hidden=6, lookback=12, season=6, zero_shot=False
)
PRICES = Specification(horizon=5, members=2, epochs=3, updates=3)


class KilledError(BaseException):
    """Ends a training as a kill does: nothing is cleaned up that catches errors."""


@pytest.fixture
def demand(tmp_path: Path) -> Path:
    """Write 120 values with a season of six rows."""
    rows = np.arange(120)
    y = 50 + 10 * np.sin(rows / 6 * 2 * np.pi) + np.random.default_rng(0).normal(0, 2, 120)
    path = tmp_path / "demand.csv"
    pd.DataFrame({"ds": pd.date_range("2020-01-01", periods=120), "y": y.round(3)}).to_csv(path, index=False)
    return path


@pytest.fixture
def write_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a checkpoint be due after every epoch."""
    monkeypatch.setattr(checkpoints, "SECONDS", 0.0)
    monkeypatch.setattr(checkpoints, "WORTH", 0.0)


@pytest.fixture
def kill_after(monkeypatch: pytest.MonkeyPatch, write_always: None) -> Callable[[int], None]:  # noqa: ARG001 - a killed run has written
    """Return a function that lets the next training be killed after some epochs, by all of its networks together."""
    keep = TrainingCheckpoints.keep

    def arm(epochs: int) -> None:
        left = [epochs]

        def keep_and_die(self: TrainingCheckpoints, name: str, training: NetworkTraining) -> None:
            keep(self, name, training)
            left[0] -= 1
            if left[0] == 0:
                raise KilledError

        monkeypatch.setattr(TrainingCheckpoints, "keep", keep_and_die)

    return arm


def run(source: Path, output: Path, specification: Specification = LEVELS, **options: object) -> tuple[str, Resumption]:
    """Train, and return the digest of the model and what became of checkpoints."""
    seen: list[Resumption] = []
    named = {"selection": Selection()} | options
    result = train([str(source)], specification=specification, output=output, announce_resumption=seen.append, **named)
    assert result.digest is not None
    return result.digest, seen[0]


def folder_of(output: Path) -> Path:
    return output.with_name(output.name + ENDING)


def kill(source: Path, output: Path, specification: Specification = LEVELS, **options: object) -> list[Path]:
    """Train until the process is killed, and return the checkpoints that are left."""
    with pytest.raises(KilledError):
        run(source, output, specification, **options)
    assert not output.exists()
    return sorted(folder_of(output).iterdir())


@pytest.mark.parametrize("epochs", [1, 4, 8, 11, 14])
def test_a_training_that_was_killed_ends_with_the_same_digest(
    demand: Path, tmp_path: Path, kill_after: Callable[[int], None], epochs: int
) -> None:
    whole, found = run(demand, tmp_path / "whole.joblib")
    assert found == Resumption()
    kill_after(epochs)
    assert kill(demand, tmp_path / "m.joblib")
    kill_after(0)
    digest, found = run(demand, tmp_path / "m.joblib")
    assert digest == whole
    assert found.resumed.startswith("network 1 of 2" if epochs < 8 else "network 2 of 2")
    assert not found.restarted
    assert not folder_of(tmp_path / "m.joblib").exists()
