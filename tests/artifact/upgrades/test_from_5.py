"""Models of schema 5, which knew no pretrained networks of levels."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.errors import ModelRefusedError


def test_a_model_of_schema_5_rests_on_no_pretrained_network(audited: Any, fifth: Any) -> None:
    meta = copy.deepcopy(fifth.meta)
    found = audited(5, fifth)
    assert found.schema == SCHEMA
    new = {
        "pretrained": "",
        "fine_tuned": 0,
        "tuning_updates": 0,
        "minimum": None,
        "maximum": None,
        "bootstrap": False,
        "holidays": "",
    }
    assert found.meta["recipe"] == meta["recipe"] | new
    assert fifth.meta == meta


def test_a_model_of_schema_5_that_names_one_is_refused(audited: Any, fifth: Any) -> None:
    fifth.meta["recipe"]["pretrained"] = "0" * 64
    with pytest.raises(ModelRefusedError, match="which has no pretrained"):
        audited(5, fifth)
