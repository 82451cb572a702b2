"""What the user wants, in plain frozen records, and the column names that every frame shares.

Nothing here imports anything of the package: all rooms may use it. Each field of `Selection` and of `Specification` is
declared here alone: the options of the commands and the checks of model files are made from it.
"""

# Annotations stay types, not text: the command line reads those of the fields.
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STDIN = "-"
"""The source that stands for standard input."""
PLUS = "+"
"""Stands between names of columns that belong together: of dates and times of day, or those that name the series."""


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
    def low_column(model: str, level: float) -> str:
        """Return the column of the lower end of `model`'s interval at `level` percent."""
        return f"{model}-lo-{level}"

    @staticmethod
    def high_column(model: str, level: float) -> str:
        """Return the column of the upper end of `model`'s interval at `level` percent."""
        return f"{model}-hi-{level}"


COLUMNS = FrameColumns()
LEVELS = (80, 95)
"""Nominal coverage of the intervals, in percent, narrowest first."""
FROM_DATA, FROM_FILE = "from the data", "found in the file"
"""What help says of options whose values the recipe derives, and of those that the reader detects."""


def option_field(  # noqa: PLR0913 - one argument for each fact about an option
    help: str,  # noqa: A002 - as Typer calls it
    default: Any = None,
    *,
    absent: str = "",
    metavar: str | None = None,
    short: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    option: str = "",
) -> Any:
    """Return a field of a dataclass that is also an option of the command line.

    Its metadata are the other arguments that are given, under their own names: all that the command line and the checks
    of model files need to know.

    Args:
        help: What the option sets, in a sentence.
        default: Value of the field where the user gives none.
        absent: What help says of the default, if the default does not say it itself.
        metavar: What stands for a value in the help.
        short: The option of one letter.
        low: Least value.
        high: Largest value.
        choices: The only values.
        option: Long name of the option, without the hyphens in front; by default that of the field.

    """
    given = {name: value for name, value in locals().items() if name != "default" and value not in {None, "", ()}}
    return field(default=default, metadata=given)


SUM, COUNT = "sum", "count"
AGGREGATIONS = (SUM, "mean", "last", "first", "min", "max", COUNT)
"""What becomes of the values of a period: one of these."""


@dataclass(frozen=True)
class Selection:
    """What the user says about the files; what is empty is found by name and detected from content.

    The targets are forecast. Columns that help the forecast are observed, known up to the cutoff, or known for the
    future too; `known` may also name files that hold such columns. A header of 0 means that there is no such line.
    """

    time: str | None = option_field("Column of the times.", metavar="COLUMN", short="-t", absent="found by its content")
    targets: tuple[str, ...] = option_field(
        "Column to forecast, by name or number; may be repeated.",
        default=(),
        metavar="COLUMN",
        option="target",
        short="-y",
        absent="found by its name",
    )
    series: str | None = option_field(
        "Column that names the series; may be repeated where several do together.",
        metavar="COLUMN",
        short="-s",
        absent="found by its name or content",
    )
    observed: tuple[str, ...] = option_field(
        "Columns that help the forecast, known up to its start, as Volume,High.",
        default=(),
        metavar="COLUMNS",
        absent="none",
    )
    known: tuple[str, ...] = option_field(
        "Columns that help the forecast, known for the future too, or the file that holds them.",
        default=(),
        metavar="COLUMNS|FILE",
        absent="none",
    )
    date_format: str | None = option_field(
        "How dates are written, as DD/MM/YYYY or %d.%m.%y.", metavar="FORMAT", absent=FROM_FILE
    )
    decimal: str | None = option_field("Decimal mark.", choices=(".", ","), absent=FROM_FILE)
    delimiter: str | None = option_field("What separates cells; tab is a tab.", metavar="CHARACTER", absent=FROM_FILE)
    encoding: str | None = option_field("Encoding of the text, as utf-16-le.", metavar="NAME", absent=FROM_FILE)
    header: int | None = option_field(
        "Line of the column names, from 1, or no where there are none.",
        metavar="LINE|no",
        absent=FROM_FILE,
    )
    calendar: str | None = option_field(
        "Exchange whose sessions the series follow, as XNYS, or schedule of their dates, as last-friday.",
        metavar="EXCHANGE|SCHEDULE",
        absent="learned from the file",
    )
    every: str | None = option_field(
        "Make one row of all rows of a period, as day, week, month or 15min; with --agg.",
        metavar="PERIOD",
        absent="rows stay as they are",
    )
    agg: str | None = option_field(
        "What becomes of the values of each period of --every.", choices=AGGREGATIONS, absent="none"
    )
    drop_last: bool = option_field(
        "Leave out the last row of each series, as of a month that is not over.", default=False
    )


REPAIRS = ("off", "safe", "full")
"""What is done about faults of a file: nothing, what cannot change a meaning, or also filling gaps."""


@dataclass(frozen=True)
class Specification:
    """What the user wants of the model; what is None is derived from the data by the recipe.

    `mode` is explained in `forecaster.series.scaling`, `arch` in `forecaster.nn.architecture`, and what `effort` sets
    in `forecaster.forecasting.defaults`.
    """

    # What is forecast, and from what.
    horizon: int | None = option_field(
        "Steps to forecast at once.", metavar="STEPS", short="-H", low=1, high=10_000, absent=FROM_DATA
    )
    lookback: int | None = option_field(
        "Steps that the network sees.", metavar="STEPS", low=1, high=100_000, absent=FROM_DATA
    )
    season: int | None = option_field(
        "Steps in a season; 1 is none.", metavar="STEPS", low=1, high=100_000, absent=FROM_DATA
    )
    segment: int | None = option_field(
        "Steps fed to the network as one recurrent step.", metavar="STEPS", low=1, high=100_000, absent=FROM_DATA
    )
    mode: str | None = option_field(
        "Whether the network sees log returns or levels.", choices=("returns", "level"), absent=FROM_DATA
    )
    holidays: str | None = option_field(
        "Countries whose holidays have an effect of their own, as US or DE-BY,AT.",
        metavar="COUNTRIES",
        absent="none; a file of three years shows them itself",
    )
    irregular: bool = option_field(
        "Steps are unequal: the time between them is an input, and the network forgets as it passes.", default=False
    )
    minimum: float | None = option_field(
        "Least value that can come: no forecast is lower; -inf is none.",
        metavar="VALUE",
        absent=FROM_DATA,
        option="min",
    )
    maximum: float | None = option_field(
        "Largest value that can come: no forecast is higher; inf is none.",
        metavar="VALUE",
        absent=FROM_DATA,
        option="max",
    )
    # By which network.
    arch: str = option_field(
        "Where outputs come from: the last step, every step, a decoder behind the window or behind one step, "
        "or one step rolled forward.",
        default="many-to-one",
        choices=("many-to-one", "many-to-many", "encoder-decoder", "one-to-many", "one-to-one"),
    )
    cell: str = option_field("Recurrent cell.", default="gru", choices=("rnn", "gru", "lstm"))
    activation: str = option_field("Activation of the rnn cell.", default="tanh", choices=("tanh", "relu"))
    bidirectional: bool = option_field("Read the window both ways.", default=False)
    hidden: int | None = option_field("Units in a layer.", metavar="UNITS", low=1, high=4096, absent=FROM_DATA)
    layers: int = option_field("Recurrent layers.", default=1, metavar="COUNT", low=1, high=16)
    dropout: float = option_field(
        "Share of a layer's outputs that training hides from the next layer.",
        default=0.0,
        metavar="SHARE",
        low=0.0,
        high=0.95,
    )
    residual: bool = option_field("Layers add their input to their output where sizes agree.", default=False)
    # How it is trained.
    members: int | None = option_field("Networks in the ensemble.", metavar="COUNT", low=1, high=100, absent=FROM_DATA)
    epochs: int | None = option_field(
        "Most epochs of training.", metavar="COUNT", low=1, high=1_000_000, absent=FROM_DATA
    )
    updates: int | None = option_field("Updates in an epoch.", metavar="COUNT", low=1, high=1_000_000, absent=FROM_DATA)
    batch: int | None = option_field("Windows in an update.", metavar="WINDOWS", low=1, high=65_536, absent=FROM_DATA)
    early_stopping: bool | None = option_field("End training when the validation loss stops falling.", absent=FROM_DATA)
    all_rows: bool = option_field(
        "Train further on all rows once the network was judged on the latest ones.", default=True
    )
    effort: str = option_field(
        "How much time is given for accuracy; on prices quick is standard.",
        default="standard",
        choices=("quick", "standard", "best"),
    )
    time_limit: float | None = option_field(
        "Seconds that all the work takes at most, about.",
        metavar="SECONDS",
        low=1,
        absent="none",
    )
    zero_shot: bool | None = option_field(
        "Train nothing: forecast with the networks that ship with the program.", absent=FROM_DATA
    )
    seed: int = option_field("Seed of every random choice.", default=0, metavar="NUMBER", low=0, high=2**64 - 1)


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
