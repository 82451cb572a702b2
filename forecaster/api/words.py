"""Sentences of the program in the words of Python: `--date-format` of the command line is `date_format=` here."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.errors import Code, Finding, ForecasterError, ForecastWarning, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

OPTION = re.compile(r"--([a-z][a-z-]*[a-z])\b(?: ([A-Z]+|[0-9.]+|no|full|safe|off|quick|standard|best|sum|day)\b)?")
"""An option in a sentence, with the value that follows it."""


def in_python_words(text: str) -> str:
    """Return a sentence with options as keywords: `use --header no` becomes `use header='no'`."""
    return OPTION.sub(_as_keyword, text)


def _as_keyword(found: re.Match[str]) -> str:
    name, value = found[1].replace("-", "_"), found[2]
    if value is None:
        return f"{name}="
    return f"{name}={value}" if value.isupper() or value[0].isdigit() else f"{name}={value!r}"


@contextmanager
def errors_in_python_words() -> Iterator[None]:
    """Raise errors of the program with options as keywords."""
    try:
        yield
    except ForecasterError as error:
        raise error.reworded(in_python_words) from error.__cause__


def warn_of(findings: Iterable[Finding], stacklevel: int) -> None:
    """Warn of what was found in the data, each once; which columns were chosen is no warning."""
    for finding in dict.fromkeys(findings):
        if finding.code is not Code.CHOSEN:
            said = replace(finding, text=in_python_words(finding.text), remedy=in_python_words(finding.remedy))
            warnings.warn(ForecastWarning(said), stacklevel=stacklevel + 1)


def warn_of_failed(failed: Mapping[str, str], stacklevel: int) -> None:
    """Warn of each series that has no result."""
    found = [Finding(Code.SERIES, f"it is left out: {reason}", Place(series=name)) for name, reason in failed.items()]
    warn_of(found, stacklevel + 1)
