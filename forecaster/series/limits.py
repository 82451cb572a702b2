"""The least and the largest value that series can have, as shares cannot be below 0 or above 1.

Values are arrays of any shape. A limit that does not exist is infinite here, and None in a recipe and in model files.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import UsageError

if TYPE_CHECKING:
    from forecaster.arrays import Bools, Floats


@dataclass(frozen=True)
class Limits:
    """The `minimum` and the `maximum` of all values of some series, both included."""

    minimum: float = -inf
    maximum: float = inf

    def clip(self, values: Floats) -> Floats:
        """Return values, (...), moved to the nearest limit where they lie outside."""
        return np.clip(values, self.minimum, self.maximum)

    def outside(self, values: Floats) -> Bools:
        """Return which values, (...), lie outside."""
        return np.asarray((values < self.minimum) | (values > self.maximum))


UNLIMITED = Limits()


def limits_between(minimum: float | None, maximum: float | None) -> Limits:
    """Return limits; None is no limit.

    Raises:
        UsageError: The minimum is not below the maximum, or one of them is not a number.

    """
    limits = Limits(-inf if minimum is None else minimum, inf if maximum is None else maximum)
    if not limits.minimum < limits.maximum:
        what = f"--min {limits.minimum:g} is not below --max {limits.maximum:g}"
        raise UsageError(what, "give a lower --min or a higher --max")
    return limits


def number_as_typed(number: float) -> str:
    """Return a number with all its digits and no exponent, as a person types it after `--min` or `--max`."""
    return np.format_float_positional(number, trim="-")
