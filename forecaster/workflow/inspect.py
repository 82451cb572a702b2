"""Show everything that a model file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.artifact.model import describe

if TYPE_CHECKING:
    from pathlib import Path


def inspect(model: Path) -> dict[str, Any]:
    """Return everything that a model file holds, with arrays as their type and shape."""
    return describe(model)
