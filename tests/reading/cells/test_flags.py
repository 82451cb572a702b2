"""Words for yes and no are 1 and 0, and no other words are."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.reading.cells.column import Column
from forecaster.reading.cells.flags import parse_flags


def read(*cells: str) -> list[float] | None:
    numbers = parse_flags(Column("p.csv", "promo", np.arange(len(cells)) + 2, cells))
    return None if numbers is None else numbers.tolist()


@pytest.mark.parametrize("pair", [("TRUE", "FALSE"), ("True", "False"), ("yes", "no"), ("Y", "N"), ("t", "f")])
def test_yes_and_no_are_one_and_zero(pair: tuple[str, str]) -> None:
    yes, no = pair
    numbers = read(yes, no, f" {no} ", "", "NA", yes.lower())
    assert numbers is not None
    np.testing.assert_array_equal(numbers, [1, 0, 0, np.nan, np.nan, 1])


def test_a_column_of_one_word_is_constant() -> None:
    assert read("FALSE", "FALSE") == [0, 0]


@pytest.mark.parametrize("cells", [("yes", "FALSE"), ("red", "green"), ("TRUE", "1"), ("1", "0"), ("", "NA")])
def test_other_columns_are_none_of_yes_and_no(cells: tuple[str, str]) -> None:
    assert read(*cells) is None
