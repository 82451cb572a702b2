"""The options of training, which `train` and `evaluate` share, written once: type, name, bounds and help.

A parameter of a command bears the long name of its option, and that is a field of the specification.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal

import typer

from forecaster.spec import Specification

FROM_DATA = "from the data"


def specification(arguments: Mapping[str, Any]) -> Specification:
    """Return what the arguments of a command ask of the model: they bear the names of its fields."""
    return Specification(**{field.name: arguments[field.name] for field in fields(Specification)})


# What is forecast, and from what.
Horizon = Annotated[
    int | None,
    typer.Option(
        "--horizon", "-H", metavar="STEPS", min=1, max=10_000, help="Steps to forecast at once.", show_default=FROM_DATA
    ),
]
Lookback = Annotated[
    int | None,
    typer.Option(
        "--lookback", metavar="STEPS", min=1, max=100_000, help="Steps that the network sees.", show_default=FROM_DATA
    ),
]
Season = Annotated[
    int | None,
    typer.Option(
        "--season", metavar="STEPS", min=1, max=100_000, help="Steps in a season; 1 is none.", show_default=FROM_DATA
    ),
]
Segment = Annotated[
    int | None,
    typer.Option(
        "--segment",
        metavar="STEPS",
        min=1,
        max=100_000,
        help="Steps fed to the network as one recurrent step.",
        show_default=FROM_DATA,
    ),
]
Mode = Annotated[
    Literal["returns", "level"] | None,
    typer.Option("--mode", help="Whether the network sees log returns or levels.", show_default=FROM_DATA),
]
Irregular = Annotated[
    bool,
    typer.Option(
        "--irregular",
        help="Steps are unequal: the time between them is an input, and the network forgets as it passes.",
    ),
]

# By which network.
Arch = Annotated[
    Literal["many-to-one", "many-to-many", "encoder-decoder", "one-to-many", "one-to-one"],
    typer.Option(
        "--arch",
        help="Where outputs come from: the last step, every step, a decoder behind the window or behind one step, "
        "or one step rolled forward.",
    ),
]
Cell = Annotated[Literal["rnn", "gru", "lstm"], typer.Option("--cell", help="Recurrent cell.")]
Activation = Annotated[Literal["tanh", "relu"], typer.Option("--activation", help="Activation of the rnn cell.")]
Bidirectional = Annotated[bool, typer.Option("--bidirectional", help="Read the window both ways.")]
Hidden = Annotated[
    int | None,
    typer.Option("--hidden", metavar="UNITS", min=1, max=4096, help="Units in a layer.", show_default=FROM_DATA),
]
Layers = Annotated[int, typer.Option("--layers", metavar="COUNT", min=1, max=16, help="Recurrent layers.")]
Dropout = Annotated[
    float,
    typer.Option(
        "--dropout",
        metavar="SHARE",
        min=0.0,
        max=0.95,
        help="Share of a layer's outputs that training hides from the next layer.",
    ),
]
Residual = Annotated[bool, typer.Option("--residual", help="Layers add their input to their output where sizes agree.")]

# How it is trained.
Members = Annotated[
    int | None,
    typer.Option(
        "--members", metavar="COUNT", min=1, max=100, help="Networks in the ensemble.", show_default=FROM_DATA
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(
        "--epochs", metavar="COUNT", min=1, max=1_000_000, help="Most epochs of training.", show_default=FROM_DATA
    ),
]
Updates = Annotated[
    int | None,
    typer.Option(
        "--updates", metavar="COUNT", min=1, max=1_000_000, help="Updates in an epoch.", show_default=FROM_DATA
    ),
]
Batch = Annotated[
    int | None,
    typer.Option("--batch", metavar="WINDOWS", min=1, max=65_536, help="Windows in an update.", show_default=FROM_DATA),
]
AllRows = Annotated[
    bool,
    typer.Option(
        "--all-rows/--no-all-rows", help="Train anew on all rows once the network was judged on the latest ones."
    ),
]
EarlyStopping = Annotated[
    bool | None,
    typer.Option(
        "--early-stopping/--no-early-stopping",
        help="End training when the validation loss stops falling.",
        show_default=FROM_DATA,
    ),
]
Effort = Annotated[
    Literal["quick", "standard", "best"],
    typer.Option("--effort", help="How much time is given for accuracy; on prices quick is standard."),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        metavar="SECONDS",
        min=1,
        help="Seconds that training takes at most, about; on prices it changes nothing.",
        show_default="none",
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", metavar="NUMBER", min=0, max=2**64 - 1, help="Seed of every random choice.")
]
