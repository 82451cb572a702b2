"""Keywords of Python as the records of `forecaster.spec`, with the checks that the command line makes of options."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from forecaster.errors import UsageError
from forecaster.spec import REPAIRS, Selection, Specification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from dataclasses import Field

LEAST_LEVEL = 1e-6
"""Percent by which a level of intervals differs from 0 and from 100 at least."""
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
        check_number(name, value, low, high)
    return value


def levels_of_keyword(level: float | Sequence[float]) -> tuple[float, ...]:
    """Return the levels of intervals in percent, each once and rising, whole ones as whole numbers.

    Raises:
        UsageError: One is no number between 0 and 100.

    """
    given = (level,) if isinstance(level, int | float) else tuple(level)
    for each in given:
        check_number("level", each, LEAST_LEVEL, 100 - LEAST_LEVEL)
    return tuple(sorted({int(each) if float(each).is_integer() else float(each) for each in given}))


def check_counts(counts: Mapping[str, int | None], most: int | None = None) -> None:
    """Check keywords that are counts, from 1 to `most`; None is the default of each.

    Raises:
        UsageError: One is out of range.

    """
    for name, count in counts.items():
        if count is not None:
            check_number(name, count, 1, most)


def check_number(name: str, value: Any, low: float | None, high: float | None) -> None:
    """Check that a number lies within its range; raise UsageError if it does not."""
    allowed = f"at least {low}" if high is None else f"from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{name}={value!r} is no number", f"give a number {allowed}")
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise UsageError(f"{name}={value!r} is out of range", f"give a number {allowed}")
