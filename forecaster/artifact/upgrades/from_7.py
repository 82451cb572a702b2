"""What schema 7 did not have: the growth of offsets beyond the trained horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.refusal import refusal
from forecaster.forecasting.uncertainty.growth import KNOTS

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW = "growth"
"""The new array of models with networks of their own."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 8, with the growth that schema 7 took for granted: a power of the step.

    Raises:
        ModelRefusedError: The array is there already, so it is not of the schema that the file names.

    """
    if NEW in arrays:
        raise refusal(f"its arrays are not those of its schema, which has no {NEW}")
    network, exponent = meta.get("network"), meta.get("horizon_exponent")
    regular = type(network) is dict and network.get("irregular") is False
    if "weights" not in arrays or "volatility_decay" in arrays or not regular or type(exponent) is not float:
        return meta, arrays
    return meta, arrays | {NEW: KNOTS ** np.clip(exponent, 0, 1)}
