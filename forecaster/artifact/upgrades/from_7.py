"""What schema 7 did not have: limits, series drawn from their past, closes of prices, and the growth of offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.refusal import refusal
from forecaster.artifact.upgrades.new_keys import add_new_keys
from forecaster.forecasting.prices.variance_time import CLOSES
from forecaster.forecasting.uncertainty.growth import KNOTS

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW: dict[str, dict[str, Any]] = {"recipe": {"bootstrap": False, "minimum": None, "maximum": None}}
"""The new keys of the recipe, with the values that mean what schema 7 meant."""
DRAWN, CLOSE_VARIANCE, GROWTH = "drawn", "volatility_close_variance", "growth"
"""The new arrays: zeros mean that no series is drawn, ones that a move across a close counts as any other, and a power
of the step that offsets grow beyond the horizon as within."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 8 that means the same.

    Raises:
        ModelRefusedError: The recipe or the arrays have what schema 7 did not know.

    """
    if too_new := {DRAWN, CLOSE_VARIANCE, GROWTH} & arrays.keys():
        raise refusal(f"its arrays are not those of its schema, which has no {min(too_new)}")
    series = meta.get("series")
    new: Arrays = {DRAWN: np.zeros(len(series) if type(series) is list else 0, dtype=np.int64)}
    network, exponent = meta.get("network"), meta.get("horizon_exponent")
    regular = type(network) is dict and network.get("irregular") is False
    if "volatility_decay" in arrays:
        new[CLOSE_VARIANCE] = np.ones((arrays["volatility_decay"].size, CLOSES))
    elif "weights" in arrays and regular and type(exponent) is float:
        new[GROWTH] = KNOTS ** np.clip(exponent, 0, 1)
    return add_new_keys(meta, NEW), arrays | new
