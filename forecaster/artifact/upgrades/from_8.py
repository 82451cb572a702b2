"""What schema 8 did not have: effects of the year and of named days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.refusal import refusal
from forecaster.artifact.upgrades.new_keys import add_new_keys

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW: dict[str, dict[str, Any]] = {"recipe": {"holidays": ""}}
"""The new key of the recipe, with the value that means what schema 8 meant."""
EFFECTS = "effects"
"""The new key and the new array, which is not there where no series has effects."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 9 that means the same.

    Raises:
        ModelRefusedError: It has effects, which schema 8 did not know.

    """
    if EFFECTS in meta or EFFECTS in arrays:
        raise refusal(f"its parts are not those of its schema, which has no {EFFECTS}")
    series = meta.get("series")
    count = len(series) if type(series) is list else 0
    none: dict[str, Any] = {"named": [], "series": [None] * count}
    return {**add_new_keys(meta, NEW), EFFECTS: none}, arrays
