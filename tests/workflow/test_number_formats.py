"""Numbers with as many digits as they mean."""

from __future__ import annotations

import math

import pytest

from forecaster.workflow.number_formats import NumberFormat, format_of_series


@pytest.mark.parametrize(
    ("written", "usual", "value", "text"),
    [
        (2, 2500.0, 2438.138798, "2,438.14"),
        (2, 2500.0, 1.0, "1.00"),
        (2, 41_234.56, 41_234.56, "41,234.6"),
        (6, 1228.1, 1228.099976, "1,228.10"),
        (0, 3500.0, 3416.7, "3,417"),
        (0, 3.0, 2.36, "2.4"),
        (0, 0.3, 0.4321, "0.43"),
        (1, 0.02, 0.01234, "0.012"),
        (0, 5e12, 5_073_374_305_945.2, "5,073,374,305,945"),
        (14, 5e-8, 5.043654e-8, "5.04365e-8"),
        (14, 5e-8, 0.0, "0"),
        (0, 5e15, 5.043654e15, "5.04365e15"),
        (2, math.nan, 0.0, "0.00"),
        (2, 0.5, -0.001, "0.00"),
        (2, 0.5, -0.126, "-0.13"),
        (2, 0.5, math.nan, "n/a"),
        (2, 0.5, math.inf, "inf"),
    ],
)
def test_a_number_has_the_decimals_of_its_series(written: int, usual: float, value: float, text: str) -> None:
    assert format_of_series(written, usual).text(value, grouped=True) == text


def test_thousands_are_separated_on_request_alone() -> None:
    assert NumberFormat(1).text(1234.56) == "1234.6"
