"""Numbers as compact text: the bytes of arrays, least significant first, in base64.

Values of a series are floats of 32 bits where these show the same digits, and of 64 bits elsewhere.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.arrays import Floats
    from forecaster.workflow.number_formats import NumberFormat

SAME = 1e-6
"""Relative difference that is lost in numbers with an exponent, which show six digits."""


def encode_array(array: NDArray[Any], kind: str) -> str:
    """Return an array as text; `kind` names the type of its numbers, such as `f8`."""
    return b64encode(np.ascontiguousarray(array, f"<{kind}").tobytes()).decode("ascii")


def float_kind(values: Floats, form: NumberFormat) -> str:
    """Return `f4` if floats of 32 bits show the same digits of these values in this format, else `f8`."""
    values = values[np.isfinite(values)]
    if (np.abs(values) > np.finfo(np.float32).max).any():
        return "f8"
    short = values.astype(np.float32).astype(np.float64)
    if form.exponent:
        same = np.abs(short - values) <= SAME * np.abs(values)
    else:
        same = np.round(short, form.decimals) == np.round(values, form.decimals)
    return "f4" if same.all() else "f8"
