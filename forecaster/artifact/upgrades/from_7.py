"""What schema 7 did not have: limits of the values, series that are drawn from their past, and closes of prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.refusal import refusal
from forecaster.artifact.upgrades.new_keys import add_new_keys
from forecaster.forecasting.prices.variance_time import CLOSES

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW: dict[str, dict[str, Any]] = {"recipe": {"bootstrap": False, "minimum": None, "maximum": None}}
"""The new keys of the recipe, with the values that mean what schema 7 meant."""
DRAWN, CLOSE_VARIANCE = "drawn", "volatility_close_variance"
"""The new arrays: zeros mean that no series is drawn, and ones that a move across a close counts as any other."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 8 that means the same.

    Raises:
        ModelRefusedError: The recipe or the arrays have what schema 7 did not know.

    """
    if too_new := {DRAWN, CLOSE_VARIANCE} & arrays.keys():
        raise refusal(f"its arrays are not those of its schema, which has no {min(too_new)}")
    series = meta.get("series")
    new: Arrays = {DRAWN: np.zeros(len(series) if type(series) is list else 0, dtype=np.int64)}
    if "volatility_decay" in arrays:
        new[CLOSE_VARIANCE] = np.ones((arrays["volatility_decay"].size, CLOSES))
    return add_new_keys(meta, NEW), arrays | new
