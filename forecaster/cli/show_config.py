"""`forecast config`: the value of each option, and where it comes from."""

from pathlib import Path
from typing import Annotated, Any

import typer

from forecaster.cli import options
from forecaster.cli.config import PREFIX, Setting, read_settings
from forecaster.cli.validators import command_name
from forecaster.errors import DONE

COMMAND, OPTION, VALUE, ORIGIN = "command", "option", "value", "origin"
DEFAULT = "default"
NAMELESS = frozenset({"config", "debug", "help"})
"""Options that are no settings of a command."""

CommandName = Annotated[
    str | None,
    typer.Argument(metavar="[COMMAND]", help="Show all options of this command.", callback=command_name),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar=f"{PREFIX}CONFIG",
        show_envvar=False,
        help="TOML file with values for options.",
        show_default="forecast.toml, if there is one",
    ),
]


def config(
    context: typer.Context,
    *,
    command: CommandName = None,
    config: ConfigFile = None,
    json: options.Json = False,
) -> int:
    """Show the value of each option, and where it comes from."""
    from forecaster.cli.output import write_standard_output
    from forecaster.cli.page import Page
    from forecaster.cli.tables import TableColumn, table_lines
    from forecaster.text import json_text

    commands: dict[str, Any] = context.find_root().command.commands  # type: ignore[attr-defined]  # it is a group
    settings = read_settings({name: each for name, each in commands.items() if name not in APART}, config)
    rows = [
        row
        for name, found in settings.items()
        if command in {None, name}
        for row in _rows(name, commands[name], found, with_defaults=command is not None)
    ]
    if json:
        lines = [json_text(rows)]
    elif rows:
        shown = [name for name in (COMMAND, OPTION, VALUE, ORIGIN) if command is None or name != COMMAND]
        columns = [TableColumn(name.capitalize(), [row[name] for row in rows], key=True) for name in shown]
        lines = table_lines(columns, Page.of_standard_output().width)
    else:
        lines = ["Every option has its default; forecast config train shows those of train."]
    write_standard_output("".join(f"{line}\n" for line in lines).encode(), styled=False)
    return DONE
