"""The one sentence in which every model file that is not in order is refused."""

from __future__ import annotations

from forecaster.errors import ModelRefusedError

REMEDY = "train it again with `forecast train`"


def refusal(reason: str) -> ModelRefusedError:
    """Return the error; who knows the file adds its place."""
    return ModelRefusedError(f"this model is refused: {reason}", REMEDY)
