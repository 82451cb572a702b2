"""What schema 7 did not have: limits of the values, and series whose next values are drawn from their past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.upgrades.new_keys import add_new_keys

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW: dict[str, dict[str, Any]] = {"recipe": {"bootstrap": False, "minimum": None, "maximum": None}}
"""The new keys of the recipe, with the values that mean what schema 7 meant."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 8 that means the same.

    Raises:
        ModelRefusedError: The recipe has keys that schema 7 did not know.

    """
    series = meta.get("series")
    drawn = np.zeros(len(series) if type(series) is list else 0, dtype=np.int64)
    return add_new_keys(meta, NEW), {**arrays, "drawn": drawn}
