"""What a wrong command line means in plain words, with the command that was probably meant.

The parser reports what it could not parse in its own words; none of them reaches the user.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from forecaster.cli.completion import TYPED
from forecaster.text import command_line, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

NAME_OF_OPTION = re.compile(r"-{1,2}[\w-]+")
"""The option in a sentence of the parser."""
LIKENESS = 0.6
"""Least similarity of a name to what was typed, from 0 to 1: one letter in three may be wrong."""
WORDS_OF_OTHERS = {
    **dict.fromkeys(("steps", "periods", "fh", "forecast-horizon", "prediction-length"), "horizon"),
    **dict.fromkeys(("column", "value", "value-column", "y"), "target"),
    **dict.fromkeys(("date", "ds", "time-column", "timestamp", "index"), "time"),
    **dict.fromkeys(("id", "unique-id", "group", "by", "key"), "series"),
    **dict.fromkeys(("freq", "frequency", "resample"), "every"),
    **dict.fromkeys(("confidence", "interval", "intervals", "alpha"), "level"),
    **dict.fromkeys(("window", "context-length", "input-size"), "lookback"),
    **dict.fromkeys(("seasonality", "season-length", "sp", "period"), "season"),
    **dict.fromkeys(("exog", "covariates", "regressors"), "known"),
    **dict.fromkeys(("random-state", "random-seed"), "seed"),
    **dict.fromkeys(("n-jobs", "workers", "threads", "processes"), "jobs"),
    **dict.fromkeys(("hidden-size", "units"), "hidden"),
    **dict.fromkeys(("num-layers",), "layers"),
    **dict.fromkeys(("cv", "splits", "windows", "backtests"), "folds"),
    **dict.fromkeys(("sep", "separator"), "delimiter"),
}
"""What other forecasting programs and libraries call our options."""
CHOSEN_VALUE = re.compile(r"'(.*)' is not one of")
"""The value in the parser's sentence about one that is none of the words of an option."""
LIBRARY_PHRASE = "Value error, "
"""How the library that validates values begins the sentences of our own checks."""


class Explanation(NamedTuple):
    """What is wrong in one sentence, and what to type instead."""

    sentence: str
    hint: str = ""


class UnknownCommandError(typer.TyperException):
    """The first word of the command line is no command."""

    def __init__(self, typed: Sequence[str], commands: Collection[str]) -> None:
        """Keep the words of the command line, and the names of the commands."""
        super().__init__(f"there is no command {typed[0]}")
        self.explanation = unknown_command(typed, commands)


def explain(error: typer.TyperException) -> Explanation:
    """Return what a wrong command line means."""
    if isinstance(error, UnknownCommandError):
        return error.explanation
    context: Any = getattr(error, "ctx", None)
    help_hint = f"try: {context.command_path} -h" if context else ""
    if isinstance(error, typer.BadParameter) and error.param is not None:
        return _wrong_parameter(error, context, help_hint)
    option = NAME_OF_OPTION.search(error.message)
    if option and context and context.parent is None:
        return unknown_command(context.meta[TYPED], context.command.commands)
    if option and type(error).__name__ == "NoSuchOption":
        return _unknown_option(option[0], context, help_hint)
    if option and type(error).__name__ == "BadOptionUsage":
        needs = "needs a value" if "requires" in error.message else "takes no value"
        return Explanation(f"{option[0]} {needs}", help_hint)
    return Explanation(error.format_message().rstrip("."), help_hint)


def _named(parameter: Any, sentence: str) -> str:
    """Return a sentence about a value with the name of its option; that of an argument is not typed."""
    if parameter.param_type_name != "option":
        return sentence
    colon = "" if sentence.startswith("takes ") else ":"
    return f"{max(parameter.opts, key=len)}{colon} {sentence}"


def _wrong_parameter(error: typer.BadParameter, context: Any, help_hint: str) -> Explanation:
    """Return what is wrong with the value of an option or argument, or which option is missing."""
    parameter: Any = error.param
    if type(error).__name__ == "MissingParameter" and parameter.param_type_name == "option":
        return _missing_option(parameter, context)
    return Explanation(_named(parameter, refused_value(error)), help_hint)


def _missing_option(parameter: Any, context: Any) -> Explanation:
    """Return which option is missing, and the command line that has it."""
    option, value = max(parameter.opts, key=len), str(parameter.metavar or "value")
    words = [context.info_name, *context.meta.get(TYPED, ()), option, value.lower()]
    return Explanation(f"{option} {value} is missing", f"try: {_command_line(words)}")


def refused_value(error: typer.BadParameter) -> str:
    """Return why a value is refused: our own sentence, or what the option takes instead."""
    cause: Any = error.__cause__
    parameter: Any = error.param
    chosen = CHOSEN_VALUE.search(error.message)
    if chosen is None and (error.message.startswith(LIBRARY_PHRASE) or not hasattr(cause, "errors")):
        return error.message.removeprefix(LIBRARY_PHRASE)
    value = chosen[1] if chosen else cause.errors()[0].get("input")
    choices = parameter.type_descriptor.choices
    meant = nearest(shown(str(value)).lower(), choices) if choices else ""
    question = f"; did you mean {meant}?" if meant else ""
    return f"takes {_expected(parameter)}, not {shown(str(value))}{question}"


def unknown_command(typed: Sequence[str], commands: Collection[str]) -> Explanation:
    """Return what a first word that is no command means.

    Args:
        typed: The words of the command line, without the name of the program.
        commands: The names of all commands.

    """
    word, *others = typed or [""]
    if word == "forecast" and others:
        meant_first = others if others[0] in commands else ["train", *others]
        return Explanation("forecast is the program itself", f"try: {_command_line(meant_first)}")
    if word.strip("-") == "version":
        return Explanation("the version is an option", "try: forecast --version")
    if re.fullmatch("-[^-]", word):
        return Explanation(f"the program itself has no option {word}", "try: forecast -h")
    meant = nearest(word.strip("-").lower(), commands)
    if meant:
        return Explanation(f"there is no command {word}", f"try: {_command_line([meant, *others])}")
    if "." in word or "/" in word:
        return Explanation(f"name a command before {word}", f"try: {_command_line(['train', *typed])}")
    return Explanation(f"there is no command {word}", "try: forecast -h")


def nearest(typed: str, names: Iterable[str]) -> str:
    """Return the name that is nearest to what was typed, or nothing if none is near."""
    known = list(names)
    if len(typed) > 1 and (longer := [name for name in known if name.startswith(typed)]):
        return min(longer, key=len)
    return next(iter(get_close_matches(typed, known, n=1, cutoff=LIKENESS)), "")


def _unknown_option(option: str, context: Any, help_hint: str) -> Explanation:
    """Return what an option means that the command does not have."""
    own = _options_of(context.command)
    others = [name for name, command in context.find_root().command.commands.items() if option in _options_of(command)]
    typed, name = context.meta.get(TYPED, ()), option.lstrip("-")
    if others and any(f"--{each.name}" in _long_options(option, context) for each in context.command.params):
        words = [word for word in typed if word != option]
        return Explanation(f"{option} is not needed here", f"try: {_command_line([context.info_name, *words])}")
    if others:
        what = f"{option} is an option of forecast {others[0]}, not of {context.command_path}"
        return Explanation(what, help_hint)
    known = WORDS_OF_OTHERS.get(name, "") or nearest(name, [each.lstrip("-") for each in own if each[:2] == "--"])
    if not option.startswith("--") or f"--{known}" not in own:
        return Explanation(f"there is no option {option}", help_hint)
    words = [re.sub(rf"^{option}(?==|$)", f"--{known}", word) for word in typed]
    return Explanation(f"there is no option {option}", f"try: {_command_line([context.info_name, *words])}")


def _long_options(option: str, context: Any) -> set[str]:
    """Return the long names of an option in the commands that have it."""
    commands = context.find_root().command.commands.values()
    return {name for command in commands for each in command.params if option in each.opts for name in each.opts}


def _options_of(command: Any) -> list[str]:
    """Return all names of the options of a command."""
    return [name for each in command.params for name in (*each.opts, *each.secondary_opts) if name.startswith("-")]


def _command_line(words: Sequence[str]) -> str:
    """Return a command as it is typed."""
    return command_line(["forecast", *words])


def _expected(parameter: Any) -> str:
    """Return what an option takes, in words."""
    kind = parameter.type_descriptor
    if kind.choices:
        *first, last = kind.choices
        return f"{', '.join(first)} or {last}" if first else str(last)
    shown = str(kind.annotation)
    if "bool" in shown:
        return "true or false"
    if "int" not in shown and "float" not in shown:
        return f"a {parameter.metavar or 'text'}".lower()
    noun = "a whole number" if "int" in shown else "a number"
    low, high = parameter.min, parameter.max
    if low is not None and high is not None:
        return f"{noun} from {low:,} to {high:,}"
    return f"{noun} of {low:,} or more" if low is not None else f"{noun} up to {high:,}" if high is not None else noun
