"""Define the options of a run as plain frozen records, and the column names that every frame shares.

This module imports nothing of the package, so every room may use it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class FrameColumns:
    """The column names of every frame that leaves the program: those of the Nixtla libraries."""

    series: str = "unique_id"
    time: str = "ds"
    target: str = "y"
    cutoff: str = "cutoff"
    model: str = "forecast"
    strategy: str = "strategy"

    @staticmethod
    def low(model: str, level: float) -> str:
        """Return the column of the lower end of `model`'s interval at `level` percent."""
        return f"{model}-lo-{level}"

    @staticmethod
    def high(model: str, level: float) -> str:
        """Return the column of the upper end of `model`'s interval at `level` percent."""
        return f"{model}-hi-{level}"


COLUMNS = FrameColumns()
LEVELS = (80, 95)
"""Nominal coverage of the intervals, in percent, narrowest first."""


@dataclass(frozen=True)
class Selection:
    """The options that say how to read the files; an empty one is detected from names and content.

    Attributes:
        time: Column of the times.
        targets: Columns to forecast.
        series: Column that names the series.
        observed: Covariates whose values are observed up to the cutoff.
        known: Covariates whose values are also known after the cutoff.
        date_format: How dates are written, as `DD/MM/YYYY HH:MM` or with the directives of strftime.
        decimal: The decimal mark, `.` or `,`.
        delimiter: The character between cells.
        encoding: Name of the encoding, such as `utf-16-le`.
        header: Line of the column names, from 1; 0 if there is none.
        calendar: Exchange whose sessions the series follow, such as `XNYS`.

    """

    time: str | None = None
    targets: tuple[str, ...] = ()
    series: str | None = None
    observed: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    date_format: str | None = None
    decimal: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header: int | None = None
    calendar: str | None = None


REPAIRS = ("off", "safe", "full")
"""How to repair faults of a file: not at all, only where no meaning can change, or also by filling gaps."""


@dataclass(frozen=True)
class Specification:
    """The options of a model; the recipe derives those that are None from the data.

    Attributes:
        horizon: Steps forecast at once.
        lookback: Steps in the window that the network reads.
        season: Steps in a season; 1 means none.
        segment: Steps fed to the network as one recurrent step.
        mode: `returns` or `level`, see `forecaster.series.scaling`.
        irregular: Whether the steps between rows are unequal.
        arch: The architecture, which says where the outputs come from, see `forecaster.nn.architecture`.
        cell: `rnn`, `gru` or `lstm`.
        activation: Activation of the rnn cell, `tanh` or `relu`.
        bidirectional: Whether the window is read in both directions.
        hidden: Units in a layer.
        layers: Recurrent layers.
        dropout: Share of the outputs of a layer that training sets to zero for the next layer.
        residual: Whether a layer adds its input to its output where the sizes agree.
        members: Networks in the ensemble, which differ only in their seeds.
        epochs: Epochs of training at most.
        updates: Updates of the weights in an epoch.
        batch: Windows in an update.
        early_stopping: Whether training ends when the validation loss stops falling.
        all_rows: Whether the networks are retrained on all rows after they were evaluated on held-out rows.
        effort: How long training may take: `quick`, `standard` or `best`.
        time_limit: Seconds that training takes at most, about.
        seed: Seed of every random choice.

    """

    horizon: int | None = None
    lookback: int | None = None
    season: int | None = None
    segment: int | None = None
    mode: str | None = None
    irregular: bool = False
    arch: str = "many-to-one"
    cell: str = "gru"
    activation: str = "tanh"
    bidirectional: bool = False
    hidden: int | None = None
    layers: int = 1
    dropout: float = 0.0
    residual: bool = False
    members: int | None = None
    epochs: int | None = None
    updates: int | None = None
    batch: int | None = None
    early_stopping: bool | None = None
    all_rows: bool = True
    effort: str = "standard"
    time_limit: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class Decision:
    """One choice of the recipe, with its reason in words that a user understands."""

    name: str
    value: str | int | float | bool
    reason: str


@dataclass(frozen=True)
class Progress:
    """The progress of long work: `done` of `total` steps of `stage`, and a few words about the latest step."""

    stage: str
    done: int
    total: int
    note: str = ""


Watch = Callable[[Progress], None]
"""Function that long work calls with its progress."""
