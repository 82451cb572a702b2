"""What schema 5 did not have: models that rest on a pretrained network alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.upgrades.new_keys import add_new_keys

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW: dict[str, dict[str, Any]] = {"recipe": {"pretrained": ""}}
"""The new key of the recipe, with the value that means what schema 5 meant."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 6 that means the same.

    Raises:
        ModelRefusedError: The recipe names a pretrained network, which schema 5 did not know.

    """
    return add_new_keys(meta, NEW), arrays
