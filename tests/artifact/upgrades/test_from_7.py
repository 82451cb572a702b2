"""Models of schema 7, which knew no limits of the values."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.errors import ModelRefusedError


def test_a_model_of_schema_7_has_no_limits(audited: Any, seventh: Any) -> None:
    meta = copy.deepcopy(seventh.meta)
    found = audited(7, seventh)
    assert found.schema == SCHEMA
    assert found.meta["recipe"] == meta["recipe"] | {"minimum": None, "maximum": None}
    assert seventh.meta == meta


def test_a_model_of_schema_7_with_a_limit_is_refused(audited: Any, seventh: Any) -> None:
    seventh.meta["recipe"]["maximum"] = 1.0
    with pytest.raises(ModelRefusedError, match="which has no maximum"):
        audited(7, seventh)
