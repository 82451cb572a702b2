"""The options that say how files are read, written once: type, name and help.

A parameter of a command bears the long name of its option, and most are a field of the selection.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal

import typer

from forecaster.cli.validators import check_files_from, check_header, split_names
from forecaster.spec import Selection

PROVEN = "proven from the file"


def selection(arguments: Mapping[str, Any]) -> Selection:
    """Return what the arguments of a command say of the files."""
    named: dict[str, Any] = {field.name: arguments.get(field.name) for field in fields(Selection)}
    several = {"targets": "target", "observed": "observed", "known": "known"}
    return Selection(**named | {field: tuple(arguments.get(name) or ()) for field, name in several.items()})


# Which columns are meant.
Target = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        "-y",
        metavar="COLUMN",
        help="Column to forecast, by name or number; may be repeated.",
        show_default="found by its name",
    ),
]
Time = Annotated[
    str | None,
    typer.Option("--time", "-t", metavar="COLUMN", help="Column of the times.", show_default="found by its content"),
]
Series = Annotated[
    str | None,
    typer.Option(
        "--series", "-s", metavar="COLUMN", help="Column that names the series.", show_default="found by its name"
    ),
]
Observed = Annotated[
    list[str] | None,
    typer.Option(
        "--observed",
        metavar="COLUMNS",
        callback=split_names,
        help="Columns that help the forecast, known up to its start, as Volume,High.",
        show_default="none",
    ),
]
Known = Annotated[
    list[str] | None,
    typer.Option(
        "--known",
        metavar="COLUMNS|FILE",
        callback=split_names,
        help="Columns that help the forecast, known for the future too, or the file that holds them.",
        show_default="none",
    ),
]

# How the file is written.
DateFormat = Annotated[
    str | None,
    typer.Option(
        "--date-format", metavar="FORMAT", help="How dates are written, as DD/MM/YYYY or %d.%m.%y.", show_default=PROVEN
    ),
]
Decimal = Annotated[Literal[".", ","] | None, typer.Option("--decimal", help="Decimal mark.", show_default=PROVEN)]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="CHARACTER", help="What separates cells; tab is a tab.", show_default=PROVEN),
]
Encoding = Annotated[
    str | None,
    typer.Option("--encoding", metavar="NAME", help="Encoding of the text, as utf-16-le.", show_default=PROVEN),
]
Header = Annotated[
    str | None,
    typer.Option(
        "--header",
        metavar="LINE|no",
        callback=check_header,
        help="Line of the column names, from 1, or no where there are none.",
        show_default=PROVEN,
    ),
]
Calendar = Annotated[
    str | None,
    typer.Option(
        "--calendar",
        metavar="EXCHANGE",
        help="Exchange whose sessions the series follow, as XNYS.",
        show_default="learned from the file",
    ),
]

# Which files, and what is mended in them.
FilesFrom = Annotated[
    str | None,
    typer.Option(
        "--files-from",
        metavar="FILE",
        callback=check_files_from,
        help="File that names one SOURCE a line; - is standard input.",
        show_default="none",
    ),
]
Repair = Annotated[
    Literal["off", "safe", "full"],
    typer.Option("--repair", help="Mend nothing, only what cannot change a meaning, or fill short gaps too."),
]
