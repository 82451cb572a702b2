"""Keywords of Python as the records of `forecaster.spec`, with the checks that the command line makes of options."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterable
from dataclasses import fields
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import numpy as np

from forecaster.errors import UsageError
from forecaster.size_limits import MOST_STEPS
from forecaster.spec import LEAST_LEVEL, PLUS, REPAIRS, Selection, Specification
from forecaster.workflow.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field

MOST_LEVEL = 100 - 1e-6
"""Largest level of intervals in percent: 100 would have no end."""
COLUMN = "COLUMN"
"""What stands for the values of options that take a column: several names are joined by a plus."""
Record = TypeVar("Record", Selection, Specification)


def keyword_of(field: Field[Any]) -> str:
    """Return the keyword of a field: the name of its option."""
    return str(field.metadata.get("option", field.name)).replace("-", "_")


FIELDS = {keyword_of(each): each for record in (Selection, Specification) for each in fields(record)}
"""The fields by their keywords."""
KEYWORDS = tuple(FIELDS)
"""The keywords of all fields."""


def record_of_keywords(record: type[Record], keywords: Mapping[str, Any]) -> Record:
    """Return a record with the values of its keywords.

    Raises:
        UsageError: A value is not one that the option takes.

    """
    return record(**{each.name: _checked(each, keywords[keyword_of(each)]) for each in fields(record)})


def request_of_keywords(  # noqa: PLR0913 - one argument a keyword
    *,
    horizon: Any = None,
    level: Any = (),
    samples: Any = None,
    seed: Any = 0,
    at: Any = (),
    explain: Any = False,
    members: Any = False,
) -> Request:
    """Return what the keywords of `Forecaster.predict` say.

    Raises:
        UsageError: A value is not possible.

    """
    return Request(
        checked_count("horizon", horizon, MOST_STEPS),
        tuple(_text_of_time(each) for each in several(at)),
        levels_of_keyword(level),
        checked_count("samples", samples, MOST_STEPS),
        _checked(FIELDS["seed"], seed),
        explain=checked_flag("explain", explain),
        members=checked_flag("members", members),
    )


def check_repair(repair: Any) -> None:
    """Check the keyword of repairs; raise UsageError if it is none of them."""
    checked_choice("repair", repair, REPAIRS)


def several(value: Any) -> tuple[Any, ...]:
    """Return what a keyword gives that takes one value or several; None is no value, a text is one."""
    if isinstance(value, np.ndarray) and not value.ndim:
        value = value.item()
    if value is None:
        return ()
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else (value,)


def names_of_keyword(name: str, value: Any) -> tuple[str, ...]:
    """Return the names of columns that a keyword gives, one or several; those that are no text as text.

    Raises:
        UsageError: It gives a frame or lists.

    """
    given = several(value)
    if hasattr(value, "columns") or any(isinstance(each, Iterable) and not isinstance(each, str) for each in given):
        what = f"{name}= takes names of columns, not {_kind_of(value)}"
        raise UsageError(what, "name columns of the data" + ", which also has the future values" * (name == "known"))
    return tuple(map(str, given))


def _kind_of(value: Any) -> str:
    """Return of which class a value is, or the first values in it."""
    kind = type(value).__name__
    return f"a {kind}" if hasattr(value, "columns") else f"a {kind} of {type(several(value)[0]).__name__}"


def _checked(field: Field[Any], value: Any) -> Any:
    """Return the value of a field in its declared type, names of several columns as a tuple or joined."""
    name, about, kinds = keyword_of(field), field.metadata, {field.type, *get_args(field.type)}
    if isinstance(field.default, tuple):
        return names_of_keyword(name, value)
    if about.get("metavar") == COLUMN:
        return PLUS.join(names_of_keyword(name, value)) or None
    if value is None and type(None) in kinds:
        return None
    if bool in kinds:
        return checked_flag(name, value)
    if kinds & {int, float}:
        low = about.get("low", 0 if int in kinds else None)
        return checked_number(name, value, low, about.get("high"), whole=int in kinds)
    return checked_choice(name, value, about.get("choices", ()))


def _text_of_time(value: Any) -> str:
    """Return a time as ISO text, such as those of pandas and NumPy."""
    return str(value.astype("datetime64[us]") if isinstance(value, np.datetime64) else value)


def levels_of_keyword(level: Any) -> tuple[float, ...]:
    """Return the levels of intervals in percent, each once and rising, whole ones as whole numbers.

    Raises:
        UsageError: One is no number from 1 to 100.

    """
    levels = set()
    for each in several(level):
        percent = 100 * float(each) if isinstance(each, Real) else 0.0
        if LEAST_LEVEL <= percent < 100 * LEAST_LEVEL:
            raise UsageError(f"level={each:g} is below 1", f"levels are in percent: write {percent:g}")
        number = checked_number("level", each, LEAST_LEVEL, MOST_LEVEL)
        levels.add(int(number) if float(number).is_integer() else number)
    return tuple(sorted(levels))


def checked_count(name: str, count: Any, most: int | None = None) -> int | None:
    """Return a keyword that is a count, from 1 to `most`; None is its default.

    Raises:
        UsageError: It is no whole number, or out of range.

    """
    return None if count is None else int(checked_number(name, count, 1, most, whole=True))


def checked_flag(name: str, value: Any) -> bool:
    """Return a keyword that is True or False; raise UsageError if it is neither."""
    if not isinstance(value, bool | np.bool_):
        raise UsageError(f"{name}={_printed(value)} is not possible", f"use {name}=True or {name}=False")
    return bool(value)


def checked_choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Return a keyword that is a text, one of the choices if there are any; raise UsageError if it is not."""
    if not isinstance(value, str) or (choices and value not in choices):
        remedy = f"use one of {', '.join(choices)}" if choices else "give a text"
        raise UsageError(f"{name}={_printed(value)} is not possible", remedy)
    return str(value)


def checked_number(name: str, value: Any, low: float | None, high: float | None, *, whole: bool = False) -> float:
    """Return a keyword that is a number within its range, also one of NumPy, as a number of Python.

    Raises:
        UsageError: It is no number, not whole though it should be, or out of range.

    """
    kind = "whole number" if whole else "number"
    limits = f" from {low} to {high}" if None not in {low, high} else f" at least {low}" * (low is not None)
    remedy = f"give a {kind}{limits}"
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole and (isinstance(value, bool) or not isinstance(value, Real) or math.isnan(value)):
        raise UsageError(f"{name}={_printed(value)} is no number", remedy)
    if whole and not is_whole and not float(value).is_integer():
        raise UsageError(f"{name}={_printed(value)} is no whole number", remedy)
    if (low is not None and value < low) or (high is not None and value > high):
        raise UsageError(f"{name}={_printed(value)} is out of range", remedy)
    return int(value) if whole or is_whole else float(value)


def _printed(value: Any) -> str:
    """Return a value for a message, in one line, shortened."""
    return " ".join(reprlib.repr(value).split())
