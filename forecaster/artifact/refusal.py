"""Refuse an invalid model file: one error with one sentence and one remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.errors import ModelRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

REMEDY = "train it again with `forecast train`"
REFUSED = "this model is refused: "
"""How the sentence begins; the reason follows."""


def refusal(reason: str) -> ModelRefusedError:
    """Return the error without a place, which the caller that knows the file adds."""
    return ModelRefusedError(f"{REFUSED}{reason}", REMEDY)


def refuse_first_broken(rules: Mapping[str, Any]) -> None:
    """Refuse the file with the first key whose value is false."""
    for broken, holds in rules.items():
        if not holds:
            raise refusal(broken)
