"""What schema 1 did not hold yet: networks were many-to-one, read one way, and clipped updates were not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.upgrades.upgrade import with_new

if TYPE_CHECKING:
    import numpy as np

    Arrays = dict[str, np.ndarray[Any, Any]]

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
    """Return the content of schema 2 that means the same; what is not as schema 1 wrote it stays as it is."""
    new = with_new(meta, NEW)
    new.setdefault("reach", None)
    if type(meta.get("training")) is list:
        new["training"] = [{"clipped": None} | each if type(each) is dict else each for each in meta["training"]]
    return new, arrays
