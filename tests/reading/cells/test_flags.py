"""Words for yes and no are 1 and 0 in covariates, and everything else is read as a number or refused."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.flags import parse_covariate


def read(*cells: str) -> list[float]:
    return parse_covariate(Column("p.csv", "promo", np.arange(len(cells)) + 2, cells)).tolist()


@pytest.mark.parametrize("pair", [("TRUE", "FALSE"), ("True", "False"), ("yes", "no"), ("Y", "N"), ("t", "f")])
def test_yes_and_no_are_one_and_zero(pair: tuple[str, str]) -> None:
    yes, no = pair
    np.testing.assert_array_equal(read(yes, no, f" {no} ", "", "NA", yes.lower()), [1, 0, 0, np.nan, np.nan, 1])


def test_a_column_of_one_word_is_constant() -> None:
    assert read("FALSE", "FALSE") == [0, 0]


def test_numbers_stay_numbers() -> None:
    assert read("1", "0.5") == [1, 0.5]


@pytest.mark.parametrize("cells", [("yes", "FALSE"), ("red", "green")])
def test_categories_are_refused_with_what_to_do(cells: tuple[str, str]) -> None:
    with pytest.raises(InputRefusedError) as caught:
        read(*cells)
    assert str(caught.value) == (
        f"p.csv:2: column promo: '{cells[0]}' is a word, and covariates are numbers, one of 2 such cells; "
        "write a column of 1 and 0 for each category"
    )


@pytest.mark.parametrize("cells", [("TRUE", "1"), ("1", "maybe")])
def test_other_words_are_refused_with_their_line(cells: tuple[str, str]) -> None:
    with pytest.raises(InputRefusedError, match=r"^p\.csv:[23]: column promo: '\w+' is not a number"):
        read(*cells)


def test_a_column_without_values_has_none() -> None:
    assert np.isnan(read("", "NA")).all()
