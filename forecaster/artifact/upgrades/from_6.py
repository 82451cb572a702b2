"""What schema 6 did not have: pretrained networks that were trained further, beside other networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.upgrades.new_keys import add_new_keys

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW: dict[str, dict[str, Any]] = {"recipe": {"fine_tuned": 0, "tuning_updates": 0}}
"""The new keys of the recipe, with the values that mean what schema 6 meant."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 7 that means the same.

    Raises:
        ModelRefusedError: The recipe has fine-tuned networks, which schema 6 did not know.

    """
    return add_new_keys(meta, NEW), arrays
