"""Derive the checks of the training options in a model file from the fields of `Specification`.

A new option needs neither a line here nor a new schema: a file without it was written before the option existed, and
`Specification` fills in the default.
"""

from __future__ import annotations

from dataclasses import fields
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from forecaster.artifact.validators import flag, number, one_of, optional, text, whole
from forecaster.spec import Specification

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.artifact.validators import Check

LARGEST_WHOLE = 2**64 - 1
"""Bound of whole numbers without a bound of their own: the largest seed that NumPy takes as one unsigned number."""
LARGEST_NUMBER = 1e300
"""Bound of other numbers: finite, with room to be multiplied."""
LONGEST = 1000
"""Characters of a text without choices at most: chosen by hand, far above any option."""


def option_checks() -> dict[str, Check]:
    """Return the check of each option by its name."""
    kinds = get_type_hints(Specification)
    return {field.name: _option_check(kinds[field.name], field.metadata) for field in fields(Specification)}


def _option_check(kind: Any, limits: Mapping[str, Any]) -> Check:
    """Return the check of an option of the type `kind`; `limits` may hold `low` and `high`, or `choices`."""
    kinds = set(get_args(kind)) or {kind}
    low, high = limits.get("low"), limits.get("high")
    if "choices" in limits:
        check = one_of(*limits["choices"])
    elif bool in kinds:
        check = flag
    elif int in kinds:
        check = whole(0 if low is None else low, LARGEST_WHOLE if high is None else high)
    elif float in kinds:
        check = number(0 if low is None else low, LARGEST_NUMBER if high is None else high)
    else:
        check = text(LONGEST)
    return optional(check) if NoneType in kinds else check
