"""Sentences of the program in the words of Python: `--date-format` of the command line is `date_format=` here."""

from __future__ import annotations

import re
import shlex
import warnings
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, get_args

from forecaster.api.keywords import FIELDS
from forecaster.errors import Code, Finding, ForecasterError, ForecastWarning, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FLAGS = {name for name, field in FIELDS.items() if bool in {field.type, *get_args(field.type)}}
"""Keywords that are True or False."""
PROSE = (
    "acts|and|are|both|can|cannot|does|for|has|have|if|in|is|needs|of|or|out|says|shows|takes|to|trains|units|values|"
    "was|with"
)
"""Words of sentences that may follow an option and are no value of it."""
FLAG = rf"--(?:no-)?(?:{'|'.join(sorted(FLAGS)).replace('_', '-')})\b"
VALUE = r"'[^']*'|\"[^\"]*\"|[.,](?!\S)|(?!--)[^\s;]*[^\s;,.:`)]"
OPTION = rf"(?:{FLAG}|--[a-z][a-z-]*[a-z]\b(?: (?!(?:{PROSE})\b)(?:{VALUE}))?)"
OPTIONS = re.compile(rf"(?:\b(fewer|higher|longer|lower|shorter) )?({OPTION}(?: {OPTION})*)")
"""Options in a sentence, each with the value that follows it, perhaps after a word that makes a noun of the option."""
PHRASES = {
    "give it with --known FILE": "add rows with the future values, the target missing",
    "--per-series": "scores_by_series",
    ", separated by commas": "",
    "`forecast predict --model FILE`": "`Forecaster.load(FILE)`",
    "train a model with `forecast train FILE`": "fit a Forecaster, and save it",
    "train it again with `forecast train`": "fit it again, and save it",
}
"""What the command line says, and the words of Python for the same."""
VALUES = {"inf": "float('inf')", "-inf": "float('-inf')", "no": "0", "never": "None"}
"""How Python writes values that are words of the command line: no limit, no header and no second fit."""


def in_python_words(text: str) -> str:
    """Return a sentence with options as keywords: `use --cell gru` becomes `use cell='gru'`."""
    for phrase, words in PHRASES.items():
        text = text.replace(phrase, words)
    return OPTIONS.sub(_as_keywords, text)


def _as_keywords(found: re.Match[str]) -> str:
    """Return options as keywords, as they stand in a call; an option given several times has a list of values."""
    parts = [part.partition(" ") for part in re.findall(OPTION, found[2])]
    if found[1] and len(parts) == 1 and not parts[0][2]:
        return f"{found[1]} {parts[0][0][2:].replace('-', ' ')}"
    given = [(name[2:].replace("-", "_"), value) for name, _, value in parts]
    said = [_as_keyword(name, [value for _, value in same]) for name, same in groupby(given, lambda each: each[0])]
    return (f"{found[1]} " if found[1] else "") + ", ".join(said)


def _as_keyword(name: str, values: list[str]) -> str:
    """Return a keyword with its values; a flag is True or, with `no` before its name, False."""
    if name.removeprefix("no_") in FLAGS:
        return f"{name.removeprefix('no_')}={not name.startswith('no_')}"
    written = [_in_python(name, value) for value in values if value]
    return f"{name}={written[0] if len(written) == 1 else '[' + ', '.join(written) + ']' if written else ''}"


def _in_python(name: str, value: str) -> str:
    """Return the value of an option as Python writes it; what stands for a value, such as FILE, stays."""
    field = FIELDS.get(name)
    stands_for_values = value.isupper() if field is None else value in field.metadata.get("metavar", "").split("|")
    takes_numbers = field is None or {int, float} & {field.type, *get_args(field.type)}
    if stands_for_values and value not in VALUES:
        return value
    if takes_numbers and (value in VALUES or _is_number(value)):
        return VALUES.get(value, value)
    return repr(shlex.split(value)[0] if value[0] in "'\"" and len(value) > 2 else value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@contextmanager
def errors_in_python_words() -> Iterator[None]:
    """Raise errors of the program with options as keywords."""
    try:
        yield
    except ForecasterError as error:
        raise error.reworded(in_python_words) from error.__cause__


def in_python(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return what was found in the data, each once, in the words of Python; which columns were chosen is left out."""
    return tuple(
        replace(each, text=in_python_words(each.text), remedy=in_python_words(each.remedy))
        for each in dict.fromkeys(findings)
        if each.code is not Code.CHOSEN
    )


def warn_of(findings: Iterable[Finding], stacklevel: int) -> None:
    """Warn of what was found in the data, each once; which columns were chosen is no warning."""
    for finding in in_python(findings):
        warnings.warn(ForecastWarning(finding), stacklevel=stacklevel + 1)


def warn_of_failed(failed: Mapping[str, str], stacklevel: int) -> None:
    """Warn of each series that has no result."""
    found = [Finding(Code.SERIES, f"it is left out: {reason}", Place(series=name)) for name, reason in failed.items()]
    warn_of(found, stacklevel + 1)
