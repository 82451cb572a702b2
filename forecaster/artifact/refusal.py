"""The one sentence in which every model file that is not in order is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.errors import ModelRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

REMEDY = "train it again with `forecast train`"


def refusal(reason: str) -> ModelRefusedError:
    """Return the error; who knows the file adds its place."""
    return ModelRefusedError(f"this model is refused: {reason}", REMEDY)


def refuse_first_broken(rules: Mapping[str, Any]) -> None:
    """Refuse with the first key whose rule does not hold."""
    for broken, holds in rules.items():
        if not holds:
            raise refusal(broken)
