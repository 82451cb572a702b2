"""Every refusal of a model file has one sentence and one remedy."""

from __future__ import annotations

import pytest

from forecaster.artifact.refusal import refusal, refuse_first_broken
from forecaster.errors import ModelRefusedError


def test_a_refusal_says_why_and_what_to_do() -> None:
    assert str(refusal("it is damaged")) == (
        "this model is refused: it is damaged; train it again with `forecast train`"
    )


def test_the_first_broken_rule_is_the_reason() -> None:
    refuse_first_broken({"fine": True})
    with pytest.raises(ModelRefusedError, match="refused: first;"):
        refuse_first_broken({"fine": True, "first": False, "second": False})
