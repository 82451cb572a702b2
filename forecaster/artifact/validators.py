"""Build checks of plain data from smaller checks: `record(count=whole(1, 9), name=text(), note=optional(text()))`.

A check is a function of a value and of its name in the file. It raises an error with this name if the value is not as
the check says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

import numpy as np

from forecaster.artifact.refusal import refusal
from forecaster.calendars.local_time import is_named_zone

Check = Callable[[Any, str], None]
ZONE = re.compile(r"(UTC|[+-][0-9]{2}:[0-9]{2})?")
TIME = re.compile(r"-?[0-9]{1,16}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?")
DIGEST = re.compile(r"([0-9a-f]{64})?")


def check_zone(value: Any, name: str) -> None:
    """Check for a time zone: UTC, an offset from it, one of the time zone database, or none."""
    if type(value) is not str or not (ZONE.fullmatch(value) or is_named_zone(value)):
        raise refusal(f"its {name} is not UTC, an offset such as +02:00, a zone such as Europe/Berlin, or empty")
    if is_named_zone(value) and value not in available_timezones():
        raise refusal(f"its {name} {value} is not in the time zone database of this computer")


def check_digest_or_none(value: Any, name: str) -> None:
    """Check for a SHA-256 in hexadecimal digits, or empty text."""
    if type(value) is not str or DIGEST.fullmatch(value) is None:
        raise refusal(f"its {name} is not a digest, or empty")


def check_time(value: Any, name: str) -> None:
    """Check for a time as NumPy writes it, or the number of a step."""
    _require(type(value) is str and TIME.fullmatch(value) is not None and _exists(value), name, "a time or a step")


def _exists(time: str) -> bool:
    """Return whether the time exists, unlike one on 30 February."""
    try:
        return "T" not in time or not np.isnat(np.datetime64(time))
    except ValueError:
        return False


def whole(low: int, high: int) -> Check:
    """Check for a whole number from `low` to `high`; a boolean is none."""

    def check(value: Any, name: str) -> None:
        _require(type(value) is int and low <= value <= high, name, f"a whole number from {low} to {high}")

    return check


def number(low: float, high: float) -> Check:
    """Check for a float from `low` to `high`, which NaN is not."""

    def check(value: Any, name: str) -> None:
        _require(type(value) is float and low <= value <= high, name, f"a number from {low:g} to {high:g}")

    return check


def text(longest: int = 10_000, least: int = 1) -> Check:
    """Check for text of `least` to `longest` characters."""

    def check(value: Any, name: str) -> None:
        fits = type(value) is str and least <= len(value) <= longest
        _require(fits, name, f"a text of {least} to {longest} characters")

    return check


def one_of(*choices: str) -> Check:
    """Check for one of a few texts."""

    def check(value: Any, name: str) -> None:
        _require(type(value) is str and value in choices, name, "one of " + ", ".join(choices))

    return check


def optional(present: Check) -> Check:
    """Check for None or what `present` accepts."""

    def check(value: Any, name: str) -> None:
        if value is not None:
            present(value, name)

    return check


def sequence(part: Check, least: int, most: int) -> Check:
    """Check for a list of `least` to `most` parts."""

    def check(value: Any, name: str) -> None:
        _require(type(value) is list and least <= len(value) <= most, name, f"a list of {least} to {most} parts")
        for i, item in enumerate(value):
            part(item, f"{name}[{i}]")

    return check


def record(**fields: Check) -> Check:
    """Check for a dict with exactly these keys."""

    def check(value: Any, name: str) -> None:
        _require(type(value) is dict and value.keys() == fields.keys(), name, "a record of " + ", ".join(fields))
        for key, field in fields.items():
            field(value[key], f"{name}.{key}" if name else key)

    return check


def partial_record(**fields: Check) -> Check:
    """Check for a dict with some of these keys and no others."""

    def check(value: Any, name: str) -> None:
        _require(type(value) is dict and value.keys() <= fields.keys(), name, "a record of " + ", ".join(fields))
        record(**{key: fields[key] for key in value})(value, name)

    return check


def table(part: Check, most: int) -> Check:
    """Check for a dict with at most `most` keys of any name."""

    def check(value: Any, name: str) -> None:
        _require(type(value) is dict and len(value) <= most, name, f"a record of at most {most} keys")
        for key, item in value.items():
            part(item, f"{name}.{key}")

    return check


def flag(value: Any, name: str) -> None:
    """Check for a boolean."""
    _require(type(value) is bool, name, "true or false")


def scalar(value: Any, name: str) -> None:
    """Check for text, a number, a boolean or None."""
    _require(value is None or type(value) in {str, int, float, bool}, name, "a text, a number, a boolean or null")


def _require(holds: bool, name: str, expected: str) -> None:
    if not holds:
        raise refusal(f"its {name or 'content'} is not {expected}")
