"""Validate option values before the work begins, and translate their words."""

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from forecaster.errors import UsageError
from forecaster.spec import LEAST_LEVEL, STDIN
from forecaster.text import shown

FOLDS_PER_FIT = {"folds": 1, "never": None}
"""Words of `--refit`, each with the number of folds from one fit to the next; None fits once."""
MODEL_SUFFIX = ".joblib"
"""The end of the names of models."""


def check_sources(context: typer.Context, sources: list[str] | None) -> list[str]:
    """Check that standard input is no terminal, where a person would have to type the file, and is read once.

    An option without its hyphens, as `horizon=5`, would be taken for a file.
    """
    for source in sources or []:
        name, _, value = source.partition("=")
        if value and any(f"--{name}" in each.opts for each in context.command.params) and not Path(source).exists():
            raise typer.BadParameter(f"{source} is not a file; an option begins with hyphens: --{name} {value}")
    piped = (sources or []).count(STDIN)
    if piped and sys.stdin.isatty():
        raise typer.BadParameter("- reads standard input, which is a terminal here; pipe a file in, or name one")
    if piped > 1:
        raise typer.BadParameter("- can be read only once")
    return sources or []


def require_sources(sources: list[str] | None, files_from: str | None, command: str) -> None:
    """Check that there is something to read for a command.

    Raises:
        UsageError: Neither a source nor a list of them is named.

    """
    if not sources and files_from is None:
        raise UsageError("there is no file to read", f"name one: forecast {command} prices.csv")


def first_model(files: Sequence[str]) -> str:
    """Return the first file that has the name of a model; empty if none has."""
    return next((file for file in files if file.lower().endswith(MODEL_SUFFIX)), "")


def check_files_from(name: str | None) -> str | None:
    """Check that the list of files does not come from a terminal."""
    if name == STDIN and sys.stdin.isatty():
        raise typer.BadParameter("- reads standard input, which is a terminal here; pipe the list in")
    return name


def sorted_levels(levels: list[float] | None) -> list[float]:
    """Return each level once in rising order, those without decimals as whole numbers."""
    for level in levels or []:
        if LEAST_LEVEL <= 100 * level < 100 * LEAST_LEVEL:
            raise typer.BadParameter(f"a level is in percent, and {level:g} is below 1; did you mean {100 * level:g}?")
        if not LEAST_LEVEL <= level < 100:
            raise typer.BadParameter(f"{level:g} % is not a level from {LEAST_LEVEL} to 100")
    return sorted({int(level) if level.is_integer() else level for level in levels or []})


def check_refit(text: str) -> str:
    """Check that the text of `--refit` is a word or a count."""
    if text not in FOLDS_PER_FIT and not (text.isdecimal() and int(text) > 0):
        raise typer.BadParameter(f"{shown(text)} is neither folds nor never nor a count of folds")
    return text


def folds_per_fit(text: str) -> int | None:
    """Return the number of folds from one fit to the next, None to fit once."""
    return FOLDS_PER_FIT[text] if text in FOLDS_PER_FIT else int(text)


def choose_log_format(context: typer.Context, log_format: str) -> str:
    """Remember for the end of the program how a failure is written."""
    context.obj.log_format = log_format
    return log_format


def split_names(names: list[str] | None) -> list[str] | None:
    """Return the names of a repeated option, each of which may be a list with commas."""
    return [part.strip() for name in names for part in name.split(",") if part.strip()] if names else None


def header_line(text: str | None) -> int | None:
    """Return the number of the line with the column names, 0 if there is none."""
    if text is None:
        return None
    if text.lower() in {"no", "0"}:
        return 0
    if not text.isdecimal() or int(text) < 1:
        raise typer.BadParameter(f"{shown(text)} is neither the number of a line nor no")
    return int(text)
