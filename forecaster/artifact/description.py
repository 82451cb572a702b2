"""Describe a model file for people: its content, with arrays as their type and shape, and the model to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.artifact.model import model_of_document, read_audited
from forecaster.forecasting.effects.panel_effects import PanelEffects

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.artifact.document import Document
    from forecaster.artifact.model import Model


def describe(path: Path) -> dict[str, Any]:
    """Return everything in a model file, with each array as its type and shape, and effects in words by series.

    Raises:
        InputUnreadableError: The file cannot be opened.
        ModelRefusedError: It is not a model that this version may load.

    """
    return _describe_document(read_audited(path))


def load_with_description(path: Path) -> tuple[Model, dict[str, Any]]:
    """Return a model to look at, and what `describe` returns of it; its pretrained networks may be missing.

    Raises:
        InputUnreadableError: The file cannot be opened.
        ModelRefusedError: It is not a model that this version may load.

    """
    document = read_audited(path)
    return model_of_document(document), _describe_document(document)


def _describe_document(document: Document) -> dict[str, Any]:
    """Return the content of a document, with arrays and effects as people read them."""
    meta = document.meta
    arrays = {name: {"dtype": str(a.dtype), "shape": list(a.shape)} for name, a in document.arrays.items()}
    effects = PanelEffects.from_dict(meta["effects"], document.arrays.get("effects", np.empty(0)))
    words = {name: effects.describe(i) for i, name in enumerate(meta["series"]) if effects.series[i] is not None}
    return {"schema": document.schema, "sha256": document.digest, **meta, "effects": words, "arrays": arrays}
