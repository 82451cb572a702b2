"""Texts of values: short, with commas, in millions or with an exponent."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.cli.charts.scale import Scale
from forecaster.cli.charts.value_texts import decimals_of, value_texts


@pytest.mark.parametrize(
    ("ticks", "texts", "unit"),
    [
        ((0, 1, 2), ["0", "1", "2"], ""),
        ((-0.5, 0.0, 0.5), ["-0.5", "0.0", "0.5"], ""),
        ((2.5, 5.0), ["2.5", "5.0"], ""),
        ((22_000, 22_500), ["22,000", "22,500"], ""),
        ((1_000_000, 2_000_000), ["1,000,000", "2,000,000"], ""),
        ((30e6, 32.5e6), ["30.0", "32.5"], "millions"),
        ((5e9, 10e9), ["5", "10"], "billions"),
        ((0, 500e12), ["0", "500"], "trillions"),
        ((5e299, 1e300), ["5e299", "1e300"], ""),
        ((2.5e-8, 5e-8), ["2.5e-8", "5e-8"], ""),
        ((0.001, 0.0015), ["0.0010", "0.0015"], ""),
    ],
)
def test_texts_of_ticks(ticks: tuple[float, ...], texts: list[str], unit: str) -> None:
    assert value_texts(Scale(0.0, 1.0, 8, ticks[1] - ticks[0], ticks)) == (texts, unit)


def test_texts_of_powers_of_ten() -> None:
    ticks = (-8.0, -2.0, 0.0, 3.0, 6.0, 7.0, 12.0, 0.5)
    texts = ["1e-8", "0.01", "1", "1,000", "1,000,000", "1e7", "1e12", "3.2"]
    assert value_texts(Scale(0.0, 1.0, 8, 1.0, ticks, logarithmic=True)).texts == texts


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([1, 2], 0), ([1, 2.5], 1), ([1.23456, np.nan], 5), ([1 / 3], 6), ([123456789.5], 0), ([np.nan], 0), ([], 0)],
)
def test_decimals_of_a_series(values: list[float], decimals: int) -> None:
    assert decimals_of(np.array(values, dtype=np.float64)) == decimals
