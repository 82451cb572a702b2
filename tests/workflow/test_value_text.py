"""Single values as people read them."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.workflow.value_text import value_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (True, "yes"),
        (False, "no"),
        (3, "3"),
        (0.1 + 0.2, "0.3"),
        (np.float64(1234567.0), "1234567"),
        (-2e15, "-2e+15"),
        (np.datetime64("2021-01-04", "us"), "2021-01-04"),
        (np.datetime64("2021-01-04T09:30", "us"), "2021-01-04T09:30:00.000000"),
        ("a\x07", "a\\x07"),
    ],
)
def test_single_values_in_words(value: object, text: str) -> None:
    assert value_text(value) == text
