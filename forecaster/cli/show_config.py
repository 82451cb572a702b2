"""`forecast config`: the value of each option that is set, and where it comes from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecaster.cli import options
from forecaster.cli.config import PREFIX, Setting, read_settings, with_settings
from forecaster.cli.help_screen import default_text
from forecaster.errors import DONE, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND, OPTION, VALUE, ORIGIN = "command", "option", "value", "from"
DEFAULT = "default"
NO_SETTINGS = frozenset({"config", "debug", "help"})
"""Options of every command that say how the program itself runs."""

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
CommandName = Annotated[str | None, typer.Argument(metavar="[COMMAND]", help="Show every option of this command.")]


def config(
    context: typer.Context,
    *,
    command: CommandName = None,
    config: ConfigFile = None,
    json: options.Json = False,
) -> int:
    """Show the options that are set, and where each value comes from."""
    commands = with_settings(context.find_root().command)  # type: ignore[arg-type]  # it is the group of all
    if command not in {None, *commands}:
        raise UsageError(f"there is no command {command} with settings", f"use one of {', '.join(commands)}")
    settings = read_settings(commands, config)
    rows = [
        row
        for name, found in settings.items()
        if command in {None, name}
        for row in _rows(name, commands[name], found, with_defaults=command is not None)
    ]
    # Imported here, because help must not load them.
    from forecaster.cli.output import write_standard_output
    from forecaster.workflow.frame_files import as_json

    lines = [as_json(rows)] if json else _table(rows, with_command=command is None)
    write_standard_output("".join(f"{line}\n" for line in lines).encode())
    return DONE


def _rows(name: str, command: Any, found: "Mapping[str, Setting]", *, with_defaults: bool) -> list[dict[str, str]]:
    """Return a row for each option of a command that is set, or for all of them."""
    parameters = [each for each in command.params if each.param_type_name == OPTION and each.name not in NO_SETTINGS]
    rows = []
    for each in parameters:
        setting = found.get(each.name)
        if setting is None and not with_defaults:
            continue
        value = _default(each) if setting is None else setting.value
        text = ",".join(value) if isinstance(value, list) else value
        option = max(each.opts, key=len)
        rows.append({COMMAND: name, OPTION: option, VALUE: text, ORIGIN: setting.origin if setting else DEFAULT})
    return rows


def _default(parameter: Any) -> str:
    """Return the default of an option in words."""
    text = default_text(parameter)
    return text or ("no" if parameter.is_flag and not parameter.default else "yes" if parameter.is_flag else "none")


def _table(rows: list[dict[str, str]], *, with_command: bool) -> list[str]:
    """Return the rows as lines of a table."""
    from forecaster.cli.page import Page
    from forecaster.cli.tables import TableColumn, table_lines
    from forecaster.cli.terminal import plain

    if not rows:
        return ["No option is set: all have their defaults. forecast config train shows those of train."]
    names = [COMMAND] * with_command + [OPTION, VALUE, ORIGIN]
    columns = [TableColumn(name.capitalize(), [plain(row[name]) for row in rows], key=name != ORIGIN) for name in names]
    return table_lines(columns, Page.of_standard_output().width)
