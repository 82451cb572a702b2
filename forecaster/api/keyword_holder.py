"""An object that is made of keywords, with the protocol of scikit-learn: get them, change them, clone the object."""

from __future__ import annotations

from inspect import signature
from typing import Any, Self

from forecaster.errors import UsageError


class KeywordHolder:
    """The keywords of a constructor; a subclass hands them on by name."""

    def __init__(self, keywords: dict[str, Any]) -> None:
        """Store the keywords."""
        self._keywords = keywords

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - as scikit-learn calls it
        """Return the keywords of the constructor with their values, as scikit-learn does."""
        return dict(self._keywords)

    def set_params(self, **keywords: Any) -> Self:
        """Change keywords, and return the forecaster; what it has learned stays until the next `fit`.

        Raises:
            UsageError: A keyword is unknown.

        """
        unknown = [name for name in keywords if name not in self._keywords]
        if unknown:
            raise UsageError(f"there is no keyword {unknown[0]}", f"use one of {', '.join(self._keywords)}")
        self._keywords |= keywords
        return self

    def clone(self) -> Self:
        """Return a forecaster with the same keywords that has learned nothing."""
        return type(self)(**self._keywords)

    def __repr__(self) -> str:
        """Return the call that makes this forecaster, with the keywords that differ from their defaults."""
        defaults = {name: each.default for name, each in signature(type(self)).parameters.items()}
        given = [f"{name}={value!r}" for name, value in self._keywords.items() if value != defaults[name]]
        return f"{type(self).__name__}({', '.join(given)})"

    @classmethod
    def _parameter_names(cls) -> list[str]:
        """Return the keywords of the constructor."""
        return list(signature(cls).parameters)
