"""What is asked for, in plain frozen records, and the column names that every frame shares.

Nothing here imports anything of the package: all rooms may use it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class FrameColumns:
    """The names in every frame that leaves the program, as the Nixtla libraries write them."""

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
    """What the user said of the files; what is empty is found by name and proven from content.

    Attributes:
        time: Column of the times.
        targets: Columns to forecast.
        series: Column that names the series.
        observed: Columns that help the forecast and are known up to the cutoff.
        known: Columns that help the forecast and are known for the future too.
        date_format: How dates are written: `DD/MM/YYYY HH:MM`, or in the letters of strftime.
        decimal: The decimal mark, `.` or `,`.
        delimiter: The character between cells.
        encoding: Name of the encoding, as `utf-16-le`.
        header: Line of the column names, from 1; 0 if there is none.
        calendar: Exchange whose sessions the series follow, as `XNYS`.

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
"""What is done about faults of a file: nothing, what cannot change a meaning, or also filling gaps."""


@dataclass(frozen=True)
class Specification:
    """What the user asked of the model; what is None is derived from the data by the recipe.

    Attributes:
        horizon: Steps forecast at once.
        lookback: Steps that the network sees.
        season: Steps in a season; 1 means none.
        segment: Steps fed to the network as one recurrent step.
        mode: `returns` or `level`, see `forecaster.series.scaling`.
        irregular: Whether steps are unequal.
        arch: Where the outputs come from, see `forecaster.nn.architecture`.
        cell: `rnn`, `gru` or `lstm`.
        activation: `tanh` or `relu`, of the rnn cell.
        bidirectional: Whether the window is read both ways.
        hidden: Units in a layer.
        layers: Recurrent layers.
        dropout: Share of a layer's outputs that training hides from the next layer.
        residual: Whether layers add their input to their output where sizes agree.
        members: Networks in the ensemble, alike but for their seeds.
        epochs: Most epochs of training.
        updates: Updates of the weights in an epoch.
        batch: Windows in an update.
        early_stopping: Whether training ends when the validation loss stops falling.
        all_rows: Whether the networks are trained anew on all rows after they were judged.
        effort: `quick`, `standard` or `best`: how long training may last.
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


Watch = Callable[[Progress], None]
"""What long work calls with its progress."""
