"""Keywords of Python as the records of `forecaster.spec`, with the checks that the command line makes of options."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from forecaster.errors import UsageError
from forecaster.spec import REPAIRS, Selection, Specification

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field

Record = TypeVar("Record", Selection, Specification)


def keyword_of(field: Field[Any]) -> str:
    """Return the keyword of a field: the name of its option."""
    return str(field.metadata.get("option", field.name)).replace("-", "_")


KEYWORDS = tuple(keyword_of(each) for record in (Selection, Specification) for each in fields(record))
"""The keywords of all fields."""


def record_of_keywords(record: type[Record], keywords: Mapping[str, Any]) -> Record:
    """Return a record with the values of its keywords.

    Raises:
        UsageError: A value is not one that the option takes.

    """
    return record(**{each.name: _checked(each, keywords[keyword_of(each)]) for each in fields(record)})


def check_repair(repair: str) -> None:
    """Check the keyword of repairs; raise UsageError if it is none of them."""
    if repair not in REPAIRS:
        raise UsageError(f"repair={repair!r} is not possible", f"use one of {', '.join(REPAIRS)}")


def _checked(field: Field[Any], value: Any) -> Any:
    """Return the value of a field, several as a tuple."""
    name, about = keyword_of(field), field.metadata
    if isinstance(field.default, tuple):
        return (value,) if isinstance(value, str) else tuple(value or ())
    if value is None or value == field.default:
        return value
    if "choices" in about and value not in about["choices"]:
        raise UsageError(f"{name}={value!r} is not possible", f"use one of {', '.join(about['choices'])}")
    low, high = about.get("low"), about.get("high")
    if low is not None or high is not None:
        _check_range(name, value, low, high)
    return value


def _check_range(name: str, value: Any, low: float | None, high: float | None) -> None:
    """Check that a number lies within its range."""
    allowed = f"at least {low}" if high is None else f"from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{name}={value!r} is no number", f"give a number {allowed}")
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise UsageError(f"{name}={value!r} is out of range", f"give a number {allowed}")
