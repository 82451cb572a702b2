"""What an option refuses before the work begins, and what its words stand for."""

import sys

import typer

from forecaster.errors import UsageError

FITS = {"folds": 1, "never": None}
"""Words for how many folds a fit serves."""


def check_sources(sources: list[str] | None) -> list[str]:
    """Refuse to wait for a person to type a file, and to read standard input twice."""
    piped = (sources or []).count("-")
    if piped and sys.stdin.isatty():
        raise typer.BadParameter("- reads standard input, which is a terminal here; pipe a file in, or name one")
    if piped > 1:
        raise typer.BadParameter("- can be read only once")
    return sources or []


def require_sources(sources: list[str] | None, files_from: str | None) -> None:
    """Refuse to begin with nothing to read.

    Raises:
        UsageError: Neither a source nor a list of them is named.

    """
    if not sources and files_from is None:
        raise UsageError("there is nothing to read", "name a SOURCE, or a list of them with --files-from")


def check_files_from(name: str | None) -> str | None:
    """Refuse to wait for a person to type a list."""
    if name == "-" and sys.stdin.isatty():
        raise typer.BadParameter("- reads standard input, which is a terminal here; pipe the list in")
    return name


def check_levels(levels: list[float] | None) -> list[float]:
    """Return each level once, narrowest first, those without decimals as whole numbers."""
    for level in levels or []:
        if not 0 < level < 100:
            raise typer.BadParameter(f"{level:g} % is no level between 0 and 100")
    return sorted({int(level) if level.is_integer() else level for level in levels or []})


def check_refit(text: str) -> str:
    """Refuse what is neither a word nor a count."""
    if text not in FITS and not (text.isdecimal() and int(text) > 0):
        raise typer.BadParameter(f"{text} is neither folds nor never nor a count of folds")
    return text


def folds_of_a_fit(text: str) -> int | None:
    """Return how many folds a fit serves, None for all of them."""
    return FITS[text] if text in FITS else int(text)


def split_names(names: list[str] | None) -> list[str] | None:
    """Return the names of a repeated option, those with commas between taken apart."""
    return [part.strip() for name in names for part in name.split(",") if part.strip()] if names else None


def header_line(text: str | None) -> int | None:
    """Return the line that is asked for, 0 for none."""
    if text is None:
        return None
    if text.lower() == "no":
        return 0
    if not text.isdecimal() or int(text) < 1:
        raise typer.BadParameter(f"{text} is neither the number of a line nor no")
    return int(text)
