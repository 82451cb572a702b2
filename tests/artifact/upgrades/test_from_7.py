"""Models of schema 7, which knew no limits, drew nothing from the past, and in which a close was as any other step."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.errors import ModelRefusedError
from forecaster.forecasting.uncertainty.growth import KNOTS


def test_a_model_of_schema_7_has_no_limits_and_draws_nothing(audited: Any, seventh: Any) -> None:
    meta = copy.deepcopy(seventh.meta)
    found = audited(7, seventh)
    assert found.schema == SCHEMA
    assert found.meta["recipe"] == meta["recipe"] | {
        "minimum": None,
        "maximum": None,
        "bootstrap": False,
        "holidays": "",
    }
    assert found.arrays["drawn"].tolist() == [0, 0]
    assert seventh.meta == meta
    assert "drawn" not in seventh.arrays


@pytest.mark.parametrize(("key", "value"), [("maximum", 1.0), ("bootstrap", True)])
def test_a_model_of_schema_7_with_a_later_key_is_refused(audited: Any, seventh: Any, key: str, value: object) -> None:
    seventh.meta["recipe"][key] = value
    with pytest.raises(ModelRefusedError, match=f"which has no {key}"):
        audited(7, seventh)


def test_a_model_of_schema_7_that_draws_is_refused(audited: Any, seventh: Any) -> None:
    seventh.arrays["drawn"] = np.array([0, 1])
    with pytest.raises(ModelRefusedError, match="which has no drawn"):
        audited(7, seventh)


def test_closes_count_as_other_steps_in_a_model_of_schema_7(audited: Any, eighth_prices: Any) -> None:
    for name in ("minimum", "maximum", "bootstrap"):
        del eighth_prices.meta["recipe"][name]
    for name in ("volatility_close_variance", "drawn"):
        del eighth_prices.arrays[name]
    found = audited(7, eighth_prices)
    assert found.schema == SCHEMA
    assert found.arrays["volatility_close_variance"].tolist() == [[1, 1, 1], [1, 1, 1]]


def test_a_model_of_schema_7_that_knows_closes_is_refused(audited: Any, eighth_prices: Any) -> None:
    del eighth_prices.arrays["drawn"]
    with pytest.raises(ModelRefusedError, match="which has no volatility_close_variance"):
        audited(7, eighth_prices)


def test_errors_of_a_model_of_schema_7_grow_by_a_power_of_the_step(audited: Any, seventh: Any) -> None:
    found = audited(7, seventh)
    assert found.schema == SCHEMA
    np.testing.assert_allclose(found.arrays["growth"], KNOTS ** seventh.meta["horizon_exponent"])
    assert "growth" not in seventh.arrays


def test_a_model_of_schema_7_of_prices_needs_no_growth(audited: Any, eighth_prices: Any) -> None:
    for name in ("minimum", "maximum", "bootstrap"):
        del eighth_prices.meta["recipe"][name]
    for name in ("volatility_close_variance", "drawn"):
        del eighth_prices.arrays[name]
    assert "growth" not in audited(7, eighth_prices).arrays


def test_a_model_of_schema_7_that_knows_its_growth_is_refused(audited: Any, eighth: Any) -> None:
    del eighth.arrays["drawn"]
    with pytest.raises(ModelRefusedError, match="which has no growth"):
        audited(7, eighth)


@pytest.mark.parametrize("exponent", [None, "0.5", True])
def test_a_model_of_schema_7_without_an_exponent_is_refused(audited: Any, seventh: Any, exponent: Any) -> None:
    seventh.meta["horizon_exponent"] = exponent
    with pytest.raises(ModelRefusedError, match="its horizon_exponent is not a number"):
        audited(7, seventh)
