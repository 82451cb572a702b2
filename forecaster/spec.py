"""What is asked for, in plain frozen records, and the column names that every frame shares.

Nothing here imports anything of the package: all rooms may use it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Columns:
    """The names in every frame that leaves the program, as the Nixtla libraries write them."""

    series: str = "unique_id"
    time: str = "ds"
    target: str = "y"
    cutoff: str = "cutoff"
    model: str = "forecast"
    strategy: str = "strategy"

    @staticmethod
    def low(model: str, level: int) -> str:
        """Return the column of the lower end of `model`'s interval at `level` percent."""
        return f"{model}-lo-{level}"

    @staticmethod
    def high(model: str, level: int) -> str:
        """Return the column of the upper end of `model`'s interval at `level` percent."""
        return f"{model}-hi-{level}"


COLUMNS = Columns()
LEVELS = (80, 95)
"""Nominal coverage of the intervals, in percent, narrowest first."""


@dataclass(frozen=True)
class Selection:
    """The columns that the user named; what is empty is found by name and content."""

    time: str | None = None
    targets: tuple[str, ...] = ()
    series: str | None = None


@dataclass(frozen=True)
class Specification:
    """What the user asked of the model; what is None is derived from the data by the recipe.

    Attributes:
        horizon: Steps forecast at once.
        lookback: Steps that the network sees.
        season: Steps in a season; 1 means none.
        mode: `returns` or `level`, see `forecaster.data.scaling`.
        cell: `rnn`, `gru` or `lstm`.
        activation: `tanh` or `relu`, of the rnn cell.
        hidden: Units in a layer.
        layers: Recurrent layers.
        members: Networks in the ensemble, alike but for their seeds.
        epochs: Most epochs of training.
        early_stopping: Whether training ends when the validation loss stops falling.
        seed: Seed of every random choice.

    """

    horizon: int | None = None
    lookback: int | None = None
    season: int | None = None
    mode: str | None = None
    cell: str = "gru"
    activation: str = "tanh"
    hidden: int | None = None
    layers: int = 1
    members: int | None = None
    epochs: int | None = None
    early_stopping: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Decision:
    """One choice of the recipe, with its reason in words a user understands."""

    name: str
    value: str | int | float | bool
    reason: str


@dataclass(frozen=True)
class Progress:
    """How far long work has come: `done` of `total` steps of `stage`, and a few words about the latest."""

    stage: str
    done: int
    total: int
    note: str = ""
