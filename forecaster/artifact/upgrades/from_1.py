"""What schema 1 did not have: networks were many-to-one and read one way; clipped updates were not counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.upgrades.new_keys import add_new_keys

if TYPE_CHECKING:
    from forecaster.artifact.upgrades.new_keys import Arrays

NEW: dict[str, dict[str, Any]] = {
    "specification": {
        "segment": None,
        "irregular": False,
        "arch": "many-to-one",
        "bidirectional": False,
        "dropout": 0.0,
        "residual": False,
        "updates": None,
        "batch": 64,
        "refit": True,
    },
    "recipe": {"batch": 64, "refit": True},
    "network": {
        "arch": "many-to-one",
        "bidirectional": False,
        "dropout": 0.0,
        "residual": False,
        "irregular": False,
    },
}
"""The new keys of each record, with the values that mean what schema 1 meant."""


def upgrade(meta: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Return the content of schema 2 that means the same.

    Raises:
        ModelRefusedError: A record has a key that schema 1 did not have.

    """
    new = add_new_keys(meta, NEW)
    new.setdefault("reach", None)
    if type(meta.get("training")) is list:
        new["training"] = [{"clipped": None} | each if type(each) is dict else each for each in meta["training"]]
    return new, arrays
