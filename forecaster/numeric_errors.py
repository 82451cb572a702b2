"""Stop where a calculation leaves the range of numbers, instead of going on with infinity or NaN.

NumPy warns of an overflow, an invalid operation or a division by zero and goes on. Here it raises, in every entrance to
the work: in the verbs of the program, and in each process or thread that works for them, as these do not inherit the
setting. An underflow is no error: what is too small for a number is zero.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numpy as np

from forecaster.errors import InputRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

P = ParamSpec("P")
Result = TypeVar("Result")


def raise_numeric_errors() -> np.errstate:
    """Return the context in which NumPy raises a `FloatingPointError`."""
    return np.errstate(over="raise", invalid="raise", divide="raise", under="ignore")


def refuse_numeric_errors(verb: Callable[P, Result]) -> Callable[P, Result]:
    """Return a verb in which numeric errors raise, and which says in one sentence that one happened.

    The verb raises an `InputRefusedError` then: values that lead there are far from usual ones.
    """

    @wraps(verb)
    def checked(*args: P.args, **named: P.kwargs) -> Result:
        try:
            with raise_numeric_errors():
                return verb(*args, **named)
        except FloatingPointError as error:
            what = f"a calculation gave a number that is not finite: {error}"
            raise InputRefusedError(what, "look for extreme values, or use another unit") from error

    return checked


def check_finite(name: str, *arrays: NDArray[np.floating]) -> None:
    """Check the numbers of a result before it leaves the work.

    Raises:
        FloatingPointError: One of them is infinite or NaN.

    """
    if not all(np.isfinite(array).all() for array in arrays):
        raise FloatingPointError(f"{name} has infinite or missing numbers")
