"""What schema 7 did not have: the variance of price moves across closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.refusal import refusal
from forecaster.forecasting.prices.variance_time import CLOSES

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW = "volatility_close_variance"
"""The new array of models of prices; ones in it mean what schema 7 meant: a move across a close counts as any other."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 8 that means the same.

    Raises:
        ModelRefusedError: The array is there already, so it is not of the schema that the file names.

    """
    if NEW in arrays:
        raise refusal(f"its arrays are not those of its schema, which has no {NEW}")
    if "volatility_decay" not in arrays:
        return meta, arrays
    return meta, arrays | {NEW: np.ones((arrays["volatility_decay"].size, CLOSES))}
