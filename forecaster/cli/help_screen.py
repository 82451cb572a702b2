"""The help of a command: three examples, and its options in panels; `-h` shows the common options alone.

It is plain text with bold headings. Typer's own help with frames loads rich, and takes twice the time.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import typer

from forecaster.cli.terminal import coloured
from forecaster.spec import Panel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from typer.core import TyperArgument, TyperCommand, TyperOption

    Parameter = TyperArgument | TyperOption
    Style = Callable[[str], str]

SHORT = "forecaster.short_help"
"""Key in `context.meta` of whether the help was requested with `-h`."""
INDENT, GAP = "  ", "  "
NAMES_WIDTH = 24
"""Most characters of the first column: longer names of options stand on a line of their own."""
MOST_COLUMNS, FEWEST_COLUMNS = 100, 40
"""Widths between which the help follows the terminal: longer lines are hard to read, shorter ones hold no sentence."""


def command_help(command: TyperCommand, context: typer.Context, examples: Sequence[tuple[str, str]]) -> str:
    """Return the help of a command.

    Args:
        command: The command.
        context: Its context; `-h` has left a mark in it.
        examples: Commands, each with what it is for.

    """
    width, bold = _width(), _bold()
    short = bool(context.meta.get(SHORT))
    parameters: list[Any] = command.get_params(context)
    names = " ".join(f"[{_argument_name(each)}]" for each in parameters if each.param_type_name == "argument")
    lines = [
        *_wrapped(command.help or "", width),
        "",
        f"{bold('Usage:')} {context.command_path} [OPTIONS] {names}",
    ]
    lines += ["", bold("Examples:"), *example_lines(examples, width)]
    for panel in Panel:
        shown = [each for each in parameters if _panel(each) == panel and not each.hidden]
        if shown and (panel == Panel.COMMON or not short):
            rows = [(_parameter_name(each), _parameter_help(each, short=short)) for each in shown]
            lines += ["", bold(f"{panel}:"), *definition_lines(rows, width)]
    if short:
        lines += ["", f"All options: {context.command_path} --help"]
    return "\n".join(lines)


def group_help(context: typer.Context, purpose: str, examples: Sequence[tuple[str, str]], notes: Sequence[str]) -> str:
    """Return the help of the program: its commands and examples, and without `-h` also `notes`, paragraph by paragraph.

    A paragraph whose lines are indented keeps them.
    """
    width, bold = _width(), _bold()
    group: Any = context.command
    commands = [(name, command.help) for name, command in group.commands.items()]
    options = [(_parameter_name(each), each.help) for each in group.get_params(context)]
    lines = [*_wrapped(purpose, width), "", f"{bold('Usage:')} {context.command_path} COMMAND [OPTIONS]"]
    lines += ["", bold("Commands:"), *definition_lines(commands, width)]
    lines += ["", bold("Examples:"), *example_lines(examples, width)]
    if context.meta.get(SHORT):
        return "\n".join([*lines, "", f"Of one command: {context.command_path} COMMAND -h"])
    lines += ["", bold("Options:"), *definition_lines(options, width)]
    for note in notes:
        lines += ["", *([note] if "\n" in note else _wrapped(note, width))]
    return "\n".join(lines)


def first_steps(commands: Sequence[tuple[str, str]]) -> str:
    """Return what to type first, for who types the name of the program alone."""
    return "\n".join(
        [
            *_wrapped("Forecast time series in CSV files. Type first, with the name of your file:", _width()),
            "",
            *example_lines(commands, _width()),
            "",
            *_wrapped("More: forecast --help, and forecast train -h for the options of a command.", _width()),
        ]
    )


def mark_short_help(context: typer.Context, arguments: Sequence[str]) -> None:
    """Remember whether the help is requested with `-h` rather than `--help`."""
    context.meta[SHORT] = "-h" in arguments and "--help" not in arguments


def example_lines(examples: Iterable[tuple[str, str]], width: int) -> list[str]:
    """Return commands, one a line, each with its purpose behind it where there is room."""
    pairs = list(examples)
    longest = max(len(command) for command, _ in pairs)
    lines = [f"{INDENT}{command:{longest}}{GAP}# {purpose}" for command, purpose in pairs]
    if max(map(len, lines)) <= width:
        return lines
    return [f"{INDENT}{command}" for command, _ in pairs]


def definition_lines(rows: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Return names and what they mean in two columns."""
    column = min(max(len(name) for name, _ in rows), NAMES_WIDTH)
    hanging = " " * (len(INDENT) + column + len(GAP))
    lines: list[str] = []
    for name, meaning in rows:
        start = f"{INDENT}{name:{column}}{GAP}"
        first, *others = _wrapped(meaning, max(width - len(hanging), FEWEST_COLUMNS // 2))
        lines += [f"{start}{first}"] if len(name) <= column else [f"{INDENT}{name}", f"{hanging}{first}"]
        lines += [f"{hanging}{other}" for other in others]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text; names of options are not broken at their hyphens."""
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _width() -> int:
    """Return the characters of a line."""
    return max(FEWEST_COLUMNS, min(MOST_COLUMNS, shutil.get_terminal_size().columns))


def _bold() -> Style:
    """Return what makes a heading bold, if the terminal shows it."""
    return (lambda text: typer.style(text, bold=True)) if coloured(sys.stdout) else str


def _panel(parameter: Parameter) -> str:
    """Return the panel of a parameter; the help option stands with the common ones."""
    return parameter.rich_help_panel or Panel.COMMON


def _argument_name(argument: Parameter) -> str:
    name = argument.metavar or str(argument.name).upper()
    return f"{name}..." if argument.nargs != 1 else name


def _parameter_name(parameter: Any) -> str:
    """Return how a parameter is typed, as `-H, --horizon STEPS`."""
    if parameter.param_type_name == "argument":
        return _argument_name(parameter)
    names = sorted(parameter.opts, key=len)
    if parameter.secondary_opts:
        names = [f"--[no-]{name.removeprefix('--')}" for name in names]
    typed = ", ".join(names)
    return typed if parameter.is_flag else f"{typed} {_value_name(parameter)}"


def _value_name(option: Any) -> str:
    """Return what stands for the value of an option: the words it takes, or its kind."""
    return option.metavar or str(option.display_type_rich(None)).strip("<>")


def _parameter_help(parameter: Any, *, short: bool) -> str:
    """Return what a parameter means and its default; in the short help the first clause alone."""
    if short:
        return str(parameter.help).split(";")[0].rstrip(".")
    default = default_text(parameter)
    return f"{parameter.help} (default: {default})" if default else str(parameter.help)


def default_text(parameter: Any) -> str:
    """Return the default in words; that of a flag goes without saying unless words explain it."""
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if not parameter.show_default or getattr(parameter, "is_flag", False) or parameter.default in {None, ()}:
        return ""
    return str(parameter.default)
