"""Upgrade and audit the content of an old model file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from forecaster.artifact.document import Document
from forecaster.artifact.schema import audit_document
from forecaster.artifact.upgrades import from_4

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def audited() -> Callable[[int, Any], Document]:
    """Return a function that audits the parts of a model of a schema."""

    def audited(schema: int, parts: Any) -> Document:
        return audit_document(Document(schema, parts.meta, parts.arrays, "digest"))

    return audited


@pytest.fixture
def new_names() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a function that gives the keys of an old recipe the names of schema 5."""

    def new_names(recipe: dict[str, Any]) -> dict[str, Any]:
        return {from_4.RECIPE_KEYS.get(key, key): value for key, value in recipe.items()}

    return new_names
