"""Checks of the options that a model file records: nearly all follow from the fields of `Specification`.

A new option needs neither a line here nor a new schema: a file without it was written before the option existed, and
the record fills in the default.
"""

from __future__ import annotations

from dataclasses import fields
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from forecaster.artifact.refusal import refusal
from forecaster.artifact.validators import flag, number, one_of, optional, text, whole
from forecaster.calendars.periods import parse_period
from forecaster.errors import UsageError
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.artifact.validators import Check

LARGEST_WHOLE = 2**64 - 1
"""Bound of whole numbers without a bound of their own: the largest seed that NumPy takes as one unsigned number."""
LARGEST_NUMBER = 1e300
"""Bound of other numbers: finite, with room to be multiplied."""
LONGEST = 1000
"""Characters of a text without choices."""


def value_checks() -> dict[str, Check]:
    """Return the check of the value of each option by its name, for an option that is set."""
    kinds = get_type_hints(Specification)
    return {field.name: _value_check(kinds[field.name], field.metadata) for field in fields(Specification)}


def option_checks() -> dict[str, Check]:
    """Return the check of each option by its name; None passes where the type of the option allows it."""
    kinds = get_type_hints(Specification)
    return {
        name: optional(check) if NoneType in get_args(kinds[name]) else check for name, check in value_checks().items()
    }


def _value_check(kind: Any, limits: Mapping[str, Any]) -> Check:
    """Return the check of a value of the type `kind`; `limits` may hold `low` and `high`, or `choices`."""
    kinds = set(get_args(kind)) or {kind}
    low, high = limits.get("low"), limits.get("high")
    if "choices" in limits:
        return one_of(*limits["choices"])
    if bool in kinds:
        return flag
    if int in kinds:
        return whole(0 if low is None else low, LARGEST_WHOLE if high is None else high)
    if float in kinds:
        # Python code may use less than the command line offers, such as a time limit of half a second.
        return number(-LARGEST_NUMBER if low is None else 0, LARGEST_NUMBER if high is None else high)
    return text(LONGEST)


def check_period(value: Any, name: str) -> None:
    """Check for the period of `--every`."""
    text(LONGEST)(value, name)
    try:
        parse_period(value)
    except UsageError as error:
        raise refusal(f"its {name} is not a period") from error
