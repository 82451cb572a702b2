"""Models of schema 7, whose offsets grew beyond the horizon by a power of the step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forecaster.artifact.schema import SCHEMA
from forecaster.errors import ModelRefusedError
from forecaster.forecasting.uncertainty.growth import KNOTS


def test_errors_of_a_model_of_schema_7_grow_by_a_power_of_the_step(audited: Any, seventh: Any) -> None:
    found = audited(7, seventh)
    assert found.schema == SCHEMA
    np.testing.assert_allclose(found.arrays["growth"], KNOTS ** seventh.meta["horizon_exponent"])
    assert "growth" not in seventh.arrays


def test_a_model_of_schema_7_of_prices_needs_no_growth(audited: Any, prices: Any) -> None:
    assert "growth" not in audited(7, prices).arrays


def test_a_model_of_schema_7_that_knows_its_growth_is_refused(audited: Any, parts: Any) -> None:
    with pytest.raises(ModelRefusedError, match="which has no growth"):
        audited(7, parts)


@pytest.mark.parametrize("exponent", [None, "0.5", True])
def test_a_model_of_schema_7_without_an_exponent_is_refused(audited: Any, seventh: Any, exponent: Any) -> None:
    seventh.meta["horizon_exponent"] = exponent
    with pytest.raises(ModelRefusedError, match="its horizon_exponent is not a number"):
        audited(7, seventh)
