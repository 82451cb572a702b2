"""Values for options from `FORECAST_*` variables and from a TOML file, for what the command line leaves open.

Both are read as if they had been typed after their option, so that one set of rules checks all three. A file has
shared keys at its top and tables `[train]`, `[predict]`, ... for single commands; its keys are the long names of the
options, and so are those of the variables, in capitals.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from forecaster.errors import ConfigurationError, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT_FILE = Path("forecast.toml")
PREFIX = "FORECAST_"
COMMAND_LINE_ONLY = frozenset({"config", "sources"})
"""Parameters that no setting stands in for; `FORECAST_CONFIG` is read with the option itself."""
ORIGINS = "forecaster.origins"
"""Key in `context.meta`, which all contexts of a run share."""


@dataclass(frozen=True)
class Setting:
    """The text of an option's value and where it stands."""

    value: str | list[str]
    origin: str


def load_settings(context: typer.Context, config: Path | None) -> Path | None:
    """Set the defaults of the command about to run; the callback of its `--config`.

    Raises:
        ConfigurationError: The file cannot be read, or has a key that no option answers to.

    """
    path = config or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    multiple = _options(context.command)
    settings = (_from_file(context, path) if path else {}) | _from_environment(multiple)
    context.default_map = {
        name: _as_list(each.value) if multiple[name] else each.value for name, each in settings.items()
    }
    context.meta[ORIGINS] = {name: each.origin for name, each in settings.items()}
    return path


def blame(error: typer.TyperException) -> str:
    """Return the variable or key whose value `error` refuses, or nothing if it came from the command line."""
    if not isinstance(error, typer.BadParameter) or error.ctx is None or error.param is None:
        return ""
    source = error.ctx.get_parameter_source(error.param.name)
    given_here = source is not None and source.name == "DEFAULT_MAP"
    return str(error.ctx.meta[ORIGINS][error.param.name]) if given_here else ""


def _options(command: Any) -> dict[str, bool]:
    """Return the options of `command` by name, each with whether it may be given many times."""
    return {each.name: each.multiple for each in command.params if each.name not in COMMAND_LINE_ONLY}


def _as_list(value: str | list[str]) -> list[str]:
    """Return the values of an option that may be given many times."""
    return [value] if isinstance(value, str) else value


def _from_environment(multiple: Mapping[str, bool]) -> dict[str, Setting]:
    """Return the settings of the environment; an empty variable is none, and commas part many values."""
    settings = {}
    for name, many in multiple.items():
        variable = PREFIX + name.upper()
        if text := os.environ.get(variable):
            settings[name] = Setting([part.strip() for part in text.split(",")] if many else text, variable)
    return settings


def _from_file(context: typer.Context, path: Path) -> dict[str, Setting]:
    """Return the settings for one command, after a check of the whole file: its table stands above the shared keys."""
    content = _read(path)
    group = context.find_root().command
    assert isinstance(group, TyperGroup)  # noqa: S101 - the program has commands, and a type checker cannot know it
    known = {name: _options(command) for name, command in group.commands.items()}
    shared = {key: value for key, value in content.items() if not isinstance(value, dict)}
    settings = _section(shared, set().union(*known.values()), "", path)
    for table in content.keys() - shared.keys():
        _check(table, known, f"table [{table}]", path)
        section = _section(content[table], known[table], f" in [{table}]", path)
        if table == context.info_name:
            settings |= section
    return {name: setting for name, setting in settings.items() if name in _options(context.command)}


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file."""
    import tomllib  # here, because most runs have no such file

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        remedy = "name an existing file with --config"
        raise ConfigurationError(f"cannot be read: {error.strerror}", remedy, Place(str(path))) from error
    except ValueError as error:
        raise ConfigurationError(f"is not TOML: {error}", "correct it there", Place(str(path))) from error


def _section(table: Mapping[str, Any], known: Iterable[str], where: str, path: Path) -> dict[str, Setting]:
    """Return the settings of one table of the file by the names of their options."""
    settings = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        _check(name, known, f"key {key}{where}", path)
        if isinstance(value, dict):
            raise ConfigurationError(f"key {key}{where} is a table", "give it a single value", Place(str(path)))
        text = [_typed(each) for each in value] if isinstance(value, list) else _typed(value)
        settings[name] = Setting(text, f"{path}: key {key}{where}")
    return settings


def _typed(value: Any) -> str:
    """Return `value` as a person types it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check(name: str, known: Iterable[str], what: str, path: Path) -> None:
    """Refuse a name that the command line does not know."""
    names = sorted(known)
    if name in names:
        return
    nearest = get_close_matches(name, names, n=1)
    remedy = f"did you mean {nearest[0].replace('_', '-')}?" if nearest else "see forecast --help for what there is"
    raise ConfigurationError(f"unknown {what}", remedy, Place(str(path)))
