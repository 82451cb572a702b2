"""Models of schema 7, which knew neither limits of the values nor series drawn from their past."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.errors import ModelRefusedError
from forecaster.forecasting.methods.bootstrap import NONE


def test_a_model_of_schema_7_has_no_limits_and_draws_no_series(audited: Any, seventh: Any) -> None:
    meta = copy.deepcopy(seventh.meta)
    found = audited(7, seventh)
    assert found.schema == SCHEMA
    assert found.meta["recipe"] == meta["recipe"] | {"bootstrap": False, "minimum": None, "maximum": None}
    assert found.arrays["drawn"].tolist() == [NONE, NONE]
    assert seventh.meta == meta
    assert "drawn" not in seventh.arrays


@pytest.mark.parametrize(("key", "value"), [("maximum", 1.0), ("bootstrap", True)])
def test_a_model_of_schema_7_with_a_later_key_is_refused(audited: Any, seventh: Any, key: str, value: object) -> None:
    seventh.meta["recipe"][key] = value
    with pytest.raises(ModelRefusedError, match=f"which has no {key}"):
        audited(7, seventh)
