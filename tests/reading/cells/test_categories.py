"""A covariate holds numbers, words for yes and no, or categories; a slip among numbers is refused with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecaster.errors import Code, InputRefusedError
from forecaster.reading.cells.categories import CovariateCells, parse_covariate
from forecaster.reading.cells.column import Column
from forecaster.series.categories import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence


def read(*cells: str, categories: Sequence[str] | None = None) -> CovariateCells:
    column = Column("p.csv", "promo", np.arange(len(cells)) + 2, cells)
    return parse_covariate(column, categories=categories)


def refusal(*cells: str, categories: Sequence[str] | None = None) -> str:
    with pytest.raises(InputRefusedError) as caught:
        read(*cells, categories=categories)
    return str(caught.value)


def test_words_are_codes_of_categories() -> None:
    found = read("sun", "rain", "", "NA", " sun ", "snow")
    np.testing.assert_array_equal(found.values, [0, 1, np.nan, np.nan, 0, 2])
    assert found.rows == {"sun": 2, "rain": 1, "snow": 1}


def test_case_and_blanks_make_no_category() -> None:
    found = read("Light Rain", "light  rain", "LIGHT RAIN", "Sun")
    assert (found.values.tolist(), found.rows) == ([0, 0, 0, 1], {"Light Rain": 3, "Sun": 1})


@pytest.mark.parametrize("word", ["none", "None", "NONE"])
def test_none_is_a_category_beside_other_words(word: str) -> None:
    assert read(word, "promo", word).rows == {word: 2, "promo": 1}


def test_yes_and_no_are_numbers() -> None:
    assert (read("TRUE", "FALSE").values.tolist(), read("TRUE", "FALSE").rows) == ([1, 0], {})


def test_numbers_stay_numbers() -> None:
    assert read("1", "1", "", "1").rows == {}
    assert (read("1", "0.5").values.tolist(), read("1", "2", "1").rows) == ([1, 0.5], {})


def test_a_column_without_values_has_no_categories() -> None:
    found = read("", "NA", "none")
    assert (np.isnan(found.values).all(), found.rows) == (True, {})


def test_one_number_among_words_that_repeat_is_a_category() -> None:
    found = read("0", "0", "0", "a", "a", "b", "b", "0")
    assert (found.values.tolist(), found.rows) == ([0, 0, 0, 1, 1, 2, 2, 0], {"0": 4, "a": 2, "b": 2})
    assert read("0", "closed", "0", "closed").rows == {"0": 2, "closed": 2}


@pytest.mark.parametrize(
    "cells",
    [
        ("1", "2", "n/a?", "3"),
        ("0", "1", "l", "l", "0"),
        ("0", "0", "x", "y", "0"),
        ("1", "maybe"),
        ("TRUE", "1"),
        ("0", "true", "true", "yes", "yes", "no", "no"),
    ],
)
def test_a_slip_among_numbers_is_refused_with_its_line(cells: tuple[str, ...]) -> None:
    line = next(i for i, cell in enumerate(cells, 2) if not cell.isdigit())
    assert refusal(*cells).startswith(f"p.csv:{line}: column promo: '{cells[line - 2]}' is not a number")


def test_units_are_no_categories() -> None:
    assert "'5kg' has a unit" in refusal("5kg", "6kg", "5kg")


def test_two_pairs_of_yes_and_no_are_refused() -> None:
    assert refusal("yes", "FALSE") == (
        "p.csv:2: column promo: 'yes' is a different word for yes or no from those in other rows, one of 2 such cells; "
        "write TRUE and FALSE in all rows, or yes and no"
    )


def test_too_many_categories_are_refused_with_their_number() -> None:
    words = [f"word {chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(51)]
    assert refusal(*words) == (
        "p.csv: column promo: there are 51 different words, and at most 50 categories are read; "
        "leave the column out, or write one word for all rare categories, such as other"
    )
    assert len(read(*words[:50]).rows) == 50


def test_categories_of_a_model_keep_their_codes() -> None:
    found = read("Rain", "1", "hail", "", "fog", "sun", categories=("sun", "rain", "1"))
    np.testing.assert_array_equal(found.values, [1, 2, UNKNOWN, np.nan, UNKNOWN, 0])
    (finding,) = found.findings
    assert (finding.code, str(finding.place)) == (Code.CATEGORY, "p.csv:4: column promo")
    assert finding.text == (
        "'hail', 'fog' are not categories of the training file: counted as sun, the most frequent one there"
    )
    assert not read("sun", categories=("sun", "rain")).findings


def test_a_column_of_numbers_of_a_model_takes_no_words() -> None:
    assert "'rain' is not a number" in refusal("rain", "sun", categories=())


def test_a_word_among_numbers_may_be_a_category_and_is_refused() -> None:
    numbers = [str(i % 4) for i in range(20)]
    assert "'holiday' is a word among numbers, one of 3 such cells" in refusal(*numbers, *["holiday"] * 3)


def test_a_code_for_missing_values_is_named() -> None:
    found = read(*map(str, range(20)), "-999", "-999")
    assert np.isnan(found.values[-2:]).all()
    assert found.findings[0].text == "'-999' is read as a missing value in 2 rows, on lines 22, 23"
