"""Options that several commands share: those of the fields of `forecaster.spec`, and those that every run has.

A command takes a whole `Selection` or `Specification`; the command line has an option for each of their fields instead.
"""

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import Field, dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from forecaster.cli.completion import complete_column
from forecaster.cli.config import PREFIX, load_settings
from forecaster.cli.named_files import refuse_lost_files
from forecaster.cli.validators import header_line, split_names
from forecaster.spec import PLUS, Panel

LEADING = "targets"
"""The field whose option leads in the help of every command: users give it most often."""
CONVERSIONS: dict[str, Callable[..., Any]] = {
    "observed": split_names,
    "known": split_names,
    "header": header_line,
}
"""What makes the values of these fields from the text of their options."""
COLUMN_FIELDS = ("time", "targets", "series", "observed", "known")
"""The fields whose values are columns of the files."""
JOINED = ("series",)
"""The fields of one value that is joined from those of an option that may be repeated."""


def _set_debug(context: typer.Context, debug: bool) -> bool:
    """Remember for the end of the program whether to show tracebacks, and silence the libraries otherwise.

    A warning of pandas or NumPy says nothing to a person who forecasts: what matters is a finding of this program.
    """
    context.obj.debug = debug
    if not debug and not sys.warnoptions:
        warnings.simplefilter("ignore")
        os.environ["PYTHONWARNINGS"] = "ignore"  # for the processes of --jobs
    return debug


Debug = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="Show tracebacks and the warnings of libraries.",
        callback=_set_debug,
        rich_help_panel=Panel.ADVANCED,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar=f"{PREFIX}CONFIG",
        show_envvar=False,
        is_eager=True,
        callback=load_settings,
        help="TOML file with values for options.",
        show_default="forecast.toml, if there is one",
        rich_help_panel=Panel.ADVANCED,
    ),
]
OF_EVERY_RUN = (
    Parameter("debug", Parameter.KEYWORD_ONLY, default=False, annotation=Debug),
    Parameter("config", Parameter.KEYWORD_ONLY, default=None, annotation=Config),
)
"""Options that all commands end with; their callbacks do all the work, so that no command takes their values."""


@dataclass(frozen=True)
class FieldGroup:
    """A parameter of a command that the command line replaces by options.

    Attributes:
        record: The dataclass that the command takes.
        fields: Those of its fields that are options of the command; the others keep their defaults.

    """

    record: Any
    fields: Sequence[Field[Any]]

    def options(self) -> Iterator[Parameter]:
        """Yield a parameter of the command line for each field."""
        for field in self.fields:
            annotation: Any = Annotated[_option_type(field), _option(field)]
            default = None if _is_repeated(field) else field.default
            yield Parameter(_option_name(field), Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

    def take_from(self, values: dict[str, Any]) -> Any:
        """Return the dataclass with the values of its options, which are removed from `values`."""
        given = {}
        for field in self.fields:
            value = values.pop(_option_name(field))
            if field.name in JOINED:
                value = PLUS.join(value or ()) or None
            given[field.name] = tuple(value or ()) if _is_repeated(field) else value
        return self.record(**given)


def with_shared_options(**names: Sequence[str]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Replace each parameter of a command that is a dataclass by options, and add the options of every run.

    Args:
        names: By parameter, the names of the fields that are options; all fields where a parameter is not named here.

    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        declared = signature(command)
        groups = {
            name: _field_group(parameter.annotation, names.get(name))
            for name, parameter in declared.parameters.items()
            if is_dataclass(parameter.annotation)
        }

        @wraps(command)
        def run(**values: Any) -> int:
            refuse_lost_files(values)
            for option in OF_EVERY_RUN:
                del values[option.name]
            records = {name: group.take_from(values) for name, group in groups.items()}
            return command(**records, **values)

        options = [
            option
            for name, parameter in declared.parameters.items()
            for option in (groups[name].options() if name in groups else [parameter])
        ]
        # Typer reads the signature and the annotations of a command.
        vars(run)["__signature__"] = declared.replace(parameters=[*options, *OF_EVERY_RUN])
        run.__annotations__ = {option.name: option.annotation for option in (*options, *OF_EVERY_RUN)}
        return run

    return decorate


def _field_group(record: Any, names: Sequence[str] | None) -> FieldGroup:
    """Return the fields of these names, or all, in the order of the help."""
    chosen = [field for field in fields(record) if names is None or field.name in names]
    return FieldGroup(record, sorted(chosen, key=lambda field: field.name != LEADING))


def _option_name(field: Field[Any]) -> str:
    """Return the name of the option as a parameter of Python."""
    return str(field.metadata.get("option", field.name))


def _is_repeated(field: Field[Any]) -> bool:
    """Return whether the option may be given more than once."""
    return bool(field.type == tuple[str, ...])


def _option_type(field: Field[Any]) -> Any:
    """Return the type as which Typer reads the option."""
    if _is_repeated(field) or field.name in JOINED:
        return list[str] | None
    if field.name in CONVERSIONS:
        return str | None
    if "choices" in field.metadata:
        choices: Any = Literal.__getitem__(field.metadata["choices"])
        return choices if field.default is not None else choices | None
    return field.type


def _option(field: Field[Any]) -> Any:
    """Return the option of a field; a flag that is not off by default can be turned off."""
    about = field.metadata
    name = _option_name(field).replace("_", "-")
    is_flag = bool in {field.type, *get_args(field.type)}
    long = f"--{name}/--no-{name}" if is_flag and field.default is not False else f"--{name}"
    return typer.Option(
        *([long, about["short"]] if "short" in about else [long]),
        metavar=about.get("metavar"),
        min=about.get("low"),
        max=about.get("high"),
        callback=CONVERSIONS.get(field.name),
        help=about["help"],
        rich_help_panel=about["panel"],
        autocompletion=complete_column if field.name in COLUMN_FIELDS else None,
        show_default=about.get("absent", True),
    )
