"""What the user wants, in plain frozen records, and the column names that every frame shares.

Nothing here imports anything of the package: all rooms may use it. Each field of `Selection` and of `Specification` is
declared here alone: the options of the commands and the checks of model files are made from it.
"""

# Annotations stay types, not text: the command line reads those of the fields.
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from forecaster.size_limits import MOST_STEPS

STDIN = "-"
"""The source that stands for standard input."""
FAILURES = "failures.csv"
"""The list of failures that a run over many files leaves beside its results; a folder of sources does not hold it."""
LOCK_FOLDER = "FORECAST_LOCK_FOLDER"
"""The variable that names another folder of locks, see `forecaster.files.lock`."""
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
LEAST_LEVEL = 1
"""The least level of an interval in percent: a number below it is a share by mistake."""
FROM_DATA, FROM_FILE = "from the data", "found in the file"
"""What help says of options whose values the recipe derives, and of those that the reader detects."""


class Panel(StrEnum):
    """The panels of the help, in their order: an option stands where its user looks for it."""

    COMMON = "Common"
    MANY_FILES = "A run over many files"
    COLUMNS = "Columns and dates"
    ACCURACY = "Accuracy and time"
    NETWORK = "Network"
    OUTPUT = "Output"
    ADVANCED = "Advanced"


def option_field(  # noqa: PLR0913 - one argument for each fact about an option
    help: str,  # noqa: A002 - as Typer calls it
    default: Any = None,
    *,
    panel: Panel = Panel.COMMON,
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
        panel: The panel of the help that it stands in.
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

    time: str | None = option_field(
        "Column of the times.", metavar="COLUMN", short="-t", absent="found by its content", panel=Panel.COLUMNS
    )
    targets: tuple[str, ...] = option_field(
        "Column to forecast, by name or number; may be repeated.",
        default=(),
        metavar="COLUMN",
        option="target",
        short="-y",
        absent="found by its name",
    )
    series: str | None = option_field(
        "Column that names the series; may be repeated if several columns name them together.",
        metavar="COLUMN",
        short="-s",
        absent="found by its name or content",
    )
    observed: tuple[str, ...] = option_field(
        "Columns that help the forecast, known up to its start, such as Volume,High.",
        default=(),
        metavar="COLUMNS",
        panel=Panel.COLUMNS,
    )
    known: tuple[str, ...] = option_field(
        "Columns that help the forecast, known for the future too, or the file that holds them.",
        default=(),
        metavar="COLUMNS|FILE",
        panel=Panel.COLUMNS,
    )
    date_format: str | None = option_field(
        "How dates are written, such as DD/MM/YYYY or %d.%m.%y.",
        metavar="FORMAT",
        absent=FROM_FILE,
        panel=Panel.COLUMNS,
    )
    decimal: str | None = option_field("Decimal mark.", choices=(".", ","), absent=FROM_FILE, panel=Panel.COLUMNS)
    delimiter: str | None = option_field(
        "What separates cells; tab is a tab.", metavar="CHARACTER", absent=FROM_FILE, panel=Panel.COLUMNS
    )
    encoding: str | None = option_field(
        "Encoding of the text, such as utf-16-le.", metavar="NAME", absent=FROM_FILE, panel=Panel.COLUMNS
    )
    header: int | None = option_field(
        "Line of the column names, from 1, or no if there is none.",
        metavar="LINE|no",
        absent=FROM_FILE,
        panel=Panel.COLUMNS,
    )
    calendar: str | None = option_field(
        "Exchange whose trading days the series follow, such as XNYS, or rule for its dates, such as last-friday.",
        metavar="EXCHANGE|SCHEDULE",
        absent="learned from the file",
        panel=Panel.COLUMNS,
    )
    every: str | None = option_field(
        "Make one row of all rows of a period, such as day, week, month or 15min; with --agg.",
        metavar="PERIOD",
        absent="rows stay as they are",
        panel=Panel.COLUMNS,
    )
    agg: str | None = option_field(
        "What becomes of the values of each period of --every.", choices=AGGREGATIONS, panel=Panel.COLUMNS
    )
    drop_last: bool = option_field(
        "Leave out the last row of each series, such as that of a month that is not over.",
        default=False,
        panel=Panel.COLUMNS,
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
        "Steps to forecast at once.", metavar="STEPS", short="-H", low=1, high=MOST_STEPS, absent=FROM_DATA
    )
    lookback: int | None = option_field(
        "Steps that the network sees.", metavar="STEPS", low=1, high=100_000, absent=FROM_DATA, panel=Panel.NETWORK
    )
    season: int | None = option_field(
        "Steps in a season; 1 is none.", metavar="STEPS", low=1, high=100_000, absent=FROM_DATA, panel=Panel.ACCURACY
    )
    segment: int | None = option_field(
        "Steps fed to the network as one recurrent step.",
        metavar="STEPS",
        low=1,
        high=100_000,
        absent=FROM_DATA,
        panel=Panel.NETWORK,
    )
    mode: str | None = option_field(
        "Whether the network sees log returns or levels.",
        choices=("returns", "level"),
        absent=FROM_DATA,
        panel=Panel.NETWORK,
    )
    holidays: str | None = option_field(
        "Countries whose holidays affect the values, such as US or DE-BY,AT.",
        metavar="COUNTRIES",
        absent="learned from three years of rows",
        panel=Panel.ACCURACY,
    )
    irregular: bool = option_field(
        "Steps are unequal; the network takes the time between them as an input.",
        default=False,
        panel=Panel.COLUMNS,
    )
    minimum: float | None = option_field(
        "Smallest value that is possible; no forecast is lower. -inf is no limit.",
        metavar="VALUE",
        absent=FROM_DATA,
        option="min",
        panel=Panel.ACCURACY,
    )
    maximum: float | None = option_field(
        "Largest value that is possible; no forecast is higher. inf is no limit.",
        metavar="VALUE",
        absent=FROM_DATA,
        option="max",
        panel=Panel.ACCURACY,
    )
    # By which network.
    arch: str = option_field(
        "Where outputs come from: the last step, every step, a decoder after the window or after one step, "
        "or one step rolled forward.",
        default="many-to-one",
        choices=("many-to-one", "many-to-many", "encoder-decoder", "one-to-many", "one-to-one"),
        panel=Panel.NETWORK,
    )
    cell: str = option_field("Recurrent cell.", default="gru", choices=("rnn", "gru", "lstm"), panel=Panel.NETWORK)
    activation: str = option_field(
        "Activation of the rnn cell.", default="tanh", choices=("tanh", "relu"), panel=Panel.NETWORK
    )
    bidirectional: bool = option_field("Read the window both ways.", default=False, panel=Panel.NETWORK)
    hidden: int | None = option_field(
        "Units in a layer.", metavar="UNITS", low=1, high=4096, absent=FROM_DATA, panel=Panel.NETWORK
    )
    layers: int = option_field("Recurrent layers.", default=1, metavar="COUNT", low=1, high=16, panel=Panel.NETWORK)
    dropout: float = option_field(
        "Share of a layer's outputs that training hides from the next layer.",
        default=0.0,
        metavar="SHARE",
        low=0.0,
        high=0.95,
        panel=Panel.NETWORK,
    )
    residual: bool = option_field(
        "Layers add their input to their output where sizes agree.", default=False, panel=Panel.NETWORK
    )
    # How it is trained.
    members: int | None = option_field(
        "Networks in the ensemble.", metavar="COUNT", low=1, high=100, absent=FROM_DATA, panel=Panel.ACCURACY
    )
    epochs: int | None = option_field(
        "Most epochs of training.", metavar="COUNT", low=1, high=1_000_000, absent=FROM_DATA, panel=Panel.ADVANCED
    )
    updates: int | None = option_field(
        "Updates in an epoch.", metavar="COUNT", low=1, high=1_000_000, absent=FROM_DATA, panel=Panel.ADVANCED
    )
    batch: int | None = option_field(
        "Windows in an update.", metavar="WINDOWS", low=1, high=65_536, absent=FROM_DATA, panel=Panel.ADVANCED
    )
    early_stopping: bool | None = option_field(
        "End training when the validation loss stops falling.", absent=FROM_DATA, panel=Panel.ADVANCED
    )
    all_rows: bool = option_field(
        "After the test on the latest rows, train further on all rows.", default=True, panel=Panel.ADVANCED
    )
    effort: str = option_field(
        "Time spent on accuracy; on prices quick is the same as standard.",
        default="standard",
        choices=("quick", "standard", "best"),
    )
    time_limit: float | None = option_field(
        "Seconds that the work may take, about.", metavar="SECONDS", low=1, panel=Panel.ACCURACY
    )
    zero_shot: bool | None = option_field(
        "Train nothing; use the networks that come with the program.", absent=FROM_DATA, panel=Panel.ACCURACY
    )
    seed: int = option_field(
        "Seed of every random choice.", default=0, metavar="NUMBER", low=0, high=2**64 - 1, panel=Panel.ADVANCED
    )


@dataclass(frozen=True)
class Decision:
    """One choice of the recipe, with its reason in words a user understands."""

    name: str
    value: str | int | float | bool
    reason: str


@dataclass(frozen=True)
class Progress:
    """How far long work has come: `done` of `total` steps of `stage`, and a few words about the latest.

    A step that has begun may count as a part of a step.
    """

    stage: str
    done: float
    total: float
    note: str = ""


Watch = Callable[[Progress], None]
"""What long work calls with its progress."""
