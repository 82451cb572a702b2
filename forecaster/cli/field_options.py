"""Options made from the fields of the dataclasses in `forecaster.spec`, which declare them.

A command takes a whole `Selection` or `Specification`; the command line has an option for each of their fields instead.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import Field, dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, Literal, get_args

import typer

from forecaster.cli.validators import header_line, split_names

LEADING = "targets"
"""The field whose option leads the help of all commands: users give it most often."""
CONVERSIONS: dict[str, Callable[..., Any]] = {
    "observed": split_names,
    "known": split_names,
    "header": header_line,
}
"""What makes the values of these fields from the text of their options."""


@dataclass(frozen=True)
class FieldGroup:
    """The fields of a dataclass that are options of a command; the others keep their defaults."""

    of: Any
    fields: Sequence[Field[Any]]

    def parameters(self) -> Iterator[Parameter]:
        """Yield a parameter of the command line for each field."""
        for each in self.fields:
            default = None if _takes_many(each) else each.default
            annotation: Any = Annotated[_option_type(each), _option(each)]
            yield Parameter(_option_name(each), Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

    def taken_from(self, values: dict[str, Any]) -> Any:
        """Return the dataclass with the values of these options, which are removed from `values`."""
        given = {}
        for each in self.fields:
            value = values.pop(_option_name(each))
            given[each.name] = tuple(value or ()) if _takes_many(each) else value
        return self.of(**given)


def with_field_options(**names: Sequence[str]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Replace each parameter of a command that is a dataclass by an option for each of its fields.

    Args:
        names: By parameter, the names of the fields that are options; all fields of parameters that are not named here.

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
            return command(**{name: group.taken_from(values) for name, group in groups.items()}, **values)

        options = [
            option
            for name, parameter in declared.parameters.items()
            for option in (groups[name].parameters() if name in groups else [parameter])
        ]
        # Typer reads both.
        vars(run)["__signature__"] = declared.replace(parameters=options)
        run.__annotations__ = {option.name: option.annotation for option in options}
        return run

    return decorate


def _field_group(of: Any, names: Sequence[str] | None) -> FieldGroup:
    """Return the fields of these names, all by default, in the order of the help."""
    chosen = [each for each in fields(of) if names is None or each.name in names]
    return FieldGroup(of, sorted(chosen, key=lambda each: each.name != LEADING))


def _option_name(each: Field[Any]) -> str:
    """Return the name of the option, which is the name of the parameter too."""
    return each.metadata["option"] or each.name


def _takes_many(each: Field[Any]) -> bool:
    """Return whether the option may be repeated."""
    return each.type == tuple[str, ...]


def _option_type(each: Field[Any]) -> Any:
    """Return the type that Typer reads the option as."""
    if _takes_many(each):
        return list[str] | None
    if each.name in CONVERSIONS:
        return str | None
    if each.metadata["choices"]:
        literal: Any = Literal.__getitem__(each.metadata["choices"])
        return literal if each.default is not None else literal | None
    return each.type


def _option(each: Field[Any]) -> Any:
    """Return the option of a field; a flag that may be on by default can be turned off too."""
    said = each.metadata
    name = _option_name(each).replace("_", "-")
    is_flag = bool in (each.type, *get_args(each.type))
    long = f"--{name}/--no-{name}" if is_flag and each.default is not False else f"--{name}"
    return typer.Option(
        *[long, said["short"]][: 1 + bool(said["short"])],
        metavar=said["metavar"],
        min=said["low"],
        max=said["high"],
        callback=CONVERSIONS.get(each.name),
        help=said["help"],
        show_default=said["absent"] or True,
    )
