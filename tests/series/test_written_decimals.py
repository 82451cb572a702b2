"""The decimals of the values of a series."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.series.written_decimals import written_decimals


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([101.25, 99.5, 100.0], 2),
        ([3.0, 7.0, np.nan, 0.0], 0),
        ([0.1, 0.2, 0.3], 1),
        ([1228.099976, 1244.780029], 3),
        ([1e12 / 3, 2e12 / 3], 0),
        ([5.25e-8, 4.5e-8], 10),
        ([1.5e300, -2.5e300], 0),
        ([0.0, 0.0], 0),
        ([], 0),
        ([np.float32(101.1), np.float32(20.7)], 5),
    ],
)
def test_decimals_are_those_of_the_file(values: list[float], decimals: int) -> None:
    assert written_decimals(np.array(values, np.float64)) == decimals


def test_a_few_filled_in_values_do_not_count() -> None:
    rng = np.random.default_rng(0)
    values = np.round(rng.normal(100, 10, 200), 1)
    values[7] = 100.0 / 3.0
    assert written_decimals(values) == 1
    values[:20] += 1.0 / 3.0
    assert written_decimals(values) > 1
