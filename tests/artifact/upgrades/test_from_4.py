"""Models of schema 4 become models of the present schema under its names."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.artifact.upgrades import from_4
from forecaster.errors import ModelRefusedError


def test_a_model_of_schema_4_is_renamed_and_passes(audited: Any, new_names: Any, fourth: Any) -> None:
    meta, arrays = copy.deepcopy(fourth.meta), dict(fourth.arrays)
    found = audited(4, fourth)
    assert (found.schema, fourth.meta, fourth.arrays.keys()) == (SCHEMA, meta, arrays.keys())
    for old, new in from_4.KEYS.items():
        assert found.meta[new] == (meta[old] | {"standard": False} if new == "time_style" else meta[old])
    new = {
        "pretrained": "",
        "fine_tuned": 0,
        "tuning_updates": 0,
        "minimum": None,
        "maximum": None,
        "bootstrap": False,
        "holidays": "",
    }
    assert found.meta["recipe"] == new_names(meta["recipe"]) | new
    assert found.meta["decisions"] == [meta["decisions"][0], meta["decisions"][1] | {"name": "stride"}]
    for old, new in {"unit_kind": "transform_kind", "column_centre": "covariate_centre", "spread": "spread"}.items():
        assert found.arrays[new] is arrays[old]
    assert len(found.arrays) == len(arrays) + 2, "what is drawn, and the growth"


@pytest.mark.parametrize("key", [*from_4.KEYS.values(), *from_4.RECIPE_KEYS.values()])
def test_a_new_name_in_a_model_of_schema_4_is_refused(audited: Any, fourth: Any, key: str) -> None:
    (fourth.meta["recipe"] if key in from_4.RECIPE_KEYS.values() else fourth.meta)[key] = 1
    with pytest.raises(ModelRefusedError, match=f"has the name {key}, which its schema does not have"):
        audited(4, fourth)


@pytest.mark.parametrize("name", ["transform_kind", "covariate_kind", "volatility_decay"])
def test_an_array_with_a_new_name_in_a_model_of_schema_4_is_refused(audited: Any, fourth: Any, name: str) -> None:
    fourth.arrays[name] = np.zeros((3, 2), dtype=int)
    with pytest.raises(ModelRefusedError, match=f"its arrays has the name {name}, which its schema does not have"):
        audited(4, fourth)


@pytest.mark.parametrize(
    ("key", "wrong", "reason"),
    [
        ("recipe", None, "its recipe is not a record of"),
        ("recipe", [], "its recipe is not a record of"),
        ("decisions", None, "its decisions is not a list"),
        ("decisions", [None], r"its decisions\[0\] is not a record of"),
        ("decisions", [{"name": 7}], r"its decisions\[0\] is not a record of"),
        ("style", None, "its time_style is not a record of"),
    ],
)
def test_what_is_no_model_of_schema_4_is_refused(audited: Any, fourth: Any, key: str, wrong: Any, reason: str) -> None:
    fourth.meta[key] = wrong
    with pytest.raises(ModelRefusedError, match=reason):
        audited(4, fourth)
