"""Models of schema 7, whose price moves across closes counted as any other."""

from __future__ import annotations

from typing import Any

import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.errors import ModelRefusedError


def test_closes_count_as_other_steps_in_a_model_of_schema_7(audited: Any, prices: Any) -> None:
    del prices.arrays["volatility_close_variance"]
    found = audited(7, prices)
    assert found.schema == SCHEMA
    assert found.arrays["volatility_close_variance"].tolist() == [[1, 1, 1], [1, 1, 1]]


def test_a_model_of_levels_has_no_closes(audited: Any, parts: Any) -> None:
    assert audited(7, parts).arrays.keys() == parts.arrays.keys()


def test_a_model_of_schema_7_that_knows_closes_is_refused(audited: Any, prices: Any) -> None:
    with pytest.raises(ModelRefusedError, match="which has no volatility_close_variance"):
        audited(7, prices)
