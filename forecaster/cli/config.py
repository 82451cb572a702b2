"""Read option values from `FORECAST_*` variables and a TOML file; the command line overrides them.

Both are read as if they were typed after their option, so that the same rules check all three. A file has shared keys
at its top and tables `[train]`, `[predict]`, ... for single commands. Its keys are the long names of the options; the
variables have the same names in capitals. The table `[tool.forecast]` of `pyproject.toml` is such a file, too, which
gives way to the others.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from forecaster.cli.completion import TYPED
from forecaster.cli.json_lines import json_requested, write_json_line
from forecaster.cli.terminal import plain
from forecaster.cli.toml_file import read_project_table, read_toml
from forecaster.cli.usage_errors import nearest
from forecaster.errors import ConfigurationError, Place
from forecaster.size_limits import LONGEST_SETTING
from forecaster.spec import LOCK_FOLDER
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DEFAULT_FILE, PROJECT_FILE = Path("forecast.toml"), Path("pyproject.toml")
PROJECT_TABLE = "tool.forecast"
PREFIX = "FORECAST_"
NO_OPTIONS = frozenset({LOCK_FOLDER})
"""Variables that other parts of the program read."""
COMMAND_LINE_ONLY = frozenset({"config", "sources"})
"""Parameters that only the command line gives; Typer itself reads `FORECAST_CONFIG`."""
WITHOUT_SETTINGS = frozenset({"config", "doctor"})
"""Commands that tell about the settings and the installation, and have none themselves."""
FLAGS_OF_COMMAND_LINE = frozenset({"members"})
"""Flags that only the command line gives, because another command has an option of this name that takes a number."""
ORIGINS = "forecaster.origins"
"""Key of the origins of all settings in `context.meta`, which all contexts of a run share."""
MOST_NAMED = 5
"""Unknown variables that are named: chosen by hand, enough to find what sets them all."""


@dataclass(frozen=True)
class _File:
    """A file with settings, its content, and the name of the table that holds them; empty for the whole file."""

    path: Path
    content: Mapping[str, Any]
    table: str = ""


@dataclass(frozen=True)
class Setting:
    """The text of an option's value, and the variable or the key that it comes from."""

    value: str | list[str]
    origin: str


def load_settings(context: typer.Context, config: Path | None) -> Path | None:
    """Set the defaults of the command that is about to run; this is the callback of its `--config`.

    Raises:
        ConfigurationError: The file cannot be read, or has a key that is no option.

    """
    group, name = context.find_root().command, context.info_name or ""
    commands = with_settings(group) if isinstance(group, TyperGroup) else {name: context.command}
    settings = read_settings(commands, config).get(name, {})
    repeatable = repeatable_options(context.command)
    context.default_map = {
        option: _as_list(each.value) if repeatable[option] else each.value for option, each in settings.items()
    }
    _warn_of_unknown_variables(context)
    context.meta[ORIGINS] = {option: each.origin for option, each in settings.items()}
    return config


def with_settings(group: TyperGroup) -> dict[str, Any]:
    """Return the commands whose options can be set, by their names."""
    return {name: each for name, each in group.commands.items() if name not in WITHOUT_SETTINGS}


def read_settings(commands: Mapping[str, Any], config: Path | None) -> dict[str, dict[str, Setting]]:
    """Return the settings of each command by the names of their options, of files and variables.

    Args:
        commands: The commands by their names.
        config: The file that the user named; None for that of the folder, if there is one.

    Raises:
        ConfigurationError: A file cannot be read, or has a key that is no option.

    """
    project, *named = settings_files(config)
    files = []
    if project.is_file() and (content := read_project_table(project)):
        files.append(_File(project, content, PROJECT_TABLE))
    files += [_File(path, read_toml(path)) for path in named]
    known = {name: repeatable_options(command) for name, command in commands.items()}
    settings: dict[str, dict[str, Setting]] = {name: {} for name in commands}
    for file in files:
        for name, found in _settings_of_file(file, known).items():
            settings[name] |= found
    return {name: found | _settings_of_environment(known[name]) for name, found in settings.items()}


def settings_files(config: Path | None) -> list[Path]:
    """Return the files that settings are read from: that of a project, which may be missing, and then one of ours.

    Args:
        config: The file that the user named; None for that of the folder, if there is one.

    """
    path = config or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    return [PROJECT_FILE, *([path] if path else [])]


def origin_of_refused_value(error: typer.TyperException) -> str:
    """Return the variable or key with the value that `error` refuses; nothing if it came from the command line."""
    if not isinstance(error, typer.BadParameter) or error.ctx is None or error.param is None:
        return ""
    source = error.ctx.get_parameter_source(error.param.name)
    is_setting = source is not None and source.name == "DEFAULT_MAP"
    return str(error.ctx.meta[ORIGINS][error.param.name]) if is_setting else ""


def repeatable_options(command: Any) -> dict[str, bool]:
    """Return the options of `command` that can be set, by name, each with whether it may be repeated."""
    settable = (
        each
        for each in command.params
        if each.name not in COMMAND_LINE_ONLY and not (each.name in FLAGS_OF_COMMAND_LINE and each.is_flag)
    )
    return {each.name: each.multiple for each in settable}


def _as_list(value: str | list[str]) -> list[str]:
    """Return the values of an option that may be repeated."""
    return [value] if isinstance(value, str) else value


def _settings_of_environment(repeatable: Mapping[str, bool]) -> dict[str, Setting]:
    """Return the settings of the environment; an empty variable is none, and commas separate several values."""
    settings = {}
    for name, many in repeatable.items():
        variable = PREFIX + name.upper()
        if text := os.environ.get(variable):
            _refuse_long_value(text.split(",") if many else text, variable, Place())
            settings[name] = Setting([part.strip() for part in text.split(",")] if many else text, variable)
    return settings


def _warn_of_unknown_variables(context: typer.Context) -> None:
    """Print the variables that begin as ours and set no option of any command, unless the run is quiet."""
    group = context.find_root().command
    if not isinstance(group, TyperGroup):  # the command stands alone
        return
    names = {f"{PREFIX}{each.name}".upper() for command in group.commands.values() for each in command.params}
    names |= NO_OPTIONS
    if {"-q", "--quiet"} & set(context.meta[TYPED]) or os.environ.get(f"{PREFIX}QUIET"):
        return
    unknown = [each for each in sorted(os.environ) if each.startswith(PREFIX) and each not in names]
    notes = [_unknown_variable(each, sorted(names)) for each in unknown[:MOST_NAMED]]
    if len(unknown) > len(notes):
        notes.append(f"other variables that begin with {PREFIX} set no option either; unset them")
    for text in notes:
        if json_requested(context.meta[TYPED]):
            write_json_line("note", text=text)
        else:
            typer.echo(plain(f"note: {text}"), err=True)


def _unknown_variable(variable: str, known: Sequence[str]) -> str:
    """Return a sentence about a variable that sets no option, with the one that was probably meant."""
    meant = nearest(variable.removeprefix(PREFIX), [name.removeprefix(PREFIX) for name in known])
    question = f"; did you mean {PREFIX}{meant}?" if meant else "; unset it"
    return f"the variable {shown(variable)} sets no option{question}"


def _settings_of_file(file: _File, known: Mapping[str, Mapping[str, bool]]) -> dict[str, dict[str, Setting]]:
    """Return the settings for each command, after a check of the whole file: its table overrides the shared keys."""
    shared = {key: value for key, value in file.content.items() if not isinstance(value, dict)}
    where = f" in [{file.table}]" if file.table else ""
    for_all = _settings_of_table(shared, set().union(*known.values()), where, file.path)
    settings = {
        name: {option: setting for option, setting in for_all.items() if option in options}
        for name, options in known.items()
    }
    for table in file.content.keys() - shared.keys():
        full = f"{file.table}.{table}" if file.table else table
        _refuse_unknown_name(table, known, f"table [{shown(full)}]", file.path)
        settings[table] |= _settings_of_table(file.content[table], known[table], f" in [{full}]", file.path)
    return settings


def _settings_of_table(table: Mapping[str, Any], known: Iterable[str], where: str, path: Path) -> dict[str, Setting]:
    """Return the settings of one table of the file by the names of their options."""
    settings, place = {}, Place(str(path))
    for key, value in table.items():
        name = key.replace("-", "_")
        _refuse_unknown_name(name, known, f"key {shown(key)}{where}", path)
        if isinstance(value, dict):
            raise ConfigurationError(f"key {key}{where} is a table", "give it a single value", place)
        if isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
            what = f"key {key}{where} has a list or a table in its list"
            raise ConfigurationError(what, "give it a list of plain values", place)
        text = [_as_typed(each) for each in value] if isinstance(value, list) else _as_typed(value)
        _refuse_long_value(text, f"key {key}{where}", place)
        settings[name] = Setting(text, f"{path}: key {key}{where}")
    return settings


def _as_typed(value: Any) -> str:
    """Return `value` as a person types it after an option."""
    if isinstance(value, int) and value.bit_length() > LONGEST_SETTING:
        return "9" * (LONGEST_SETTING + 1)  # too long in any notation, and Python would not write it in digits
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refuse_long_value(value: str | list[str], what: str, place: Place) -> None:
    """Refuse a value, or one in a list, that is longer than any value of an option."""
    if any(len(each) > LONGEST_SETTING for each in _as_list(value)):
        raise ConfigurationError(f"{what}: is longer than {LONGEST_SETTING:,} characters", "shorten it", place)


def _refuse_unknown_name(name: str, known: Iterable[str], what: str, path: Path) -> None:
    """Refuse a name that is no option or command, and suggest the nearest one."""
    names = sorted(known)
    if name in names:
        return
    nearest = get_close_matches(name, names, n=1)
    remedy = f"did you mean {nearest[0].replace('_', '-')}?" if nearest else "see forecast --help for what there is"
    raise ConfigurationError(f"unknown {what}", remedy, Place(str(path)))
