"""Models of schema 6, which knew no networks that were trained further from a pretrained one."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.errors import ModelRefusedError


def test_a_model_of_schema_6_has_no_fine_tuned_networks(audited: Any, sixth: Any) -> None:
    meta = copy.deepcopy(sixth.meta)
    found = audited(6, sixth)
    assert found.schema == SCHEMA
    new = {"fine_tuned": 0, "tuning_updates": 0, "minimum": None, "maximum": None, "bootstrap": False, "holidays": ""}
    assert found.meta["recipe"] == meta["recipe"] | new
    assert sixth.meta == meta


def test_a_model_of_schema_6_that_has_some_is_refused(audited: Any, sixth: Any) -> None:
    sixth.meta["recipe"]["fine_tuned"] = 1
    with pytest.raises(ModelRefusedError, match="which has no fine_tuned"):
        audited(6, sixth)
