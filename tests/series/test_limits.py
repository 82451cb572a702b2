"""Limits clip values, tell those outside, and contradict themselves nowhere."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from forecaster.errors import UsageError
from forecaster.series.limits import UNLIMITED, Limits, limits_between, number_as_typed

VALUES = np.array([-1e15, -0.5, 0.0, 0.5, 1.0, 1.5, 1e15])


def test_values_are_moved_to_the_nearest_limit() -> None:
    limits = Limits(0, 1)
    assert limits.clip(VALUES).tolist() == [0, 0, 0, 0.5, 1, 1, 1]
    assert limits.outside(VALUES).tolist() == [True, True, False, False, False, True, True]


def test_without_limits_nothing_changes() -> None:
    assert UNLIMITED.clip(VALUES).tolist() == VALUES.tolist()
    assert not UNLIMITED.outside(VALUES).any()
    assert limits_between(None, None) == limits_between(-inf, inf) == UNLIMITED


def test_one_limit_leaves_the_other_side_open() -> None:
    assert limits_between(0, None).clip(VALUES).tolist() == np.maximum(VALUES, 0).tolist()
    assert limits_between(None, 1).clip(VALUES).tolist() == np.minimum(VALUES, 1).tolist()


@pytest.mark.parametrize(
    ("minimum", "maximum", "said"),
    [
        (2, 1, "--min 2 is not below --max 1"),
        (1, 1, "--min 1 is not below --max 1"),
        (nan, None, "--min nan is not below --max inf"),
        (None, nan, "--min -inf is not below --max nan"),
        (inf, None, "--min inf is not below --max inf"),
        (None, -inf, "--min -inf is not below --max -inf"),
    ],
)
def test_a_minimum_that_is_not_below_the_maximum_is_refused(minimum: float, maximum: float, said: str) -> None:
    with pytest.raises(UsageError, match=f"^{said}; give a lower --min or a higher --max$"):
        limits_between(minimum, maximum)


@pytest.mark.parametrize("limit", [0.0, 100.0, -0.1, 1e-7, 1e15, 1 / 3, -inf])
def test_a_limit_is_typed_with_all_its_digits(limit: float) -> None:
    assert float(number_as_typed(limit)) == limit
    assert "e" not in number_as_typed(limit)
    assert number_as_typed(120.0) == "120"
